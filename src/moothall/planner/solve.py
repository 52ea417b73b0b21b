"""`solve`: a problem in, a checked plan with a proven bound out.

Prices first (bound A), then a first plan at those prices, then exchanges of runs until the stop, and now and then everybody seated anew; beside it,
in a thread of its own, tighter bounds (B, and C in small cities).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .check import check
from .classes import Classes
from .kernels import compiles_first, now_compiled
from .options import options_of
from .own import paid_for, with_budget
from .plan import OPTIMAL_GAP, Plan, Result, gap, status
from .problem import Problem
from .share import own_money
from .stop import Stop

if TYPE_CHECKING:
    from .tightening import Tightening

REPORT_EVERY = 0.2
KEEP_EVERY = 2.0
PARTS = (0.3, 0.5, 1.0)
"""Of what is left of the search, where organisations have budgets of their own: for a plan that spends them all, and twice for one of what is paid for."""
COMPANY, LARGE_CITY = 5_000, 20_000
"""In a city of so many people or fewer there are several tries, and as many in a second thread: the bound takes less of the two than one processor. In a larger one bound and search
slow each other down, as both look through more than a processor keeps at hand: one after the other, up to the second number of people."""
FEW = 200
"""People whose plan is made first where the planner must be compiled."""


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
    compile_now(problem, stop)
    if problem.own_budget is None:
        return _solve(problem, problem, stop, seed, report or _tell_nobody, begin, keep, tighten)
    return _with_own_budgets(problem, stop, seed, report or _tell_nobody, begin, keep, tighten)


def compile_now(problem: Problem, stop: Stop) -> None:
    """Where the planner was not used before: a plan for a few people, so that everything is compiled; it takes a minute that is no part of the search."""
    if not compiles_first():
        return
    began = time.monotonic()
    people = np.arange(min(FEW, len(problem.people)))
    budget = problem.budget * len(people) // max(1, len(problem.people))
    few = problem.restricted(people, budget=budget, venue_free=problem.venue_free, trainer_free=problem.trainer_free)
    from .whole import compile_whole

    made = _solve(few, few, Stop(steps=1, parent=stop), 0, _tell_nobody, None, None, True)
    compile_whole(few)
    if made.steps and not stop.asked():
        now_compiled()
    stop.began += time.monotonic() - began


def _with_own_budgets(
    problem: Problem, stop: Stop, seed: int, report: Report, begin: Plan | None, keep: Keep | None, tighten: bool
) -> Result:
    """First as if all own money could be spent; then, and again, for what the places in the best plan so far, made cheaper until it is paid for, bring in. What is reported
    is worth of plans that are paid for, so that it rises only between the parts."""
    assert problem.own_budget is not None
    whole = with_budget(problem, int(problem.own_budget.sum()))
    best, value = (begin, begin.value(problem)) if begin else (None, 0.0)
    bound, steps = float(problem.need_weight.sum()), 0

    def tell(now: Progress) -> None:
        report(Progress(value, max(value, min(bound, now.bound)), stop.elapsed(), steps + now.steps))

    for k, share in enumerate(PARTS):
        city = with_budget(problem, own_money(problem, best)) if best and k else whole
        part = stop.rest(share, steps)
        found = _solve(city, whole, part, seed + k, tell, best, None, tighten)
        steps, bound = steps + found.steps, min(bound, found.bound)
        paid = paid_for(problem, found.plan, found.price_of_money / 100, stop)
        if best is None or paid.value(problem) > value:
            best, value = paid, paid.value(problem)
            if keep:
                keep(best, Progress(value, max(value, bound), stop.elapsed(), steps))
        if stop.asked():
            break
    assert best is not None
    checked = check(problem, best)
    if not checked.feasible:
        raise AssertionError(checked.faults[0])
    if checked.value > bound + 1e-6 * max(1.0, bound):
        raise AssertionError(f"a plan worth {checked.value} passes the bound {bound}")
    bound = max(bound, checked.value)  # equal but for rounding
    result = replace(
        found, plan=best, value=checked.value, cost=checked.cost, needs_met=checked.needs_met, seconds=stop.elapsed(), steps=steps, seed=seed, bound=bound,
        status=status(checked.value, bound, stop.asked()),
    )  # fmt: skip
    report(Progress(result.value, result.bound, result.seconds, result.steps))
    return result


def _tell_nobody(_now: Progress) -> None:
    pass


def _solve(
    problem: Problem,
    bounded: Problem,
    stop: Stop,
    seed: int,
    report: Report,
    begin: Plan | None,
    keep: Keep | None,
    tighten: bool,
) -> Result:
    """`bounded` is the problem that the bound is for: the same, or with more money."""
    # What compiles is loaded where a plan is made, not by every page and command.
    from .bound import Lagrangian, lower
    from .dive import dive, part_of
    from .search.greedy import greedy
    from .search.mend import mended
    from .search.seating import seated
    from .search.walk import AFTER_DIVE, FRESH, MEET, TRY, Companion, Tries, Walk
    from .tightening import Tightening

    options = options_of(problem)
    classes = Classes(problem, options)
    lagrangian = Lagrangian(bounded, options)
    bound, prices = lower(lagrangian, stop)
    many = len(problem.people)
    with (
        Tightening(lagrangian, classes, prices, bound, stop, briefly=many > COMPANY) as tightening,
        ExitStack() as ends,
    ):
        # A search by steps must not look at what the clock has a part in.
        first, by_clock = bound, stop.seconds is not None
        in_turn = tighten and begin is None and by_clock and COMPANY < many <= LARGE_CITY
        if tighten and not in_turn:
            tightening.start()
        teller = _Teller(stop, tightening, report)
        fixed = Plan()
        if begin is None and problem.pinned:
            fixed = mended(classes, Plan(), prices.money, further=False)
        begun = begin or fixed
        teller.tell(begun.value(problem), 0)
        plan = greedy(classes, prices.money, begun, lambda: not stop.due(), prices.trainer)
        teller.tell(plan.value(problem), 0)
        keeper, small = _Keeper(keep), by_clock and stop.steps is None and many <= COMPANY
        if begin is None and not by_clock:
            tightening.wait_for_prices()

        def tries(seed: int, tell: Callable[[], None]) -> Tries:
            def go_on() -> bool:
                tell()
                return not stop.due()

            def again(k: int, cools: tuple[float, float], best: Plan) -> Walk | None:
                begins = part_of(best, fixed, seed + k) if small and k >= FRESH and k % 2 else fixed
                runs = dive(tightening.settled, begins, seed + k, go_on) if tightening.settled else None
                dived = seated(classes, prices.money, runs, seed + k) if runs else None
                return Walk(classes, prices.money, dived, seed + k, stop, cools, AFTER_DIVE) if dived else None

            walk = Walk(classes, prices.money, plan, seed, stop)
            takes = TRY * many / stop.seconds if small and stop.seconds else 1.0
            return Tries(
                walk, again, lambda: begin is None and tightening.settled is not None, MEET if small else 1.0, takes
            )

        walks = tries(seed, lambda: teller.tell(0.0, 0, if_late=True))
        if in_turn:
            tightening.start()
            while tightening.young and not stop.due(keep=walks.best.finishing):
                time.sleep(REPORT_EVERY / 10)
                teller.tell(walks.best.found[0][0], 0, if_late=True)
                keeper.see(walks.best.found, tightening.bound, stop, 0)
        companion = Companion(tries(seed + 1_000_000_007, lambda: None)) if small else None
        if companion:
            ends.callback(companion.give_up)

        def best() -> tuple[tuple[float, float], Plan]:
            found = walks.best.found
            return max(found, companion.walks.best.found, key=lambda each: each[0]) if companion else found

        def proven() -> bool:
            return gap(best()[0][0], tightening.bound if by_clock else first) <= OPTIMAL_GAP

        while (
            not stop.due(keep=walks.best.finishing)
            and (stop.steps is None or walks.steps < stop.steps)
            and not proven()
        ):
            walks.go_on(sys.maxsize if stop.steps is None else stop.steps - walks.steps)
            if companion:
                companion.meet(walks)
            teller.tell(best()[0][0], walks.steps, if_late=True)
            keeper.see(best(), tightening.bound, stop, walks.steps)

        steps, walk = walks.steps, walks.best
        if companion:
            other = companion.end()
            steps += other.steps
            walk = max(walk, other.best, key=lambda each: each.found[0])
        plan = walk.finish()
        found = check(problem, plan)
        if not found.feasible:
            raise AssertionError(found.faults[0])
        bound = tightening.end(wait=not by_clock)
        if found.value > bound + 1e-6 * max(1.0, bound):
            raise AssertionError(f"a plan worth {found.value} passes the bound {bound}")
        bound = max(bound, found.value)  # equal but for rounding
        result = Result(
            plan=plan, value=found.value, bound=bound, status=status(found.value, bound, stop.asked()), cost=found.cost, needs_met=found.needs_met, needs=found.needs,
            seconds=stop.elapsed(), steps=steps, seed=seed, price_of_money=prices.money * 100,
        )  # fmt: skip
        teller.tell(result.value, steps)
        return result


class _Keeper:
    """Gives the best plan to whoever saves it: at most every KEEP_EVERY seconds, and only a better one."""

    def __init__(self, keep: Keep | None) -> None:
        self.keep, self.kept, self.last = keep, float("-inf"), float("-inf")

    def see(self, found: tuple[tuple[float, float], Plan], bound: float, stop: Stop, steps: int) -> None:
        value = found[0][0]
        if self.keep is None or value <= self.kept or time.monotonic() - self.last < KEEP_EVERY:
            return
        self.kept, self.last = value, time.monotonic()
        self.keep(found[1], Progress(self.kept, max(bound, self.kept), stop.elapsed(), steps))


class _Teller:
    """Reports at most every REPORT_EVERY seconds, and never a value or steps below those already told."""

    def __init__(self, stop: Stop, tightening: Tightening, report: Report) -> None:
        self.stop, self.tightening, self.report = stop, tightening, report
        self.best, self.steps, self.last = 0.0, 0, -1.0

    def tell(self, value: float, steps: int, *, if_late: bool = False) -> None:
        if if_late and time.monotonic() - self.last < REPORT_EVERY:
            return
        self.last = time.monotonic()
        self.best, self.steps = max(self.best, value), max(self.steps, steps)
        self.report(Progress(self.best, max(self.tightening.bound, self.best), self.stop.elapsed(), self.steps))
