"""Who sits where, and how people move between their rows: `seats` is who has which row, and what it all amounts to."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .common import ONE, compiled, inlined
from .rows import MOST_COURSES

SEEN, LOSS = 0.02, 30.0
"""A row is worth trying if it was somebody's best in this share of the rounds, or is at most so many points below nothing and better than none."""
NOTHING = np.int64(-1)
"""No row, no run."""


class Seats(NamedTuple):
    """[P] the row of everybody (-1: none), [teams, T] how many more may be away, sums [3] value, money left and moves in the journal, and the journal
    [moves, 2] of (person, row before)."""

    row: Any
    room: Any
    sums: Any
    journal: Any


@inlined
def shift(p: Any, row: Any, by: Any, city: Any, runs: Any, rows: Any, seats: Any) -> None:
    """Somebody joins the runs of a row (by 1) or leaves them (-1)."""
    t = city.team[p]
    for j in range(MOST_COURSES):
        r = rows.runs[row, j]
        if r < 0:
            break
        start = runs.start[r]
        runs.seats[r] -= by
        for q in range(city.length[start]):
            seats.room[t, city.slots[start, q]] -= by
        n = runs.count[r]
        if by > 0:
            runs.members[r, n] = p
        else:
            for q in range(n):
                if runs.members[r, q] == p:
                    runs.members[r, q] = runs.members[r, n - 1]
                    break
        runs.count[r] = n + by


@compiled
def move(p: Any, row: Any, city: Any, runs: Any, rows: Any, seats: Any) -> None:
    """Somebody leaves their row for another (-1: for none)."""
    had, sums = seats.row[p], seats.sums
    n = int(sums[2])
    seats.journal[n, 0], seats.journal[n, 1] = p, had
    sums[2] = n + 1
    if had >= 0:
        shift(p, had, -ONE, city, runs, rows, seats)
        sums[0] -= rows.worth[had]
        sums[1] += rows.cost[had]
    if row >= 0:
        shift(p, row, ONE, city, runs, rows, seats)
        sums[0] += rows.worth[row]
        sums[1] -= rows.cost[row]
    seats.row[p] = row


@compiled
def undo(mark: Any, city: Any, runs: Any, rows: Any, seats: Any) -> None:
    """Back to where the journal was `mark` long."""
    n = int(seats.sums[2])
    while n > mark:
        n -= 1
        p, row = seats.journal[n, 0], seats.journal[n, 1]
        seats.sums[2] = n
        move(p, row, city, runs, rows, seats)
    seats.sums[2] = mark


@compiled
def sit(wanted: Any, city: Any, runs: Any, rows: Any, seats: Any) -> None:
    """Everybody from none to the row that is wanted for them; no way back."""
    for p in range(len(wanted)):
        if wanted[p] >= 0:
            move(p, wanted[p], city, runs, rows, seats)
            seats.sums[2] = 0


@inlined
def has(rows: Any, row: Any, run: Any) -> bool:
    found = False
    for j in range(MOST_COURSES):
        found |= rows.runs[row, j] == run
    return found


@inlined
def seated(had: Any, row: Any, runs: Any, rows: Any) -> int:
    """Whether a row has seats for who leaves `had`: -1 yes; a run: but for that one full run; -2 no."""
    full = -1
    for j in range(MOST_COURSES):
        r = rows.runs[row, j]
        if r < 0:
            break
        if runs.off[r]:
            return -2
        if runs.seats[r] <= 0 and not (had >= 0 and has(rows, had, r)):
            if full >= 0:
                return -2
            full = r
    return full


@inlined
def spared(p: Any, had: Any, row: Any, city: Any, runs: Any, rows: Any, seats: Any) -> bool:
    """Whether the team can do without somebody in the half-days of a row, when they leave `had`."""
    t = city.team[p]
    for j in range(MOST_COURSES):
        r = rows.runs[row, j]
        if r < 0:
            break
        start = runs.start[r]
        for q in range(city.length[start]):
            slot = city.slots[start, q]
            if seats.room[t, slot] <= 0:
                own = False
                if had >= 0:
                    for i in range(MOST_COURSES):
                        other = rows.runs[had, i]
                        if other < 0:
                            break
                        if (city.bits[runs.start[other], slot >> 6] >> np.uint64(slot & 63)) & np.uint64(1):
                            own = True
                if not own:
                    return False
    return True


