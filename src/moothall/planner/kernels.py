"""The inner loops that numpy cannot say without wasting most of its work. Compiled when first used, and kept beside this file; few and small, as
a large one takes minutes to compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """It lets other threads run meanwhile."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))


@compiled
def sort_again(order: Any, profit: Any, first: Any) -> None:
    """Each list `order[first[i]:first[i + 1]]` by falling profit. Fast where it was nearly so before, as between two prices it is."""
    for i in range(len(first) - 1):
        for a in range(first[i] + 1, first[i + 1]):
            moved = order[a]
            at = a
            while at > first[i] and profit[order[at - 1]] < profit[moved]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = moved


@compiled
def best_sets(first: Any, worth: Any, sets: Any, price: Any, wanted: Any) -> float:
    """Sum over people of what their best set (rows `first[i]` to `first[i + 1]`) gains at these prices of options; adds the options in
    those sets to `wanted`. Sets are padded with the number of options."""
    none = len(wanted)
    total = 0.0
    for i in range(len(first) - 1):
        best, chosen = 0.0, -1
        for row in range(first[i], first[i + 1]):
            gain = worth[row]
            for k in range(sets.shape[1]):
                if sets[row, k] == none:
                    break
                gain -= price[sets[row, k]]
            if gain > best:
                best, chosen = gain, row
        if chosen >= 0:
            total += best
            for k in range(sets.shape[1]):
                if sets[chosen, k] == none:
                    break
                wanted[sets[chosen, k]] += 1
    return total


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


@compiled
def overlaps_all(free: Any, row: Any, slots: Any, which: Any) -> bool:
    """Whether every half-day of `slots[which]` is among those of `free[row]`; both are sets of bits."""
    missing = 0
    for word in range(free.shape[1]):
        missing |= slots[which, word] & ~free[row, word]
    return missing == 0


@compiled
def best_classes(
    order: Any, profit: Any, seat_person: Any, seat_option: Any, first_seat: Any, site_course: Any, first_venue: Any, site_venue: Any, first_start: Any,
    start_bits: Any, start_slots: Any, start_length: Any, person_bits: Any, venue_ok: Any, trainers: Any, trainer: Any, trainer_price: Any, limit: Any,
    fixed: Any, money: Any, venue_price: Any, uses: Any, venue_used: Any, trainer_used: Any,
) -> tuple[float, float]:  # fmt: skip
    """The most profitable runs of every course, start and site at these prices: (what they give, fixed costs in hundredths).

    Adds to `uses` [options], `venue_used` and `trainer_used` [.., half-days] what these runs use. `profit` [seats] is a place's price less its
    penalty and its cost in points; `fixed` [C, V + 1] is in hundredths, `money` points for one. The last venue is online.
    """
    online = venue_ok.shape[1] - 1
    given, spent = 0.0, 0.0
    most = 0
    for i in range(len(first_seat) - 1):
        most = max(most, first_seat[i + 1] - first_seat[i])
    sums = np.empty(most + 1)
    who = np.empty(most + 1, np.int64)
    sums[0] = 0.0
    for i in range(len(site_course)):
        course = site_course[i]
        largest = 0
        for k in range(first_venue[i], first_venue[i + 1]):
            largest = max(largest, limit[course, site_venue[k]])
        anywhere = site_venue[first_venue[i]] == online
        for start in range(first_start[course], first_start[course + 1]):
            if trainers[start] == 0:
                continue
            cheapest = np.inf
            for k in range(first_venue[i], first_venue[i + 1]):
                venue = site_venue[k]
                if venue_ok[start, venue]:
                    price = money * fixed[course, venue]
                    if venue != online:
                        for q in range(start_length[start]):
                            price += venue_price[venue, start_slots[start, q]]
                    cheapest = min(cheapest, price)
            if cheapest == np.inf:
                continue
            wanted = largest * trainers[start] if anywhere else largest
            found = 0
            for a in range(first_seat[i], first_seat[i + 1]):
                seat = order[a]
                if profit[seat] <= 0.0 or found >= wanted:
                    break
                if overlaps_all(person_bits, seat_person[seat], start_bits, start):
                    found += 1
                    sums[found] = sums[found - 1] + profit[seat]
                    who[found] = seat_option[seat]
            if sums[found] <= cheapest + trainer_price[start]:
                continue
            for k in range(first_venue[i], first_venue[i + 1]):
                venue = site_venue[k]
                if not venue_ok[start, venue]:
                    continue
                price = money * fixed[course, venue] + trainer_price[start]
                if venue != online:
                    for q in range(start_length[start]):
                        price += venue_price[venue, start_slots[start, q]]
                taken = 0
                for _run in range(trainers[start] if anywhere else 1):  # online each run seats the next best
                    upto = min(found, taken + limit[course, venue])
                    gain = sums[upto] - sums[taken] - price
                    if gain <= 0.0:
                        break
                    given += gain
                    spent += fixed[course, venue]
                    for q in range(start_length[start]):
                        trainer_used[trainer[start], start_slots[start, q]] += 1
                        if venue != online:
                            venue_used[venue, start_slots[start, q]] += 1
                    for q in range(taken, upto):
                        uses[who[q + 1]] += 1
                    taken = upto
    return given, spent


