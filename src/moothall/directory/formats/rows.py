"""What every form is read into: bodies, services, and what is wrong with the rows that are neither."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext as _

from moothall.core.imports import Fault

from ..types import OrganisationKind, Reach

LONGEST = 200
LONGEST_TEXT = 20_000
LONGEST_KEY = 100
DAY = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_is_url = URLValidator(schemes=["http", "https"])

Contact = tuple[Reach, str, str]
"""How, the number or address, a note."""


@dataclass(frozen=True, slots=True)
class BodyRow:
    """An organisation. `key` is what its source calls it, made unique by the source's name; `row` where it stands there (from 1)."""

    row: int
    key: str
    name: str
    kind: OrganisationKind
    about: str = ""
    website: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    contacts: tuple[Contact, ...] = ()
    part_of: str = ""
    replaced_by: tuple[str, ...] = ()
    to_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service of the body that `body` names by its key. `terms` are words of the source's taxonomy."""

    row: int
    key: str
    body: str
    name: str
    about: str = ""
    contacts: tuple[Contact, ...] = ()
    fees: str = ""
    eligibility: str = ""
    assured_on: dt.date | None = None
    ended: bool = False
    terms: tuple[str, ...] = ()
    raw: str = ""
    """As it came, to give back if its organisation turns out to be missing."""


@dataclass(slots=True)
class DirectoryRows:
    """All that a file holds: each body and each service once, and every fault with its row. `source` names where it comes from."""

    source: str = ""
    bodies: dict[str, BodyRow] = field(default_factory=dict)
    services: dict[str, ServiceRow] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    raw: dict[int, str] = field(default_factory=dict)
    """The rows with faults as they came, to give back."""
    read: int = 0
    """Rows so far: those of a second file are counted on from the first, so that a number names one row."""

    def add(self, row: BodyRow | ServiceRow) -> None:
        """What an API repeats (an organisation inside each of its services) is one; the same key with another name is a fault."""
        before: BodyRow | ServiceRow
        if isinstance(row, BodyRow):
            before = self.bodies.setdefault(row.key, row)
        else:
            before = self.services.setdefault(row.key, row)
        if (
            before is not row
            and before.row != row.row
            and (row.key.startswith("name:") or before.name.casefold() != row.name.casefold())
        ):
            self.fault(
                row.row, "id", _("row %(first)d has the same id: %(name)s.") % {"first": before.row, "name": before.name},
                _("Give each its own id, or take out the one that is too many."), row.name,
            )  # fmt: skip

    def fault(self, row: int, column: str, problem: str, mend: str, raw: str = "") -> None:
        self.faults.append(Fault(row, column, problem, mend))
        self.raw.setdefault(row, raw)

    def next_row(self) -> int:
        self.read += 1
        return self.read

    def bad_rows(self) -> set[int]:
        return {each.row for each in self.faults}

    def good(self) -> DirectoryRows:
        """Without the rows that have faults."""
        bad = self.bad_rows()
        return DirectoryRows(
            self.source, {key: each for key, each in self.bodies.items() if each.row not in bad}, {key: each for key, each in self.services.items() if each.row not in bad}
        )  # fmt: skip


def words(value: object, most: int = LONGEST_TEXT) -> str:
    """Any value as one text without what cannot be stored; nothing for nothing, lists and objects."""
    if value is None or isinstance(value, list | dict | bool):
        return ""
    text = str(value).replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return " ".join(text.split())[:most] if most <= LONGEST else text.strip()[:most]


def day_of(value: object) -> dt.date | None:
    """A day, or the first of a month or year. Raises ValueError for what is none; nothing for nothing."""
    text = words(value, 40)
    if not text:
        return None
    found = DAY.match(text)
    if found is None:
        raise ValueError(text)
    return dt.date(int(found[1]), int(found[2] or 1), int(found[3] or 1))


def contact_faults(contacts: list[Contact]) -> Iterator[tuple[str, str, str]]:
    """(field, problem, mend) of addresses that are none."""
    for reach, value, _note in contacts:
        try:
            if reach is Reach.MAIL:
                validate_email(value)
            elif reach is Reach.WEB:
                _is_url(value)
        except ValidationError:
            if reach is Reach.MAIL:
                yield "email", _("%(what)s is not a mail address.") % {"what": value[:60]}, _("Write it as name@example.org, or leave it out.")  # fmt: skip
            else:
                yield "url", _("%(what)s is not a web address.") % {"what": value[:60]}, _("Write it as https://www.example.org, or leave it out.")  # fmt: skip