@inlined
def must_keep(had: Any, but: Any, runs: Any, rows: Any) -> tuple[int, int]:
    """How many runs of a row would be too small without one more, `but` one, and the last of them."""
    count, last = 0, -1
    for j in range(MOST_COURSES):
        r = rows.runs[had, j]
        if r < 0:
            break
        if r != but and not runs.off[r] and runs.count[r] <= runs.least[r]:
            count += 1
            last = r
    return count, last


@compiled
def best_row(
    p: Any, forbidden: Any, push: Any, above: Any, city: Any, runs: Any, rows: Any, seats: Any
) -> tuple[int, float, int]:
    """Somebody's best row worth more than `above` net: (row, worth, the one full run in it or -1). With `push` one run may be full, at the price of its seats;
    `forbidden` is a run it may not have. Row -1: none at all is best; -2: nothing is possible. Nobody leaves a group that would be too small."""
    had = seats.row[p]
    best, value, full = -2, above, -1
    row = rows.head[p]
    if value >= 0.0 and (row < 0 or rows.net[row] <= value):
        return best, value, full
    count, kept = 0, -1
    if had >= 0:
        count, kept = must_keep(had, forbidden, runs, rows)
    if count == 0 and value < 0.0:
        best, value = -1, 0.0
    while count <= 1 and row >= 0:
        worth = rows.net[row]
        if worth <= value:
            break
        one = seated(had, row, runs, rows)
        if one >= 0:
            worth = worth - runs.price[one] if push else -np.inf
        if (
            one > -2
            and worth > value
            and (kept < 0 or has(rows, row, kept))
            and (forbidden < 0 or not has(rows, row, forbidden))
            and spared(p, had, row, city, runs, rows, seats)
        ):
            best, value, full = row, worth, one
        row = rows.then[row]
    return best, value, full


@compiled
def least_loss(run: Any, mark: Any, push: Any, city: Any, runs: Any, rows: Any, seats: Any) -> tuple[int, float]:
    """Of those in a run, who loses least by leaving it: (person, loss). Whoever was moved since `mark` stays."""
    victim, least = -1, np.inf
    for q in range(runs.count[run]):
        p = runs.members[run, q]
        moved = False
        for k in range(mark, int(seats.sums[2])):
            if seats.journal[k, 0] == p:
                moved = True
        if moved:
            continue
        row, value, _full = best_row(p, run, push, -np.inf, city, runs, rows, seats)
        if row > -2:
            loss = rows.net[seats.row[p]] - value
            if loss < least:
                victim, least = p, loss
    return victim, least


@compiled
def chains(order: Any, most: Any, floor: Any, city: Any, runs: Any, rows: Any, seats: Any) -> float:
    """Each in this order tries to better themselves. Where the best row has a full run, whoever loses least by leaving it does, for their own best row, and so
    on, at most `most` times; it is taken back unless all together gain, and money stays above `floor` or is saved. Answers the gain.

    An ejection chain (Glover 1992); a seat that nobody left for its price gets the price at which somebody would."""
    total = 0.0
    for x in range(len(order)):
        mark = int(seats.sums[2])
        if mark + 2 * most + 4 > len(seats.journal):
            break
        who, forbidden, gain, depth, money, good = order[x], NOTHING, 0.0, 0, seats.sums[1], False
        while True:
            had = seats.row[who]
            base = rows.net[had] if had >= 0 else 0.0
            row, _worth, full = best_row(who, forbidden, depth < most, base + 1e-7 if depth == 0 else -np.inf, city, runs, rows, seats)  # fmt: skip
            if row == -2:
                break
            move(who, row, city, runs, rows, seats)
            gain += (rows.net[row] if row >= 0 else 0.0) - base
            if full < 0:
                good = gain > 1e-7 and (seats.sums[1] >= floor or seats.sums[1] >= money)
                break
            victim, loss = least_loss(full, mark, depth + 1 < most, city, runs, rows, seats)
            if depth + 1 < most and victim >= 0:
                runs.price[full] = max(runs.price[full], loss)
            if victim < 0 or gain - loss <= 1e-7:
                break
            who, forbidden = victim, full
            depth += 1
        if good:
            total += gain
        else:
            undo(mark, city, runs, rows, seats)
    return total


