"""A plan made to fit a city that has changed, with as little change as can be: what need not change does not.

Runs stay unless their venue, trainer, start or group no longer serves; people stay in them unless they can no longer come. Whoever lost a place takes a free
one; runs that are pinned are put on and filled; what money is left goes into further runs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..classes import Classes
from ..errors import PlannerError
from ..plan import Plan, Run
from ..problem import ONLINE, Ints, Problem
from .greedy import greedy
from .seating import Seating

Head = tuple[int, int, int, int]


class CannotPin(PlannerError):
    """A run that was pinned cannot take place."""


def mended(classes: Classes, plan: Plan, price: float) -> Plan:
    """A plan for this city that keeps every rule, as near to `plan` as can be. `price` is of money, points for a hundredth. Raises CannotPin."""
    problem = classes.problem
    kept, lost = _what_holds(problem, plan)
    seating = Seating(classes, price)
    seating.load(kept, seed=0, anew=False)
    rng, everybody = np.random.default_rng(0), np.arange(len(problem.people))
    pinned = {_key(problem, head) for head in problem.pinned}
    for run in np.nonzero(seating.too_small())[0].tolist():
        _fill_up(seating, run)
    _refuse_too_small(seating, pinned)
    while seating.too_small().any():
        seating.call_off(int(np.nonzero(seating.too_small())[0][0]))
    if seating.money < 0:
        seating.afford(everybody)
    while seating.money < 0 or seating.too_small().any():
        _call_off_the_least(seating, pinned)
    seating.better(np.unique(lost), rng, most=0)
    seating.settle_accounts()
    found = seating.plan()
    return greedy(classes, price, found, lambda: True) if plan.runs else found


def _key(problem: Problem, head: Head) -> Head:
    course, start, venue, trainer = head
    return (start, course, venue, trainer)


def _what_holds(problem: Problem, plan: Plan) -> tuple[Plan, Ints]:
    """The runs and places of a plan that are still possible, pinned runs with them, and who lost a place."""
    pinned = {_key(problem, head) for head in problem.pinned}
    had = {run.key(): run for run in plan.runs}
    nobody = np.zeros(0, np.int64)
    heads = [had.get(key) or Run(key[1], key[0], key[2], key[3], nobody) for key in sorted(pinned)]
    heads += [run for run in plan.runs if run.key() not in pinned]
    venue_free, trainer_free = problem.venue_free.copy(), problem.trainer_free.copy()
    legal = [set(meets[:, 0].tolist()) for meets in problem.meetings]
    there = []
    for run in heads:
        slots = problem.run_slots(run.course, run.start)
        good = (
            run.start in legal[run.course]
            and problem.group_limits[run.course, run.venue] > 0
            and problem.qualified[run.trainer, run.course]
        )
        good = (
            good
            and trainer_free[run.trainer, slots].all()
            and (run.venue == ONLINE or venue_free[run.venue, slots].all())
        )
        if good:
            trainer_free[run.trainer, slots] = False
            if run.venue != ONLINE:
                venue_free[run.venue, slots] = False
            there.append(run)
        elif run.key() in pinned:
            raise CannotPin(
                f"{problem.courses[run.course]} in half-day {run.start} cannot be pinned: the course cannot be held then and there, or its venue or trainer is not free."
            )
    free, left = problem.person_free.copy(), problem.person_half_days.copy()
    room = np.repeat(problem.team_limit[:, None], problem.half_days, axis=1)
    ended: dict[tuple[int, int], int] = {}
    runs, lost = [], [run.people for run in plan.runs if run.key() not in {r.key() for r in there}]
    for run in sorted(there, key=Run.key):
        slots = problem.run_slots(run.course, run.start)
        stay: list[int] = []
        most = int(problem.group_limits[run.course, run.venue])
        requires = int(problem.course_prerequisite[run.course])
        near = problem.penalty(run.people, run.venue) < np.inf
        for p, reaches in zip(run.people.tolist(), near.tolist()):
            ready = requires < 0 or problem.done[p, requires] or ended.get((p, requires), problem.half_days) < run.start
            team = problem.person_team[p]
            if (
                reaches and ready and len(stay) < most and (p, run.course) not in ended and left[p] >= len(slots)
                and free[p, slots].all() and (room[team, slots] > 0).all()
            ):  # fmt: skip
                stay.append(p)
                free[p, slots] = False
                left[p] -= len(slots)
                room[team, slots] -= 1
                ended[p, run.course] = int(slots[-1])
        runs.append(replace(run, people=np.array(stay, np.int64)))
        lost.append(np.setdiff1d(run.people, stay))
    return Plan.of(runs), np.concatenate([nobody, *lost])


def _fill_up(seating: Seating, run: int) -> None:
    """Offers a run's seats to whoever gains by them."""
    site = int(seating.classes.site_of[seating.runs.course[run], seating.runs.venue[run]])
    if site >= 0:
        seating.chains(seating.offer(run, site, 0.0), 0, -np.inf)
        seating.settle_accounts()


def _refuse_too_small(seating: Seating, pinned: set[Head]) -> None:
    problem, plan = seating.problem, seating.plan()
    there = {run.key(): len(run.people) for run in plan.runs}
    for key in sorted(pinned):
        needed = max(1, int(problem.course_min_group[key[1]]))
        if there.get(key, 0) < needed:
            raise CannotPin(
                f"{problem.courses[key[1]]} in half-day {key[0]} cannot be pinned: {there.get(key, 0)} people would come, and its smallest group is {needed}."
            )


def _call_off_the_least(seating: Seating, pinned: set[Head]) -> None:
    """The run that gives least for its money goes, where there is not enough of it."""
    worst: tuple[float, int] | None = None
    for r in np.nonzero(seating.runs.off[: seating.count] == 0)[0].tolist():
        if seating.key(r) in pinned:
            continue
        cost = seating.cost(r)
        rate = (-1.0 if seating.too_small()[r] else seating.worth(r) / max(1.0, cost), r)
        worst = rate if worst is None or rate < worst else worst
    if worst is None:
        raise CannotPin("The pinned runs cost more than there is: raise the budget, or pin less.")
    seating.call_off(worst[1])
