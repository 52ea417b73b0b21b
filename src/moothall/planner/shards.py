"""A country in parts: teams are dealt out by area into shards of some ten thousand people, each with its part of the venues, trainers and money, planned side by side by
several processes or machines, and put together again. Whole teams stay together, so that their cover needs no mending.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

import numpy as np

from .check import check
from .errors import CannotPin, PlannerError
from .options import options_of
from .own import with_budget
from .plan import Plan, Result, Run, status
from .problem import ONLINE, Bools, Floats, Ints, Problem
from .solve import Progress, compile_now, solve
from .stop import Stop
from .workers import Answer, Processes, Task, Workers

LARGE = 200_000
"""A problem of more people is planned in shards."""
SHARD = 25_000
"""About so many people in each."""
KEEP = 0.1
"""Part of the time that is kept for dealing out and putting together."""
PRICES = np.linspace(0.92, 1.08, 9)
"""Times the price of money of a sample of people: at each of them the bound is worked out for all, and the least holds."""
LOOK_EVERY = 0.2
"""Seconds between two looks at how far the shards are."""


class CannotDeal(PlannerError):
    """A run that was pinned cannot take place in the part to which it was dealt."""


@dataclass(frozen=True, eq=False, slots=True)
class Shard:
    """A part of a problem: whose it is (`people` in the whole problem), and what is given to them."""

    whole: Problem
    people: Ints
    budget: int
    own_budget: Ints | None
    venue_free: Bools
    trainer_free: Bools
    pinned: tuple[tuple[int, int, int, int], ...]

    @property
    def problem(self) -> Problem:
        """Made anew each time it is asked for, as all of them at once would be as large as the whole."""
        return self.whole.restricted(
            self.people, budget=self.budget, venue_free=self.venue_free, trainer_free=self.trainer_free, own_budget=self.own_budget, pinned=self.pinned,
        )  # fmt: skip


def parts(problem: Problem) -> int:
    """In how many shards a problem is planned."""
    return max(1, round(len(problem.people) / SHARD))


def in_shards(
    problem: Problem, stop: Stop, seed: int = 0, report: Callable[[Progress], None] | None = None, *, workers: Workers | None = None,
) -> Result:  # fmt: skip
    """As `solve`, without a plan to begin with; by as many processes as there are processors, unless given `workers` (who are closed in the end). With `stop.steps`, so many in
    each shard. A shard that could not be planned has no places, and its people are counted in `lost`. The bound is one without time (`bound`), over everybody at one price of money.
    Raises CannotDeal, and CannotPin where a problem that is one shard has such a run."""
    hands: Workers = workers or Processes()
    try:
        shards = dealt(problem, parts(problem))
        if len(shards) <= 1:
            return solve(problem, stop, seed, report)
        compile_now(problem, stop)
        return _put_together(problem, shards, stop, seed, report or (lambda _now: None), hands)
    except CannotPin as error:
        if parts(problem) == 1:
            raise
        raise CannotDeal(f"{error} That is so in the part of the city it was dealt to: where the city is planned as a whole it may be possible.") from None  # fmt: skip
    finally:
        hands.close()


def _put_together(
    problem: Problem, shards: list[Shard], stop: Stop, seed: int, report: Callable[[Progress], None], workers: Workers
) -> Result:
    prices = _price_of_money(problem, stop) * PRICES
    so_far = _SoFar(problem, shards, prices)
    for i, answer in _planned(shards, stop, seed, prices, workers, lambda: so_far.tell(workers, stop, report)):
        so_far.take(i, answer)
        so_far.tell(workers, stop, report)
    plan = Plan.of(so_far.runs)
    checked = check(problem, plan)
    if not checked.feasible:
        raise AssertionError(checked.faults[0])
    bound = so_far.bound()
    if checked.value > bound + 1e-6 * max(1.0, bound):
        raise AssertionError(f"a plan worth {checked.value} passes the bound {bound}")
    bound = max(bound, checked.value)  # equal but for rounding
    result = Result(
        plan=plan, value=checked.value, bound=bound, status=status(checked.value, bound, stop.asked()), cost=checked.cost, needs_met=checked.needs_met, needs=checked.needs,
        seconds=stop.elapsed(), steps=so_far.steps(), seed=seed, price_of_money=float(np.mean(so_far.worth or [0.0])), lost=so_far.lost,
    )  # fmt: skip
    report(Progress(result.value, result.bound, result.seconds, result.steps))
    return result


class _SoFar:
    """What is known of all shards together while some of them are not ready."""

    def __init__(self, problem: Problem, shards: list[Shard], prices: Floats) -> None:
        self.shards, self.prices = shards, prices
        shard = np.zeros(len(problem.people), np.int64)
        for i, each in enumerate(shards):
            shard[each.people] = i
        self.money = prices * (problem.budget + (0 if problem.own_budget is None else int(problem.own_budget.sum())))
        needs = np.bincount(shard[problem.need_person], weights=problem.need_weight, minlength=len(shards))
        self.gained = np.tile(needs, (len(prices), 1))
        """[prices, shards] what their people could gain at most: all they need, until it is known better."""
        self.most = float(needs.sum())
        self.how_far: dict[int, Progress] = {}
        self.runs: list[Run] = []
        self.worth: list[float] = []
        self.value, self.lost = 0.0, 0
        self.nobody: set[int] = set()

    def take(self, i: int, answer: Answer | None) -> None:
        """A shard's answer; None where it is lost."""
        people = self.shards[i].people
        if answer is None:
            self.lost += len(people)
            self.nobody.add(i)
            self.how_far.pop(i, None)
            return
        result, self.gained[:, i] = answer
        self.runs += [
            Run(run.course, run.start, run.venue, run.trainer, people[run.people]) for run in result.plan.runs
        ]
        self.worth.append(result.price_of_money)
        self.how_far[i] = Progress(result.value, result.bound, result.seconds, result.steps)

    def bound(self) -> float:
        return min(self.most, float((self.gained.sum(1) + self.money).min()))

    def steps(self) -> int:
        return sum(each.steps for each in self.how_far.values())

    def tell(self, workers: Workers, stop: Stop, report: Callable[[Progress], None]) -> None:
        """Never a value below one already told, though a shard may have to begin again."""
        for i, now in workers.told():
            if i in self.nobody:
                continue
            if i not in self.how_far or now.steps >= self.how_far[i].steps:
                self.how_far[i] = now
        self.value = max(self.value, sum(each.value for each in self.how_far.values()))
        report(Progress(self.value, self.bound(), stop.elapsed(), self.steps()))


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
    # Half-day by half-day: a pinned run's trainer works where its venue is.
    venue_of = np.repeat(venue[:, None], problem.half_days, axis=1)
    trainer_of = np.repeat(trainer[:, None], problem.half_days, axis=1)
    pinned: list[list[tuple[int, int, int, int]]] = [[] for _ in range(count)]
    for head in problem.pinned:
        course, start, at, by = head
        k = int(trainer[by] if at == ONLINE else venue[at])
        trainer_of[by, problem.run_slots(course, start)] = k
        pinned[k].append(head)
    own = _own_shared_out(problem, shard, count)
    out = []
    for k in range(count):
        mine = np.nonzero(shard == k)[0]
        if len(mine):
            out.append(
                Shard(
                    problem, mine, int(problem.budget * weight[k] / total), None if own is None else own[:, k], problem.venue_free & (venue_of == k),
                    problem.trainer_free & (trainer_of == k), tuple(pinned[k]),
                )
            )  # fmt: skip
    return out


