"""The planning problem, frozen: every array the planner reads, validated where it is made.

Letters follow the formulation in docs/planning.md: P people, C courses, V venues, N trainers, T half-days, K skills.
Money is held in hundredths of the currency (pence), as whole numbers, so that a budget is kept exactly.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

ONLINE = -1
"""The venue of a run that has none."""

HOME, NEAR, FAR = 0, 1, 2
"""Reach between two areas."""

ANY, IN_PERSON_PREFERRED, ONLINE_PREFERRED = 0, 1, 2
"""What a person prefers."""


BESIDES: Mapping[str, Any] = {
    "features": (), "person_access": None, "venue_features": None, "course_free": None, "pinned": (), "held_back": 0.0, "own_budget": None,
}  # fmt: skip
"""What may be said of a city besides, and what it is where nobody says it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """One city, one term. Made by `io.read_bundle` or `Problem.restricted`; never changed.

    Raises ValueError when arrays disagree in shape: a mistake of the program, as `io` refuses bad files before this.
    """

    weeks: int
    half_days_per_week: int
    budget: int
    currency: str
    cover: float
    penalty_mode: float
    penalty_near: float

    areas: tuple[str, ...]
    organisations: tuple[str, ...]
    teams: tuple[str, ...]
    people: tuple[str, ...]
    skills: tuple[str, ...]
    courses: tuple[str, ...]
    venues: tuple[str, ...]
    trainers: tuple[str, ...]

    reach: Ints
    """[area of the person, area of the venue] HOME, NEAR or FAR."""
    team_organisation: Ints
    person_team: Ints
    person_area: Ints
    person_half_days: Ints
    person_prefers: Ints
    person_free: Bools
    """[P, T]"""
    course_half_days: Ints
    course_weekly: Bools
    course_min_group: Ints
    course_max_group: Ints
    course_max_group_online: Ints
    course_in_person: Bools
    course_online: Bools
    course_cost_run: Ints
    course_cost_run_online: Ints
    course_cost_head: Ints
    course_prerequisite: Ints
    """[C] a course, or -1."""
    closes: Bools
    """[C, K] a course closes the need for a skill."""
    done: Bools
    """[P, C]"""
    need_person: Ints
    """[needs] in order of people."""
    need_skill: Ints
    need_weight: Floats
    venue_area: Ints
    venue_capacity: Ints
    venue_cost_half_day: Ints
    venue_free: Bools
    """[V, T]"""
    trainer_free: Bools
    """[N, T]"""
    qualified: Bools
    """[N, C]"""
    team_limit: Ints
    """[teams] how many of a team may be away in one half-day; of the whole team, also in a problem restricted to some people."""

    features: tuple[str, ...] = ()
    """What a venue may have and a person may need of it, as step-free; a bit each of the two below."""
    person_access: Ints | None = None
    """[P] what each needs (bits); None: nobody anything."""
    venue_features: Ints | None = None
    """[V] what each has (bits)."""
    course_free: Bools | None = None
    """[C, T] half-days in which a course may meet; None: in all."""
    pinned: tuple[tuple[int, int, int, int], ...] = ()
    """Runs that must take place: course, start, venue (ONLINE is -1), trainer."""
    held_back: float = 0.0
    """Share of each run's seats that the plan leaves for free booking."""

    own_budget: Ints | None = None
    """[organisations] what each adds to the budget for places of its own people, in hundredths; None: nobody anything."""

    starts_on: dt.date | None = None
    timezone: str = ""
    half_day_times: tuple[tuple[str, str], ...] = ()
    closed_on: tuple[dt.date, ...] = ()
    descriptions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Table -> further column -> cells, in the order of the table: what the planner does not read, for people to read."""

    def __post_init__(self) -> None:
        P, C, V, N, T = len(self.people), len(self.courses), len(self.venues), len(self.trainers), self.half_days
        A, K = len(self.areas), len(self.skills)
        shapes = {
            "reach": (A, A), "team_organisation": (len(self.teams),), "team_limit": (len(self.teams),),
            "person_team": (P,), "person_area": (P,), "person_half_days": (P,), "person_prefers": (P,),
            "person_free": (P, T), "closes": (C, K), "done": (P, C),
            "need_person": self.need_skill.shape, "need_weight": self.need_skill.shape,
            "venue_area": (V,), "venue_capacity": (V,), "venue_cost_half_day": (V,), "venue_free": (V, T),
            "trainer_free": (N, T), "qualified": (N, C),
        }  # fmt: skip
        for each in fields(self):
            if each.name.startswith("course_") and each.name not in BESIDES:
                shapes[each.name] = (C,)
        if self.course_free is not None:
            shapes["course_free"] = (C, T)
        for name, count in (("person_access", P), ("venue_features", V), ("own_budget", len(self.organisations))):
            if getattr(self, name) is not None:
                shapes[name] = (count,)
        for name, shape in shapes.items():
            array: npt.NDArray[Any] = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, not {shape}")
            array.flags.writeable = False
        if len(self.need_person) and (np.diff(self.need_person) < 0).any():
            raise ValueError("needs are not in order of people")

    def __getstate__(self) -> dict[str, Any]:
        """Without what is worked out when asked for."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Arrays come from another process as if they might be changed: kernels would be compiled for that once more."""
        self.__dict__.update(state)
        self.__post_init__()

    @property
    def half_days(self) -> int:
        """T: the half-days of the term."""
        return self.weeks * self.half_days_per_week

    @cached_property
    def meetings(self) -> tuple[Ints, ...]:
        """For each course int[starts, half-days of the course]: the half-days of a run, for each legal start."""
        week, T = self.half_days_per_week, self.half_days
        out: list[Ints] = []
        for length, weekly in zip(self.course_half_days.tolist(), self.course_weekly.tolist()):
            starts = np.arange(T)
            slots = starts[:, None] + (week if weekly else 1) * np.arange(length)
            legal = slots[:, -1] < T
            if not weekly:
                legal &= slots[:, -1] // week == starts // week
            if self.course_free is not None:
                legal &= self.course_free[len(out)][np.minimum(slots, T - 1)].all(1)
            out.append(slots[legal])
        return tuple(out)

    def run_slots(self, course: int, start: int) -> Ints:
        """The half-days in which a run of `course` that starts at `start` meets."""
        step = self.half_days_per_week if self.course_weekly[course] else 1
        return start + step * np.arange(self.course_half_days[course])

    @cached_property
    def pinned_keys(self) -> frozenset[tuple[int, int, int, int]]:
        """Of the runs that must take place, as `Run.key`."""
        return frozenset((start, course, venue, trainer) for course, start, venue, trainer in self.pinned)

    @cached_property
    def group_limits(self) -> Ints:
        """[C, V + 1] the most places a run of a course may have at a venue; the last column (ONLINE is -1) is online.

        0 where no run can be held: not offered so, or never large enough for the minimum group.
        """
        in_person = (
            np.minimum(self.course_max_group[:, None], self.venue_capacity[None, :]) * self.course_in_person[:, None]
        )
        limits = np.column_stack([in_person, self.course_max_group_online * self.course_online])
        limits = np.floor(limits * (1.0 - self.held_back) + 1e-9).astype(np.int64)
        return np.where(limits >= self.course_min_group[:, None], limits, 0)

    @cached_property
    def fixed_costs(self) -> Ints:
        """[C, V + 1] what a run costs before its places, in hundredths; the last column is online."""
        in_person = self.course_cost_run[:, None] + self.course_half_days[:, None] * self.venue_cost_half_day[None, :]
        return np.column_stack([in_person, self.course_cost_run_online])

    def run_cost(self, course: int, venue: int, places: int) -> int:
        """What a run costs in all, in hundredths."""
        return int(self.fixed_costs[course, venue] + self.course_cost_head[course] * places)

    @cached_property
    def kinds(self) -> Ints:
        """[P] all that matters of a person to what a place costs them: a row of `penalties`."""
        kinds = self.person_area * 3 + self.person_prefers
        if self.person_access is None:
            return kinds
        return kinds * len(self._access) + np.searchsorted(self._access, self.person_access)

    @cached_property
    def _access(self) -> Ints:
        """Every set of features that somebody needs, once."""
        return np.zeros(1, np.int64) if self.person_access is None else np.unique(self.person_access)

    @cached_property
    def places(self) -> Ints:
        """[V] venues in one place are the same for everybody but for their size and price."""
        if self.venue_features is None:
            return self.venue_area
        pairs = np.column_stack([self.venue_area, self.venue_features])
        return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)

    @cached_property
    def penalties(self) -> Floats:
        """[kinds, V + 1] points lost by a place there: a near area and a disliked mode; infinite where out of reach, or without what they need. The last column (ONLINE is -1) is online."""
        kinds = np.arange(len(self.areas) * 3 * len(self._access))
        needed = self._access[kinds % len(self._access)]
        kinds = kinds // len(self._access)
        area, prefers = kinds // 3, kinds % 3
        reach = self.reach[area][:, self.venue_area]
        there = (
            np.where(reach == NEAR, self.penalty_near, 0.0) + self.penalty_mode * (prefers == ONLINE_PREFERRED)[:, None]
        )
        there[reach == FAR] = np.inf
        if self.venue_features is not None:
            there[(needed[:, None] & ~self.venue_features[None, :]) != 0] = np.inf
        online = self.penalty_mode * (prefers == IN_PERSON_PREFERRED)
        # By rows, however many venues there are: kernels would be compiled once more for another order.
        return np.ascontiguousarray(np.column_stack([there, online]))

    def penalty(self, people: Ints, venue: int) -> Floats:
        """Points lost for each of `people` in a run at `venue`."""
        found: Floats = self.penalties[self.kinds[people], venue]
        return found

    @property
    def person_organisation(self) -> Ints:
        return self.team_organisation[self.person_team]

    @cached_property
    def input_hash(self) -> str:
        """sha256 over everything that can change a plan: equal problems, equal hashes, whatever file they came in."""
        digest = hashlib.sha256()
        for each in fields(self):
            value = getattr(self, each.name)
            unused = each.name in BESIDES and not isinstance(value, np.ndarray) and value == BESIDES[each.name]
            if each.name == "descriptions" or unused:
                continue
            if isinstance(value, np.ndarray):
                digest.update(f"{each.name}{value.shape}".encode())
                digest.update(np.packbits(value).tobytes() if value.dtype == bool else value.tobytes())
            else:
                digest.update(f"{each.name}={value!r};".encode())
        return digest.hexdigest()

    def money(self, hundredths: float) -> str:
        """An amount for people to read, in the problem's currency."""
        sign = "£" if self.currency == "GBP" else f"{self.currency} "
        return f"{sign}{round(hundredths) / 100:,.2f}"

    def described(self, table: str, column: str, index: int) -> str:
        """A further column's cell, or the empty string where the table has no such column."""
        cells = self.descriptions.get(table, {}).get(column)
        return cells[index] if cells else ""

    def restricted(
        self, people: Ints, *, budget: int, venue_free: Bools, trainer_free: Bools, own_budget: Ints | None = None, pinned: tuple[tuple[int, int, int, int], ...] = (),
    ) -> Problem:  # fmt: skip
        """The same term for some of the people, with what is given of money, venues, trainers and pinned runs.

        `people` are indices in rising order; the limits of their teams stay those of the whole teams.
        """
        new_index = np.full(len(self.people), -1)
        new_index[people] = np.arange(len(people))
        kept = new_index[self.need_person] >= 0
        return replace(
            self,
            people=tuple(self.people[p] for p in people),
            person_team=self.person_team[people],
            person_area=self.person_area[people],
            person_half_days=self.person_half_days[people],
            person_prefers=self.person_prefers[people],
            person_free=self.person_free[people],
            person_access=None if self.person_access is None else self.person_access[people],
            done=self.done[people],
            need_person=new_index[self.need_person[kept]],
            need_skill=self.need_skill[kept],
            need_weight=self.need_weight[kept],
            budget=budget,
            own_budget=own_budget,
            venue_free=venue_free.copy(),
            trainer_free=trainer_free.copy(),
            pinned=pinned,
        )


def bits(sets: Bools) -> Ints:
    """[rows, words] the same sets (of half-days) as bits, 64 to a word."""
    padded = np.pad(sets, ((0, 0), (0, -sets.shape[1] % 64)))
    found: Ints = np.packbits(padded, axis=1, bitorder="little").view(np.uint64)
    return found
