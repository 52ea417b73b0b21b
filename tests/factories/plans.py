"""Published plans for tests: small towns, planned by the planner itself, published by the service."""

from __future__ import annotations

import datetime as dt
import tempfile
from functools import lru_cache
from pathlib import Path

from demo import fenbridge
from moothall import planner
from moothall.core.actor import system
from moothall.directory.types import Permission
from moothall.programme.models import Plan
from moothall.programme.services import publish_plan
from moothall.programme.types import NewPlan, Way

PUBLISHER = system("tests", Permission.PUBLISH_PLAN)
NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
STARTS_ON = dt.date(2027, 1, 4)


@lru_cache
def small_fenbridge() -> planner.Problem:
    """Fenbridge at a tenth of its size: the same 25 institutions."""
    with tempfile.TemporaryDirectory() as folder:
        tables, planning = fenbridge.bundle(STARTS_ON, scale=0.1)
        for name, content in planner.files_of(tables, planning):
            (Path(folder) / name).write_bytes(content)
        return planner.read_bundle(folder)


@lru_cache
def _solved() -> tuple[planner.Result, dict[Way, planner.Plan]]:
    problem = small_fenbridge()
    baselines = {
        Way.ALONE: planner.alone(problem, planner.Stop(steps=1), seed=1),
        Way.FIRST_COME: planner.first_come(problem, seed=1),
    }
    return planner.solve(problem, planner.Stop(steps=3), seed=1), baselines


def new_plan(*, places_public: bool = True, most_runs: int | None = None) -> NewPlan:
    """A plan of small Fenbridge. `most_runs` keeps only the first few runs whose people need no other (for counting queries)."""
    problem = small_fenbridge()
    result, baselines = _solved()
    plan, about = result.plan, planner.result_json(result, problem)
    if most_runs is not None:
        simple = planner.Plan.of(run for run in plan.runs if problem.course_prerequisite[run.course] < 0)
        plan = planner.Plan.of(simple.runs[:most_runs])
        found = planner.check(problem, plan)
        about |= {
            "value": found.value,
            "cost": found.cost / 100,
            "needs_met": found.needs_met,
            "gap": planner.gap(found.value, result.bound),
            "status": "feasible",
        }
    title = "Fenbridge, term of January 2027"
    return NewPlan(
        title=title, problem=problem, plan=plan, about=about, baselines=baselines, places_public=places_public
    )


def published(*, now: dt.datetime = NOW, **options: object) -> Plan:
    return publish_plan(actor=PUBLISHER, now=now, new=new_plan(**options))  # type: ignore[arg-type]
