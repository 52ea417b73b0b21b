"""Runs as calendar entries: one entry a meeting, in the plan's zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from moothall.core.calendars import Entry, feed

from .models import Plan, Run
from .selectors import meetings_of


def calendar_of(plan: Plan, runs: Iterable[Run], *, link: Callable[[int], str]) -> bytes:
    """A calendar of these runs' meetings. `link` gives a run's address by its number."""
    return feed(plan.title, [entry for run in runs for entry in _entries(plan, run, link(run.number))])


def _entries(plan: Plan, run: Run, url: str) -> list[Entry]:
    meetings = meetings_of(run)
    return [
        Entry(
            f"run-{plan.id}-{run.number}-{part}@moothall", 0, plan.published_at or plan.made_at, meeting.starts_at, meeting.ends_at,
            run.course if len(meetings) == 1 else _("%(course)s (part %(part)d of %(parts)d)") % {"course": run.course, "part": part, "parts": len(meetings)},
            f"{run.venue}, {run.area}" if run.venue else _("Online"), url, url,
        )
        for part, meeting in enumerate(meetings, 1)
    ]  # fmt: skip
