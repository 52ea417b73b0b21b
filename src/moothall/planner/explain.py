"""Why a plan is as it is, in words and figures: for each need unmet the reason and the cheapest change that would meet it, for each run why there and then.

It looks at the plan alone and shares nothing with the search. A change is the least that lets this need be met beside everything else in the plan; granted, the
planner may do better still.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .errors import PlannerError
from .plan import Plan, Run
from .problem import ONLINE, Bools, Ints, Problem
from .share import left_over


class Reason(StrEnum):
    """Why a need is not met, the first that holds for the course that comes nearest to meeting it."""

    NO_COURSE = "no course"
    NO_VENUE = "no venue in reach"
    NO_TRAINER = "no trainer"
    NO_HOURS = "no half-days to spare"
    PREREQUISITE = "a prerequisite is missing"
    NO_TIME = "no time free"
    COVER = "cover of the team"
    FULL = "all places taken"
    GROUP = "group too small"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Change:
    """What would meet a need: in words, and what it would cost beyond the money that is left, in hundredths (None: no money would do)."""

    words: str
    cost: int | None


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need that the plan does not meet."""

    person: int
    skill: int
    weight: float
    reason: Reason
    words: str
    change: Change


@dataclass(frozen=True, slots=True)
class WhyRun:
    """A run: who has a place and what it meets, how its time and venue compare with what else was possible."""

    run: int
    places: int
    limit: int
    needs_met: int
    weight: float
    cost: int
    could_come: int
    """Of those who have a place, how many could also come at the best other start."""
    other_start: int
    """The best other start, or -1."""
    words: tuple[str, ...]


class NotInPlan(PlannerError):
    """Nothing of that name is in the plan or its city."""