def _own_shared_out(problem: Problem, shard: Ints, count: int) -> Ints | None:
    """[organisations, shards] of each organisation's own budget by the weight of its needs, rounded down."""
    if problem.own_budget is None:
        return None
    weight = np.zeros((len(problem.organisations), count))
    np.add.at(weight, (problem.person_organisation[problem.need_person], shard[problem.need_person]), problem.need_weight)  # fmt: skip
    found: Ints = (problem.own_budget[:, None] * weight / np.maximum(1e-9, weight.sum(1))[:, None]).astype(np.int64)
    return found


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
    problem = with_budget(problem, 0 if problem.own_budget is None else int(problem.own_budget.sum()))
    budget = int(problem.budget * weight / max(1.0, float(problem.need_weight.sum())))
    few = problem.restricted(sample, budget=budget, venue_free=problem.venue_free, trainer_free=problem.trainer_free)
    return lower(Lagrangian(few, options_of(few)), stop, rounds=0)[1].money


# -- planning them


def _planned(
    shards: list[Shard], stop: Stop, seed: int, prices: Floats, workers: Workers, look: Callable[[], None]
) -> Iterator[tuple[int, Answer | None]]:
    """Shard by shard as they are ready; None where it is lost. When interrupted, those under way end with what they have. `look` is called now and then."""
    todo, tries = list(range(len(shards))), dict.fromkeys(range(len(shards)), workers.tries)
    waiting: dict[Future[Answer], tuple[int, float]] = {}
    besides, told_to_stop = math.inf, False
    while todo or waiting:
        if stop.asked():
            for i in todo:
                yield i, None
            todo.clear()
            if not told_to_stop:
                told_to_stop = True
                workers.stop()
        if workers.gone():
            for i in [*todo, *(i for i, _began in waiting.values())]:
                yield i, None
            return
        while todo and len(waiting) < workers.count():  # no more at a time, as what waits is held in memory
            i = todo.pop(0)
            seconds = _seconds(stop, workers.count(), len(todo) + 1 + len(waiting), besides)
            try:
                future = workers.submit(Task(i, shards[i].problem, seconds, stop.steps, seed + i, prices))
            except workers.died:
                yield i, None
                continue
            waiting[future] = (i, time.monotonic())
        for future in wait(waiting, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED).done:
            i, began = waiting.pop(future)
            try:
                answer = future.result()
            except workers.died:
                tries[i] -= 1
                if tries[i]:
                    todo.insert(0, i)
                else:
                    yield i, None
                continue
            besides = min(besides, max(0.0, time.monotonic() - began - answer[0].seconds))
            yield i, answer
        look()


def _seconds(stop: Stop, workers: int, shards: int, besides: float) -> float | None:
    """For the next shard of so many that are not ready, when each takes some seconds `besides` its search: the least of those that are ready, as others had to compile first."""
    if stop.seconds is None:
        return None
    besides = besides if besides < math.inf else 0.0
    return max(1.0, ((1 - KEEP) * stop.seconds - stop.elapsed()) * workers / max(workers, shards) - besides)
