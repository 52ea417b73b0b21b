"""Exchange of runs: a few that have something to do with each other are called off, others are put on where people gain by it, and those it concerns move.

What a new run would give is weighed at the prices of the seats that people would leave for it (`planner.kernels.weighing`), for every start of a course at
a site at once; the steps themselves are in `planner.kernels.steps`. Every choice is drawn from one seeded generator and none looks at the clock, so that the same
problem, seed and number of steps give the same plan.
"""

from __future__ import annotations

import numpy as np

from ..kernels import weighing
from ..kernels.opening import MOST, MOST_SITES, Desk, Ground, Taken
from ..kernels.rows import MOST_COURSES
from ..kernels.steps import TURNS, exchanges
from ..problem import bits
from .seating import MORE_ROWS, Seating

SLACK = 1.5
"""How much less than what somebody has a place in a new run may be worth to be offered at all, as a share of a typical need's weight."""


class Exchange:
    """Steps on a Seating. `found` is the best plan so far, with (value, less money spent)."""

    def __init__(self, seating: Seating, seed: int) -> None:
        self.seating, self.made = seating, 0
        self.ground, self.desk = _ground(seating), _desk(seating, seed)
        self.begin()
        self.found = ((seating.value, seating.money), seating.plan())

    def begin(self) -> None:
        """The seating was given another plan."""
        problem, seating = self.seating.problem, self.seating
        n = seating.count
        stays = np.zeros(len(seating.trainer), bool)
        stays[:n] = [seating.key(run) in problem.pinned_keys for run in range(n)]
        venue_free, trainer_free = problem.venue_free.copy(), problem.trainer_free.copy()
        for run in np.nonzero(seating.runs.off[:n] == 0)[0].tolist():
            start, course, venue, trainer = seating.key(run)
            slots = problem.run_slots(course, start)
            trainer_free[trainer, slots] = False
            if venue >= 0:
                venue_free[venue, slots] = False
        online = np.ones((1, problem.half_days), bool)
        self.taken = Taken(
            bits(np.concatenate([venue_free, online])), bits(trainer_free), seating.trainer, stays, np.zeros(len(stays), np.int64), np.zeros(len(stays), bool), np.zeros(MOST, np.int64),
        )  # fmt: skip
        self._fullest = (len(seating.runs.start), len(seating.rows.then) - MORE_ROWS // 2)

    def full(self) -> bool:
        """No room for further runs or rows: the plan must be loaded anew."""
        return self.seating.count + TURNS > self._fullest[0] or self.seating.made > self._fullest[1]

    def keep_if_better(self) -> bool:
        worth = (self.seating.value, self.seating.money)
        if worth <= self.found[0] or worth[1] < 0:
            return False
        self.found = (worth, self.seating.plan())
        return True

    def steps(self, most: int, heat: float) -> int:
        """At most so many, fewer where they give a new best or there is no room for more. Answers how many. `heat`: how much one may lose, on average, as a share of a
        typical need's weight."""
        seating = self.seating
        done = exchanges(
            most, self.made, self._fullest, seating.sizes, seating.price, SLACK * seating.weight, heat * seating.weight, self.found[0], *seating.who_want, self.ground, self.taken,
            self.desk, seating.city, seating.runs, seating.rows, seating.seats,
        )  # fmt: skip
        self.made += done
        self.keep_if_better()
        return done


def _ground(seating: Seating) -> Ground:
    problem, classes = seating.problem, seating.classes
    course, trainer = np.nonzero(problem.qualified.T)
    first_trainer = np.searchsorted(course, np.arange(len(problem.courses) + 1))
    return Ground(
        classes.first_site, classes.first_start, first_trainer, seating.least, problem.course_cost_head, classes.site_course, classes.first_seat, classes.seat_option,
        classes.seat_penalty, classes.first_venue, classes.site_venue, classes.site_of, trainer, seating.limits, seating.fixed, problem.half_days_per_week,
    )  # fmt: skip


def _desk(seating: Seating, seed: int) -> Desk:
    starts = max((len(each) for each in seating.problem.meetings), default=0)
    people = len(seating.problem.people)
    offers, largest = MOST_SITES * starts, int(seating.limits.max(initial=0)) + 1
    rests = weighing.Rests(
        np.zeros(weighing.MOST_RESTS), np.zeros(weighing.MOST_RESTS, np.int64), np.zeros((weighing.MOST_RESTS, seating.city.free.shape[1]), np.uint64),
        np.zeros(weighing.MOST_RESTS, np.int64), np.zeros(MOST_COURSES, np.int64),
    )  # fmt: skip
    return Desk(
        np.zeros(starts), np.zeros(starts, np.int64), np.zeros(starts, np.int64), np.zeros((starts, largest)), np.zeros((3, starts), np.int64), rests,
        np.zeros(offers), np.zeros(offers, np.int64), np.zeros((3, offers), np.int64), np.zeros(starts, bool), np.zeros((2, MOST_SITES), np.int64),
        np.zeros(len(seating.problem.courses)), np.zeros((2, people), np.int64), np.zeros((3, people), np.int64), np.zeros(people), np.array([seed], np.uint64),
    )  # fmt: skip
