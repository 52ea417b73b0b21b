"""How good a plan can be at most: bound B of docs/planning.md, a Lagrangian over classes of runs, with time.

A class is a course, a start and a site (online, or an area's venues). A place that a person takes has a price v; so does a hundredth of
money (λ), each half-day of a venue (μ) and of a trainer (τ), none negative. Then

    each person takes the set of courses worth most to them at those prices (the sets of `bound`), and
    each class puts on a run where the prices of its best places, of people free at that time, pay for it:
        Σ over the G best of (v − penalty − λ·head) − λ·F − Σ μ − Σ τ,

and the sum of both, plus λ·budget, Σ μ and Σ τ over what there is, is at least the value of every feasible plan: a plan's own places
and runs give no more, term by term. Left out are teams, minimum groups, and that a person is in one place at a time.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bound import Lagrangian
from .bound import Prices as SeatPrices
from .classes import Classes
from .kernels import classes as kernels
from .problem import Floats, bits
from .stop import Stop

TURN = 0.0005
"""Seconds after which a thread lets the other have the interpreter."""
ROUNDS, FEW_ROUNDS = 5_000, 200
"""At most so many steps of the descent; so many beside a search that is counted in steps."""
FIRST_STEP, LAST_STEP = 0.06, 0.0006
"""How far a round moves a price, as a share of a typical need's weight, for a city of a thousand."""
SHRINK = 0.57
"""With this power of its people does the first step of a larger city shrink: its prices begin nearer to the best."""


@dataclass(frozen=True, eq=False, slots=True)
class ClassPrices:
    """In points: for a place of each option, for a hundredth of money, for each half-day of each venue and trainer [.., T]."""

    place: Floats
    money: float
    venue: Floats
    trainer: Floats

    def moved(self, by: ClassPrices) -> ClassPrices:
        """Never below zero."""
        return ClassPrices(
            np.maximum(0.0, self.place + by.place), max(0.0, self.money + by.money),
            np.maximum(0.0, self.venue + by.venue), np.maximum(0.0, self.trainer + by.trainer),
        )  # fmt: skip


class Market:
    """Classes of runs and people at prices: the bound as a function of them."""

    def __init__(self, lagrangian: Lagrangian, classes: Classes) -> None:
        problem = lagrangian.problem
        self.lagrangian, self.problem, self.options, self.classes = lagrangian, problem, lagrangian.options, classes
        N, V = len(problem.trainers), len(problem.venues)
        trainer_free = np.column_stack([problem.trainer_free, np.ones(N, bool)])
        self.trainer_ok = trainer_free[:, classes.slots].all(2).T & problem.qualified[:, classes.course].T
        venue_free = np.concatenate(
            [np.column_stack([problem.venue_free, np.ones(V, bool)]), np.ones((1, problem.half_days + 1), bool)]
        )
        self.venue_ok = venue_free[:, classes.slots].all(2).T
        self.trainers = self.trainer_ok.sum(1)
        self.person_bits = bits(problem.person_free)
        self.head = problem.course_cost_head.astype(float)[self.options.course]
        self.fixed = problem.fixed_costs.astype(float)
        self.order = np.zeros(0, np.int64)

    def start(self, seats: SeatPrices) -> ClassPrices:
        """From bound A: a place at what its cheapest seat costs there."""
        problem = self.problem
        place = self.lagrangian.seat_prices(seats)[0]
        return ClassPrices(place, seats.money, seats.venue[:, None] * problem.venue_free, seats.trainer[:, None] * problem.trainer_free)  # fmt: skip

    def evaluate(self, prices: ClassPrices) -> tuple[float, ClassPrices]:
        """The bound at these prices, and its slope in each of them (what there is, less what is used)."""
        problem, options, classes = self.problem, self.options, self.classes
        wanted = np.zeros(len(options))
        gained = self.lagrangian.best_sets(prices.place, wanted)
        trainer, trainer_price = np.zeros(len(classes.slots), np.int64), np.zeros(len(classes.slots))
        kernels.cheapest_trainers(
            self.trainer_ok, prices.trainer, classes.slots, classes.length, trainer, trainer_price
        )
        profit = (prices.place - prices.money * self.head)[classes.seat_option] - classes.seat_penalty
        if not len(self.order):
            site = np.repeat(np.arange(len(classes.site_course)), np.diff(classes.first_seat))
            self.order = np.lexsort((-profit, site))
        kernels.sort_again(self.order, profit, classes.first_seat)
        uses = np.zeros(len(options))
        venue_used, trainer_used = np.zeros(problem.venue_free.shape), np.zeros(problem.trainer_free.shape)
        given, spent = kernels.best_classes(
            self.order, profit, classes.seat_person, classes.seat_option, classes.first_seat, classes.site_course, classes.first_venue, classes.site_venue, classes.first_start,
            classes.bits, classes.slots, classes.length, self.person_bits, self.venue_ok, self.trainers, trainer, trainer_price, problem.group_limits,
            self.fixed, prices.money, prices.venue, problem.person_team, problem.team_limit, uses, venue_used, trainer_used,
        )  # fmt: skip
        value = gained + given + prices.money * problem.budget
        value += float(prices.venue[problem.venue_free].sum() + prices.trainer[problem.trainer_free].sum())
        slope = ClassPrices(
            uses - wanted, problem.budget - spent - float(self.head @ uses),
            problem.venue_free - venue_used, problem.trainer_free - trainer_used,
        )  # fmt: skip
        return value, slope


