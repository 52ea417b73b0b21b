"""The plan in the making: who is free when, which needs are open, what is left of money, venues and trainers.

Every change is one of four moves (open, close, seat, unseat). Each keeps all arrays true and goes into a journal, so
that a step of the search that did not pay is taken back by playing the journal backwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..options import Options
from ..plan import Plan, Run
from ..problem import Floats, Ints, Problem

HOPE = 0.5
"""What the needs that a course would open count for, beside those it closes itself."""


@dataclass(slots=True, eq=False)
class LiveRun:
    course: int
    start: int
    venue: int
    trainer: int
    slots: Ints
    members: Ints
    """options"""


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """`seat` and `unseat` carry options; `open` and `close` the run itself."""

    kind: str
    run: int
    options: Ints | None = None
    live: LiveRun | None = None


class State:
    """Arrays are public to the package: the search reads them all the time. Only the four moves write them."""

    def __init__(self, problem: Problem, options: Options) -> None:
        self.problem, self.options = problem, options
        n = len(options)
        self.free = problem.person_free.T.copy()
        self.left = problem.person_half_days.copy()
        self.room = np.repeat(problem.team_limit[None, :], problem.half_days, axis=0).astype(np.int32)
        self.venue_free = problem.venue_free.copy()
        self.trainer_free = problem.trainer_free.copy()
        self.covered = np.zeros(len(problem.need_person), np.int32)
        self.gain = options.worth.copy()
        self.hope = np.zeros(n)
        self.taken = np.zeros(n, bool)
        self.run_of = np.full(n, -1)
        self.after = np.where(options.requires >= 0, problem.half_days, 0)
        self.money = problem.budget
        self.value = 0.0
        self.runs: dict[int, LiveRun] = {}
        self.next_run = 0
        self.journal: list[Move] = []
        self.team = problem.person_team[options.person]
        waiting = np.nonzero(options.requires >= 0)[0]
        np.add.at(self.hope, options.requires[waiting], HOPE * self.gain[waiting])

    # -- the four moves

    def open(self, course: int, start: int, venue: int, trainer: int) -> int:
        """A new run without people; its fixed cost is paid. Answers its number."""
        slots = self.problem.run_slots(course, start)
        number = self.next_run
        self.next_run += 1
        self._open(number, LiveRun(course, start, venue, trainer, slots, np.zeros(0, np.int64)))
        self.journal.append(Move("open", number))
        return number

    def close(self, number: int) -> None:
        """Ends a run: its people leave first, and with them their places in runs that required this one."""
        self.unseat(number, self.runs[number].members)
        self.journal.append(Move("close", number, live=self.runs[number]))
        self._close(number)

    def seat(self, number: int, options: Ints) -> None:
        if len(options):
            self._seat(number, options)
            self.journal.append(Move("seat", number, options))

    def unseat(self, number: int, options: Ints) -> None:
        """Takes people out of a run, and first out of every run for which they needed it. Runs may end up too small."""
        if not len(options):
            return
        _, later = self.options.opens.at(options)
        later = later[self.taken[later]]
        for run in dict.fromkeys(self.run_of[later].tolist()):
            self.unseat(run, later[self.run_of[later] == run])
        self._unseat(number, options)
        self.journal.append(Move("unseat", number, options))

    def undo(self, mark: int) -> None:
        """Back to where the journal was `mark` long."""
        while len(self.journal) > mark:
            move = self.journal.pop()
            if move.kind == "seat" and move.options is not None:
                self._unseat(move.run, move.options)
            elif move.kind == "unseat" and move.options is not None:
                self._seat(move.run, move.options)
            elif move.kind == "open":
                self._close(move.run)
            elif move.live is not None:
                self._open(move.run, move.live)

    # -- their work on the arrays

    def _open(self, number: int, run: LiveRun) -> None:
        self.runs[number] = run
        if run.venue >= 0:
            self.venue_free[run.venue, run.slots] = False
        self.trainer_free[run.trainer, run.slots] = False
        self.money -= self.problem.run_cost(run.course, run.venue, 0)

    def _close(self, number: int) -> None:
        run = self.runs.pop(number)
        if run.venue >= 0:
            self.venue_free[run.venue, run.slots] = True
        self.trainer_free[run.trainer, run.slots] = True
        self.money += self.problem.run_cost(run.course, run.venue, 0)

    def _seat(self, number: int, options: Ints) -> None:
        run, people = self.runs[number], self.options.person[options]
        self.value += float(self.gain[options].sum() - self.problem.penalty(people, run.venue).sum())
        self.free[run.slots[:, None], people] = False
        np.subtract.at(self.room, (run.slots[:, None], self.team[options][None, :]), 1)
        self.left[people] -= len(run.slots)
        self.taken[options] = True
        self.run_of[options] = number
        self.money -= int(self.problem.course_cost_head[run.course]) * len(options)
        _, needs = self.options.needs.at(options)
        self.covered[needs] += 1
        self._shift(needs[self.covered[needs] == 1], -1.0)
        _, opened = self.options.opens.at(options)
        self.after[opened] = run.slots[-1] + 1
        run.members = np.concatenate([run.members, options])

    def _unseat(self, number: int, options: Ints) -> None:
        run, people = self.runs[number], self.options.person[options]
        self.free[run.slots[:, None], people] = True
        np.add.at(self.room, (run.slots[:, None], self.team[options][None, :]), 1)
        self.left[people] += len(run.slots)
        self.taken[options] = False
        self.run_of[options] = -1
        self.money += int(self.problem.course_cost_head[run.course]) * len(options)
        _, needs = self.options.needs.at(options)
        self.covered[needs] -= 1
        bare = needs[self.covered[needs] == 0]
        self._shift(bare, 1.0)
        self.value += float(self.problem.penalty(people, run.venue).sum() - self.problem.need_weight[bare].sum())
        _, opened = self.options.opens.at(options)
        self.after[opened] = self.problem.half_days
        run.members = run.members[~np.isin(run.members, options)]

    def _shift(self, needs: Ints, sign: float) -> None:
        """Needs became open (1) or met (-1): every option that would close them gains or loses their weight."""
        owner, options = self.options.of_need.at(needs)
        change = sign * self.problem.need_weight[needs][owner]
        np.add.at(self.gain, options, change)
        requires = self.options.requires[options]
        waiting = requires >= 0
        np.add.at(self.hope, requires[waiting], HOPE * change[waiting])

    # -- what it amounts to

    def limit(self, run: LiveRun) -> int:
        return int(self.problem.group_limits[run.course, run.venue])

    def close_small(self) -> list[Ints]:
        """Closes runs below their minimum until none is left: closing one can take people out of another. Answers who left."""
        least, left = self.problem.course_min_group, []
        while small := [n for n, run in self.runs.items() if len(run.members) < max(1, least[run.course])]:
            left.append(self.runs[small[0]].members)
            self.close(small[0])
        return left

    def plan(self) -> Plan:
        person = self.options.person
        return Plan.of(
            Run(r.course, r.start, r.venue, r.trainer, np.sort(person[r.members])) for r in self.runs.values()
        )

    def worth_of(self, run: LiveRun) -> Floats:
        """[members] what each place adds now: needs nobody else's place meets, less penalties, plus what it opened."""
        owner, needs = self.options.needs.at(run.members)
        alone = np.where(self.covered[needs] == 1, self.problem.need_weight[needs], 0.0)
        worth = np.bincount(owner, weights=alone, minlength=len(run.members))
        return worth - self.problem.penalty(self.options.person[run.members], run.venue)
