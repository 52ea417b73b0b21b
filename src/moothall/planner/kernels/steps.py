"""An exchange of runs: a few that have something to do with each other are called off, others are put on where people gain by it, and those it concerns move. It is kept
if the plan is better or little worse, and taken back otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from .common import ONE, TWO, ZERO, compiled, sort
from .moves import afford, chains, evict, undo
from .opening import (
    MOST,
    below,
    best_offer,
    choose_sites,
    drawn,
    drop_offers,
    leave,
    occupy,
    put_on,
    stale_sites,
    weigh_site,
)
from .weighing import add_rows, take_rows_back

FEWEST = 1
"""Runs called off in one step, at most MOST."""
TURNS = 6
"""At most so many new runs a step."""
NEAR, PUSH = np.int64(30), np.int64(2)
"""So many who gain most by a new run may also push so many others on, one by one."""
FEW_PEOPLE = 2000
"""In a city of fewer, anybody may be asked to take something cheaper; in a larger one only those whom the step concerns."""


@compiled
def choose(closed: Any, count: Any, ground: Any, taken: Any, city: Any, runs: Any, state: Any) -> int:
    """Runs that have something to do with each other: a course, a time, a trainer or a venue in common; or any. Answers how many."""
    on = 0
    for r in range(count):
        on += not runs.off[r] and not taken.pinned[r]
    if on == 0:
        return 0
    nth, one = below(on, state), 0
    for r in range(count):
        if not runs.off[r] and not taken.pinned[r]:
            if nth == 0:
                one = r
            nth -= 1
    kind, most, n = below(5, state), FEWEST + below(MOST - FEWEST + 1, state), 0
    near = np.inf
    for turn in range(most):  # the next nearest; drawn again for each, as whether a run is near is partly chance
        best, near = -1, np.inf
        for r in range(count):
            if runs.off[r] or taken.pinned[r]:
                continue
            there = False
            for k in range(n):
                there |= closed[k] == r
            if there:
                continue
            apart = 1.5 * drawn(state)
            if kind == 1:
                apart += 3.0 * (runs.course[r] != runs.course[one])
            elif kind == 2:
                apart += abs(city.slots[runs.start[r], 0] - city.slots[runs.start[one], 0]) / ground.week
            elif kind == 3:
                apart += 3.0 * (taken.by[r] != taken.by[one])
            elif kind == 4:
                apart += 3.0 * (runs.venue[r] != runs.venue[one]) + (runs.venue[r] == len(taken.venue) - 1)
            if apart < near:
                best, near = r, apart
        if turn == 0 and kind > 0:
            best = one
        if best < 0:
            break
        closed[n] = best
        n += 1
    return n


@compiled
def call_off(run: Any, ground: Any, taken: Any, city: Any, runs: Any, rows: Any, seats: Any) -> None:
    """Whoever sits there takes the best of what else is free."""
    evict(run, city, runs, rows, seats)
    seats.sums[1] += ground.fixed[runs.course[run], runs.venue[run]]
    leave(run, taken, city, runs)


@compiled
def note(people: Any, most: Any, which: Any, now: Any, there: Any, n: Any, desk: Any) -> int:
    """Puts down the first of `people`, at most `most`, on a list of `n` that has everybody once. Answers how many there are then."""
    for i in range(min(most, len(people))):
        p = people[i]
        if desk.noted[which, p] != now:
            desk.noted[which, p] = now
            there[n] = p
            n += 1
    return n


@compiled
def better(people: Any, passes: Any, most: Any, city: Any, runs: Any, rows: Any, seats: Any, state: Any) -> None:
    """These people better themselves, in any order, as long as they can and at most so many times round."""
    for _ in range(passes):
        for i in range(len(people) - 1, 0, -1):
            k = below(i + 1, state)
            people[i], people[k] = people[k], people[i]
        if chains(people, most, 0.0, city, runs, rows, seats) < 1e-6:
            break


@compiled
def too_small(run: Any, runs: Any) -> bool:
    return not runs.off[run] and runs.count[run] < runs.least[run]


@compiled
def exchange(
    now: Any, sizes: Any, price: Any, slack: Any, far: Any, first_who: Any, who: Any, ground: Any, taken: Any, desk: Any, city: Any, runs: Any, rows: Any, seats: Any
) -> bool:  # fmt: skip
    """One step, the `now`th; `sizes` is how many runs and rows there are. Kept, and true, where the plan is better than before, or at most `far` worse."""
    state, everybody = desk.state, len(seats.row)
    seats.sums[2] = 0
    value, money, count, made = seats.sums[0], seats.sums[1], sizes[0], sizes[1]
    before, small, closed = taken.before, taken.small, taken.closed
    for run in range(count):
        before[run] = runs.count[run]
    n = choose(closed, count, ground, taken, city, runs, state)
    concerned, pushing, gaining, c, s = desk.people[0], desk.people[1], desk.people[2], 0, 0
    for k in range(n):
        members = runs.members[closed[k], : runs.count[closed[k]]]
        c = note(members, everybody, ZERO, now, concerned, c, desk)
        s = note(members, everybody, ONE, now, pushing, s, desk)
    for k in range(n):
        call_off(closed[k], ground, taken, city, runs, rows, seats)

    # What comes
    weighed_at, boldness = price * (0.8 + 0.3 * drawn(state)), 0.02
    bold = below(3, state)
    if bold > 0:
        boldness = 0.1 * bold
    offers = ZERO
    for k in range(choose_sites(closed, n, concerned[:c], ground, desk, city, runs)):
        offers = weigh_site(desk.sites[0, k], offers, weighed_at, ground, taken, desk, city, runs, rows, seats)
    for _ in range(TURNS):
        best = best_offer(offers, weighed_at, boldness, ground, taken, desk, city, seats)
        if best < 0:
            break
        site, run = desk.offers[0, best], sizes[0]
        put_on(run, ground.site_course[site], desk.offers[1, best], desk.offers[2, best], ground, taken, city, runs, seats, state)  # fmt: skip
        sizes[0] += 1
        first, last = ground.first_seat[site], ground.first_seat[site + 1]
        many, sizes[1] = add_rows(run, first, last, price, slack, sizes[1], ground.seat_option, ground.seat_penalty, gaining, desk.key, city, runs, rows, seats)  # fmt: skip
        for i in range(many):
            desk.key[i] = -desk.key[i]
        sort(desk.key, gaining, many)
        chains(gaining[:many], ZERO, 0.0, city, runs, rows, seats)
        c = note(gaining[:many], everybody, ZERO, now, concerned, c, desk)
        s = note(gaining[:many], NEAR, ONE, now, pushing, s, desk)
        stale = stale_sites(offers, site, weighed_at, desk)
        offers = drop_offers(offers, desk.sites[0, :stale], desk)
        for k in range(stale):
            offers = weigh_site(desk.sites[0, k], offers, weighed_at, ground, taken, desk, city, runs, rows, seats)

    # Whom it concerns
    for run in range(count):
        if runs.count[run] < before[run] and not runs.off[run]:
            c = note(who[first_who[run] : first_who[run + 1]], everybody, ZERO, now, concerned, c, desk)
    better(concerned[:c], TWO, ZERO, city, runs, rows, seats, state)
    better(pushing[:s], TWO, PUSH, city, runs, rows, seats, state)
    better(concerned[:c], ONE, ZERO, city, runs, rows, seats, state)
    if seats.sums[1] < 0:
        if everybody < FEW_PEOPLE:
            for p in range(everybody):
                concerned[p] = p
            c = everybody
        afford(concerned[:c], desk.key, city, runs, rows, seats)
    good = True
    for run in range(sizes[0]):
        small[run] = False
        if too_small(run, runs):
            small[run] = not taken.pinned[run]
            good &= small[run]
    for run in range(sizes[0]):
        if small[run]:
            call_off(run, ground, taken, city, runs, rows, seats)
    for run in range(sizes[0]):
        good &= not too_small(run, runs)
    good &= seats.sums[1] >= 0
    improved = seats.sums[0] > value or (seats.sums[0] == value and seats.sums[1] > money)
    if good and (improved or seats.sums[0] >= value - far):
        seats.sums[2] = 0
        return True

    undo(0, city, runs, rows, seats)
    for run in range(count, sizes[0]):
        if not runs.off[run]:
            leave(run, taken, city, runs)
        runs.off[run] = 1
    for run in range(count):
        again = small[run]
        for k in range(n):
            again |= closed[k] == run
        if again:
            runs.off[run] = 0
            occupy(run, taken, city, runs)
    take_rows_back(made, sizes[1], rows)
    sizes[0], sizes[1], seats.sums[0], seats.sums[1] = count, made, value, money
    return False


@compiled
def exchanges(
    most: Any, begun: Any, fullest: Any, sizes: Any, price: Any, slack: Any, heat: Any, best: Any, first_who: Any, who: Any, ground: Any, taken: Any, desk: Any, city: Any,
    runs: Any, rows: Any, seats: Any,
) -> int:  # fmt: skip
    """At most `most` steps, fewer where the plan becomes better than `best` (value, money) or there is no room for further runs and rows (`fullest`). A step may lose
    `heat` on average (Metropolis and others 1953). Answers how many were made."""
    for k in range(most):
        if sizes[0] + TURNS > fullest[0] or sizes[1] > fullest[1]:
            return k
        far = -heat * np.log(1.0 - drawn(desk.state))
        exchange(begun + k + 1, sizes, price, slack, far, first_who, who, ground, taken, desk, city, runs, rows, seats)  # fmt: skip
        if seats.sums[0] > best[0] or (seats.sums[0] == best[0] and seats.sums[1] > best[1]):
            return k + 1
    return most
