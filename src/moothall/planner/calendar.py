"""From half-days to clock times."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable

from .errors import PlannerError
from .problem import Problem


class NoCalendar(PlannerError):
    """The bundle does not say when its half-days are."""


def meeting_times(problem: Problem, slots: Iterable[int]) -> list[tuple[dt.datetime, dt.datetime]]:
    """Start and end of each half-day, aware, in the city's zone: 09:30 stays 09:30 when the clocks change.

    Raises NoCalendar where `starts_on`, `timezone` or `half_day_times` is missing, or a week has more half-days than
    its seven days hold.
    """
    if not (problem.starts_on and problem.timezone and problem.half_day_times):
        raise NoCalendar(
            "The bundle does not say when its half-days are: add starts_on, timezone and half_day_times to its planning."
        )
    a_day = len(problem.half_day_times)
    if problem.half_days_per_week > 7 * a_day:
        raise NoCalendar(
            f"A week of {problem.half_days_per_week} half-days does not fit {a_day} a day: add the missing half_day_times."
        )
    zone = zoneinfo.ZoneInfo(problem.timezone)
    out = []
    for slot in slots:
        week, within = divmod(int(slot), problem.half_days_per_week)
        day, half = divmod(within, a_day)
        date = problem.starts_on + dt.timedelta(days=7 * week + day)
        start, end = (
            dt.datetime.combine(date, dt.time.fromisoformat(clock), zone) for clock in problem.half_day_times[half]
        )
        out.append((start, end))
    return out
