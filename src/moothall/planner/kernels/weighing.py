"""What a new run would be worth: to everybody who could come, beside what they have, at the prices of the seats they would leave."""

from __future__ import annotations

from typing import Any

import numpy as np

from .common import compiled, inlined, inside
from .rows import MOST_COURSES, open_needs, put_row

MOST_ROWS = 3000
"""Of one person, that are looked at."""
SMALL = 0.5
"""Gains below this share of a seat's cost are not counted: there are very many, and they hardly tip the scales."""


@inlined
def had_at_prices(p: Any, runs: Any, rows: Any, seats: Any) -> float:
    """What somebody has, net, less the prices of the full runs they sit in: what they must gain to be gained."""
    had = seats.row[p]
    if had < 0:
        return 0.0
    return max(0.0, at_prices(had, runs, rows))


@inlined
def at_prices(row: Any, runs: Any, rows: Any) -> float:
    value = rows.net[row]
    for j in range(MOST_COURSES):
        r = rows.runs[row, j]
        if r < 0:
            break
        if runs.seats[r] <= 0 and not runs.off[r]:
            value -= runs.price[r]
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
def whole_worth(option: Any, penalty: Any, price: Any, city: Any) -> float:
    """The most that a place can add: all the needs it closes, less its penalty and its price."""
    worth = -penalty - price
    for j in range(city.first_need[option], city.first_need[option + 1]):
        worth += city.weight[city.need[j]]
    return worth


@compiled
def weigh(
    first_seat: Any, last_seat: Any, first_start: Any, last_start: Any, staffed: Any, venues: Any, venue_free: Any, limit: Any, fixed: Any, least: Any, head: Any, money: Any,
    seat_option: Any, seat_penalty: Any, profit: Any, where: Any, many: Any, gains: Any, starts: Any, kept: Any, value: Any, city: Any, runs: Any, rows: Any, seats: Any,
) -> None:  # fmt: skip
    """Of every start of a course at one site, what the best venue would give: the highest gains of those who could come, as many as it seats, less its
    cost at `money` points a hundredth: `profit`, `where` and how `many`; minus infinity where nothing is possible. `gains` [starts, places], `starts` [3, starts], `kept` and `value` [MOST_ROWS] are to work on."""
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
        whole = whole_worth(option, seat_penalty[a], money * head, city)
        if length > city.spare[p] or whole <= 0.0:
            continue
        base = had_at_prices(p, runs, rows, seats)
        enough = base + least_gain
        hurdle = enough + seat_penalty[a] + money * head - 1e-9
        found = 0  # rows that would be better with this course, best first; -1 is the course alone
        if city.requires[option] < 0 and whole > enough:
            kept[0], value[0], found = -1, whole, 1
        row = rows.head[p]
        while row >= 0 and rows.net[row] + whole > enough and found < MOST_ROWS:
            more, _met = open_needs(option, rows.met[row], city)
            if rows.net[row] + more > hurdle and takes(row, option, length, p, city, runs, rows) >= 0:
                worth = at_prices(row, runs, rows) + more - seat_penalty[a] - money * head
                if worth > enough:
                    i = found
                    while i > 0 and value[i - 1] < worth:
                        value[i], kept[i] = value[i - 1], kept[i - 1]
                        i -= 1
                    value[i], kept[i] = worth, row
                    found += 1
            row = rows.then[row]
        m = 0
        for i in range(P if found > 0 else 0):
            if inside(city.bits, first_start + possible[i], city.free, p):
                left[m] = possible[i]
                m += 1
        for i in range(found if m > 0 else 0):  # each start gets the best row that goes with it
            rest = 0
            gain = value[i] - base
            for x in range(m):
                k = left[x]
                if beside(kept[i], option, first_start + k, city, runs, rows):
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
                else:
                    left[rest] = k
                    rest += 1
            m = rest
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
        whole = whole_worth(option, seat_penalty[a], money * head, city)
        if length > city.spare[p] or whole <= 0.0 or not inside(city.bits, start, city.free, p):
            continue
        base, best, begun = had_at_prices(p, runs, rows, seats), -np.inf, made
        hurdle = base - slack + seat_penalty[a] + money * head - 1e-9
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
                net = (at_prices(row, runs, rows) if row >= 0 else 0.0) + more - seat_penalty[a] - money * head
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
