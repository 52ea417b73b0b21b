"""Imports: a file is kept as it came, its columns are named, every row is judged before anything is stored; what is right is taken
only if asked, and the rest comes back as a file with reasons.

An area brings its columns and a judge; this module brings everything else.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from .errors import DomainError
from .files import CSV, XLSX, store
from .models import Import
from .tables import Table, written
from .types import ImportState

KEPT = dt.timedelta(days=30)


class CannotImport(DomainError):
    """The import cannot go on like this; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Column:
    """What an import can take. `known_as` are other names people give the same thing, in lower case."""

    name: str
    label: str | Promise
    hint: str | Promise = ""
    required: bool = False
    known_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one row is not taken, and what would mend it."""

    row: int
    column: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.column}: {self.problem} {self.mend}" if self.column else f"{self.problem} {self.mend}"


def open_import(
    *, kind: str, content: bytes, name: str, now: dt.datetime, owner: int | None, organisation: int | None
) -> Import:
    """Keeps the file for a month, whatever is in it. Raises CannotTakeFile."""
    file = store(content=content, name=name, now=now, wanted=(CSV, XLSX), owner=owner, keep=KEPT, most=20_000_000)
    return Import.objects.create(kind=kind, organisation_id=organisation, owner_id=owner, file=file, made_at=now)


def import_of(import_id: uuid.UUID, *, kind: str, organisation: int | None) -> Import | None:
    mine = Import.objects.filter(id=import_id, kind=kind, organisation_id=organisation)
    return mine.select_related("file", "rest").first()


def guess(columns: Sequence[Column], header: Sequence[str]) -> dict[str, str]:
    """Which of the file's columns is which, by their names: {column name: header}."""
    simple = {_simple(head): head for head in reversed(header) if head}
    found: dict[str, str] = {}
    for column in columns:
        for name in (column.name, str(column.label), *column.known_as):
            head = simple.get(_simple(name))
            if head and head not in found.values():
                found[column.name] = head
                break
    return found


def _simple(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def named(table: Table, columns: Sequence[Column], mapping: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """The rows by column name, with their numbers. Raises CannotImport where a column is missing or named twice."""
    missing = [str(column.label) for column in columns if column.required and not mapping.get(column.name)]
    if missing:
        raise CannotImport(_("Choose the column for: %(what)s.") % {"what": ", ".join(missing)})
    used = [head for head in mapping.values() if head]
    doubled = [head for head in used if used.count(head) > 1]
    if doubled:
        raise CannotImport(_("The column %(name)s is chosen twice. Choose it once.") % {"name": doubled[0]})
    at = {name: table.header.index(head) for name, head in mapping.items() if head in table.header}
    return [(number, {name: row[i] for name, i in at.items()}) for number, row in zip(table.numbers, table.rows)]


def remember(mapping: Mapping[str, str], *, about: Import) -> None:
    Import.objects.filter(id=about.id, state=ImportState.OPEN).update(mapping=dict(mapping))


def close(*, about: Import, table: Table, faults: Sequence[Fault], taken: int, now: dt.datetime) -> Import:
    """Notes what was taken, and keeps the rest as a file with a column of reasons. Called in the taking transaction."""
    rest = None
    if faults:
        why: dict[int, list[str]] = {}
        for fault in faults:
            why.setdefault(fault.row, []).append(str(fault))
        rows = [[*row, " ".join(why[number])] for number, row in zip(table.numbers, table.rows) if number in why]
        content = written([*table.header, _("Why this row was not taken")], rows)
        rest = store(content=content, name="rest.csv", now=now, wanted=(CSV,), owner=about.owner_id, keep=KEPT)
    refused = len({fault.row for fault in faults})
    Import.objects.filter(id=about.id).update(
        state=ImportState.TAKEN, taken_at=now, taken=taken, refused=refused, rest=rest
    )
    about.refresh_from_db()
    return about
