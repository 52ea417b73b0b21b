"""What a new run would be worth: to everybody who could come, beside what they have, at the prices of the seats they would leave."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .common import compiled, inlined, inside
from .rows import MOST_COURSES, open_needs, put_row

MOST_RESTS = MOST_COURSES + 2
"""Ways to keep something of what somebody has."""
NEVER = np.int64(1 << 30)
"""A half-day that does not come, and more half-days than anybody has."""
SMALL = 0.5
"""Gains below this share of a seat's cost are not counted: there are very many, and they hardly tip the scales."""


class Rests(NamedTuple):
    """What somebody could keep beside a further course: [rests] what it all would be worth at the prices of seats, the half-day after which the course may start, when they
    are free besides (bits), the rests in order, best first; and [MOST_COURSES] the options of the runs they are in."""

    worth: Any
    after: Any
    free: Any
    order: Any
    option: Any


@inlined
def had_at_prices(p: Any, runs: Any, rows: Any, seats: Any) -> float:
    """What somebody has, net, less the prices of the full runs they sit in: what they must gain to be gained."""
    had = seats.row[p]
    if had < 0:
        return 0.0
    return max(0.0, at_prices(had, runs, rows))


@inlined
def seat_price(run: Any, runs: Any) -> float:
    """What a seat in a run is worth to others: nothing where there are seats left."""
    return runs.price[run] if runs.seats[run] <= 0 and not runs.off[run] else 0.0


@inlined
def at_prices(row: Any, runs: Any, rows: Any) -> float:
    value = rows.net[row]
    for j in range(MOST_COURSES):
        r = rows.runs[row, j]
        if r < 0:
            break
        value -= seat_price(r, runs)
    return value


@inlined
def takes(row: Any, option: Any, length: Any, p: Any, city: Any, runs: Any, rows: Any) -> int:
    """How many runs a row has if a further one of this course, of this length, may be added to it; -1 where not. Times are not looked at."""
    used, count = length, 0
    for j in range(MOST_COURSES):
        r = rows.runs[row, j]
        if r < 0:
            break
        if runs.off[r] or runs.course[r] == city.course[option]:
            return -1
        used += city.length[runs.start[r]]
        count += 1
    return count if count < MOST_COURSES and used <= city.spare[p] else -1


@inlined
def beside(row: Any, option: Any, start: Any, city: Any, runs: Any, rows: Any) -> bool:
    """Whether a run at this start goes with the others of a row: at no time of theirs, and after what it requires. Row -1 has no others."""
    opened = city.requires[option] < 0
    if row >= 0:
        for j in range(MOST_COURSES):
            r = rows.runs[row, j]
            if r < 0:
                break
            other = runs.start[r]
            for w in range(city.bits.shape[1]):
                if city.bits[other, w] & city.bits[start, w]:
                    return False
            if not opened and runs.course[r] == city.course[city.requires[option]]:
                opened = city.slots[other, city.length[other] - 1] < city.slots[start, 0]
    return opened


@inlined
def whole_worth(option: Any, lost: Any, city: Any) -> float:
    """The most that a place can add: all the needs it closes, less what it costs them in points."""
    worth = -lost
    for j in range(city.first_need[option], city.first_need[option + 1]):
        worth += city.weight[city.need[j]]
    return worth


@inlined
def list_options(p: Any, had: Any, course: Any, city: Any, runs: Any, rows: Any, rests: Any) -> tuple[int, int]:
    """The options of the runs of a row into `rests.option`: (how many, which of them is of this course or -1)."""
    many, same = 0, -1
    for j in range(MOST_COURSES):
        r = rows.runs[had, j] if had >= 0 else -1
        if r < 0:
            break
        for i in range(city.first_option[p], city.first_option[p + 1]):
            if city.course[city.option[i]] == runs.course[r]:
                rests.option[j] = city.option[i]
        if runs.course[r] == course:
            same = j
        many += 1
    return many, same


