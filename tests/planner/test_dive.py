"""A plan from prices: what the fractional plan behind the bound does most is done, and what is made of it keeps every rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moothall.planner import Plan, Problem, Stop, check, solve
from moothall.planner import dive as diving
from moothall.planner.bound import Lagrangian, lower
from moothall.planner.classes import Classes
from moothall.planner.dive import dive, part_of
from moothall.planner.options import options_of
from moothall.planner.search.seating import seated
from moothall.planner.tight import Descent, Market
from tests.factories.bundles import same_plan


def settled(problem: Problem, rounds: int = 400) -> tuple[Descent, float]:
    lagrangian = Lagrangian(problem, options_of(problem))
    bound, seats = lower(lagrangian, Stop())
    descent = Descent(Market(lagrangian, Classes(problem, lagrangian.options)), seats, bound, rounds)
    for k in range(rounds):
        descent.step(k / rounds)
    return descent, seats.money


def go_on() -> bool:
    return True


def test_people_find_places_in_runs_that_prices_put_on(town: Problem) -> None:
    root, money = settled(town)
    before = root.best_prices.copy()
    runs = dive(root, Plan(), 1, go_on)
    assert runs is not None
    assert len(runs.runs) > 5
    assert all(len(run.people) == 0 for run in runs.runs)
    plan = seated(root.market.classes, money, runs, 1)
    assert plan is not None
    found = check(town, plan)
    assert found.feasible
    assert found.value > 0.6 * root.best
    assert np.array_equal(root.best_prices.place, before.place), "another dive begins from the same prices"
    assert root.market.held.sum() == 0
    again = dive(root, Plan(), 1, go_on)
    assert again is not None
    assert same_plan(runs, again)
    other = dive(root, Plan(), 2, go_on)
    assert other is not None
    assert not same_plan(runs, other)


def test_a_pinned_run_is_part_of_every_dive(town: Problem) -> None:
    first = solve(town, Stop(steps=5), seed=1).plan.runs[0]
    pinned = replace(town, pinned=((first.course, first.start, first.venue, first.trainer),))
    root, _money = settled(pinned, 100)
    runs = dive(root, Plan((first,)), 1, go_on)
    assert runs is not None
    assert first.key() in {run.key() for run in runs.runs}
    assert len({run.key() for run in runs.runs}) == len(runs.runs)
    result = solve(pinned, Stop(steps=450), seed=1)
    assert check(pinned, result.plan).feasible
    assert first.key() in {run.key() for run in result.plan.runs}


def test_a_dive_can_begin_with_a_part_of_a_plan(town: Problem) -> None:
    """What is fixed is in every part, other runs by chance, and the dive does the rest beside them."""
    root, money = settled(town)
    runs = dive(root, Plan(), 1, go_on)
    assert runs is not None
    fixed = Plan(runs.runs[:1])
    parts = [part_of(runs, fixed, seed) for seed in range(6)]
    assert all(fixed.runs[0].key() in {run.key() for run in part.runs} for part in parts)
    assert len({tuple(run.key() for run in part.runs) for part in parts}) > 1
    assert all(1 <= len(part.runs) < len(runs.runs) for part in parts)
    made = dive(root, parts[0], 2, go_on)
    assert made is not None
    assert {run.key() for run in parts[0].runs} < {run.key() for run in made.runs}
    plan = seated(root.market.classes, money, made, 2)
    assert plan is not None
    assert check(town, plan).feasible


def test_a_dive_ends_when_it_is_told_to(town: Problem) -> None:
    root, _money = settled(town, 50)
    assert dive(root, Plan(), 1, lambda: False) is None


def test_a_search_is_better_for_diving(town: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    """By as many steps from the same seeds; the same search twice gives the same plan."""
    with_dives = [solve(town, Stop(steps=900), seed=seed) for seed in (1, 2, 3)]
    again = solve(town, Stop(steps=900), seed=1)
    assert same_plan(with_dives[0].plan, again.plan)
    assert with_dives[0].bound == again.bound
    monkeypatch.setattr(diving, "dive", lambda *_: None)
    without = [solve(town, Stop(steps=900), seed=seed) for seed in (1, 2, 3)]
    assert sum(result.value for result in with_dives) > sum(result.value for result in without)
