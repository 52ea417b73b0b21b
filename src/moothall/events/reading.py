"""Other bodies' calendars read into rows: iCalendar (RFC 5545), and schema.org Event as JSON, in a page, or in an OpenActive feed.

Whatever bytes come, they are read or refused in words; one entry that is wrong does not hide the others.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import logging
import re
import time
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import recurring_ical_events
from django.utils.translation import gettext as _
from icalendar import Calendar

from moothall.core.errors import DomainError

logger = logging.getLogger(__name__)

AHEAD = dt.timedelta(days=180)
"""So far ahead are repeated entries written out."""
MOST = 2_000
LONGEST = 10_000
SECONDS = 5.0
"""So long at most days are worked out for repeated entries; those left then are faults."""
SOME = 300
"""Days of one repeated entry, and pieces of data in one page."""
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Repeated entries that began before are not worked out from their beginning."""


class CannotReadCalendar(DomainError):
    """The file or page is no calendar that is known here; the message says what would be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it was found. `key` is what its source calls it; where that is said of several, with a bar and when each was to begin."""

    key: str
    title: str
    about: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    venue: str = ""
    online_url: str = ""
    url: str = ""
    called_off: bool = False


@dataclass(slots=True)
class Read:
    """What was found, and what was wrong with the rest: (which, why)."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    past: set[str] = field(default_factory=set)
    """Keys of those left out, as they are over."""
    cut: bool = False
    """There were more than are read."""


def read(content: bytes, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Read:
    """What is still to come, once each, in order. Times without a zone are the city's. Raises CannotReadCalendar."""
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"begin:vcalendar" in start[:500]:
        found = _calendar(content, now, zone)
    elif start[:1] in (b"{", b"["):
        found = _linked(_json(content), now, zone)
    elif start[:1] == b"<":
        pages = [page for text in _scripts(content) if (page := _quietly(text)) is not None]
        if not pages:
            raise CannotReadCalendar(_("The page says nothing about events to machines (schema.org Event). Give the address of its calendar."))  # fmt: skip
        found = _linked(pages, now, zone)
    else:
        raise CannotReadCalendar(_("That is no calendar: it should be an iCalendar file (.ics), or schema.org Event as JSON or in a page."))  # fmt: skip
    once = sorted(_once(found.entries).values(), key=lambda each: (each.starts_at, each.key))
    found.entries, found.cut = once[:MOST], len(once) > MOST
    return found


def _once(entries: list[Entry]) -> dict[str, Entry]:
    """By key. Where several days have one key (parts of a series), each has its start in it too."""
    times: dict[str, set[dt.datetime]] = {}
    for each in entries:
        times.setdefault(each.key, set()).add(each.starts_at)
    found = {}
    for each in entries:
        key = each.key if len(times[each.key]) == 1 else f"{each.key[:260]}|{each.starts_at.isoformat()}"
        found[key] = replace(each, key=key)
    return found


