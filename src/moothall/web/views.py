"""The pages that join areas: home, the directory of organisations, an organisation's page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from moothall.core import mail, personal
from moothall.core.access import actor_of, allow, public
from moothall.core.actor import VISITOR, Actor
from moothall.core.pages import or_404
from moothall.directory import selectors as directory
from moothall.directory.types import Permission
from moothall.events import selectors as events
from moothall.events.policies import can_host
from moothall.events.types import Wanted
from moothall.programme import selectors as programme
from moothall.programme.types import Way
from moothall.promises import selectors as promises

NEXT_RUNS = 4
SERVICES = 30
EVENTS = 5


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    plan = programme.latest_plan(VISITOR)
    if plan is None:
        return render(request, "web/home.html", {"plan": None})
    return render(request, "web/home.html", {
        "plan": plan, "tells_of_people": programme.tells_of_people(plan), "together": programme.figures_of(plan).get(Way.TOGETHER),
        "next_runs": programme.next_runs(plan, timezone.now(), NEXT_RUNS),
        "organisation_count": directory.organisation_count(VISITOR),
    })  # fmt: skip


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is held about people, what for and how long: the declarations themselves, so that this page cannot say otherwise."""
    return render(request, "web/privacy.html", {"declarations": personal.declarations()})


@allow(Permission.OWN_ACCOUNT)
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """The pages that are somebody's daily work, for who has several of them."""
    return render(request, "web/work.html")


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def stop_letters(request: HttpRequest, token: str) -> HttpResponse:
    """For an address that somebody else typed: no more letters about one thing. Mail programs press this button themselves
    (RFC 8058), so it asks for no cookie."""
    now = timezone.now()
    letter = or_404(mail.letter_to_stop(token, timezone.localdate(now)))
    if request.method == "POST":
        mail.stop(letter, now)
    return render(request, "web/stop_letters.html", {"letter": letter, "stopped": mail.is_quiet(letter)})


@public
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    return render(request, "web/organisations.html", {"organisations": directory.organisations(VISITOR)})


def _holds(actor: Actor, permission: Permission, organisation: int) -> bool:
    """There, or for one of its teams."""
    return any(held.permission == permission and held.organisation == organisation for held in actor.held)


@public
@require_safe
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    actor = actor_of(request)
    found = or_404(directory.organisation_for(actor, slug))
    plan = programme.latest_plan(actor)
    share = programme.share_for(plan, found.pk) if plan else None
    today = timezone.localdate()
    services = directory.services_of(found)
    return render(request, "web/organisation.html", {
        "organisation": found, "plan": plan, "share": share, "holders": directory.holders_of_public_roles(found, today),
        "facts": directory.facts_of(found, today), "services": services[:SERVICES], "more_services": services[SERVICES:],
        "successor": directory.successor_of(found, today), "kept": promises.kept_and_missed(timezone.now(), found),
        "keeps": actor.may(Permission.MANAGE_INSTITUTION, organisation=found.pk) or actor.may(Permission.KEEP_DIRECTORY),
        "manages": actor.may(Permission.MANAGE_INSTITUTION, organisation=found.pk), "confirms": actor.may(Permission.CONFIRM_INSTITUTIONS),
        "sees_people": _holds(actor, Permission.SEE_PEOPLE, found.pk), "covers": _holds(actor, Permission.KEEP_COVER, found.pk) or found.pk in actor.belongs_to,
        "hosts": can_host(actor, found.pk), "events": events.events(actor, Wanted(organiser=found.slug), timezone.now(), count=EVENTS),
    })  # fmt: skip
