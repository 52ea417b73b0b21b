"""The workbook: a sheet a table, settings on a sheet of their own, and notes that say what goes where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from .bundles import heads_of
from .tables import SETTINGS, TABLES

PATTERNS = (
    ("every half-day", "1111111111"),
    ("mornings", "1010101010"),
    ("afternoons", "0101010101"),
    ("Monday to Wednesday", "1111110000"),
    ("Wednesday to Friday", "0000111111"),
    ("not on Fridays", "1111111100"),
    ("Tuesday and Thursday", "0011001100"),
    ("never", "0000000000"),
)
TEXT = "@"
EMPTY_ROWS = 500


def write_workbook(path: Path, tables: Mapping[str, Mapping[str, Sequence[Any]]], settings: Mapping[str, str]) -> None:
    """All cells are text, so that no spreadsheet program drops a zero or makes a date of a name."""
    book = Workbook()
    _notes(book.active)
    planning = book.create_sheet("planning")
    _header(planning, ["key", "value", "what it means"], [24, 30, 90])
    for number, setting in enumerate(SETTINGS, 2):
        _row(
            planning,
            number,
            [
                setting.name,
                settings.get(setting.name, ""),
                setting.note + ("" if setting.required else " May be empty."),
            ],
        )
    for table in TABLES:
        if table.optional and table.name not in tables and tables:
            continue
        sheet = book.create_sheet(table.name)
        columns = tables.get(table.name, {})
        names = heads_of(table, columns)
        _header(sheet, names, [max(14, len(name) + 3) for name in names])
        rows = list(zip(*(columns[name] for name in names))) if columns else []
        for number, row in enumerate(rows, 2):
            _row(sheet, number, row)
        if not rows:
            for cells in sheet.iter_rows(min_row=2, max_row=EMPTY_ROWS, max_col=len(table.columns)):
                for cell in cells:
                    cell.number_format = TEXT
    book.save(path)


def write_template(path: Path) -> None:
    """An empty city: every table with its header, sensible settings, and the notes with an example row for each table."""
    write_workbook(path, {}, {setting.name: setting.example for setting in SETTINGS})


def _notes(sheet: Worksheet) -> None:
    sheet.title = "notes"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 18
    sheet.column_dimensions["C"].width, sheet.column_dimensions["D"].width = 34, 90
    lines: list[tuple[str, ...]] = []
    strong_lines: list[int] = []

    def line(*cells: str, strong: bool = False) -> None:
        lines.append(cells)
        if strong:
            strong_lines.append(len(lines))

    line("A city's term of training, as one workbook", strong=True)
    line("Fill in the sheets after this one, then run: moothall plan city.xlsx --out plan")
    line("Nothing on this sheet is read. Keep the headers as they are; keep all cells as text; use no formulas.")
    line("Use pseudonyms for people and trainers: never a name, a mail address or a date of birth.")
    line("")
    line("Patterns for the columns called free (Monday morning, Monday afternoon, Tuesday morning, ...)", strong=True)
    for name, pattern in PATTERNS:
        line(name, pattern)
    line("")
    line("table", "column", "example", "what it means", strong=True)
    for table in TABLES:
        line(table.name, "", "", table.note + (" May be empty." if table.may_be_empty else ""), strong=True)
        for column in table.columns:
            line("", column.name, column.example, column.note)
    for number, cells in enumerate(lines, 1):
        _row(sheet, number, cells)
    for number in strong_lines:
        for cell in sheet[number]:
            cell.font = Font(bold=True)


def _header(sheet: Worksheet, names: Sequence[str], widths: Sequence[int]) -> None:
    _row(sheet, 1, names)
    for cell, width in zip(sheet[1], widths):
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8E1EE")
        cell.alignment = Alignment(vertical="top")
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.freeze_panes = "A2"


def _row(sheet: Worksheet, number: int, cells: Sequence[Any]) -> None:
    for place, value in enumerate(cells, 1):
        cell = sheet.cell(number, place)
        cell.value = str(value)
        cell.data_type = "s"
        cell.number_format = TEXT
