"""Planning again after something changed: the plan with as little change as can be, and what a wish would cost before it is granted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .check import check
from .classes import Classes
from .options import options_of
from .own import paid_for, with_budget
from .plan import Plan
from .problem import Problem
from .share import own_money
from .solve import solve
from .stop import Stop
from .wishes import granted

SEEDS, STEPS = 3, 60
"""From so many seeds, each searched for so many steps, is a wish priced."""


def replanned(problem: Problem, plan: Plan, price_of_money: float) -> Plan:
    """A plan that keeps every rule of this problem, as near to `plan` (made before something changed) as can be: what need not change does not.

    `price_of_money` is in points a pound, as in a Result. To search further, `solve` with it as `begin`. Raises PlannerError where a pinned run cannot be.
    """
    from .search.mend import mended  # compiles: loaded where a plan is made, not by every page and command

    price = price_of_money / 100
    city = with_budget(problem, own_money(problem, plan))
    new = paid_for(problem, mended(Classes(city, options_of(city)), plan, price), price)
    found = check(problem, new)
    if not found.feasible:
        raise AssertionError(found.faults[0])
    return new


@dataclass(frozen=True, slots=True)
class Price:
    """What granting wishes would change, searched as long and from the same seeds without it and with it: points, mean over the seeds, with the least and the most
    of them (the noise of the search); needs met and cost in hundredths, means; and how many runs and places of the plan would go at once."""

    value: float
    least: float
    most: float
    needs_met: float
    cost: float
    runs_gone: int
    places_gone: int


def priced(
    problem: Problem, plan: Plan, wishes: tuple[str, ...], price_of_money: float, *, steps: int = STEPS, seeds: int = SEEDS, first_seed: int = 0, stop: Stop | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Price:  # fmt: skip
    """Raises WishError where the wish cannot be read, CannotPin where it cannot be granted. `tell` is called with (searches done, searches)."""
    after = granted(problem, plan, *wishes)
    mended = replanned(after.problem, after.plan, price_of_money)
    value, needs, cost = [], [], []
    for k in range(seeds):
        results = []
        for i, (city, begin) in enumerate(((problem, plan), (after.problem, mended))):
            results.append(solve(city, Stop(steps=steps, parent=stop), first_seed + k, begin=begin, tighten=False))
            if tell:
                tell(2 * k + i + 1, 2 * seeds)
        without, with_it = results
        value.append(with_it.value - without.value)
        needs.append(with_it.needs_met - without.needs_met)
        cost.append(with_it.cost - without.cost)
    return Price(
        float(np.mean(value)), min(value), max(value), float(np.mean(needs)), float(np.mean(cost)), *gone(plan, mended)
    )


def gone(before: Plan, after: Plan) -> tuple[int, int]:
    """Runs and places of a plan that another does not have."""
    there = {run.key(): set(run.people.tolist()) for run in after.runs}
    runs = sum(run.key() not in there for run in before.runs)
    places = sum(len(set(run.people.tolist()) - there.get(run.key(), set())) for run in before.runs)
    return runs, places
