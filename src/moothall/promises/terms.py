"""When something is due: pure functions of days, terms and bank holidays.

A day is one of the city's zone. What is due "within five working days" is due when the fifth working day after the day it came in is
over; the day it came in does not count (as the Local Government and Social Care Ombudsman's Complaint Handling Code counts).
"""

from __future__ import annotations

import calendar
import datetime as dt
import zoneinfo
from collections.abc import Set as AbstractSet

from .types import Term, Unit

Closed = AbstractSet[dt.date]
REMIND_AT = dt.time(8)


def is_working(day: dt.date, closed: Closed) -> bool:
    return day.weekday() < 5 and day not in closed


def working_day(day: dt.date, count: int, closed: Closed) -> dt.date:
    """The count-th working day after a day, or before it for a negative count."""
    step = dt.timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working(day, closed)
    return day


def last_day(start: dt.date, term: Term, closed: Closed) -> dt.date:
    """The last day of a term that begins the day after `start`. A month ends on the day of the same number, or on its last."""
    if term.unit is Unit.WORKING_DAYS:
        return working_day(start, term.count, closed)
    if term.unit is Unit.MONTHS:
        years, month = divmod(start.month - 1 + term.count, 12)
        year, month = start.year + years, month + 1
        return dt.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
    return start + dt.timedelta(days=term.count)


def due(start: dt.datetime, term: Term, closed: Closed, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The moment at which a term is over: midnight after its last day. Aware, in UTC."""
    last = last_day(start.astimezone(zone).date(), term, closed)
    return midnight(last + dt.timedelta(days=1), zone)


def reminder(due_at: dt.datetime, days: int, closed: Closed, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The morning so many working days before the last day."""
    day = working_day(last_day_of(due_at, zone), -days, closed)
    return dt.datetime.combine(day, REMIND_AT, zone).astimezone(dt.UTC)


def last_day_of(due_at: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.date:
    """The day that ends at `due_at`, or in which it falls."""
    return (due_at - dt.timedelta(microseconds=1)).astimezone(zone).date()


def midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
