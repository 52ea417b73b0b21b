"""The bound for small cities, tighter: each course with all its runs at once.

Bound B (`planner.tight`) counts a person in every run of a course that they could come to, and lets a part of a run be held at very many times. Where a city has a dozen runs in all, much of the gap is
that. Here each course puts on the set of runs that gives most at the prices, with nobody in two of them:

    max over sets S of runs of a course:  Σ over the best places, each person once and in a run they can come to, of (v − penalty − λ·head) − Σ over S of (λ·F + Σ μ + Σ τ)

worked out by branch and bound (`kernels.courses`), which may answer a little more. People, money, venues and trainers count as in bound B.
"""

from __future__ import annotations

import numpy as np

from .bound import Lagrangian
from .classes import Classes
from .kernels import courses as kernels
from .options import options_of
from .problem import Problem
from .tight import Descent, Market, Offers, Used

MOST_SETS = 20_000
"""Sets of a course's runs that are looked at in one round."""
EVERY, KEPT = 8, 100
"""In one of so many rounds all sets are looked at; so many of a course are kept for those between."""
FIRST_STEP, LAST_STEP = 0.004, 0.0006
"""How far a round moves a price, as a share of a typical need's weight: the prices begin where those of bound B have settled."""


class WholeMarket(Market):
    """Courses and people at prices. Only every so many rounds are all sets of runs looked at; in those between, sets that were the best of a course lately show where to go, and the
    bound counts as infinite."""

    def __init__(self, lagrangian: Lagrangian, classes: Classes) -> None:
        super().__init__(lagrangian, classes)
        C, shape, D = len(self.problem.courses), self.stand.venue_ok.shape, kernels.DEEPEST
        widest, most = widest_and_most(classes)
        self._known = kernels.Known(
            start=np.zeros((C, KEPT, D), np.int64), venue=np.zeros((C, KEPT, D), np.int64), size=np.zeros((C, KEPT), np.int64), next=np.zeros(C, np.int64),
            often=np.zeros(shape, np.int64), at=np.full(shape, -1),
        )  # fmt: skip
        self._courses = kernels.Courses(self.sites, classes.first_site, self.options.by_course)
        self._team = kernels.Team(
            person=self.options.person, of=self.problem.person_team, limit=self.problem.team_limit, key=np.zeros(widest), line=np.zeros(widest, np.int64), sits=np.zeros(widest, bool),
            away=np.zeros(len(self.problem.team_limit), np.int64),
        )  # fmt: skip
        self._runs = kernels.Runs(
            gains=np.zeros((most, widest)), own=np.zeros(most), cost=np.zeros(most), seats=np.zeros(most, np.int64), start=np.zeros(most, np.int64), venue=np.zeros(most, np.int64),
            copies=np.zeros(most, np.int64), key=np.zeros(most), in_order=np.zeros(most, np.int64),
        )  # fmt: skip
        D += 2
        self._sets = kernels.Sets(
            mixed=np.zeros((D, widest)), seats=np.zeros(D, np.int64), cost=np.zeros(D), own=np.zeros(D), worth=np.zeros(D), lowest=np.zeros(D), chosen=np.zeros(D, np.int64),
            following=np.zeros(D, np.int64), best=np.zeros(D, np.int64), by_number=np.zeros(D), room=np.zeros(widest + 1),
        )  # fmt: skip

    def apart(self) -> Market:
        """Refused: no run can be put on for good in it, so that nobody dives from its prices."""
        raise TypeError("a market of whole courses knows no runs that are on for good")

    def _best_runs(self, offers: Offers, used: Used, round_: int) -> tuple[float, float]:
        thoroughly = round_ % EVERY == 0
        given, spent = kernels.best_courses(
            self.order, *offers, MOST_SETS if thoroughly else 0, self._courses, self.stand, self._team, self._runs, self._sets, self._known, *used
        )  # fmt: skip
        return given if thoroughly else np.inf, spent


def widest_and_most(classes: Classes) -> tuple[int, int]:
    """The most options, and the most runs that there could be, of any course."""
    options = int(np.diff(classes.options.by_course).max(initial=0))
    venues = np.add.reduceat(np.append(np.diff(classes.first_venue), 0), classes.first_site[:-1]) * (
        np.diff(classes.first_site) > 0
    )
    return max(1, options), max(1, int((venues * np.diff(classes.first_start)).max(initial=0)))


def whole(settled: Descent) -> Descent:
    """A descent that goes on from prices that have settled, with whole courses."""
    market = WholeMarket(settled.market.lagrangian, settled.market.classes)
    return settled.onwards(market, FIRST_STEP, LAST_STEP)


def compile_whole(problem: Problem) -> None:
    """Once, so that it is no part of a search."""
    lagrangian = Lagrangian(problem, options_of(problem))
    market = WholeMarket(lagrangian, Classes(problem, lagrangian.options))
    market.evaluate(market.start(lagrangian.start()))
