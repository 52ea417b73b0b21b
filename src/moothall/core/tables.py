"""Tables that people give: CSV in whatever encoding a spreadsheet wrote it, or the first sheet of a workbook. All cells as text.

And tables that people are given: whatever a cell begins with, no spreadsheet takes it for a formula.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from .errors import DomainError
from .files import CSV, JSON, XLSX, kind_of

MOST_ROWS = 50_000
MOST_COLUMNS = 100
LONGEST_CELL = 2_000
MOST_UNPACKED = 300_000_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")


class CannotReadTable(DomainError):
    """This is not a table that can be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it. Row i of `rows` is row `numbers[i]` in a spreadsheet (the header is row 1)."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


def read_table(content: bytes) -> Table:
    """Raises CannotReadTable."""
    kind = kind_of(content)
    if kind not in (XLSX, CSV, JSON):
        raise CannotReadTable(_("This is neither text nor a workbook. Save it as CSV (UTF-8) or as .xlsx."))
    raw = _workbook_rows(content) if kind == XLSX else _csv_rows(content)
    numbered = [(number, [cell.strip() for cell in row]) for number, row in enumerate(raw, 1)]
    filled = [(number, row) for number, row in numbered if any(row)]
    if not filled:
        raise CannotReadTable(
            _(
                "The file has no rows. It needs a first row with the names of the columns, and a row for each person or thing."
            )
        )
    header = tuple(filled[0][1])
    while header and not header[-1]:
        header = header[:-1]
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise CannotReadTable(
            _("Two columns are called %(name)s. Give each column its own name.") % {"name": doubled[0][:60]}
        )
    if len(header) > MOST_COLUMNS:
        raise CannotReadTable(
            _("The file has more than %(most)d columns. Leave out what is not needed.") % {"most": MOST_COLUMNS}
        )
    if len(filled) - 1 > MOST_ROWS:
        raise CannotReadTable(
            _("The file has more than %(most)s rows. Split it into several.") % {"most": f"{MOST_ROWS:,}"}
        )
    width = len(header)
    rows = []
    for number, row in filled[1:]:
        if any(len(cell) > LONGEST_CELL for cell in row) or any("\0" in cell for cell in row):
            raise CannotReadTable(
                _("Row %(row)d has a cell that is too long or holds what is not text. Mend it there.") % {"row": number}
            )
        if any(row[width:]):
            raise CannotReadTable(
                _(
                    "Row %(row)d has more cells than there are columns. Put text that contains a comma in quotation marks."
                )
                % {"row": number}
            )
        rows.append(tuple((row + [""] * width)[:width]))
    return Table(header, tuple(rows), tuple(number for number, _row in filled[1:]))


def _csv_rows(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    if "\0" in text:
        raise CannotReadTable(_("This is not a text file. Save it as CSV (UTF-8) or as an Excel workbook (.xlsx)."))
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise CannotReadTable(
            _("This is not usable CSV (%(why)s). Save it anew from your spreadsheet.") % {"why": error}
        ) from error


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 by their marks, UTF-8 without, and Windows' own where it is none of these."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"", "utf-8"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    return content.decode("cp1252", errors="replace")


def _workbook_rows(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_UNPACKED:
                raise CannotReadTable(_("The workbook is too large when unpacked. Save the one sheet as CSV."))
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows: list[list[str]] = []
        for row in sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True):
            rows.append([_cell(value) for value in row])
            if len(rows) > MOST_ROWS * 2:
                break
        return rows
    except CannotReadTable:
        raise
    except Exception as error:  # openpyxl raises whatever it stumbles over
        raise CannotReadTable(_("This workbook could not be read. Save it anew as .xlsx, or as CSV.")) from error


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def inert(cell: object) -> str:
    """A cell as text that no spreadsheet calculates: an apostrophe before what it would take for a formula."""
    text = str(cell)
    risky = text.startswith(FORMULA) and not text.lstrip("+-").replace(".", "", 1).isdecimal()
    return f"'{text}" if risky else text


WRITTEN = "text/csv; charset=utf-8"
"""What `written` makes."""


def written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV that opens in any spreadsheet (UTF-8 with its mark), every cell inert."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([inert(cell) for cell in header])
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
