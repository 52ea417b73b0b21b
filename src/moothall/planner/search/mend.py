"""A plan made to fit a city that has changed, with as little change as can be: what need not change does not.

Runs stay unless their venue, trainer, start or group no longer serves; people stay in them unless they can no longer come. Whoever lost a place takes a free
one; runs that are pinned are put on and filled; what money is left goes into further runs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..classes import Classes
from ..errors import CannotPin
from ..plan import Plan, Run
from ..problem import ONLINE, Ints, Problem
from .greedy import greedy
from .seating import Seating

Head = tuple[int, int, int, int]


def mended(classes: Classes, plan: Plan, price: float, *, further: bool = True, who: Ints | None = None) -> Plan:
    """A plan for this city that keeps every rule, as near to `plan` as can be. `price` is of money, points for a hundredth. Unless `further`, what money is left stays. Where money is
    wanting, those of `who` (all, unless said) take something cheaper first.
    Raises CannotPin."""
    problem = classes.problem
    kept, lost = _what_holds(classes, plan)
    seating = Seating(classes, price)
    seating.load(kept, seed=0, anew=False)
    rng, everybody = np.random.default_rng(0), np.arange(len(problem.people))
    for run in np.nonzero(seating.too_small())[0].tolist():
        _fill_up(seating, run)
    _refuse_too_small(seating)
    seating.call_off_too_small()
    for some in (everybody if who is None else who, everybody):
        if seating.money < 0:
            seating.afford(some)
    while seating.money < 0 or seating.too_small().any():
        _call_off_the_least(seating)
    seating.better(np.unique(lost), rng, most=0)
    seating.settle_accounts()
    found = seating.plan()
    return greedy(classes, price, found, lambda: True) if further else found


def _what_holds(classes: Classes, plan: Plan) -> tuple[Plan, Ints]:
    """The runs and places of a plan that are still possible, pinned runs with them, and who lost a place."""
    problem, options = classes.problem, classes.options
    pinned = problem.pinned_keys
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
                f"{problem.courses[run.course]} in half-day {run.start} cannot take place: the course cannot be held then and there, its venue or trainer is not free, or another wish forbids it."
            )
    free, left = problem.person_free.copy(), problem.person_half_days.copy()
    room = np.repeat(problem.team_limit[:, None], problem.half_days, axis=1)
    ended = np.full(len(options), problem.half_days)
    """[options] the last half-day of the run in which each is taken."""
    stays = {run.key() for run in there}
    runs, lost = [], [run.people for run in plan.runs if run.key() not in stays]
    for run in sorted(there, key=Run.key):
        slots, people = problem.run_slots(run.course, run.start), run.people
        option = options.find(run.course, people)
        before = options.requires[option]
        good = problem.penalty(people, run.venue) < np.inf
        good &= (left[people] >= len(slots)) & free[people[:, None], slots].all(1)
        good &= (option < 0) | ((ended[option] == problem.half_days) & ((before < 0) | (ended[before] < run.start)))
        stay = _spared(problem, room, people[good], slots)[: int(problem.group_limits[run.course, run.venue])]
        free[stay[:, None], slots] = False
        left[stay] -= len(slots)
        np.subtract.at(room, (problem.person_team[stay][:, None], slots[None, :]), 1)
        took = options.find(run.course, stay)
        ended[took[took >= 0]] = slots[-1]
        runs.append(replace(run, people=stay))
        if len(stay) < len(people):
            lost.append(np.setdiff1d(people, stay))
    return Plan.of(runs), np.concatenate([nobody, *lost])


def _spared(problem: Problem, room: Ints, people: Ints, slots: Ints) -> Ints:
    """Those whose teams can do without them, in their order."""
    teams = problem.person_team[people]
    if (room[teams][:, slots].min(1, initial=len(people)) >= np.bincount(teams, minlength=1)[teams]).all():
        return people
    left = {team: int(room[team, slots].min()) for team in set(teams.tolist())}
    stay = []
    for p, team in zip(people.tolist(), teams.tolist()):
        if left[team] > 0:
            stay.append(p)
            left[team] -= 1
    return np.array(stay, np.int64)


def _fill_up(seating: Seating, run: int) -> None:
    """Offers a run's seats to whoever gains by them."""
    site = int(seating.classes.site_of[seating.runs.course[run], seating.runs.venue[run]])
    if site >= 0:
        seating.chains(seating.offer(run, site, 0.0), 0, -np.inf)
        seating.settle_accounts()


def _refuse_too_small(seating: Seating) -> None:
    problem, plan = seating.problem, seating.plan()
    there = {run.key(): len(run.people) for run in plan.runs}
    for key in sorted(problem.pinned_keys):
        needed = max(1, int(problem.course_min_group[key[1]]))
        if there.get(key, 0) < needed:
            raise CannotPin(
                f"{problem.courses[key[1]]} in half-day {key[0]} cannot be pinned: {there.get(key, 0)} people would come, and its smallest group is {needed}."
            )


def _call_off_the_least(seating: Seating) -> None:
    """The run that gives least for its money goes, where there is not enough of it."""
    worst: tuple[float, int] | None = None
    for r in np.nonzero(seating.runs.off[: seating.count] == 0)[0].tolist():
        if seating.key(r) in seating.problem.pinned_keys:
            continue
        cost = seating.cost(r)
        rate = (-1.0 if seating.too_small()[r] else seating.worth(r) / max(1.0, cost), r)
        worst = rate if worst is None or rate < worst else worst
    if worst is None:
        _refuse_too_small(seating)
        raise CannotPin("The pinned runs cost more than there is: raise the budget, or pin less.")
    seating.call_off(worst[1])
