"""Plans as files: runs.csv, places.csv and plan.json, written whole or not at all, and read with the same distrust as bundles."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..check import Check
from ..errors import BundleError, Fault, PlannerError
from ..plan import Plan, Result, Run, Status, gap
from ..problem import ONLINE, Problem
from ..share import own_money

RUN_COLUMNS = ("run", "course", "start", "venue", "trainer")
PLACE_COLUMNS = ("run", "person")
FILES = ("runs.csv", "places.csv", "plan.json")


class CannotWritePlan(PlannerError):
    """The folder named for a plan cannot take one."""


def run_rows(problem: Problem, plan: Plan) -> list[tuple[str, str, int, str, str]]:
    return [
        (
            f"r{i}",
            problem.courses[r.course],
            r.start,
            "" if r.venue == ONLINE else problem.venues[r.venue],
            problem.trainers[r.trainer],
        )
        for i, r in enumerate(plan.runs)
    ]


def place_rows(problem: Problem, plan: Plan) -> list[tuple[str, str]]:
    return [(f"r{i}", problem.people[p]) for i, r in enumerate(plan.runs) for p in r.people.tolist()]


def csv_text(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def result_json(result: Result, problem: Problem) -> dict[str, Any]:
    """plan.json of a solved plan. Money in pounds (or whatever the currency is), to two decimals."""
    return {
        "value": _tidy(result.value), "bound": _tidy(result.bound), "gap": round(result.gap, 9), "status": str(result.status),
        "cost": result.cost / 100, "budget": problem.budget / 100, "needs_met": result.needs_met, "needs": result.needs,
        "runs": len(result.plan.runs), "places": result.plan.places(), "seconds": round(result.seconds, 3),
        "steps": result.steps, "seed": result.seed, "price_of_money": round(result.price_of_money, 6), "input": problem.input_hash,
        **_own(problem, own_money(problem, result.plan)), **({"lost": result.lost} if result.lost else {}),
    }  # fmt: skip


def _own(problem: Problem, paid: int) -> dict[str, Any]:
    """Where organisations have budgets of their own: what there is of those together, and what of it is spent."""
    if problem.own_budget is None:
        return {}
    return {"own_budget": int(problem.own_budget.sum()) / 100, "own_money": paid / 100}


def check_json(found: Check, problem: Problem) -> dict[str, Any]:
    """What `moothall check` and a baseline's plan.json say."""
    return {
        "feasible": found.feasible, "faults": list(found.faults[:100]), "fault_count": len(found.faults),
        "value": _tidy(found.value), "cost": found.cost / 100, "budget": problem.budget / 100,
        "needs_met": found.needs_met, "needs": found.needs, "runs": found.runs, "places": found.places,
        **_own(problem, found.own_money),
    }  # fmt: skip


def _tidy(value: float) -> float | int:
    return int(value) if float(value).is_integer() else round(value, 6)


def plan_files(problem: Problem, plan: Plan, about: dict[str, Any]) -> dict[str, str]:
    """The three files of a plan, as text."""
    return {
        "runs.csv": csv_text(RUN_COLUMNS, run_rows(problem, plan)),
        "places.csv": csv_text(PLACE_COLUMNS, place_rows(problem, plan)),
        "plan.json": json.dumps(about, indent=1) + "\n",
    }


def refuse_bad_target(folder: Path) -> None:
    """Raises CannotWritePlan now rather than after a minute's planning: where something else stands, or nothing may be written."""
    if folder.is_dir():
        others = sorted({each.name for each in folder.iterdir()} - set(FILES))
        if others:
            raise CannotWritePlan(
                f"{folder} holds other files ({', '.join(others[:3])}): name a new folder, or one that holds only a plan."
            )
    elif folder.exists():
        raise CannotWritePlan(f"{folder} is a file: name a folder.")
    above = next(
        (each for each in (folder if folder.is_dir() else folder.parent, *folder.parents) if each.exists()), Path("/")
    )
    try:
        os.rmdir(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=above))
    except OSError as error:
        raise CannotWritePlan(f"nothing may be written in {above} ({error.strerror}): name another folder.") from error


