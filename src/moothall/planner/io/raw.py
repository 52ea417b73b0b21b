"""From files to tables of text: folders, zips and workbooks, CSV and Parquet, read with distrust.

Nothing here knows what a column means: that is `validate`. Faults are collected, not raised, so that one reading
tells all there is to mend.
"""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ..errors import BundleError, Fault
from .tables import BY_NAME, DESCRIBED, PERSONAL

MOST_UNPACKED = 1 << 30
MOST_RATIO = 150
MOST_JSON = 4 << 20
MOST_WORKBOOK_ROWS = 400_000

UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
"""What a file may raise that is missing, forbidden, damaged, or packed in a way Python does not know."""

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

    def fault(self, table: str, row: int | None, column: str, problem: str, mend: str) -> None:
        self.faults.append(Fault(table, row, column, problem, mend))


Open = Callable[[str], BinaryIO]


def read_raw(path: Path) -> RawBundle:
    """A folder with a datapackage.json, a zip of one, or an .xlsx workbook. Raises BundleError where nothing can be read."""
    if path.is_dir():
        return _read_package(lambda name: _open_inside(path, name), where=str(path))
    if not path.exists():
        raise BundleError(
            [Fault(str(path), None, "", "there is no such file or folder.", "Check the spelling of the path.")]
        )
    if not zipfile.is_zipfile(path):
        raise BundleError([Fault(path.name, None, "", "this is neither a folder, a zip nor an .xlsx workbook.",
                                 "Give the folder that holds datapackage.json, a zip of it, or a workbook made from `moothall template`.")])  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        _refuse_bad_archive(archive, path.name)
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return _read_workbook(path)
        roots = sorted(
            (name for name in names if PurePosixPath(name).name == "datapackage.json"), key=lambda name: name.count("/")
        )
        if not roots:
            raise BundleError(
                [
                    Fault(
                        path.name,
                        None,
                        "",
                        "there is no datapackage.json in this zip.",
                        "Zip the folder that holds it.",
                    )
                ]
            )
        root = str(PurePosixPath(roots[0]).parent)

        def open_member(name: str) -> BinaryIO:
            member = name if root == "." else f"{root}/{name}"
            if member not in names:
                raise FileNotFoundError(name)
            return archive.open(member)  # type: ignore[return-value]

        return _read_package(open_member, where=path.name)


