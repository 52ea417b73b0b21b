"""The bound by whole courses: nobody is counted in two runs of a course, and no plan passes it."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from moothall.planner import Problem, Stop, solve, tightening, whole
from moothall.planner.bound import Lagrangian, lower
from moothall.planner.classes import Classes
from moothall.planner.kernels.courses import DEEPEST
from moothall.planner.options import options_of
from moothall.planner.tight import ClassPrices, Descent, Market
from moothall.planner.whole import WholeMarket
from tests.factories.bundles import city, small_city
from tests.planner.test_bounds import PossibleRun, possible_runs, random_prices, with_its_best, without_runs
from tests.planner.test_solve import tiny_cities

TOGETHER = 3
"""Runs of a course that are tried together."""


@pytest.mark.parametrize("most_sets", [whole.MOST_SETS, 2])
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])  # fmt: skip
@given(tiny_cities())
def test_neither_the_best_plan_nor_the_best_runs_of_each_course_pass_the_bound(
    monkeypatch: pytest.MonkeyPatch, most_sets: int, made: tuple[dict, dict]
) -> None:
    """At any prices, and also where there are more sets of runs than are looked at."""
    monkeypatch.setattr(whole, "MOST_SETS", most_sets)
    problem, best = with_its_best(made)
    lagrangian = Lagrangian(problem, options_of(problem))
    bound, seats = lower(lagrangian, Stop())
    classes = Classes(problem, lagrangian.options)
    market = WholeMarket(lagrangian, classes)
    rng = np.random.default_rng(2)
    for scale in (0.1, 0.5, 1.0):
        prices = random_prices(market, rng, scale)
        value, _slope = market.evaluate(prices)
        assert np.isfinite(value)
        assert value >= best - 1e-6
        assert value >= by_hand(problem, market, prices) - 1e-6
    settled = Descent(Market(lagrangian, classes), seats, bound)
    descent = whole.whole(settled)
    for k in range(40):
        descent.step(k / 40)
    assert best - 1e-6 <= descent.best <= settled.best


def by_hand(problem: Problem, market: Market, prices: ClassPrices) -> float:
    """The formula in docs/planning.md: of each course the best set of runs (of so many as are tried), each set with the best of all ways to seat people."""
    value = without_runs(problem, market, prices)
    for c in range(len(problem.courses)):
        runs = [run for run in possible_runs(problem, market, prices, c) if sum(p[0] for p in run.profits) > run.price]
        best = 0.0
        for size in range(1, 1 + min(TOGETHER, len(problem.people))):
            for chosen in itertools.combinations_with_replacement(range(len(runs)), size):
                if all(chosen.count(i) <= runs[i].times for i in chosen):
                    best = max(best, _best_seating(problem, [runs[i] for i in chosen]))
        value += best
    return value


def _best_seating(problem: Problem, runs: list[PossibleRun]) -> float:
    people = sorted({person for run in runs for _gives, _team, person in run.profits})
    best = 0.0
    for seats in itertools.product(range(len(runs) + 1), repeat=len(people)):
        gain = 0.0
        for k, run in enumerate(runs):
            gives = {person: (what, team) for what, team, person in run.profits}
            here = [person for person, seat in zip(people, seats, strict=True) if seat == k]
            teams = [gives[person][1] for person in here if person in gives]
            if (
                len(teams) < len(here)
                or len(here) > run.seats
                or any(teams.count(team) > problem.team_limit[team] for team in teams)
            ):
                break
            gain += sum(gives[person][0] for person in here) - run.price
        else:
            best = max(best, gain)
    return best


def one_course(tmp_path: Path, people: int = 8, group: int = 5, **planning: object) -> WholeMarket:
    """People who are always free want one course, for which any of twenty half-days would do."""
    tables = small_city()
    tables["people"] = [
        tables["people"][i % 8] | {"person": f"p{i}", "free": "1" * 10, "prefers": "any", "area": "harbour"}
        for i in range(people)
    ]
    tables["courses"], tables["done"], tables["course_skills"] = tables["courses"][:1], [], tables["course_skills"][:1]
    tables["courses"][0] |= {"online": 0, "max_group": group, "min_group": 1}
    tables["trainer_courses"] = tables["trainer_courses"][:1]
    tables["needs"] = [{"person": f"p{i}", "skill": "plain-words", "weight": 30} for i in range(people)]
    problem = city(tmp_path, tables, **planning)
    lagrangian = Lagrangian(problem, options_of(problem))
    return WholeMarket(lagrangian, Classes(problem, lagrangian.options))


def at(market: Market, place: float) -> ClassPrices:
    """Prices where only places have one."""
    problem = market.problem
    return ClassPrices(np.full(len(market.options), place), np.zeros(1), np.zeros(problem.venue_free.shape), np.zeros(problem.trainer_free.shape))  # fmt: skip


def test_nobody_counts_in_two_runs_of_a_course(tmp_path: Path) -> None:
    """At 10 points a place, runs give 50 each at every start; together no more than the eight who want it."""
    market = one_course(tmp_path, cover=1.0)
    people = market.lagrangian.best_sets(at(market, 10.0).place, np.zeros(len(market.options)))
    assert market.evaluate(at(market, 10.0))[0] == pytest.approx(people + 8 * 10.0)
    apart = Market(market.lagrangian, market.classes)
    assert apart.evaluate(at(apart, 10.0))[0] == pytest.approx(people + 50.0 * len(market.classes.slots))


def test_a_team_spares_so_many_in_each_run(tmp_path: Path) -> None:
    """Two of the first team's five people and one of the other's three can come to a run: two runs seat six of the eight, three all of them."""
    market = one_course(tmp_path, cover=0.4)
    assert market.problem.team_limit.tolist() == [2, 1]
    prices = at(market, 10.0)
    prices.place[market.problem.person_team[market.options.person] == 0] = 20.0
    # A run costs 25 of the 50 that the three in it give. Two runs seat four at 20 and two at 10: 100 - 50; three all five and three: 130 - 75, and so on at a loss.
    prices.trainer[:] = 25.0
    value = market.evaluate(prices)[0]
    assert value == pytest.approx(without_runs(market.problem, market, prices) + 55.0)
    # Were everybody to be spared at once, two runs would do for all: 130 - 50.
    market = one_course(tmp_path / "spared", cover=1.0)
    assert market.evaluate(prices)[0] == pytest.approx(without_runs(market.problem, market, prices) + 80.0)


def test_more_runs_than_are_looked_at_together_count_too(tmp_path: Path) -> None:
    """Fifteen people one by one: fifteen runs, of which no more than DEEPEST are put together."""
    market = one_course(tmp_path, people=15, group=1, cover=1.0)
    assert DEEPEST < 15 <= len(market.classes.slots)
    prices = at(market, 10.0)
    prices.trainer[:] = 4.0
    assert market.evaluate(prices)[0] >= without_runs(market.problem, market, prices) + 15 * 6.0


def small_town(town: Problem) -> Problem:
    return town.restricted(np.arange(60), budget=town.budget // 3, venue_free=town.venue_free, trainer_free=town.trainer_free)  # fmt: skip


def test_between_thorough_rounds_known_sets_show_the_same_way(town: Problem) -> None:
    """At the same prices they have the same slope, as the best set of each course is among them; and no bound."""
    problem = small_town(town)
    lagrangian = Lagrangian(problem, options_of(problem))
    bound, seats = lower(lagrangian, Stop())
    classes = Classes(problem, lagrangian.options)
    settled = Descent(Market(lagrangian, classes), seats, bound)
    for k in range(400):
        settled.step(k / 400)
    descent = whole.whole(settled)
    for k in range(200):
        descent.step(k / 200)
    assert descent.best < settled.best
    market = WholeMarket(lagrangian, classes)
    value, slope = market.evaluate(descent.prices, 0)
    again, the_same = market.evaluate(descent.prices, 1)
    assert np.isfinite(value)
    assert again == np.inf
    assert all(np.allclose(a, b) for a, b in zip(slope.kinds(), the_same.kinds(), strict=True))
    knows_none = WholeMarket(lagrangian, classes).evaluate(descent.prices, 1)[1]
    assert knows_none.place.sum() < slope.place.sum()


def test_the_slope_is_that_of_the_bound(tmp_path: Path) -> None:
    """A little more for a place changes the bound by what the slope says."""
    market = one_course(tmp_path, cover=0.4)
    rng = np.random.default_rng(4)
    for _ in range(20):
        prices = at(market, 10.0)
        prices.place[:] = 8 + 10 * rng.random(len(prices.place))
        prices.trainer[:] = 20.0 + rng.random(prices.trainer.shape)
        value, slope = market.evaluate(prices)
        for option in range(len(prices.place)):
            dearer = prices.copy()
            dearer.place[option] += 1e-6
            assert (market.evaluate(dearer)[0] - value) / 1e-6 == pytest.approx(slope.place[option], abs=1e-3)


def test_a_small_city_has_the_tighter_bound(town: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plan does not change; the bound comes nearer to it, and is the same each time."""
    monkeypatch.setattr(tightening, "ENOUGH", 100)
    small = small_town(town)
    tighter, again = solve(small, Stop(steps=100), seed=1), solve(small, Stop(steps=100), seed=1)
    monkeypatch.setattr(tightening, "SMALL_CITY", 0)
    before = solve(small, Stop(steps=100), seed=1)
    assert tighter.value == before.value
    assert tighter.bound == again.bound < before.bound