@compiled
def cheaper(p: Any, city: Any, runs: Any, rows: Any, seats: Any) -> tuple[float, int]:
    """The least worth that somebody loses for a hundredth saved, by another row or none: (that, the row); infinite where nothing is possible."""
    had = seats.row[p]
    ratio, found = np.inf, -2
    if rows.cost[had] <= 0:
        return ratio, found
    count, kept = must_keep(had, NOTHING, runs, rows)
    if count == 0:
        ratio, found = rows.worth[had] / rows.cost[had], -1
    row = rows.head[p]
    while count <= 1 and row >= 0:
        saved = rows.cost[had] - rows.cost[row]
        if (
            saved > 0
            and rows.worth[had] - rows.worth[row] < ratio * saved
            and (kept < 0 or has(rows, row, kept))
            and seated(had, row, runs, rows) == -1
            and spared(p, had, row, city, runs, rows, seats)
        ):
            ratio, found = (rows.worth[had] - rows.worth[row]) / saved, row
        row = rows.then[row]
    return ratio, found


@compiled
def afford(people: Any, ratio: Any, city: Any, runs: Any, rows: Any, seats: Any) -> float:
    """While money is below nothing, whoever loses least for what it saves takes something cheaper. Answers the last price, points for a hundredth. `ratio` [people] is to work on."""
    last = 0.0
    if seats.sums[1] >= 0:
        return last
    for i in range(len(people)):
        ratio[i] = np.inf
        if seats.row[people[i]] >= 0:
            ratio[i], _row = cheaper(people[i], city, runs, rows, seats)
    while seats.sums[1] < 0 and int(seats.sums[2]) < len(seats.journal):
        i = np.argmin(ratio)
        if ratio[i] == np.inf:
            break
        now, row = cheaper(people[i], city, runs, rows, seats)
        if now > ratio[i] + 1e-12:
            ratio[i] = now
            continue
        move(people[i], row, city, runs, rows, seats)
        last = now
        ratio[i] = np.inf
        if row >= 0:
            ratio[i], _row = cheaper(people[i], city, runs, rows, seats)
    return last


@compiled
def sit_down(order: Any, price: Any, often: Any, city: Any, runs: Any, rows: Any, seats: Any) -> None:
    """In this order, everybody without a row takes the one they wanted most often among those with seats; no way back."""
    for x in range(len(order)):
        p = order[x]
        best, found = -1.0, -1
        row = rows.head[p]
        while row >= 0:
            reduced = rows.net[row]
            for j in range(MOST_COURSES):
                if rows.runs[row, j] < 0:
                    break
                reduced -= price[rows.runs[row, j]]
            if reduced >= -LOSS and (often[row] >= SEEN or reduced > 1e-9):
                score = 1000.0 * often[row] + reduced
                if (
                    score > best + 1e-9
                    and seated(NOTHING, row, runs, rows) == -1
                    and spared(p, NOTHING, row, city, runs, rows, seats)
                ):
                    best, found = score, row
            row = rows.then[row]
        if found >= 0:
            move(p, found, city, runs, rows, seats)
            seats.sums[2] = 0


@compiled
def evict(run: Any, city: Any, runs: Any, rows: Any, seats: Any) -> None:
    """A run is called off: everybody in it takes their best row without it, among free seats, or none."""
    runs.off[run] = 1
    while runs.count[run] > 0:
        p = runs.members[run, runs.count[run] - 1]
        had, best = seats.row[p], -1
        row = rows.head[p]
        while row >= 0 and rows.net[row] > 0.0:
            if seated(had, row, runs, rows) == -1 and spared(p, had, row, city, runs, rows, seats):
                best = row
                break
            row = rows.then[row]
        move(p, best, city, runs, rows, seats)