def _refuse_bad_archive(archive: zipfile.ZipFile, where: str) -> None:
    """Refuses by the central directory alone, before a byte is unpacked: bombs, links, and paths that leave the zip.

    zipfile never yields more bytes of a member than its entry declares, so the declared sizes may be trusted as limits.
    """
    faults = []
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename[:3]:
            faults.append(
                Fault(
                    where,
                    None,
                    info.filename,
                    "this path leaves the zip.",
                    "Zip the folder itself, without absolute or parent paths.",
                )
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            faults.append(
                Fault(where, None, info.filename, "this is a link, not a file.", "Put the file itself into the zip.")
            )
        if info.flag_bits & 1:
            faults.append(Fault(where, None, info.filename, "this file is encrypted.", "Zip it without a password."))
        if info.file_size > 1 << 20 and info.file_size > MOST_RATIO * max(1, info.compress_size):
            faults.append(Fault(where, None, info.filename, f"it unpacks to {info.file_size / 1e6:,.0f} MB, more than {MOST_RATIO} times its packed size.",
                                "Zip only the bundle's tables; give a very large bundle as a folder."))  # fmt: skip
    total = sum(info.file_size for info in archive.infolist())
    if total > MOST_UNPACKED:
        faults.append(
            Fault(
                where,
                None,
                "",
                f"it unpacks to {total / 1e6:,.0f} MB; the most is {MOST_UNPACKED / 1e6:,.0f} MB.",
                "Give the bundle as a folder.",
            )
        )
    if faults:
        raise BundleError(faults)


def _open_inside(folder: Path, name: str) -> BinaryIO:
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise PermissionError(name)
    return target.open("rb")


def _read_package(open_file: Open, where: str) -> RawBundle:
    raw = RawBundle()
    try:
        with open_file("datapackage.json") as handle:
            content = handle.read(MOST_JSON + 1)
    except UNREADABLE as error:
        raise BundleError([Fault(where, None, "", f"datapackage.json could not be read ({_reason(error)}).",
                                 "Give the folder (or a zip of the folder) that holds datapackage.json and the tables.")]) from error  # fmt: skip
    package = _parse_package(content)
    planning = package.get("planning")
    if isinstance(planning, dict):
        raw.planning = planning
    else:
        raw.fault(
            "datapackage.json",
            None,
            "planning",
            "the planning object is missing.",
            "Add it, with version, weeks, budget and the rest (docs/planning.md).",
        )
    resources = package.get("resources")
    if not isinstance(resources, list):
        raw.fault(
            "datapackage.json",
            None,
            "resources",
            "the list of resources is missing.",
            "List each table with its name and path.",
        )
        resources = []
    seen: set[str] = set()
    for number, resource in enumerate(resources, 1):
        name, path = (resource.get("name"), resource.get("path")) if isinstance(resource, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(path, str):
            raw.fault(
                "datapackage.json",
                None,
                "resources",
                f"resource {number} has no name or no path.",
                'Write {"name": "people", "path": "people.csv"}.',
            )
            continue
        if name in seen:
            raw.fault("datapackage.json", None, "resources", f"the table {name} is listed twice.", "List it once.")
            continue
        seen.add(name)
        if name in BY_NAME:
            _read_resource(raw, name, path, open_file)
    return raw


def _parse_package(content: bytes) -> dict[str, Any]:
    table = "datapackage.json"
    if len(content) > MOST_JSON:
        raise BundleError(
            [
                Fault(
                    table,
                    None,
                    "",
                    "the file is larger than 4 MB.",
                    "It should hold names and settings only; the tables have their own files.",
                )
            ]
        )
    try:
        package = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BundleError([Fault(table, None, "", f"byte {error.start} is not UTF-8.", "Save it as UTF-8.")]) from error
    except json.JSONDecodeError as error:
        raise BundleError(
            [
                Fault(
                    table,
                    error.lineno,
                    "",
                    f"this is not JSON ({error.msg}, character {error.colno}).",
                    "Mend the brackets, quotes or commas there.",
                )
            ]
        ) from error
    except RecursionError as error:
        raise BundleError(
            [Fault(table, None, "", "the JSON is nested too deeply.", "It should hold names and settings only.")]
        ) from error
    if not isinstance(package, dict):
        raise BundleError(
            [
                Fault(
                    table,
                    None,
                    "",
                    "this is not a JSON object.",
                    "Start it with { and name its resources and planning.",
                )
            ]
        )
    return package


def _read_resource(raw: RawBundle, name: str, path: str, open_file: Open) -> None:
    pure = PurePosixPath(path.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts:
        raw.unreadable.add(name)
        raw.fault(
            name,
            None,
            "",
            f"its path {path!r} leaves the bundle.",
            "Put the file beside datapackage.json and name it from there.",
        )
        return
    try:
        with open_file(path) as handle:
            if pure.suffix.lower() == ".parquet":
                _read_parquet(raw, name, handle)
            else:
                _read_csv(raw, name, handle.read())
    except UNREADABLE as error:
        raw.unreadable.add(name)
        raw.fault(
            name,
            None,
            "",
            f"the file {path} could not be read ({_reason(error)}).",
            "Add it, or correct its path in datapackage.json.",
        )


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, PermissionError):
        return "it may not be read, or lies outside the bundle"
    return getattr(error, "strerror", None) or str(error)


def _read_csv(raw: RawBundle, name: str, content: bytes) -> None:
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
    _take_records(raw, name, header, records[1:], range(2, len(records) + 1))


def _take_records(
    raw: RawBundle, name: str, header: list[str], records: list[list[str]], rows: list[int] | range
) -> None:
    header = [cell.strip() for cell in header]
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


def _read_parquet(raw: RawBundle, name: str, handle: BinaryIO) -> None:
    import pyarrow as pa  # 0.2 s: only where Parquet is read
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(handle.read()))
    except (pa.ArrowException, OSError, ValueError) as error:
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
    wanted = [column.name for column in BY_NAME[name].columns]
    if name in DESCRIBED:
        wanted += [head for head in table.column_names if head not in wanted and table.column_names.count(head) == 1]
    for head in wanted:
        values = table.column(head).to_pylist()
        columns[head] = [
            "" if value is None else value if isinstance(value, str) else _as_text(value) for value in values
        ]
    raw.tables[name] = RawTable(name, columns, range(2, table.num_rows + 2))


def _as_text(value: object) -> str:
    """A number as its owner would write it: 12.0 is 12, true is 1."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return str(value)


def _read_workbook(path: Path) -> RawBundle:
    import openpyxl  # 0.2 s: only where a workbook is read

    raw = RawBundle()
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        raise BundleError(
            [
                Fault(
                    path.name,
                    None,
                    "",
                    f"this workbook could not be opened ({error}).",
                    "Open it in a spreadsheet program and save it as .xlsx.",
                )
            ]
        ) from error
    try:
        for sheet in book.worksheets:
            name = sheet.title.strip().lower()
            if name != "planning" and name not in BY_NAME:
                continue
            try:
                header, records, rows = _read_sheet(raw, name, sheet)
            except Exception as error:  # noqa: BLE001 - as above
                raw.unreadable.add(name)
                raw.fault(
                    name,
                    None,
                    "",
                    f"this sheet could not be read ({error}).",
                    "Open the workbook in a spreadsheet program and save it as .xlsx.",
                )
                continue
            if name == "planning":
                for record in [header, *records]:
                    if len(record) >= 2 and record[0].strip() and record[0].strip() != "key":
                        raw.planning[record[0].strip()] = record[1].strip()
            else:
                _take_records(raw, name, header, records, rows)
    finally:
        book.close()
    return raw


def _read_sheet(raw: RawBundle, name: str, sheet: Any) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the rows that are not empty, and where they stand. Formulas and dropped zeros are faults."""
    header: list[str] = []
    records: list[list[str]] = []
    rows: list[int] = []
    sheet.reset_dimensions()
    for row, cells in enumerate(sheet.iter_rows(), 1):
        if row > MOST_WORKBOOK_ROWS:
            raise ValueError(f"it has more than {MOST_WORKBOOK_ROWS:,} rows: use CSV or Parquet")
        texts = []
        for place, cell in enumerate(cells[:64]):
            head = header[place] if place < len(header) else ""
            if cell.data_type == "f":
                raw.fault(
                    name, row, head, f"this cell holds a formula ({str(cell.value)[:40]}).", "Paste it as a value."
                )
                texts.append(FAULTED)
            elif cell.data_type == "e":
                raw.fault(name, row, head, f"this cell holds an error ({cell.value}).", "Give a value.")
                texts.append(FAULTED)
            elif head == "free" and isinstance(cell.value, int | float):
                raw.fault(
                    name,
                    row,
                    head,
                    "this cell is a number, and a spreadsheet drops the zeros at its front.",
                    "Format the column as text and write the pattern again.",
                )
                texts.append(FAULTED)
            else:
                texts.append("" if cell.value is None else _as_text(cell.value))
        while texts and not texts[-1].strip():
            texts.pop()
        if not header:
            header = texts
        elif texts:
            if len(texts) < len(header):
                texts += [""] * (len(header) - len(texts))
            records.append(texts)
            rows.append(row)
    return header, records, rows
