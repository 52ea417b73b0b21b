"""A first plan, or what money is left for beside a plan: the run with the most points for its money, again and again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..classes import Classes
from ..kernels.making import HOPE, Land, Making, make
from ..kernels.rows import MOST_COURSES
from ..plan import Plan, Run
from ..problem import ONLINE, Floats, bits

AT_ONCE = 200
"""Runs put on between two looks at the clock."""
FLEXIBLE = 0.02
"""Points by which who is free at more times comes later, among equals."""


def greedy(
    classes: Classes, price: float, begin: Plan, go_on: Callable[[], bool], trainer_price: Floats | None = None
) -> Plan:
    """`begin`, and runs beside it until nothing more is possible or affordable, or `go_on` says no. `price` is points for a hundredth of money,
    `trainer_price` for a half-day of each trainer."""
    problem, options = classes.problem, classes.options
    land = _land(classes, np.zeros(len(problem.trainers)) if trainer_price is None else trainer_price)
    making = _making(classes, begin)
    scores = np.full(len(classes.site_course), np.inf)
    widest, largest = int(np.diff(classes.first_seat).max(initial=0)), int(problem.group_limits.max(initial=0)) + 1
    room = (
        np.zeros(4, np.int64),
        np.zeros(largest, np.int64),
        np.zeros(widest),
        np.zeros(widest, np.int64),
        np.zeros(largest),
    )
    # The first of them in any case: where compiling took all the time there was, there is a plan still.
    while make(AT_ONCE, price, MOST_COURSES, scores, classes.first_site, *room, land, making) == AT_ONCE and go_on():
        pass
    by_run = np.argsort(making.taken, kind="stable")
    first = np.searchsorted(making.taken[by_run], np.arange(int(making.made[0]) + 1))
    runs = list(begin.runs)
    for i in range(len(runs), int(making.made[0])):
        site, start, venue, trainer = making.runs[i].tolist()
        people = np.sort(options.person[by_run[first[i] : first[i + 1]]])
        runs.append(
            Run(
                int(classes.site_course[site]),
                int(classes.slots[start, 0]),
                venue if venue < len(problem.venues) else ONLINE,
                trainer,
                people,
            )
        )
    return Plan.of(runs)


def _land(classes: Classes, trainer_price: Floats) -> Land:
    problem, options = classes.problem, classes.options
    # Where several trainers are free, take the one least wanted elsewhere: cheapest, then with the fewest courses.
    order = np.lexsort((np.arange(len(problem.trainers)), problem.qualified.sum(1), np.round(trainer_price, 6)))
    course, rank = np.nonzero(problem.qualified[order].T)
    T = problem.half_days
    return Land(
        options.person, options.course, options.requires, options.needs.start, options.needs.items, options.of_need.start, options.of_need.items, options.opens.start,
        options.opens.items, problem.need_weight, problem.person_team, FLEXIBLE * problem.person_free.sum(1) / max(1, T), classes.first_start, classes.slots, classes.length,
        classes.bits, classes.site_course, classes.first_seat, classes.seat_option, classes.seat_penalty, classes.first_venue, classes.site_venue,
        np.searchsorted(course, np.arange(len(problem.courses) + 1)), order[rank], problem.group_limits, problem.fixed_costs, problem.course_cost_head,
        np.maximum(1, problem.course_min_group),
    )  # fmt: skip


def _making(classes: Classes, begin: Plan) -> Making:
    problem, options = classes.problem, classes.options
    P, n = len(problem.people), len(options)
    free, venue_free, trainer_free = problem.person_free.copy(), problem.venue_free.copy(), problem.trainer_free.copy()
    left, count = problem.person_half_days.copy(), np.zeros(P, np.int64)
    room = np.repeat(problem.team_limit[:, None], problem.half_days, axis=1).astype(np.int32)
    taken, after = np.full(n, -1), np.where(options.requires >= 0, problem.half_days, 0)
    rows = np.full((int(problem.trainer_free.sum()) + len(begin.runs), 4), -1)
    for i, run in enumerate(begin.runs):
        slots = problem.run_slots(run.course, run.start)
        free[run.people[:, None], slots] = False
        np.subtract.at(room, (problem.person_team[run.people][:, None], slots[None, :]), 1)
        left[run.people] -= len(slots)
        count[run.people] += 1
        trainer_free[run.trainer, slots] = False
        if run.venue != ONLINE:
            venue_free[run.venue, slots] = False
        took = options.find(run.course, run.people)
        took = took[took >= 0]
        taken[took] = i
        after[options.opens.at(took)[1]] = slots[-1] + 1
    covered = np.bincount(options.needs.at(np.nonzero(taken >= 0)[0])[1], minlength=len(problem.need_person))
    open_weight = np.where(covered > 0, 0.0, problem.need_weight)
    owner, need = options.needs.at(np.arange(n))
    gain = np.bincount(owner, weights=open_weight[need], minlength=n).astype(float)
    hope, before = np.zeros(n), options.requires
    while (before >= 0).any():
        opens = before >= 0
        hope += HOPE * np.bincount(before[opens], weights=gain[opens], minlength=n)
        before = np.where(opens, options.requires[before], -1)
    venues = np.concatenate([venue_free, np.ones((1, problem.half_days), bool)])  # the last is online
    return Making(
        bits(free), left, room, bits(venues), bits(trainer_free), covered, gain, hope, taken, after, count, np.array([problem.budget - begin.cost(problem)]), rows,
        np.array([len(begin.runs)]),
    )  # fmt: skip
