"""Nothing owed is missed and nothing is doubled: the ladder held against a naive oracle that walks every quarter of an hour."""

from __future__ import annotations

import datetime as dt
import functools
import random
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from moothall.promises import climbing
from moothall.promises.climbing import Rules, advance, next_look
from moothall.promises.terms import due
from moothall.promises.types import LADDER, Rung, Step, Term, Unit

LONDON = zoneinfo.ZoneInfo("Europe/London")
CASES = 10_000
QUARTER = dt.timedelta(minutes=15)
Happened = tuple[Step, dt.datetime, Rung]


@dataclass
class Promised:
    """What `advance` needs of a promise."""

    climbs: bool
    ladder: list[str]
    made_at: dt.datetime
    due_at: dt.datetime
    next_at: dt.datetime | None = None
    rung: str = Rung.POST
    rung_at: dt.datetime | None = None
    missed_at: dt.datetime | None = None
    reminded: bool = False


@dataclass
class Case:
    """One promise, the days on which the sweep ran, what was imported when, and which rungs were empty then."""

    made_at: dt.datetime
    term: Term
    each_rung: Term
    remind_days: int
    climbs: bool
    ladder: tuple[Rung, ...]
    holidays: set[dt.date]
    sweeps: list[dt.datetime] = field(default_factory=list)
    empty: dict[int, frozenset[Rung]] = field(default_factory=dict)
    imported: dict[int, set[dt.date]] = field(default_factory=dict)


# Made around what goes wrong: both clock changes, leap days, ends of months and of years, weekends, midnight.
EDGES = [
    "2027-03-26T23:30", "2027-03-28T00:45", "2027-10-30T22:15", "2027-10-31T01:15", "2028-01-31T12:00", "2028-02-28T09:00", "2028-02-29T23:45",
    "2027-12-24T17:00", "2027-12-31T23:59", "2027-05-31T08:00", "2027-08-27T16:00", "2027-06-05T03:00",
]  # fmt: skip


def random_case(rng: random.Random) -> Case:
    edge = dt.datetime.fromisoformat(rng.choice(EDGES)).replace(tzinfo=dt.UTC)
    made_at = edge + dt.timedelta(minutes=rng.randrange(-4000, 4000))
    unit = rng.choice([Unit.WORKING_DAYS, Unit.WORKING_DAYS, Unit.DAYS, Unit.MONTHS])
    start = made_at.date()
    ladder = (Rung.POST, *sorted(rng.sample(LADDER[1:], rng.randrange(1, 6)), key=LADDER.index))
    case = Case(
        made_at, Term(rng.randrange(1, 4 if unit is Unit.MONTHS else 25), unit), Term(rng.randrange(1, 8)), rng.randrange(0, 4), rng.random() < 0.85,
        ladder, {start + dt.timedelta(days=rng.randrange(-2, 60)) for _ in range(rng.randrange(0, 8))},
    )  # fmt: skip
    now = made_at
    for number in range(rng.randrange(1, 14)):
        # Every few minutes, a night, a weekend, a month without a worker; and a clock that steps back an hour.
        now += rng.choice([dt.timedelta(minutes=5), dt.timedelta(hours=9), dt.timedelta(days=1), dt.timedelta(days=3), dt.timedelta(days=31), -dt.timedelta(hours=1)])  # fmt: skip
        case.sweeps += [now] * rng.choice([1, 1, 2])  # two sweeps at one moment
        case.empty[number] = frozenset(rng.sample(LADDER[1:-1], rng.randrange(0, 4)))
        if rng.random() < 0.15:
            day = now.date()
            case.imported[len(case.sweeps)] = {day + dt.timedelta(days=rng.randrange(-3, 30)) for _ in range(3)}
    return case


def empty_at(case: Case, now: dt.datetime) -> frozenset[Rung]:
    return case.empty.get(case.sweeps.index(now) % 7, frozenset())


def ours(case: Case, climb: Callable[..., list[climbing.Event]]) -> list[Happened]:
    closed = set(case.holidays)
    rules = Rules(case.each_rung, case.remind_days, frozenset(closed), LONDON)
    promise = Promised(case.climbs, list(case.ladder), case.made_at, due(case.made_at, case.term, rules.closed, LONDON))
    promise.next_at = next_look(promise, rules)
    happened: list[Happened] = []
    for number, now in enumerate(case.sweeps):
        if number in case.imported:
            closed |= case.imported[number]
            rules = Rules(case.each_rung, case.remind_days, frozenset(closed), LONDON)
            if promise.missed_at is None:
                promise.due_at = due(case.made_at, case.term, rules.closed, LONDON)
            promise.next_at = next_look(promise, rules)
        empty = empty_at(case, now)
        for event in climb(promise, now, rules, lambda rung, empty=empty: rung not in empty):
            happened.append((event.what, event.scheduled_at, event.rung))
    return happened


# The oracle: no calendar arithmetic, no stored moment. It walks.


@functools.lru_cache(maxsize=100_000)
def day_is_over(day: dt.date) -> dt.datetime:
    """The first quarter of an hour that is after a day in London."""
    moment = dt.datetime(day.year, day.month, day.day, 20, tzinfo=dt.UTC)
    while moment.astimezone(LONDON).date() <= day:
        moment += QUARTER
    return moment


def walked_due(start: dt.datetime, term: Term, closed: set[dt.date]) -> dt.datetime:
    day = first = start.astimezone(LONDON).date()
    if term.unit is Unit.MONTHS:
        months = 0
        while months < term.count:
            day += dt.timedelta(days=1)
            if day.day == 1:
                months += 1
        while day.day < first.day and (day + dt.timedelta(days=1)).month == day.month:
            day += dt.timedelta(days=1)
        return day_is_over(day)
    counted = 0
    while counted < term.count:
        day += dt.timedelta(days=1)
        if term.unit is Unit.DAYS or (day.strftime("%a") not in ("Sat", "Sun") and day not in closed):
            counted += 1
    return day_is_over(day)


