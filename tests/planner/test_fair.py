"""What organisations may rely on: nobody's people are passed over where a floor was asked for, and their own money is spent on their own people only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moothall.cli.__main__ import main
from moothall.planner import (
    Plan,
    Problem,
    Progress,
    Status,
    Stop,
    alone,
    check,
    fair,
    read_bundle,
    replanned,
    shares,
    solve,
    write_bundle,
)
from tests.factories.bundles import city, small_city, write_city


def shares_met(problem: Problem, plan: Plan) -> np.typing.NDArray[np.float64]:
    owner = problem.person_organisation[problem.need_person]
    needs = np.bincount(owner, minlength=len(problem.organisations))
    met = np.bincount(owner[plan.met(problem)], minlength=len(problem.organisations))
    return met[needs > 0] / needs[needs > 0]


def test_a_floor_lifts_an_organisation_whose_needs_weigh_less_and_its_price_is_said(tmp_path: Path) -> None:
    """Money for five places: without a floor all go to the council, whose needs weigh more."""
    tables = small_city()
    tables["needs"] = [{"person": f"p{i}", "skill": "plain-words", "weight": 30 if i < 5 else 10} for i in range(8)]
    problem = city(tmp_path, tables, budget=115, penalty_mode=0, cover=1)
    found = fair(problem, 0.3, Stop(steps=100), seed=1)
    assert shares_met(problem, found.without.plan).tolist() == [1, 0]
    assert not found.below
    assert shares_met(problem, found.result.plan).tolist() == [0.8, 1 / 3]
    assert found.price == 20
    assert found.result.value == check(problem, found.result.plan).value <= found.result.bound


def test_a_floor_that_is_met_anyway_costs_nothing(town: Problem) -> None:
    found = fair(town, 0.0, Stop(steps=100), seed=1)
    assert found.price == 0
    assert not found.below


def test_a_floor_that_cannot_be_reached_says_for_whom(town: Problem) -> None:
    found = fair(town, 1.0, Stop(steps=60), seed=1)
    assert check(town, found.result.plan).feasible
    assert found.below
    for each in found.below:
        assert each.needs_met < each.asked <= each.needs
    assert len(found.below) == (shares_met(town, found.result.plan) < 1).sum()


def with_own(problem: Problem, budget: int, own: list[int]) -> Problem:
    return replace(problem, budget=budget, own_budget=np.array(own))


def test_own_money_pays_for_own_people_only(tmp_path: Path) -> None:
    """The charity has plenty and the council nothing: what the council's people cost is for the common budget alone."""
    problem = with_own(city(tmp_path, small_city()), 20_000, [0, 1_000_000])
    plan = solve(problem, Stop(steps=40), seed=1).plan
    assert check(problem, plan).feasible
    council, charity = shares(problem, plan)
    assert council.cost <= 20_000
    common = replace(problem, own_budget=None)
    assert plan.value(problem) > solve(common, Stop(steps=40), seed=1).plan.value(problem)
    everything = solve(replace(common, budget=1_020_000), Stop(steps=40), seed=1).plan
    assert any("organisations pay for their own people" in fault for fault in check(problem, everything).faults)
    assert charity.cost > 0


