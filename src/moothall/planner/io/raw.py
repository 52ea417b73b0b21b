"""What was read of a bundle, as text: tables of cells, settings, and faults. CSV and Parquet are read here, with distrust.

Nothing here knows what a column means: that is `validate`. Faults are collected, not raised, so that one reading
tells all there is to mend.
"""

from __future__ import annotations

import csv
import io
import itertools
import sys
from array import array
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..errors import Fault
from .tables import BY_NAME, DESCRIBED, PERSONAL

MOST_FAULTS = 5_000
MOST_TABLE_BYTES = 400_000_000
MOST_ROWS = 8_000_000
AT_ONCE = 20_000
"""Records read before their cells are numbered."""

FAULTED = "\0"
"""Stands in for a cell already reported, so that it is not reported again. No text that is read holds a NUL."""


@dataclass(slots=True)
class Cells:
    """A column of text: the different texts in it, and which of them stands in each row. A million rows have few different weights."""

    texts: list[str]
    at: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, row: int) -> str:
        text: str = self.texts[self.at[row]]
        return text

    def __iter__(self) -> Iterator[str]:
        return map(self.texts.__getitem__, self.at)

    def where(self, texts: Container[str]) -> list[int]:
        """The rows in which one of these stands."""
        found = np.fromiter((text in texts for text in self.texts), bool, len(self.texts))
        return [int(row) for row in np.nonzero(found[self.at])[0]] if found.any() else []


class _Numbering(dict[str, int]):
    """Different texts, numbered as they come."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


@dataclass(slots=True)
class RawTable:
    """Cells by column. `rows` gives each record's row as a spreadsheet counts (the header is 1)."""

    name: str
    columns: dict[str, Cells]
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
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    read = 0

    def records() -> Iterator[tuple[int, list[str]]]:
        nonlocal read
        for record in reader:
            read += 1
            yield read + 1, record

    try:
        header = next(reader, [])
        take_records(raw, name, header, records())
    except csv.Error as error:
        raw.unreadable.add(name)
        raw.tables.pop(name, None)
        raw.fault(name, read + 2, "", f"this row is not CSV ({error}).", "Check its quotes.")


def take_records(raw: RawBundle, name: str, header: list[str], records: Iterable[tuple[int, list[str]]]) -> None:
    """A table of (row, cells), some at a time, as all of them would fill the memory."""
    header = [cell.strip() for cell in header]
    if len(header) == 1 and ";" in header[0]:
        raw.unreadable.add(name)
        raw.fault(
            name, 1, "", "the columns are separated by semicolons.", "Save the table with commas between its columns."
        )
        return
    if not _header_is_good(raw, name, header):
        return
    width, wanted = len(header), {column.name for column in BY_NAME[name].columns}
    if name in DESCRIBED:
        wanted |= {head for head in header if head and header.count(head) == 1}
    kept = {place: (_Numbering(), array("i")) for place, head in enumerate(header) if head in wanted}
    rows = array("i")
    records = iter(records)
    while some := list(itertools.islice(records, AT_ONCE)):
        good = []
        for row, record in some:
            if len(record) == width:
                good.append(record)
                rows.append(row)
            elif any(cell.strip() for cell in record):
                raw.fault(
                    name,
                    row,
                    "",
                    f"this row has {len(record)} cells, the header {width}.",
                    "Give every row as many cells as the header.",
                )
        columns = list(zip(*good))
        for place, (numbering, at) in kept.items() if good else ():
            at.extend(map(numbering.__getitem__, columns[place]))
    raw.tables[name] = RawTable(
        name,
        {header[place]: Cells(list(numbering), _numbers(at)) for place, (numbering, at) in kept.items()},
        _numbers(rows).tolist(),
    )


def _numbers(numbers: array[int]) -> npt.NDArray[np.int32]:
    return np.frombuffer(numbers, np.int32) if len(numbers) else np.zeros(0, np.int32)


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
        names = file.schema_arrow.names
        if not _header_is_good(raw, name, names):
            return
        wanted = [column.name for column in BY_NAME[name].columns if column.name in names]
        if name in DESCRIBED:
            wanted += [head for head in names if head not in wanted and names.count(head) == 1]
        columns = {head: _parquet_cells(file.read([head]).column(0)) for head in wanted}
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raw.unreadable.add(name)
        said = str(error).splitlines()[0][:80]
        raw.fault(name, None, "", f"this is not a Parquet file ({said}).", "Write it again, or use CSV.")
        return
    for head, cells in columns.items():
        for row in cells.where({text for text in cells.texts if FAULTED in text}):
            raw.fault(name, row + 2, head, "there is a NUL byte in this cell.", "Write the text without it.")
    raw.tables[name] = RawTable(name, columns, range(2, file.metadata.num_rows + 2))


def give_memory_back() -> None:
    """What was read with pyarrow is held in its own pool, also when nothing needs it any more: 86 MB of 100,000 people."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()


def _parquet_cells(column: Any) -> Cells:
    import pyarrow as pa  # as above

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):  # whoever wrote it had nothing to put in
        column = column.cast(pa.string())
    coded = column.dictionary_encode("encode").combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # what has no rows has no chunks
        coded = pa.array([], pa.string()).dictionary_encode()
    return Cells(["" if value is None else as_text(value) for value in coded.dictionary.to_pylist()], coded.indices.to_numpy())  # fmt: skip


def as_text(value: object) -> str:
    """A number as its owner would write it: 12.0 is 12, true is 1."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return str(value)