def write_plan(folder: Path | str, problem: Problem, plan: Plan, about: dict[str, Any]) -> None:
    """Writes beside the folder first and renames, so that a full disk leaves no half a plan. Raises CannotWritePlan."""
    folder = Path(folder)
    refuse_bad_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, text in plan_files(problem, plan, about).items():
                (beside / name).write_text(text, encoding="utf-8", newline="")
            beside.chmod(0o755)
            if folder.exists():
                for name in FILES:
                    os.replace(beside / name, folder / name)
            else:
                os.replace(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise CannotWritePlan(f"the plan could not be written to {folder} ({error.strerror}).") from error


def read_plan(folder: Path | str, problem: Problem) -> tuple[Plan, dict[str, Any]]:
    """A plan folder for this problem, and its plan.json (empty where there is none). Raises BundleError with every fault.

    Rules of planning are not judged here (`check` does): only whether the files can be read and name known things.
    """
    folder, faults = Path(folder), list[Fault]()
    runs = _rows(folder, "runs.csv", RUN_COLUMNS, faults)
    places = _rows(folder, "places.csv", PLACE_COLUMNS, faults)
    about = _about(folder, faults)
    courses, venues, trainers, people = (
        _index(names) for names in (problem.courses, problem.venues, problem.trainers, problem.people)
    )
    numbers: dict[str, int] = {}
    heads: list[tuple[int, int, int, int]] = []
    for row, (run, course, start, venue, trainer) in runs:
        for column, name, known in (
            ("course", course, courses),
            ("trainer", trainer, trainers),
            ("venue", venue, venues),
        ):
            if name not in known and (column != "venue" or name):
                faults.append(
                    Fault(
                        "runs.csv",
                        row,
                        column,
                        f"{name[:60]!r} is not in the bundle.",
                        "Check that this plan was made for this bundle.",
                    )
                )
        if run in numbers:
            faults.append(
                Fault("runs.csv", row, "run", f"{run[:60]!r} stands here a second time.", "Name each run once.")
            )
        if not (start.isascii() and start.isdecimal() and len(start) < 6):
            faults.append(
                Fault("runs.csv", row, "start", f"{start[:40]!r} is not a half-day.", "Write its number, from 0.")
            )
            start = "0"
        numbers[run] = len(heads)
        heads.append(
            (courses.get(course, 0), int(start), venues.get(venue, 0) if venue else ONLINE, trainers.get(trainer, 0))
        )
    members: list[list[int]] = [[] for _ in heads]
    for row, (run, person) in places:
        if run not in numbers:
            faults.append(
                Fault(
                    "places.csv", row, "run", f"{run[:60]!r} is not in runs.csv.", "Add the run, or remove the place."
                )
            )
        elif person not in people:
            faults.append(
                Fault(
                    "places.csv",
                    row,
                    "person",
                    f"{person[:60]!r} is not in the bundle.",
                    "Check that this plan was made for this bundle.",
                )
            )
        else:
            members[numbers[run]].append(people[person])
    if faults:
        raise BundleError(faults, what="plan")
    return Plan.of(Run(*head, np.array(sorted(who), np.int64)) for head, who in zip(heads, members)), about


def _index(names: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _rows(folder: Path, name: str, columns: tuple[str, ...], faults: list[Fault]) -> list[tuple[int, tuple[str, ...]]]:
    try:
        text = (folder / name).read_text(encoding="utf-8-sig")
        if "\0" in text:
            raise csv.Error("there is a NUL byte in it")
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except OSError as error:
        faults.append(
            Fault(
                name,
                None,
                "",
                f"the file could not be read ({error.strerror}).",
                "Give the folder that `moothall plan` wrote.",
            )
        )
        return []
    except (UnicodeDecodeError, csv.Error) as error:
        faults.append(Fault(name, None, "", f"the file is not CSV in UTF-8 ({error}).", "Write it again."))
        return []
    header = records[0] if records else []
    missing = [column for column in columns if column not in header]
    if missing:
        faults.append(Fault(name, 1, missing[0], "this column is missing.", f"The header is {','.join(columns)}."))
        return []
    at = [header.index(column) for column in columns]
    out = []
    for row, record in enumerate(records[1:], 2):
        if len(record) == len(header):
            out.append((row, tuple(record[i] for i in at)))
        elif record:
            faults.append(
                Fault(
                    name,
                    row,
                    "",
                    f"this row has {len(record)} cells, the header {len(header)}.",
                    "Give every row as many cells as the header.",
                )
            )
    return out


def _about(folder: Path, faults: list[Fault]) -> dict[str, Any]:
    try:
        about = json.loads((folder / "plan.json").read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        faults.append(
            Fault("plan.json", None, "", "the file is not a JSON object.", "Remove it, or write the plan again.")
        )
        return {}
    return about


ANOTHER_CITY = "plan.json's input is another city's, or this city has changed since."


def of_another_city(about: dict[str, Any], problem: Problem) -> bool:
    """Whether plan.json says that the plan was made for something else than this problem."""
    return bool(about.get("input", problem.input_hash) != problem.input_hash)


def claims_that_differ(about: dict[str, Any], found: Check, problem: Problem) -> list[str]:
    """Where plan.json says something else than the checker found, or than it says itself two lines on.

    A bound cannot be proven by looking at it; it must at least be a number that the value does not pass.
    """
    wrong = [ANOTHER_CITY] if of_another_city(about, problem) else []
    for key, true in (
        ("value", found.value),
        ("cost", found.cost / 100),
        ("needs_met", found.needs_met),
        ("needs", found.needs),
    ):
        said = _number(about.get(key, true))
        if not abs(said - true) <= 1e-6 * max(1.0, abs(true)):
            wrong.append(f"plan.json says {key} {str(about[key])[:40]}; it is {true:g}.")
    if "bound" in about:
        bound = _number(about["bound"])
        if not found.value - 1e-6 * max(1.0, abs(found.value)) <= bound < math.inf:
            wrong.append(
                f"plan.json's bound {str(about['bound'])[:40]} is below the plan's value {found.value:g}, or no number."
            )
        elif "gap" in about and not abs(_number(about["gap"]) - gap(found.value, bound)) <= 1e-6:
            wrong.append(
                f"plan.json says gap {str(about['gap'])[:40]}; by its bound it is {gap(found.value, bound):.6f}."
            )
        elif about.get("status") == Status.OPTIMAL and gap(found.value, bound) > 1e-6:
            wrong.append("plan.json says optimal, but its bound leaves a gap.")
    return wrong


def _number(said: object) -> float:
    """NaN, which no comparison holds for, where it is not a number."""
    try:
        return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else math.nan
    except OverflowError:
        return math.nan
