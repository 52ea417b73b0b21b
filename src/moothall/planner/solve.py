"""`solve`: a problem in, a checked plan with a proven bound out.

Prices first (bound A), then a greedy over runs at those prices, then a large neighbourhood search until the stop, in which now and then
everybody is seated anew; beside it, in a thread of its own, a tighter bound (B).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .check import check
from .classes import Classes
from .kernels import kept
from .options import options_of
from .plan import Plan, Result, Status, gap
from .problem import Problem
from .stop import Stop

if TYPE_CHECKING:
    from .search.exchange import Exchange
    from .tight import Tightening

OPTIMAL_GAP = 1e-6
REPORT_EVERY = 0.2
KEEP_EVERY = 2.0
AFRESH, AFRESH_PEOPLE = 150, 20
"""After so many steps, and one more for so many people, rows are listed and everybody is seated anew."""


def compiles_first() -> bool:
    """Whether the planner was not used here before: it is compiled then, which takes about half a minute, once."""
    return not kept().exists()


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of the search at one moment."""

    value: float
    bound: float
    seconds: float
    steps: int

    @property
    def gap(self) -> float:
        return gap(self.value, self.bound)


Report = Callable[[Progress], None]
Keep = Callable[[Plan, Progress], None]


def solve(
    problem: Problem,
    stop: Stop,
    seed: int = 0,
    report: Report | None = None,
    *,
    begin: Plan | None = None,
    keep: Keep | None = None,
    tighten: bool = True,
) -> Result:
    """The best plan found before `stop`, checked by `check`, with a bound that no plan can pass.

    `report` is called now and then with a Progress whose value never falls. `begin` is a plan to go on from, which must
    keep every rule: the result is worth no less. `keep` is called with the best plan so far, now and then and only when
    it has become better, for whoever wants to save it. Without `tighten` the bound stays as loose as it begins. Raises AssertionError if the search made a plan that breaks a
    rule: that would be a defect, and such a plan is not given out.
    """
    # What compiles is loaded where a plan is made, not by every page and command.
    from .bound import Lagrangian, lower
    from .search.exchange import Exchange
    from .search.greedy import greedy
    from .search.mend import mended
    from .search.seating import Seating
    from .tight import Tightening

    options = options_of(problem)
    classes = Classes(problem, options)
    lagrangian = Lagrangian(problem, options)
    bound, prices = lower(lagrangian, stop)
    tightening = Tightening(lagrangian, classes, prices, bound, stop)
    if tighten:
        tightening.start()
    # A search by steps must not look at what the clock has a part in.
    first, by_clock = bound, stop.seconds is not None
    teller = _Teller(stop, tightening, report)
    if begin is None and problem.pinned:
        begin = mended(classes, Plan(), prices.money)
    plan = greedy(classes, prices.money, begin or Plan(), lambda: not stop.due(), prices.trainer)
    steps = 0
    seating = Seating(classes, prices.money)
    clock = _Clock(stop, len(problem.people))
    seating.load(plan, seed, anew=clock.allows())
    clock.took()
    exchange = Exchange(seating, np.random.default_rng(seed))
    teller.tell(seating.value, steps)
    keeper = _Keeper(keep)
    keeper.see(exchange, tightening.bound, stop, steps)

    def proven() -> bool:
        return gap(exchange.best_worth[0], tightening.bound if by_clock else first) <= OPTIMAL_GAP

    fresh = 0
    while not stop.due() and (stop.steps is None or steps < stop.steps) and not proven():
        if exchange.full() or fresh >= AFRESH + len(problem.people) // AFRESH_PEOPLE:
            seating.load(exchange.best, seed * 1_000_003 + steps, anew=clock.allows())
            clock.took()
            exchange.begin()
            exchange.keep_if_better()
            fresh = 0
        exchange.step()
        steps += 1
        fresh += 1
        teller.tell(exchange.best_worth[0], steps, if_late=True)
        keeper.see(exchange, tightening.bound, stop, steps)

    seating.load(exchange.best, seed, anew=False, free_only=True)
    seating.fill(np.random.default_rng(seed))
    exchange.keep_if_better()
    plan = exchange.best
    found = check(problem, plan)
    if not found.feasible:
        raise AssertionError(found.faults[0])
    bound = tightening.end(wait=not by_clock)
    if found.value > bound + 1e-6 * max(1.0, bound):
        raise AssertionError(f"a plan worth {found.value} passes the bound {bound}")
    bound = max(bound, found.value)  # equal but for rounding
    status = (
        Status.OPTIMAL
        if gap(found.value, bound) <= OPTIMAL_GAP
        else Status.STOPPED
        if stop.asked()
        else Status.FEASIBLE
    )
    result = Result(
        plan=plan, value=found.value, bound=bound, status=status, cost=found.cost, needs_met=found.needs_met, needs=found.needs,
        seconds=stop.elapsed(), steps=steps, seed=seed, price_of_money=prices.money * 100,
    )  # fmt: skip
    teller.tell(result.value, steps)
    return result


class _Clock:
    """Whether there is time enough to seat everybody anew."""

    def __init__(self, stop: Stop, people: int) -> None:
        self.stop, self.takes = stop, 0.0002 * people
        """Seconds, as a guess until it was done once."""

    def allows(self) -> bool:
        self.began = time.monotonic()
        return self.stop.seconds is None or self.stop.elapsed() + 1.5 * self.takes < self.stop.seconds

    def took(self) -> None:
        self.takes = time.monotonic() - self.began


class _Keeper:
    """Gives the best plan to whoever saves it: at most every KEEP_EVERY seconds, and only a better one."""

    def __init__(self, keep: Keep | None) -> None:
        self.keep, self.kept, self.last = keep, float("-inf"), float("-inf")

    def see(self, exchange: Exchange, bound: float, stop: Stop, steps: int) -> None:
        if self.keep is None or exchange.best_worth[0] <= self.kept or time.monotonic() - self.last < KEEP_EVERY:
            return
        self.kept, self.last = exchange.best_worth[0], time.monotonic()
        self.keep(exchange.best, Progress(self.kept, max(bound, self.kept), stop.elapsed(), steps))


class _Teller:
    """Reports at most every REPORT_EVERY seconds, and never a value below one already told."""

    def __init__(self, stop: Stop, tightening: Tightening, report: Report | None) -> None:
        self.stop, self.tightening, self.report = stop, tightening, report
        self.best, self.last = 0.0, -1.0

    def tell(self, value: float, steps: int, *, if_late: bool = False) -> None:
        if self.report is None or (if_late and time.monotonic() - self.last < REPORT_EVERY):
            return
        self.last = time.monotonic()
        self.best = max(self.best, value)
        self.report(Progress(self.best, max(self.tightening.bound, self.best), self.stop.elapsed(), steps))
