"""The bound on its way down, in a thread of its own beside the search: prices of bound B until they have settled, then whole courses where the city is small."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

from .bound import Lagrangian
from .bound import Prices as SeatPrices
from .classes import Classes
from .stop import Stop
from .tight import ENOUGH, SETTLED, Descent, Market
from .whole import whole, widest_and_most

TURN = 0.0005
"""Seconds after which a thread lets the other have the interpreter."""
ROUNDS, FEW_ROUNDS = 5_000, 200
"""At most so many steps of the descent; so many, or one for each step, beside a search that is counted in steps."""
SETTLES = 0.33
"""The time for it, as a part of the search."""
LOOKS = 10
"""Rounds after which it is known how long they take."""
BEHIND = 0.25
"""So much further goes the descent after prices have settled, on a way that is one long."""
SMALL_CITY, ROOM, PART_WHOLE = 1_500, 8_000_000, 0.5
"""People up to whom whole courses tighten the bound (`planner.whole`), where no course has more runs times options: in larger cities the sets of a course's runs are too many.
By steps, so many rounds, as a part of those before."""


class Tightening:
    """The descent in a thread of its own, beside the search. `bound` only ever falls; `settled` is a copy of the descent as soon as its prices are good enough to make a plan from, if they ever are."""

    def __init__(
        self,
        lagrangian: Lagrangian,
        classes: Classes,
        seats: SeatPrices,
        bound: float,
        stop: Stop,
        *,
        briefly: bool = False,
    ) -> None:
        """`briefly`: no longer than until prices have settled."""
        self.bound, self._stop, self._over, self._briefly = bound, stop, threading.Event(), briefly
        self._known = threading.Event()
        self.settled: Descent | None = None
        self._rounds, self._settles = 0, True
        self._lagrangian, self._classes, self._seats = lagrangian, classes, seats
        widest, most = widest_and_most(classes)
        self._small = len(classes.problem.people) <= SMALL_CITY and widest * most <= ROOM
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="bound", daemon=True)
        self._turn: float | None = None

    def __enter__(self) -> Tightening:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever became of the search, its thread ends with it."""
        self._end()

    def start(self) -> None:
        # The search holds the interpreter nearly all the time; at its usual five milliseconds a turn, rounds would mostly wait.
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(TURN)
        self._thread.start()

    def _run(self) -> None:
        try:
            descent = Descent(Market(self._lagrangian, self._classes), self._seats, self.bound)
            if self._stop.seconds is None:
                self._by_steps(descent)
            else:
                self._by_clock(descent, self._stop.seconds)
        except Exception as error:  # noqa: BLE001  raised again where the search ends
            self._failed = error
        finally:
            self._known.set()

    def _by_steps(self, descent: Descent) -> None:
        rounds = min(ROUNDS, max(FEW_ROUNDS, self._stop.steps or 0))
        descent.expects(rounds)
        while self._go_on(descent) and descent.rounds < rounds:
            descent.step(descent.rounds / rounds)
        if descent.rounds >= ENOUGH:
            self.settled = descent.apart()
            self._known.set()
            if self._small:
                self._by_whole_courses(descent, lambda made: made / (PART_WHOLE * rounds))

    def _by_clock(self, descent: Descent, seconds: float) -> None:
        descent.step(0.0)  # the first takes longer
        begun, rounds = self._stop.elapsed(), SETTLED
        until = begun + SETTLES * (seconds - begun)
        while self._go_on(descent) and descent.rounds < ROUNDS:
            now = self._stop.elapsed()
            if descent.rounds <= LOOKS:  # too early to say how many there will be
                descent.step(0.0)
                continue
            if descent.rounds == 1 + LOOKS:
                possible = LOOKS * (until - begun) / max(1e-9, now - begun)
                if possible < ENOUGH:
                    self._settles, until = False, seconds
                    possible = LOOKS * (until - begun) / max(1e-9, now - begun)
                rounds = max(1, min(SETTLED, int(possible)))
                descent.expects(rounds)
            done = max(descent.rounds / rounds, (now - begun) / max(1e-9, until - begun))
            if done >= 1.0:
                if self._settles and self.settled is None:
                    self.settled = descent.apart()
                if self._settles and (self._briefly or self._small):
                    break
                done = 1.0 + BEHIND * max(
                    (descent.rounds - rounds) / ROUNDS, (now - until) / max(1e-9, seconds - until)
                )
            descent.step(done)
            self._rounds = descent.rounds
        if self.settled is not None and self._small:
            began = self._stop.elapsed()
            left = max(1e-9, seconds - began)
            self._by_whole_courses(descent, lambda made: max(made / ROUNDS, (self._stop.elapsed() - began) / left))

    def _by_whole_courses(self, settled: Descent, done: Callable[[int], float]) -> None:
        """`done` says after so many rounds how much of the way is behind."""
        descent = whole(settled)
        while self._go_on(descent) and (gone := done(descent.rounds)) < 1.0:
            descent.step(gone)

    def _go_on(self, descent: Descent) -> bool:
        self.bound = min(self.bound, descent.best)
        return not self._over.is_set() and not self._stop.due()

    def wait_for_prices(self) -> None:
        """Until it is known whether prices have settled."""
        if self._thread.ident is not None:
            self._known.wait()

    @property
    def young(self) -> bool:
        """Its prices have not settled, or have had few rounds where there is no time for that: each is worth more than a step of the search beside it."""
        return self._thread.is_alive() and self.settled is None and (self._settles or self._rounds < ENOUGH)

    def end(self, *, wait: bool) -> float:
        """The bound it has come to. With `wait` (a search by steps) all its rounds are made first, so that it is the same each time."""
        if wait and self._thread.ident is not None:
            self._thread.join()
        self._end()
        if self._failed is not None:
            raise self._failed
        return self.bound

    def _end(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._turn is not None:
            sys.setswitchinterval(self._turn)
            self._turn = None
