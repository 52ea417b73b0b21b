"""Other calendars that are brought in, and what taking one would do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moothall.core import times
from moothall.core.actor import Actor
from moothall.directory.models import Organisation

from ..models import Event, Source
from ..policies import can_host
from ..reading import Entry, Read, read


def sources_of(organisation: Organisation) -> list[Source]:
    """Calendars that are brought in, newest first; ended ones are left out."""
    return list(Source.objects.filter(organisation=organisation, ended_at__isnull=True).order_by("-added_at", "-pk"))


def source_for(actor: Actor, source_id: int) -> Source | None:
    """None for one that is not there and for one of an institution for which the actor may put nothing up."""
    found = Source.objects.filter(pk=source_id, ended_at__isnull=True).select_related("organisation", "file").first()
    return found if found is not None and can_host(actor, found.organisation_id) else None


@dataclass(frozen=True, slots=True)
class SourceLooked:
    """What taking a calendar would do."""

    new: tuple[Entry, ...]
    changed: tuple[tuple[Event, Entry], ...]
    """What it says now is not what it said last."""
    same: tuple[Event, ...]
    missed: tuple[Event, ...]
    """Still to come here, and no longer in it."""
    left_out: tuple[Entry, ...]
    """By choice."""
    doubled: int
    """Put up here by hand, or by another calendar, already."""
    past: int
    faults: tuple[tuple[str, str], ...]


def read_source(source: Source, now: dt.datetime) -> Read:
    """What stood there last; it may take seconds. Raises CannotReadCalendar."""
    return read(bytes(source.file.content) if source.file else b"", now, times.zone())


def source_looked_at(source: Source, found: Read, now: dt.datetime) -> SourceLooked:
    """What was read, beside what is here. Two queries."""
    mine = {each.source_key: each for each in Event.objects.filter(source=source).select_related("occasion")}
    days = [each.starts_at for each in found.entries]
    others = Event.objects.filter(occasion__organisation_id=source.organisation_id, occasion__starts_at__in=days).exclude(source=source)  # fmt: skip
    taken = {(each.occasion.starts_at, simple(each.occasion.title)) for each in others.select_related("occasion")}
    here = {entry.key: mine.pop(entry.key) for entry in found.entries if entry.key in mine}
    new, changed, same, left, doubled = [], [], [], [], 0
    for entry in found.entries:
        event = here.get(entry.key) or _same_day(mine, entry)
        if event is not None:
            if event.occasion.called_off_at is None and event.source_said != said_of(entry):
                changed.append((event, entry))
            else:
                same.append(event)
        elif entry.key in source.left_out:
            left.append(entry)
        elif (entry.starts_at, simple(entry.title)) in taken:
            doubled += 1
        elif not entry.called_off:
            taken.add((entry.starts_at, simple(entry.title)))
            new.append(entry)
    return SourceLooked(
        tuple(new), tuple(changed), tuple(same), _missed(mine.values(), found, now), tuple(left), doubled, len(found.past), tuple(found.faults)
    )  # fmt: skip


def _same_day(rest: dict[str, Event], entry: Entry) -> Event | None:
    """A whole series was put to another hour: of what is left here of it, the one on that day is this one. It is taken out of `rest`."""
    series, zone = entry.key.rpartition("|")[0], times.zone()
    day = entry.starts_at.astimezone(zone).date()
    found = [
        key for key, each in rest.items()
        if series and key.rpartition("|")[0] == series and each.occasion.starts_at.astimezone(zone).date() == day
    ]  # fmt: skip
    return rest.pop(found[0]) if len(found) == 1 else None


def _missed(rest: Iterable[Event], found: Read, now: dt.datetime) -> tuple[Event, ...]:
    """What cannot be read today, is over there, or was cut from a very long calendar, is not missed."""
    unread = {simple(which) for which, _why in found.faults}
    return tuple(
        each for each in rest
        if not found.cut and each.occasion.starts_at > now and each.occasion.called_off_at is None and each.source_key not in found.past
        and not unread & {simple(each.occasion.title), simple(each.source_said.get("title", ""))}
    )  # fmt: skip


def said_of(entry: Entry) -> dict[str, Any]:
    """As it is kept beside the event."""
    return {
        "title": entry.title, "about": entry.about, "starts_at": entry.starts_at.isoformat(), "ends_at": entry.ends_at.isoformat(), "venue": entry.venue,
        "online_url": entry.online_url, "url": entry.url, "called_off": entry.called_off,
    }  # fmt: skip


def simple(title: str) -> str:
    return " ".join(title.lower().split())


def events_of_source(source: Source, now: dt.datetime, count: int = 50) -> list[Event]:
    """What came in and is still to come, soonest first."""
    rows = Event.objects.filter(source=source, occasion__ends_at__gt=now).select_related("occasion")
    return list(rows.order_by("occasion__starts_at", "pk")[:count])
