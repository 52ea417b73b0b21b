"""A walk through plans: exchanges of runs by annealing, and now and then everybody seated anew. Several may go beside each other, each in a thread of its own."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

import numpy as np

from ..classes import Classes
from ..plan import Plan
from ..stop import Stop
from .exchange import Exchange
from .seating import Seating

AFRESH = 100
"""After so many steps, in a city of a thousand, rows are listed and everybody is seated anew; sooner in a larger one, by the root of its people."""
HOT, COLD = 0.4, 0.03
"""How much a step may lose in the beginning, in a city of a thousand, and in the end: annealing (Kirkpatrick, Gelatt and Vecchi 1983); less in a larger one, by the same root."""
AT_ONCE = 20_000
"""Steps times people before the clock is looked at again."""
FINISHING = 0.00009
"""Seconds a person, measured at 100,000."""
MEET = 0.8
"""The part of the search in which walks begin anew; after that all go on from the best plan of any."""
TRY, MOST_TRIES, FRESH = 0.005, 50, 6
"""Seconds a person that a try takes, and at most so many tries in one thread. After so many every other begins with a part of the best plan."""
AFTER_DIVE = 0.15
"""HOT, for a walk from a plan that prices have made."""


class Walk:
    """One of them. `found` is its best plan, with (value, less money spent)."""

    def __init__(
        self,
        classes: Classes,
        price: float,
        plan: Plan,
        seed: int,
        stop: Stop,
        cools: tuple[float, float] = (0.0, 1.0),
        hot: float = HOT,
    ) -> None:
        """`cools`: between which parts of the search, from how `hot`."""
        self.cools = cools
        people = max(1, len(classes.problem.people))
        root = (1000 / people) ** 0.5
        self.seed, self.stop, self.steps = seed, stop, 0
        self._afresh, self._hot, self._at_once = (
            max(1, round(AFRESH * root)),
            max(COLD, hot * root),
            max(1, AT_ONCE // people),
        )
        self._takes = 0.0002 * people
        """Seconds to seat everybody anew, as a guess until it was done once."""
        self.seating = Seating(classes, price)
        self._load(plan, seed)
        self.exchange = Exchange(self.seating, seed)
        self._fresh = 0

    @property
    def finishing(self) -> float:
        """Seconds that `finish` and the check after it take, about: at most a fifth of all."""
        takes = FINISHING * len(self.seating.problem.people)
        return takes if self.stop.seconds is None else min(takes, 0.2 * self.stop.seconds)

    @property
    def found(self) -> tuple[tuple[float, float], Plan]:
        return self.exchange.found

    def go_on(self, most: int = sys.maxsize) -> None:
        """A few steps, at most so many."""
        if self.exchange.full() or self._fresh >= self._afresh:
            self.begin(self.seating.plan())
        begins, ends = self.cools
        cooled = min(1.0, max(0.0, (self.stop.gone(self.steps) - begins) / (ends - begins)))
        heat = self._hot * (COLD / self._hot) ** cooled
        done = self.exchange.steps(min(most, self._at_once, self._afresh - self._fresh), heat)
        self.steps += done
        self._fresh += done

    def begin(self, plan: Plan) -> None:
        """Goes on from this plan."""
        self._load(plan, self.seed * 1_000_003 + self.steps)
        self.exchange.begin()
        self.exchange.keep_if_better()
        self._fresh = 0

    def finish(self) -> Plan:
        """The best plan, with whatever money is left in free seats."""
        self.seating.load(self.exchange.found[1], self.seed, anew=False, free_only=True)
        self.seating.fill(np.random.default_rng(self.seed))
        self.exchange.keep_if_better()
        return self.exchange.found[1]

    def _load(self, plan: Plan, seed: int) -> None:
        began = time.monotonic()
        limit = self.stop.seconds
        anew = limit is None or self.stop.elapsed() + 1.5 * self._takes < limit
        self.seating.load(plan, seed, anew=anew)
        self._takes = time.monotonic() - began


class Tries:
    """One walk after another, each cooled down, until the best of them goes on. Courses serve a small city in many mixes, and an exchange of a few runs seldom leads from one
    mix to another: each walk but the first, which has nothing else to begin with, begins where another dive ends."""

    def __init__(
        self,
        first: Walk,
        again: Callable[[int, tuple[float, float], Plan], Walk | None],
        ready: Callable[[], bool],
        until: float,
        takes: float,
    ) -> None:
        """`again` makes the walk of each try, which cools in its part of the search, or none where that cannot be; it is asked as soon as `ready`. A try `takes` about such a part
        of the search, and all of them go on `until` that part of it is behind."""
        self._again, self._ready, self._until, self._takes = again, ready, until, takes
        self._tries, self._now, self._before, self._next = 0, 0, 0, 0.0
        self.best = self._walk = first

    @property
    def stop(self) -> Stop:
        return self._walk.stop

    @property
    def steps(self) -> int:
        return self._before + self._walk.steps

    def go_on(self, most: int = sys.maxsize) -> None:
        """A few steps, at most so many."""
        gone = self.stop.gone(self.steps)
        if not self._tries and self._ready():
            self._tries = max(1, min(MOST_TRIES, int((self._until - gone) / self._takes)))
        if self._now < self._tries and self._next <= gone < self._until:
            self._next = gone + (self._until - gone) / (self._tries - self._now)
            walk = self._again(self._now, (gone, self._next), self.best.found[1])
            self._now += 1
            if walk:
                self._before, self._walk = self.steps, walk
        self._walk.go_on(most)
        if self._walk.found[0] > self.best.found[0]:
            self.best = self._walk

    def begin(self, plan: Plan) -> None:
        """Goes on from this plan to the end."""
        self._now, self._before = MOST_TRIES, self.steps - self.best.steps
        self._walk, self.best.cools = self.best, (MEET, 1.0)
        self.best.begin(plan)


class Companion:
    """Other walks in a thread of their own, where a processor has nothing else to do. They meet the first once: then all go on from the best plan."""

    def __init__(self, walks: Tries) -> None:
        self.walks, self._over, self.met = walks, threading.Event(), False
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="walk", daemon=True)
        self._from: Plan | None = None
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._over.is_set() and not self.walks.stop.due():
                if self._from is not None:
                    plan, self._from = self._from, None
                    self.walks.begin(plan)
                self.walks.go_on()
        except Exception as error:  # noqa: BLE001  raised again where the search ends
            self._failed = error

    def meet(self, others: Tries) -> None:
        """Both go on from the better plan, as soon as it is time."""
        if self.met or others.stop.gone(0) < MEET:
            return
        self.met = True
        plan = max(self.walks.best.found, others.best.found, key=lambda each: each[0])[1]
        self._from = plan  # whoever waits for it may take it away at once
        others.begin(plan)

    def give_up(self) -> None:
        """Its thread ends after the steps it is in."""
        self._over.set()
        self._thread.join()

    def end(self) -> Tries:
        self.give_up()
        if self._failed is not None:
            raise self._failed
        return self.walks
