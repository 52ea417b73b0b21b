"""An outside check: the uncapacitated warehouse location problems of the OR-Library, whose best answers are known.

As a planning problem: a customer is a person with one half-day and a need for each warehouse (a skill of its own) of weight
W less the cost of being served from there; a warehouse is a course that closes that need, put on at its fixed cost. With
the fixed costs of the known answer as the budget, the best value is n W - (optimum - budget).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from moothall.planner import Problem, Stop, solve
from tests.factories.bundles import city

ROOT = (
    Path(os.environ.get("MOOTHALL_SHARED", Path(__file__).parents[3] / "shared"))
    / "data"
    / "optim"
    / "orlib_cap"
    / "beasley-cap"
)
NAMES = [f"{group}/cap{group[:-1]}{i}" for group in ("70", "100", "130") for i in (1,)] + ["100/cap104"]

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="shared/data is not here")


def read(name: str, folder: Path) -> tuple[Problem, float]:
    """The instance as a problem, and the value its best plan has."""
    numbers = (ROOT / f"{name}.txt").read_text().split()
    answer = (ROOT / f"{name}.txt.opt").read_text().split()
    m, n = int(numbers[0]), int(numbers[1])
    fixed = [float(numbers[2 + 2 * i + 1]) for i in range(m)]
    at, costs = 2 + 2 * m, []
    for _ in range(n):
        costs.append([float(each) for each in numbers[at + 1 : at + 1 + m]])
        at += 1 + m
    opened = {int(each) for each in answer[:n]}
    budget, optimum = sum(fixed[i] for i in opened), float(answer[n])
    W = 2 * max(max(row) for row in costs)
    sites = [f"w{i}" for i in range(m)]
    tables = {
        "areas": [{"area": "a"}],
        "reach": [],
        "organisations": [{"organisation": "o"}],
        "teams": [{"team": f"t{i}", "organisation": "o"} for i in range(n)],
        "people": [{"person": f"p{i}", "team": f"t{i}", "area": "a", "half_days": 1, "prefers": "any", "free": "1"} for i in range(n)],
        "skills": [{"skill": s} for s in sites],
        "courses": [
            {"course": s, "half_days": 1, "pattern": "consecutive", "min_group": 0, "max_group": n, "max_group_online": n, "in_person": 0,
             "online": 1, "cost_run": 0, "cost_run_online": fixed[i], "cost_head": 0, "prerequisite": ""}
            for i, s in enumerate(sites)
        ],
        "course_skills": [{"course": s, "skill": s} for s in sites],
        "done": [],
        "needs": [{"person": f"p{i}", "skill": s, "weight": f"{W - costs[i][j]:.9f}"} for i in range(n) for j, s in enumerate(sites)],
        "venues": [],
        "trainers": [{"trainer": s, "free": "1"} for s in sites],
        "trainer_courses": [{"trainer": s, "course": s} for s in sites],
    }  # fmt: skip
    problem = city(
        folder,
        tables,
        weeks=1,
        half_days_per_week=1,
        budget=budget,
        penalty_mode=0,
        penalty_near=0,
        half_day_times=None,
    )
    return problem, n * W - (optimum - budget)


@pytest.mark.parametrize("name", NAMES)
def test_the_known_best_lies_between_value_and_bound_and_is_nearly_reached(name: str, tmp_path: Path) -> None:
    problem, best = read(name, tmp_path)
    result = solve(problem, Stop(steps=250), seed=1)
    assert result.value <= best + 1e-3
    assert result.bound >= best - 1e-3
    assert result.value >= 0.998 * best
