"""What is on, and one event: for everybody, and for machines."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import json_script
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from moothall.core import links
from moothall.core.access import actor_of, public
from moothall.core.actor import VISITOR
from moothall.core.pages import download, or_404, page_of
from moothall.directory import selectors as directory
from moothall.places import selectors as places

from .. import exports, selectors
from ..calendars import calendar_of
from ..forms import QuestionForm, wanted_in
from ..policies import can_keep_event
from ..types import Topic
from .kept import kept
from .lines import by_day

A_PAGE = 200
IN_FEEDS = 500


@public
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What is on: by day, topic, place and organiser. The list as everybody gets it who comes without a cookie is written once for each change."""
    if request.GET or request.COOKIES:
        return _listed(request)
    now = timezone.now()
    return kept(request, f"{selectors.list_stamp(now, A_PAGE + 1)} {timezone.localdate(now)}", _listed)


def _listed(request: HttpRequest) -> HttpResponse:
    actor, now, wanted = actor_of(request), timezone.now(), wanted_in(request.GET)
    rows = selectors.event_lines(actor, wanted, now, count=A_PAGE + 1)
    page, start, query = page_of(request, len(rows) if len(rows) <= A_PAGE else selectors.event_count(actor, wanted, now), A_PAGE)  # fmt: skip
    if start:
        rows = selectors.event_lines(actor, wanted, now, start=start, count=A_PAGE)
    organisation = directory.organisation_for(actor, wanted.organiser) if wanted.organiser else None
    return render(request, "events/events.html", {
        "days": by_day(rows[:A_PAGE]), "page": page, "query": query, "wanted": wanted, "topics": Topic.choices, "organisation": organisation,
        "month_ago": (timezone.localdate(now) - dt.timedelta(days=31)).isoformat(), "hosts": bool(actor.belongs_to),
    })  # fmt: skip


@public
@require_safe
def event(request: HttpRequest, reference: str) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    found = or_404(selectors.event_for(actor, reference))
    page = selectors.page_of_event(found, now)
    mine = places.my_place_in(actor, found.occasion_id)
    row = selectors.rows_of([found.occasion_id])[found.occasion_id]
    return render(request, "events/event.html", {
        "page": page, "event": found, "occasion": found.occasion, "keeps": can_keep_event(actor, found), "mine": mine,
        "token": places.holder_token(mine, timezone.localdate(now)) if mine else "", "now": now, "row": row, "phase": selectors.phase_of,
        "data": json_script(exports.one(row)).partition(">")[2].rpartition("<")[0], "ask": QuestionForm(initial={"key": uuid.uuid4().hex, "about": "matter"}),
        "known": actor.id is not None,
    })  # fmt: skip


@public
@require_safe
def event_calendar(request: HttpRequest, reference: str) -> HttpResponse:
    """One event for a calendar, without saying that one goes."""
    found = or_404(selectors.event_for(actor_of(request), reference))
    row = selectors.rows_of([found.occasion_id])[found.occasion_id]
    return download(calendar_of(row.title, [row]), "text/calendar; charset=utf-8", f"{found.reference}.ics")


def _fed(request: HttpRequest) -> tuple[str, list[selectors.EventRow], str]:
    """What a feed is asked for, for everybody: its name, its events (those of the last month too, so that what was called off vanishes)
    and the address of its page."""
    now, wanted = timezone.now(), wanted_in(request.GET)
    rows = selectors.events(VISITOR, wanted, now - dt.timedelta(days=0 if wanted.from_on else 31), count=IN_FEEDS)
    organisation = directory.organisation_for(VISITOR, wanted.organiser) if wanted.organiser else None
    parts = [organisation.name if organisation else _("Events"), *selectors.topic_words([wanted.topic] if wanted.topic else [])]  # fmt: skip
    query = request.GET.urlencode()
    return ", ".join(parts), rows, links.site(reverse("events")) + (f"?{query}" if query else "")


@public
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    name, rows, url = _fed(request)
    return HttpResponse(calendar_of(name, rows, url), content_type="text/calendar; charset=utf-8")


@public
@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    name, rows, url = _fed(request)
    newest = sorted(rows, key=lambda row: row.changed_at, reverse=True)[:100]
    content = exports.atom(name, newest, url=url, feed_url=links.site(request.get_full_path()))
    return HttpResponse(content, content_type="application/atom+xml; charset=utf-8")


@public
@require_safe
def machine(request: HttpRequest) -> HttpResponse:
    _name, rows, _url = _fed(request)
    return JsonResponse(exports.events(rows), content_type="application/ld+json")
