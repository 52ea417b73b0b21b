"""Reading a workbook: every sheet a table of text, formulas and dropped zeros reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import BundleError, Fault
from .raw import FAULTED, RawBundle, as_text, take_records
from .tables import BY_NAME

MOST_WORKBOOK_ROWS = 400_000


def read_workbook(path: Path) -> RawBundle:
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
                take_records(raw, name, header, zip(rows, records))
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
            raise ValueError(f"it has more than {MOST_WORKBOOK_ROWS:,} rows, or a stray cell far down")
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
                texts.append("" if cell.value is None else as_text(cell.value))
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
