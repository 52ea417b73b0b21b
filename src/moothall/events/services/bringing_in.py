"""Other calendars of an institution brought in: looked at first, then taken, then kept up with; each event once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from moothall.core import audit, files
from moothall.core.actor import Actor, system
from moothall.core.errors import DomainError, Forbidden
from moothall.core.fetch import CannotFetch, Fetched, fetch
from moothall.core.files import store
from moothall.core.jobs import Job, defer
from moothall.directory.models import Organisation
from moothall.directory.types import Permission
from moothall.places import services as places
from moothall.places.types import NewOccasion

from ..models import Event, Source
from ..policies import can_host
from ..reading import CannotReadCalendar, Entry
from ..selectors import SourceLooked, read_source, said_of, source_looked_at
from ..types import KIND
from .putting_up import new_reference

HOUR = dt.timedelta(hours=1)
KEPT = dt.timedelta(days=30)
MOST, MOST_SOURCES = 2_000_000, 20
KEEPER = system("events", Permission.MANAGE_INSTITUTION)
"""Keeps up with calendars that somebody has said may come in."""
ACCEPT = "text/calendar, application/ld+json, application/json, text/html;q=0.5"


class CannotBringIn(DomainError):
    """The calendar cannot be brought in like this; the message says why."""


@transaction.atomic
def add_source(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, url: str = "", content: bytes = b"", name: str = ""
) -> Source:
    """A calendar at an address, or a file. Nothing of it comes in yet; an address is asked by the worker.

    The same address twice is one. Raises Forbidden, CannotBringIn or CannotTakeFile.
    """
    if not can_host(actor, organisation.pk):
        raise Forbidden(_("Only who works there brings in its calendars."))
    source = Source(organisation=organisation, url=url.strip(), added_by_id=actor.id, added_at=now)
    if not source.url:
        if not content:
            raise CannotBringIn(_("The file is empty."))
        source.file = store(content=content, name=name, now=now, wanted=(files.ICS, files.JSON, files.HTML), owner=actor.id, keep=KEPT, most=MOST)  # fmt: skip
        source.fetched_at = now
    else:
        mine = Source.objects.filter(organisation=organisation, ended_at__isnull=True)
        found = mine.filter(url=source.url).first()
        if found is not None:
            defer(Job.FETCH_EVENTS, source_id=found.pk)
            return found
        if mine.count() >= MOST_SOURCES:
            raise CannotBringIn(_("So many calendars are brought in already. End one first."))
    try:
        with transaction.atomic():
            source.save(force_insert=True)
    except IntegrityError:
        return Source.objects.get(organisation=organisation, url=source.url, ended_at__isnull=True)
    if source.url:
        defer(Job.FETCH_EVENTS, source_id=source.pk)
    audit.record(actor=actor, now=now, verb="add-calendar", subject=source, organisation=organisation.pk)
    return source


@transaction.atomic
def end_source(*, actor: Actor, now: dt.datetime, source: Source) -> None:
    """It is not asked any more; what came in stays. Raises Forbidden."""
    if not can_host(actor, source.organisation_id):
        raise Forbidden(_("Only who works there brings in its calendars."))
    if Source.objects.filter(pk=source.pk, ended_at__isnull=True).update(ended_at=now, next_at=None):
        audit.record(actor=actor, now=now, verb="end-calendar", subject=source, organisation=source.organisation_id)


def take_source(
    *, actor: Actor, now: dt.datetime, source: Source, leave: Collection[str] = (), bring: Collection[str] = ()
) -> SourceLooked:
    """All that is right comes in, but for the entries (by key) to `leave` out; those to `bring` in were left out before. An address is kept
    up with from now on. Taken twice, each event is there once.

    Raises Forbidden, CannotReadCalendar or CannotBringIn.
    """
    if not can_host(actor, source.organisation_id):
        raise Forbidden(_("Only who works there brings in its calendars."))
    source = Source.objects.select_related("file").get(pk=source.pk)
    if source.file is None:
        raise CannotBringIn(_("Nothing has been fetched from there yet. Look again in a moment."))
    found = read_source(source, now)  # it may take seconds: before anything is locked
    with transaction.atomic():
        locked = Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
        if locked.ended_at is not None:
            raise CannotBringIn(_("This calendar was put away meanwhile."))
        if locked.file_id != source.file_id:
            raise CannotBringIn(_("The calendar was fetched anew while you looked at it. Look at it again."))
        here = {each.key for each in found.entries}
        locked.left_out = sorted({*locked.left_out, *(here & set(leave))} - set(bring))
        looked = source_looked_at(locked, found, now)
        for entry in looked.new:
            _put_up(locked, entry, now)
        for event, entry in sorted(looked.changed, key=lambda each: each[0].occasion_id):
            _bring_up_to_date(event, entry, now)
        gone = [each.pk for each in looked.missed]
        locked.events.filter(pk__in=gone, missed_at__isnull=True).update(missed_at=now, changed_at=now)
        seen = [each.pk for each in (*looked.same, *(event for event, _entry in looked.changed))]
        locked.events.filter(pk__in=seen, missed_at__isnull=False).update(missed_at=None, changed_at=now)
        if locked.taken_at is None:
            locked.taken_at, locked.next_at = now, now + HOUR if locked.url else None
        locked.save(update_fields=["left_out", "taken_at", "next_at"])
        audit.record(actor=actor, now=now, verb="take-calendar", subject=locked, organisation=locked.organisation_id)
        return looked


@transaction.atomic
def ask_again(*, actor: Actor, now: dt.datetime, source: Source) -> None:
    """The address is asked now, whatever it said last. Raises Forbidden."""
    if not can_host(actor, source.organisation_id):
        raise Forbidden(_("Only who works there brings in its calendars."))
    if Source.objects.filter(pk=source.pk, ended_at__isnull=True).exclude(url="").update(error=""):
        defer(Job.FETCH_EVENTS, source_id=source.pk)
        audit.record(actor=actor, now=now, verb="ask-calendar", subject=source, organisation=source.organisation_id)


def fetch_source(source_id: int, now: dt.datetime) -> None:
    """The worker's part: asks the address, with no transaction open meanwhile; keeps what stands there, and takes it where it may come in."""
    source = Source.objects.filter(pk=source_id, ended_at__isnull=True).exclude(url="").select_related("file").first()
    if source is None:
        return
    try:
        found = fetch(source.url, accept=ACCEPT, most=MOST)
    except CannotFetch as error:
        _failed(source, str(error), now)
        return
    _keep(source, found, now)
    if source.taken_at is not None:
        try:
            take_source(actor=KEEPER, now=now, source=source)
        except CannotReadCalendar as error:
            _failed(source, str(error), now)
        except CannotBringIn:
            pass  # ended, or fetched anew by another worker, which takes it