MOST_COURSES = 5
"""In one person's set of runs; larger sets are left out."""


@compiled
def mixed(number: Any) -> Any:
    """A whole number up to 2**31 that looks random, the same for the same number."""
    x = np.uint64(number) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.int64((x ^ (x >> np.uint64(32))) & np.uint64(0x7FFFFFFF))


@compiled
def sets_of_runs(
    fill: Any, most: Any, few: Any, seed: Any, now: Any, first_option: Any, person_option: Any, course: Any, requires: Any, first_need: Any, option_need: Any, weight: Any, own_need: Any,
    first_run: Any, course_run: Any, run_bits: Any, run_begin: Any, run_end: Any, run_length: Any, run_venue: Any, kind: Any, penalty: Any, head: Any, person_bits: Any,
    spare: Any, first: Any, worth: Any, runs: Any,
) -> None:  # fmt: skip
    """Sets of runs that a person could take, at most `most` each, in `first[person]` to `first[person + 1]`: what each is worth, and the runs
    (padded with -1). Of each course the run they are in (`now` [options], or -1), and at most `few` others, drawn by `seed`. Called twice: without
    `fill` it only counts, into `first`."""
    words = run_bits.shape[1]
    depth_most = MOST_COURSES
    at, turn = np.zeros(depth_most + 1, np.int64), np.zeros(depth_most + 1, np.int64)
    open_ = np.zeros((depth_most + 1, words), np.uint64)
    met = np.zeros(depth_most + 1, np.uint64)
    gained, left = np.zeros(depth_most + 1), np.zeros(depth_most + 1, np.int64)
    chosen, taken = np.zeros(depth_most, np.int64), np.zeros(depth_most, np.int64)
    widest = 0
    for p in range(len(spare)):
        widest = max(widest, first_option[p + 1] - first_option[p])
    drawn, how_many = np.zeros((widest, few + 1), np.int64), np.zeros(widest, np.int64)
    row = 0
    for p in range(len(spare)):
        if fill:
            row = first[p]
        begun = row
        for i in range(first_option[p], first_option[p + 1]):
            option, k, seen = person_option[i], 0, 0
            if now[option] >= 0:
                drawn[i - first_option[p], 0] = now[option]
                k = 1
            kept = k
            for a in range(first_run[course[option]], first_run[course[option] + 1]):
                run = course_run[a]
                fits = run != now[option] and run_length[run] <= spare[p] and penalty[kind[p], run_venue[run]] < np.inf
                if fits:
                    for w in range(words):
                        if run_bits[run, w] & ~person_bits[p, w]:
                            fits = False
                if fits:
                    seen += 1
                    if k < kept + few:
                        drawn[i - first_option[p], k] = run
                        k += 1
                    else:  # each of those seen so far with the same chance (reservoir sampling)
                        at_random = mixed((p * 1009 + run) * 9973 + seed) % seen
                        if at_random < few:
                            drawn[i - first_option[p], kept + at_random] = run
            how_many[i - first_option[p]] = k
        depth = 0
        at[0], turn[0], met[0], gained[0], left[0] = first_option[p], 0, np.uint64(0), 0.0, spare[p]
        for w in range(words):
            open_[0, w] = person_bits[p, w]
        while depth >= 0:
            if at[depth] >= first_option[p + 1] or row - begun >= most:
                depth -= 1
                if depth >= 0:
                    turn[depth] += 1
                continue
            option = person_option[at[depth]]
            if depth == depth_most or turn[depth] >= how_many[at[depth] - first_option[p]]:
                at[depth] += 1
                turn[depth] = 0
                continue
            run = drawn[at[depth] - first_option[p], turn[depth]]
            price = penalty[kind[p], run_venue[run]]
            fits = run_length[run] <= left[depth]
            if fits:
                for w in range(words):
                    if run_bits[run, w] & ~open_[depth, w]:
                        fits = False
            if fits and requires[option] >= 0:
                fits = False
                for k in range(depth):
                    if chosen[k] == requires[option] and run_end[taken[k]] < run_begin[run]:
                        fits = True
            if not fits:
                turn[depth] += 1
                continue
            closed = met[depth]
            value = gained[depth] - price - head[run]
            for j in range(first_need[option], first_need[option + 1]):
                bit = np.uint64(1) << np.uint64(own_need[option_need[j]])
                if closed & bit == 0:
                    closed |= bit
                    value += weight[option_need[j]]
            chosen[depth], taken[depth] = option, run
            if fill:
                worth[row] = value
                for k in range(depth + 1):
                    runs[row, k] = taken[k]
            row += 1
            for w in range(words):
                open_[depth + 1, w] = open_[depth, w] & ~run_bits[run, w]
            met[depth + 1], gained[depth + 1], left[depth + 1] = closed, value, left[depth] - run_length[run]
            at[depth + 1], turn[depth + 1] = at[depth] + 1, 0
            depth += 1
        if not fill:
            first[p + 1] = row


