"""Fairness as a choice: a floor on the share of needs met for every organisation, and what it costs in points.

The search knows no floor. It is led there by weights: of an organisation that is below, the needs that are met weigh more, and some others drawn at random, twice as many as are
wanting; more again each time it still is below. Of one that is above, only as many as the floor asks for keep that weight. Levels of post are never looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .check import check
from .plan import Result, status
from .problem import Bools, Floats, Ints, Problem
from .solve import Progress, solve
from .stop import Stop

ROUNDS = 8
FIRST = 0.4
"""Part of the search that goes without the floor: what it is compared with, and where the rest begins."""
START, MORE, LESS = 0.5, 1.5, 0.9
"""What a need weighs more at first, as a share of a typical need's weight; by how much that grows below the floor, and shrinks above it."""


@dataclass(frozen=True, slots=True)
class Below:
    """An organisation that the plan leaves below the floor, by number of needs."""

    organisation: str
    needs: int
    needs_met: int
    asked: int


@dataclass(frozen=True, slots=True)
class Fair:
    """`result` has the problem's own weights; its bound holds for every plan, with a floor or without."""

    result: Result
    without: Result
    below: tuple[Below, ...]

    @property
    def price(self) -> float:
        """In points."""
        return self.without.value - self.result.value


def fair(
    problem: Problem, floor: float, stop: Stop, seed: int = 0, report: Callable[[Progress], None] | None = None
) -> Fair:
    """The best plan found that meets at least `floor` (0 to 1) of the needs of every organisation, or comes nearest to it by number of needs."""
    owner = problem.person_organisation[problem.need_person]
    count = len(problem.organisations)
    needs = np.bincount(owner, minlength=count)
    asked = np.ceil(floor * needs - 1e-9).astype(np.int64)
    typical = float(np.median(problem.need_weight)) if len(owner) else 0.0
    rng = np.random.default_rng(seed)
    without = solve(problem, stop.rest(FIRST, 0), seed, report)
    now, best, extra, steps = without, without, np.zeros(count), without.steps
    met = _met(problem, without, owner)
    least = int(np.maximum(0, asked - met).sum())
    if least == 0:  # met anyway: the rest of the search goes on without it
        found_on = solve(problem, stop.rest(1.0, steps), seed, report, begin=without.plan)
        bound = min(found_on.bound, without.bound)
        on = replace(
            found_on, steps=steps + found_on.steps, seconds=stop.elapsed(), bound=bound,
            status=status(found_on.value, bound, stop.asked()),
        )  # fmt: skip
        return Fair(on, on, ())
    for k in range(ROUNDS):
        if stop.asked():
            break
        extra = _dearer(extra, asked - met, START * typical)
        weights = problem.need_weight + np.where(_chosen(problem, now, owner, asked, rng), extra[owner], 0.0)
        heavier, rest = replace(problem, need_weight=weights), stop.rest(1 / (ROUNDS - k), steps)
        now = solve(heavier, rest, seed + k, begin=now.plan, tighten=False)
        steps += now.steps
        met, found = _met(problem, now, owner), check(problem, now.plan)
        short = int(np.maximum(0, asked - met).sum())
        if (short, -found.value) < (least, -best.value):
            least = short
            best = replace(now, value=found.value, cost=found.cost, needs_met=found.needs_met, price_of_money=without.price_of_money)  # fmt: skip
        if report:
            report(Progress(best.value, without.bound, stop.elapsed(), steps))
    met = _met(problem, best, owner)
    below = tuple(
        Below(problem.organisations[o], int(needs[o]), int(met[o]), int(asked[o]))
        for o in np.nonzero(met < asked)[0].tolist()
    )
    bound = max(best.value, without.bound)
    result = replace(
        best, bound=bound, steps=steps, seconds=stop.elapsed(), seed=seed,
        status=status(best.value, bound, stop.asked()),
    )  # fmt: skip
    return Fair(result, without, below)


def _met(problem: Problem, result: Result, owner: Ints) -> Ints:
    """[organisations] needs met."""
    return np.bincount(owner[result.plan.met(problem)], minlength=len(problem.organisations))


def _chosen(problem: Problem, result: Result, owner: Ints, asked: Ints, rng: np.random.Generator) -> Bools:
    """[needs] those that are to weigh more: of each organisation what is met, up to the floor, and twice as many others as are wanting."""
    order = rng.permutation(len(owner))
    met = result.plan.met(problem)[order]
    order = order[np.lexsort((~met, owner[order]))]  # of each organisation what is met first, each in random order
    place = np.arange(len(order)) - np.searchsorted(owner[order], owner[order])
    short = np.maximum(0, asked - _met(problem, result, owner))
    chosen = np.zeros(len(owner), bool)
    chosen[order] = place < (asked + short)[owner[order]]
    return chosen


def _dearer(extra: Floats, short: Ints, start: float) -> Floats:
    found: Floats = np.where(short > 0, np.maximum(start, extra * MORE), np.where(short < 0, extra * LESS, extra))
    return found