class Explainer:
    """One plan of one city. Everything it answers is in indices of the problem and in words with its names."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        T = problem.half_days
        self.free, self.left = problem.person_free.copy(), problem.person_half_days.copy()
        self.room = np.repeat(problem.team_limit[:, None], T, axis=1)
        self.venue_free = np.concatenate([problem.venue_free, np.ones((1, T), bool)])  # the last is online
        self.trainer_free = problem.trainer_free.copy()
        self.last = np.full((len(problem.people), len(problem.courses)), -1, np.int16)
        """[P, C] the last half-day of the run of a course that somebody takes, or -1."""
        for run in plan.runs:
            slots = problem.run_slots(run.course, run.start)
            self.free[run.people[:, None], slots] = False
            self.left[run.people] -= len(slots)
            np.subtract.at(self.room, (problem.person_team[run.people][:, None], slots[None, :]), 1)
            self.venue_free[run.venue, slots] = run.venue == ONLINE
            self.trainer_free[run.trainer, slots] = False
            self.last[run.people, run.course] = slots[-1]
        self.money = left_over(problem, plan)
        self.met = plan.met(problem)
        self._known: dict[tuple[int, int], tuple[Ints, Bools]] = {}
        self.runs_of: list[list[int]] = [[] for _ in problem.courses]
        for i, run in enumerate(plan.runs):
            self.runs_of[run.course].append(i)

    # -- needs

    def unmet(self, person: int | None = None) -> list[Unmet]:
        """Every need that is not met, of one person or of all, in the order of the problem."""
        which = ~self.met if person is None else ~self.met & (self.problem.need_person == person)
        return [self.need(n) for n in np.nonzero(which)[0].tolist()]

    def need(self, n: int) -> Unmet:
        """Why need `n`, which must be unmet, is not met."""
        problem = self.problem
        p, skill = int(problem.need_person[n]), int(problem.need_skill[n])
        courses = np.nonzero(problem.closes[:, skill])[0].tolist()
        found = [self._course(p, c) for c in courses]
        if not found:
            name = problem.skills[skill]
            found = [
                (
                    Reason.NO_COURSE,
                    f"No course closes the need for {name}.",
                    Change(f"Give a course that closes {name}.", None),
                )
            ]
        # The course that comes nearest: what only money or goodwill would change, the cheapest first.
        order = list(Reason)
        reason, words, change = min(
            found, key=lambda each: (each[2].cost is None, each[2].cost or 0, -order.index(each[0]))
        )
        return Unmet(p, skill, float(problem.need_weight[n]), reason, words, change)

    def _course(self, p: int, c: int) -> tuple[Reason, str, Change]:
        problem, course, who = self.problem, self.problem.courses[c], self.problem.people[p]
        length, requires = int(problem.course_half_days[c]), int(problem.course_prerequisite[c])
        reaches = np.nonzero((problem.group_limits[c] > 0) & (problem.penalties[problem.kinds[p]] < np.inf))[0]
        if not len(reaches):
            least = max(1, int(problem.course_min_group[c]))
            return Reason.NO_VENUE, f"{course} is not offered online, and no venue in reach of {who} seats its smallest group of {least}.", Change(
                f"Find a venue for {least} or more in an area in reach of {problem.areas[problem.person_area[p]]}.", None)  # fmt: skip
        if not problem.qualified[:, c].any():
            return (
                Reason.NO_TRAINER,
                f"No trainer can give {course}.",
                Change(f"Find a trainer who can give {course}.", None),
            )
        if length > problem.person_half_days[p]:
            return Reason.NO_HOURS, f"{course} takes {_half_days(length)}; {who} has {_half_days(int(problem.person_half_days[p]))} to spare in the term.", Change(
                f"Give {who} {_half_days(length - int(self.left[p]))} more to spare first.", None)  # fmt: skip
        if requires >= 0 and not problem.done[p, requires] and self.last[p, requires] < 0:
            return Reason.PREREQUISITE, f"{course} requires {problem.courses[requires]}, which {who} has not done and has no place in.", Change(
                f"Find {who} a place in {problem.courses[requires]} first.", None)  # fmt: skip
        ready = -1 if requires < 0 or problem.done[p, requires] else int(self.last[p, requires])
        ways = [way for i in self.runs_of[c] if (way := self._join(p, i, ready))]
        new = self._another(p, c, ready)
        ways.append(new)
        return min(ways, key=lambda each: (each[2].cost is None, each[2].cost or 0))

    def _join(self, p: int, i: int, ready: int) -> tuple[Reason, str, Change] | None:
        """What keeps somebody out of a run there is; None where that is that they cannot reach it, or that it is full."""
        problem, run, who = self.problem, self.plan.runs[i], self.problem.people[p]
        slots = problem.run_slots(run.course, run.start)
        full = len(run.people) >= problem.group_limits[run.course, run.venue]
        if problem.penalties[problem.kinds[p], run.venue] == np.inf or run.start <= ready or full:
            return None
        name, short = f"r{i} ({problem.courses[run.course]})", int(problem.course_cost_head[run.course]) - self.money
        busy, team = slots[~self.free[p, slots]], int(problem.person_team[p])
        away = slots[self.room[team, slots] <= 0]
        obstacles = []
        if len(busy):
            obstacles.append((Reason.NO_TIME, f"{who} is not free in half-day {_list(busy)}", f"free {who} in half-day {_list(busy)}"))  # fmt: skip
        if self.left[p] < len(slots):
            more = _half_days(len(slots) - int(self.left[p]))
            obstacles.append((Reason.NO_HOURS, f"the half-days {who} has to spare are used up", f"give {who} {more} more to spare"))  # fmt: skip
        if len(away):
            at = f"in half-day {_list(away)}"
            obstacles.append((Reason.COVER, f"team {problem.teams[team]} can spare nobody else {at}", f"let one more of {problem.teams[team]} be away {at}"))  # fmt: skip
        if obstacles:
            reasons, words, changes = zip(*obstacles, strict=True)
            change = f"{' and '.join(changes)}, for {name}."
            return reasons[0], f"There is a place in {name}, but {' and '.join(words)}.", self._with_money(change[0].upper() + change[1:], short)  # fmt: skip
        return (
            Reason.MONEY,
            f"There is a place in {name}, but no money for it.",
            Change(f"Add {problem.money(max(0, short))} for a place in {name}.", max(0, short)),
        )

    def _another(self, p: int, c: int, ready: int) -> tuple[Reason, str, Change]:
        """What keeps a further run of a course from being put on for somebody, among others."""
        problem, course = self.problem, self.problem.courses[c]
        least, head = max(1, int(problem.course_min_group[c])), int(problem.course_cost_head[c])
        length = int(problem.course_half_days[c])
        if self.left[p] < length:
            left, more = _half_days(int(self.left[p])), _half_days(length - int(self.left[p]))
            words = f"{course} takes {_half_days(length)}; beside their other places {problem.people[p]} has {left} to spare."
            return Reason.NO_HOURS, words, Change(f"Give {problem.people[p]} {more} more to spare first.", None)
        meets = problem.meetings[c]
        mine = self.free[p][meets].all(1) & (meets[:, 0] > ready) if len(meets) else np.zeros(0, bool)
        if not mine.any():
            return Reason.NO_TIME, f"No run of {course} could be held when {problem.people[p]} is free.", Change(
                f"Free {problem.people[p]} for {_half_days(length)} in the pattern of {course}.", None)  # fmt: skip
        team = int(problem.person_team[p])
        covered = (self.room[team][meets] > 0).all(1)
        if not (mine & covered).any():
            return Reason.COVER, f"Whenever {problem.people[p]} is free for {course}, team {problem.teams[team]} can spare nobody else.", Change(
                f"Let one more of {problem.teams[team]} be away when a further {course} is held.", None)  # fmt: skip
        starts = np.nonzero(mine & covered)[0]
        best: tuple[int, str] | None = None
        most = 0
        for v in np.nonzero((problem.group_limits[c] > 0) & (problem.penalties[problem.kinds[p]] < np.inf))[0].tolist():
            come, possible = (each[starts] for each in self._further(c, v))
            most = max(most, int(come.max(initial=0)))
            for k in np.nonzero(possible & (come >= least))[0].tolist():
                many = min(int(come[k]), int(problem.group_limits[c, v]))
                cost = int(problem.fixed_costs[c, v]) + head * least - self.money
                where = "online" if v == len(problem.venues) else f"at {problem.venues[v]}"
                if best is None or cost < best[0]:
                    best = (
                        cost,
                        f"a further run {where} in half-day {int(meets[starts[k], 0])}, to which {many} who wait for {course} could come",
                    )
        full = "Every run they could come to is full. " if self.runs_of[c] else ""
        if best is not None:
            cost = max(0, best[0])
            return (
                Reason.MONEY,
                f"{full}A further run of {course} would cost {problem.money(cost)} more than is left.",
                Change(f"Add {problem.money(cost)}: {best[1]}.", cost),
            )
        if most < least:
            return (Reason.FULL if self.runs_of[c] else Reason.GROUP), f"{full}At most {most} who wait for {course} are free together; its smallest group is {least}.", Change(
                f"Find {least - most} more people for {course}, or allow a smaller group.", None)  # fmt: skip
        return (Reason.FULL if self.runs_of[c] else Reason.NO_TRAINER), f"{full}No trainer and venue are free together when {least} who wait for {course} are.", Change(
            f"Find a trainer for {course}, or a venue, at one more time.", None)  # fmt: skip

    def _further(self, c: int, v: int) -> tuple[Ints, Bools]:
        """Of a further run of a course at a venue, for each start: how many who wait for it could come, and whether trainer and venue are free."""
        if (c, v) not in self._known:
            problem, meets, waiting = self.problem, self.problem.meetings[c], self._waiting(c)
            able = waiting[problem.penalties[problem.kinds[waiting], v] < np.inf]
            come = self.free[able][:, meets].all(2).sum(0)
            taught = self.trainer_free[problem.qualified[:, c]][:, meets].all(2).any(0)
            self._known[c, v] = (come, taught & self.venue_free[v][meets].all(1))
        return self._known[c, v]

    def _waiting(self, c: int) -> Ints:
        """People with an open need that a course closes, who could still take it."""
        problem = self.problem
        open_need = ~self.met & problem.closes[c, problem.need_skill]
        people = np.unique(problem.need_person[open_need])
        requires = int(problem.course_prerequisite[c])
        able: Bools = (self.left[people] >= problem.course_half_days[c]) & (self.last[people, c] < 0)
        if requires >= 0:
            able &= problem.done[people, requires] | (self.last[people, requires] >= 0)
        found: Ints = people[able]
        return found

    # -- runs

    def run(self, i: int) -> WhyRun:
        """Why run `i` is where and when it is."""
        problem, run = self.problem, self.plan.runs[i]
        slots, meets = problem.run_slots(run.course, run.start), problem.meetings[run.course]
        weight, needs = self._meets(run)
        limit, cost = (
            int(problem.group_limits[run.course, run.venue]),
            problem.run_cost(run.course, run.venue, len(run.people)),
        )
        free = self.free.copy()[run.people]
        free[:, slots] = True
        come = free[:, meets].all(2).sum(0)
        trainers = self.trainer_free[problem.qualified[:, run.course]].copy()
        own = np.nonzero(np.nonzero(problem.qualified[:, run.course])[0] == run.trainer)[0]
        trainers[own[:, None], slots] = True
        venues = self.venue_free[run.venue].copy()
        venues[slots] = True
        possible = trainers[:, meets].all(2).any(0) & venues[meets].all(1) & (meets[:, 0] != run.start)
        best = int(np.where(possible, come, -1).argmax()) if possible.any() else -1
        where = "online" if run.venue == ONLINE else f"at {problem.venues[run.venue]}"
        words = [
            f"{len(run.people)} of {limit} places are taken {where}, meeting {needs} needs worth {weight:,.0f} points for {problem.money(cost)}."
        ]
        if best < 0:
            words.append("There and by these trainers it could be held at no other time.")
        else:
            words.append(f"Of those {len(run.people)} people, {int(come[best])} could also come in half-day {int(meets[best, 0])}, the best other time there: {'no other suits as many' if come[best] < len(run.people) else 'it would do as well'}.")  # fmt: skip
        words.append(self._venue_words(run, slots))
        return WhyRun(
            i,
            len(run.people),
            limit,
            needs,
            weight,
            cost,
            int(come[best]) if best >= 0 else 0,
            int(meets[best, 0]) if best >= 0 else -1,
            tuple(words),
        )

    def _meets(self, run: Run) -> tuple[float, int]:
        """What only this run of a person's meets: weight and number of needs."""
        problem = self.problem
        inside = np.isin(problem.need_person, run.people) & problem.closes[run.course, problem.need_skill]
        n = np.nonzero(inside)[0]
        takes = self.last[problem.need_person[n]] >= 0
        alone = (takes & problem.closes[:, problem.need_skill[n]].T).sum(1) == 1
        return float(problem.need_weight[n][alone].sum()), int(alone.sum())

    def _venue_words(self, run: Run, slots: Ints) -> str:
        problem = self.problem
        costs, limits = problem.fixed_costs[run.course], problem.group_limits[run.course]
        free: Bools = np.all(self.venue_free[:, slots], axis=1)
        free[run.venue] = True
        fits = free & (limits >= len(run.people)) & (problem.penalties[problem.kinds[run.people]] < np.inf).all(0)
        cheaper = np.nonzero(fits & (costs < costs[run.venue]))[0]
        if not len(cheaper):
            return "No place that is free then, seats them all and is in reach of all costs less."
        at = int(cheaper[np.argmin(costs[cheaper])])
        there = (
            problem.penalties[problem.kinds[run.people], at].sum()
            - problem.penalties[problem.kinds[run.people], run.venue].sum()
        )
        name = "online" if at == len(problem.venues) else problem.venues[at]
        return f"{name} would cost {problem.money(int(costs[run.venue] - costs[at]))} less, and {there:,.0f} points in what people prefer."

    # -- by name

    def words(self, name: str) -> list[str]:
        """Lines about a run (r12), a person, or a need (person/skill); about both where a person has the name of a run. Raises NotInPlan."""
        lines = []
        if name[:1] == "r" and name[1:].isdecimal() and int(name[1:]) < len(self.plan.runs):
            lines += self._run_words(int(name[1:]))
        who, _, skill = name.partition("/")
        if who in self.problem.people and (not skill or skill in self.problem.skills):
            lines += self._person_words(who, skill)
        if not lines:
            raise NotInPlan(
                f"{name!r} is neither a run of this plan ({self.plan.names()}), nor a person of its city, nor a need (person/skill)."
            )
        return lines

    def _run_words(self, i: int) -> list[str]:
        problem, run = self.problem, self.plan.runs[i]
        what = f"r{i}: {problem.courses[run.course]}, half-day {run.start}, by {problem.trainers[run.trainer]}."
        return [what, *self.run(i).words]

    def _person_words(self, who: str, skill: str) -> list[str]:
        problem, plan = self.problem, self.plan
        p = problem.people.index(who)
        mine = np.nonzero(problem.need_person == p)[0]
        if skill:
            mine = mine[problem.need_skill[mine] == problem.skills.index(skill)]
            if not len(mine):
                raise NotInPlan(f"{who} has no need for {skill}.")
        lines = []
        for n in mine.tolist():
            label = f"{problem.skills[problem.need_skill[n]]} ({problem.need_weight[n]:g} points)"
            if self.met[n]:
                takes = [
                    i
                    for i, run in enumerate(plan.runs)
                    if p in run.people and problem.closes[run.course, problem.need_skill[n]]
                ]
                lines.append(
                    f"{label}: met in r{takes[0]} ({problem.courses[plan.runs[takes[0]].course]}, half-day {plan.runs[takes[0]].start})."
                )
            else:
                why = self.need(n)
                lines.append(f"{label}: not met ({why.reason}). {why.words} What would meet it: {why.change.words}")
        return lines or [f"{who} has no needs."]

    def _with_money(self, words: str, short: int) -> Change:
        """`short`: hundredths that are wanting for it."""
        return Change(words if short <= 0 else f"{words[:-1]}, and add {self.problem.money(short)}.", max(0, short))


def _list(slots: Ints) -> str:
    return ", ".join(str(t) for t in slots.tolist())


def _half_days(n: int) -> str:
    return "1 half-day" if n == 1 else f"{n} half-days"
