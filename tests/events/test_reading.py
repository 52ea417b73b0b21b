"""Whatever stands in other bodies' calendars is read, or said why not; nothing stops the reader."""

from __future__ import annotations

import datetime as dt
import json
import signal
import zoneinfo
from pathlib import Path

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall.events.reading import CannotReadCalendar, read

from .conftest import NOW

CITY = zoneinfo.ZoneInfo("Europe/London")


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n".encode()


HALL = "LOCATION:Town Hall"


def test_an_entry_is_read_with_its_zone_or_the_city_s() -> None:
    found = read(ics(
        f"UID:a\r\nSUMMARY:In Paris time\r\nDTSTART;TZID=Europe/Paris:20270701T200000\r\nDTEND;TZID=Europe/Paris:20270701T220000\r\n{HALL}",
        f"UID:b\r\nSUMMARY:City time\r\nDTSTART:20270702T200000\r\nDURATION:PT90M\r\n{HALL}",
        f"UID:c\r\nSUMMARY:A day\r\nDTSTART;VALUE=DATE:20270703\r\n{HALL}\r\nSTATUS:CANCELLED",
    ), NOW, CITY)  # fmt: skip
    assert [(each.title, each.starts_at.isoformat(), (each.ends_at - each.starts_at).total_seconds() / 3600, each.called_off) for each in found.entries] == [
        ("In Paris time", "2027-07-01T18:00:00+00:00", 2.0, False), ("City time", "2027-07-02T19:00:00+00:00", 1.5, False),
        ("A day", "2027-07-02T23:00:00+00:00", 24.0, True),
    ]  # fmt: skip


def test_a_weekly_entry_keeps_its_clock_time_when_the_clocks_change_and_its_exceptions() -> None:
    found = read(ics(
        f"UID:w\r\nSUMMARY:Weekly\r\nDTSTART;TZID=Europe/London:20270315T180000\r\nDTEND;TZID=Europe/London:20270315T190000\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/London:20270322T180000\r\n{HALL}",
        f"UID:w\r\nRECURRENCE-ID;TZID=Europe/London:20270405T180000\r\nSUMMARY:Weekly, later\r\nDTSTART;TZID=Europe/London:20270405T200000\r\nDTEND;TZID=Europe/London:20270405T210000\r\n{HALL}",
    ), NOW, CITY)  # fmt: skip
    assert [(each.title, f"{each.starts_at.astimezone(CITY):%d %b %H:%M}") for each in found.entries] == [
        ("Weekly", "15 Mar 18:00"), ("Weekly", "29 Mar 18:00"), ("Weekly, later", "05 Apr 20:00"),
    ]  # fmt: skip
    assert len({each.key for each in found.entries}) == 3


def test_what_is_wrong_comes_back_by_entry_and_hides_nothing() -> None:
    found = read(ics(
        f"UID:1\r\nSUMMARY:Good\r\nDTSTART:20270702T200000Z\r\n{HALL}", f"UID:2\r\nSUMMARY:No start\r\n{HALL}", "UID:3\r\nSUMMARY:Nowhere\r\nDTSTART:20270702T200000Z",
        f"UID:4\r\nSUMMARY:Backwards\r\nDTSTART:20270702T200000Z\r\nDTEND:20270702T190000Z\r\n{HALL}", f"UID:5\r\nDTSTART:20270702T200000Z\r\n{HALL}",
        f"UID:6\r\nSUMMARY:Long ago\r\nDTSTART:20200702T200000Z\r\n{HALL}", f"UID:7\r\nSUMMARY:For ever\r\nDTSTART:20270702T200000Z\r\nDTEND:20290702T190000Z\r\n{HALL}",
        f"UID:1\r\nSUMMARY:Good\r\nDTSTART:20270702T200000Z\r\n{HALL}",
    ), NOW, CITY)  # fmt: skip
    assert [each.title for each in found.entries] == ["Good", "Nowhere"]
    assert [which for which, _why in found.faults] == ["No start", "Backwards", "5", "For ever"]
    assert found.past == {"6"}


def test_one_entry_that_breaks_the_whole_is_a_fault_of_its_own() -> None:
    found = read(ics(f"UID:1\r\nSUMMARY:Good\r\nDTSTART:20270702T200000Z\r\n{HALL}", "UID:2\r\nSUMMARY:Bad\r\nDTSTART:20270702T200000Z\r\nBEGIN:VALARM\r\nTRIGGER:20271E02T2\r\nEND:VALARM"), NOW, CITY)  # fmt: skip
    assert [each.title for each in found.entries] == ["Good"]
    assert [which for which, _why in found.faults] == ["2"]


