"""Bad input is refused whole, with every fault and its mend; and whatever is written is read back the same."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from moothall.planner import BundleError, read_bundle, write_bundle, write_template
from tests.factories.bundles import city, small_city, write_city

Spoil = Callable[[dict[str, Any]], None]


def _set(table: str, row: int, column: str, value: object) -> Spoil:
    def spoil(tables: dict[str, Any]) -> None:
        tables[table][row][column] = value

    return spoil


def _add(table: str, row: int) -> Spoil:
    def spoil(tables: dict[str, Any]) -> None:
        tables[table].append(dict(tables[table][row]))

    return spoil


def _cycle(tables: dict[str, Any]) -> None:
    tables["courses"][0]["prerequisite"] = "numbers"


CELLS: dict[str, tuple[Spoil, str]] = {
    "unknown reference": (_set("teams", 0, "organisation", "nobody"), "teams, row 2, column organisation: 'nobody' is not in the table organisations."),
    "unknown person": (_set("needs", 3, "person", "p99"), "needs, row 5, column person: 'p99' is not in the table people."),
    "empty reference": (_set("people", 0, "team", ""), "people, row 2, column team: the cell is empty."),
    "duplicate name": (_add("courses", 0), "courses, row 4, column course: 'writing' stands here a second time. It is already in row 2"),
    "duplicate pair": (_add("needs", 0), "needs, row 14, column skill: this pair stands here a second time. It is already in row 2"),
    "negative": (_set("courses", 0, "cost_run", -5), "courses, row 2, column cost_run: -5 is negative."),
    "missing": (_set("needs", 0, "weight", ""), "needs, row 2, column weight: the number is missing."),
    "NaN": (_set("needs", 0, "weight", "NaN"), "needs, row 2, column weight: NaN is not a number."),
    "infinite": (_set("needs", 0, "weight", "inf"), "needs, row 2, column weight: inf is not a number."),
    "decimal comma": (_set("courses", 1, "cost_head", "2,25"), "courses, row 3, column cost_head: '2,25' has a decimal comma. Write 2.25."),
    "thousands": (_set("courses", 1, "cost_run", "1 500"), "courses, row 3, column cost_run: '1 500' is not a number."),
    "underscore": (_set("courses", 1, "cost_run", "1_500"), "column cost_run: '1_500' is not a number."),
    "other digits": (_set("courses", 1, "cost_run", "١٥"), "column cost_run: '١٥' is not a number."),
    "fraction": (_set("people", 2, "half_days", "2.5"), "people, row 4, column half_days: 2.5 is not a whole number."),
    "fraction of a penny": (_set("courses", 0, "cost_head", "1.005"), "courses, row 2, column cost_head: 1.005 has more than two decimals."),
    "huge": (_set("courses", 0, "cost_run", "9" * 30), "is too large."),
    "endless course": (_set("courses", 0, "half_days", 10**9), "courses, row 2, column half_days: 1000000000 is too many. The most is 4000."),
    "short pattern": (_set("people", 1, "free", "11111"), "people, row 3, column free: the pattern is 5 long. Give 10 signs (one week, repeated) or 20"),
    "odd pattern": (_set("trainers", 0, "free", "1111x11111"), "trainers, row 2, column free: '1111x11111' has other signs"),
    "circle": (_cycle, "courses, row 2, column prerequisite: courses require each other in a circle: writing needs numbers needs writing."),
    "unknown word": (_set("people", 0, "prefers", "zoom"), "people, row 2, column prefers: 'zoom' is not known here. Write any or in_person or online."),
    "not a flag": (_set("courses", 0, "online", "yes"), "courses, row 2, column online: 'yes' is neither 0 nor 1."),
    "empty name": (_set("venues", 0, "venue", ""), "venues, row 2, column venue: the name is missing."),
    "impossible group": (_set("courses", 0, "min_group", 7), "courses, row 2, column max_group: the largest group is smaller than min_group."),
}  # fmt: skip


def faults_of(path: Path) -> str:
    with pytest.raises(BundleError) as caught:
        read_bundle(path)
    return str(caught.value)


@pytest.mark.parametrize("name", CELLS)
def test_a_bad_cell_is_named_with_table_row_column_and_mend(name: str, tmp_path: Path) -> None:
    spoil, words = CELLS[name]
    tables = small_city()
    spoil(tables)
    assert words in faults_of(write_city(tmp_path, tables))


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    tables = small_city()
    for name, (spoil, _) in CELLS.items():
        if name not in (
            "circle",
            "missing",
            "NaN",
            "fraction of a penny",
            "huge",
            "thousands",
            "underscore",
            "decimal comma",
        ):
            spoil(tables)
    text = faults_of(write_city(tmp_path, tables))
    for table in ("teams", "people", "courses", "needs", "venues", "trainers"):
        assert f"\n  {table}, row" in text


def test_the_first_hundred_faults_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    tables = small_city()
    tables["needs"] = [{"person": f"x{i}", "skill": "figures", "weight": 10} for i in range(150)]
    text = faults_of(write_city(tmp_path, tables))
    assert "150 faults found" in text
    assert "... and 50 more." in text
    assert len(text.splitlines()) == 102


PLANNING: dict[str, tuple[dict[str, Any], str]] = {
    "version": ({"version": 2}, "planning, column version: version '2' is not known."),
    "no budget": ({"budget": None}, "planning, column budget: this is missing."),
    "negative budget": ({"budget": -1}, "planning, column budget: -1 is negative."),
    "weeks": ({"weeks": 0}, "planning, column weeks: 0 is too few."),
    "true weeks": ({"weeks": True}, "planning, column weeks: 'True' is not a number."),
    "cover": ({"cover": 1.5}, "planning, column cover: 1.5 is more than the whole."),
    "start": ({"starts_on": "2027-01-12"}, "planning, column starts_on: 2027-01-12 is a Tuesday."),
    "zone": ({"timezone": "Europe/Fenbridge"}, "'Europe/Fenbridge' is not a time zone."),
    "zone path": ({"timezone": "../../etc/passwd"}, "is not a time zone."),
    "times": ({"half_day_times": [["9", "12:30"]]}, "is not a pair of times."),
    "times overlap": ({"half_day_times": [["09:30", "12:30"], ["12:00", "15:00"]]}, "the half-days of a day overlap."),
    "closed": ({"closed_on": ["2027-13-01"]}, "'2027-13-01' is not a day."),
    "closed without start": ({"closed_on": ["2027-01-13"], "starts_on": None}, "it is not known when the term starts."),
    "unknown rule": (
        {"requires": ["step_free", "lunch"]},
        "these rules are not known to this planner: lunch, step_free.",
    ),
    "currency": ({"currency": "pounds"}, "'pounds' is not a currency."),
    "endless": ({"weeks": 500, "half_days_per_week": 70}, "more than 4,000 half-days"),
}


@pytest.mark.parametrize("name", PLANNING)
def test_a_bad_setting_is_named_with_its_mend(name: str, tmp_path: Path) -> None:
    changed, words = PLANNING[name]
    assert words in faults_of(write_city(tmp_path, **changed))


def test_days_that_are_closed_are_free_for_nobody(tmp_path: Path) -> None:
    problem = city(
        tmp_path, closed_on=["2027-01-13", "2027-01-16", "2027-06-01"]
    )  # a Wednesday, a Saturday, after the term
    for free in (problem.person_free, problem.venue_free, problem.trainer_free):
        assert not free[:, 4:6].any()
        assert free[:, 14:16].any()


# -- files


def spoil_file(folder: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    path = folder / name
    path.write_bytes(change(path.read_bytes()))
    return folder


def test_bytes_that_are_not_utf8_are_refused_with_their_row(tmp_path: Path) -> None:
    folder = spoil_file(
        write_city(tmp_path), "venues.csv", lambda b: b.replace(b"library", "bibliothèque".encode("cp1252"))
    )
    assert "venues, row 2: byte 0xe8 is not UTF-8" in faults_of(folder)


def test_a_byte_order_mark_is_accepted_as_excel_writes_one(tmp_path: Path) -> None:
    plain = city(tmp_path).input_hash
    for name in ("people.csv", "datapackage.json"):
        spoil_file(tmp_path, name, lambda b: b"\xef\xbb\xbf" + b)
    assert read_bundle(tmp_path).input_hash == plain


def test_windows_line_ends_and_blank_last_lines_are_accepted(tmp_path: Path) -> None:
    plain = city(tmp_path).input_hash
    spoil_file(tmp_path, "people.csv", lambda b: b.replace(b"\n", b"\r\n") + b"\r\n")
    assert read_bundle(tmp_path).input_hash == plain


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("people.csv", lambda b: b.replace(b"p4", b"p\0"), "people, row 6: there is a NUL byte here"),
        ("people.csv", lambda b: b.replace(b"p4,", b'"p4,'), "people, row"),
        (
            "people.csv",
            lambda b: b.replace(b"area", b"place", 1),
            "people, row 1, column area: this column is missing.",
        ),
        ("people.csv", lambda b: b.replace(b"p4,", b"p4,more,"), "people, row 6: this row has 7 cells, the header 6."),
        ("datapackage.json", lambda b: b[:-1], "datapackage.json, row 1: this is not JSON"),
        ("datapackage.json", lambda b: b"[" * 100_000, "nested too deeply"),
        ("datapackage.json", lambda b: b.replace(b"2000", b"9" * 5000), "this is not usable JSON"),
        ("datapackage.json", lambda b: b"[]", "this is not a JSON object"),
        ("datapackage.json", lambda b: b.replace(b'"planning"', b'"plan"'), "the planning object is missing"),
        (
            "datapackage.json",
            lambda b: b.replace(b"people.csv", b"../people.csv"),
            "people: its path '../people.csv' leaves the bundle.",
        ),
        (
            "datapackage.json",
            lambda b: b.replace(b"people.csv", b"/etc/passwd"),
            "people: its path '/etc/passwd' leaves the bundle.",
        ),
        (
            "datapackage.json",
            lambda b: b.replace(b"people.csv", b"nobody.csv"),
            "people: the file nobody.csv could not be read (it is not there).",
        ),
        (
            "datapackage.json",
            lambda b: b.replace(b'{"name": "venues", "path": "venues.csv"}, ', b""),
            "venues: this table is missing.",
        ),
    ],
)
def test_a_bad_file_is_refused_in_words(
    name: str, change: Callable[[bytes], bytes], words: str, tmp_path: Path
) -> None:
    assert words in faults_of(spoil_file(write_city(tmp_path), name, change))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = write_city(tmp_path / "city")
    (folder / "venues.csv").rename(tmp_path / "outside.csv")
    (folder / "venues.csv").symlink_to(tmp_path / "outside.csv")
    assert "lies outside the bundle" in faults_of(folder)


@pytest.mark.parametrize("table", ["done", "venues", "reach", "needs", "skills", "trainers"])
def test_a_table_of_which_there_is_nothing_may_have_only_its_header(table: str, tmp_path: Path) -> None:
    tables = small_city()
    tables[table] = []
    if table == "skills":
        tables["needs"] = tables["course_skills"] = []
    if table == "trainers":
        tables["trainer_courses"] = []
    assert city(tmp_path, tables) is not None


def test_a_city_without_people_is_refused(tmp_path: Path) -> None:
    tables = small_city()
    tables["people"] = tables["needs"] = tables["done"] = []
    assert "people: this table has no rows." in faults_of(write_city(tmp_path, tables))


# -- zips


def zip_of(folder: Path, extra: Callable[[zipfile.ZipFile], None] = lambda z: None, *, inside: str = "") -> Path:
    path = folder.parent / "city.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in folder.iterdir():
            archive.write(each, f"{inside}{each.name}")
        extra(archive)
    return path


def test_a_zip_of_the_folder_or_of_its_files_is_read(tmp_path: Path) -> None:
    folder = write_city(tmp_path / "city")
    plain = read_bundle(folder).input_hash
    assert read_bundle(zip_of(folder)).input_hash == plain
    assert read_bundle(zip_of(folder, inside="my city/")).input_hash == plain


def test_two_hundred_megabytes_of_zeros_are_refused_unread(tmp_path: Path) -> None:
    def add_zeros(archive: zipfile.ZipFile) -> None:
        with archive.open("zeros.csv", "w") as out:
            for _ in range(200):
                out.write(bytes(1 << 20))

    assert "it unpacks to 210 MB, more than 60 times its packed size" in faults_of(
        zip_of(write_city(tmp_path / "city"), add_zeros)
    )


def test_a_path_that_leaves_the_zip_and_a_link_in_it_are_refused(tmp_path: Path) -> None:
    def add_both(archive: zipfile.ZipFile) -> None:
        archive.writestr("../evil.csv", "x")
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    text = faults_of(zip_of(write_city(tmp_path / "city"), add_both))
    assert "file ../evil.csv: this path leaves the zip." in text
    assert "file link.csv: this is a link, not a file." in text


def test_things_that_are_no_bundle_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "text.csv").write_text("hello")
    (tmp_path / "empty.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    damaged = zip_of(write_city(tmp_path / "city"))
    content = bytearray(damaged.read_bytes())
    content[60:70] = b"\xff" * 10
    damaged.write_bytes(bytes(content))
    assert "there is no such file or folder" in faults_of(tmp_path / "nowhere")
    assert "neither a folder, a zip nor an .xlsx workbook" in faults_of(tmp_path / "text.csv")
    assert "there is no datapackage.json in this zip" in faults_of(tmp_path / "empty.zip")
    assert "could not be read" in faults_of(damaged)
    (tmp_path / "folder").mkdir()
    assert "datapackage.json could not be read (it is not there)" in faults_of(tmp_path / "folder")


# -- workbooks and Parquet


@pytest.mark.parametrize("target", ["folder", "folder-parquet", "city.zip", "city.xlsx"])
def test_what_is_written_is_read_back_the_same(target: str, tmp_path: Path) -> None:
    problem = city(tmp_path / "made", closed_on=["2027-01-13"])
    write_bundle(tmp_path / target, problem, parquet=target.endswith("parquet"))
    assert read_bundle(tmp_path / target).input_hash == problem.input_hash


def test_a_parquet_column_with_nothing_in_it_is_empty(tmp_path: Path) -> None:
    """Whoever writes one without a single value gives it no type."""
    tables = {**small_city(), "done": []}
    write_bundle(tmp_path / "p", city(tmp_path / "made", tables), parquet=True)
    nothing = pa.table({"person": pa.nulls(0), "course": pa.nulls(0)})
    pq.write_table(nothing, tmp_path / "p" / "done.parquet")
    areas = pq.read_table(tmp_path / "p" / "areas.parquet")
    pq.write_table(areas.append_column("name", pa.nulls(len(areas))), tmp_path / "p" / "areas.parquet")
    problem = read_bundle(tmp_path / "p")
    assert not problem.done.any()


def test_a_parquet_table_that_is_none_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path / "p", city(tmp_path / "made"), parquet=True)
    (tmp_path / "p" / "people.parquet").write_bytes(b"PAR1 nothing")
    assert "people: this is not a Parquet file" in faults_of(tmp_path / "p")


def spoilt_workbook(tmp_path: Path, sheet: str, cell: str, value: object) -> Path:
    path = tmp_path / "city.xlsx"
    write_bundle(path, city(tmp_path / "made"))
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "words"),
    [
        (
            "needs",
            "C2",
            "=3*10",
            "needs, row 2, column weight: this cell holds a formula (=3*10). Paste it as a value.",
        ),
        (
            "people",
            "F3",
            101010101,
            "people, row 3, column free: this cell is a number, and a spreadsheet drops the zeros at its front.",
        ),
        ("needs", "C3", "1,5", "needs, row 3, column weight: '1,5' has a decimal comma."),
        ("planning", "B5", "ten", "planning, column budget: 'ten' is not a number."),
        ("venues", "C1", "seats", "venues, row 1, column capacity: this column is missing."),
    ],
)
def test_a_bad_cell_of_a_workbook_is_named(sheet: str, cell: str, value: object, words: str, tmp_path: Path) -> None:
    assert words in faults_of(spoilt_workbook(tmp_path, sheet, cell, value))


def test_numbers_and_dates_that_a_spreadsheet_made_are_understood(tmp_path: Path) -> None:
    import datetime as dt

    path = spoilt_workbook(tmp_path, "needs", "C2", 10.0)
    book = openpyxl.load_workbook(path)
    rows = {row[0].value: row[1] for row in book["planning"].iter_rows()}
    rows["starts_on"].value = dt.date(2027, 1, 11)
    rows["weeks"].value = 2
    book.save(path)
    assert read_bundle(path).input_hash == read_bundle(tmp_path / "made").input_hash


def test_the_template_becomes_a_city_when_its_example_rows_are_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "city.xlsx"
    write_template(path)
    assert "people: this table has no rows." in faults_of(path)
    book = openpyxl.load_workbook(path)
    notes = [[cell.value or "" for cell in row] for row in book["notes"].iter_rows(max_col=4)]
    assert next(row[:2] for row in notes if row[0] == "mornings") == ["mornings", "1010101010"]
    table = ""
    for first, column, example, _ in notes[notes.index(["table", "column", "example", "what it means"]) + 1 :]:
        table = first or table
        if column:
            header = [cell.value for cell in book[table][1]]
            book[table].cell(2, header.index(column) + 1, example)
    book["planning"]["B2"] = "1"
    book.save(path)
    problem = read_bundle(path)
    assert problem.people == ("p001",)
    assert problem.course_cost_head.tolist() == [1250]


def test_json_is_written_as_a_data_package(tmp_path: Path) -> None:
    write_bundle(tmp_path / "out", city(tmp_path / "made"))
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text())
    assert {resource["name"] for resource in package["resources"]} == set(small_city())
    assert all(field["type"] in ("string", "number") for r in package["resources"] for field in r["schema"]["fields"])
    assert (
        io.StringIO((tmp_path / "out" / "people.csv").read_text()).readline()
        == "person,team,area,half_days,prefers,free\n"
    )


def test_names_of_organisations_and_courses_are_kept_and_names_of_people_refused(tmp_path: Path) -> None:
    tables = small_city()
    for row in tables["organisations"]:
        row["name"] = f"The {row['organisation']}"
    problem = city(tmp_path / "made", tables)
    assert problem.described("organisations", "name", 0) == "The council"
    assert problem.described("courses", "name", 0) == ""
    for target in ("again", "again.xlsx", "parquet"):
        write_bundle(tmp_path / target, problem, parquet=target == "parquet")
        assert read_bundle(tmp_path / target).described("organisations", "name", 1) == "The charity"
    for row in tables["people"]:
        row["Email"] = "a@example.org"
    assert "people, row 1, column Email: this says who somebody is. Remove the column" in faults_of(
        write_city(tmp_path / "bad", tables)
    )


def test_parquet_columns_that_are_written_as_dictionaries_are_read_too(tmp_path: Path) -> None:
    """As pandas writes its categories; an empty cell in one is empty."""
    write_bundle(tmp_path / "city", city(tmp_path / "made"), parquet=True)
    for name in ("people", "courses"):
        path = tmp_path / "city" / f"{name}.parquet"
        table = pq.read_table(path)
        coded = [
            pa.array([cell or None for cell in table.column(head).to_pylist()]).dictionary_encode() for head in table.column_names
        ]  # fmt: skip
        pq.write_table(pa.table(dict(zip(table.column_names, coded))), path)
    assert read_bundle(tmp_path / "city").input_hash == city(tmp_path / "made").input_hash
