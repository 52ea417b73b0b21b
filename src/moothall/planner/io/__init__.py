"""Bundles and plans as files: reading with distrust, writing what the reader and anybody's checker understand."""

from pathlib import Path

from ..problem import Problem
from .bundles import bundle_files, files_of, write_bundle, zipped
from .packages import read_raw
from .plans import (
    ANOTHER_CITY,
    CannotWritePlan,
    check_json,
    claims_that_differ,
    of_another_city,
    plan_files,
    read_plan,
    refuse_bad_target,
    result_json,
    write_plan,
)
from .raw import give_memory_back
from .validate import Validator


def read_bundle(path: Path | str) -> Problem:
    """A bundle folder, a zip of one, or a workbook, as a Problem. Raises BundleError with every fault found."""
    problem = Validator(read_raw(Path(path))).problem()
    give_memory_back()
    return problem


def write_template(path: Path | str) -> None:
    """An empty workbook (.xlsx) to fill in: a sheet a table, settings, and notes with an example row for each table."""
    from .workbook import write_template as write  # openpyxl takes 0.2 s to load

    write(Path(path))


__all__ = [
    "ANOTHER_CITY",
    "CannotWritePlan",
    "bundle_files",
    "check_json",
    "claims_that_differ",
    "files_of",
    "of_another_city",
    "plan_files",
    "read_bundle",
    "read_plan",
    "refuse_bad_target",
    "result_json",
    "write_bundle",
    "write_plan",
    "write_template",
    "zipped",
]
