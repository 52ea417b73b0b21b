"""A country is planned in parts by several processes: the same rules, the same answer each time, and a lost process costs only its own part."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moothall.cli.__main__ import main
from moothall.planner import Plan, PlannerError, Problem, Progress, Status, Stop, check, in_shards, read_bundle, solve
from moothall.planner import shards as module
from tests.planner.test_solve import write_town

STEPS = 5


@pytest.fixture(scope="module")
def town_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def town(town_folder: Path) -> Problem:
    return read_bundle(town_folder)


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD", 50)


def same(one: Plan, other: Plan) -> bool:
    return [(run.key(), run.people.tolist()) for run in one.runs] == [
        (run.key(), run.people.tolist()) for run in other.runs
    ]


def test_everybody_and_everything_is_dealt_out_once(town: Problem) -> None:
    shards = module.dealt(town, 3)
    assert len(shards) == 3
    assert np.array_equal(np.sort(np.concatenate([each.people for each in shards])), np.arange(len(town.people)))
    for name in ("venue_free", "trainer_free"):
        given = np.stack([getattr(each.problem, name) for each in shards])
        assert np.array_equal(given.sum(0), getattr(town, name))
    assert sum(each.problem.budget for each in shards) <= town.budget
    teams = [set(town.person_team[each.people].tolist()) for each in shards]
    assert not teams[0] & teams[1]
    assert not (teams[0] | teams[1]) & teams[2]


def test_parts_make_one_plan_that_keeps_every_rule_and_is_the_same_each_time(town: Problem) -> None:
    told: list[Progress] = []
    found = in_shards(town, Stop(steps=STEPS), 1, told.append, workers=2)
    assert check(town, found.plan).feasible
    assert [each.value for each in told] == sorted(each.value for each in told)
    assert len(told) > 2
    assert same(found.plan, in_shards(town, Stop(steps=STEPS), 1, workers=1).plan)
    # Nothing that is found any other way passes the bound.
    assert solve(town, Stop(steps=200), 1).value <= found.bound


def test_a_lost_process_costs_only_its_own_part(town: Problem) -> None:
    lost: list[int] = []

    def lose(_now: Progress) -> None:
        if not lost:
            for child in multiprocessing.active_children():
                lost.append(child.pid or 0)
                child.kill()

    found = in_shards(town, Stop(steps=STEPS), 1, lose, workers=2)
    assert lost
    assert same(found.plan, in_shards(town, Stop(steps=STEPS), 1, workers=2).plan)


def test_when_interrupted_what_is_ready_is_a_plan(town: Problem) -> None:
    stop = Stop(steps=STEPS)
    found = in_shards(town, stop, 1, lambda _now: stop.interrupt(), workers=1)
    assert found.status is Status.STOPPED
    assert check(town, found.plan).feasible
    assert found.plan.runs
    assert len({town.person_team[p] for run in found.plan.runs for p in run.people}) < len(town.teams)


def test_what_cannot_be_dealt_out_is_refused(town: Problem) -> None:
    with pytest.raises(PlannerError, match="own budgets"):
        in_shards(replace(town, own_budget=np.ones(len(town.organisations), np.int64)), Stop(steps=1))


def test_workers_from_the_command_line(town_folder: Path, tmp_path: Path) -> None:
    assert main(["plan", str(town_folder), "--out", str(tmp_path / "p"), "--steps", "2", "--workers", "2"]) == 0
    assert main(["check", str(town_folder), str(tmp_path / "p")]) == 0
    assert json.loads((tmp_path / "p" / "plan.json").read_text())["status"] == "feasible"
