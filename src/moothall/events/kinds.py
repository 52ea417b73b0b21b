"""What events register: their occasions, the promises about questions, and their part of My week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moothall.appeals import ports as appeals
from moothall.appeals.ports import Matter
from moothall.core import times
from moothall.core.actor import Actor
from moothall.places import ports as places
from moothall.places.types import Goer
from moothall.promises.ports import Kind, Section, WeekLine, add_section, register
from moothall.promises.types import Extension, Rung, Term

from . import selectors, services
from .selectors import CLOSING, QUESTION, EventRow
from .types import CONDUCT, HEARING, KIND


def register_all() -> None:
    places.register(places.Kind(
        KIND, selectors.urls, bar, limited, lambda place: reverse("warn", args=[place]), lambda token: reverse("rate-event", args=[token])
    ))  # fmt: skip
    register(Kind(
        QUESTION, gettext_lazy("An answer to a question about an event"), selectors.describe, Term(5), longest=10, extension=Extension(Term(5)),
        lock=services.lock, released=services.released,
    ))  # fmt: skip
    register(Kind(
        CLOSING, gettext_lazy("An answer to why an event is closed"), selectors.describe, Term(5), ladder=(Rung.BOARD, Rung.STEWARD, Rung.PUBLIC),
        lock=services.lock, released=services.released,
    ))  # fmt: skip
    register(Kind(
        HEARING, gettext_lazy("A decision after a hearing"), selectors.describe_conduct, Term(10), longest=15, lock=services.lock_conduct, released=services.conduct_released,
    ))  # fmt: skip
    appeals.register(appeals.Kind(
        CONDUCT, gettext_lazy("Being kept from events for a time"), gettext_lazy("whether somebody is kept from events for a time"), matters_of_conduct,
        services.uphold_conduct, services.lock_conduct,
    ))  # fmt: skip
    add_section(Section("near", gettext_lazy("What is near me"), "", _near, lambda now: selectors.who_is_interested()))


def bar(goer: Goer, occasion: int, organisation: int, now: dt.datetime) -> str:
    """Why somebody may not go to an event: it is closed, and they neither work there nor were invited."""
    if not selectors.is_closed(occasion):
        return ""
    today = timezone.localdate(now)
    if goer.person is not None and selectors.works_at(goer.person, organisation, today):
        return ""
    if selectors.is_invited(occasion, goer.person, goer.email):
        return ""
    return _("This event is not open to everybody; the reason stands on its page, where you can challenge it.")


def limited(goer: Goer, organisation: int, starts_at: dt.datetime) -> str:
    """That somebody may not come for a time, which is not over when it begins."""
    limit = selectors.limit_on(goer, organisation, starts_at)
    if limit is None:
        return ""
    return _("You may not come to events of %(name)s until %(until)s. You were told why, and how to appeal.") % {"name": limit[0], "until": times.until(limit[1])}  # fmt: skip


def matters_of_conduct(subjects: Collection[str]) -> Mapping[str, Matter]:
    """Two queries."""
    found = selectors.conducts_of([int(each) for each in subjects])
    said = services.words_of_limits([each.pk for each in found])
    return {
        str(each.pk): Matter(
            each.event.occasion.title, each.organisation_id, said.get(each.pk, ""), tuple(filter(None, (each.warned_by_id, each.decided_by_id))),
            (each.name,) if each.name else (), reverse("my-conduct", args=[selectors.subject_token(each.pk)]),
        )
        for each in found
    }  # fmt: skip


def _near(actor: Actor, now: dt.datetime) -> list[WeekLine]:
    return [_line(each) for each in selectors.near(actor, now)]


def _line(row: EventRow) -> WeekLine:
    words = _("%(when)s: %(title)s (%(where)s)") % {"when": times.short(row.starts_at), "title": row.title, "where": row.venue or _("online")}  # fmt: skip
    return WeekLine(words, reverse("event", args=[row.reference]))