def test_own_budgets_are_kept_by_the_baseline_and_by_planning_again(town: Problem) -> None:
    own = with_own(town, town.budget // 2, [town.budget // 8] * len(town.organisations))
    result = solve(own, Stop(steps=60), seed=1)
    assert check(own, result.plan).feasible
    assert result.value <= result.bound
    assert result.cost > own.budget, "some of their own money is spent"
    assert check(own, alone(own, Stop(steps=10), seed=1)).feasible
    poorer = replace(own, own_budget=own.own_budget // 4 if own.own_budget is not None else None)
    assert not check(poorer, result.plan).feasible
    assert check(poorer, replanned(poorer, result.plan, result.price_of_money)).feasible
    again = solve(own, Stop(steps=10), seed=1, begin=result.plan)
    assert again.value >= result.value


def test_own_budgets_are_written_and_read_again(town: Problem, tmp_path: Path) -> None:
    own = with_own(town, town.budget, [100 * i for i in range(len(town.organisations))])
    write_bundle(tmp_path / "city", own)
    assert read_bundle(tmp_path / "city").input_hash == own.input_hash != town.input_hash
    assert "own_budgets" in (tmp_path / "city" / "datapackage.json").read_text()


def test_plan_with_a_floor_from_the_command_line(
    town_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(town_folder), "--out", str(tmp_path / "p"), "--steps", "40", "--floor", "0.2"]) == 0
    assert "The floor cost nothing that this search could see" in capsys.readouterr().out
    assert json.loads((tmp_path / "p" / "plan.json").read_text())["floor"] == 0.2
    with pytest.raises(SystemExit):
        main(["plan", str(town_folder), "--out", str(tmp_path / "q"), "--floor", "40"])
    assert "is not a share from 0 to 1" in capsys.readouterr().err


def test_what_is_told_of_a_search_with_own_budgets_never_falls_and_is_kept_on_the_way(town: Problem) -> None:
    own = with_own(town, town.budget // 2, [town.budget // 8] * len(town.organisations))
    told: list[Progress] = []
    kept: list[tuple[Plan, Progress]] = []
    result = solve(own, Stop(steps=60), 3, told.append, keep=lambda plan, now: kept.append((plan, now)))
    assert [each.value for each in told] == sorted(each.value for each in told)
    assert [each.bound for each in told] == sorted((each.bound for each in told), reverse=True)
    assert told[-1].value == result.value
    assert len(kept) > 1
    for plan, now in kept:
        assert check(own, plan).feasible
        assert check(own, plan).value == now.value
    assert kept[-1][1].value == result.value
    assert result.steps == 60


def test_a_search_with_own_budgets_that_is_stopped_at_once_gives_a_plan_that_is_paid_for(town: Problem) -> None:
    own = with_own(town, town.budget // 4, [town.budget // 2] * len(town.organisations))
    stop = Stop(seconds=60)
    stop.interrupt()
    result = solve(own, stop, 1)
    assert check(own, result.plan).feasible
    assert result.status is Status.STOPPED


def test_a_floor_has_a_part_of_few_steps_and_of_what_time_is_left(town: Problem) -> None:
    found = fair(town, 1.0, Stop(steps=9), seed=1)
    assert found.result.steps == 9
    assert found.without.steps < 9
    stop = Stop(seconds=60.0)
    stop.began -= 40.0  # as if the first part had taken long
    half = stop.rest(0.5, 0).seconds
    assert half is not None
    assert 9.0 < half <= 10.0


def test_what_own_money_pays_is_said(town: Problem, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = with_own(town, town.budget // 2, [town.budget // 8] * len(town.organisations))
    write_bundle(tmp_path / "city", own)
    assert main(["plan", str(tmp_path / "city"), "--out", str(tmp_path / "p"), "--steps", "20"]) == 0
    assert "of which organisations pay £" in capsys.readouterr().out
    about = json.loads((tmp_path / "p" / "plan.json").read_text())
    assert 0 < about["own_money"] <= about["own_budget"]
    assert about["cost"] - about["own_money"] <= about["budget"]


def test_the_price_of_a_floor_is_said_in_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = small_city()
    tables["needs"] = [{"person": f"p{i}", "skill": "plain-words", "weight": 30 if i < 5 else 10} for i in range(8)]
    write_city(tmp_path / "city", tables, budget=115, penalty_mode=0, cover=1)
    assert main(["plan", str(tmp_path / "city"), "--out", str(tmp_path / "p"), "--steps", "100", "--floor", "0.3"]) == 0
    assert "Without a floor the value was 150: the floor costs 20 points (13.3%)" in capsys.readouterr().out


def test_a_floor_nothing_came_nearer_to_is_not_said_to_cost_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = small_city()
    tables["people"] = [{**each, "free": "0000000000"} if each["team"] == "all" else each for each in tables["people"]]
    write_city(tmp_path / "city", tables)
    assert main(["plan", str(tmp_path / "city"), "--out", str(tmp_path / "p"), "--steps", "9", "--floor", "0.5"]) == 0
    said = capsys.readouterr().out
    assert "No plan nearer to the floor was found" in said
    assert "cost nothing" not in said


@pytest.mark.parametrize("stopped", [False, True])
def test_own_money_pays_for_pinned_runs_too(town: Problem, stopped: bool) -> None:
    """The common budget alone could not: nearly all must come from the organisations whose people sit in them."""
    plenty = with_own(town, town.budget // 2, [town.budget // 4] * len(town.organisations))
    plan = solve(plenty, Stop(steps=30), seed=1).plan
    pinned = tuple((run.course, run.start, run.venue, run.trainer) for run in plan.runs[:12])
    poor = replace(plenty, budget=town.budget // 50, pinned=pinned)
    only = Plan(plan.runs[:12])
    assert check(poor, only).feasible, "there is such a plan"
    assert only.cost(poor) > 3 * poor.budget
    stop = Stop(seconds=2)
    if stopped:
        stop.interrupt()
    result = solve(poor, stop, seed=1)
    assert check(poor, result.plan).feasible
