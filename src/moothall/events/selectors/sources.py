"""Other calendars that are brought in, and what taking one would do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from moothall.core import times
from moothall.core.actor import Actor
from moothall.directory.models import Organisation

from ..models import Event, Source
from ..policies import can_host
from ..reading import Entry, read


def sources_of(organisation: Organisation) -> list[Source]:
    """Calendars that are brought in, newest first; ended ones are left out."""
    return list(Source.objects.filter(organisation=organisation, ended_at__isnull=True).order_by("-added_at", "-pk"))


def source_for(actor: Actor, source_id: int) -> Source | None:
    """None for one that is not there and for one of an institution for which the actor may put nothing up."""
    found = Source.objects.filter(pk=source_id, ended_at__isnull=True).select_related("organisation", "file").first()
    return found if found is not None and can_host(actor, found.organisation_id) else None


@dataclass(frozen=True, slots=True)
class SourceLooked:
    """What taking a calendar would do. Of each entry: new, another time or title than here, or as it is here."""

    new: tuple[Entry, ...]
    changed: tuple[tuple[Event, Entry], ...]
    same: int
    doubled: int
    """Put up here by hand, or by another calendar, already."""
    past: int
    faults: tuple[tuple[str, str], ...]


def source_looked_at(source: Source, now: dt.datetime) -> SourceLooked:
    """Reads what stood there last. Two queries. Raises CannotReadCalendar."""
    found = read(bytes(source.file.content) if source.file else b"", now, times.zone())
    mine = {each.source_key: each for each in Event.objects.filter(source=source).select_related("occasion")}
    days = [each.starts_at for each in found.entries]
    others = Event.objects.filter(occasion__organisation_id=source.organisation_id, occasion__starts_at__in=days).exclude(source=source)  # fmt: skip
    taken = {(each.occasion.starts_at, simple(each.occasion.title)) for each in others.select_related("occasion")}
    new, changed, same, doubled = [], [], 0, 0
    for entry in found.entries:
        event = mine.get(entry.key)
        if event is not None:
            if differs(event, entry):
                changed.append((event, entry))
            else:
                same += 1
        elif (entry.starts_at, simple(entry.title)) in taken:
            doubled += 1
        elif not entry.called_off:
            taken.add((entry.starts_at, simple(entry.title)))
            new.append(entry)
    return SourceLooked(tuple(new), tuple(changed), same, doubled, found.past, tuple(found.faults))


def differs(event: Event, entry: Entry) -> bool:
    occasion = event.occasion
    if occasion.called_off_at is not None:
        return False
    here = (occasion.title, occasion.starts_at, occasion.ends_at, occasion.venue, occasion.online_url, event.about, event.url)  # fmt: skip
    return entry.called_off or here != (entry.title, entry.starts_at, entry.ends_at, entry.venue, entry.online_url, entry.about, entry.url)  # fmt: skip


def simple(title: str) -> str:
    return " ".join(title.lower().split())
