"""Organisations' own budgets: money that an organisation adds to the common budget, for places of its own people only.

What a run costs is shared equally by the places in it (`share`), so that what may be spent in all depends on who sits where: the common budget, and of each organisation its
share of the costs, as far as its own budget goes. A plan is made for a fixed budget, and made again for what its own places bring in, until the two agree.
"""

from __future__ import annotations

from dataclasses import replace

from .plan import Plan
from .problem import Problem
from .share import left_over, own_money
from .stop import Stop

ROUNDS = 40
"""At most so often is a plan made cheaper until it is paid for; after that, with the common budget alone."""


def with_budget(problem: Problem, own: int) -> Problem:
    """The same city with so much of organisations' own money in the common budget, and none besides."""
    return replace(problem, budget=problem.budget + own, own_budget=None)


def paid_for(problem: Problem, plan: Plan, price: float, stop: Stop | None = None) -> Plan:
    """The plan, made cheaper until common and own budgets pay for it; in haste, until the common budget alone does, once `stop` was asked for. `price` is of money, points for
    a hundredth. Raises CannotPin."""
    from .classes import Classes
    from .options import options_of
    from .search.mend import mended  # compiles: loaded where a plan is made

    options = options_of(problem)
    for turn in range(ROUNDS):
        if left_over(problem, plan) >= 0:
            return plan
        in_haste = turn == ROUNDS - 1 or (stop is not None and stop.asked())
        own = 0 if in_haste else own_money(problem, plan)
        plan = mended(Classes(with_budget(problem, own), options), plan, price, further=False)
    return plan
