"""Whole directories taken in: looked at first, taken in one transaction by long work, the rest given back with reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit, files, imports
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.core.files import CSV, JSON, XLSX, ZIP
from moothall.core.models import Import, Work
from moothall.core.work import Tell

from ..formats import BodyRow
from ..models import ContactPoint, Identifier, Organisation, Relationship, Service
from ..policies import can_keep_directory
from ..selectors import actor_for_person
from ..selectors.importing import DIRECTORY, Looked, looked_at, simple, type_by_words
from ..types import OrganisationKind, Relation
from .organisations import RESERVED, unused
from .searching import index_all

MOST = 100_000_000
BATCH = 2_000


class CannotTakeDirectory(DomainError):
    """The import cannot be taken like this; the message says why."""


@transaction.atomic
def open_directory_import(*, actor: Actor, now: dt.datetime, content: bytes, name: str) -> Import:
    """Keeps the file for a month, whatever is in it. Raises Forbidden or CannotTakeFile."""
    _refuse(actor)
    file = files.store(
        content=content, name=name, now=now, wanted=(JSON, ZIP, CSV, XLSX), owner=actor.id, keep=imports.KEPT, most=MOST
    )
    made = Import.objects.create(kind=DIRECTORY, owner_id=actor.id, file=file, made_at=now)
    audit.record(actor=actor, now=now, verb="open-directory-import", subject=made)
    return made


def start_taking_directory(*, actor: Actor, now: dt.datetime, about: Import, only_right: bool) -> Work:
    """Queues the taking. Started twice, it is one. Raises Forbidden or CannotImport."""
    _refuse(actor)
    return imports.start_taking(now=now, about=about, actor=actor.id, only_right=only_right)


def stop_taking_directory(*, actor: Actor, now: dt.datetime, about: Import) -> None:
    """Raises Forbidden."""
    _refuse(actor)
    imports.ask_stop(about=about, now=now)


def take_directory(about: Import, now: dt.datetime, tell: Tell) -> None:
    """Stores what is right (or, unless asked for that, all or nothing), and keeps the rest as a file with reasons.

    Raises Forbidden or CannotTakeDirectory.
    """
    today = timezone.localdate(now)
    actor = actor_for_person(int(about.asked["actor"]), today)
    _refuse(actor)
    tell("reading", 0, 0)
    looked = looked_at(about, today)
    rows = looked.rows
    if rows.faults and not about.asked["only_right"]:
        raise CannotTakeDirectory(
            _("Some rows have faults, so nothing was taken. Take only the rows that are right, or mend them.")
        )
    bodies = _bodies(looked, about.file.name, now)
    services = _services(looked, bodies, about.file.name, today, tell)
    _contacts(looked, bodies, services, about.file.name)
    _relations(looked, bodies, about.file.name)
    tell("indexing", 0, 0)
    index_all()
    why = imports.reasons(rows.faults)
    rest = [([row, rows.raw.get(row, "")], why[row]) for row in sorted(why)]
    taken = len(looked.new_bodies) + len(looked.changed_bodies) + len(services)
    imports.close(about=about, header=[_("Row"), _("What it was")], rest=rest, taken=taken, now=now)
    audit.record(actor=actor, now=now, verb="take-directory", subject=about)


def _bodies(looked: Looked, source: str, now: dt.datetime) -> dict[str, Organisation]:
    """By their keys: what is new is stored, what changed is changed."""
    slugs = {*Organisation.objects.values_list("slug", flat=True), *RESERVED}
    new = [
        Organisation(
            slug=unused(row.name, slugs, 70, "organisation"), name=row.name, kind=row.kind, about=row.about, website=row.website, imported_id=key, source=source, confirmed_at=now,
        ) for key, row in looked.new_bodies.items()
    ]  # fmt: skip
    changed = []
    for key, row in looked.changed_bodies.items():
        body = looked.known[key]
        body.name, body.about, body.website = row.name, row.about or body.about, row.website or body.website
        body.kind = body.kind if row.kind is OrganisationKind.OTHER else row.kind
        body.imported_id, body.source = body.imported_id or key, source
        changed.append(body)
    made = Organisation.objects.bulk_create(new, batch_size=BATCH)
    Organisation.objects.bulk_update(
        changed, ["name", "kind", "about", "website", "imported_id", "source"], batch_size=BATCH
    )
    bodies = {**looked.known, **dict(zip(looked.new_bodies, made))}
    Identifier.objects.bulk_create(
        [
            Identifier(organisation=bodies[key], scheme=scheme, value=value)
            for key, row in looked.bodies.items() for scheme, value in row.identifiers
        ],
        ignore_conflicts=True, batch_size=BATCH,
    )  # fmt: skip
    return bodies


def _services(
    looked: Looked, bodies: Mapping[str, Organisation], source: str, today: dt.date, tell: Tell
) -> dict[str, Service]:
    """New and changed ones by their keys. One that somebody assured in person stays as they wrote it."""
    kinds = type_by_words()
    new: dict[str, Service] = {}
    changed: dict[str, Service] = {}
    for key, row in looked.services.items():
        stored = looked.known_services.get(key)
        kind = next((kinds[simple(each)] for each in (row.name, *row.terms) if simple(each) in kinds), None)
        service = stored or Service(imported_id=key)
        service.organisation = bodies[row.body]
        service.name, service.about, service.fees, service.eligibility = row.name, row.about, row.fees, row.eligibility
        service.service_type = service.service_type or kind
        service.assured_on, service.source = row.assured_on, source
        service.ended_on = (service.ended_on or today) if row.ended else None
        (changed if stored else new)[key] = service
    both = [*new.values(), *changed.values()]
    for start in range(0, len(both), BATCH):
        tell("storing", start, len(both))
        batch = both[start : start + BATCH]
        Service.objects.bulk_create([each for each in batch if each.pk is None])
        Service.objects.bulk_update(
            [each for each in batch if each.imported_id in changed],
            [
                "organisation",
                "name",
                "about",
                "fees",
                "eligibility",
                "service_type",
                "assured_on",
                "source",
                "ended_on",
            ],
        )
    return {**new, **changed}


def _contacts(looked: Looked, bodies: Mapping[str, Organisation], services: Mapping[str, Service], source: str) -> None:
    """Those that an import brought before are replaced; those that somebody assured stay."""
    ours = {key: bodies[key] for key in (*looked.new_bodies, *looked.changed_bodies)}
    brought = Q(assured_by__isnull=True, post__isnull=True)
    general = Q(organisation__in=[each.pk for each in ours.values()], service__isnull=True)
    of_services = Q(service__in=[each.pk for each in services.values()])
    ContactPoint.objects.filter(brought & (general | of_services)).delete()
    made = [
        ContactPoint(organisation=body, reach=reach, value=value, note=note, source=source)
        for key, body in ours.items() for reach, value, note in looked.bodies[key].contacts
    ]  # fmt: skip
    made += [
        ContactPoint(organisation_id=service.organisation_id, service=service, reach=reach, value=value, note=note, source=source)
        for key, service in services.items() for reach, value, note in looked.services[key].contacts
    ]  # fmt: skip
    ContactPoint.objects.bulk_create(made, batch_size=BATCH)


def _relations(looked: Looked, bodies: Mapping[str, Organisation], source: str) -> None:
    def related(row: BodyRow) -> list[tuple[Relation, str, dt.date | None]]:
        parts = [(Relation.PART_OF, row.part_of, None)] if row.part_of else []
        return [*parts, *((Relation.REPLACED_BY, each, row.to_on) for each in row.replaced_by)]

    Relationship.objects.bulk_create(
        [
            Relationship(organisation=bodies[key], relation=relation, other=bodies[other], from_on=from_on, source=source)
            for key, row in looked.bodies.items() for relation, other, from_on in related(row) if other in bodies and bodies[other] != bodies[key]
        ],
        ignore_conflicts=True, batch_size=BATCH,
    )  # fmt: skip


def _refuse(actor: Actor) -> None:
    if not can_keep_directory(actor):
        raise Forbidden(_("Only the city’s steward brings in whole directories."))
