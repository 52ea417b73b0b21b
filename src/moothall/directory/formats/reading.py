"""A file of any form that is known, by its content."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from moothall.core.errors import DomainError
from moothall.core.files import CSV, JSON, XLSX, ZIP, kind_of
from moothall.core.tables import CannotReadTable, read_table

from . import openreferral, registers
from .rows import DirectoryRows

MOST_FILES = 500
MOST_UNPACKED = 300_000_000


class CannotReadDirectory(DomainError):
    """The file holds no organisations or services in a form that is known here; the message says what it needs."""


def read_directory(content: bytes, name: str = "") -> DirectoryRows:
    """Raises CannotReadDirectory where nothing in it can be understood; what is wrong with single rows is in `faults`."""
    found = DirectoryRows(source=name)
    kind = kind_of(content)
    if kind == ZIP:
        _read_zip(content, found)
    elif kind == JSON:
        _read_json(_parsed(content, name), found)
    elif kind in (CSV, XLSX):
        if not registers.read(_table(content), found):
            raise CannotReadDirectory(_("The file has no column with names of organisations. Call it “name”."))
    else:
        raise CannotReadDirectory(_("This is neither a table, nor JSON, nor a zip of these."))
    if not found.bodies and not found.services and not found.faults:
        raise CannotReadDirectory(_("There are no organisations and no services in it."))
    return found


def _table(content: bytes) -> list[tuple[int, Mapping[str, object]]]:
    try:
        table = read_table(content)
    except CannotReadTable as error:
        raise CannotReadDirectory(str(error)) from error
    return [(number, dict(zip(table.header, row))) for number, row in zip(table.numbers, table.rows)]


def _parsed(content: bytes, name: str) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CannotReadDirectory(_("%(name)s is not usable JSON (%(why)s).") % {"name": name or _("The file"), "why": str(error)[:120]}) from error  # fmt: skip


def _read_json(data: Any, found: DirectoryRows) -> None:
    tables = _tables_of(data)
    if tables is not None:
        openreferral.read(openreferral.from_tables(tables), found)
    elif openreferral.is_open_referral(data):
        openreferral.read(data, found)
    elif not any(registers.read(rows, found, sure=False) for rows in _lists_of(data)):
        raise CannotReadDirectory(
            _("This JSON is neither Open Referral (HSDS 3) nor a list of organisations with names.")
        )


def _tables_of(data: Any) -> dict[str, list[dict[str, str]]] | None:
    """HSDS's tables in one JSON object, called as its CSV files are."""
    if not isinstance(data, dict) or not any(key.removesuffix(".csv") in ("organizations", "services") and isinstance(rows, list) for key, rows in data.items() if isinstance(key, str)):  # fmt: skip
        return None
    if "id" in data:
        return None
    return {key.removesuffix(".csv"): [each for each in rows if isinstance(each, dict)] for key, rows in data.items() if isinstance(rows, list)}  # fmt: skip


def _lists_of(data: Any) -> list[list[tuple[int, Mapping[str, object]]]]:
    """Lists of objects: the file itself, or what stands under its keys."""
    candidates = [data] if isinstance(data, list) else list(data.values()) if isinstance(data, dict) else []
    lists = [[each for each in rows if isinstance(each, dict)] for rows in candidates if isinstance(rows, list)]
    return [[(number, row) for number, row in enumerate(rows, 1)] for rows in lists if rows]


def _read_zip(content: bytes, found: DirectoryRows) -> None:
    tables: dict[str, list[dict[str, str]]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [each for each in archive.infolist() if not each.is_dir()]
        if len(members) > MOST_FILES or sum(each.file_size for each in members) > MOST_UNPACKED:
            raise CannotReadDirectory(_("The zip holds too much. Bring it in parts."))
        for member in sorted(members, key=lambda each: each.filename):
            name = member.filename.rpartition("/")[2]
            try:
                inside = archive.read(member)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
                raise CannotReadDirectory(_("%(name)s in the zip cannot be read.") % {"name": name}) from error
            if name.lower().endswith(".json"):
                _read_json(_parsed(inside, name), found)
            elif name.lower().endswith((".csv", ".tsv")) and inside.strip():
                rows = _table(inside)
                tables[name.rpartition(".")[0].lower()] = [
                    {key: str(value) for key, value in row.items()} for _number, row in rows
                ]
    if tables.keys() & {"organizations", "services"}:
        openreferral.read(openreferral.from_tables(tables), found)
    else:
        for table in tables.values():
            registers.read(list(enumerate(table, 2)), found)