@compiled
def settle(
    first: Any, worth: Any, runs: Any, seats: Any, rounds: Any, first_step: Any, last_step: Any, price: Any, often: Any
) -> None:
    """Prices of seats at which as many people want a run as it has seats, by steps of Adam; in `often` how often each set was the best in
    the later half."""
    used, mean, square = np.zeros(len(seats)), np.zeros(len(seats)), np.zeros(len(seats))
    for k in range(1, rounds + 1):
        used[:] = 0.0
        for p in range(len(first) - 1):
            best, chosen = 1e-9, -1
            for row in range(first[p], first[p + 1]):
                gain = worth[row]
                for j in range(runs.shape[1]):
                    if runs[row, j] < 0:
                        break
                    gain -= price[runs[row, j]]
                if gain > best:
                    best, chosen = gain, row
            if chosen >= 0:
                for j in range(runs.shape[1]):
                    if runs[chosen, j] < 0:
                        break
                    used[runs[chosen, j]] += 1.0
                if 2 * k > rounds:
                    often[chosen] += 2.0 / rounds
        step = first_step * (last_step / first_step) ** (k / rounds)
        for r in range(len(seats)):
            slope = seats[r] - used[r]
            mean[r] = 0.8 * mean[r] + 0.2 * slope
            square[r] = 0.95 * square[r] + 0.05 * slope * slope
            move = mean[r] / (1.0 - 0.8**k) / (np.sqrt(square[r] / (1.0 - 0.95**k)) + 0.5)
            price[r] = max(0.0, price[r] - step * move)


@compiled
def sit_down(
    again: Any, order: Any, first: Any, worth: Any, runs: Any, price: Any, often: Any, slots: Any, length: Any, team: Any, room: Any, seats: Any, chosen: Any
) -> float:  # fmt: skip
    """In this order, everybody takes the set they wanted most often among those with seats and room in their team. `again`: everybody looks for one of
    more worth among what is free now. `chosen` [people] rows, `seats` and `room` [teams, half-days] as they are left; answers what was gained."""
    total = 0.0
    for x in range(len(order)):
        p = order[x]
        had, before = chosen[p], 0.0
        if had >= 0:
            before = worth[had]
            _shift(runs[had], seats, room, team[p], slots, length, 1)
        best, found = (before, had) if again else (-1.0, -1)
        for row in range(first[p], first[p + 1]):
            score = worth[row]
            if not again:
                reduced = worth[row]
                for j in range(runs.shape[1]):
                    if runs[row, j] < 0:
                        break
                    reduced -= price[runs[row, j]]
                if reduced < -30.0 or (often[row] < 0.02 and reduced <= 1e-9):
                    continue
                score = 1000.0 * often[row] + reduced
            if score > best + 1e-9:
                free = True
                for j in range(runs.shape[1]):
                    run = runs[row, j]
                    if run < 0:
                        break
                    if seats[run] <= 0:
                        free = False
                        break
                    for q in range(length[run]):
                        if room[team[p], slots[run, q]] <= 0:
                            free = False
                if free:
                    best, found = score, row
        chosen[p] = found
        if found >= 0:
            _shift(runs[found], seats, room, team[p], slots, length, -1)
            total += worth[found]
        total -= before
    return total


@compiled
def _shift(runs: Any, seats: Any, room: Any, team: Any, slots: Any, length: Any, by: Any) -> None:
    """Somebody leaves these runs (`by` 1) or joins them (-1)."""
    for j in range(len(runs)):
        if runs[j] < 0:
            break
        seats[runs[j]] += by
        for q in range(length[runs[j]]):
            room[team, slots[runs[j], q]] += by
