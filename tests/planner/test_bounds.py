"""No plan passes a bound, whatever the prices; and bound B is what its formula says, worked out a second way."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from moothall.planner import ONLINE, Problem, Stop, solve, tightening
from moothall.planner.bound import Lagrangian, lower
from moothall.planner.classes import Classes
from moothall.planner.options import options_of
from moothall.planner.problem import FAR, bits
from moothall.planner.tight import ClassPrices, Descent, Market
from moothall.planner.tightening import Tightening
from tests.factories.bundles import city, small_city
from tests.planner.brute_force import best_value
from tests.planner.test_solve import tiny_cities


def random_prices(market: Market, rng: np.random.Generator, scale: float) -> ClassPrices:
    problem = market.problem
    return ClassPrices(
        scale * 30 * rng.random(len(market.options)), scale * rng.random(1) / 10, scale * rng.random(problem.venue_free.shape), scale * rng.random(problem.trainer_free.shape)
    )  # fmt: skip


def with_its_best(made: tuple[dict, dict]) -> tuple[Problem, float]:
    """A city of `tiny_cities`, and what the best of all plans for it is worth."""
    tables, planning = made
    with tempfile.TemporaryDirectory() as folder:
        problem = city(Path(folder), tables, **planning)
    return problem, best_value(problem)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(tiny_cities())
def test_the_best_of_all_plans_is_never_above_bound_b_at_any_prices(made: tuple[dict, dict]) -> None:
    problem, best = with_its_best(made)
    lagrangian = Lagrangian(problem, options_of(problem))
    bound, seats = lower(lagrangian, Stop())
    market = Market(lagrangian, Classes(problem, lagrangian.options))
    rng = np.random.default_rng(2)
    for scale in (0.0, 0.1, 0.5, 1.0):
        prices = random_prices(market, rng, scale)
        value, _slope = market.evaluate(prices)
        assert best <= value + 1e-6
        assert abs(value - by_hand(problem, market, prices)) < 1e-6
    descent = Descent(market, seats, bound)
    for k in range(60):
        descent.step(k / 60)
    assert best <= descent.best + 1e-6
    assert descent.best <= bound


def test_classes_that_cannot_pay_are_left_out_and_nothing_else(town: Problem) -> None:
    """On its way the market looks only at classes that might pay; the bound is the same as that of a market that looks at all of them."""
    lagrangian = Lagrangian(town, options_of(town))
    bound, seats = lower(lagrangian, Stop())
    classes = Classes(town, lagrangian.options)
    descent = Descent(Market(lagrangian, classes), seats, bound)
    market = descent.market
    for k in range(120):
        descent.step(k / 120)
        if k % 10 == 0:
            value, slope = market.evaluate(descent.prices)
            all_of_them, the_same = Market(lagrangian, classes).evaluate(descent.prices)
            assert value == pytest.approx(all_of_them, rel=1e-12)
            assert np.array_equal(slope.place, the_same.place)
    # It goes by what it remembers: told that no class came near to paying, it looks at none, where many would.
    market.memory.wasted[:] = 0
    market.memory.known[:] = -1e9
    dear = replace(descent.prices, place=3 * descent.prices.place)
    assert market.evaluate(dear)[0] < Market(lagrangian, classes).evaluate(dear)[0] - 100


@pytest.mark.parametrize(("takes", "enough"), [(0.05, False), (0.0, True)])
def test_a_plan_is_made_from_prices_only_where_they_had_time_to_settle(
    town: Problem, monkeypatch: pytest.MonkeyPatch, takes: float, enough: bool
) -> None:
    """Also where a third of the search is over before it is known how long a round takes."""
    evaluate = Market.evaluate

    def slowly(market: Market, prices: ClassPrices, round_: int = 0) -> tuple[float, ClassPrices]:
        time.sleep(takes)
        return evaluate(market, prices, round_)

    monkeypatch.setattr(Market, "evaluate", slowly)
    monkeypatch.setattr(tightening, "ENOUGH", 20)
    lagrangian = Lagrangian(town, options_of(town))
    bound, seats = lower(lagrangian, Stop())
    stop = Stop(seconds=1.0)
    with Tightening(lagrangian, Classes(town, lagrangian.options), seats, bound, stop) as descending:
        descending.start()
        descending.end(wait=True)
    assert (descending.settled is not None) == enough
    assert descending.bound <= bound


def by_hand(problem: Problem, market: Market, prices: ClassPrices) -> float:
    """The formula in docs/planning.md, one person, one class and one run after the other."""
    value = without_runs(problem, market, prices)
    for c in range(len(problem.courses)):
        for run in possible_runs(problem, market, prices, c):
            profits = _spared(problem, sorted(run.profits, reverse=True))
            for k in range(run.times):
                value += max(0.0, sum(profits[k * run.seats : (k + 1) * run.seats]) - run.price)
    return value


def without_runs(problem: Problem, market: Market, prices: ClassPrices) -> float:
    """What money, half-days and people count in it."""
    options = market.options
    money = float(prices.money[0])
    value = money * problem.budget + float(prices.venue[problem.venue_free].sum() + prices.trainer[problem.trainer_free].sum())  # fmt: skip
    for p in range(len(problem.people)):
        mine = [o for o in range(len(options)) if options.person[o] == p]
        sets = (each for size in range(len(mine) + 1) for each in itertools.combinations(mine, size))
        value += max(_gain(problem, market, prices, p, each) for each in sets)
    return value


class PossibleRun(NamedTuple):
    """A run that there could be: how often at the same time, its seats, price, and of each who could come what they give, their team and who they are."""

    times: int
    seats: int
    price: float
    profits: list[tuple[float, int, int]]


def possible_runs(problem: Problem, market: Market, prices: ClassPrices, course: int) -> Iterator[PossibleRun]:
    staff = [t for t in range(len(problem.trainers)) if problem.qualified[t, course]]
    for slots in problem.meetings[course]:
        free = [t for t in staff if problem.trainer_free[t, slots].all()]
        if not free:
            continue
        trainer = min(float(prices.trainer[t, slots].sum()) for t in free)
        for v in range(ONLINE, len(problem.venues)):
            limit = int(problem.group_limits[course, v])
            if not limit or (v != ONLINE and not problem.venue_free[v, slots].all()):
                continue
            price = float(prices.money[0]) * float(problem.fixed_costs[course, v]) + trainer + (float(prices.venue[v, slots].sum()) if v != ONLINE else 0.0)  # fmt: skip
            yield PossibleRun(
                len(free) if v == ONLINE else 1, limit, price, _profits(problem, market, prices, course, v, slots)
            )


def _gain(problem: Problem, market: Market, prices: ClassPrices, person: int, chosen: tuple[int, ...]) -> float:
    options = market.options
    courses = {int(options.course[o]) for o in chosen}
    if sum(int(problem.course_half_days[c]) for c in courses) > problem.person_half_days[person]:
        return 0.0
    if any(options.requires[o] >= 0 and int(options.requires[o]) not in chosen for o in chosen):
        return 0.0
    met = {int(n) for o in chosen for n in options.needs[o]}
    return float(problem.need_weight[list(met)].sum()) - float(prices.place[list(chosen)].sum())


def _profits(problem: Problem, market: Market, prices: ClassPrices, course: int, venue: int, slots: np.ndarray) -> list[tuple[float, int, int]]:  # fmt: skip
    """What each who could come gives, their team, and who they are."""
    options, found = market.options, []
    for o in range(options.by_course[course], options.by_course[course + 1]):
        p = options.person[[o]]
        near = venue == ONLINE or problem.reach[problem.person_area[p[0]], problem.venue_area[venue]] < FAR
        if near and problem.person_free[p[0], slots].all():
            head = float(prices.money[0]) * float(problem.course_cost_head[course])
            gives = max(0.0, float(prices.place[o] - problem.penalty(p, venue)[0]) - head)
            found.append((gives, int(problem.person_team[p[0]]), int(p[0])))
    return found


def _spared(problem: Problem, profits: list[tuple[float, int, int]]) -> list[float]:
    """Of each team no more than it can spare at one time, the highest first."""
    away = [0] * len(problem.teams)
    found = []
    for gives, team, _person in profits:
        if away[team] < problem.team_limit[team]:
            away[team] += 1
            found.append(gives)
    return found


def test_what_a_team_cannot_spare_does_not_count(tmp_path: Path) -> None:
    """Everybody in one team, of whom one may be away, and money for little: the bound knows that a run would seat one."""
    tables = small_city()
    for person in tables["people"]:
        person["team"] = tables["teams"][0]["team"]
    problem = city(tmp_path, tables, cover=0.01, budget=100)
    assert problem.team_limit[0] == 1
    lagrangian = Lagrangian(problem, options_of(problem))
    bound, seats = lower(lagrangian, Stop())
    descent = Descent(Market(lagrangian, Classes(problem, lagrangian.options)), seats, bound)
    for k in range(200):
        descent.step(k / 200)
    without = replace(problem, team_limit=np.full(len(problem.teams), len(problem.people)))
    lagrangian = Lagrangian(without, lagrangian.options)
    loose = Descent(Market(lagrangian, Classes(without, lagrangian.options)), seats, bound)
    for k in range(200):
        loose.step(k / 200)
    assert descent.best < 0.9 * loose.best


def test_the_bound_of_a_plan_is_never_looser_for_being_tightened(tmp_path: Path) -> None:
    problem = city(tmp_path, small_city())
    lagrangian = Lagrangian(problem, options_of(problem))
    loose, _prices = lower(lagrangian, Stop())
    result = solve(problem, Stop(steps=40), seed=1)
    assert result.value <= result.bound <= loose
    assert solve(problem, Stop(steps=40), seed=1, tighten=False).bound >= result.bound


def test_the_same_steps_give_the_same_bound(tmp_path: Path) -> None:
    problem = city(tmp_path, small_city())
    assert solve(problem, Stop(steps=20), seed=3).bound == solve(problem, Stop(steps=20), seed=3).bound


def test_sets_of_half_days_as_bits() -> None:
    rng = np.random.default_rng(0)
    for T in (1, 63, 64, 65, 130):
        sets = rng.random((5, T)) < 0.5
        words = bits(sets)
        assert words.shape == (5, (T + 63) // 64)
        assert [[bool(words[i, t // 64] >> np.uint64(t % 64) & np.uint64(1)) for t in range(T)] for i in range(5)] == sets.tolist()  # fmt: skip
