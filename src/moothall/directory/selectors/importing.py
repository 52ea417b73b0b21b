"""What an import of a directory would do: which bodies and services are known here already."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext as _

from moothall.core import imports
from moothall.core.models import Import

from ..formats import BodyRow, DirectoryRows, ServiceRow, read_directory
from ..models import Identifier, Organisation, RoleGrant, Service, ServiceType
from ..types import Role
from .actors import not_ended

Thing = TypeVar("Thing")
UNIQUE = 20
"""An id of so many letters is one that nobody else makes."""
DIRECTORY = "directory"
"""The kind of import that takes organisations and services."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A file held against what is here: what taking it would do. Bodies and services by their keys, without rows that have faults.

    A record that has administrators or that somebody assured, and a service that somebody assured, stay as they are written here.
    """

    rows: DirectoryRows
    """As they were read, with every fault."""
    bodies: dict[str, BodyRow]
    """All that are right and have not ended."""
    known: dict[str, Organisation]
    """Those of them that are here, and those that only services name."""
    kept: frozenset[str]
    ended: int
    """Bodies left out, because they ended with nothing in their place."""
    services: dict[str, ServiceRow]
    """To be taken."""
    known_services: dict[str, Service]
    kept_services: int

    @property
    def new_bodies(self) -> dict[str, BodyRow]:
        return {key: each for key, each in self.bodies.items() if key not in self.known}

    @property
    def changed_bodies(self) -> dict[str, BodyRow]:
        return {key: each for key, each in self.bodies.items() if key in self.known and key not in self.kept}

    @property
    def anything(self) -> bool:
        return bool(self.new_bodies or self.changed_bodies or self.services)


def looked_at(about: Import, today: dt.date) -> Looked:
    """Reads the file anew. Raises CannotReadDirectory."""
    rows = read_directory(bytes(about.file.content), about.file.name)
    good = rows.good()
    known = _known(good)
    for key, body in list(good.bodies.items()):
        here = known.get(key)
        if here is not None and here.imported_id == key and not _same(body, here):
            del good.bodies[key], known[key]
            rows.fault(
                body.row, "id", _("what has this id here is called %(name)s.") % {"name": here.name},
                _("If it is the same, rename it here first; if not, give it another id: lists number from 1 anew."), body.name,
            )  # fmt: skip
    bodies = {key: each for key, each in good.bodies.items() if key in known or not is_over(each, today)}
    for key, row in list(good.services.items()):
        if row.body in bodies or row.body in known:
            continue
        del good.services[key]
        ended = row.body in good.bodies
        problem = _("its organisation has ended.") if ended else _("its organisation is not in the file as it should be, and not known here.")  # fmt: skip
        mend = _("Name the organisation that gives it now.") if ended else _("Bring the organisation with it, without faults.")  # fmt: skip
        rows.fault(row.row, "organization_id", problem, mend, row.raw)
    known_services = {each.imported_id: each for each in Service.objects.filter(imported_id__in=list(good.services))}
    services = {key: each for key, each in good.services.items() if not _is_kept(known_services.get(key))}
    keepers = set(RoleGrant.objects.filter(not_ended(today), role=Role.ADMINISTRATOR).values_list("organisation_id", flat=True))  # fmt: skip
    kept = frozenset(
        key for key, body in known.items() if key in bodies and (body.pk in keepers or body.assured_by_id is not None)
    )
    return Looked(
        rows, bodies, known, kept, len(good.bodies) - len(bodies), services, known_services, len(good.services) - len(services)
    )  # fmt: skip


def _same(row: BodyRow, here: Organisation) -> bool:
    """By its name or a register's number, besides the id: short ids of no register are used by many lists."""
    scheme, _, number = row.key.partition(":")
    if (
        row.name.casefold() == here.name.casefold()
        or scheme not in ("id", "reference", "hsds")
        or len(number) >= UNIQUE
    ):
        return True
    return bool(set(row.identifiers) & {(each.scheme, each.value) for each in here.identifiers.all()})


def _is_kept(service: Service | None) -> bool:
    return service is not None and service.assured_by_id is not None


def _known(rows: DirectoryRows) -> dict[str, Organisation]:
    """By what their source calls them, a register's number, or their name (only of those that are confirmed: anybody may set up a body
    of any name). Four queries."""
    keys = {*rows.bodies, *(each.body for each in rows.services.values())}
    by_key = {
        each.imported_id: each
        for each in Organisation.objects.filter(imported_id__in=keys).prefetch_related("identifiers")
    }
    wanted = {number: key for key, body in rows.bodies.items() for number in body.identifiers}
    numbers = Identifier.objects.filter(
        value__in={value for _scheme, value in wanted}, organisation__confirmed_at__isnull=False
    ).select_related("organisation")
    by_number = {
        wanted[each.scheme, each.value]: each.organisation for each in numbers if (each.scheme, each.value) in wanted
    }
    names = _alone((each.name, each) for each in Organisation.objects.filter(confirmed_at__isnull=False))
    theirs = _alone((body.name, key) for key, body in rows.bodies.items())
    by_name = {key: names[name] for name, key in theirs.items() if name in names}
    return {**by_name, **by_number, **by_key}


def _alone(named: Iterable[tuple[str, Thing]]) -> dict[str, Thing]:
    """By name in small letters, where only one has it: of two St Mary's Schools nobody knows which is which."""
    found: dict[str, list[Thing]] = {}
    for name, thing in named:
        found.setdefault(name.casefold(), []).append(thing)
    return {name: things[0] for name, things in found.items() if len(things) == 1}


def is_over(body: BodyRow, today: dt.date) -> bool:
    """It has ended and nothing took its place, so nobody can be sent there."""
    return body.to_on is not None and body.to_on <= today and not body.replaced_by


def directory_import_of(import_id: uuid.UUID) -> Import | None:
    return imports.import_of(import_id, kind=DIRECTORY, organisation=None)


def type_by_words() -> dict[str, ServiceType]:
    """Every name and everyday phrase of the taxonomy, in simple letters: how imported services find their kind."""
    found: dict[str, ServiceType] = {}
    for kind in ServiceType.objects.order_by("pk"):
        for phrase in (kind.name, kind.key, *kind.synonyms):
            found.setdefault(simple(phrase), kind)
    return found


def simple(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
