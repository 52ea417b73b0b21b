"""Days and times as people read them, on pages and in letters alike: in the city's zone unless another is named."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.utils import formats, timezone
from django.utils.translation import gettext as _


def zone() -> zoneinfo.ZoneInfo:
    """The zone in which people here mean a day."""
    return zoneinfo.ZoneInfo(timezone.get_default_timezone_name())


def day(moment: dt.datetime | dt.date, zone: str | None = None) -> str:
    """Monday 11 January 2027"""
    if isinstance(moment, dt.datetime):
        moment = _local(moment, zone)
    return formats.date_format(moment, "l j F Y")


def last_day(due_at: dt.datetime) -> str:
    """The day that is over when something is due."""
    return day(due_at - dt.timedelta(microseconds=1))


def moment(at: dt.datetime, zone: str | None = None) -> str:
    """Monday 11 January 2027 at 9:30am"""
    return _("%(day)s at %(time)s") % {"day": day(at, zone), "time": clock(at, zone)}


def clock(at: dt.datetime, zone: str | None = None) -> str:
    """9:30am"""
    local = _local(at, zone)
    minutes = f":{local:%M}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def until(at: dt.datetime) -> str:
    """The end of Monday 11 January 2027; a moment within the day as it is."""
    return _("the end of %(day)s") % {"day": last_day(at)} if _local(at, None).time() == dt.time() else moment(at)


def span(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """Monday 11 January 2027, 2pm to 4:30pm; over several days with both of them; from midnight to midnight without times."""
    if _whole_days(starts_at, ends_at):
        days = {"first": day(starts_at), "last": last_day(ends_at)}
        return (_("%(first)s, all day") if days["first"] == days["last"] else _("%(first)s to %(last)s")) % days
    same = _local(starts_at, None).date() == _local(ends_at, None).date()
    ends = clock(ends_at) if same else _("%(day)s, %(time)s") % {"day": day(ends_at), "time": clock(ends_at)}
    return _("%(day)s, %(time)s to %(ends)s") % {"day": day(starts_at), "time": clock(starts_at), "ends": ends}


def hours(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """Where the day is said already: 2pm to 4:30pm; all day; from 2pm, where it ends on another."""
    one_day = day(starts_at) == last_day(ends_at)
    if _whole_days(starts_at, ends_at):
        return _("all day") if one_day else _("until %(day)s") % {"day": last_day(ends_at)}
    if not one_day:
        return _("from %(time)s") % {"time": clock(starts_at)}
    return _("%(time)s to %(ends)s") % {"time": clock(starts_at), "ends": clock(ends_at)}


def short(at: dt.datetime) -> str:
    """Mon 11 Jan, 2pm"""
    return f"{formats.date_format(_local(at, None), 'D j M')}, {clock(at)}"


def _whole_days(starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    return _local(starts_at, None).time() == _local(ends_at, None).time() == dt.time()


def _local(moment: dt.datetime, zone: str | None) -> dt.datetime:
    return timezone.localtime(moment, zoneinfo.ZoneInfo(zone) if zone else None)
