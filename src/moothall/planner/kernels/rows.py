"""A row is a set of runs that a person could take; everybody has a list of rows, best first, and sits in one of them or in none.

`city` is what does not change, `runs` the runs there are, `rows` the lists.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .common import compiled, inlined, inside, making_arrays, mixed

MOST_COURSES = 8
"""In one row."""


class City(NamedTuple):
    """[P] free (bits), half-days to spare, team, kind and options of everybody; [options] course, what it requires, needs; [starts] half-days."""

    free: Any
    spare: Any
    team: Any
    kind: Any
    first_option: Any
    option: Any
    person: Any
    course: Any
    requires: Any
    first_need: Any
    need: Any
    weight: Any
    bit: Any
    """[needs] which of their person's needs it is; -1 where they have more than fit into a word."""
    penalty: Any
    """[kinds, V + 1]"""
    slots: Any
    length: Any
    bits: Any


class Runs(NamedTuple):
    """[R] start, course, venue (V is online), seats left, how many sit there, members [R, G], the smallest group, the price of a seat, what a place costs
    in hundredths, and whether the run is off."""

    start: Any
    course: Any
    venue: Any
    seats: Any
    count: Any
    members: Any
    least: Any
    price: Any
    head: Any
    off: Any


class Rows(NamedTuple):
    """[P] the first row of everybody, [rows] the next of the same person (-1: none), whose it is, its runs [rows, MOST_COURSES] padded with -1, what it is
    worth in points, what its places cost in hundredths, worth less cost at the price of money, and which needs it meets (bits)."""

    head: Any
    then: Any
    owner: Any
    runs: Any
    worth: Any
    cost: Any
    net: Any
    met: Any


@inlined
def open_needs(option: Any, met: Any, city: Any) -> tuple[float, Any]:
    """The weight of the needs a course closes beside those met already, and all that are met then."""
    gained = 0.0
    for j in range(city.first_need[option], city.first_need[option + 1]):
        bit = city.bit[city.need[j]]
        if bit >= 0:
            one = np.uint64(1) << np.uint64(bit)
            if met & one == 0:
                met |= one
                gained += city.weight[city.need[j]]
    return gained, met


@inlined
def put_row(row: Any, p: Any, sets: Any, depth: Any, worth: Any, cost: Any, met: Any, price: Any, rows: Any) -> None:
    rows.owner[row] = p
    rows.worth[row], rows.cost[row], rows.net[row], rows.met[row] = worth, cost, worth - price * cost, met
    for k in range(MOST_COURSES):
        rows.runs[row, k] = sets[k] if k < depth else -1


