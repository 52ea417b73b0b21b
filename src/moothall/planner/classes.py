"""Classes of runs as flat arrays: every legal start of every course, and every site (online, or the venues of an area) where it can be held.

What the bound, the first plan and the search all loop over.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .options import Options
from .problem import Ints, Problem, bits


class Classes:
    """Starts and sites in order of course. A venue V (one more than there are) is online."""

    def __init__(self, problem: Problem, options: Options) -> None:
        self.problem, self.options = problem, options
        V, T = len(problem.venues), problem.half_days
        longest = int(problem.course_half_days.max(initial=1))
        meets = [np.pad(each, ((0, 0), (0, longest - each.shape[1])), constant_values=T) for each in problem.meetings]
        self.first_start = np.concatenate([[0], np.cumsum([len(each) for each in meets])]).astype(np.int64)
        """[C + 1] starts of course c are first_start[c] to first_start[c + 1]."""
        self.slots: Ints = np.concatenate([np.zeros((0, longest), np.int64), *meets])
        """[starts, longest course] half-days, padded with T."""
        self.course = np.repeat(np.arange(len(meets)), np.diff(self.first_start))
        self.length = problem.course_half_days[self.course]
        meeting = np.zeros((len(self.slots), T + 1), bool)
        np.put_along_axis(meeting, self.slots, True, 1)
        self.bits = bits(meeting[:, :T])
        self._make_sites(V)

    def _make_sites(self, V: int) -> None:
        problem, options, limits = self.problem, self.options, self.problem.group_limits
        kinds, penalties = problem.kinds, problem.penalties
        course, seats, penalty, venues = [], [np.zeros(0, np.int64)], [np.zeros(0)], [np.zeros(0, np.int64)]
        for c in range(len(problem.courses)):
            mine = np.arange(options.by_course[c], options.by_course[c + 1])
            kind = kinds[options.person[mine]]
            for place in range(-1, problem.places.max(initial=-1) + 1):
                here = np.array([V]) if place < 0 else np.nonzero(problem.places == place)[0]
                here = here[limits[c, here] > 0]
                if not len(here):
                    continue
                lost = penalties[kind, here[0]]
                near = lost < np.inf
                if near.any():
                    course.append(c)
                    seats.append(mine[near])
                    penalty.append(lost[near])
                    venues.append(here)
        self.site_course = np.array(course, np.int64)
        self.first_site = np.searchsorted(self.site_course, np.arange(len(problem.courses) + 1))
        """[C + 1] sites of course c are first_site[c] to first_site[c + 1]."""
        self.first_seat = np.cumsum([len(each) for each in seats], dtype=np.int64)
        self.first_venue = np.cumsum([len(each) for each in venues], dtype=np.int64)
        self.seat_option, self.site_venue = np.concatenate(seats), np.concatenate(venues)
        self.seat_penalty, self.seat_person = np.concatenate(penalty), options.person[self.seat_option]
        self.first_class = np.concatenate([[0], np.cumsum(np.diff(self.first_start)[self.site_course])]).astype(
            np.int64
        )
        """[sites + 1] classes (one a start) of site i are first_class[i] to first_class[i + 1]."""

    @cached_property
    def site_of(self) -> Ints:
        """[C, V + 1] the site of a course at a venue, or -1."""
        found = np.full((len(self.problem.courses), len(self.problem.venues) + 1), -1)
        site = np.repeat(np.arange(len(self.site_course)), np.diff(self.first_venue))
        found[self.site_course[site], self.site_venue] = site
        return found

    def start_of(self, course: int, half_day: int) -> int:
        """The start of a course in a half-day, which must be a legal one."""
        first, last = self.first_start[course], self.first_start[course + 1]
        return int(first + np.searchsorted(self.slots[first:last, 0], half_day))
