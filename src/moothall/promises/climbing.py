"""What the sweep does to one promise: a pure function of the promise, the moment, the bank holidays, and who is there.

However late it is called, and however often, the outcome is that of having been called at every moment: each step happens once, and the
next is counted from when this one should have happened.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .terms import Closed, due, reminder
from .types import Rung, Step, Term


class Climber(Protocol):
    """Of a promise, what it takes to know what happens next."""

    climbs: bool
    ladder: list[str]
    rung: str
    rung_at: dt.datetime | None
    made_at: dt.datetime
    due_at: dt.datetime
    next_at: dt.datetime | None
    missed_at: dt.datetime | None
    reminded: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A step that was due at `scheduled_at` and leaves the promise at `rung`."""

    what: Step
    scheduled_at: dt.datetime
    rung: Rung


@dataclass(frozen=True, slots=True)
class Rules:
    """What the kind says, and the calendar of the organisation."""

    each_rung: Term
    remind_days: int
    closed: Closed
    zone: zoneinfo.ZoneInfo


def next_look(promise: Climber, rules: Rules) -> dt.datetime | None:
    """When something happens next by itself. None where nothing does any more."""
    if promise.missed_at is None:
        if rules.remind_days and not promise.reminded:
            remind_at = reminder(promise.due_at, rules.remind_days, rules.closed, rules.zone)
            if remind_at > promise.made_at:
                return remind_at
        return promise.due_at
    if not promise.climbs or promise.rung == promise.ladder[-1]:
        return None
    return due(promise.rung_at or promise.missed_at, rules.each_rung, rules.closed, rules.zone)


def advance(promise: Climber, now: dt.datetime, rules: Rules, somebody: Callable[[Rung], bool]) -> list[Event]:
    """Takes every step whose time has come, in order. Changes the promise; answers what happened.

    A rung where nobody is passes it on at once; the public list is always there.
    """
    events: list[Event] = []
    while promise.next_at is not None and promise.next_at <= now:
        at = promise.next_at
        if at < promise.due_at and promise.missed_at is None:
            promise.reminded = True
            events.append(Event(Step.REMINDED, at, Rung(promise.rung)))
        else:
            if promise.missed_at is None:
                promise.missed_at = promise.due_at
                events.append(Event(Step.MISSED, at, Rung(promise.rung)))
            if promise.climbs:
                promise.rung = _above(promise, somebody)
                promise.rung_at = at
                events.append(Event(Step.CLIMBED, at, Rung(promise.rung)))
        promise.next_at = next_look(promise, rules)
    return events


def _above(promise: Climber, somebody: Callable[[Rung], bool]) -> Rung:
    above = [Rung(rung) for rung in promise.ladder[promise.ladder.index(promise.rung) + 1 :]]
    return next((rung for rung in above if rung is Rung.PUBLIC or somebody(rung)), above[-1])
