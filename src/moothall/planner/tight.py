"""How good a plan can be at most: bound B of docs/planning.md, a Lagrangian over classes of runs, with time.

A class is a course, a start and a site (online, or an area's venues). A place that a person takes has a price v; so does a hundredth of
money (λ), each half-day of a venue (μ) and of a trainer (τ), none negative. Then

    each person takes the set of courses worth most to them at those prices (the sets of `bound`), and
    each class puts on a run where the prices of its best places, of people free at that time, pay for it:
        Σ over the G best of (v − penalty − λ·head) − λ·F − Σ μ − Σ τ,

and the sum of both, plus λ·budget, Σ μ and Σ τ over what there is, is at least the value of every feasible plan: a plan's own places
and runs give no more, term by term. No more of a team are among the best than it can spare at one time. Left out are what it can spare over several runs at once, minimum groups, and that a
person is in one place at a time.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .bound import Lagrangian
from .bound import Prices as SeatPrices
from .classes import Classes
from .kernels import classes as kernels
from .problem import Floats, Ints, bits

ENOUGH, SETTLED = 400, 2_000
"""Rounds in which prices settle: a plan is made from them (`planner.dive`) where so many are possible in the time for it; more than the second hardly change them."""
FIRST_STEP, LAST_STEP = 0.06, 0.0006
"""How far a round moves a price, as a share of a typical need's weight, for a city of a thousand and where there are rounds enough: twice as far at first where they are few, and further in the end."""
LATELY = 0.03
"""How much the last round counts in how often a class was put on lately."""
SHRINK = 0.57
"""With this power of its people does the first step of a larger city shrink: its prices begin nearer to the best."""