EVENT = {
    "@context": "https://schema.org", "@type": "Event", "@id": "https://x.example/1", "name": "Open evening", "startDate": "2027-02-03T18:00:00+00:00",
    "endDate": "2027-02-03T20:00:00+00:00", "location": {"@type": "Place", "name": "College", "address": {"streetAddress": "1 Quay Lane", "postalCode": "FB1 1AA"}},
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(EVENT), json.dumps([EVENT, EVENT]), json.dumps({"@graph": [EVENT]}), json.dumps({"items": [{"state": "updated", "data": EVENT}, {"state": "deleted", "id": "2"}]}),
        f'<!DOCTYPE html><html><script type="application/ld+json">{json.dumps(EVENT)}</script><script type="application/ld+json">broken</script></html>',
    ],
)  # fmt: skip
def test_schema_org_is_found_in_documents_feeds_and_pages(content: str) -> None:
    (entry,) = read(content.encode(), NOW, CITY).entries
    assert (entry.title, entry.venue) == ("Open evening", "College, 1 Quay Lane, FB1 1AA")


@pytest.mark.parametrize("content", [b"", b"Dear all,", b"{}", b"[1,2", b"<html></html>", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT", b"[" * 100_000, b"\x00" * 50])  # fmt: skip
def test_what_is_no_calendar_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(CannotReadCalendar, match=r"\w{3}"):
        read(content, NOW, CITY)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=500),
    st.sampled_from([b"", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:", b'{"@type":"Event","startDate":']),
)
def test_no_bytes_stop_the_reader(raw: bytes, begins: bytes) -> None:
    try:
        read(begins + raw, NOW, CITY)
    except CannotReadCalendar:
        return


@pytest.mark.parametrize(
    "content",
    [
        ics(f"UID:1\r\nSUMMARY:x\r\nDTSTART:20270104T100000Z\r\nRRULE:FREQ=SECONDLY\r\n{HALL}"),
        ics(f"UID:1\r\nSUMMARY:x\r\nDTSTART:20270104T100000Z\r\nRRULE:FREQ=DAILY;BYMINUTE={','.join(map(str, range(60)))};BYSECOND={','.join(map(str, range(60)))}\r\n{HALL}"),
        ics(f"UID:1\r\nSUMMARY:x\r\nDTSTART:00010104T100000Z\r\nRRULE:FREQ=DAILY\r\n{HALL}"),
        ics(*(f"UID:{n}\r\nSUMMARY:x\r\nDTSTART:20260104T100000Z\r\nRRULE:FREQ=DAILY\r\n{HALL}" for n in range(2000))),
        b"BEGIN:VCALENDAR\r\nEND:FOO\r\n" + b"BEGIN:VEVENT\r\n" * 100_000 + b"END:VCALENDAR\r\n", b"<html>" + b"<script application/ld+json" * 60_000,
        b"<html>" + b'<script type="application/ld+json">{</script>' * 40_000,
    ],
)  # fmt: skip
def test_no_calendar_keeps_the_reader_busy_for_long(content: bytes) -> None:
    signal.alarm(25)
    try:
        assert len(read(content, NOW, CITY).entries) <= 2000
    except CannotReadCalendar:
        pass
    finally:
        signal.alarm(0)


def test_a_linked_event_that_moves_is_the_same_and_the_days_of_a_series_are_several() -> None:
    (before,) = read(json.dumps(EVENT).encode(), NOW, CITY).entries
    (after,) = read(json.dumps(EVENT | {"startDate": "2027-02-04T18:00:00+00:00", "endDate": "2027-02-04T20:00:00+00:00"}).encode(), NOW, CITY).entries  # fmt: skip
    assert before.key == after.key
    parts = [{"@type": "Event", "startDate": f"2027-03-0{day}T18:00:00+00:00", "endDate": f"2027-03-0{day}T19:00:00+00:00"} for day in (1, 2)]  # fmt: skip
    series = {"@type": "EventSeries", "@id": "https://x.example/s", "name": "Course", "subEvent": [EVENT | part for part in parts]}  # fmt: skip
    assert len({each.key for each in read(json.dumps(series).encode(), NOW, CITY).entries}) == 2


def test_every_real_and_every_hostile_calendar_is_read_or_refused_in_words(shared_data: Path) -> None:
    """Each in ten seconds at most, and what is read can be written out again."""
    files = [each for folder in ("ical", "events") for each in sorted((shared_data / folder).rglob("*")) if each.is_file()]  # fmt: skip
    outcomes = {"read": 0, "refused": 0, "entries": 0}
    long_ago = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
    for file in files:
        signal.alarm(10)
        try:
            found = read(file.read_bytes(), long_ago, CITY)
        except CannotReadCalendar:
            outcomes["refused"] += 1
            continue
        finally:
            signal.alarm(0)
        outcomes["read"] += 1
        outcomes["entries"] += len(found.entries)
        for which, why in found.faults:
            assert which, file
            assert why, file
        for each in found.entries:
            event = icalendar.Event()
            event.add("summary", each.title)
            event.add("dtstart", each.starts_at)
            assert icalendar.Event.from_ical(event.to_ical())["SUMMARY"]
    assert outcomes["read"] > 150
    assert outcomes["entries"] >= 90
