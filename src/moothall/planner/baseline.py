"""What the plan is compared with: first come first served (today), and each organisation alone.

Both are defined in docs/planning.md, word by word as they are built here, and both are plans that keep every hard rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .errors import PlannerError
from .plan import Plan, Run
from .problem import ONLINE, Bools, Problem
from .solve import solve
from .stop import Stop

FILL = 0.75
"""How full an organiser of today expects a run to be."""
LEAST_SECONDS = 0.05


# -- first come, first served


@dataclass(slots=True)
class _PutOn:
    course: int
    start: int
    venue: int
    trainer: int
    slots: list[int]
    mask: int
    limit: int
    people: list[int]


class Interrupted(PlannerError):
    """A baseline was stopped half-way. Half a baseline compares with nothing, so there is none."""


def _refuse_half(stop: Stop) -> None:
    if stop.asked():
        raise Interrupted("Stopped. Half a baseline compares with nothing, so nothing was written.")


def first_come(problem: Problem, seed: int = 0, stop: Stop | None = None) -> Plan:
    """Runs put on by demand, then booked by people in seeded random order, then cancelled where too few came.

    Only an interrupt of `stop` is looked at: raises Interrupted.
    """
    stop = stop or Stop()
    runs = _put_on(problem, stop)
    _book(problem, runs, np.random.default_rng(seed), stop)
    return _cancelled(problem, runs)


def _put_on(problem: Problem, stop: Stop) -> list[_PutOn]:
    """The course with the most demand left per expected pound gets its cheapest run, until money or demand ends."""
    closers = problem.closes.sum(0)
    demand, average = [], []
    for c in range(len(problem.courses)):
        mine = problem.closes[c, problem.need_skill]
        weight = problem.need_weight[mine]
        demand.append(float((weight / closers[problem.need_skill[mine]]).sum()))
        average.append(float(weight.mean()) if len(weight) else 0.0)
    venue_free, trainer_free = problem.venue_free.copy(), problem.trainer_free.copy()
    money = float(problem.budget)
    runs: list[_PutOn] = []
    open_courses = {c for c in range(len(problem.courses)) if demand[c] > 0}
    cheapest: dict[int, _PutOn | None] = {}
    while open_courses:
        _refuse_half(stop)
        for c in open_courses - cheapest.keys():
            cheapest[c] = _cheapest(problem, c, venue_free, trainer_free)
        rates = [
            (demand[c] / max(_expected_cost(problem, run), 1e-9), -c)
            for c in sorted(open_courses)
            if (run := cheapest[c])
        ]
        if not rates:
            break
        c = -max(rates)[1]
        run = cheapest[c]
        assert run is not None
        cost = _expected_cost(problem, run)
        if cost > money:
            open_courses.discard(c)
            continue
        money -= cost
        runs.append(run)
        if run.venue != ONLINE:
            venue_free[run.venue, run.slots] = False
        trainer_free[run.trainer, run.slots] = False
        demand[c] -= FILL * run.limit * average[c]
        if demand[c] <= 0:
            open_courses.discard(c)
        # Another course's cheapest run stays the cheapest unless it has just lost its room or its trainer.
        for other, its in list(cheapest.items()):
            clash = (
                its is not None
                and its.mask & run.mask
                and (its.trainer == run.trainer or (its.venue == run.venue != ONLINE))
            )
            if other == c or clash:
                del cheapest[other]
    return sorted(runs, key=lambda run: (run.start, run.course, run.venue, run.trainer))


def _expected_cost(problem: Problem, run: _PutOn) -> float:
    return float(problem.fixed_costs[run.course, run.venue]) + FILL * run.limit * float(
        problem.course_cost_head[run.course]
    )


def _cheapest(problem: Problem, course: int, venue_free: Bools, trainer_free: Bools) -> _PutOn | None:
    """The legal run of least expected cost; ties: earliest, then venue (online last), then trainer."""
    best: tuple[float, int, int, int] | None = None
    trainers = np.nonzero(problem.qualified[:, course])[0]
    meetings = problem.meetings[course]
    staffed = np.all(trainer_free[trainers][:, meetings], axis=2)
    starts = np.nonzero(staffed.any(0))[0]
    for venue in (*range(len(problem.venues)), ONLINE):
        limit = int(problem.group_limits[course, venue])
        if limit < 1:
            continue
        open_starts = starts if venue == ONLINE else starts[venue_free[venue][meetings[starts]].all(1)]
        if len(open_starts):
            cost = float(problem.fixed_costs[course, venue]) + FILL * limit * float(problem.course_cost_head[course])
            key = (cost, int(open_starts[0]), len(problem.venues) if venue == ONLINE else venue, int(open_starts[0]))
            best = key if best is None or key < best else best
    if best is None:
        return None
    row, venue = best[3], ONLINE if best[2] == len(problem.venues) else best[2]
    trainer = int(trainers[int(staffed[:, row].argmax())])
    slots = meetings[row].tolist()
    return _PutOn(course, slots[0], venue, trainer, slots, _mask(slots), int(problem.group_limits[course, venue]), [])


def _mask(slots: list[int]) -> int:
    return sum(1 << t for t in slots)


def _book(problem: Problem, runs: list[_PutOn], rng: np.random.Generator, stop: Stop) -> None:
    """Everybody in turn books the earliest seat for each need, heaviest first, until a whole round books nothing."""
    by_skill: list[list[int]] = [[] for _ in problem.skills]
    for i, run in enumerate(runs):
        for skill in np.nonzero(problem.closes[run.course])[0].tolist():
            by_skill[skill].append(i)
    money = problem.budget - sum(problem.run_cost(run.course, run.venue, 0) for run in runs)
    weights = 1 << np.arange(problem.half_days).astype(object)
    free = [int(weights[row].sum()) for row in problem.person_free]
    left = problem.person_half_days.tolist()
    away = np.zeros((len(problem.teams), problem.half_days), int)
    taken: list[dict[int, int]] = [{} for _ in problem.people]
    first_need = np.searchsorted(problem.need_person, np.arange(len(problem.people) + 1)).tolist()
    wanted = []
    for p in range(len(problem.people)):
        needs = range(first_need[p], first_need[p + 1])
        wanted.append([int(problem.need_skill[n]) for n in sorted(needs, key=lambda n: -problem.need_weight[n])])
    can_come = problem.penalties < np.inf
    order = rng.permutation(len(problem.people)).tolist()
    booked = True
    while booked:
        booked = False
        for p in order:
            _refuse_half(stop)
            team, kind = int(problem.person_team[p]), problem.kinds[p]
            for skill in list(wanted[p]):
                if any(problem.closes[c, skill] for c in taken[p]):
                    wanted[p].remove(skill)
                    continue
                for i in by_skill[skill]:
                    run = runs[i]
                    head, q = int(problem.course_cost_head[run.course]), int(problem.course_prerequisite[run.course])
                    if (
                        free[p] & run.mask == run.mask
                        and len(run.people) < run.limit
                        and len(run.slots) <= left[p]
                        and run.course not in taken[p]
                        and head <= money
                        and can_come[kind, run.venue]
                        and (q < 0 or problem.done[p, q] or (q in taken[p] and runs[taken[p][q]].slots[-1] < run.start))
                        and (away[team, run.slots] < problem.team_limit[team]).all()
                    ):
                        run.people.append(p)
                        taken[p][run.course] = i
                        free[p] &= ~run.mask
                        left[p] -= len(run.slots)
                        away[team, run.slots] += 1
                        money -= head
                        wanted[p].remove(skill)
                        booked = True
                        break


def _cancelled(problem: Problem, runs: list[_PutOn]) -> Plan:
    """Runs with too few are cancelled; who needed one of those for a later course loses that place too; and so on."""
    alive = {i: set(run.people) for i, run in enumerate(runs)}
    changed = True
    while changed:
        changed = False
        for i in list(alive):
            if len(alive[i]) < max(1, int(problem.course_min_group[runs[i].course])):
                del alive[i]
                changed = True
        has = {(p, runs[i].course) for i, people in alive.items() for p in people}
        for i, people in alive.items():
            q = int(problem.course_prerequisite[runs[i].course])
            lost = {p for p in people if q >= 0 and not problem.done[p, q] and (p, q) not in has}
            if lost:
                people -= lost
                changed = True
    return Plan.of(
        Run(r.course, r.start, r.venue, r.trainer, np.array(sorted(alive[i]), np.int64))
        for i, r in enumerate(runs)
        if i in alive
    )


# -- each alone

Tell = Callable[[int, int], None]


def alone(problem: Problem, stop: Stop, seed: int = 0, tell: Tell | None = None) -> Plan:
    """Every organisation plans for its own people with its share of the money, on the rooms and trainers that are left.

    `stop.seconds` is shared out by people (at least LEAST_SECONDS each); `stop.steps` holds for each organisation.
    `tell` is called with (organisations done, organisations). Raises Interrupted.
    """
    people = np.bincount(problem.person_organisation, minlength=len(problem.organisations))
    weight = np.bincount(
        problem.person_organisation[problem.need_person], weights=problem.need_weight, minlength=len(people)
    )
    total = float(weight.sum())
    order = sorted(np.nonzero(people)[0].tolist(), key=lambda o: (-people[o], problem.organisations[o]))
    venue_free, trainer_free = problem.venue_free.copy(), problem.trainer_free.copy()
    runs: list[Run] = []
    for done, o in enumerate(order):
        _refuse_half(stop)
        mine = np.nonzero(problem.person_organisation == o)[0]
        budget = int(problem.budget * weight[o] / total) if total else 0
        budget += 0 if problem.own_budget is None else int(problem.own_budget[o])
        own = problem.restricted(mine, budget=budget, venue_free=venue_free, trainer_free=trainer_free)
        seconds = None if stop.seconds is None else max(LEAST_SECONDS, stop.seconds * len(mine) / len(problem.people))
        for run in solve(own, Stop(seconds=seconds, steps=stop.steps, parent=stop), seed, tighten=False).plan.runs:
            slots = problem.run_slots(run.course, run.start)
            if run.venue != ONLINE:
                venue_free[run.venue, slots] = False
            trainer_free[run.trainer, slots] = False
            runs.append(Run(run.course, run.start, run.venue, run.trainer, mine[run.people]))
        _refuse_half(stop)
        if tell:
            tell(done + 1, len(order))
    return Plan.of(runs)
