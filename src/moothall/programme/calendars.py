"""Runs as calendar entries (RFC 5545): one entry a meeting, in the city's zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from .models import Plan, Run
from .selectors import meetings_of


def calendar_of(plan: Plan, runs: Iterable[Run], *, link: Callable[[int], str]) -> bytes:
    """A calendar of these runs' meetings. `link` gives a run's address by its number."""
    zone = zoneinfo.ZoneInfo(plan.timezone)
    calendar = Calendar()
    calendar.add("prodid", "-//Moothall//Programme//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", plan.title)
    calendar.add("x-wr-calname", plan.title)
    for run in runs:
        meetings = meetings_of(run)
        for part, meeting in enumerate(meetings, 1):
            event = Event()
            event.add("uid", f"run-{plan.id}-{run.number}-{part}@moothall")
            event.add("dtstamp", plan.published_at or plan.made_at)
            event.add("sequence", 0)
            event.add("dtstart", meeting.starts_at.astimezone(zone))
            event.add("dtend", meeting.ends_at.astimezone(zone))
            event.add(
                "summary",
                run.course
                if len(meetings) == 1
                else _("%(course)s (part %(part)d of %(parts)d)")
                % {"course": run.course, "part": part, "parts": len(meetings)},
            )
            event.add("location", f"{run.venue}, {run.area}" if run.venue else _("Online"))
            event.add("url", link(run.number))
            event.add("description", link(run.number))
            calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
