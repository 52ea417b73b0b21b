"""Writing bundles: CSV or Parquet in a folder, a zip of it, or a workbook. Whatever is written here, `read_bundle` reads back the same."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..problem import FAR, HOME, Problem
from .plans import csv_text
from .tables import BY_NAME, SETTINGS, TABLES, Kind, Table

Tables = Mapping[str, Mapping[str, Sequence[Any]]]
"""Table -> column -> cells."""

_PREFERS = BY_NAME["people"].columns[4].words


def tables_of(problem: Problem) -> Tables:
    """A problem as the tables of a bundle."""

    def named(names: tuple[str, ...], at: Any) -> list[str]:
        return [names[i] if i >= 0 else "" for i in at]

    def patterns(free: Any) -> list[str]:
        return [row.tobytes().decode() for row in free.astype(np.uint8) + ord("0")]

    def pounds(pence: Any) -> list[str]:
        return [_pounds(each) for each in pence.tolist()]

    p = problem
    near = np.argwhere(p.reach < FAR)
    closes, done, can = np.argwhere(p.closes), np.argwhere(p.done), np.argwhere(p.qualified)
    own: dict[str, dict[str, Sequence[Any]]] = {
        "areas": {"area": p.areas},
        "reach": {"from_area": named(p.areas, near[:, 0]), "to_area": named(p.areas, near[:, 1]),
                  "reach": ["home" if p.reach[a, b] == HOME else "near" for a, b in near]},
        "organisations": {"organisation": p.organisations},
        "teams": {"team": p.teams, "organisation": named(p.organisations, p.team_organisation)},
        "people": {"person": p.people, "team": named(p.teams, p.person_team), "area": named(p.areas, p.person_area),
                   "half_days": p.person_half_days.tolist(), "prefers": [_PREFERS[i] for i in p.person_prefers],
                   "free": patterns(p.person_free)},
        "skills": {"skill": p.skills},
        "courses": {"course": p.courses, "half_days": p.course_half_days.tolist(),
                    "pattern": ["weekly" if w else "consecutive" for w in p.course_weekly],
                    "min_group": p.course_min_group.tolist(), "max_group": p.course_max_group.tolist(),
                    "max_group_online": p.course_max_group_online.tolist(),
                    "in_person": p.course_in_person.astype(int).tolist(), "online": p.course_online.astype(int).tolist(),
                    "cost_run": pounds(p.course_cost_run), "cost_run_online": pounds(p.course_cost_run_online),
                    "cost_head": pounds(p.course_cost_head), "prerequisite": named(p.courses, p.course_prerequisite)},
        "course_skills": {"course": named(p.courses, closes[:, 0]), "skill": named(p.skills, closes[:, 1])},
        "done": {"person": named(p.people, done[:, 0]), "course": named(p.courses, done[:, 1])},
        "needs": {"person": named(p.people, p.need_person), "skill": named(p.skills, p.need_skill),
                  "weight": [f"{w:.15g}" for w in p.need_weight.tolist()]},
        "venues": {"venue": p.venues, "area": named(p.areas, p.venue_area), "capacity": p.venue_capacity.tolist(),
                   "cost_half_day": pounds(p.venue_cost_half_day), "free": patterns(p.venue_free)},
        "trainers": {"trainer": p.trainers, "free": patterns(p.trainer_free)},
        "trainer_courses": {"trainer": named(p.trainers, can[:, 0]), "course": named(p.courses, can[:, 1])},
    }  # fmt: skip
    if p.pinned:
        course, start, venue, trainer = (list(column) for column in zip(*p.pinned))
        own["pinned"] = {
            "course": named(p.courses, course),
            "start": start,
            "venue": named(p.venues, venue),
            "trainer": named(p.trainers, trainer),
        }
    if p.course_free is not None:
        closed = np.argwhere(~p.course_free)
        own["closed_courses"] = {"course": named(p.courses, closed[:, 0]), "half_day": closed[:, 1].tolist()}
    if p.person_access is not None and p.venue_features is not None:
        own["people"]["access"], own["venues"]["features"] = (
            [" ".join(word for i, word in enumerate(p.features) if mask >> i & 1) for mask in masks.tolist()]
            for masks in (p.person_access, p.venue_features)
        )
    if p.own_budget is not None:
        own["organisations"]["budget"] = pounds(p.own_budget)
    return {name: {**columns, **p.descriptions.get(name, {})} for name, columns in own.items()}


def _pounds(pence: int) -> str:
    return str(pence // 100) if pence % 100 == 0 else f"{pence / 100:.2f}"


def planning_of(problem: Problem) -> dict[str, Any]:
    """The `planning` object of a problem."""
    p = problem
    budget = p.budget // 100 if p.budget % 100 == 0 else p.budget / 100
    out: dict[str, Any] = {
        "version": 1, "weeks": p.weeks, "half_days_per_week": p.half_days_per_week, "budget": budget, "currency": p.currency,
        "cover": p.cover, "penalty_mode": p.penalty_mode, "penalty_near": p.penalty_near,
    }  # fmt: skip
    rules = {"access": p.person_access is not None, "own_budgets": p.own_budget is not None}
    if any(rules.values()):
        out["requires"] = [name for name, used in rules.items() if used]
    if p.held_back:
        out["held_back"] = p.held_back
    if p.starts_on:
        out["starts_on"] = p.starts_on.isoformat()
    if p.timezone:
        out["timezone"] = p.timezone
    if p.half_day_times:
        out["half_day_times"] = [list(pair) for pair in p.half_day_times]
    if p.closed_on:
        out["closed_on"] = [day.isoformat() for day in p.closed_on]
    return out


def files_of(
    tables: Tables, planning: Mapping[str, Any], *, name: str = "city", parquet: bool = False
) -> Iterator[tuple[str, bytes]]:
    """The files of a bundle folder, one after the other: (name, content)."""
    suffix, resources = "parquet" if parquet else "csv", []
    for table in TABLES:
        if table.optional and table.name not in tables:
            continue
        path = f"{table.name}.{suffix}"
        columns = tables[table.name]
        names = heads_of(table, columns)
        numbers = {column.name for column in table.columns if column.kind in _NUMBERS}
        fields = [{"name": head, "type": "number" if head in numbers else "string"} for head in names]
        resources.append(
            {"name": table.name, "path": path, "format": suffix, "encoding": "utf-8", "schema": {"fields": fields}}
        )
        rows = list(zip(*(columns[head] for head in names)))
        if parquet:
            yield path, _parquet(rows, names)
        else:
            yield path, csv_text(tuple(names), rows).encode()
    package = {"name": name, "profile": "data-package", "resources": resources, "planning": dict(planning)}
    yield "datapackage.json", (json.dumps(package, indent=1) + "\n").encode()


def heads_of(table: Table, columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """The table's own columns in their order, then whatever else is given."""
    own = [column.name for column in table.columns if not columns or column.name in columns or not column.besides]
    return own + [head for head in columns if head not in own]


