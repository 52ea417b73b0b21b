"""A country is planned in parts by several processes: the same rules, the same answer each time, and a lost process costs only its own part."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moothall.cli.__main__ import main
from moothall.planner import (
    PlannerError,
    Problem,
    Processes,
    Progress,
    Status,
    Stop,
    check,
    in_shards,
    solve,
)
from moothall.planner import shards as module
from moothall.planner import workers as workers_module
from moothall.planner.workers import Answer, Task
from tests.factories.bundles import same_plan

STEPS = 5
pytestmark = pytest.mark.usefixtures("small_shards")


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
    found = in_shards(town, Stop(steps=STEPS), 1, told.append, workers=Processes(2))
    assert check(town, found.plan).feasible
    assert [each.value for each in told] == sorted(each.value for each in told)
    assert len(told) > 2
    assert same_plan(found.plan, in_shards(town, Stop(steps=STEPS), 1, workers=Processes(1)).plan)
    # Nothing that is found any other way passes the bound.
    assert solve(town, Stop(steps=200), 1).value <= found.bound


def test_a_lost_process_costs_only_its_own_part(town: Problem) -> None:
    lost: list[int] = []

    def lose(_now: Progress) -> None:
        if not lost:
            for child in multiprocessing.active_children():
                lost.append(child.pid or 0)
                child.kill()

    found = in_shards(town, Stop(steps=STEPS), 1, lose, workers=Processes(2))
    assert lost
    assert same_plan(found.plan, in_shards(town, Stop(steps=STEPS), 1, workers=Processes(2)).plan)


def test_a_process_that_died_with_nothing_to_do_is_replaced(town: Problem) -> None:
    workers = Processes(1)
    shards = module.dealt(town, 3)
    tasks = [Task(i, shards[i].problem, None, 1, 1, np.ones(1)) for i in range(2)]
    assert workers.submit(tasks[0]).result()[0].value > 0
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    until = time.monotonic() + 30
    while not workers._all[0].pool._broken:  # its executor sees it a moment later
        assert time.monotonic() < until
        time.sleep(0.01)
    assert workers.submit(tasks[1]).result()[0].value > 0
    workers.close()


def test_stopped_before_a_part_is_begun_its_people_are_counted_as_lost(town: Problem) -> None:
    stop = Stop(steps=STEPS)
    stop.interrupt()
    found = in_shards(town, stop, 1, workers=Processes(1))
    assert not found.plan.runs
    assert found.lost == len(town.people)
    assert found.status is Status.STOPPED


def test_when_interrupted_what_is_ready_is_a_plan(town: Problem) -> None:
    stop = Stop(steps=STEPS)
    found = in_shards(town, stop, 1, lambda _now: stop.interrupt(), workers=Processes(1))
    assert found.status is Status.STOPPED
    assert check(town, found.plan).feasible
    assert found.plan.runs
    assert len({town.person_team[p] for run in found.plan.runs for p in run.people}) < len(town.teams)


class Clumsy:
    """Workers in this process, of whom whoever plans shard 1 dies."""

    died: tuple[type[BaseException], ...] = (ConnectionError,)
    tries = 2

    def __init__(self) -> None:
        self.tried: list[int] = []
        self.closed = False

    def count(self) -> int:
        return 1

    def submit(self, task: Task) -> Future[Answer]:
        self.tried.append(task.number)
        future: Future[Answer] = Future()
        if task.number == 1:
            future.set_exception(ConnectionError())
        else:
            future.set_result(workers_module.plan(task, Stop(), lambda _now: None))
        return future

    def told(self) -> Iterator[tuple[int, Progress]]:
        return iter(())

    def gone(self) -> bool:
        return False

    def stop(self) -> None:
        raise AssertionError("nobody asked for it")

    def close(self) -> None:
        self.closed = True


def test_a_part_that_nobody_can_plan_costs_only_its_own_people_their_places(town: Problem) -> None:
    workers, told = Clumsy(), list[Progress]()
    found = in_shards(town, Stop(steps=STEPS), 1, told.append, workers=workers)
    assert workers.tried.count(1) == 2
    assert workers.closed
    lost = module.dealt(town, 3)[1].people
    assert found.lost == len(lost)
    placed = {p for run in found.plan.runs for p in run.people.tolist()}
    assert placed
    assert not placed & set(lost.tolist())
    # What they might have gained is in the bound, which comes down as parts are ready.
    whole = in_shards(town, Stop(steps=STEPS), 1, workers=Processes(2))
    assert whole.bound <= found.bound
    assert [each.bound for each in told] == sorted((each.bound for each in told), reverse=True)
    assert found.bound < town.need_weight.sum()


def test_how_far_the_parts_are_is_told_before_they_are_ready(town: Problem) -> None:
    told: list[Progress] = []
    in_shards(town, Stop(seconds=8), 1, told.append, workers=Processes(2))
    assert len({each.value for each in told}) > 3 + 1, "three parts, and more than their ends was told"
    assert [each.value for each in told] == sorted(each.value for each in told)


def test_pinned_runs_and_own_budgets_are_dealt_out_too(town: Problem) -> None:
    plan = solve(town, Stop(steps=STEPS), 1).plan
    large = sorted(plan.runs, key=lambda run: -len(run.people))[:2]
    pinned = tuple(sorted((run.course, run.start, run.venue, run.trainer) for run in large))
    own = np.full(len(town.organisations), town.budget // 8)
    asked = replace(
        town,
        pinned=pinned,
        budget=town.budget // 2,
        own_budget=own,
        course_min_group=np.ones_like(town.course_min_group),
    )
    found = in_shards(asked, Stop(steps=STEPS), 1, workers=Processes(2))
    assert check(asked, found.plan).feasible
    assert check(asked, found.plan).own_money > 0
    assert {(run.course, run.start, run.venue, run.trainer) for run in found.plan.runs} >= set(pinned)
    assert solve(asked, Stop(steps=100), 1).value <= found.bound


def test_a_pinned_run_for_which_a_part_has_too_few_people_is_refused_in_words(town: Problem) -> None:
    run = solve(town, Stop(steps=STEPS), 1).plan.runs[0]
    most = town.course_min_group.copy()
    most[run.course] = town.group_limits[run.course, run.venue]
    asked = replace(
        town,
        pinned=((run.course, run.start, run.venue, run.trainer),),
        course_min_group=most,
        person_free=town.person_free & (np.arange(len(town.people)) % 9 == 0)[:, None],
    )
    with pytest.raises(PlannerError, match="planned as a whole it may be possible"):
        in_shards(asked, Stop(steps=1), 1, workers=Processes(1))


def test_a_city_that_is_one_part_is_planned_as_a_whole(town: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD", 1000)
    workers = Clumsy()
    found = in_shards(town, Stop(steps=STEPS), 1, workers=workers)
    assert same_plan(found.plan, solve(town, Stop(steps=STEPS), 1).plan)
    assert workers.closed
    assert not workers.tried


def test_workers_from_the_command_line(town_folder: Path, tmp_path: Path) -> None:
    assert main(["plan", str(town_folder), "--out", str(tmp_path / "p"), "--steps", "2", "--workers", "2"]) == 0
    assert main(["check", str(town_folder), str(tmp_path / "p")]) == 0
    assert json.loads((tmp_path / "p" / "plan.json").read_text())["status"] == "feasible"
