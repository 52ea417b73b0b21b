"""Taking in a city: read with distrust, every fault said, stored only where there is none."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from moothall import planner
from moothall.core import audit, files
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.models import Organisation, Person
from moothall.directory.services import CannotImportOrganisations, refuse_bad_organisations

from ..models import City
from ..policies import can_plan
from .plans import organisations_of

SUFFIX = {files.XLSX: ".xlsx", files.ZIP: ".zip"}
MOST_BYTES = 100_000_000
LONGEST_REFERENCE = 80


class CannotTakeCity(DomainError):
    """The city has faults, all of which are in `faults`, or lacks what a plan on the web needs."""

    def __init__(self, message: str, faults: tuple[planner.Fault, ...] = (), count: int = 0) -> None:
        super().__init__(message)
        self.faults, self.count = faults, count


def read_city(content: bytes) -> planner.Problem:
    """A zip or workbook as a problem. Raises CannotTakeCity with every fault."""
    suffix = SUFFIX.get(files.kind_of(content))
    if suffix is None:
        raise CannotTakeCity(_("Give the city as a zip of a bundle, or as an Excel workbook (.xlsx)."))
    with tempfile.TemporaryDirectory(prefix="moothall-") as folder:
        path = Path(folder) / f"city{suffix}"
        path.write_bytes(content)
        try:
            problem = planner.read_bundle(path)
            planner.meeting_times(problem, [0])
        except planner.BundleError as error:
            raise CannotTakeCity(
                _("This city cannot be planned as it is. Nothing was stored."), error.faults, error.count
            ) from error
        except planner.NoCalendar as error:
            raise CannotTakeCity(str(error)) from error
    return problem


def refuse_unstorable(problem: planner.Problem) -> None:
    """Raises CannotTakeCity where a plan of this city could be made but not stored: names too long, or that make no address."""
    try:
        refuse_bad_organisations(list(organisations_of(problem)))
    except CannotImportOrganisations as error:
        raise CannotTakeCity(str(error)) from error
    for what, names in ((_("person"), problem.people), (_("team"), problem.teams), (_("course"), problem.courses)):
        long = next((name for name in names if len(name) > LONGEST_REFERENCE), None)
        if long is not None:
            raise CannotTakeCity(
                _("The %(what)s %(name)r has a name longer than %(most)d characters. Give it a shorter one.")
                % {"what": what, "name": long[:100], "most": LONGEST_REFERENCE}
            )


def empty_city() -> bytes:
    """A workbook to fill in."""
    with tempfile.TemporaryDirectory(prefix="moothall-") as folder:
        planner.write_template(Path(folder) / "city.xlsx")
        return (Path(folder) / "city.xlsx").read_bytes()


def take_city(
    *, actor: Actor, now: dt.datetime, title: str, organisation: Organisation | None, content: bytes, name: str
) -> City:
    """Stores a city without fault. The same city under the same title is the same city, however often it is sent.

    Raises Forbidden, CannotTakeCity or CannotTakeFile.
    """
    if not can_plan(actor, organisation.pk if organisation else None):
        raise Forbidden(_("You may not plan for this."))
    if len(content) > MOST_BYTES:
        raise CannotTakeCity(
            _("The file is larger than %(most)d MB. Use the command line for a city of this size.")
            % {"most": MOST_BYTES // 1_000_000}
        )
    problem = read_city(content)  # outside the transaction: it takes a while
    refuse_unstorable(problem)
    if organisation is not None and set(problem.organisations) != {organisation.slug}:
        raise CannotTakeCity(
            _("You coordinate for %(name)s only: the one organisation in the file must be %(slug)s.")
            % {"name": organisation.name, "slug": organisation.slug}
        )
    with transaction.atomic():
        same = {"input_hash": problem.input_hash, "title": title.strip(), "organisation": organisation}
        found = City.objects.filter(**same).first()
        if found is not None:
            return found
        file = files.store(
            content=content,
            name=name,
            now=now,
            wanted=(files.ZIP, files.XLSX),
            owner=actor.id,
            keep=None,
            most=MOST_BYTES,
        )
        city = City.objects.create(
            **same, file=file, uploaded_by=Person.objects.filter(pk=actor.id).first() if actor.id else None, uploaded_at=now,
            people=len(problem.people), needs=len(problem.need_person), organisations=len(problem.organisations), courses=len(problem.courses),
            weeks=problem.weeks, starts_on=planner.meeting_times(problem, [0])[0][0].date(), budget=problem.budget, currency=problem.currency,
        )  # fmt: skip
        audit.record(
            actor=actor, now=now, verb="take-city", subject=city, organisation=organisation.pk if organisation else None
        )
        return city
