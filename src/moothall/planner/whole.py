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
from .problem import Floats, Ints
from .tight import Descent, Market

MOST_SETS = 20_000
"""Sets of a course's runs that are looked at in one round."""
EVERY, KEPT = 8, 100
"""In one of so many rounds all sets are looked at; so many of a course are kept for those between."""
FIRST_STEP, LAST_STEP = 0.004, 0.0006
"""How far a round moves a price, as a share of a typical need's weight: the prices begin where those of bound B have settled."""


class WholeMarket(Market):
    """Courses and people at prices. No run is on for good in it. Only every so many rounds are all sets of runs looked at; between them those that were the best of a course lately show
    where to go, and the bound counts as infinite."""

    def __init__(self, lagrangian: Lagrangian, classes: Classes) -> None:
        super().__init__(lagrangian, classes)
        C, shape = len(self.problem.courses), self.stand.venue_ok.shape
        kept = (C, KEPT, kernels.DEEPEST)
        self._known = kernels.Known(
            np.zeros(kept, np.int64), np.zeros(kept, np.int64), np.zeros(kept[:2], np.int64), np.zeros(C, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        )  # fmt: skip
        self._courses = kernels.Courses(self.sites, classes.first_site, self.options.by_course)
        self._rounds = 0

    def _best_runs(
        self,
        profit: Floats,
        trainer: Ints,
        trainer_price: Floats,
        money: float,
        venue_price: Floats,
        uses: Floats,
        venue_used: Floats,
        trainer_used: Floats,
    ) -> tuple[float, float]:
        thoroughly = self._rounds % EVERY == 0
        self._rounds += 1
        given, spent = kernels.best_courses(
            self.order, profit, trainer, trainer_price, money, venue_price, MOST_SETS if thoroughly else 0, self._courses, self.stand, self.options.person, self._known,
            uses, venue_used, trainer_used,
        )  # fmt: skip
        return given if thoroughly else np.inf, spent


def whole(settled: Descent) -> Descent:
    """A descent that goes on from prices that have settled, with whole courses."""
    market = WholeMarket(settled.market.lagrangian, settled.market.classes)
    return settled.onwards(market, FIRST_STEP, LAST_STEP)
