"""What an import of a directory would do: which bodies and services are known here already."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass

from moothall.core import imports
from moothall.core.models import Import, Work

from ..formats import BodyRow, DirectoryRows, read_directory
from ..models import Identifier, Organisation, Service, ServiceType

DIRECTORY = "directory"
"""The kind of import that takes organisations and services."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Counts of a preview, and the first rows."""

    source: str
    new_bodies: int
    known_bodies: int
    ended_bodies: int
    new_services: int
    known_services: int
    faults: tuple[imports.Fault, ...]
    fault_count: int
    bad_rows: int
    first_bodies: tuple[BodyRow, ...]

    @property
    def anything(self) -> bool:
        return bool(self.new_bodies or self.known_bodies or self.new_services or self.known_services)


def known_bodies(rows: DirectoryRows) -> dict[str, Organisation]:
    """By what their source calls them, a register's number, or their name: three queries."""
    by_key = {each.imported_id: each for each in Organisation.objects.filter(imported_id__in=list(rows.bodies))}
    wanted = {number: key for key, body in rows.bodies.items() for number in body.identifiers}
    numbers = Identifier.objects.filter(value__in={value for _scheme, value in wanted}).select_related("organisation")
    by_number = {
        wanted[each.scheme, each.value]: each.organisation for each in numbers if (each.scheme, each.value) in wanted
    }
    names = {each.name.casefold(): each for each in Organisation.objects.filter(refused_at__isnull=True)}
    by_name = {key: names[body.name.casefold()] for key, body in rows.bodies.items() if body.name.casefold() in names}
    return {**by_name, **by_number, **by_key}


def is_over(body: BodyRow, today: dt.date) -> bool:
    """It has ended and nothing took its place, so nobody can be sent there."""
    return body.to_on is not None and body.to_on <= today and not body.replaced_by


def effects_of(about: Import, today: dt.date, shown: int = 20) -> Effects:
    """Reads the file anew. Raises CannotReadDirectory."""
    rows = read_directory(bytes(about.file.content), about.file.name)
    good = rows.good()
    known = known_bodies(good)
    over = {key for key, body in good.bodies.items() if is_over(body, today)}
    services = set(Service.objects.filter(imported_id__in=list(good.services)).values_list("imported_id", flat=True))
    return Effects(
        rows.source, len(good.bodies.keys() - known.keys() - over), len(known.keys() - over), len(over), len(good.services) - len(services), len(services),
        tuple(rows.faults[:100]), len(rows.faults), len(rows.bad_rows()), tuple(good.bodies.values())[:shown],
    )  # fmt: skip


def directory_import_of(import_id: uuid.UUID) -> Import | None:
    return imports.import_of(import_id, kind=DIRECTORY, organisation=None)


def work_of_import(about: Import) -> Work | None:
    """The last work that takes it, or took it."""
    return Work.objects.filter(key=f"{DIRECTORY}:{about.id}").order_by("-made_at").first()


def type_by_words() -> dict[str, ServiceType]:
    """Every name and everyday phrase of the taxonomy, in simple letters: how imported services find their kind."""
    found: dict[str, ServiceType] = {}
    for kind in ServiceType.objects.order_by("pk"):
        for phrase in (kind.name, kind.key, *kind.synonyms):
            found.setdefault(simple(phrase), kind)
    return found


def simple(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
