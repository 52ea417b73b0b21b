"""Large neighbourhood search: take a few related runs apart, build them anew greedily, keep what is better.

Every choice is drawn from one seeded generator and none looks at the clock, so the same problem, seed and number of
steps give the same plan.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..problem import ONLINE, Ints
from .build import Builder
from .reseat import become
from .state import LiveRun, State

FEWEST, MOST = 1, 3
OTHERS = 1
"""How many courses beside those taken apart a step looks at."""
MOVE = 0.3
"""How often a step also opens runs that people leave other places for."""
STRAY = 0.0006
"""How far below the best the search may wander, as a share of the best value."""


class Neighbourhood:
    """One step at a time; `state` holds the current plan, `best_plan` the best so far by (value, less money spent)."""

    def __init__(self, state: State, builder: Builder, rng: np.random.Generator) -> None:
        self.state, self.builder, self.rng = state, builder, rng
        self.problem = state.problem
        self.best_plan = state.plan()
        self.best_value, self.best_money = state.value, state.money

    def step(self, go_on: Callable[[], bool]) -> bool:
        """One neighbourhood. True when it gave a new best. A step that `go_on` cut short is taken back."""
        state = self.state
        state.journal.clear()
        before, money = state.value, state.money
        freed = self._take_apart(self._choose()) if state.runs else np.zeros(0, np.int64)
        sites, others = self._sites(freed) if len(freed) else (list(range(len(self.builder.sites))), [])
        price = self.builder.price
        self.builder.price = price * float(self.rng.uniform(0.5, 1.1))
        self.builder.shake(float(self.rng.choice((0.05, 0.15, 0.3))))
        if self.rng.random() < MOVE:
            for site in self.rng.permutation(np.array(sites + others))[:2].tolist():
                self.builder.put_on_by_moving(site)
        opened = self.builder.greedy(sites, go_on, guessed=others)
        if self.builder.kept_back is not None:
            self.builder.kept_back = None
            opened += self.builder.greedy(sites, go_on, guessed=others)
        self.builder.price = price
        self._fill(freed, opened)
        state.close_small()
        if not go_on():
            state.undo(0)
            return False
        better = (state.value, state.money) > (self.best_value, self.best_money)
        if better:
            self.best_value, self.best_money, self.best_plan = state.value, state.money, state.plan()
        elif (state.value, state.money) < (before, money) and state.value < self.best_value * (
            1 - STRAY * float(self.rng.random())
        ):
            state.undo(0)
        return better

    def keep_if_better(self) -> None:
        """After the state was changed by others: it is the new best, or becomes the best again where it is worse."""
        state = self.state
        if state.money >= 0 and (state.value, state.money) > (self.best_value, self.best_money):
            self.best_value, self.best_money, self.best_plan = state.value, state.money, state.plan()
        else:
            become(state, self.best_plan)

    def _choose(self) -> list[int]:
        """Runs that have something to do with each other: a course, a time, a trainer or an area in common; or the dearest for what they give."""
        state = self.state
        numbers = np.array(sorted(state.runs))
        count = min(len(numbers), int(self.rng.integers(FEWEST, MOST + 1)))
        kind = int(self.rng.integers(0, 5))
        runs = [state.runs[n] for n in numbers.tolist()]
        if kind == 0:
            scores = np.array(
                [
                    float(state.worth_of(r).sum()) / max(1, self.problem.run_cost(r.course, r.venue, len(r.members)))
                    for r in runs
                ]
            )
            noisy = scores * self.rng.uniform(0.7, 1.3, len(scores))
            return [int(n) for n in numbers[np.argsort(noisy, kind="stable")[:count]]]
        seed = runs[int(self.rng.integers(len(runs)))]
        distance = np.array([_distance(kind, seed, r, self.problem.half_days_per_week) for r in runs])
        distance += self.rng.uniform(0, 1.5, len(distance))
        return [int(n) for n in numbers[np.argsort(distance, kind="stable")[:count]]]

    def _take_apart(self, numbers: list[int]) -> Ints:
        """Closes runs, and those that fall below their minimum through it. Answers the options that lost their place."""
        freed = []
        for number in numbers:
            if number in self.state.runs:
                freed.append(self.state.runs[number].members)
                self.state.close(number)
        return np.concatenate([np.zeros(0, np.int64), *freed, *self.state.close_small()])

    def _sites(self, freed: Ints) -> tuple[list[int], list[int]]:
        """Sites of the courses that were closed, and of some others that the same people want."""
        options = self.state.options
        closed = set(options.course[freed].tolist())
        people = options.person[self.rng.choice(freed, min(len(freed), 12), replace=False)]
        _, others = options.by_person.at(people)
        others = others[(self.state.gain[others] > 0) & ~self.state.taken[others]]
        wanted = np.bincount(options.course[others], minlength=len(self.problem.courses)).astype(float)
        chance = wanted * self.rng.random(len(wanted))
        also = set(np.argsort(-chance, kind="stable")[:OTHERS].tolist()) - closed
        of = self.builder.sites_of
        return [site for c in sorted(closed) for site in of[c]], [site for c in sorted(also) for site in of[c]]

    def _fill(self, freed: Ints, opened: list[int]) -> None:
        """Free seats to people who lost theirs, in new runs first and then in any run of a course they want."""
        options, state = self.state.options, self.state
        _, wants = options.by_person.at(np.unique(options.person[freed]))
        courses = set(options.course[wants[(state.gain[wants] > 0) & ~state.taken[wants]]].tolist())
        runs = [n for n, run in state.runs.items() if run.course in courses]
        self.builder.top_up(opened, self.builder.price)
        self.builder.top_up(runs, self.builder.price * 0.3)


def _distance(kind: int, a: LiveRun, b: LiveRun, week: int) -> float:
    if kind == 1:
        return 3.0 * (a.course != b.course)
    if kind == 2:
        return abs(a.start - b.start) / week
    if kind == 3:
        return 3.0 * (a.trainer != b.trainer)
    return 3.0 * (a.venue != b.venue) + (a.venue == ONLINE)
