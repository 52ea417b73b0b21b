"""A country is planned by many machines: a real Dask scheduler with workers, the same plan as on one machine, and a lost worker costs only its shard's time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from moothall.cli.__main__ import main
from moothall.planner import Cluster, PlannerError, Problem, Progress, Stop, in_shards
from tests.factories.bundles import same_plan

pytest.importorskip("distributed", reason="the extra cluster is not installed")
STEPS = 5
pytestmark = pytest.mark.usefixtures("small_shards")


def started(*words: str, path: str | None = None) -> subprocess.Popen[bytes]:
    environment = os.environ if path is None else os.environ | {"PYTHONPATH": path}
    return subprocess.Popen([sys.executable, "-W", "ignore", "-m", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)  # fmt: skip


class Machines:
    """A scheduler, and workers that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        about = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file))
        self.scheduler = started("distributed.cli.dask_scheduler", *about)
        until = time.monotonic() + 60
        while not self.file.exists() or not self.file.read_text().strip():
            assert time.monotonic() < until, "the scheduler did not start"
            time.sleep(0.05)
        self.address: str = json.loads(self.file.read_text())["address"]
        self.workers = [self.worker(), self.worker()]

    def worker(self, path: str | None = None) -> subprocess.Popen[bytes]:
        about = ("--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--no-nanny")
        return started("distributed.cli.dask_worker", self.address, *about, path=path)

    def end(self) -> None:
        for each in (*self.workers, self.scheduler):
            each.kill()
            each.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    found = Machines(tmp_path)
    yield found
    found.end()


def test_a_cluster_makes_the_same_plan_and_a_lost_worker_costs_only_its_own_part(
    town: Problem, machines: Machines
) -> None:
    told: list[Progress] = []
    killed: list[int] = []

    def lose_one(now: Progress) -> None:
        told.append(now)
        if now.steps and not killed:
            killed.append(machines.workers[0].pid)
            machines.workers[0].send_signal(signal.SIGKILL)

    found = in_shards(town, Stop(steps=STEPS), 1, lose_one, workers=Cluster(machines.address))
    assert killed
    assert found.lost == 0
    assert same_plan(found.plan, in_shards(town, Stop(steps=STEPS), 1).plan)
    assert [each.value for each in told] == sorted(each.value for each in told)
    assert len({each.steps for each in told}) > 2, "told while it was under way"


def test_from_the_command_line_and_stopped_half_way(
    town_folder: Path, town: Problem, machines: Machines, tmp_path: Path
) -> None:
    words = ["plan", str(town_folder), "--out", str(tmp_path / "p"), "--steps", "2", "--scheduler", machines.address]
    assert main(words) == 0
    assert main(["check", str(town_folder), str(tmp_path / "p")]) == 0
    stop, began = Stop(seconds=120), time.monotonic()

    def interrupt(now: Progress) -> None:
        if now.steps:
            stop.interrupt()

    found = in_shards(town, stop, 1, interrupt, workers=Cluster(machines.address))
    assert time.monotonic() - began < 60, "those under way ended with what they had"
    assert found.plan.runs


def test_where_the_scheduler_is_lost_what_is_ready_is_a_plan(town: Problem, machines: Machines) -> None:
    def lose_it(now: Progress) -> None:
        if now.steps >= STEPS:
            machines.scheduler.kill()

    found = in_shards(town, Stop(steps=STEPS), 1, lose_it, workers=Cluster(machines.address))
    assert found.lost > 0
    assert found.value <= found.bound


def test_what_is_given_to_a_scheduler_that_is_gone_is_lost(town: Problem, machines: Machines) -> None:
    """Also while its client still looks for it: the search ends, without a plan and with everybody counted."""
    cluster = Cluster(machines.address)
    machines.scheduler.kill()
    machines.scheduler.wait()
    found = in_shards(town, Stop(steps=STEPS), 1, workers=cluster)
    assert found.lost == len(town.people)
    assert not found.plan.runs


def test_workers_that_have_no_planner_are_refused_in_words(machines: Machines, tmp_path: Path) -> None:
    Cluster(machines.address).close()
    for each in machines.workers:
        each.kill()
        each.wait()
    machines.workers = [machines.worker(path=str(tmp_path))]
    with pytest.raises(PlannerError, match="cannot load the planner: install the same moothall there"):
        Cluster(machines.address)


def test_where_there_is_no_cluster_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from moothall.planner import cluster

    monkeypatch.setattr(cluster, "WAIT", 1.0)
    with pytest.raises(PlannerError, match=r"no scheduler at tcp://127\.0\.0\.1:9"):
        Cluster("tcp://127.0.0.1:9")
    with pytest.raises(PlannerError, match="no scheduler at nowhere"):
        Cluster("nowhere://")
