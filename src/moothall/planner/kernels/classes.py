"""Loops of the bound over classes of runs (`planner.tight`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .common import compiled, inlined, inside, making_arrays

KEEPS_MEAN, KEEPS_SQUARE = 0.9, 0.99
"""How much of what was is kept in a step."""
NOTHING = 1e-12
"""Smaller numbers count as none."""
MANY = 1 << 32
"""More people than a team has."""


@compiled
def sort_again(order: Any, profit: Any, first: Any) -> None:
    """Each list `order[first[i]:first[i + 1]]` by falling profit, those without profit last. Fast where it was nearly so before, as between two prices it is."""
    for i in range(len(first) - 1):
        for a in range(first[i] + 1, first[i + 1]):
            moved = order[a]
            at = a
            while at > first[i] and profit[moved] > max(0.0, profit[order[at - 1]]):
                order[at] = order[at - 1]
                at -= 1
            order[at] = moved


@compiled
def cheapest_trainers(can: Any, price: Any, slots: Any, length: Any, who: Any, costs: Any) -> None:
    """Of those who can give each start (`can` [starts, N]) the cheapest, and what they cost: infinite where nobody can."""
    for start in range(can.shape[0]):
        costs[start] = np.inf
        for trainer in range(can.shape[1]):
            if can[start, trainer]:
                cost = 0.0
                for q in range(length[start]):
                    cost += price[trainer, slots[start, q]]
                if cost < costs[start]:
                    costs[start] = cost
                    who[start] = trainer


@inlined
def faded(number: Any, keeps: Any) -> float:
    """Less of it, and in the end nothing: numbers next to nothing are slow to reckon with."""
    return number * keeps if abs(number) > NOTHING else 0.0


@compiled
def move(price: Any, slope: Any, mean: Any, square: Any, rate: Any, flat: Any, rounds: Any) -> None:
    """One step of Adam (Kingma and Ba 2015) down the slope, never below zero. All are flat and as long; `mean` and `square` are kept from step to step."""
    of_mean, of_square = 1.0 - KEEPS_MEAN**rounds, 1.0 - KEEPS_SQUARE**rounds
    for i in range(len(price)):
        mean[i] = faded(mean[i], KEEPS_MEAN) + (1.0 - KEEPS_MEAN) * slope[i]
        square[i] = faded(square[i], KEEPS_SQUARE) + (1.0 - KEEPS_SQUARE) * slope[i] * slope[i]
        price[i] = max(0.0, price[i] - rate * (mean[i] / of_mean) / (np.sqrt(square[i] / of_square) + flat))


class Sites(NamedTuple):
    """What does not change: of each site its course, people (seats in `first_seat`), venues, and first class (one a start); starts of each course; when people are free (bits) and
    their teams; limits and fixed costs [C, V + 1], in hundredths. The last venue is online."""

    course: Any
    first_seat: Any
    seat_person: Any
    seat_option: Any
    first_venue: Any
    venue: Any
    first_class: Any
    first_start: Any
    bits: Any
    slots: Any
    length: Any
    free: Any
    team: Any
    team_limit: Any
    limit: Any
    fixed: Any


class Stand(NamedTuple):
    """What is left when some runs are put on for good: where venues are free [starts, V + 1], how many trainers are [starts], and seats of such runs in each class, which cost nothing more."""

    venue_ok: Any
    trainers: Any
    held: Any


class Memory(NamedTuple):
    """So that a class is looked at only where it might pay: of each site the profits when all its classes were last looked at [seats], and how many were looked at for nothing
    since [sites]; the best places of each class at that time [classes]. Also how often each class was put on lately (a share), and in which venue last."""

    profit: Any
    wasted: Any
    known: Any
    often: Any
    where: Any


@inlined
def price_of(course: Any, start: Any, venue: Any, online: Any, money: Any, venue_price: Any, sites: Any) -> float:
    """What a run costs there and then, in points, but for its trainer."""
    price = money * sites.fixed[course, venue]
    if venue != online:
        for q in range(sites.length[start]):
            price += venue_price[venue, sites.slots[start, q]]
    return price


@inlined
def least_price(start: Any, site: Any, money: Any, venue_price: Any, sites: Any, stand: Any) -> float:
    """What the cheapest venue of a site costs at this start, in points; infinite where none is free."""
    course, online, least = sites.course[site], stand.venue_ok.shape[1] - 1, np.inf
    for k in range(sites.first_venue[site], sites.first_venue[site + 1]):
        venue = sites.venue[k]
        if stand.venue_ok[start, venue]:
            least = min(least, price_of(course, start, venue, online, money, venue_price, sites))
    return least


@inlined
def may_have_grown(site: Any, largest: Any, profit: Any, sites: Any, memory: Any) -> float:
    """By how much the best places of any class of a site may be worth more than when all were last looked at."""
    most, total = 0.0, 0.0
    for seat in range(sites.first_seat[site], sites.first_seat[site + 1]):
        more = max(0.0, profit[seat]) - max(0.0, memory.profit[seat])
        if more > 0.0:
            total += more
            most = max(most, more)
    return min(total, largest * most) + 1e-9


@inlined
def line_up(
    site: Any, order: Any, profit: Any, sites: Any, gain: Any, option: Any, team: Any, spared: Any, free: Any
) -> int:
    """Who gives anything at a site, whoever gives most first, side by side in memory as every start looks through them. Answers how many."""
    many = 0
    for a in range(sites.first_seat[site], sites.first_seat[site + 1]):
        seat = order[a]
        if profit[seat] <= 0.0:
            break
        person = sites.seat_person[seat]
        gain[many], option[many], team[many] = profit[seat], sites.seat_option[seat], sites.team[person]
        spared[many] = sites.team_limit[team[many]]
        for w in range(free.shape[1]):
            free[many, w] = sites.free[person, w]
        many += 1
    return many


@making_arrays
def best_classes(
    order: Any, profit: Any, trainer: Any, trainer_price: Any, money: Any, venue_price: Any, share: Any, sites: Any, stand: Any, memory: Any, uses: Any, venue_used: Any,
    trainer_used: Any,
) -> tuple[float, float]:  # fmt: skip
    """The most profitable runs of every course, start and site at these prices: (what they give, fixed costs in hundredths).

    Adds to `uses` [options], `venue_used` and `trainer_used` [.., half-days] what these runs use. `profit` [seats] is a place's price less its
    penalty and its cost in points; `order` are seats by falling profit, site by site; `money` is points for a hundredth. A class whose best places cannot have come to what it
    costs, by how far any profit has risen since they were added up, is not looked at: the outcome is the same. `share` is how much this time counts in `memory.often`.
    """
    online = stand.venue_ok.shape[1] - 1
    given, spent = 0.0, 0.0
    most = 0
    for i in range(len(sites.course)):
        most = max(most, sites.first_seat[i + 1] - sites.first_seat[i])
    sums, who = np.empty(most + 2), np.empty(most + 2, np.int64)
    sums[0] = 0.0
    gains = np.empty(most)
    options, teams, spared = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    free = np.empty((most, sites.free.shape[1]), np.uint64)
    away, nobody = np.zeros(len(sites.team_limit), np.int64), 0
    for i in range(len(sites.course)):
        course = sites.course[i]
        largest, cheapest = 0, np.inf
        for k in range(sites.first_venue[i], sites.first_venue[i + 1]):
            largest = max(largest, sites.limit[course, sites.venue[k]])
            cheapest = min(cheapest, money * sites.fixed[course, sites.venue[k]])
        anywhere = sites.venue[sites.first_venue[i]] == online
        first, last = sites.first_start[course], sites.first_start[course + 1]
        grown, anew = 0.0, memory.wasted[i] >= last - first
        if anew:
            memory.profit[sites.first_seat[i] : sites.first_seat[i + 1]] = profit[
                sites.first_seat[i] : sites.first_seat[i + 1]
            ]
            memory.wasted[i] = 0
        else:
            grown = may_have_grown(i, largest, profit, sites, memory)
        many = -1
        for start in range(first, last):
            one = sites.first_class[i] + start - first
            memory.often[one] = faded(memory.often[one], 1.0 - share)
            held = stand.held[one]
            if held == 0:
                if not anew and memory.known[one] + grown <= cheapest + trainer_price[start]:
                    continue
                if stand.trainers[start] == 0:
                    memory.known[one] = -np.inf
                    continue
            price = np.inf
            if stand.trainers[start] > 0:
                price = least_price(start, i, money, venue_price, sites, stand) + trainer_price[start]
            if price == np.inf and held == 0:
                memory.known[one] = -np.inf
                continue
            if many < 0:
                many = line_up(i, order, profit, sites, gains, options, teams, spared, free)
            wanted = held + (largest * stand.trainers[start] if anywhere else largest)
            found, nobody = 0, nobody + MANY
            for a in range(many):  # without branches, as whether somebody is free cannot be foretold
                if found >= wanted or (found == largest and held == 0 and sums[found] <= price):
                    break
                others = max(away[teams[a]], nobody)
                comes = inside(sites.bits, start, free, a) & (others - nobody < spared[a])
                away[teams[a]] = others + comes
                sums[found + 1], who[found + 1] = sums[found] + gains[a], options[a]
                found += comes
            if anew:
                memory.known[one] = sums[min(found, largest)]
            begun = min(found, held)
            given += sums[begun]
            for q in range(begun):
                uses[who[q + 1]] += 1
            if sums[found] - sums[begun] <= price:
                memory.wasted[i] += not anew and held == 0
                continue
            highest = 0.0
            for k in range(sites.first_venue[i], sites.first_venue[i + 1]):
                venue = sites.venue[k]
                if not stand.venue_ok[start, venue]:
                    continue
                price = price_of(course, start, venue, online, money, venue_price, sites) + trainer_price[start]
                taken = begun
                for _run in range(stand.trainers[start] if anywhere else 1):  # online each run seats the next best
                    upto = min(found, taken + sites.limit[course, venue])
                    gain = sums[upto] - sums[taken] - price
                    if gain <= 0.0:
                        break
                    given += gain
                    spent += sites.fixed[course, venue]
                    memory.often[one] += share
                    if gain > highest:
                        highest, memory.where[one] = gain, venue
                    for q in range(sites.length[start]):
                        trainer_used[trainer[start], sites.slots[start, q]] += 1
                        if venue != online:
                            venue_used[venue, sites.slots[start, q]] += 1
                    for q in range(taken, upto):
                        uses[who[q + 1]] += 1
                    taken = upto
    return given, spent
