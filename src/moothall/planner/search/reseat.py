"""Everybody seated anew in the runs that take place, all at once: what no exchange of a few places finds.

Seats get prices (a Lagrangian on how many there are); at those prices everybody takes the set of runs worth most to them. Needs weigh alike for
many people, so that very many seatings are equally good and prices alone would choose none of them: a little noise on what a place is worth makes
one the best, and what people then choose in the later rounds is nearly a seating. Who is left over takes what is free. It gains about half of
what an exact solver gains, in a hundredth of its time (docs/planning.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..bound import Lagrangian
from ..plan import Plan, Run
from ..problem import Floats, Ints, bits
from .state import State

MOST_SETS, FEW = 400, 2
"""Of one person; and runs of one course that a person chooses among, beside the one they are in."""
MOST_ROWS = 5_000_000
"""Of all people: beyond, everybody at once is too much for the memory there is."""
ROUNDS = 300
NOISE = 0.1
"""How much a place's worth may be more, as a share of a typical need's weight."""
FIRST_STEP, LAST_STEP = 0.15, 0.0025
"""How far a round moves a seat's price, as such a share."""
PASSES = 6


class Reseating:
    """Made once for a problem; `of` answers a plan with the same runs."""

    def __init__(self, lagrangian: Lagrangian) -> None:
        problem = lagrangian.problem
        self.problem, self.options = problem, lagrangian.options
        self.penalty = np.ascontiguousarray(lagrangian.penalty)
        self.kind = problem.person_area * 3 + problem.person_prefers
        first = np.searchsorted(problem.need_person, np.arange(len(problem.people) + 1))
        self.own_need = np.arange(len(problem.need_person)) - first[problem.need_person]
        """Which of their person's needs each is, from 0."""
        self.possible = bool(len(problem.need_person)) and int(np.diff(first).max()) <= 63
        self.person_bits = bits(problem.person_free)
        self.weight = float(np.median(problem.need_weight)) if self.possible else 0.0

    def of(self, plan: Plan, price: float, seed: int) -> Plan | None:
        """Places cost `price` points a hundredth. None where there are too many sets, or nothing to seat. It may cost more than there is, and its
        groups may be too small."""
        from .. import kernels  # compiles: loaded where people are seated, not by every page and command

        problem, runs = self.problem, plan.runs
        if not runs or not self.possible:
            return None
        course = np.array([run.course for run in runs])
        by_course = np.argsort(course, kind="stable")
        first_run = np.searchsorted(course[by_course], np.arange(len(problem.courses) + 1))
        slots, length, meets = self._meetings(plan)
        venue = np.array([run.venue for run in runs])
        head = price * problem.course_cost_head[course].astype(float)
        options = self.options
        about = (
            options.by_person.start, options.by_person.items, options.course, options.requires, options.needs.start, options.needs.items, problem.need_weight, self.own_need,
            first_run, by_course, meets, slots[:, 0], slots[np.arange(len(runs)), length - 1], length, venue % self.penalty.shape[1], self.kind, self.penalty, head,
            self.person_bits, problem.person_half_days,
        )  # fmt: skip
        first = np.zeros(len(problem.people) + 1, np.int64)
        drawn = (MOST_SETS, FEW, seed % 1_000_003, self._now(plan))
        kernels.sets_of_runs(False, *drawn, *about, first, np.zeros(0), np.zeros((0, kernels.MOST_COURSES), np.int32))
        rows = int(first[-1])
        if not 0 < rows <= MOST_ROWS:
            return None
        worth, sets = np.zeros(rows), np.full((rows, kernels.MOST_COURSES), -1, np.int32)
        kernels.sets_of_runs(True, *drawn, *about, first, worth, sets)

        seats = problem.group_limits[course, venue].copy()
        prices, often = np.zeros(len(runs)), np.zeros(rows)
        kernels.settle(first, worth + self._noise(first, sets, seed), sets, seats, ROUNDS, FIRST_STEP * self.weight, LAST_STEP * self.weight, prices, often)  # fmt: skip
        chosen = np.full(len(problem.people), -1)
        most = np.maximum.reduceat(np.append(often, 0.0), np.minimum(first[:-1], rows)) * (np.diff(first) > 0)
        room = np.repeat(problem.team_limit[:, None], problem.half_days, axis=1)
        sitting = (first, worth, sets, prices, often, slots, length, problem.person_team, room, seats, chosen)
        kernels.sit_down(False, np.argsort(-most, kind="stable"), *sitting)
        rng = np.random.default_rng(seed)
        for _ in range(PASSES):
            if kernels.sit_down(True, rng.permutation(len(problem.people)), *sitting) < 1e-6:
                break
        return self._plan(plan, sets, chosen)

    def _now(self, plan: Plan) -> Ints:
        """[options] the run in which it is taken, or -1."""
        now = np.full(len(self.options), -1)
        for i, run in enumerate(plan.runs):
            mine = slice(self.options.by_course[run.course], self.options.by_course[run.course + 1])
            now[self.options.by_course[run.course] + np.searchsorted(self.options.person[mine], run.people)] = i
        return now

    def _meetings(self, plan: Plan) -> tuple[Ints, Ints, Ints]:
        """Of each run: its half-days (padded with 0), how many, and the same as bits."""
        problem = self.problem
        length = problem.course_half_days[[run.course for run in plan.runs]]
        slots = np.zeros((len(plan.runs), int(length.max())), np.int64)
        meets = np.zeros((len(plan.runs), problem.half_days), bool)
        for i, run in enumerate(plan.runs):
            slots[i, : length[i]] = problem.run_slots(run.course, run.start)
            meets[i, slots[i, : length[i]]] = True
        return slots, length, bits(meets)

    def _noise(self, first: Ints, sets: Any, seed: int) -> Floats:
        """[rows] the same for a person in a run, whatever else they take."""
        P, R = len(first) - 1, int(sets.max(initial=0)) + 1
        mixed = np.repeat(np.arange(P), np.diff(first))[:, None] * R + sets + seed * 7919
        for _twice in range(2):  # a number for each pair, its bits mixed
            mixed = ((mixed >> 16) ^ mixed) * 0x45D9F3B % 2**32
        noise: Floats = NOISE * self.weight * np.where(sets >= 0, mixed / 2**32, 0.0).sum(1)
        return noise

    def _plan(self, plan: Plan, sets: Any, chosen: Ints) -> Plan:
        people = np.nonzero(chosen >= 0)[0]
        taken = sets[chosen[people]]
        who, column = np.nonzero(taken >= 0)
        run = taken[who, column]
        order = np.lexsort((people[who], run))
        bounds = np.searchsorted(run[order], np.arange(len(plan.runs) + 1))
        members = people[who][order]
        return Plan(tuple(
            Run(each.course, each.start, each.venue, each.trainer, members[bounds[i] : bounds[i + 1]]) for i, each in enumerate(plan.runs)
        ))  # fmt: skip


def become(state: State, plan: Plan) -> None:
    """The state as this plan, with groups that are too small left out."""
    for number in list(state.runs):
        if number in state.runs:
            state.close(number)
    restore(state, plan)
    state.close_small()
    state.journal.clear()


def afford(state: State) -> None:
    """Where places cost more than there is, those go that give least for their cost, as long as their groups stay large enough."""
    least = np.maximum(1, state.problem.course_min_group)
    head = state.problem.course_cost_head
    places = [(float(worth) / head[run.course], number, int(option)) for number, run in state.runs.items() if head[run.course]
              for worth, option in zip(state.worth_of(run), run.members)]  # fmt: skip
    for _worth, number, option in sorted(places):
        if state.money >= 0:
            return
        run = state.runs[number]
        if len(run.members) > least[run.course] and state.taken[option]:
            state.unseat(number, np.array([option]))


def restore(state: State, plan: Plan) -> None:
    """Puts a plan into an empty state."""
    options = state.options
    for run in plan.runs:
        number = state.open(run.course, run.start, run.venue, run.trainer)
        mine = slice(options.by_course[run.course], options.by_course[run.course + 1])
        at = np.searchsorted(options.person[mine], run.people)
        state.seat(number, at + options.by_course[run.course])
