"""A walk through plans: exchanges of runs by annealing, and now and then everybody seated anew. Several may go beside each other, each in a thread of its own."""

from __future__ import annotations

import sys
import threading
import time

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
MEET = 0.5
"""After this part of the search all walks go on from the best plan of any."""


class Walk:
    """One of them. `found` is its best plan, with (value, less money spent)."""

    def __init__(self, classes: Classes, price: float, plan: Plan, seed: int, stop: Stop) -> None:
        people = max(1, len(classes.problem.people))
        root = (1000 / people) ** 0.5
        self.seed, self.stop, self.steps = seed, stop, 0
        self._afresh, self._hot, self._at_once = (
            max(1, round(AFRESH * root)),
            max(COLD, HOT * root),
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
        heat = self._hot * (COLD / self._hot) ** self.stop.gone(self.steps)
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


class Companion:
    """A second walk in a thread of its own, where a processor has nothing else to do. It meets the first once: then both go on from the better plan."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self._over = walk, threading.Event()
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="walk", daemon=True)
        self._theirs: Plan | None = None
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._over.is_set() and not self.walk.stop.due():
                if self._theirs is not None:
                    plan, self._theirs = self._theirs, None
                    self.walk.begin(plan)
                self.walk.go_on()
        except Exception as error:  # noqa: BLE001  raised again where the search ends
            self._failed = error

    def meet(self, walk: Walk) -> None:
        """Whichever has the worse plan goes on from the other's."""
        mine, theirs = self.walk.found, walk.found
        if mine[0] > theirs[0]:
            walk.begin(mine[1])
        else:
            self._theirs = theirs[1]

    def end(self) -> Walk:
        self._over.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self.walk