@making_arrays
def list_rows(
    fill: Any, most: Any, spread: Any, free_only: Any, seed: Any, now: Any, first_run: Any, course_run: Any, money: Any, first: Any, city: Any, runs: Any, rows: Any
) -> None:  # fmt: skip
    """Sets of runs for everybody: first what they have (`now` [options] the run, or -1), then at most `most` others, those of courses that promise most first: of each course the run they
    are in and the other of the lowest price, which counts up to `spread` more by chance (`seed`), with `free_only` of those with seats left. Called twice: without `fill` it only counts, into `first`."""
    words, most_depth = city.free.shape[1], MOST_COURSES
    at, turn = np.zeros(most_depth + 1, np.int64), np.zeros(most_depth + 1, np.int64)
    open_ = np.zeros((most_depth + 1, words), np.uint64)
    met, left = np.zeros(most_depth + 1, np.uint64), np.zeros(most_depth + 1, np.int64)
    gained, paid = np.zeros(most_depth + 1), np.zeros(most_depth + 1)
    chosen, taken = np.zeros(most_depth, np.int64), np.zeros(most_depth, np.int64)
    widest = 0
    for p in range(len(city.spare)):
        widest = max(widest, city.first_option[p + 1] - city.first_option[p])
    drawn, how_many = np.zeros((widest, 2), np.int64), np.zeros(widest, np.int64)
    ranked, promise = np.zeros(widest, np.int64), np.zeros(widest)
    row = 0
    for p in range(len(city.spare)):
        if fill:
            row = first[p]
        first_option, last_option = city.first_option[p], city.first_option[p + 1]
        depth, value, cost, all_met = 0, 0.0, 0.0, np.uint64(0)
        for i in range(first_option, last_option):
            option = city.option[i]
            run = now[option]
            if run >= 0 and depth < most_depth:
                more, all_met = open_needs(option, all_met, city)
                value += more - city.penalty[city.kind[p], runs.venue[run]]
                cost += runs.head[run]
                taken[depth] = run
                depth += 1
        if depth > 0:
            if fill:
                put_row(row, p, taken, depth, value, cost, all_met, money, rows)
            row += 1
        begun = row
        for i in range(first_option, last_option):
            option, base = city.option[i], i - first_option
            course, own, other, cheapest = city.course[option], now[option], -1, np.inf
            for a in range(first_run[course], first_run[course + 1]):
                run = course_run[a]
                start = runs.start[run]
                if (
                    run != own
                    and (runs.seats[run] > 0 or not free_only)
                    and city.length[start] <= city.spare[p]
                    and city.penalty[city.kind[p], runs.venue[run]] < np.inf
                    and inside(city.bits, start, city.free, p)
                ):
                    chance = mixed((p * 1009 + run) * 9973 + seed) / 2147483648.0
                    dear = runs.price[run] + city.penalty[city.kind[p], runs.venue[run]] + spread * chance
                    if dear < cheapest:
                        other, cheapest = run, dear
            drawn[base, 0], drawn[base, 1] = own if own >= 0 else other, other
            how_many[base] = (own >= 0) + (other >= 0)
            promise[base], _met = open_needs(option, np.uint64(0), city)
            promise[base] -= min(cheapest, runs.price[own]) if own >= 0 else cheapest
        many = last_option - first_option
        for base in range(many - 1, -1, -1):  # what opens a course comes before it, and promises as much
            for before in range(base):
                if city.option[first_option + before] == city.requires[city.option[first_option + base]]:
                    promise[before] = max(promise[before], promise[base] + 1e-6)
        for base in range(many):
            place = base
            while place > 0 and promise[ranked[place - 1]] < promise[base]:
                ranked[place] = ranked[place - 1]
                place -= 1
            ranked[place] = base
        depth = 0
        at[0], turn[0], met[0], gained[0], paid[0], left[0] = 0, 0, np.uint64(0), 0.0, 0.0, city.spare[p]
        for w in range(words):
            open_[0, w] = city.free[p, w]
        while depth >= 0:
            if at[depth] >= many or row - begun >= most:
                depth -= 1
                if depth >= 0:
                    turn[depth] += 1
                continue
            base = ranked[at[depth]]
            option = city.option[first_option + base]
            if depth == most_depth or turn[depth] >= how_many[base]:
                at[depth] += 1
                turn[depth] = 0
                continue
            run = drawn[base, turn[depth]]
            start = runs.start[run]
            fits = city.length[start] <= left[depth] and inside(city.bits, start, open_, depth)
            if fits and city.requires[option] >= 0:
                fits = False
                for k in range(depth):
                    if chosen[k] == city.requires[option]:
                        opened = runs.start[taken[k]]
                        if city.slots[opened, city.length[opened] - 1] < city.slots[start, 0]:
                            fits = True
            if not fits:
                turn[depth] += 1
                continue
            more, met[depth + 1] = open_needs(option, met[depth], city)
            gained[depth + 1] = gained[depth] + more - city.penalty[city.kind[p], runs.venue[run]]
            paid[depth + 1], left[depth + 1] = paid[depth] + runs.head[run], left[depth] - city.length[start]
            chosen[depth], taken[depth] = option, run
            for w in range(words):
                open_[depth + 1, w] = open_[depth, w] & ~city.bits[start, w]
            at[depth + 1], turn[depth + 1] = at[depth] + 1, 0
            depth += 1
            if fill:
                put_row(row, p, taken, depth, gained[depth], paid[depth], met[depth], money, rows)
            row += 1
        if not fill:
            first[p + 1] = row


@compiled
def best_first(first: Any, own: Any, rows: Any) -> None:
    """Everybody's rows in order of net worth, side by side as they are looked at; `own` [people] is where the first of them went."""
    for p in range(len(first) - 1):
        own[p] = first[p]
        for row in range(first[p] + 1, first[p + 1]):
            b = row
            while b > first[p] and rows.net[b - 1] < rows.net[b]:
                a = b - 1
                rows.worth[a], rows.worth[b] = rows.worth[b], rows.worth[a]
                rows.cost[a], rows.cost[b] = rows.cost[b], rows.cost[a]
                rows.net[a], rows.net[b] = rows.net[b], rows.net[a]
                rows.met[a], rows.met[b] = rows.met[b], rows.met[a]
                for j in range(MOST_COURSES):
                    rows.runs[a, j], rows.runs[b, j] = rows.runs[b, j], rows.runs[a, j]
                own[p] += own[p] == a
                b = a


