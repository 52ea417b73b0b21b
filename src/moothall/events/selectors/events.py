"""Every read of events."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Avg, Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from moothall.core import times
from moothall.core.actor import NO_ROW, Actor
from moothall.directory.models import Membership, Organisation
from moothall.directory.selectors import current
from moothall.places.models import Occasion, Place
from moothall.places.types import GOING, State
from moothall.promises.models import Promise
from moothall.promises.ports import Line

from ..models import Event, Feedback, Question
from ..policies import visible_events
from ..types import About, Openness, Phase, Wanted
from .conduct import addresses_of

INTEREST = "events"
"""What a link lets do: say yes to letters about new events, or no."""
QUESTION, CLOSING = "event-question", "event-closing"
"""Kinds of promises."""
FEW = 5
"""Of fewer people nothing is said that one of them could be known by (mission.md, small numbers)."""
AHEAD = dt.timedelta(days=14)
AFTERWARDS = dt.timedelta(days=14)
HELD = dt.timedelta(days=31)
"""So long does whoever held an event find it among theirs."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of a list: what it takes to show it, and to write it into a feed."""

    id: int
    reference: str
    title: str
    about: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    venue: str
    online: bool
    organisation: str
    slug: str
    topics: tuple[str, ...]
    free: int | None
    waiting: int
    closed: bool
    called_off: bool
    uid: str
    sequence: int
    changed_at: dt.datetime
    made_at: dt.datetime


FIELDS = (
    "pk", "reference", "occasion__title", "about", "occasion__starts_at", "occasion__ends_at", "occasion__venue", "occasion__online_url",
    "occasion__organisation__name", "occasion__organisation__slug", "topics", "occasion__capacity", "occasion__taken", "occasion__waiting", "closed_reason",
    "occasion__called_off_at", "occasion__uid", "occasion__sequence", "occasion__changed_at", "changed_at", "made_at", "afar",
)  # fmt: skip


def events(actor: Actor, wanted: Wanted, now: dt.datetime, *, start: int = 0, count: int = 200) -> list[EventRow]:
    """What is still to come (or was, on days that are asked for), soonest first. One query."""
    rows = _wanted(actor, wanted, now).order_by("occasion__starts_at", "pk")[start : start + count]
    return [row_of(each) for each in rows.values_list(*FIELDS)]


class EventLine(NamedTuple):
    """Of an event what a list says of it, and what seldom changes."""

    reference: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    venue: str
    online: bool
    organisation: str
    closed: bool
    called_off: bool


def event_lines(
    actor: Actor, wanted: Wanted, now: dt.datetime, *, start: int = 0, count: int = 200
) -> list[tuple[EventLine, int | None, int]]:
    """As `events`, with no more of each than a list shows: the line, how many places are free, how many wait. One query."""
    rows = _wanted(actor, wanted, now).order_by("occasion__starts_at", "pk")[start : start + count]
    return [
        (EventLine(reference, title, starts, ends, venue, bool(online or afar), name, bool(closed), off is not None), None if capacity is None else max(0, capacity - taken), waiting)
        for reference, title, starts, ends, venue, online, afar, name, closed, off, capacity, taken, waiting in rows.values_list(*LINE)
    ]  # fmt: skip


STAMP = """
SELECT md5(coalesce(string_agg(line, ',' ORDER BY starts_at, id), '')) FROM (
  SELECT e.id, o.starts_at, ROW(e.reference, o.title, o.starts_at, o.ends_at, o.venue, o.online_url = '', e.afar = '', b.name, e.closed_reason = '', o.called_off_at IS NULL,
                                o.capacity, o.taken, o.waiting)::text AS line
    FROM events_event e JOIN places_occasion o ON o.id = e.occasion_id JOIN directory_organisation b ON b.id = o.organisation_id
   WHERE b.confirmed_at IS NOT NULL AND o.ends_at > %s
   ORDER BY o.starts_at, e.id LIMIT %s) AS lines
"""
"""In SQL, as it answers in one row what the ORM would fetch two hundred for. A test holds it against what the list shows."""


