"""`solve`: a problem in, a checked plan with a proven bound out.

Prices first (bound A), then a greedy over runs at those prices, then a large neighbourhood search until the stop, in which now and then
everybody is seated anew; beside it, in a thread of its own, a tighter bound (B).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .bound import Lagrangian, lower
from .check import check
from .options import Options, options_of
from .plan import Plan, Result, Status, gap
from .problem import Problem
from .search.build import Builder
from .search.neighbourhood import Neighbourhood
from .search.reseat import Reseating, afford, become, restore
from .search.state import State
from .stop import Stop
from .tight import Tightening

OPTIMAL_GAP = 1e-6
REPORT_EVERY = 0.2
KEEP_EVERY = 2.0
RESEAT_EVERY = 30
"""Steps of the search after which everybody is seated anew."""


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
    options = options_of(problem)
    lagrangian = Lagrangian(problem, options)
    bound, prices = lower(lagrangian, stop)
    tightening = Tightening(lagrangian, prices, bound, stop)
    if tighten:
        tightening.start()
    # A search by steps must not look at what the clock has a part in.
    first, by_clock = bound, stop.seconds is not None
    rng = np.random.default_rng(seed)
    state = State(problem, options)
    teller = _Teller(stop, tightening, report)
    builder = Builder(state, prices.money, prices.trainer, rng)
    steps = 0

    def go_on() -> bool:
        teller.tell(state.value, steps, if_late=True)
        return not stop.due()

    if begin is None:
        builder.greedy(range(len(builder.sites)), go_on)
    else:
        restore(state, begin)
    builder.top_up(list(state.runs), 0.0)
    search = Neighbourhood(state, builder, rng)
    everybody = _Everybody(Reseating(lagrangian), search, stop, seed)
    everybody.seat_anew(steps)
    teller.tell(search.best_value, steps)
    keeper = _Keeper(keep)
    keeper.see(search, tightening.bound, stop, steps)

    def go_on_quietly() -> bool:
        return not stop.due()

    def proven() -> bool:
        return gap(search.best_value, tightening.bound if by_clock else first) <= OPTIMAL_GAP

    while not stop.due() and (stop.steps is None or steps < stop.steps) and not proven():
        search.step(go_on_quietly)
        steps += 1
        if steps % RESEAT_EVERY == 0:
            everybody.seat_anew(steps)
        teller.tell(search.best_value, steps, if_late=True)
        keeper.see(search, tightening.bound, stop, steps)

    plan = _last_seats(problem, options, search.best_plan, builder, rng)
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


def _last_seats(problem: Problem, options: Options, plan: Plan, builder: Builder, rng: np.random.Generator) -> Plan:
    """Whatever money is left goes into free seats, at no price."""
    state = State(problem, options)
    restore(state, plan)
    last = Builder(state, builder.price, builder.trainer_price, rng)
    last.top_up(list(state.runs), 0.0)
    return state.plan()


class _Everybody:
    """Seats everybody anew in the runs of the best plan; not where the time left would not do for it."""

    def __init__(self, reseating: Reseating, search: Neighbourhood, stop: Stop, seed: int) -> None:
        self.reseating, self.search, self.stop, self.seed = reseating, search, stop, seed
        self.takes = 0.0003 * len(reseating.problem.people)
        """Seconds, as a guess until it was done once."""

    def seat_anew(self, steps: int) -> None:
        if self.stop.seconds is not None and self.stop.elapsed() + 1.5 * self.takes > self.stop.seconds:
            return
        began = time.monotonic()
        search = self.search
        plan = self.reseating.of(search.best_plan, search.builder.price, self.seed * 1_000_003 + steps)
        if plan is None:
            return
        become(search.state, plan)
        afford(search.state)
        search.builder.top_up(list(search.state.runs), 0.0)
        search.keep_if_better()
        self.takes = time.monotonic() - began


class _Keeper:
    """Gives the best plan to whoever saves it: at most every KEEP_EVERY seconds, and only a better one."""

    def __init__(self, keep: Keep | None) -> None:
        self.keep, self.kept, self.last = keep, float("-inf"), float("-inf")

    def see(self, search: Neighbourhood, bound: float, stop: Stop, steps: int) -> None:
        if self.keep is None or search.best_value <= self.kept or time.monotonic() - self.last < KEEP_EVERY:
            return
        self.kept, self.last = search.best_value, time.monotonic()
        self.keep(search.best_plan, Progress(self.kept, max(bound, self.kept), stop.elapsed(), steps))


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
