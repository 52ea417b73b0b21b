"""Organisations' own budgets: money that an organisation adds to the common budget, for places of its own people only.

What a run costs is shared equally by the places in it (`share`), so that what may be spent in all depends on who sits where: the common budget, and of each organisation its
share of the costs, as far as its own budget goes. A plan is made for a fixed budget, and made again for what its own places bring in, until the two agree.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .errors import CannotPin
from .plan import Plan
from .problem import Ints, Problem
from .share import left_over, own_money, shares
from .stop import Stop

ROUNDS = 40
"""At most so often is a plan made cheaper until it is paid for, and each time less is counted on from own budgets; in the end the common budget alone."""
HASTE = 8
"""So many times as fast, once the search was stopped."""


def with_budget(problem: Problem, own: int) -> Problem:
    """The same city with so much of organisations' own money in the common budget, and none besides."""
    return replace(problem, budget=problem.budget + own, own_budget=None)


def paid_for(problem: Problem, plan: Plan, price: float, stop: Stop | None = None) -> Plan:
    """The plan, made cheaper until common and own budgets pay for it: by people of those organisations that spend more than they have, as long as they can. `price` is of money,
    points for a hundredth. Raises CannotPin where no plan was found that pays for the pinned runs."""
    from .classes import Classes
    from .options import options_of
    from .search.mend import mended  # compiles: loaded where a plan is made

    options, turn = options_of(problem), 0
    while left_over(problem, plan) < 0:
        own = int(own_money(problem, plan) * max(0.0, 1 - turn / ROUNDS))
        city = Classes(with_budget(problem, own), options)
        try:
            plan = mended(city, plan, price, further=False, who=_spend_too_much(problem, plan))
        except CannotPin:
            pinned = _only_pinned(problem, plan)
            if len(pinned.runs) == len(problem.pinned) and left_over(problem, pinned) >= 0:
                return pinned
            raise CannotPin("No plan was found in which common and own budgets pay for the pinned runs: raise a budget, or pin less.") from None  # fmt: skip
        turn += HASTE if stop is not None and stop.asked() else 1
    return plan


def _only_pinned(problem: Problem, plan: Plan) -> Plan:
    """A plan's pinned runs."""
    return Plan(tuple(run for run in plan.runs if run.key() in problem.pinned_keys))


def _spend_too_much(problem: Problem, plan: Plan) -> Ints:
    """People of organisations whose places cost more than their own budget."""
    assert problem.own_budget is not None
    over = np.array([each.cost for each in shares(problem, plan)]) > problem.own_budget
    found: Ints = np.nonzero(over[problem.person_organisation])[0]
    return found