def list_stamp(now: dt.datetime, count: int) -> str:
    """Another one whenever anything is different that visitors see of the first `count` events. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP, [now, count])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


LINE = (
    "reference", "occasion__title", "occasion__starts_at", "occasion__ends_at", "occasion__venue", "occasion__online_url", "afar", "occasion__organisation__name", "closed_reason",
    "occasion__called_off_at", "occasion__capacity", "occasion__taken", "occasion__waiting",
)  # fmt: skip


def event_count(actor: Actor, wanted: Wanted, now: dt.datetime) -> int:
    return _wanted(actor, wanted, now).count()


def _wanted(actor: Actor, wanted: Wanted, now: dt.datetime) -> QuerySet[Event]:
    rows = Event.objects.filter(visible_events(actor))
    zone = times.zone()
    if wanted.from_on is not None:
        rows = rows.filter(occasion__ends_at__gte=_midnight(wanted.from_on, zone))
    else:
        rows = rows.filter(occasion__ends_at__gt=now - HELD if wanted.mine else now)
    if wanted.mine:
        rows = rows.filter(occasion__host_id=actor.id) if actor.id is not None else rows.none()
    if wanted.to_on is not None:
        rows = rows.filter(occasion__starts_at__lt=_midnight(wanted.to_on + dt.timedelta(days=1), zone))
    if wanted.topic:
        rows = rows.filter(topics__contains=[wanted.topic])
    if wanted.organiser:
        rows = rows.filter(occasion__organisation__slug=wanted.organiser)
    if wanted.online:
        rows = rows.filter(~Q(occasion__online_url="") | ~Q(afar=""))
    for word in wanted.words.split()[:8]:
        rows = rows.filter(
            Q(occasion__title__icontains=word) | Q(about__icontains=word) | Q(occasion__venue__icontains=word)
            | Q(occasion__organisation__name__icontains=word)
        )  # fmt: skip
    return rows


def _midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


def row_of(row: tuple[Any, ...]) -> EventRow:
    (pk, reference, title, about, starts, ends, venue, online, name, slug, topics, capacity, taken, waiting, closed, off, uid, sequence, moved, changed, made, afar) = row  # fmt: skip
    free = None if capacity is None else max(0, capacity - taken)
    return EventRow(
        pk, reference, title, about, starts, ends, venue, bool(online or afar), name, slug, tuple(topics), free, waiting, bool(closed), off is not None, str(uid),
        sequence, max(moved, changed), made,
    )  # fmt: skip


def rows_of(occasions: Collection[int]) -> dict[int, EventRow]:
    """By occasion."""
    found = Event.objects.filter(occasion_id__in=occasions)
    return {row[0]: row_of(row[1:]) for row in found.values_list("occasion_id", *FIELDS)}


def event_for(actor: Actor, reference: str) -> Event | None:
    """None for one that is not there and for one that the actor may not see."""
    rows = Event.objects.filter(visible_events(actor), reference=reference)
    return rows.select_related("occasion__organisation").first()


def event_of_occasion(occasion_id: int) -> Event | None:
    return Event.objects.filter(occasion_id=occasion_id).select_related("occasion__organisation").first()


def is_closed(occasion_id: int) -> bool:
    """Whether an event says in public that not everybody may go."""
    return Event.objects.filter(occasion_id=occasion_id).exclude(closed_reason="").exists()


def urls(occasions: Collection[int]) -> Mapping[int, str]:
    """The addresses of events by occasion. One query."""
    rows = Event.objects.filter(occasion_id__in=occasions).values_list("occasion_id", "reference")
    return {pk: reverse("event", args=[reference]) for pk, reference in rows}


@dataclass(frozen=True, slots=True)
class EventPage:
    """An event with all that everybody may know of it."""

    event: Event
    occasion: Occasion
    questions: tuple[Question, ...]
    others: tuple[EventRow, ...]
    """Of the same series, still to come."""
    openness: tuple[Openness, ...]
    came: int | None
    """How many were there, once its list is closed; None before, and where so few came that one could be known."""
    feedback: tuple[float, int] | None
    """How worth it, of 5, and by how many; None under five."""


def page_of_event(event: Event, now: dt.datetime) -> EventPage:
    """Six queries at most."""
    occasion = event.occasion
    questions = tuple(event.questions.select_related("answered_by").order_by("asked_at", "pk"))
    others: tuple[EventRow, ...] = ()
    if occasion.series:
        rows = Event.objects.filter(occasion__series=occasion.series, occasion__ends_at__gt=now).exclude(pk=event.pk)
        others = tuple(row_of(each) for each in rows.order_by("occasion__starts_at")[:20].values_list(*FIELDS))
    came = Place.objects.filter(occasion=occasion, state__in=GOING).count() if occasion.list_closed_at else None
    came = came if came is None or came >= FEW else None
    said = Feedback.objects.filter(place__occasion=occasion).aggregate(worth=Avg("worth"), count=Count("pk")) if occasion.ends_at <= now else {"count": 0}  # fmt: skip
    feedback = (float(said["worth"]), said["count"]) if said["count"] >= FEW else None
    unanswered = [str(each.pk) for each in questions if not each.answer]
    late = bool(unanswered) and Promise.objects.filter(kind=QUESTION, subject__in=unanswered, due_at__lt=now).exists()
    return EventPage(event, occasion, questions, others, openness_of(event, questions, came, late, feedback is not None, now), came, feedback)  # fmt: skip


def phase_of(question: Question, occasion: Occasion) -> Phase:
    if question.asked_at < occasion.starts_at:
        return Phase.BEFORE
    return Phase.DURING if question.asked_at <= occasion.ends_at else Phase.AFTER


def openness_of(
    event: Event, questions: Collection[Question], came: int | None, late: bool, rated: bool, now: dt.datetime
) -> tuple[Openness, ...]:
    """How open it is, from facts alone (mission.md, M26): nobody ticks a box."""
    occasion = event.occasion
    if occasion.called_off_at is not None:
        return ()
    time_up = occasion.ends_at + AFTERWARDS <= now
    answered = sum(bool(each.answer) for each in questions)
    kept = bool(event.notes or event.slides_url or event.recording_url)
    asked = _("%(answered)d of %(asked)d are answered") % {"answered": answered, "asked": len(questions)} if questions else _("none was asked so far")  # fmt: skip
    notice = occasion.starts_at - event.made_at
    return (
        Openness(_("Anyone may go, whatever their grade"), not event.closed_reason, event.closed_reason),
        Openness(_("Announced two weeks ahead"), notice >= AHEAD, _("%(days)d days ahead") % {"days": max(0, notice.days)}),
        Openness(_("One can take part from afar"), bool(occasion.online_url or event.afar)),
        Openness(_("It says what there is for people with different needs"), bool(event.access)),
        Openness(_("Questions are answered in time"), False if late else True if questions and answered == len(questions) else None, asked),
        Openness(_("Notes, slides or a recording are there"), True if kept else (False if time_up else None)),
        Openness(_("It says how many came"), True if occasion.list_closed_at else (False if time_up else None)),
        Openness(_("People said whether it was worth coming"), True if rated else (False if time_up and (came or 0) >= FEW else None)),
    )  # fmt: skip


def question_by_reference(reference: str) -> Question | None:
    return Question.objects.filter(reference=reference).select_related("event__occasion__organisation").first()


def question_in(event: Event, question_id: int) -> Question | None:
    return event.questions.filter(pk=question_id).first()


def describe(subjects: Collection[str]) -> Mapping[str, Line]:
    """What promises about questions are about. One query."""
    rows = Question.objects.filter(pk__in=[int(each) for each in subjects]).select_related("event__occasion")
    return {
        str(each.pk): Line(
            each.event.occasion.title, reverse("event", args=[each.event.reference]) + f"#question-{each.pk}", each.text, f"question-{each.reference}"
        )
        for each in rows
    }  # fmt: skip


def promise_about(question: Question) -> Promise | None:
    kind = CLOSING if question.about == About.CLOSING else QUESTION
    return Promise.objects.filter(kind=kind, subject=str(question.pk)).first()


def works_at(person: int, organisation: int, today: dt.date) -> bool:
    return Membership.objects.filter(current(today), person_id=person, organisation_id=organisation).exists()


def is_invited(occasion: int, person: int | None, email: str) -> bool:
    """Somebody asked them to come: then also to a closed event."""
    rows = Place.objects.filter(occasion_id=occasion).exclude(state__in=[State.CANCELLED_WITH])
    known = addresses_of(person) if person is not None else [email.strip().lower()]
    mine = Q(person__isnull=True, email__in=known) | (Q(person_id=person) if person is not None else NO_ROW)
    return rows.filter(mine, history__why="invited").exists()


@dataclass(frozen=True, slots=True)
class Employer:
    """In whose time somebody could go."""

    organisation: int
    team: int | None
    name: str
    told: bool
    """Somebody is told: the team has a manager besides them."""


def employers_of(actor: Actor, today: dt.date) -> list[Employer]:
    """Where somebody works. One query."""
    if actor.id is None:
        return []
    rows = Membership.objects.filter(current(today), person_id=actor.id).select_related("organisation", "team")
    return [
        Employer(each.organisation_id, each.team_id, each.organisation.name, each.team_id is not None)
        for each in rows.order_by("from_on", "pk")
    ]


def hosted_by(actor: Actor) -> list[Organisation]:
    """The organisations in whose name somebody may put up an event."""
    rows = Organisation.objects.filter(pk__in=[*actor.belongs_to, *(each.organisation for each in actor.held if each.permission == "manage-institution" and each.organisation)])  # fmt: skip
    return list(rows.order_by("name"))


def own_feedback(place: Place) -> Feedback | None:
    return Feedback.objects.filter(place=place).first()
