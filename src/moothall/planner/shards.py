"""A country in parts: teams are dealt out by area into shards of some ten thousand people, each with its part of the venues, trainers and money, planned side by side by
several processes, and put together again. Whole teams stay together, so that their cover needs no mending.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

import numpy as np

from .check import check
from .errors import PlannerError
from .options import options_of
from .plan import Plan, Result, Run, Status
from .problem import Floats, Ints, Problem
from .solve import Progress, compile_now, solve
from .stop import Stop

LARGE = 200_000
"""A problem of more people is planned in shards."""
SHARD = 25_000
"""About so many people in each."""
KEEP = 0.1
"""Part of the time that is kept for dealing out and putting together."""
PRICES = np.linspace(0.92, 1.08, 9)
"""Times the price of money of a sample of people: at each of them the bound is worked out for all, and the least holds."""
TRIES = 3
"""A shard whose process died is planned again, so often in all."""


class CannotDeal(PlannerError):
    """The problem has something that belongs to no part of it."""


@dataclass(frozen=True, eq=False, slots=True)
class Shard:
    """A part of a problem, and whose it is: `people` in the whole problem."""

    problem: Problem
    people: Ints


def in_shards(
    problem: Problem,
    stop: Stop,
    seed: int = 0,
    report: Callable[[Progress], None] | None = None,
    workers: int | None = None,
) -> Result:
    """As `solve`, without a plan to begin with. With `stop.steps`, so many in each shard. Raises CannotDeal. The bound is one without time (`bound`), over everybody at one price of money."""
    if problem.pinned or problem.own_budget is not None:
        raise CannotDeal("Pinned runs and organisations' own budgets cannot be dealt out: plan this city as a whole (without --workers).")  # fmt: skip
    workers = workers or os.cpu_count() or 1
    shards = dealt(problem, max(1, round(len(problem.people) / SHARD)))
    compile_now(problem, stop)
    found: dict[int, Result] = {}
    gains = np.zeros(len(PRICES))
    prices = _price_of_money(problem, stop) * PRICES
    runs: list[Run] = []
    bound = float(problem.need_weight.sum())
    for i, result, gained in _planned(shards, stop, seed, prices, workers):
        found[i] = result
        gains += gained
        runs += [Run(run.course, run.start, run.venue, run.trainer, shards[i].people[run.people]) for run in result.plan.runs]  # fmt: skip
        if report:
            report(Progress(sum(each.value for each in found.values()), bound, stop.elapsed(), _steps(found)))
    if len(found) == len(shards):
        bound = min(bound, float((gains + prices * problem.budget).min()))
    plan = Plan.of(runs)
    checked = check(problem, plan)
    if not checked.feasible:
        raise AssertionError(checked.faults[0])
    result = Result(
        plan=plan, value=checked.value, bound=max(bound, checked.value), status=Status.STOPPED if stop.asked() else Status.FEASIBLE, cost=checked.cost,
        needs_met=checked.needs_met, needs=checked.needs, seconds=stop.elapsed(), steps=_steps(found), seed=seed, price_of_money=float(np.mean([each.price_of_money for each in found.values()] or [0.0])),
    )  # fmt: skip
    if report:
        report(Progress(result.value, result.bound, result.seconds, result.steps))
    return result


def _steps(found: dict[int, Result]) -> int:
    return sum(each.steps for each in found.values())


# -- dealing out


def dealt(problem: Problem, count: int) -> list[Shard]:
    """`count` shards, or fewer: whole teams in order of where most of each are, as many people in each as can be; what there is of venues in an area, of trainers who can
    give the same courses and of money by the weight of needs there."""
    people, teams = len(problem.people), len(problem.teams)
    home = np.zeros((teams, len(problem.areas)), np.int32)
    np.add.at(home, (problem.person_team, problem.person_area), 1)
    order = np.lexsort((np.arange(teams), home.argmax(1) if people else np.zeros(teams)))
    size = home.sum(1)
    before = np.cumsum(size[order]) - size[order]
    shard_of_team = np.empty(teams, np.int64)
    shard_of_team[order] = np.minimum(before * count // max(1, people), count - 1)
    shard = shard_of_team[problem.person_team]
    weight = np.bincount(shard[problem.need_person], weights=problem.need_weight, minlength=count)
    total = max(1.0, float(weight.sum()))
    there: Floats = np.zeros((len(problem.areas), count))
    np.add.at(there, (problem.person_area, shard), 1.0)
    venue = _shared_out(problem.venue_area, problem.venue_capacity, there)
    # Trainers of the same courses one after the other, so that each shard gets some of each kind.
    kind = np.unique(problem.qualified, axis=0, return_inverse=True)[1].reshape(-1)
    trainer = _shared_out(np.zeros(len(kind), np.int64), -kind, weight[None, :].astype(float))
    out = []
    for k in range(count):
        mine = np.nonzero(shard == k)[0]
        if not len(mine):
            continue
        part = problem.restricted(
            mine, budget=int(problem.budget * weight[k] / total), venue_free=problem.venue_free & (venue == k)[:, None],
            trainer_free=problem.trainer_free & (trainer == k)[:, None],
        )  # fmt: skip
        out.append(Shard(part, mine))
    return out


def _shared_out(group: Ints, size: Ints, wanted: Floats) -> Ints:
    """[things] a shard for each: of every group, largest first, one after the other to whoever has least of what they should have (`wanted` [groups, shards])."""
    given = np.zeros(len(group), np.int64)
    for g in range(len(wanted)):
        share = wanted[g] / max(1e-9, wanted[g].sum())
        mine = np.nonzero(group == g)[0]
        mine = mine[np.argsort(-size[mine], kind="stable")]
        have = np.zeros(len(share))
        for i, thing in enumerate(mine.tolist(), 1):
            k = int(np.argmax(share * i - have))
            given[thing] = k
            have[k] += 1
    return given


def _price_of_money(problem: Problem, stop: Stop) -> float:
    """Points for a hundredth, as people here and there among all would have it."""
    from .bound import Lagrangian, lower  # compiles: loaded where a plan is made

    sample = np.arange(0, len(problem.people), max(1, len(problem.people) // SHARD))
    inside = np.zeros(len(problem.people), bool)
    inside[sample] = True
    weight = float(problem.need_weight[inside[problem.need_person]].sum())
    budget = int(problem.budget * weight / max(1.0, float(problem.need_weight.sum())))
    few = problem.restricted(sample, budget=budget, venue_free=problem.venue_free, trainer_free=problem.trainer_free)
    return lower(Lagrangian(few, options_of(few)), stop, rounds=0)[1].money


# -- planning them


def _plan(shard: Problem, seconds: float | None, steps: int | None, seed: int, prices: Floats) -> tuple[Result, Floats]:
    """In a process of its own: the plan, and what its people could gain at most at each price of money."""
    from .bound import Lagrangian, Prices  # as above

    stop = Stop(seconds=seconds, steps=steps)
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    result = solve(shard, stop, seed, tighten=False)
    lagrangian = Lagrangian(shard, options_of(shard))
    nothing = np.zeros(len(shard.venues)), np.zeros(len(shard.trainers))
    gained = []
    for price in prices.tolist():
        seats = lagrangian.seat_prices(Prices(price, *nothing))[0]
        gained.append(lagrangian.best_sets(seats, np.zeros(len(lagrangian.options))))
    return result, np.array(gained)


_over: Any = None


def _alone(over: Any) -> None:
    """Ctrl-C is for the parent, which says by this event when to stop."""
    global _over
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _over = over


def _listen(stop: Stop) -> None:
    _over.wait()
    stop.interrupt()


def _planned(
    shards: list[Shard], stop: Stop, seed: int, prices: Floats, workers: int
) -> Iterator[tuple[int, Result, Floats]]:
    """Shard by shard as they are ready. When interrupted, those under way end with what they have. A shard whose process died is planned again."""
    left = dict.fromkeys(range(len(shards)), TRIES)
    besides = 0.0
    while left and not stop.asked():
        context = multiprocessing.get_context("spawn")
        over = context.Event()
        pool = ProcessPoolExecutor(workers, context, initializer=_alone, initargs=(over,))
        waiting: dict[Future[tuple[Result, Floats]], tuple[int, float]] = {}
        todo = list(left)
        try:
            while todo or waiting:
                if stop.asked():
                    todo.clear()
                    over.set()
                while todo and len(waiting) < workers:  # no more at a time, as what waits is held in memory
                    i = todo.pop(0)
                    seconds = _seconds(stop, workers, len(todo) + 1 + len(waiting), besides)
                    future = pool.submit(_plan, shards[i].problem, seconds, stop.steps, seed + i, prices)
                    waiting[future] = (i, time.monotonic())
                for future in wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED).done:
                    i, began = waiting[future]
                    result, gained = future.result()
                    besides = max(0.0, time.monotonic() - began - result.seconds)
                    del waiting[future], left[i]
                    yield i, result, gained
        except BrokenProcessPool:
            for i, _began in waiting.values():
                left[i] -= 1
                if not left[i]:
                    raise
        finally:
            _end(pool)


def _seconds(stop: Stop, workers: int, shards: int, besides: float) -> float | None:
    """For the next shard of so many that are not ready, when each takes some seconds `besides` its search."""
    if stop.seconds is None:
        return None
    return max(1.0, ((1 - KEEP) * stop.seconds - stop.elapsed()) * workers / max(workers, shards) - besides)


def _end(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
