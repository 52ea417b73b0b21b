"""New runs that are possible: where they are looked for, what each would give, and how the best is put on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .common import ZERO, compiled, inlined, inside
from .weighing import weigh

MOST = 3
"""Runs called off in one step."""
SITES = 2
"""Looked at of each course, besides where its runs were."""
LOOK_AGAIN = 1
"""So many other sites are weighed anew after each new run."""
MOST_SITES = MOST * (1 + SITES) + SITES
NOBODY = -1


class Ground(NamedTuple):
    """What does not change: the first site, start and trainer of each course, its smallest group and what a place costs; of each site its course, people, penalties and venues;
    the site of each course at each venue; who can give each course; limits and costs [C, V + 1]; half-days a week."""

    first_site: Any
    first_start: Any
    first_trainer: Any
    least: Any
    head: Any
    site_course: Any
    first_seat: Any
    seat_option: Any
    seat_penalty: Any
    first_venue: Any
    site_venue: Any
    site_of: Any
    trainer: Any
    limit: Any
    fixed: Any
    week: Any


class Taken(NamedTuple):
    """Half-days in which venues [V + 1] and trainers [N] are free (bits), who gives each run, and whether it must stay as it is."""

    venue: Any
    trainer: Any
    by: Any
    pinned: Any
    before: Any
    """[R] how many sat there before the step; and whether the run became too small in it."""
    small: Any
    closed: Any
    """[MOST] runs that a step called off."""


class Desk(NamedTuple):
    """Room to work in: what a site gives at each start (profit, where, many), what `weigh` needs, offers of new runs, and when people were last noted down."""

    profit: Any
    where: Any
    many: Any
    gains: Any
    starts: Any
    rests: Any
    offer_profit: Any
    offer_cost: Any
    offers: Any
    """[3, offers] site, start and venue."""
    staffed: Any
    sites: Any
    """[2, MOST_SITES]"""
    wanted: Any
    """[C]"""
    noted: Any
    """[2, P] the step in which somebody was put on either list."""
    people: Any
    """[3, P] whom a step concerns, who may push others on, who gains by a new run."""
    key: Any
    """[P]"""
    state: Any
    """Of the random numbers."""


@inlined
def drawn(state: Any) -> float:
    """A random number from 0 to 1 (SplitMix64: Steele, Lea and Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    x = state[0]
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return float(np.int64(x >> np.uint64(11))) / 9007199254740992.0


@inlined
def below(n: Any, state: Any) -> int:
    """A random whole number from 0 to n - 1."""
    return min(int(drawn(state) * n), n - 1)


@compiled
def occupy(run: Any, taken: Any, city: Any, runs: Any) -> None:
    """Its trainer and venue are taken while a run meets."""
    start = runs.start[run]
    for w in range(city.bits.shape[1]):
        taken.trainer[taken.by[run], w] &= ~city.bits[start, w]
        if runs.venue[run] < len(taken.venue) - 1:
            taken.venue[runs.venue[run], w] &= ~city.bits[start, w]


@compiled
def leave(run: Any, taken: Any, city: Any, runs: Any) -> None:
    start = runs.start[run]
    for w in range(city.bits.shape[1]):
        taken.trainer[taken.by[run], w] |= city.bits[start, w]
        if runs.venue[run] < len(taken.venue) - 1:
            taken.venue[runs.venue[run], w] |= city.bits[start, w]


@compiled
def able(course: Any, start: Any, which: Any, ground: Any, taken: Any, city: Any) -> tuple[int, int]:
    """How many trainers can give a course then, and one of them: the one with as many before."""
    n, found = 0, NOBODY
    for a in range(ground.first_trainer[course], ground.first_trainer[course + 1]):
        if inside(city.bits, start, taken.trainer, ground.trainer[a]):
            if n == which:
                found = ground.trainer[a]
            n += 1
    return n, found


@inlined
def put_down(number: Any, there: Any, n: Any) -> int:
    """At the end of a list of `n`, unless it is there already. Answers how many there are then."""
    for k in range(n):
        if there[k] == number:
            return n
    there[n] = number
    return n + 1


@compiled
def choose_sites(closed: Any, n: Any, leaving: Any, ground: Any, desk: Any, city: Any, runs: Any) -> int:
    """Where the runs were, some other sites of their courses, and of another course that the same people could take; answers how many."""
    found, courses, wanted, state = desk.sites[0], desk.sites[1], desk.wanted, desk.state
    many = different = 0
    for k in range(n):
        many = put_down(ground.site_of[runs.course[closed[k]], runs.venue[closed[k]]], found, many)
        different = put_down(runs.course[closed[k]], courses, different)
    wanted[:] = 0.0
    for p in leaving:
        for i in range(city.first_option[p], city.first_option[p + 1]):
            wanted[city.course[city.option[i]]] += 1.0
    if len(leaving) == 0:
        wanted[:] = 1.0
    most, another = 0.0, -1
    for c in range(len(wanted)):
        score = wanted[c] * drawn(state)
        if score > most:
            there = False
            for k in range(different):
                there |= courses[k] == c
            if not there:
                most, another = score, c
    if another >= 0:
        different = put_down(another, courses, different)
    for k in range(different):
        first, last = ground.first_site[courses[k]], ground.first_site[courses[k] + 1]
        if last - first <= SITES:
            for site in range(first, last):
                many = put_down(site, found, many)
        else:
            for _ in range(SITES):
                many = put_down(first + below(last - first, state), found, many)
    return many


@compiled
def weigh_site(site: Any, n: Any, price: Any, ground: Any, taken: Any, desk: Any, city: Any, runs: Any, rows: Any, seats: Any) -> int:  # fmt: skip
    """Puts down the new runs that are possible at a site and give anything, after `n` other offers. Answers how many there are then."""
    course = ground.site_course[site]
    first, last = ground.first_start[course], ground.first_start[course + 1]
    for k in range(last - first):
        desk.staffed[k] = able(course, first + k, ZERO, ground, taken, city)[1] >= 0
    weigh(
        ground.first_seat[site], ground.first_seat[site + 1], first, last, desk.staffed, ground.site_venue[ground.first_venue[site] : ground.first_venue[site + 1]],
        taken.venue, ground.limit[course], ground.fixed[course], ground.least[course], ground.head[course], price, ground.seat_option, ground.seat_penalty,
        desk.profit, desk.where, desk.many, desk.gains, desk.starts, city, runs, rows, seats, desk.rests,
    )  # fmt: skip
    for k in range(last - first):
        if desk.profit[k] > 0.0 and n < len(desk.offer_profit):
            venue = desk.where[k]
            desk.offer_profit[n] = desk.profit[k]
            desk.offer_cost[n] = ground.fixed[course, venue] + ground.head[course] * desk.many[k]
            desk.offers[0, n], desk.offers[1, n], desk.offers[2, n] = site, first + k, venue
            n += 1
    return n


@compiled
def best_offer(n: Any, price: Any, boldness: Any, ground: Any, taken: Any, desk: Any, city: Any, seats: Any) -> int:
    """Of what is possible and can be paid, what gives most for its money, with some chance for others; -1 where nothing is."""
    best, most = -1, -np.inf
    for i in range(n):
        if desk.offer_cost[i] > seats.sums[1]:
            continue
        rate = desk.offer_profit[i] / (price * desk.offer_cost[i] + 1e-9)
        chance = drawn(desk.state) + drawn(desk.state) + drawn(desk.state) + drawn(desk.state) - 2.0
        rate *= 1.0 + boldness * 1.7 * chance  # nearly normal, of that spread
        if rate > most and inside(city.bits, desk.offers[1, i], taken.venue, desk.offers[2, i]):
            course = ground.site_course[desk.offers[0, i]]
            if able(course, desk.offers[1, i], ZERO, ground, taken, city)[1] >= 0:
                best, most = i, rate
    return best


@compiled
def stale_sites(n: Any, site: Any, price: Any, desk: Any) -> int:
    """A site that has a new run, and others where most was to be had for its money: what was weighed there is mostly worth less now. Answers how many."""
    found, many = desk.sites[0], 1
    found[0] = site
    for _ in range(LOOK_AGAIN):
        best, most = -1, 0.0
        for i in range(n):
            rate = desk.offer_profit[i] / (price * desk.offer_cost[i] + 1e-9)
            if rate > most:
                there = False
                for k in range(many):
                    there |= found[k] == desk.offers[0, i]
                if not there:
                    best, most = i, rate
        if best < 0:
            break
        found[many] = desk.offers[0, best]
        many += 1
    return many


@compiled
def drop_offers(n: Any, sites: Any, desk: Any) -> int:
    """All offers at these sites go. Answers how many are left."""
    left = 0
    for i in range(n):
        there = False
        for site in sites:
            there |= desk.offers[0, i] == site
        if not there:
            desk.offer_profit[left], desk.offer_cost[left] = desk.offer_profit[i], desk.offer_cost[i]
            for k in range(3):
                desk.offers[k, left] = desk.offers[k, i]
            left += 1
    return left


@compiled
def put_on(run: Any, course: Any, start: Any, venue: Any, ground: Any, taken: Any, city: Any, runs: Any, seats: Any, state: Any) -> None:  # fmt: skip
    """A new run without people, given by one of those who can."""
    many, _first = able(course, start, ZERO, ground, taken, city)
    taken.by[run] = able(course, start, below(many, state), ground, taken, city)[1]
    taken.pinned[run] = False
    runs.start[run], runs.course[run], runs.venue[run] = start, course, venue
    runs.seats[run], runs.count[run], runs.least[run] = ground.limit[course, venue], 0, ground.least[course]
    runs.price[run], runs.head[run], runs.off[run] = 0.0, ground.head[course], 0
    seats.sums[1] -= ground.fixed[course, venue]
    occupy(run, taken, city, runs)