def walked_reminder(due_at: dt.datetime, days: int, closed: set[dt.date]) -> dt.datetime:
    day = (due_at - QUARTER).astimezone(LONDON).date()
    while days:
        day -= dt.timedelta(days=1)
        if day.strftime("%a") not in ("Sat", "Sun") and day not in closed:
            days -= 1
    moment = dt.datetime(day.year, day.month, day.day, 4, tzinfo=dt.UTC)
    while moment.astimezone(LONDON).hour < 8:
        moment += QUARTER
    return moment


def oracle(case: Case) -> list[Happened]:
    closed = set(case.holidays)
    happened: list[Happened] = []
    for number, now in enumerate(case.sweeps):
        closed |= case.imported.get(number, set())
        empty = empty_at(case, now)
        while True:
            steps = [what for what, _, _ in happened]
            if Step.MISSED not in steps:
                due_at = walked_due(case.made_at, case.term, closed)
                remind_at = walked_reminder(due_at, case.remind_days, closed) if case.remind_days else due_at
                if case.remind_days and Step.REMINDED not in steps and remind_at > case.made_at and remind_at < due_at:
                    if remind_at > now:
                        break
                    happened.append((Step.REMINDED, remind_at, Rung.POST))
                    continue
                if due_at > now:
                    break
                happened.append((Step.MISSED, due_at, Rung.POST))
                if not case.climbs:
                    break
                came_at, rung = due_at, Rung.POST
            else:
                if not case.climbs:
                    break
                _, came_at, rung = happened[-1]
                if rung is case.ladder[-1]:
                    break
                came_at = walked_due(came_at, case.each_rung, closed)
                if came_at > now:
                    break
            while True:
                rung = case.ladder[case.ladder.index(rung) + 1]
                if rung is Rung.PUBLIC or rung not in empty or rung is case.ladder[-1]:
                    break
            happened.append((Step.CLIMBED, came_at, rung))
    return happened


def differing(climb: Callable[..., list[climbing.Event]], cases: int, seed: int = 20261122) -> int:
    rng = random.Random(seed)
    return sum(ours(case, climb) != oracle(case) for case in (random_case(rng) for _ in range(cases)))


def test_every_step_happens_once_and_when_it_should_whenever_the_sweep_comes() -> None:
    rng = random.Random(20261122)
    for number in range(CASES):
        case = random_case(rng)
        assert ours(case, advance) == oracle(case), f"case {number}: {case}"


def late(promise: Promised, now: dt.datetime, rules: Rules, somebody: Callable[[Rung], bool]) -> list[climbing.Event]:
    """A sweep that counts the next rung from when it came itself."""
    events = advance(promise, now, rules, somebody)
    if events and promise.missed_at:
        promise.rung_at = now
        promise.next_at = next_look(promise, rules)
    return events


def one_at_most(
    promise: Promised, now: dt.datetime, rules: Rules, somebody: Callable[[Rung], bool]
) -> list[climbing.Event]:
    """A sweep that takes one step each time it comes."""
    due_before = promise.next_at
    return advance(promise, min(now, due_before), rules, somebody) if due_before and due_before <= now else []


def forgetful(
    promise: Promised, now: dt.datetime, rules: Rules, somebody: Callable[[Rung], bool]
) -> list[climbing.Event]:
    """A sweep that does not note that it reminded."""
    events = advance(promise, now, rules, somebody)
    if promise.missed_at is None and promise.reminded:
        promise.reminded = False
        promise.next_at = next_look(promise, rules)
    return events


def everybody_there(
    promise: Promised, now: dt.datetime, rules: Rules, _: Callable[[Rung], bool]
) -> list[climbing.Event]:
    """A sweep that takes empty rungs for held ones."""
    return advance(promise, now, rules, lambda rung: True)


@pytest.mark.parametrize("wrong", [late, one_at_most, forgetful, everybody_there])
def test_the_oracle_sees_a_sweep_that_is_wrong(wrong: Callable[..., list[climbing.Event]]) -> None:
    """The negative control: each of these mistakes is found among a few hundred cases."""
    assert differing(wrong, 500) > 5


@pytest.mark.parametrize(
    ("start", "term", "last"),
    [
        ("2027-01-04T10:00", Term(5), "2027-01-11"),  # a Monday: the Monday after
        ("2027-01-09T10:00", Term(1), "2027-01-11"),  # a Saturday: the day it comes in does not count
        ("2027-03-25T10:00", Term(2), "2027-03-31"),  # Good Friday and Easter Monday between
        ("2028-01-31T10:00", Term(1, Unit.MONTHS), "2028-02-29"),  # to the last day of a leap February
        ("2027-01-31T10:00", Term(1, Unit.MONTHS), "2027-02-28"),
        ("2027-12-31T10:00", Term(3, Unit.MONTHS), "2028-03-31"),
        ("2027-03-27T10:00", Term(1, Unit.DAYS), "2027-03-28"),  # the day the clocks go forward
        ("2027-10-30T10:00", Term(1, Unit.DAYS), "2027-10-31"),  # and back
    ],
)
def test_terms_end_when_people_would_say_they_do(start: str, term: Term, last: str) -> None:
    closed = frozenset({dt.date(2027, 3, 26), dt.date(2027, 3, 29)})
    over = due(dt.datetime.fromisoformat(start).replace(tzinfo=LONDON), term, closed, LONDON).astimezone(LONDON)
    assert (over.time(), over.date() - dt.timedelta(days=1)) == (dt.time(), dt.date.fromisoformat(last))