@transaction.atomic
def _keep(source: Source, found: Fetched, now: dt.datetime) -> None:
    try:
        file = store(content=found.content, name="calendar", now=now, wanted=(files.ICS, files.JSON, files.HTML), owner=source.added_by_id, keep=KEPT, most=MOST)  # fmt: skip
    except DomainError as error:
        _failed(source, str(error), now)
        return
    old = source.file
    again = now + HOUR if source.taken_at is not None else None
    Source.objects.filter(pk=source.pk).update(file=file, fetched_at=now, error="", failures=0, next_at=again)
    if old is not None:
        old.delete()  # what stood there before is of no use to anybody


def _failed(source: Source, why: str, now: dt.datetime) -> None:
    """Asked again later and later, a day apart at most; what came in stays."""
    failures = min(source.failures + 1, 20)
    again = now + min(2**failures, 24) * HOUR if source.taken_at is not None else None
    Source.objects.filter(pk=source.pk).update(error=why[:300], failures=failures, next_at=again)


def sweep_sources(now: dt.datetime) -> int:
    """Defers what is due to be asked."""
    due = Source.objects.filter(next_at__lte=now, ended_at__isnull=True).exclude(url="")
    found = list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:50])
    for source_id in found:
        Source.objects.filter(pk=source_id).update(next_at=now + HOUR)
        defer(Job.FETCH_EVENTS, source_id=source_id)
    return len(found)


def _put_up(source: Source, entry: Entry, now: dt.datetime) -> None:
    occasion = places.make_occasion(actor=KEEPER, now=now, new=_occasion(source.organisation_id, entry))
    Event.objects.create(
        occasion=occasion, reference=new_reference(entry.title), about=entry.about, url=entry.url, source=source, source_key=entry.key, source_said=said_of(entry),
        made_at=now, changed_at=now,
    )  # fmt: skip


def _bring_up_to_date(event: Event, entry: Entry, now: dt.datetime) -> None:
    """What its calendar says otherwise than before comes in; what it says as before stays as it is here, mended or not. So does what is only
    here: how many places, who holds it, in which series."""
    occasion, before, after = event.occasion, event.source_said, said_of(entry)
    fresh = {each for each in after if after[each] != before.get(each)}
    if entry.called_off:
        places.call_off(actor=KEEPER, now=now, occasion=occasion, why=_("Its organiser’s calendar says so."))
    elif fresh & {"title", "starts_at", "ends_at", "venue", "online_url"}:
        moved = fresh & {"starts_at", "ends_at"}
        starts = entry.starts_at if moved else occasion.starts_at
        new = NewOccasion(
            KIND, occasion.organisation_id, entry.title if "title" in fresh else occasion.title, starts, entry.ends_at if moved else occasion.ends_at,
            occasion.capacity, entry.venue if "venue" in fresh else occasion.venue, entry.online_url if "online_url" in fresh else occasion.online_url,
            occasion.host_id, cancel_by=starts - (occasion.starts_at - occasion.cancel_by), offer_hours=occasion.offer_hours, series=occasion.series,
        )  # fmt: skip
        places.change_occasion(actor=KEEPER, now=now, occasion=occasion, new=new)
    said = {each: after[each] for each in ("about", "url") if each in fresh}
    Event.objects.filter(pk=event.pk).update(**said, source_key=entry.key, source_said=after, changed_at=now)


def _occasion(organisation: int, entry: Entry) -> NewOccasion:
    return NewOccasion(KIND, organisation, entry.title, entry.starts_at, entry.ends_at, None, entry.venue, entry.online_url)  # fmt: skip
