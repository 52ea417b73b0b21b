"""Promises as pages and letters list them. What the public sees of one names its kind, its body and its level, never what it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from moothall.core.actor import Actor
from moothall.directory.models import Leave, Membership, Organisation, RoleGrant
from moothall.directory.selectors import current
from moothall.directory.types import Permission, Role

from ..models import Promise, PromiseStep
from ..policies import can_answer_for, can_release, promises_below, resting_promises, visible_promises
from ..ports import Line, kind_of
from ..terms import last_day_of
from ..types import Outcome, Rung, Step

OPEN = Q(ended_at__isnull=True)
NOBODY_S = Line("", "")


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise in a list for somebody who may see what it is about. Its last day is `due_on`, in the city's zone."""

    id: int
    kind: str
    title: str
    url: str
    organisation: str
    slug: str
    post: str
    due_on: dt.date
    late: bool
    rung: Rung
    ended_at: dt.datetime | None
    outcome: Outcome
    kind_key: str
    subject: str


def what_i_owe(actor: Actor, now: dt.datetime, count: int = 100) -> list[PromiseRow]:
    """Open promises that rest with the actor, the most overdue first. Two queries and one for each kind."""
    mine = resting_promises(actor) | unattended(actor, timezone.localdate(now))
    rows = Promise.objects.filter(OPEN, mine).select_related("organisation", "post")
    return _rows(rows.order_by("due_at", "pk")[:count], now)


def unattended(actor: Actor, today: dt.date) -> Q:
    """What nobody holds today, by vacancy or leave without a deputy. Of a post: its team's manager, sponsor and board contact look after
    it, and the steward where it has neither sponsor nor board contact. Of a board contact: the steward."""
    away = Leave.objects.filter(
        from_on__lte=today, to_on__gte=today, deputy__isnull=True, person_id=OuterRef("person_id"), organisation_id=OuterRef("organisation_id")
    )  # fmt: skip
    there = Membership.objects.filter(current(today), ~Exists(away), post_id=OuterRef("post_id"))
    kept = RoleGrant.objects.filter(
        current(today), role=Role.ADMINISTRATOR, organisation_id=OuterRef("organisation_id")
    )
    led = RoleGrant.objects.filter(
        current(today), role__in=[Role.SENIOR_SPONSOR, Role.BOARD_CONTACT], organisation_id=OuterRef("organisation_id")
    )
    vacant = Q(
        Q(ladder__0=Rung.POST), Q(Q(post__isnull=False), ~Exists(there)) | Q(Q(post__isnull=True), ~Exists(kept))
    )
    headless = Q(Q(ladder__0=Rung.BOARD), ~Exists(led.filter(role=Role.BOARD_CONTACT)))
    above = actor.where(Permission.ANSWER_AS_SPONSOR) | actor.where(Permission.ANSWER_AS_BOARD) | actor.where(Permission.ANSWER_AS_LEAD, team="team_id")  # fmt: skip
    steward = actor.where(Permission.ANSWER_AS_STEWARD)
    return Q(vacant & (above | Q(steward, ~Exists(led)))) | Q(headless & steward)


def what_i_am_owed(actor: Actor, now: dt.datetime, count: int = 100) -> list[PromiseRow]:
    """Open promises to the actor, and those that ended in the last fortnight."""
    if actor.id is None:
        return []
    lately = OPEN | Q(ended_at__gt=now - dt.timedelta(days=14))
    rows = Promise.objects.filter(lately, owed_person_id=actor.id).select_related("organisation", "post")
    return _rows(rows.order_by(F("ended_at").desc(nulls_first=True), "due_at", "pk")[:count], now)


def open_in(actor: Actor, organisation: Organisation, now: dt.datetime, count: int = 200) -> list[PromiseRow]:
    """An organisation's open promises that the actor may see, oldest due first."""
    rows = Promise.objects.filter(OPEN, visible_promises(actor), organisation=organisation)
    rows = rows.select_related("organisation", "post")
    return _rows(rows.order_by("due_at", "pk")[:count], now)


def _rows(found: Iterable[Promise], now: dt.datetime) -> list[PromiseRow]:
    promises = list(found)
    lines = lines_of(promises)
    return [
        PromiseRow(
            each.pk, str(kind_of(each.kind).label), line.title, line.url, each.organisation.name, each.organisation.slug, each.post.title if each.post else "",
            last_day_of(each.due_at, timezone.get_default_timezone()), _late(each, now), Rung(each.rung), each.ended_at, Outcome(each.outcome), each.kind, each.subject,
        )
        for each in promises
        for line in [lines.get((each.kind, each.subject), NOBODY_S)]
    ]  # fmt: skip


def _late(promise: Promise, now: dt.datetime) -> bool:
    return promise.missed_at is not None or (promise.ended_at is None and promise.due_at < now)


def late_below(actor: Actor, now: dt.datetime, most: int = 10) -> list[PromiseRow]:
    """Overdue below those who would be next: the oldest first."""
    rows = _stuck(now).filter(promises_below(actor)).select_related("organisation", "post")
    return _rows(rows.order_by("due_at", "pk")[:most], now)


