"""A plan from the prices of bound B, by diving: what the best fractional plan does most is done, the prices settle again, and so on.

At those prices each class of runs (a course, a start and a site) is put on in some rounds and not in others; how often lately is nearly its share in the best solution of the linear programme that the
bound comes from (Barahona and Anbil 2000), the master of a column generation over runs. The classes with the largest shares get a run for good, a few at a time; the prices of what is left settle for some rounds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .plan import Plan, Run
from .problem import ONLINE
from .tight import Descent

PART, PART_OF_LARGE, OF_A_SITE = 0.1, 0.2, 0.3
"""Of the runs that are still wanted, so many are put on at once, more in a city of over LARGE people; of those of one site, at most so many, as their shares may be shares of the same run."""
LEAST = 0.02
"""Smaller shares are none."""
ROUNDS, ROUNDS_OF_LARGE, FEWEST, LARGE = 40, 25, 10, 5_000
"""Of the prices after each time; fewer, but not below the third number, where they had few to settle in."""
TIMES = 32
"""So many times, about, are runs put on."""
FROM = 0.55
"""How far down on the way to its last step the descent begins anew each time."""
CHANCE, CHANCE_OF_LARGE = 0.5, 0.2
"""How much shares are changed by chance, so that another seed dives elsewhere."""
KEPT = 0.6
"""Of a plan from whose part a dive begins, each run stays with this chance."""


def dive(root: Descent, begin: Plan, seed: int, go_on: Callable[[], bool]) -> Plan | None:
    """Runs beside those of `begin`, with nobody seated yet in any; None if `go_on` says no before it is done."""
    descent, rng = root.apart(), np.random.default_rng(seed)
    diving = _Dive(descent, begin)
    large = len(diving.problem.people) > LARGE
    rounds = max(FEWEST, min(ROUNDS_OF_LARGE if large else ROUNDS, root.rounds // TIMES))
    part, chance = (PART_OF_LARGE, CHANCE_OF_LARGE) if large else (PART, CHANCE)
    while diving.put_on_some(part, chance, rng):
        for k in range(rounds):
            if not go_on():
                return None
            descent.step(FROM + (1 - FROM) * k / rounds)
    return Plan.of(diving.runs)


def part_of(plan: Plan, fixed: Plan, seed: int) -> Plan:
    """The runs that are fixed, and of the others some by chance: a dive that begins there looks for another way to do the rest (large neighbourhood search: Shaw 1998)."""
    rng, stay = np.random.default_rng(seed), {run.key() for run in fixed.runs}
    return Plan.of([*fixed.runs, *(run for run in plan.runs if run.key() not in stay and rng.random() < KEPT)])


class _Dive:
    """The runs that are put on for good, on a market of their own."""

    def __init__(self, descent: Descent, begin: Plan) -> None:
        self.descent, self.market, self.classes = descent, descent.market, descent.market.classes
        self.problem = self.classes.problem
        self.runs: list[Run] = []
        for run in begin.runs:
            venue = run.venue % (len(self.problem.venues) + 1)
            self._put_on(run.course, self.classes.start_of(run.course, run.start), venue, run.trainer)
        self.site_of = np.repeat(np.arange(len(self.classes.site_course)), np.diff(self.classes.first_class))
        """[classes]"""
        self.impossible = np.zeros(len(self.site_of), bool)
        self.courses_of = self.problem.qualified.sum(1)
        """[N] how many courses each trainer can give."""

    def put_on_some(self, part: float, chance: float, rng: np.random.Generator) -> bool:
        """Runs of the classes with the largest shares; false where none is left that can be put on."""
        often = self.market.memory.often
        share = np.where(self.impossible | (often < LEAST), 0.0, often)
        by_site = np.bincount(self.site_of, weights=share, minlength=len(self.classes.site_course))
        most, room = max(1, int(part * share.sum())), np.maximum(1, np.ceil(OF_A_SITE * by_site))
        before = len(self.runs)
        for one in np.argsort(-share * np.exp(rng.normal(0.0, chance, len(share))), kind="stable"):
            if share[one] <= 0 or len(self.runs) - before >= most:
                break
            site = self.site_of[one]
            if room[site] <= 0:
                continue
            if self._put_on_one(int(one), int(site)):
                often[one] = max(0.0, often[one] - 1.0)
                room[site] -= 1
            else:
                self.impossible[one] = True
        return len(self.runs) > before

    def _put_on_one(self, one: int, site: int) -> bool:
        """By the cheapest trainer who is free, of equals whoever can give fewest courses. False where nobody is, or the venue or the money is gone."""
        market, classes, problem = self.market, self.classes, self.problem
        course, venue = int(classes.site_course[site]), int(market.memory.where[one])
        start = int(one - classes.first_class[site] + classes.first_start[course])
        able = np.nonzero(market.trainer_ok[start])[0]
        if (
            not len(able)
            or not market.stand.venue_ok[start, venue]
            or problem.fixed_costs[course, venue] > market.budget
        ):
            return False
        slots = classes.slots[start, : classes.length[start]]
        price = self.descent.prices.trainer[able][:, slots].sum(1)
        trainer = able[np.lexsort((self.courses_of[able], np.round(price, 3)))[0]]
        self._put_on(course, start, venue, int(trainer))
        return True

    def _put_on(self, course: int, start: int, venue: int, trainer: int) -> None:
        self.market.put_on(course, start, venue, trainer)
        where = venue if venue < len(self.problem.venues) else ONLINE
        self.runs.append(Run(course, int(self.classes.slots[start, 0]), where, trainer, np.zeros(0, np.int64)))
