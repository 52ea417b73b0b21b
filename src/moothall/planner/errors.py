"""What can go wrong with a bundle or a plan, said so that whoever made the file can mend it."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in an input: where it stands, what it is, and what to do about it.

    `row` counts as a spreadsheet does: the header is row 1. It is None where the fault is not in one row;
    `column` is empty where it is not in one column.
    """

    table: str
    row: int | None
    column: str
    problem: str
    mend: str

    def __str__(self) -> str:
        place = self.table
        if self.row is not None:
            place += f", row {self.row}"
        if self.column:
            place += f", column {self.column}"
        return f"{place}: {self.problem} {self.mend}"


class PlannerError(Exception):
    """The planner was given something it cannot use. The message is for the person who gave it."""


class CannotPin(PlannerError):
    """A run that was pinned cannot take place."""


class BundleError(PlannerError):
    """A bundle or a plan was refused whole, with every fault that was found."""

    def __init__(self, faults: list[Fault], *, what: str = "bundle", uncounted: int = 0) -> None:
        self.faults = tuple(faults)
        self.count = len(faults) + uncounted
        self.what = what
        super().__init__(self.text())

    def text(self, shown: int = SHOWN) -> str:
        """The first `shown` faults, one a line, and how many more there are."""
        count = self.count
        lines = [f"This {self.what} cannot be used: {count} fault{'s' if count != 1 else ''} found."]
        lines += [f"  {fault}" for fault in self.faults[:shown]]
        if count > shown:
            lines.append(f"  ... and {count - shown} more.")
        return "\n".join(lines)