def lines_of(promises: Sequence[Promise]) -> dict[tuple[str, str], Line]:
    """What they are about, by kind and subject: one call to each kind."""
    subjects: dict[str, set[str]] = {}
    for each in promises:
        subjects.setdefault(each.kind, set()).add(each.subject)
    return {(key, subject): line for key, wanted in subjects.items() for subject, line in kind_of(key).describe(wanted).items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StuckRow:
    """What waits past its day, for everybody to see: what kind, whose, since when, and how high it has climbed."""

    kind: str
    organisation: str
    slug: str
    due_on: dt.date
    days: int
    rung: Rung


def stuck(now: dt.datetime, *, start: int = 0, count: int = 50) -> list[StuckRow]:
    """Overdue and open, of kinds that count, the oldest first."""
    rows = _stuck(now).select_related("organisation").order_by("due_at", "pk")[start : start + count]
    zone = timezone.get_default_timezone()
    return [
        StuckRow(
            str(kind_of(each.kind).label), each.organisation.name, each.organisation.slug, last_day_of(each.due_at, zone),
            (timezone.localdate(now) - last_day_of(each.due_at, zone)).days, Rung(each.rung),
        )
        for each in rows
    ]  # fmt: skip


def stuck_count(now: dt.datetime) -> dict[Rung, int]:
    """How many are stuck at each level, lowest first; levels with none are left out."""
    found = dict(_stuck(now).values_list("rung").annotate(count=Count("pk")).order_by("rung"))
    return {rung: found[rung] for rung in Rung if rung in found}


def _stuck(now: dt.datetime):  # type: ignore[no-untyped-def]
    return Promise.objects.filter(OPEN, counted=True, due_at__lt=now, organisation__confirmed_at__isnull=False)


@dataclass(frozen=True, slots=True)
class KeptRow:
    """How promises of one kind went in one organisation: numbers that are never withheld."""

    organisation: str
    slug: str
    kind: str
    kept: int
    kept_late: int
    released: int
    open: int
    overdue: int


def kept_and_missed(now: dt.datetime, organisation: Organisation | None = None) -> list[KeptRow]:
    """By organisation and kind, in two queries. Released ones are counted as such, never left out; a miss is whose it was on that day."""
    rows = Promise.objects.filter(counted=True, organisation__confirmed_at__isnull=False)
    rows = rows.annotate(whose=Coalesce("missed_by_id", "organisation_id"))
    if organisation is not None:
        rows = rows.filter(whose=organisation.pk)
    kept, overdue = Q(outcome=Outcome.KEPT), OPEN & Q(due_at__lt=now)
    found = (
        rows.values("whose", "kind")
        .annotate(
            kept=Count("pk", filter=kept & Q(missed_at__isnull=True)), kept_late=Count("pk", filter=kept & Q(missed_at__isnull=False)),
            released=Count("pk", filter=Q(outcome=Outcome.RELEASED)), still_open=Count("pk", filter=OPEN), overdue=Count("pk", filter=overdue),
        )
        .order_by("kind")
    )  # fmt: skip
    bodies = Organisation.objects.in_bulk([each["whose"] for each in found])
    return [
        KeptRow(
            bodies[each["whose"]].name, bodies[each["whose"]].slug, str(kind_of(each["kind"]).label), each["kept"], each["kept_late"], each["released"],
            each["still_open"], each["overdue"],
        )
        for each in sorted(found, key=lambda each: bodies[each["whose"]].name)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A step of a promise, with its reason where there is one."""

    what: Step
    at: dt.datetime
    rung: Rung
    due_on: dt.date
    organisation: str
    post: str
    reason: str


@dataclass(frozen=True, slots=True)
class PromisePage:
    """One promise, for its own page."""

    row: PromiseRow
    promise: Promise
    history: tuple[HistoryRow, ...]
    may_extend: bool
    may_release: bool


def promise_for(actor: Actor, promise_id: int, now: dt.datetime) -> PromisePage | None:
    """None for one that is not there and for one that the actor may not see."""
    found = (
        Promise.objects.filter(visible_promises(actor), pk=promise_id).select_related("organisation", "post").first()
    )
    if found is None:
        return None
    zone = timezone.get_default_timezone()
    steps = (
        PromiseStep.objects.filter(promise=found).select_related("organisation", "post", "reason").order_by("number")
    )
    history = tuple(
        HistoryRow(
            Step(each.what), each.at, Rung(each.rung), last_day_of(each.due_at, zone), each.organisation.name,
            each.post.title if each.post else "", each.reason.text if hasattr(each, "reason") else "",
        )
        for each in steps
    )  # fmt: skip
    rule = kind_of(found.kind).extension
    still = found.ended_at is None
    may_extend = (
        still and rule is not None and found.extensions < rule.times and found.missed_at is None and found.due_at > now
    )
    return PromisePage(
        _rows([found], now)[0], found, history, may_extend and can_answer_for(actor, found), still and can_release(actor, found)
    )  # fmt: skip


def open_promise_about(kind: str, subject: object) -> Promise | None:
    """The open promise of a kind about one thing: there is at most one."""
    found = last_promise_about(kind, subject)
    return found if found is not None and found.ended_at is None else None


def last_promise_about(kind: str, subject: object) -> Promise | None:
    """The open one, else the one that ended last."""
    rows = Promise.objects.filter(kind=kind, subject=str(subject)).select_related("organisation", "post")
    return rows.order_by(F("ended_at").desc(nulls_first=True), "-pk").first()