@making_arrays
def sort_rows(first: Any, rows: Any) -> None:
    """Everybody's first rows, `first[p]` to `first[p + 1]`, and whatever else is on their list, by falling net worth."""
    most = 0
    for p in range(len(rows.head)):
        n, row = first[p + 1] - first[p], rows.head[p]
        while row >= 0:
            n += 1
            row = rows.then[row]
        most = max(most, n)
    kept = np.empty(most, np.int64)
    for p in range(len(rows.head)):
        n, row = 0, rows.head[p]
        if row < 0 and first[p + 1] > first[p]:  # new: not on a list yet
            for k in range(first[p], first[p + 1]):
                rows.then[k] = k + 1 if k + 1 < first[p + 1] else -1
            row = first[p]
        while row >= 0:
            a = n
            while a > 0 and rows.net[kept[a - 1]] < rows.net[row]:
                kept[a] = kept[a - 1]
                a -= 1
            kept[a] = row
            n += 1
            row = rows.then[row]
        for a in range(n):
            rows.then[kept[a]] = kept[a + 1] if a + 1 < n else -1
        if n:
            rows.head[p] = kept[0]


@compiled
def settle(
    first: Any, net: Any, sets: Any, limit: Any, noise: Any, seed: Any, rounds: Any, first_step: Any, last_step: Any, price: Any, often: Any, worth: Any, scratch: Any
) -> None:  # fmt: skip
    """Prices of seats at which as many people want a run as it has seats, by steps of Adam; in `often` how often each row was the best in the later
    half. Every pair of person and run is worth up to `noise` more, the same in all rows. `worth` [rows] and `scratch` [3, runs] are zeros to work on."""
    used, mean, square = scratch[0], scratch[1], scratch[2]
    for p in range(len(first) - 1):
        for row in range(first[p], first[p + 1]):
            worth[row] = net[row]
            for j in range(MOST_COURSES):
                if sets[row, j] < 0:
                    break
                worth[row] += noise * mixed((p * len(limit) + sets[row, j]) * 7919 + seed) / 2147483648.0
    for k in range(1, rounds + 1):
        used[:] = 0.0
        for p in range(len(first) - 1):
            best, chosen = 1e-9, -1
            for row in range(first[p], first[p + 1]):
                gain = worth[row]
                for j in range(MOST_COURSES):
                    if sets[row, j] < 0:
                        break
                    gain -= price[sets[row, j]]
                if gain > best:
                    best, chosen = gain, row
            if chosen >= 0:
                for j in range(MOST_COURSES):
                    if sets[chosen, j] < 0:
                        break
                    used[sets[chosen, j]] += 1.0
                if 2 * k > rounds:
                    often[chosen] += 2.0 / rounds
        step = first_step * (last_step / first_step) ** (k / rounds)
        for r in range(len(limit)):
            slope = limit[r] - used[r]
            mean[r] = 0.8 * mean[r] + 0.2 * slope
            square[r] = 0.95 * square[r] + 0.05 * slope * slope
            move = mean[r] / (1.0 - 0.8**k) / (np.sqrt(square[r] / (1.0 - 0.95**k)) + 0.5)
            price[r] = max(0.0, price[r] - step * move)


@making_arrays
def who_want(fill: Any, first: Any, people: Any, rows: Any) -> None:
    """Of each run, who has it in one of their rows: counts them into `first` [R + 1], or with `fill` puts them into `people`."""
    seen, at = np.full(len(first) - 1, -1, np.int64), first.copy()
    for p in range(len(rows.head)):
        row = rows.head[p]
        while row >= 0:
            for j in range(MOST_COURSES):
                r = rows.runs[row, j]
                if r < 0:
                    break
                if seen[r] != p:
                    seen[r] = p
                    if fill:
                        people[at[r]] = p
                        at[r] += 1
                    else:
                        first[r + 1] += 1
            row = rows.then[row]