_NUMBERS = {Kind.COUNT, Kind.POSITIVE, Kind.MONEY, Kind.POINTS}


def _parquet(rows: list[tuple[Any, ...]], names: list[str]) -> bytes:
    import pyarrow as pa  # 0.2 s: only where Parquet is written
    import pyarrow.parquet as pq

    columns = [[str(cell) for cell in column] for column in zip(*rows)] or [[] for _ in names]
    out = io.BytesIO()
    pq.write_table(
        pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns)}), out, compression="zstd"
    )
    return out.getvalue()


def write_bundle(target: Path | str, problem: Problem, *, parquet: bool = False) -> None:
    """A folder, a .zip or an .xlsx, by the name given."""
    target = Path(target)
    tables, planning = tables_of(problem), planning_of(problem)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix.lower() == ".xlsx":
        from .workbook import write_workbook  # openpyxl: only where a workbook is written

        write_workbook(target, tables, workbook_settings(planning))
    elif target.suffix.lower() == ".zip":
        target.write_bytes(zipped(files_of(tables, planning, parquet=parquet)))
    else:
        target.mkdir(exist_ok=True)
        for name, content in files_of(
            tables, planning, name=target.name.lower().replace("_", "-").replace(" ", "-"), parquet=parquet
        ):
            (target / name).write_bytes(content)


def bundle_files(problem: Problem) -> Iterator[tuple[str, bytes]]:
    """The files of a problem's bundle, as CSV."""
    return files_of(tables_of(problem), planning_of(problem))


def zipped(files: Iterator[tuple[str, bytes]]) -> bytes:
    """A zip whose bytes depend on nothing but its files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def workbook_settings(planning: Mapping[str, Any]) -> dict[str, str]:
    """Settings as the text cells of a planning sheet."""
    out = {}
    for setting in SETTINGS:
        value = planning.get(setting.name, "")
        if setting.name == "half_day_times":
            value = " ".join("-".join(pair) for pair in value)
        elif isinstance(value, list | tuple):
            value = " ".join(value)
        out[setting.name] = str(value)
    return out
