"""What a coordinator may ask for after a plan was made: a changed problem, and the plan to start from.

Every wish is written as a line of words, as people say it; `granted` reads it and answers the changed city and plan. Runs are named as in the plan (r0, r1, ...).

    pin r12                               it takes place as it is
    move r12 to 34 [at library-1|online] [with t05]   and there it is pinned
    cancel r12                            its venue and trainer are not free then
    forbid venue library-1 17             no run there in half-day 17; also: forbid trainer t05 17, forbid course plain-english 17, forbid all 17
    excuse p0123 r12                      the person is not free in its half-days
    budget 25000 | budget +500 | budget -500
    add venue NAME in AREA for 16 at 60   (seats; hire for a half-day)
    add trainer NAME for plain-english numbers

A venue or trainer that is added is free in every half-day in which anybody is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from .errors import PlannerError
from .plan import Plan, Run
from .problem import ONLINE, Problem


class WishError(PlannerError):
    """A wish that cannot be read or granted: what is wrong, and how to say it."""


@dataclass(frozen=True, slots=True)
class Granted:
    """The city and the plan after a wish; the plan may break rules now (`replanned` mends it)."""

    problem: Problem
    plan: Plan


MOST = 1_000_000_000
"""Seats of a venue, or pounds."""
SAID = "pin R, move R to SLOT [at VENUE|online] [with TRAINER], cancel R, forbid venue|trainer|course NAME SLOT, forbid all SLOT, excuse PERSON R, budget [+-]AMOUNT, add venue NAME in AREA for SEATS at COST, add trainer NAME for COURSES"


def granted(problem: Problem, plan: Plan, *wishes: str) -> Granted:
    """Several wishes one after the other; all name runs as the plan given does. Raises WishError."""
    now = Granted(problem, plan)
    for wish in wishes:
        now = _grant(now, plan, wish)
    return now


def _grant(now: Granted, names: Plan, wish: str) -> Granted:
    words = " ".join(wish.split())
    for pattern, grant in FORMS:
        if match := re.fullmatch(pattern, words):
            return grant(now, names, **match.groupdict())
    raise WishError(f"{wish!r} is not a wish that can be read. Say one of: {SAID}.")


def _index(names: tuple[str, ...], name: str, what: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        near = [each for each in names if each.startswith(name[:2])][:5]
        raise WishError(f"There is no {what} {name!r}." + (f" Perhaps {', '.join(near)}?" if near else "")) from None


def _run(now: Granted, names: Plan, name: str) -> tuple[int, Run]:
    number = int(name[1:]) if re.fullmatch(r"r\d{1,7}", name) else -1
    if not 0 <= number < len(names.runs):
        raise WishError(f"There is no run {name!r} in this plan: {names.names()}.")
    for at, run in enumerate(now.plan.runs):
        if run.key() == names.runs[number].key():
            return at, run
    raise WishError(f"{name} was moved or cancelled by another wish already.")


def _slot(problem: Problem, slot: str) -> int:
    if int(slot) >= problem.half_days:
        raise WishError(f"Half-day {slot} is outside the term: half-days are 0 to {problem.half_days - 1}.")
    return int(slot)


def _pinned(problem: Problem, run: Run) -> Problem:
    head = (run.course, run.start, run.venue, run.trainer)
    return replace(problem, pinned=tuple(sorted({*problem.pinned, head})))


def _unpinned(problem: Problem, run: Run) -> Problem:
    head = (run.course, run.start, run.venue, run.trainer)
    return replace(problem, pinned=tuple(each for each in problem.pinned if each != head))


def _pin(now: Granted, names: Plan, run: str) -> Granted:
    problem, plan = now.problem, now.plan
    return Granted(_pinned(problem, _run(now, names, run)[1]), plan)


def _move(now: Granted, names: Plan, run: str, start: str, venue: str | None, trainer: str | None) -> Granted:
    problem, plan = now.problem, now.plan
    number, old = _run(now, names, run)
    where = old.venue if venue is None else ONLINE if venue == "online" else _index(problem.venues, venue, "venue")
    who = old.trainer if trainer is None else _index(problem.trainers, trainer, "trainer")
    new = replace(old, start=_slot(problem, start), venue=where, trainer=who)
    if new.start not in problem.meetings[new.course][:, 0]:
        raise WishError(
            f"{problem.courses[new.course]} cannot start in half-day {start}: it would leave its week or the term, or is forbidden then."
        )
    runs = [*plan.runs[:number], new, *plan.runs[number + 1 :]]
    return Granted(_pinned(_unpinned(problem, old), new), Plan.of(runs))


def _cancel(now: Granted, names: Plan, run: str) -> Granted:
    problem, plan = now.problem, now.plan
    number, old = _run(now, names, run)
    slots = problem.run_slots(old.course, old.start)
    trainer_free, venue_free = problem.trainer_free.copy(), problem.venue_free.copy()
    trainer_free[old.trainer, slots] = False
    if old.venue != ONLINE:
        venue_free[old.venue, slots] = False
    problem = replace(_unpinned(problem, old), trainer_free=trainer_free, venue_free=venue_free)
    return Granted(problem, Plan((*plan.runs[:number], *plan.runs[number + 1 :])))


def _forbid(now: Granted, names: Plan, what: str, name: str, slot: str) -> Granted:
    problem, plan = now.problem, now.plan
    t = _slot(problem, slot)
    if what == "course":
        c = _index(problem.courses, name, "course")
        free = (
            np.ones((len(problem.courses), problem.half_days), bool)
            if problem.course_free is None
            else problem.course_free.copy()
        )
        free[c, t] = False
        return Granted(replace(problem, course_free=free), plan)
    if what == "venue":
        free = problem.venue_free.copy()
        free[_index(problem.venues, name, "venue"), t] = False
        return Granted(replace(problem, venue_free=free), plan)
    free = problem.trainer_free.copy()
    free[_index(problem.trainers, name, "trainer"), t] = False
    return Granted(replace(problem, trainer_free=free), plan)


def _forbid_all(now: Granted, names: Plan, slot: str) -> Granted:
    problem, plan = now.problem, now.plan
    t = _slot(problem, slot)
    free = problem.trainer_free.copy()
    free[:, t] = False
    return Granted(replace(problem, trainer_free=free), plan)


def _excuse(now: Granted, names: Plan, person: str, run: str) -> Granted:
    problem, plan = now.problem, now.plan
    p, (_number, old) = _index(problem.people, person, "person"), _run(now, names, run)
    if p not in old.people:
        raise WishError(f"{person} has no place in {run}.")
    free = problem.person_free.copy()
    free[p, problem.run_slots(old.course, old.start)] = False
    return Granted(replace(problem, person_free=free), plan)


def _money(text: str) -> int:
    if not re.fullmatch(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", text):
        raise WishError(f"{text!r} is not an amount of money: write 500, 1,500 or 500.50.")
    hundredths = Decimal(text.replace(",", "")) * 100
    if abs(hundredths) > 100 * MOST:
        raise WishError(f"{text!r} is more money than can be counted here: the most is {MOST:,}.")
    if hundredths != int(hundredths):
        raise WishError(f"{text!r} has more than two decimals.")
    return int(hundredths)


def _budget(now: Granted, names: Plan, amount: str) -> Granted:
    problem, plan = now.problem, now.plan
    change = _money(amount)
    budget = problem.budget + change if amount[0] in "+-" else change
    if budget < 0:
        raise WishError(f"That would leave less than nothing: the budget is {problem.money(problem.budget)}.")
    return Granted(replace(problem, budget=budget), plan)


def _add_venue(now: Granted, names: Plan, name: str, area: str, capacity: str, cost: str) -> Granted:
    problem, plan = now.problem, now.plan
    if name in problem.venues:
        raise WishError(f"There is a venue {name!r} already.")
    if len(capacity) > len(str(MOST)) or int(capacity) > MOST:
        raise WishError(f"A venue with {capacity} seats is more than a city has people: write the seats of the room.")
    everywhere = problem.person_free.any(0)
    return Granted(
        replace(
            problem, venues=(*problem.venues, name), venue_area=np.append(problem.venue_area, _index(problem.areas, area, "area")),
            venue_capacity=np.append(problem.venue_capacity, int(capacity)), venue_cost_half_day=np.append(problem.venue_cost_half_day, _money(cost)),
            venue_free=np.vstack([problem.venue_free, everywhere]),
            venue_features=None if problem.venue_features is None else np.append(problem.venue_features, 0),
            descriptions={table: {column: (*cells, "") if table == "venues" else cells for column, cells in columns.items()} for table, columns in problem.descriptions.items()},
        ),
        plan,
    )  # fmt: skip


def _add_trainer(now: Granted, names: Plan, name: str, courses: str) -> Granted:
    problem, plan = now.problem, now.plan
    if name in problem.trainers:
        raise WishError(f"There is a trainer {name!r} already.")
    can = np.zeros(len(problem.courses), bool)
    can[[_index(problem.courses, each, "course") for each in courses.replace(",", " ").split()]] = True
    everywhere = problem.person_free.any(0)
    return Granted(
        replace(problem, trainers=(*problem.trainers, name), trainer_free=np.vstack([problem.trainer_free, everywhere]), qualified=np.vstack([problem.qualified, can])), plan
    )  # fmt: skip


FORMS: tuple[tuple[str, Callable[..., Granted]], ...] = (
    (r"pin (?P<run>\S+)", _pin),
    (r"move (?P<run>\S+) to (?P<start>\d+)(?: at (?P<venue>\S+))?(?: with (?P<trainer>\S+))?", _move),
    (r"cancel (?P<run>\S+)", _cancel),
    (r"forbid (?P<what>venue|trainer|course) (?P<name>\S+) (?P<slot>\d+)", _forbid),
    (r"forbid all (?P<slot>\d+)", _forbid_all),
    (r"excuse (?P<person>\S+) (?P<run>\S+)", _excuse),
    (r"budget (?P<amount>[+-]?\d[\d.,]*)", _budget),
    (r"add venue (?P<name>\S+) in (?P<area>\S+) for (?P<capacity>\d+) at (?P<cost>\d[\d.,]*)", _add_venue),
    (r"add trainer (?P<name>\S+) for (?P<courses>\S.*)", _add_trainer),
)