@dataclass(frozen=True, eq=False, slots=True)
class ClassPrices:
    """In points: for a place of each option, for a hundredth of money [1], for each half-day of each venue and trainer [.., T]."""

    place: Floats
    money: Floats
    venue: Floats
    trainer: Floats

    def copy(self) -> ClassPrices:
        return ClassPrices(self.place.copy(), self.money.copy(), self.venue.copy(), self.trainer.copy())

    def kinds(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Each kind of price, flat."""
        return self.place, self.money, self.venue.reshape(-1), self.trainer.reshape(-1)


class Offers(NamedTuple):
    """What runs are weighed by: the profit of each seat, each start's cheapest trainer and what they cost, and prices of money and of each half-day of each venue."""

    profit: Floats
    trainer: Ints
    trainer_price: Floats
    money: float
    venue_price: Floats


class Used(NamedTuple):
    """What runs use: places of each option, half-days of each venue and trainer."""

    places: Floats
    venue: Floats
    trainer: Floats


class Market:
    """Classes of runs and people at prices: the bound as a function of them."""

    def __init__(self, lagrangian: Lagrangian, classes: Classes) -> None:
        problem = lagrangian.problem
        self.lagrangian, self.problem, self.options, self.classes = lagrangian, problem, lagrangian.options, classes
        self.budget, self.venue_free, self.trainer_free = problem.budget, problem.venue_free, problem.trainer_free
        self.head = problem.course_cost_head.astype(float)[self.options.course]
        self.sites = kernels.Sites(
            classes.site_course, classes.first_seat, classes.seat_person, classes.seat_option, classes.first_venue, classes.site_venue, classes.first_class, classes.first_start,
            classes.bits, classes.slots, classes.length, bits(problem.person_free), problem.person_team, problem.team_limit, problem.group_limits, problem.fixed_costs.astype(float),
        )  # fmt: skip
        many = int(classes.first_class[-1])
        self.held = np.zeros(many, np.int64)
        self.memory = kernels.Memory(
            np.zeros(len(classes.seat_option)), np.full(len(classes.site_course), many), np.zeros(many), np.zeros(many), np.zeros(many, np.int64)
        )  # fmt: skip
        site = np.repeat(np.arange(len(classes.site_course)), np.diff(classes.first_seat))
        self.order = np.lexsort((-self.lagrangian.options.worth[classes.seat_option], site))
        self._look_around()

    def apart(self) -> Market:
        """A copy in which runs can be put on for good, with the money there is for the plan."""
        other = copy(self)
        other.budget = self.classes.problem.budget
        other.venue_free, other.trainer_free = self.venue_free.copy(), self.trainer_free.copy()
        other.held, other.order = self.held.copy(), self.order.copy()
        other.memory = kernels.Memory(*(each.copy() for each in self.memory))
        other._look_around()
        return other

    def put_on(self, course: int, start: int, venue: int, trainer: int) -> None:
        """A run for good: what it costs is spent, and its seats cost nothing more."""
        classes, slots = self.classes, self.classes.slots[start, : self.classes.length[start]]
        meanwhile = (classes.bits & classes.bits[start]).any(1)
        self.trainer_free[trainer, slots] = self.trainer_ok[meanwhile, trainer] = False
        self.stand.trainers[meanwhile] = self.trainer_ok[meanwhile].sum(1)
        if venue < len(self.venue_free):
            self.venue_free[venue, slots] = self.stand.venue_ok[meanwhile, venue] = False
        self.budget -= int(self.problem.fixed_costs[course, venue])
        site = classes.site_of[course, venue]
        if site >= 0:  # otherwise nobody wants it there
            one = classes.first_class[site] + start - classes.first_start[course]
            self.held[one] += self.problem.group_limits[course, venue]

    def _look_around(self) -> None:
        """Which trainers and venues are free at each start."""
        problem, classes = self.problem, self.classes
        N, V = len(problem.trainers), len(problem.venues)
        trainer_free = np.column_stack([self.trainer_free, np.ones(N, bool)])
        self.trainer_ok = trainer_free[:, classes.slots].all(2).T & problem.qualified[:, classes.course].T
        venue_free = np.concatenate(
            [np.column_stack([self.venue_free, np.ones(V, bool)]), np.ones((1, problem.half_days + 1), bool)]
        )
        self.stand = kernels.Stand(venue_free[:, classes.slots].all(2).T, self.trainer_ok.sum(1), self.held)

    def start(self, seats: SeatPrices) -> ClassPrices:
        """From bound A: a place at what its cheapest seat costs there."""
        problem = self.problem
        place = self.lagrangian.seat_prices(seats)[0]
        return ClassPrices(place, np.array([seats.money]), seats.venue[:, None] * problem.venue_free, seats.trainer[:, None] * problem.trainer_free)  # fmt: skip

    def evaluate(self, prices: ClassPrices, round_: int = 0) -> tuple[float, ClassPrices]:
        """The bound at these prices, and its slope in each of them (what there is, less what is used). `round_`: so many were made before on the same way."""
        options, classes, money = self.options, self.classes, float(prices.money[0])
        wanted = np.zeros(len(options))
        gained = self.lagrangian.best_sets(prices.place, wanted)
        trainer, trainer_price = np.zeros(len(classes.slots), np.int64), np.zeros(len(classes.slots))
        kernels.cheapest_trainers(
            self.trainer_ok, prices.trainer, classes.slots, classes.length, trainer, trainer_price
        )
        profit = (prices.place - money * self.head)[classes.seat_option] - classes.seat_penalty
        kernels.sort_again(self.order, profit, classes.first_seat)
        used = Used(np.zeros(len(options)), np.zeros(self.venue_free.shape), np.zeros(self.trainer_free.shape))
        given, spent = self._best_runs(Offers(profit, trainer, trainer_price, money, prices.venue), used, round_)
        value = float(gained + given + money * self.budget)
        value += float(prices.venue[self.venue_free].sum() + prices.trainer[self.trainer_free].sum())
        slope = ClassPrices(
            used.places - wanted, np.array([self.budget - spent - float(self.head @ used.places)]),
            self.venue_free - used.venue, self.trainer_free - used.trainer,
        )  # fmt: skip
        return value, slope

    def _best_runs(self, offers: Offers, used: Used, round_: int) -> tuple[float, float]:
        """What runs give at most at these prices, and the fixed costs of those that give it; what they use is added to `used`."""
        return kernels.best_classes(self.order, *offers, LATELY, self.sites, self.stand, self.memory, *used)


class Descent:
    """Prices on their way to the least bound: steps of Adam (Kingma and Ba 2015), shorter and shorter."""

    def __init__(self, market: Market, seats: SeatPrices, bound: float, rounds: int = SETTLED) -> None:
        """`rounds`: so many, about, are there for the whole way."""
        problem = market.problem
        self.market, self.prices = market, market.start(seats)
        self.best, self.best_prices = bound, self.prices.copy()
        self.rounds = 0
        self._weight = float(np.median(problem.need_weight)) if len(problem.need_weight) else 1.0
        self.expects(rounds)
        money = 0.03 * max(seats.money, 1e-9)
        # Of each kind of price: how far it moves beside the others, and below which slope it hardly does.
        self._scales = ((1.0, 1e-9), (money, 1e-9 * max(1, problem.budget)), (1.0, 1e-3), (1.0, 1e-3))
        self._mean, self._square = (tuple(np.zeros_like(each) for each in self.prices.kinds()) for _ in range(2))

    def expects(self, rounds: int) -> None:
        """There are so many rounds, about, for the whole way."""
        people = max(1, len(self.market.problem.people))
        few = max(1.0, SETTLED / max(1, rounds))
        self.first = (
            self._weight * FIRST_STEP * min(1.0, (1000 / people) ** SHRINK) * (2.0 if rounds < 1.5 * ENOUGH else 1.0)
        )
        self.last = min(self.first, self._weight * LAST_STEP * few**0.7)

    def step(self, done: float) -> None:
        """One round; `done` is how much of the way is behind (0 to 1, beyond it steps still become shorter)."""
        value, slope = self.market.evaluate(self.prices, self.rounds)
        self.rounds += 1
        if value < self.best:
            self.best, self.best_prices = value, self.prices.copy()
        rate = self.first * (self.last / self.first) ** done
        for price, down, mean, square, (scale, flat) in zip(
            self.prices.kinds(), slope.kinds(), self._mean, self._square, self._scales, strict=True
        ):
            kernels.move(price, down, mean, square, rate * scale, flat, self.rounds)

    def onwards(self, market: Market, first: float, last: float) -> Descent:
        """Another, on another market, that begins at the best prices; its first and last step are shares of a typical need's weight."""
        other = self.apart()
        other.market, other.rounds = market, 0
        other.first, other.last = first * self._weight, last * self._weight
        for each in (*other._mean, *other._square):
            each[:] = 0.0
        return other

    def apart(self) -> Descent:
        """A copy that goes on from the best prices, on a market of its own."""
        other = copy(self)
        other.market, other.prices = self.market.apart(), self.best_prices.copy()
        other._mean, other._square = (tuple(each.copy() for each in kept) for kept in (self._mean, self._square))
        return other
