"""A plan: which runs take place, and who has a place in which; and what a planner answers about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .problem import Ints, Problem


class Status(StrEnum):
    """How far the search got: proven best, ran its time or steps, or was interrupted."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One giving of a course. `venue` is ONLINE (-1) or an index; `people` are indices in rising order."""

    course: int
    start: int
    venue: int
    trainer: int
    people: Ints

    def key(self) -> tuple[int, int, int, int]:
        return (self.start, self.course, self.venue, self.trainer)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Runs in order of start, course, venue and trainer; run number i is called r{i}."""

    runs: tuple[Run, ...] = ()

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Plan:
        return cls(tuple(sorted(runs, key=Run.key)))

    def cost(self, problem: Problem) -> int:
        """In hundredths."""
        return sum(problem.run_cost(run.course, run.venue, len(run.people)) for run in self.runs)

    def met(self, problem: Problem) -> np.typing.NDArray[np.bool_]:
        """[needs] closed by a course that the person takes."""
        takes = np.zeros((len(problem.people), len(problem.courses)), bool)
        for run in self.runs:
            takes[run.people, run.course] = True
        met = np.zeros(len(problem.need_person), bool)
        for c in range(len(problem.courses)):
            met |= takes[problem.need_person, c] & problem.closes[c, problem.need_skill]
        return met

    def value(self, problem: Problem) -> float:
        """Weight of the needs met, less the penalties: the objective of docs/planning.md."""
        penalties = sum(float(problem.penalty(run.people, run.venue).sum()) for run in self.runs)
        return float(problem.need_weight[self.met(problem)].sum()) - penalties

    def places(self) -> int:
        return sum(len(run.people) for run in self.runs)

    def names(self) -> str:
        """What its runs are called, for whoever named another."""
        last = len(self.runs) - 1
        return "it has no runs" if last < 0 else "its only run is r0" if last == 0 else f"its runs are r0 to r{last}"


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What `solve` answers. `price_of_money` is in points for one more pound (a hundred hundredths)."""

    plan: Plan
    value: float
    bound: float
    status: Status
    cost: int
    needs_met: int
    needs: int
    seconds: float
    steps: int
    seed: int
    price_of_money: float
    lost: int = 0
    """People of shards that nobody planned, as every process that tried died or the search was stopped before: they have no places."""

    @property
    def gap(self) -> float:
        return gap(self.value, self.bound)


OPTIMAL_GAP = 1e-6
"""Below it a plan is as good as proven best: what is left is rounding."""


def status(value: float, bound: float, interrupted: bool) -> Status:
    """What to call a plan of such a value."""
    if gap(value, bound) <= OPTIMAL_GAP:
        return Status.OPTIMAL
    return Status.STOPPED if interrupted else Status.FEASIBLE


def gap(value: float, bound: float) -> float:
    """How far from the best a value can be at most, as a share of the bound."""
    return max(0.0, (bound - value) / bound) if bound > 0 else 0.0
