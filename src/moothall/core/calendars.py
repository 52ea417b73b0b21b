"""Calendar entries as calendars read them (RFC 5545, 5546, 7986): one writer for every feed, file and letter.

Times are written in UTC, which every reader shows in its own zone. Zones written out as icalendar makes them (their changes as a list of
dates since 1970) are read an hour wrong by other libraries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress, vText

REFRESH = dt.timedelta(hours=1)
"""How often a feed is worth asking for again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. The same `uid` with a higher `sequence` replaces what was there before; `called_off` takes it away."""

    uid: str
    sequence: int
    changed_at: dt.datetime
    starts_at: dt.datetime
    ends_at: dt.datetime
    title: str
    place: str = ""
    url: str = ""
    text: str = ""
    called_off: bool = False
    categories: tuple[str, ...] = ()
    attendee: str = ""
    """The mail address it is sent to; empty in feeds."""


def uid_of(kind: str, key: object) -> str:
    """The same for ever, and nobody else's: by the site's own mail domain."""
    return f"{kind}-{key}@{settings.MAIL_DOMAIN}"


def feed(name: str, entries: Iterable[Entry], *, url: str = "") -> bytes:
    """Entries to subscribe to, or to keep as a file."""
    calendar = _calendar("PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add("x-wr-timezone", timezone.get_default_timezone_name())
    if url:
        calendar.add("url", url)
    for each in entries:
        calendar.add_component(_event(each))
    return bytes(calendar.to_ical())


def invitation(entry: Entry) -> str:
    """One entry as a letter carries it: put in, brought up to date or (called off) taken away, without being asked (RFC 5546, 3.2)."""
    calendar = _calendar("CANCEL" if entry.called_off else "REQUEST")
    event = _event(entry)
    organiser = vCalAddress(f"mailto:{_from()}")
    organiser.params["cn"] = vText(settings.CITY_NAME)
    event.add("organizer", organiser)
    attendee = vCalAddress(f"mailto:{entry.attendee}")
    attendee.params["partstat"] = vText("ACCEPTED")
    attendee.params["rsvp"] = vText("FALSE")
    event.add("attendee", attendee)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _from() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("<")[2].strip("> ")


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Moothall//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.starts_at.astimezone(dt.UTC))
    event.add("dtend", entry.ends_at.astimezone(dt.UTC))
    event.add("summary", entry.title)
    event.add("status", "CANCELLED" if entry.called_off else "CONFIRMED")
    if entry.place:
        event.add("location", entry.place)
    if entry.url:
        event.add("url", entry.url)
    if entry.text:
        event.add("description", entry.text)
    if entry.categories:
        event.add("categories", list(entry.categories))
    return event