@inlined
def list_rests(
    p: Any, option: Any, length: Any, lost: Any, money: Any, enough: Any, city: Any, runs: Any, rows: Any, seats: Any, rests: Any
) -> int:  # fmt: skip
    """What somebody could keep beside a further place that costs them `lost` points: all they have, all but one run, or nothing; without a run of the same course in any
    case. Answers how many rests come to more than `enough`."""
    had, found = seats.row[p], 0
    many, same = list_options(p, had, city.course[option], city, runs, rows, rests)
    others = many - (same >= 0)
    for leave in range(-1, many + 1):  # -1: they keep all; many: nothing
        if (0 <= leave < many and (leave == same or others == 1)) or (leave == many and others == 0):
            continue
        keeps, after, used = leave < many, -1, length
        worth, met = -lost, np.uint64(0)
        if city.requires[option] >= 0:
            after = NEVER
        for w in range(city.bits.shape[1]):
            rests.free[found, w] = city.free[p, w]
        for j in range(many if keeps else 0):
            if j in (leave, same):
                continue
            r, kept = rows.runs[had, j], rests.option[j]
            start = runs.start[r]
            needed = city.requires[kept]
            if needed >= 0 and (
                (leave >= 0 and rests.option[leave] == needed) or (same >= 0 and rests.option[same] == needed)
            ):
                used = NEVER
            if kept == city.requires[option]:
                after = city.slots[start, city.length[start] - 1]
            more, met = open_needs(kept, met, city)
            worth += more - city.penalty[city.kind[p], runs.venue[r]] - money * runs.head[r] - seat_price(r, runs)
            used += city.length[start]
            for w in range(city.bits.shape[1]):
                rests.free[found, w] &= ~city.bits[start, w]
        more, met = open_needs(option, met, city)
        worth += more
        if used > city.spare[p] or after == NEVER or worth <= enough:
            continue
        i = found
        while i > 0 and rests.worth[rests.order[i - 1]] < worth:
            rests.order[i] = rests.order[i - 1]
            i -= 1
        rests.order[i], rests.worth[found], rests.after[found] = found, worth, after
        found += 1
    return found


@inlined
def insert(gain: Any, k: Any, largest: Any, n: Any, gains: Any) -> None:
    """Among the `largest` highest gains of start `k`, in falling order."""
    z = n[k]
    if z < largest or gain > gains[k, largest - 1]:
        if z == largest:
            z -= 1
        else:
            n[k] += 1
        while z > 0 and gains[k, z - 1] < gain:
            gains[k, z] = gains[k, z - 1]
            z -= 1
        gains[k, z] = gain


@compiled
def weigh(
    first_seat: Any, last_seat: Any, first_start: Any, last_start: Any, staffed: Any, venues: Any, venue_free: Any, limit: Any, fixed: Any, least: Any, head: Any, money: Any,
    seat_option: Any, seat_penalty: Any, profit: Any, where: Any, many: Any, gains: Any, starts: Any, city: Any, runs: Any, rows: Any, seats: Any, rests: Any,
) -> None:  # fmt: skip
    """Of every start of a course at one site, what the best venue would give: the highest gains of those who could come, as many as it seats, less its
    cost at `money` points a hundredth: `profit`, `where` and how `many`; minus infinity where nothing is possible. `gains` [starts, places], `starts` [3, starts] and `rests` are to work on."""
    S, largest, P = last_start - first_start, 1, 0
    for v in venues:
        largest = max(largest, limit[v])
    n, possible, left = starts[0], starts[1], starts[2]
    for k in range(S):
        profit[k], where[k], many[k], n[k] = -np.inf, -1, 0, 0
        if staffed[k]:
            for v in venues:
                if limit[v] >= least and inside(city.bits, first_start + k, venue_free, v):
                    possible[P] = k
                    P += 1
                    break
    if P == 0:
        return
    cheapest = np.inf
    for v in venues:
        if limit[v] >= least:
            cheapest = min(cheapest, fixed[v] / limit[v])
    least_gain = SMALL * money * cheapest
    length = city.length[first_start]
    for a in range(first_seat, last_seat):
        option = seat_option[a]
        p = city.person[option]
        lost = seat_penalty[a] + money * head
        if length > city.spare[p] or whole_worth(option, lost, city) <= 0.0:
            continue
        base = had_at_prices(p, runs, rows, seats)
        found = list_rests(p, option, length, lost, money, base + least_gain, city, runs, rows, seats, rests)
        m = 0
        for i in range(P if found > 0 else 0):
            if inside(city.bits, first_start + possible[i], city.free, p):
                left[m] = possible[i]
                m += 1
        for y in range(found if m > 0 else 0):  # each start gets the best rest that goes with it
            rest, stay = rests.order[y], 0
            for x in range(m):
                k = left[x]
                if city.slots[first_start + k, 0] > rests.after[rest] and inside(
                    city.bits, first_start + k, rests.free, rest
                ):
                    insert(rests.worth[rest] - base, k, largest, n, gains)
                else:
                    left[stay] = k
                    stay += 1
            m = stay
            if m == 0:
                break
    for i in range(P):
        k = possible[i]
        for v in venues:
            come = min(n[k], limit[v])
            if come >= least and inside(city.bits, first_start + k, venue_free, v):
                total = -money * fixed[v]
                for x in range(come):
                    total += gains[k, x]
                if total > profit[k]:
                    profit[k], where[k], many[k] = total, v, come


