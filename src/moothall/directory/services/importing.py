"""Whole directories taken in: looked at first, taken in one transaction by long work, the rest given back with reasons."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from moothall.core import audit, files, tables, work
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.core.files import CSV, JSON, XLSX, ZIP
from moothall.core.jobs import Job
from moothall.core.models import Import, Work
from moothall.core.types import ImportState, WorkState

from ..formats import BodyRow, DirectoryRows, read_directory
from ..models import ContactPoint, Identifier, Organisation, Relationship, RoleGrant, Service
from ..policies import can_keep_directory
from ..selectors import actor_for_person
from ..selectors.importing import DIRECTORY, is_over, known_bodies, simple, type_by_words
from ..types import Relation, Role
from .organisations import RESERVED
from .searching import index_all

logger = logging.getLogger(__name__)

KEPT = dt.timedelta(days=30)
MOST = 100_000_000
BATCH = 2_000


class CannotTakeDirectory(DomainError):
    """The import cannot be taken like this; the message says why."""


@transaction.atomic
def open_directory_import(*, actor: Actor, now: dt.datetime, content: bytes, name: str) -> Import:
    """Keeps the file for a month, whatever is in it. Raises Forbidden or CannotTakeFile."""
    _refuse(actor)
    file = files.store(
        content=content, name=name, now=now, wanted=(JSON, ZIP, CSV, XLSX), owner=actor.id, keep=KEPT, most=MOST
    )
    made = Import.objects.create(kind=DIRECTORY, owner_id=actor.id, file=file, made_at=now)
    audit.record(actor=actor, now=now, verb="open-directory-import", subject=made)
    return made


@transaction.atomic
def start_taking_directory(*, actor: Actor, now: dt.datetime, about: Import, only_right: bool) -> Work:
    """Queues the taking. Started twice, it is one. Raises Forbidden or CannotTakeDirectory."""
    _refuse(actor)
    if about.state == ImportState.TAKEN:
        raise CannotTakeDirectory(_("This file is taken already."))
    Import.objects.filter(pk=about.pk).update(mapping={"only_right": only_right, "actor": actor.id})
    return work.start(now=now, job=Job.TAKE_DIRECTORY, key=f"{DIRECTORY}:{about.pk}")


def carry_out_import(*, work_id: uuid.UUID, clock: Callable[[], dt.datetime]) -> None:
    """The worker's part. What goes wrong in words ends the work with them; anything else is tried again."""
    held = work.lease(work_id, clock())
    if held is None:
        return
    about = Import.objects.select_related("file").get(pk=Work.objects.get(pk=work_id).key.partition(":")[2])
    try:
        work.report(held, clock(), {"phase": "reading"})
        rows = read_directory(bytes(about.file.content), about.file.name)
        if work.report(held, clock(), {"phase": "storing", "bodies": len(rows.bodies), "services": len(rows.services)}):
            with transaction.atomic():
                work.finish(held, clock(), WorkState.STOPPED)
            return
        with transaction.atomic():
            take_directory(now=clock(), about=about, rows=rows)
            work.finish(held, clock(), WorkState.DONE)
    except work.LeaseLost:
        return
    except DomainError as error:
        with transaction.atomic():
            work.finish(held, clock(), WorkState.FAILED, str(error))
    except Exception as error:
        logger.exception("import %s failed", about.pk)
        work.failed(held, clock(), f"{type(error).__name__}")


@transaction.atomic
def take_directory(*, now: dt.datetime, about: Import, rows: DirectoryRows) -> Import:
    """Stores what is right (or, unless asked for that, all or nothing), and keeps the rest as a file with reasons.

    Raises Forbidden or CannotTakeDirectory. Taking twice is taking once.
    """
    about = Import.objects.select_for_update(of=("self",)).select_related("file").get(pk=about.pk)
    if about.state == ImportState.TAKEN:
        return about
    asked: Mapping[str, object] = about.mapping
    actor = actor_for_person(int(str(asked["actor"])), timezone.localdate(now))
    _refuse(actor)
    if rows.faults and not asked.get("only_right"):
        raise CannotTakeDirectory(
            _("Some rows have faults, so nothing was taken. Take only the rows that are right, or mend them.")
        )
    good = rows.good()
    bodies = _bodies(good, about.file.name, now)
    _services(good, bodies, about.file.name)
    _contacts(good, bodies, about.file.name)
    _relations(good, bodies, about.file.name)
    index_all()
    rest = None
    if rows.faults:
        header = [_("Row"), _("What it was"), _("Why this row was not taken")]
        lines = [
            [number, rows.raw.get(number, ""), " ".join(str(each) for each in rows.faults if each.row == number)] for number in sorted(rows.bad_rows())
        ]  # fmt: skip
        rest = files.store(
            content=tables.written(header, lines),
            name="rest.csv",
            now=now,
            wanted=(CSV,),
            owner=about.owner_id,
            keep=KEPT,
        )
    Import.objects.filter(pk=about.pk).update(
        state=ImportState.TAKEN,
        taken_at=now,
        taken=len(good.bodies) + len(good.services),
        refused=len(rows.bad_rows()),
        rest=rest,
    )
    audit.record(actor=actor, now=now, verb="take-directory", subject=about)
    about.refresh_from_db()
    return about


