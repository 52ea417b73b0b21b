"""What several services share: the calendar a promise goes by, its history, and when it is due."""

from __future__ import annotations

import datetime as dt

from moothall.core import times
from moothall.core.actor import Actor
from moothall.directory.types import Division

from ..climbing import Rules, next_look
from ..models import Promise, PromiseStep, StepReason
from ..ports import kind_of
from ..selectors import closed_days
from ..terms import Closed, due
from ..types import Step, Term, Unit
from .letters import tell_owed

FIELDS = ("ladder", "rung", "rung_at", "term_count", "extensions", "reminded", "due_at", "next_at", "missed_at", "missed_by", "ended_at", "outcome", "organisation", "post", "team")  # fmt: skip


def rules_of(promise: Promise, closed: Closed | None = None) -> Rules:
    """The calendar is read unless it is given: whoever looks at many promises reads each division's once."""
    kind = kind_of(promise.kind)
    days = closed_days(Division(promise.division)) if closed is None else closed
    return Rules(kind.each_rung, kind.remind_days, days, times.zone())


def due_of(promise: Promise, rules: Rules) -> dt.datetime:
    """By its term, from when it started. What is due at a set moment stays."""
    if promise.term_unit == Unit.MOMENT:
        return promise.due_at
    return due(promise.starts_at, Term(promise.term_count, Unit(promise.term_unit)), rules.closed, rules.zone)


def note(
    promise: Promise,
    what: Step,
    *,
    actor: Actor,
    now: dt.datetime,
    scheduled_at: dt.datetime | None = None,
    reason: str = "",
) -> PromiseStep:
    """Adds a step to its history and stores the promise as it is now. Called with the promise locked."""
    number = promise.steps
    promise.steps += 1
    if promise.missed_at is not None and promise.missed_by_id is None:
        promise.missed_by_id = promise.organisation_id
    step = PromiseStep.objects.create(
        promise=promise, number=number, what=what, at=now, scheduled_at=scheduled_at, rung=promise.rung, due_at=promise.due_at,
        organisation_id=promise.organisation_id, post_id=promise.post_id, actor_kind=actor.kind, actor_id=actor.id,
    )  # fmt: skip
    if reason:
        StepReason.objects.create(step=step, text=reason)
    promise.save(update_fields=["steps", *FIELDS])
    return step


def reckon(promise: Promise, closed: Closed, *, actor: Actor, now: dt.datetime) -> bool:
    """After its calendar changed: when it is due, unless its day is over, and when it is looked at next. Answers whether the day moved."""
    rules = rules_of(promise, closed)
    before = promise.due_at
    if promise.missed_at is None and promise.due_at > now:
        promise.due_at = due_of(promise, rules)
    promise.next_at = next_look(promise, rules)
    if promise.due_at == before:
        Promise.objects.filter(pk=promise.pk).update(next_at=promise.next_at)
        return False
    step = note(promise, Step.MOVED, actor=actor, now=now)
    tell_owed(promise, step, now=now)
    return True