def _calendar(content: bytes, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Read:
    found = Read()
    if b"end:vcalendar" not in content[-2000:].lower():
        raise CannotReadCalendar(_("The calendar is cut off: its end is missing, so nothing of it is taken."))
    until = time.monotonic() + SECONDS
    for calendar in _parsed(content, found):
        by_uid: dict[str, list[Any]] = {}
        for event in calendar.walk("VEVENT")[: MOST * 5]:
            by_uid.setdefault(str(event.get("UID", "")), []).append(event)
        zones = calendar.walk("VTIMEZONE")
        for uid, events in by_uid.items():
            if uid and any("RRULE" in each or "RDATE" in each or "RECURRENCE-ID" in each for each in events):
                _repeated(found, uid, events, zones, now, zone, until)
            else:
                for event in events:
                    _add(found, event, now, zone, repeats=False)
    return found


def _parsed(content: bytes, found: Read) -> list[Any]:
    """The calendars in it. Where one entry breaks the whole, each is read by itself, and what breaks is a fault of its own."""
    try:
        return list(Calendar.from_ical(content, multiple=True))
    except Exception:  # noqa: BLE001  the library raises whatever it stumbles over
        parts = []
    zones = b"".join(_blocks(content, b"VTIMEZONE"))
    for each in _blocks(content, b"VEVENT")[: MOST * 5]:
        named = re.search(rb"^(?:SUMMARY|UID)[^:\r\n]{0,200}:([^\r\n]{1,200})", each, re.MULTILINE | re.IGNORECASE)
        which = _plain(named[1].decode("utf-8", "replace"), 200) if named else _("an entry without a name")
        with _faults(found, which, _("it is broken (%(what)s).")):
            parts += Calendar.from_ical(b"BEGIN:VCALENDAR\r\n" + zones + each + b"END:VCALENDAR\r\n", multiple=True)  # fmt: skip
    return parts


@contextmanager
def _faults(found: Read, which: str, words: str) -> Iterator[None]:
    """What breaks on one entry is a fault of that entry, and the others are read on. The libraries raise whatever they stumble over in
    a calendar: it is logged, so that a mistake of ours can be told from one of theirs."""
    try:
        yield
    except Exception as error:
        logger.info("entry %r cannot be read", which, exc_info=True)
        found.faults.append((which, words % {"what": type(error).__name__}))


def _blocks(content: bytes, name: bytes) -> list[bytes]:
    """The components of a name, from BEGIN to END, in one pass; one that does not end is none."""
    begins, ends = b"BEGIN:" + name, b"END:" + name
    found: list[bytes] = []
    part: list[bytes] | None = None
    for line in content.splitlines():
        said = line.strip().upper()
        if said == begins:
            part = []
        if part is not None:
            part.append(line)
            if said == ends:
                found.append(b"\r\n".join([*part, b""]))
                part = None
    return found


def _repeated(
    found: Read, uid: str, events: list[Any], zones: list[Any], now: dt.datetime, zone: zoneinfo.ZoneInfo, until: float
) -> None:
    """Each day of a repeated entry within the time ahead."""
    which = _plain(events[0].get("SUMMARY"), 100) or uid[:100] or _("an entry without a name")
    if time.monotonic() > until:
        found.faults.append((which, _("there is so much in this calendar that its days were not worked out.")))
        return
    days: list[Any] = []
    with _faults(found, which, _("its repetition cannot be worked out (%(what)s).")):
        if any(_too_often(each) or _moment(each["DTSTART"].dt, zone) < EARLIEST for each in events):
            found.faults.append((which, _("it is repeated within a day, or began before %(year)d: put up the days by themselves.") % {"year": EARLIEST.year}))  # fmt: skip
            return
        part = Calendar()
        for each in (*events, *zones):
            part.add_component(each)
        first = (now - dt.timedelta(days=1)).astimezone(zone)
        days = recurring_ical_events.of(part, skip_bad_series=True).between(first, first + AHEAD)
    for event in days[:SOME]:
        _add(found, event, now, zone, repeats=True)


def _too_often(event: Any) -> bool:
    """Repeated by the hour, the minute or the second: no event is, and to write it out would take for ever."""
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        said = {str(name).upper(): value for name, value in dict(rule).items()}
        if {str(each).upper() for each in _listed(said.get("FREQ"))} & {"SECONDLY", "MINUTELY", "HOURLY"}:
            return True
        if any(len(_listed(said.get(each))) > 3 for each in ("BYHOUR", "BYMINUTE", "BYSECOND")):
            return True
    return len(_listed(event.get("RDATE"))) > SOME


def _add(found: Read, event: Any, now: dt.datetime, zone: zoneinfo.ZoneInfo, *, repeats: bool) -> None:
    name = _plain(event.get("SUMMARY"), 200)
    uid = _plain(event.get("UID"), 200)
    which = name or uid or _("an entry without a name")
    if "DTSTART" not in event:
        found.faults.append((which, _("it does not say when it begins.")))
        return
    with _faults(found, which, _("its start or end is no time (%(what)s).")):
        starts = _moment(event["DTSTART"].dt, zone)
        if "DTEND" in event:
            ends = _moment(event["DTEND"].dt, zone)
        elif "DURATION" in event:
            ends = starts + event["DURATION"].dt
        else:
            ends = starts + (dt.timedelta(days=1) if not isinstance(event["DTSTART"].dt, dt.datetime) else dt.timedelta(hours=1))  # fmt: skip
        off = str(event.get("STATUS", "")).upper() == "CANCELLED"
        url, place, about = (_plain(event.get(each), LONGEST) for each in ("URL", "LOCATION", "DESCRIPTION"))
        key = uid if uid and not repeats else f"{uid or name}|{_first_meant(event, starts, zone)}"
        _keep(found, which, Entry(key, name, about, starts, ends, place, "", url, off), now)


def _first_meant(event: Any, starts: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """When an entry of a series was to begin, wherever it was moved to since (RFC 5545, 3.8.4.4)."""
    meant = _moment(event["RECURRENCE-ID"].dt, zone) if "RECURRENCE-ID" in event else starts
    return meant.astimezone(dt.UTC).isoformat()


def _keep(found: Read, which: str, entry: Entry, now: dt.datetime) -> None:
    """Takes what can be an event here; the rest is a fault with its reason."""
    online = _web(entry.online_url) or (_web(entry.venue) if "://" in entry.venue else "")
    venue = "" if "://" in entry.venue and online else " ".join(entry.venue.split())[:300]
    entry = Entry(entry.key[:300], entry.title, entry.about or entry.title, entry.starts_at, entry.ends_at, venue, online, _web(entry.url), entry.called_off)  # fmt: skip
    if not entry.title:
        found.faults.append((which, _("it has no title.")))
    elif entry.ends_at <= entry.starts_at:
        found.faults.append((which, _("it ends before it starts, or lasts no time.")))
    elif entry.ends_at - entry.starts_at > dt.timedelta(days=31):
        found.faults.append((which, _("it lasts more than a month.")))
    elif entry.ends_at <= now:
        found.past.add(entry.key)
    else:
        found.entries.append(entry)


def _moment(value: Any, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """A time without a zone is the city's; a day begins at its midnight."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time(), zone)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return dt.datetime.fromtimestamp(value.timestamp(), dt.UTC)


def _plain(value: Any, most: int) -> str:
    return str(value or "").replace("\0", "").encode("utf-8", "replace").decode().strip()[:most]


def _web(value: str) -> str:
    found = re.search(r"https?://[^\s<>\"]{3,480}", value)
    return found[0] if found else ""


def _scripts(content: bytes) -> list[bytes]:
    """The pieces of linked data in a page, in one pass."""
    found: list[bytes] = []
    small, at = content.lower(), 0
    while len(found) < SOME and (begins := small.find(b"<script", at)) >= 0:
        opened = small.find(b">", begins)
        closed = small.find(b"</script", opened) if opened >= 0 else -1
        if closed < 0:
            break
        if b"application/ld+json" in small[begins:opened]:
            found.append(content[opened + 1 : closed])
        at = closed
    return found


def _json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (UnicodeError, ValueError, RecursionError) as error:
        raise CannotReadCalendar(_("The JSON is broken, so nothing of it can be read.")) from error


def _quietly(text: bytes) -> Any:
    try:
        return json.loads(html.unescape(text.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return None


def _linked(data: Any, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Read:
    """Every schema.org Event in a document, wherever it stands."""
    found = Read()
    seen = 0
    for thing in _things(data, 0):
        seen += 1
        if seen > MOST * 5:
            break
        _thing(found, thing, now, zone)
    if not seen:
        raise CannotReadCalendar(_("There is no schema.org Event in it."))
    return found


def _things(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Events, and the items of a feed's page (OpenActive RPDE: state and data)."""
    if depth > 12:
        return
    if isinstance(data, list):
        for each in data:
            yield from _things(each, depth + 1)
    elif isinstance(data, dict):
        if data.get("state") == "deleted":
            return
        if _is_event(data) and ("startDate" in data or not any(isinstance(data.get(each), list | dict) for each in PARTS)):  # fmt: skip
            yield data
        for name in ("@graph", "items", "data", "itemListElement", "item", *PARTS):
            if name in data:
                yield from _things([{**_inherited(data), **each} if isinstance(each, dict) and name in PARTS else each for each in _listed(data[name])], depth + 1)  # fmt: skip


PARTS = ("subEvent", "event", "events")


def _is_event(data: dict[str, Any]) -> bool:
    kinds = [str(each).rpartition("/")[2] for each in _listed(data.get("@type") or data.get("type"))]
    return any(each.endswith(("Event", "ScheduledSession", "CourseInstance")) for each in kinds)


def _inherited(data: dict[str, Any]) -> dict[str, Any]:
    """What a part has from the whole, where it says nothing itself."""
    return {name: data[name] for name in ("name", "description", "location", "url") if name in data}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []


def _thing(found: Read, thing: dict[str, Any], now: dt.datetime, zone: zoneinfo.ZoneInfo) -> None:
    name = _said(thing.get("name"))[:200]
    key = _said(thing.get("@id") or thing.get("id") or thing.get("identifier") or thing.get("url"))
    which = name or key[:100] or _("an entry without a name")
    try:
        starts = _stated(thing.get("startDate"), zone)
        ends = _stated(thing["endDate"], zone) if thing.get("endDate") else starts + _lasting(thing.get("duration"))
    except (ValueError, TypeError, OverflowError):
        found.faults.append((which, _("its start or end is missing or no time.")))
        return
    place = _listed(thing.get("location"))
    venue = next((words for each in place if not _virtual(each) and (words := _where(each))), "")
    online = next((_said(each.get("url")) for each in place if isinstance(each, dict) and _virtual(each)), "")
    off = str(thing.get("eventStatus", "")).rpartition("/")[2] == "EventCancelled"
    entry = Entry(
        key or f"{name}|{starts.isoformat()}", name, _said(thing.get("description"))[:LONGEST], starts, ends, venue, online,
        _said(thing.get("url")), off,
    )  # fmt: skip
    _keep(found, which, entry, now)


def _said(value: Any) -> str:
    """Words, however they are wrapped."""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("value") or value.get("name")
    if isinstance(value, list):
        value = value[0] if value else ""
    return _plain(re.sub(r"<[^<>]{0,2000}>", " ", html.unescape(str(value)))[: 2 * LONGEST], LONGEST) if isinstance(value, str | int) else ""  # fmt: skip


def _stated(value: Any, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """Raises ValueError for what is no time."""
    text = str(value)
    found: dt.date = dt.datetime.fromisoformat(text) if "T" in text or " " in text.strip() else dt.date.fromisoformat(text)  # fmt: skip
    return _moment(found, zone)


def _lasting(value: Any) -> dt.timedelta:
    """An ISO 8601 duration of hours and minutes; an hour where none is said. Raises ValueError."""
    if not value:
        return dt.timedelta(hours=1)
    found = re.fullmatch(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:\d+S)?)?", str(value))
    if not found:
        raise ValueError(value)
    days, hours, minutes = (int(each or 0) for each in found.groups())
    return dt.timedelta(days=days, hours=hours, minutes=minutes) or dt.timedelta(hours=1)


def _virtual(place: Any) -> bool:
    return isinstance(place, dict) and "VirtualLocation" in str(place.get("@type") or place.get("type") or "")


def _where(place: Any) -> str:
    if not isinstance(place, dict):
        return _said(place)
    address = place.get("address")
    parts = [address.get(each) for each in ("streetAddress", "addressLocality", "postalCode")] if isinstance(address, dict) else [address]  # fmt: skip
    return ", ".join(dict.fromkeys(filter(None, map(_said, [place.get("name"), *parts]))))