def _bodies(rows: DirectoryRows, source: str, now: dt.datetime) -> dict[str, Organisation]:
    """Stored by their keys. A record that an administrator keeps is left as they wrote it."""
    today = timezone.localdate(now)
    known = known_bodies(rows)
    kept = set(RoleGrant.objects.filter(role=Role.ADMINISTRATOR, to_on__isnull=True, organisation__isnull=False).values_list("organisation_id", flat=True))  # fmt: skip
    slugs = {*Organisation.objects.values_list("slug", flat=True), *RESERVED}
    new: list[tuple[str, Organisation]] = []
    changed = []
    for key, row in rows.bodies.items():
        if is_over(row, today):
            continue
        body = known.get(key)
        if body is None:
            new.append((key, Organisation(
                slug=_slug(row.name, slugs), name=row.name, kind=row.kind, about=row.about, website=row.website, imported_id=key, source=source, confirmed_at=now,
            )))  # fmt: skip
        elif body.pk not in kept:
            body.name, body.about, body.website = row.name, row.about or body.about, row.website or body.website
            body.imported_id, body.source = body.imported_id or key, source
            changed.append(body)
    made = Organisation.objects.bulk_create([body for _key, body in new], batch_size=BATCH)
    Organisation.objects.bulk_update(changed, ["name", "about", "website", "imported_id", "source"], batch_size=BATCH)
    bodies = known | {key: body for (key, _body), body in zip(new, made)}
    Identifier.objects.bulk_create(
        [Identifier(organisation=bodies[key], scheme=scheme, value=value) for key, row in rows.bodies.items() if key in bodies for scheme, value in row.identifiers],
        ignore_conflicts=True, batch_size=BATCH,
    )  # fmt: skip
    return bodies


def _slug(name: str, taken: set[str]) -> str:
    wanted = slugify(name)[:70].strip("-") or "organisation"
    slug, number = wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    taken.add(slug)
    return slug


def _services(rows: DirectoryRows, bodies: Mapping[str, Organisation], source: str) -> None:
    kinds = type_by_words()
    stored = {each.imported_id: each for each in Service.objects.filter(imported_id__in=list(rows.services))}
    new: list[Service] = []
    changed: list[Service] = []
    for key, row in rows.services.items():
        body = bodies.get(row.body)
        if body is None:
            rows.fault(row.row, "organization_id", _("its organisation is not in the file and not known here."), _("Bring the organisations with their services."))  # fmt: skip
            continue
        kind = next((kinds[simple(each)] for each in (row.name, *row.terms) if simple(each) in kinds), None)
        service = stored.get(key) or Service(imported_id=key, organisation=body)
        service.name, service.about, service.fees, service.eligibility = row.name, row.about, row.fees, row.eligibility
        service.service_type = service.service_type or kind
        service.assured_on, service.source = row.assured_on, source
        if row.ended and service.ended_on is None:
            service.ended_on = row.assured_on or dt.date(2000, 1, 1)
        (changed if key in stored else new).append(service)
    Service.objects.bulk_create(new, batch_size=BATCH)
    Service.objects.bulk_update(
        changed,
        ["name", "about", "fees", "eligibility", "service_type", "assured_on", "source", "ended_on"],
        batch_size=BATCH,
    )


def _contacts(rows: DirectoryRows, bodies: Mapping[str, Organisation], source: str) -> None:
    """Those of the same source before are replaced."""
    services = {
        each.imported_id: each
        for each in Service.objects.filter(imported_id__in=list(rows.services)).select_related("organisation")
    }
    ContactPoint.objects.filter(source=source, organisation__in=list(bodies.values())).delete()
    made = [
        ContactPoint(organisation=bodies[key], reach=reach, value=value, note=note, source=source)
        for key, row in rows.bodies.items() if key in bodies for reach, value, note in row.contacts
    ]  # fmt: skip
    made += [
        ContactPoint(organisation=services[key].organisation, service=services[key], reach=reach, value=value, note=note, source=source)
        for key, row in rows.services.items() if key in services for reach, value, note in row.contacts
    ]  # fmt: skip
    ContactPoint.objects.bulk_create(made, batch_size=BATCH)


def _relations(rows: DirectoryRows, bodies: Mapping[str, Organisation], source: str) -> None:
    def related(row: BodyRow) -> list[tuple[Relation, str, dt.date | None]]:
        parts = [(Relation.PART_OF, row.part_of, None)] if row.part_of else []
        return [*parts, *((Relation.REPLACED_BY, each, row.to_on) for each in row.replaced_by)]

    Relationship.objects.bulk_create(
        [
            Relationship(organisation=bodies[key], relation=relation, other=bodies[other], from_on=from_on, source=source)
            for key, row in rows.bodies.items() if key in bodies for relation, other, from_on in related(row) if other in bodies and bodies[other] != bodies[key]
        ],
        ignore_conflicts=True, batch_size=BATCH,
    )  # fmt: skip


def _refuse(actor: Actor) -> None:
    if not can_keep_directory(actor):
        raise Forbidden(_("Only the city’s steward brings in whole directories."))
