"""Tables from any spreadsheet are understood; tables for any spreadsheet are inert."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moothall.core import files, tables

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("MOOTHALL_SHARED", ROOT.parent / "shared"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_is_read_however_a_spreadsheet_wrote_it(encoding: str, delimiter: str) -> None:
    text = f"Name{delimiter}Team\r\nRenée Müller{delimiter}Front desk\r\n\r\nSam{delimiter}\r\n"
    table = tables.read_table(text.encode(encoding))
    assert table == tables.Table(("Name", "Team"), (("Renée Müller", "Front desk"), ("Sam", "")), (2, 4))


def test_a_workbook_s_first_sheet_is_read() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["Name", "Number"], ["Sam", 1007], [None, None], ["Ada", 7.5]):
        sheet.append(row)
    book.save(out)
    assert tables.read_table(out.getvalue()).rows == (("Sam", "1007"), ("Ada", "7.5"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\n\n", "no rows"),
        (b"a,a\n1,2\n", "Two columns are called a"),
        (b"a,b\n1,2,3\n", "Row 2 has more cells"),
        (b'a,b\n"1,2\n', "not usable CSV"),
        (b"a\n" + b"x" * 3000, "too long"),
        (b"PK\x03\x04nonsense", "."),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(tables.CannotReadTable, match=said):
        tables.read_table(content)


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
            min_size=2,
            max_size=2,
        ),
        max_size=6,
    )
)
def test_no_cell_that_is_given_out_is_a_formula(rows: list[list[str]]) -> None:
    written = tables.written(["a", "b"], rows).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(written, newline="")):
        for cell in row:
            dangerous = cell.startswith(tables.FORMULA) and not cell.lstrip("+-").replace(".", "", 1).isdecimal()
            assert not dangerous


@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the shared data is not here")
def test_naughty_strings_are_cells_like_any_other() -> None:
    found = next((SHARED / "data" / "malformed").rglob("blns.txt"), None)
    if found is None:
        pytest.skip("no list of naughty strings")
    lines = [
        line
        for line in found.read_text(encoding="utf-8", errors="replace").splitlines()
        if line and not line.startswith("#") and "\0" not in line
    ]
    written = tables.written(["text"], [[line] for line in lines])
    back = tables.read_table(written)
    assert len(back.rows) >= len([line for line in lines if line.strip()]) - 5


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\people.csv", "people.csv"),
        ("a\r\nX: y.csv", "aX_ y.csv"),
        ("", "file"),
        ("rtl\u202egpj.csv", "rtlgpj.csv"),
    ],
)
def test_a_file_s_name_is_a_name_and_nothing_else(name: str, safe: str) -> None:
    assert files.safe_name(name) == safe
