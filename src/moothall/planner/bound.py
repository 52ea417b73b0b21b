"""How good a plan can be at most: bound A of docs/planning.md, a Lagrangian without time.

Time of people, teams and minimum groups are left out; money, the half-days of each venue and of each trainer are given
prices. A seat of course c at venue v then costs at least

    seat(c, v) = price_of_money * head_c + (price_of_money * F_cv + half_days_c * (price_v + cheapest trainer of c)) / G_cv

as no run has more than G_cv places. Every person takes the set of courses (within their half-days, with prerequisites)
that is worth most to them at those prices; the sum of what they gain, plus the prices times what there is, is at least
the value of every feasible plan, whatever the prices. `lower` moves the prices to make that sum small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .kernels import sets as kernels
from .options import Options
from .problem import Floats, Ints, Problem
from .stop import Stop

MOST_SETS_A_PERSON = 3000
MOST_SETS = 6_000_000
HALVINGS = 16
"""Steps towards the best price of money."""


@dataclass(frozen=True, eq=False)
class Prices:
    """In points: for a hundredth of money, for a half-day of each venue and of each trainer. Never negative."""

    money: float
    venue: Floats
    trainer: Floats


@dataclass(frozen=True, eq=False)
class Choices:
    """Every set of options a person might sensibly take, as rows; people with too many are bounded loosely."""

    first: Ints
    """[P + 1] sets of person p are first[p] to first[p + 1]."""
    options: Any
    """[rows, most in a set] int32, padded with len(options)."""
    worth: Floats
    """[rows] weight of the needs the set meets."""
    loose: Ints
    """People whose sets are too many to list."""


def choices_of(problem: Problem, options: Options) -> Choices:
    """Lists, person by person, the sets in which every course closes a need the others leave open, or opens another course."""
    P, none = len(problem.people), len(options)
    first_need = np.searchsorted(problem.need_person, np.arange(P + 1))
    bit = np.arange(len(problem.need_person)) - first_need[problem.need_person]
    about = (
        options.by_person.start, options.by_person.items, problem.course_half_days[options.course], options.requires, np.diff(options.opens.start) > 0, options.needs.start,
        options.needs.items, bit, problem.need_weight, problem.person_half_days, np.diff(first_need), MOST_SETS_A_PERSON, MOST_SETS,
    )  # fmt: skip
    first = np.zeros(P + 1, np.int64)
    widest = kernels.list_sets(False, *about, first, np.zeros((0, 0), np.int32), np.zeros(0))
    sets, worth = np.full((int(first[-1]), widest), none, np.int32), np.zeros(int(first[-1]))
    kernels.list_sets(True, *about, first, sets, worth)
    counts = np.diff(first)
    return Choices(first, sets, worth, np.nonzero((counts == 0) & (np.diff(options.by_person.start) > 0))[0])


class Lagrangian:
    """The bound as a function of prices, with the use of money and half-days that drives them."""

    def __init__(self, problem: Problem, options: Options, choices: Choices | None = None) -> None:
        self.problem, self.options = problem, options
        self.choices = choices_of(problem, options) if choices is None else choices
        self.open = problem.group_limits > 0
        self.limit = np.maximum(1, problem.group_limits).astype(float)
        self.fixed = problem.fixed_costs.astype(float)
        self.lengths = problem.course_half_days.astype(float)
        self.venue_supply = problem.venue_free.sum(1).astype(float)
        self.trainer_supply = problem.trainer_free.sum(1).astype(float)
        self.kind, self.penalty = problem.kinds[options.person], problem.penalties

    def start(self) -> Prices:
        """Money at what the whole budget buys if half the weight could be had for it, to begin with; venues and trainers free."""
        weight = self.problem.need_weight.sum()
        money = 0.5 * weight / max(1, self.problem.budget)
        return Prices(money, np.zeros(len(self.problem.venues)), np.zeros(len(self.problem.trainers)))

    def evaluate(self, prices: Prices) -> tuple[float, Prices]:
        """The bound at these prices, and its slope in each of them (what there is, less what people would use)."""
        problem, options, V = self.problem, self.options, len(self.problem.venues)
        price, where, by = self.seat_prices(prices)
        wanted = np.zeros(len(options))
        total = self.best_sets(price, wanted)
        chosen = np.nonzero(wanted)[0]
        c, at = options.course[chosen], where[options.course[chosen], self.kind[chosen]]
        share = 1.0 / self.limit[c, at]
        used_money = float((problem.course_cost_head[c] + share * self.fixed[c, at]).sum())
        time = share * self.lengths[c]
        used_venue = np.bincount(at, weights=time, minlength=V + 1)[:V]
        used_trainer = np.bincount(by[c], weights=time, minlength=len(problem.trainers)) if len(c) else 0.0
        value = total + prices.money * problem.budget
        value += float(prices.venue @ self.venue_supply + prices.trainer @ self.trainer_supply)
        return value, Prices(
            problem.budget - used_money, self.venue_supply - used_venue, self.trainer_supply - used_trainer
        )

    def seat_prices(self, prices: Prices) -> tuple[Floats, Ints, Ints]:
        """What each option's cheapest seat costs, penalty and all; for each course and kind at which venue; for each course by which trainer."""
        problem, options = self.problem, self.options
        staff = np.where(problem.qualified, prices.trainer[:, None], np.inf)
        by = staff.argmin(0) if len(problem.trainers) else np.zeros(len(problem.courses), np.int64)
        trainer = staff.min(0, initial=np.inf)
        venue = np.append(prices.venue, 0.0)
        with np.errstate(invalid="ignore"):
            shared = prices.money * self.fixed + self.lengths[:, None] * (venue + trainer[:, None])
            seat = prices.money * problem.course_cost_head[:, None] + shared / self.limit
        seat[~self.open] = np.inf
        by_kind = seat[:, None, :] + self.penalty[None, :, :]
        where = by_kind.argmin(2)
        cheapest = np.take_along_axis(by_kind, where[:, :, None], 2)[:, :, 0]
        return cheapest[options.course, self.kind], where, by

    def best_sets(self, price: Floats, wanted: Floats) -> float:
        """Sum over people of what their best set gains at these prices of options; adds the options in those sets to `wanted`."""
        choices = self.choices
        total = kernels.best_sets(choices.first, choices.worth, choices.options, price, wanted)
        return float(total) + sum(self.loose_gain(p, price) for p in choices.loose.tolist())

    def loose_gain(self, person: int, price: Floats) -> float:
        """An upper bound for a person with very many sets: each course counted in full, half-days filled with fractions."""
        options = self.options.by_person[person]
        gain = np.maximum(0.0, self.options.worth[options] - price[options])
        length = self.problem.course_half_days[self.options.course[options]]
        order = np.argsort(-gain / length, kind="stable")
        room = self.problem.person_half_days[person] - (np.cumsum(length[order]) - length[order])
        filled = float((gain[order] * np.clip(room / length[order], 0.0, 1.0)).sum())
        first, last = np.searchsorted(self.problem.need_person, [person, person + 1])
        return min(filled, float(self.problem.need_weight[first:last].sum()))


