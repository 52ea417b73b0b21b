"""When a cover rule speaks of a time: a pure function of days, weekdays and hours in the city's zone."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection


def days_between(starts_at: dt.datetime, ends_at: dt.datetime, zone: zoneinfo.ZoneInfo) -> list[dt.date]:
    """Every day of which something takes a part, in the city's zone."""
    first = starts_at.astimezone(zone).date()
    last = (ends_at - dt.timedelta(microseconds=1)).astimezone(zone).date()
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def hours_of(
    weekdays: Collection[int], from_time: dt.time, to_time: dt.time, starts_at: dt.datetime, ends_at: dt.datetime, zone: zoneinfo.ZoneInfo
) -> list[tuple[dt.date, dt.datetime, dt.datetime]]:  # fmt: skip
    """What of that time lies within the hours of the rule, on its weekdays (0 is Monday): each day, from when, until when."""
    found = []
    for day in days_between(starts_at, ends_at, zone):
        first = max(starts_at, dt.datetime.combine(day, from_time, zone))
        last = min(ends_at, dt.datetime.combine(day, to_time, zone))
        if day.weekday() in weekdays and first < last:
            found.append((day, first, last))
    return found