@compiled
def add_rows(
    run: Any, first_seat: Any, last_seat: Any, money: Any, slack: Any, made: Any, seat_option: Any, seat_penalty: Any, people: Any, gains: Any, city: Any,
    runs: Any, rows: Any, seats: Any,
) -> tuple[int, int]:  # fmt: skip
    """Rows with a new run for all who could gain by it, or would lose at most `slack`, on their lists: (how many `people`, with their `gains`; rows made so far)."""
    start, n = runs.start[run], 0
    length, head = city.length[start], runs.head[run]
    for a in range(first_seat, last_seat):
        option = seat_option[a]
        p = city.person[option]
        lost = seat_penalty[a] + money * head
        whole = whole_worth(option, lost, city)
        if length > city.spare[p] or whole <= 0.0 or not inside(city.bits, start, city.free, p):
            continue
        base, best, begun = had_at_prices(p, runs, rows, seats), -np.inf, made
        hurdle = base - slack + lost - 1e-9
        row, then = -1, rows.head[p]
        while made < len(rows.then):
            before = rows.met[row] if row >= 0 else np.uint64(0)
            more, met = open_needs(option, before, city)
            count = 0
            if more <= 0.0 or (row >= 0 and rows.net[row] + more <= hurdle):
                count = -1
            elif row >= 0:
                count = takes(row, option, length, p, city, runs, rows)
            if count >= 0 and beside(row, option, start, city, runs, rows):
                net = (at_prices(row, runs, rows) if row >= 0 else 0.0) + more - lost
                if net >= base - slack:
                    best = max(best, net)
                    worth = (rows.worth[row] if row >= 0 else 0.0) + more - seat_penalty[a]
                    put_row(
                        made,
                        p,
                        rows.runs[max(row, 0)],
                        count,
                        worth,
                        (rows.cost[row] if row >= 0 else 0.0) + head,
                        met,
                        money,
                        rows,
                    )
                    rows.runs[made, count] = run
                    ahead, behind = -1, rows.head[p]
                    while behind >= 0 and rows.net[behind] > rows.net[made]:
                        ahead, behind = behind, rows.then[behind]
                    rows.then[made] = behind
                    if ahead < 0:
                        rows.head[p] = made
                    else:
                        rows.then[ahead] = made
                    made += 1
            row = then if row < 0 else rows.then[row]
            if row < 0 or rows.net[row] + whole <= base - slack:
                break
        if made > begun:
            people[n], gains[n] = p, best - base
            n += 1
    return n, made


@compiled
def take_rows_back(begun: Any, made: Any, rows: Any) -> None:
    """Rows `begun` to `made` go from their lists again."""
    for row in range(made - 1, begun - 1, -1):
        p = rows.owner[row]
        ahead, at = -1, rows.head[p]
        while at != row:
            ahead, at = at, rows.then[at]
        if ahead < 0:
            rows.head[p] = rows.then[row]
        else:
            rows.then[ahead] = rows.then[row]
