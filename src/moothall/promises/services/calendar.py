"""Bank holidays: imported from a published file; what is open and due in working days moves with them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.types import Division

from ..models import BankHoliday, Promise
from ..policies import can_import_holidays
from ..selectors import closed_days
from ..types import Holiday
from .reckoning import reckon

LONGEST_TITLE = 200
MOST = 5_000


class CannotImportHolidays(DomainError):
    """The file cannot be used; the message names the first fault and the mend."""


def read_holidays(content: bytes) -> list[Holiday]:
    """The form in which gov.uk publishes them: {division: {"events": [{"date": "2027-01-01", "title": …}]}}. Raises CannotImportHolidays."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CannotImportHolidays(
            _("This is not JSON. Use the file as it is published on gov.uk/bank-holidays.json.")
        ) from error
    if not isinstance(data, dict) or not data:
        raise CannotImportHolidays(
            _("The file names no division. It needs one of: %(all)s.") % {"all": ", ".join(Division.values)}
        )
    found: list[Holiday] = []
    for division, about in data.items():
        if division not in Division.values:
            raise CannotImportHolidays(_("%(what)s is not a division. Use one of: %(all)s.") % {"what": str(division)[:60], "all": ", ".join(Division.values)})  # fmt: skip
        events = about.get("events") if isinstance(about, dict) else None
        if not isinstance(events, list):
            raise CannotImportHolidays(_("%(division)s has no list of events.") % {"division": division})
        found += [_holiday(division, number, event) for number, event in enumerate(events, 1)]
    if len(found) > MOST:
        raise CannotImportHolidays(_("The file has more than %(most)d days.") % {"most": MOST})
    return found


def _holiday(division: str, number: int, event: Any) -> Holiday:
    where = {"division": division, "number": number}
    if not isinstance(event, dict):
        raise CannotImportHolidays(_("Event %(number)d of %(division)s is not an object.") % where)
    try:
        on = dt.date.fromisoformat(str(event.get("date")))
    except ValueError as error:
        raise CannotImportHolidays(
            _("Event %(number)d of %(division)s has no date of the form 2027-01-01.") % where
        ) from error
    return Holiday(division, on, " ".join(str(event.get("title") or "").split())[:LONGEST_TITLE])


@transaction.atomic
def import_holidays(*, actor: Actor, now: dt.datetime, holidays: Collection[Holiday]) -> int:
    """Adds and renames days; a day that is missing in the file is taken out where the file covers its year and division, as
    proclaimed days are sometimes moved. Answers how many open promises are due on another day now. Raises Forbidden."""
    if not can_import_holidays(actor):
        raise Forbidden(_("You may not import bank holidays."))
    BankHoliday.objects.bulk_create(
        [BankHoliday(division=each.division, on=each.on, title=each.title) for each in {(h.division, h.on): h for h in holidays}.values()],
        update_conflicts=True, unique_fields=["division", "on"], update_fields=["title"],
    )  # fmt: skip
    divisions = {each.division for each in holidays}
    for division in divisions:
        days = {each.on for each in holidays if each.division == division}
        covered = BankHoliday.objects.filter(division=division, on__year__in={day.year for day in days})
        covered.exclude(on__in=days).delete()
    closed = {division: closed_days(division) for division in divisions}
    moved = 0
    for promise in (
        Promise.objects.select_for_update(of=("self",))
        .filter(next_at__isnull=False, division__in=divisions)
        .select_related("organisation")
        .order_by("pk")
    ):
        moved += reckon(promise, closed[promise.division], actor=actor, now=now)
    first = BankHoliday.objects.order_by("pk").first()
    if first is not None:
        audit.record(actor=actor, now=now, verb="import-bank-holidays", subject=first)
    return moved