class Descent:
    """Prices on their way to the least bound: steps of Adam (Kingma and Ba 2015), shorter and shorter."""

    def __init__(self, market: Market, seats: SeatPrices, bound: float) -> None:
        problem = market.problem
        self.market, self.prices = market, market.start(seats)
        self.best, self.best_prices = bound, self.prices
        self.rounds = 0
        weight = float(np.median(problem.need_weight)) if len(problem.need_weight) else 1.0
        smaller = min(1.0, (1000 / max(1, len(problem.people))) ** SHRINK)
        self.first, self.last = weight * FIRST_STEP * smaller, weight * LAST_STEP
        money = 0.03 * max(seats.money, 1e-9)
        # Of each kind of price: how far it moves beside the others, and below which slope it hardly does.
        self._scales = ((1.0, 1e-9), (money, 1e-9 * max(1, problem.budget)), (1.0, 1e-3), (1.0, 1e-3))
        self._mean: list[Any] = [0.0] * 4
        self._square: list[Any] = [0.0] * 4

    def step(self, done: float) -> None:
        """One round; `done` is how much of the whole way is behind (0 to 1)."""
        value, slope = self.market.evaluate(self.prices)
        self.rounds += 1
        if value < self.best:
            self.best, self.best_prices = value, self.prices
        rate = self.first * (self.last / self.first) ** done
        moves = []
        slopes: tuple[Any, ...] = (slope.place, slope.money, slope.venue, slope.trainer)
        for k, each in enumerate(slopes):
            self._mean[k] = 0.9 * self._mean[k] + 0.1 * each
            self._square[k] = 0.99 * self._square[k] + 0.01 * each * each
            scale, flat = self._scales[k]
            steep = np.sqrt(self._square[k] / (1 - 0.99**self.rounds)) + flat
            moves.append(-rate * scale * (self._mean[k] / (1 - 0.9**self.rounds)) / steep)
        self.prices = self.prices.moved(ClassPrices(*moves))


class Tightening:
    """The descent in a thread of its own, beside the search. `bound` only ever falls."""

    def __init__(self, lagrangian: Lagrangian, classes: Classes, seats: SeatPrices, bound: float, stop: Stop) -> None:
        self.bound, self._stop, self._over = bound, stop, threading.Event()
        self._lagrangian, self._classes, self._seats = lagrangian, classes, seats
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
            limit = FEW_ROUNDS if self._stop.seconds is None else ROUNDS
            while descent.rounds < limit and not self._over.is_set() and not self._stop.due():
                done = self._stop.elapsed() / self._stop.seconds if self._stop.seconds else 0.0
                descent.step(max(min(1.0, done), descent.rounds / limit))
                self.bound = min(self.bound, descent.best)
        except Exception as error:  # noqa: BLE001  raised again where the search ends
            self._failed = error

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
