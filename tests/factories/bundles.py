"""Small cities for tests, as the tables of a bundle: a dict a table, so that a test can spoil exactly one cell."""

from __future__ import annotations

import copy
import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from moothall.planner import Plan, Problem, read_bundle

Rows = list[dict[str, Any]]


def small_city() -> dict[str, Rows]:
    """Eight people of two organisations, two courses (the second requires the first), one room, two trainers."""
    return {
        "areas": [{"area": "harbour"}, {"area": "hill"}],
        "reach": [
            {"from_area": "harbour", "to_area": "harbour", "reach": "home"},
            {"from_area": "hill", "to_area": "hill", "reach": "home"},
            {"from_area": "hill", "to_area": "harbour", "reach": "near"},
        ],
        "organisations": [{"organisation": "council"}, {"organisation": "charity"}],
        "teams": [{"team": "desk", "organisation": "council"}, {"team": "all", "organisation": "charity"}],
        "people": [
            {
                "person": f"p{i}",
                "team": "desk" if i < 5 else "all",
                "area": "harbour" if i % 2 else "hill",
                "half_days": 4,
                "prefers": ("any", "in_person", "online")[i % 3],
                "free": "1111111111" if i != 3 else "1010101010",
            }
            for i in range(8)
        ],
        "skills": [{"skill": "plain-words"}, {"skill": "figures"}],
        "courses": [
            {"course": "writing", "half_days": 1, "pattern": "consecutive", "min_group": 2, "max_group": 6, "max_group_online": 8,
             "in_person": 1, "online": 1, "cost_run": 100, "cost_run_online": 90, "cost_head": 5, "prerequisite": ""},
            {"course": "numbers", "half_days": 2, "pattern": "weekly", "min_group": 2, "max_group": 4, "max_group_online": 4,
             "in_person": 1, "online": 0, "cost_run": 150.5, "cost_run_online": 0, "cost_head": 2.25, "prerequisite": "writing"},
        ],
        "course_skills": [{"course": "writing", "skill": "plain-words"}, {"course": "numbers", "skill": "figures"}],
        "done": [{"person": "p1", "course": "writing"}],
        "needs": [
            *({"person": f"p{i}", "skill": "plain-words", "weight": 30 if i % 2 else 10} for i in range(8)),
            *({"person": f"p{i}", "skill": "figures", "weight": 30} for i in range(0, 8, 2)),
        ],
        "venues": [{"venue": "library", "area": "harbour", "capacity": 5, "cost_half_day": 20, "free": "1111111111"}],
        "trainers": [{"trainer": "t1", "free": "1111111111"}, {"trainer": "t2", "free": "0011001100"}],
        "trainer_courses": [
            {"trainer": "t1", "course": "writing"},
            {"trainer": "t2", "course": "writing"},
            {"trainer": "t2", "course": "numbers"},
        ],
    }  # fmt: skip


PLANNING: dict[str, Any] = {
    "version": 1, "weeks": 2, "half_days_per_week": 10, "budget": 2000, "currency": "GBP", "cover": 0.5, "penalty_mode": 1,
    "penalty_near": 2, "starts_on": "2027-01-11", "timezone": "Europe/London",
    "half_day_times": [["09:30", "12:30"], ["13:30", "16:30"]], "closed_on": [],
}  # fmt: skip


def write_city(folder: Path, tables: dict[str, Rows] | None = None, **planning: Any) -> Path:
    """Writes the tables as a bundle folder. A planning value of None leaves the setting out."""
    tables = small_city() if tables is None else tables
    folder.mkdir(parents=True, exist_ok=True)
    headers = {name: list(rows[0]) for name, rows in small_city().items()}
    for name, rows in tables.items():
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, headers[name] if not rows else list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        (folder / f"{name}.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    settings = {key: value for key, value in (copy.deepcopy(PLANNING) | planning).items() if value is not None}
    package = {
        "name": "small",
        "resources": [{"name": name, "path": f"{name}.csv"} for name in tables],
        "planning": settings,
    }
    (folder / "datapackage.json").write_text(json.dumps(package))
    return folder


def city(folder: Path, tables: dict[str, Rows] | None = None, **planning: Any) -> Problem:
    return read_bundle(write_city(folder, tables, **planning))


def write_town(folder: Path, people: int = 150, seed: int = 3) -> Path:
    """A seeded town of several organisations, so that pooling matters."""
    rng = np.random.default_rng(seed)
    tables = small_city()
    teams = max(3, people // 12)
    tables["organisations"] = [{"organisation": f"o{i}"} for i in range(5)]
    tables["teams"] = [{"team": f"t{i}", "organisation": f"o{i % 5}"} for i in range(teams)]
    tables["people"] = [
        {"person": f"p{i}", "team": f"t{int(rng.integers(teams))}", "area": ("harbour", "hill")[int(rng.integers(2))],
         "half_days": int(rng.integers(2, 6)), "prefers": ("any", "in_person", "online")[int(rng.integers(3))],
         "free": "".join(rng.choice(list("01"), 10, p=[0.4, 0.6]))}
        for i in range(people)
    ]  # fmt: skip
    skills = [f"s{i}" for i in range(6)]
    tables["skills"] = [{"skill": s} for s in skills]
    tables["courses"] = [
        tables["courses"][i % 2] | {"course": f"c{i}", "min_group": 4, "prerequisite": "c0" if i == 3 else "", "cost_run": int(rng.integers(200, 600)),
                                    "cost_run_online": int(rng.integers(200, 600))}
        for i in range(6)
    ]  # fmt: skip
    tables["course_skills"] = [{"course": f"c{i}", "skill": s} for i, s in enumerate(skills)]
    tables["done"] = [{"person": f"p{i}", "course": "c0"} for i in range(0, people, 3)]
    tables["needs"] = [
        {"person": f"p{i}", "skill": s, "weight": int(rng.choice([10, 30]))}
        for i in range(people)
        for s in rng.choice(skills, 3, replace=False)
    ]
    tables["venues"] = [
        tables["venues"][0] | {"venue": f"v{i}", "area": ("harbour", "hill")[i % 2], "capacity": 8 + 4 * i}
        for i in range(3)
    ]
    tables["trainers"] = [{"trainer": f"r{i}", "free": "1111111111"} for i in range(3)]
    tables["trainer_courses"] = [{"trainer": f"r{i}", "course": f"c{j}"} for i in range(3) for j in range(6)]
    return write_city(folder, tables, weeks=6, budget=8000, cover=0.3)


def same_plan(one: Plan, other: Plan) -> bool:
    """The same runs with the same people."""
    return [(run.key(), run.people.tolist()) for run in one.runs] == [(run.key(), run.people.tolist()) for run in other.runs]  # fmt: skip