def lower(lagrangian: Lagrangian, stop: Stop, *, rounds: int = 60, share: float = 0.25) -> tuple[float, Prices]:
    """The least bound found, and the prices there: first at the best price of money alone, then by `rounds` steps of Adam on all prices (or in `share` of the time)."""
    problem = lagrangian.problem
    best, best_prices = float(problem.need_weight.sum()), lagrangian.start()
    for prices, value in _prices_of_money(lagrangian):
        if value < best:
            best, best_prices = value, prices
        if stop.due(share=share):
            break
    prices = best_prices
    scale_money = max(prices.money, 1e-9)
    # A half-day of a venue or trainer is worth about what it costs to put a run on in it.
    typical = (
        float(np.median(problem.course_cost_run + problem.course_cost_run_online)) if len(problem.courses) else 1.0
    )
    scale_time = max(scale_money * typical, 1e-6)
    n_venues = len(prices.venue)
    point = np.concatenate([[prices.money / scale_money], prices.venue, prices.trainer])
    scale = np.concatenate([[scale_money], np.full(len(point) - 1, scale_time)])
    mean, square = np.zeros_like(point), np.zeros_like(point)
    for k in range(1, rounds + 1):
        if stop.due(share=share) or best <= 0:
            break
        prices = Prices(
            point[0] * scale[0],
            point[1 : 1 + n_venues] * scale[1 : 1 + n_venues],
            point[1 + n_venues :] * scale[1 + n_venues :],
        )
        value, slope = lagrangian.evaluate(prices)
        if value < best:
            best, best_prices = value, prices
        step = np.concatenate([[slope.money], slope.venue, slope.trainer]) * scale
        mean = 0.8 * mean + 0.2 * step
        square = 0.95 * square + 0.05 * step * step
        rate = 0.12 * (0.02 / 0.12) ** (k / rounds)
        corrected = (mean / (1 - 0.8**k)) / (np.sqrt(square / (1 - 0.95**k)) + 1e-12)
        point = np.maximum(0.0, point - rate * corrected)
    return best, best_prices


def _prices_of_money(lagrangian: Lagrangian) -> Iterator[tuple[Prices, float]]:
    """Nearer and nearer to the price of money, venues and trainers free, at which people would spend what there is: the bound is convex in it, so halving finds the least."""
    start = lagrangian.start()
    low, high, money = 0.0, np.inf, start.money
    for _ in range(HALVINGS if money > 0 else 0):
        prices = replace(start, money=money)
        value, slope = lagrangian.evaluate(prices)
        yield prices, value
        low, high = (money, high) if slope.money < 0 else (low, money)
        money = 2 * money if high == np.inf else 0.5 * (low + high)
