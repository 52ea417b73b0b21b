"""What was read of a bundle, as text: tables of cells, settings, and faults. CSV and Parquet are read here, with distrust.

Nothing here knows what a column means: that is `validate`. Faults are collected, not raised, so that one reading
tells all there is to mend.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ..errors import Fault
from .tables import BY_NAME, DESCRIBED, PERSONAL

MOST_FAULTS = 5_000
MOST_TABLE_BYTES = 400_000_000
MOST_ROWS = 8_000_000

FAULTED = "\0"
"""Stands in for a cell already reported, so that it is not reported again. No text that is read holds a NUL."""


@dataclass(slots=True)
class RawTable:
    """Cells as text, a list a column. `rows` gives each record's row as a spreadsheet counts (the header is 1)."""

    name: str
    columns: dict[str, list[str]]
    rows: list[int] | range

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(slots=True)
class RawBundle:
    """Everything read, and what was wrong with the reading."""

    planning: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, RawTable] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    uncounted: int = 0
    """Faults beyond MOST_FAULTS: counted, and not kept."""

    def fault(self, table: str, row: int | None, column: str, problem: str, mend: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(table, row, column, problem, mend))
        else:
            self.uncounted += 1


def read_csv(raw: RawBundle, name: str, content: bytes) -> None:
    if b"\0" in content:
        row = content[: content.index(b"\0")].count(b"\n") + 1
        raw.unreadable.add(name)
        raw.fault(name, row, "", "there is a NUL byte here: this is not a text file.", "Save the table as CSV, UTF-8.")
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raw.unreadable.add(name)
        raw.fault(
            name,
            row,
            "",
            f"byte {content[error.start]:#04x} is not UTF-8 (it may be Windows text, cp1252).",
            'Save it as "CSV UTF-8".',
        )
        return
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raw.unreadable.add(name)
        raw.fault(name, len(records) + 1, "", f"this row is not CSV ({error}).", "Check its quotes.")
        return
    header = records[0] if records else []
    take_records(raw, name, header, records[1:], range(2, len(records) + 1))


def take_records(
    raw: RawBundle, name: str, header: list[str], records: list[list[str]], rows: list[int] | range
) -> None:
    header = [cell.strip() for cell in header]
    if len(header) == 1 and ";" in header[0]:
        raw.unreadable.add(name)
        raw.fault(
            name, 1, "", "the columns are separated by semicolons.", "Save the table with commas between its columns."
        )
        return
    if not _header_is_good(raw, name, header):
        return
    width = len(header)
    if not all(len(record) == width for record in records):
        good, good_rows = [], []
        for row, record in zip(rows, records):
            if len(record) == width:
                good.append(record)
                good_rows.append(row)
            elif any(cell.strip() for cell in record):
                raw.fault(
                    name,
                    row,
                    "",
                    f"this row has {len(record)} cells, the header {width}.",
                    "Give every row as many cells as the header.",
                )
        records, rows = good, good_rows
    columns = list(zip(*records)) if records else [()] * width
    wanted = {column.name for column in BY_NAME[name].columns}
    if name in DESCRIBED:
        wanted |= {head for head in header if head and header.count(head) == 1}
    raw.tables[name] = RawTable(
        name, {head: list(cells) for head, cells in zip(header, columns) if head in wanted}, rows
    )


def _header_is_good(raw: RawBundle, name: str, header: list[str]) -> bool:
    table, good = BY_NAME[name], True
    for column in table.columns:
        if header.count(column.name) == 0 and column.besides:
            continue
        if header.count(column.name) == 0:
            raw.fault(name, 1, column.name, "this column is missing.", "Add it to the header.")
            good = False
        elif header.count(column.name) > 1:
            raw.fault(name, 1, column.name, "this column stands twice in the header.", "Keep one.")
            good = False
    if name in ("people", "trainers"):
        for column_name in header:
            if column_name.strip().lower() in PERSONAL:
                raw.fault(
                    name,
                    1,
                    column_name,
                    "this says who somebody is.",
                    "Remove the column: a bundle carries pseudonyms only.",
                )
    if not good:
        raw.unreadable.add(name)
    return good


def read_parquet(raw: RawBundle, name: str, handle: BinaryIO) -> None:
    import pyarrow as pa  # 0.2 s: only where Parquet is read
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(handle.read(MOST_TABLE_BYTES)))
        if file.metadata.num_rows > MOST_ROWS:
            raise ValueError(f"it has {file.metadata.num_rows:,} rows, the most is {MOST_ROWS:,}")
        table = file.read()
        described = {head: table.column(head).to_pylist() for head in dict.fromkeys(table.column_names)}
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raw.unreadable.add(name)
        raw.fault(
            name,
            None,
            "",
            f"this is not a Parquet file ({str(error).splitlines()[0][:80]}).",
            "Write it again, or use CSV.",
        )
        return
    if not _header_is_good(raw, name, table.column_names):
        return
    columns = {}
    wanted = [column.name for column in BY_NAME[name].columns if column.name in described]
    if name in DESCRIBED:
        wanted += [head for head in table.column_names if head not in wanted and table.column_names.count(head) == 1]
    for head in wanted:
        values = described[head]
        columns[head] = [
            "" if value is None else value if isinstance(value, str) else as_text(value) for value in values
        ]
        for row, cell in enumerate(columns[head], 2):
            if FAULTED in cell:
                raw.fault(name, row, head, "there is a NUL byte in this cell.", "Write the text without it.")
    raw.tables[name] = RawTable(name, columns, range(2, table.num_rows + 2))


def as_text(value: object) -> str:
    """A number as its owner would write it: 12.0 is 12, true is 1."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return str(value)
