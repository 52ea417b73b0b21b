"""Loops of the bound over courses, each with all its runs at once (`planner.whole`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .common import inlined, inside, making_arrays, sort, summing

DEEPEST = 12
"""Runs of a course that are looked at together; where more might pay, they count one by one."""
NONE = 1e-9
"""Less than this is no profit."""


class Courses(NamedTuple):
    """What does not change: sites and their classes (`classes.Sites`), and which sites and options are a course's, from `first_site[c]` and `by_course[c]` on."""

    classes: Any
    first_site: Any
    by_course: Any


class Known(NamedTuple):
    """Sets of runs that were the best of their course once, [C, sets, runs of a set]: starts and venues; [C, sets] how many runs; [C] which is replaced next. Also in how many
    of them each run is [starts, V + 1], and which it is among those of now, or -1."""

    start: Any
    venue: Any
    size: Any
    next: Any
    often: Any
    at: Any


class Runs(NamedTuple):
    """Of each run of a course that pays: what everybody would give in it [runs, options of the course], what it gives alone, costs, its seats, when and where, and how often it can be."""

    gains: Any
    own: Any
    cost: Any
    seats: Any
    start: Any
    venue: Any
    copies: Any


class Sets(NamedTuple):
    """Of the set at each depth of the search: the most that everybody gives in any of its runs, its seats, costs, what its runs give alone and what it gives at most; the lowest
    place among the best of the set looked at last; the run added last, and the next to try. Then the best set, what each number of runs gives at most, and room for `highest`."""

    mixed: Any
    seats: Any
    cost: Any
    own: Any
    worth: Any
    lowest: Any
    chosen: Any
    following: Any
    best: Any
    by_number: Any
    room: Any


class Team(NamedTuple):
    """Of each option its person [options], of each person the team [P], and how many of a team may be away at one time [teams]; room for `spared`."""

    person: Any
    of: Any
    limit: Any
    key: Any
    line: Any
    away: Any


@inlined
def highest(values: Any, row: Any, many: Any, seats: Any, room: Any) -> float:
    """The sum of the `seats` highest of a row's positive numbers. `room[0]` becomes the lowest of them, or none where all have a seat."""
    found, total = 0, 0.0
    for o in range(many):
        if values[row, o] > 0.0:
            found += 1
            room[found] = values[row, o]
            total += values[row, o]
    if found <= seats:
        room[0] = 0.0
        return total
    low, high = 1, found
    while low < high:  # until the highest come first (Hoare 1961)
        pivot, i, j = room[(low + high) // 2], low, high
        while i <= j:
            while room[i] > pivot:
                i += 1
            while room[j] < pivot:
                j -= 1
            if i <= j:
                room[i], room[j] = room[j], room[i]
                i += 1
                j -= 1
        if seats <= j:
            high = j
        elif seats >= i:
            low = i
        else:
            break
    total, least = 0.0, np.inf
    for k in range(1, seats + 1):
        total += room[k]
        least = min(least, room[k])
    room[0] = least
    return total


@summing
def above(values: Any, row: Any, others: Any, other: Any, many: Any, least: Any) -> float:
    """By how much the larger of two rows' numbers pass `least`, together. With `least` for every seat besides, no less than the highest of them can come to."""
    total = 0.0
    for o in range(many):
        total += max(max(values[row, o], others[other, o]) - least, 0.0)
    return total


@inlined
def spared(
    values: Any, row: Any, many: Any, seats: Any, runs: Any, first: Any, team: Any, uses: Any, share: Any
) -> float:
    """The same sum, with no more of a team than it can spare in so many runs. Whoever counts gets `share` added in `uses`, where options of the row begin at `first`."""
    found = 0
    for o in range(many):
        if values[row, o] > 0.0:
            team.key[found], team.line[found] = -values[row, o], o
            found += 1
    sort(team.key, team.line, found)
    total, taken = 0.0, 0
    for a in range(found):
        option = first + team.line[a]
        mine = team.of[team.person[option]]
        if taken < seats and team.away[mine] < runs * team.limit[mine]:
            team.away[mine] += 1
            taken += 1
            total -= team.key[a]
            uses[option] += share
    for a in range(found):
        team.away[team.of[team.person[first + team.line[a]]]] = 0
    return total


@inlined
def may_beat(best: Any, worth: Any, each: Any, depth: Any, by_number: Any) -> bool:
    """Whether a set of `depth` runs worth so much at most, or one that has further runs, each giving at most so much, may be better than the best."""
    may = worth > best + NONE and by_number[depth] > best + NONE
    for n in range(depth + 1, DEEPEST + 1):
        may |= min(by_number[n], worth + (n - depth) * each) > best + NONE
    return may


@inlined
def put_on(course: Any, run: Any, online: Any, trainer: Any, sites: Any, runs: Any, venue_used: Any, trainer_used: Any) -> float:  # fmt: skip
    """Adds what a run uses, and answers its fixed cost."""
    start, venue = runs.start[run], runs.venue[run]
    for q in range(sites.classes.length[start]):
        trainer_used[trainer[start], sites.classes.slots[start, q]] += 1
        if venue != online:
            venue_used[venue, sites.classes.slots[start, q]] += 1
    return float(sites.classes.fixed[course, venue])


@inlined
def list_runs(
    course: Any, thoroughly: Any, order: Any, profit: Any, trainer_price: Any, money: Any, venue_price: Any, first: Any, many: Any, sites: Any, stand: Any, team: Any, runs: Any,
    sets: Any, known: Any,
) -> tuple[int, float, int, float]:  # fmt: skip
    """A course's runs that pay by themselves, all of them or those in known sets, and in `sets.mixed[0]` the most that everybody gives in any: (how many, the cheapest's cost, seats of
    the largest, what all give together)."""
    found, cheapest, largest, apart = 0, np.inf, 0, 0.0
    online = stand.venue_ok.shape[1] - 1
    sets.mixed[0, :many] = 0.0
    for i in range(sites.first_site[course], sites.first_site[course + 1]):
        anywhere = sites.classes.venue[sites.classes.first_venue[i]] == online
        for start in range(sites.classes.first_start[course], sites.classes.first_start[course + 1]):
            if stand.trainers[start] == 0:
                continue
            for k in range(sites.classes.first_venue[i], sites.classes.first_venue[i + 1]):
                venue = sites.classes.venue[k]
                known.at[start, venue] = -1
                if not stand.venue_ok[start, venue] or not (thoroughly or known.often[start, venue]):
                    continue
                price = money * sites.classes.fixed[course, venue] + trainer_price[start]
                if venue != online:
                    for q in range(sites.classes.length[start]):
                        price += venue_price[venue, sites.classes.slots[start, q]]
                limit, seated, total = sites.classes.limit[course, venue], 0, 0.0
                runs.gains[found, :many] = 0.0
                for a in range(sites.classes.first_seat[i], sites.classes.first_seat[i + 1]):
                    seat = order[a]
                    if profit[seat] <= 0.0:
                        break
                    if inside(sites.classes.bits, start, sites.classes.free, sites.classes.seat_person[seat]):
                        runs.gains[found, sites.classes.seat_option[seat] - first] = profit[seat]
                        mine = team.of[sites.classes.seat_person[seat]]
                        if seated < limit and team.away[mine] < team.limit[mine]:
                            team.away[mine] += 1
                            seated += 1
                            total += profit[seat]
                for o in range(many):
                    team.away[team.of[team.person[first + o]]] = 0
                if total - price <= NONE:
                    continue
                runs.own[found], runs.cost[found], runs.seats[found] = total - price, price, limit
                runs.start[found], runs.venue[found] = start, venue
                runs.copies[found] = stand.trainers[start] if anywhere else 1
                known.at[start, venue] = found
                apart += runs.own[found] * runs.copies[found]
                cheapest, largest = min(cheapest, price), max(largest, limit)
                for o in range(many):
                    sets.mixed[0, o] = max(sets.mixed[0, o], runs.gains[found, o])
                found += 1
    return found, cheapest, largest, apart


@inlined
def best_known(course: Any, first: Any, many: Any, team: Any, runs: Any, sets: Any, known: Any, nobody: Any) -> tuple[float, int]:  # fmt: skip
    """The best of the known sets, into `sets.best`: (what it gives, its runs)."""
    best, size = 0.0, 0
    for j in range(known.size.shape[1]):
        k, price, upto, all_pay = 0, 0.0, 0.0, known.size[course, j] > 0
        for d in range(known.size[course, j]):
            run = known.at[known.start[course, j, d], known.venue[course, j, d]]
            all_pay &= run >= 0
            sets.chosen[d] = run
            k, price, upto = k + runs.seats[run], price + runs.cost[run], upto + runs.own[run]
        if not all_pay or upto <= best + NONE:
            continue
        if known.size[course, j] > 1:
            sets.mixed[1, :many] = 0.0
            for d in range(known.size[course, j]):
                for o in range(many):
                    sets.mixed[1, o] = max(sets.mixed[1, o], runs.gains[sets.chosen[d], o])
            upto = min(upto, highest(sets.mixed, 1, many, k, sets.room) - price)
            if upto > best + NONE:
                upto = min(
                    upto, spared(sets.mixed, 1, many, k, known.size[course, j], first, team, nobody, 0.0) - price
                )
        if upto > best + NONE:
            best, size = upto, known.size[course, j]
            for d in range(size):
                sets.best[d] = sets.chosen[d]
    return best, size


@inlined
def remember(course: Any, size: Any, runs: Any, sets: Any, known: Any) -> None:
    """The best set, in the place of the one known longest."""
    j = known.next[course]
    known.next[course] = (j + 1) % known.size.shape[1]
    for d in range(known.size[course, j]):
        known.often[known.start[course, j, d], known.venue[course, j, d]] -= 1
    known.size[course, j] = size
    for d in range(size):
        start, venue = runs.start[sets.best[d]], runs.venue[sets.best[d]]
        known.start[course, j, d], known.venue[course, j, d] = start, venue
        known.often[start, venue] += 1


@inlined
def best_of_all(
    course: Any, best: Any, size: Any, many_runs: Any, in_order: Any, most_sets: Any, first: Any, many: Any, team: Any, runs: Any, sets: Any, known: Any, nobody: Any
) -> tuple[float, int, bool]:  # fmt: skip
    """The best of all sets of these runs, `in_order` of what they give alone, by branch and bound from one that gives so much: (what it gives at most, its runs, whether there were too many)."""
    looked_at, depth = 0, 0
    sets.following[0], sets.lowest[0] = 0, -1.0
    while depth >= 0:
        at = sets.following[depth]
        if (
            at == many_runs
            or depth == DEEPEST
            or not may_beat(best, sets.worth[depth], runs.own[in_order[at]], depth, sets.by_number)
        ):
            depth -= 1  # nor do runs that follow, which give less alone
            continue
        run = in_order[at]
        sets.following[depth] += 1
        looked_at += 1
        if looked_at > most_sets:
            return best, size, True
        k, price, upto = (
            sets.seats[depth] + runs.seats[run],
            sets.cost[depth] + runs.cost[run],
            sets.own[depth] + runs.own[run],
        )
        sets.own[depth + 1] = upto
        if depth > 0 and sets.lowest[depth] >= 0.0:
            low = sets.lowest[depth]
            upto = min(upto, k * low + above(sets.mixed, depth, runs.gains, run, many, low) - price)
            if not may_beat(best, upto, runs.own[run], depth + 1, sets.by_number):
                continue
        for o in range(many):
            sets.mixed[depth + 1, o] = max(sets.mixed[depth, o], runs.gains[run, o])
        if depth > 0:
            upto = min(upto, highest(sets.mixed, depth + 1, many, k, sets.room) - price)
            sets.lowest[depth] = sets.room[0]
            if upto > best + NONE:
                upto = min(upto, spared(sets.mixed, depth + 1, many, k, depth + 1, first, team, nobody, 0.0) - price)
        sets.chosen[depth] = run
        if upto > best + NONE:
            best, size = upto, depth + 1
            for d in range(size):
                sets.best[d] = sets.chosen[d]
            remember(course, size, runs, sets, known)
        times = 1
        for d in range(depth):
            times += sets.chosen[d] == run
        depth += 1
        sets.seats[depth], sets.cost[depth], sets.worth[depth], sets.lowest[depth] = k, price, upto, -1.0
        sets.following[depth] = at if times < runs.copies[run] else at + 1
    return best, size, False


@making_arrays
def best_courses(
    order: Any, profit: Any, trainer: Any, trainer_price: Any, money: Any, venue_price: Any, most_sets: Any, sites: Any, stand: Any, person: Any, known: Any, uses: Any,
    venue_used: Any, trainer_used: Any,
) -> tuple[float, float]:  # fmt: skip
    """Of every course the set of runs that gives most at these prices, or a little more than that: (what they give, fixed costs in hundredths).

    Runs that give something by themselves (`own`, as in `best_classes`) are put together by branch and bound, those that give most first. A set gives at most what its runs give
    alone together, and at most the best places of all who can come to any of them, with the seats of all of them, nobody twice and of a team no more than it can spare in so many
    runs, less what the runs cost; further runs add no more than each gives alone; and no set of n runs gives more than everybody's best places in n of the largest runs at the
    cost of the cheapest. Where there are more than `most_sets` to look at, the course counts with the last of these, or with each of its runs alone. With no sets at all
    to look at (`most_sets` 0) the best of those known from before is taken for the best of all: a direction to go on in, and no bound. Adds to `uses`, `venue_used` and
    `trainer_used` as `best_classes` does; `person` is that of each option.
    """
    by_course, online = sites.by_course, stand.venue_ok.shape[1] - 1
    C, widest, most = len(by_course) - 1, 1, 1
    for c in range(C):
        here = 0
        for i in range(sites.first_site[c], sites.first_site[c + 1]):
            here += sites.classes.first_venue[i + 1] - sites.classes.first_venue[i]
        widest = max(widest, by_course[c + 1] - by_course[c])
        most = max(most, here * (sites.classes.first_start[c + 1] - sites.classes.first_start[c]))
    runs = Runs(
        np.zeros((most, widest)), np.zeros(most), np.zeros(most), np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most, np.int64)
    )  # fmt: skip
    D = DEEPEST + 2
    sets = Sets(
        np.zeros((D, widest)), np.zeros(D, np.int64), np.zeros(D), np.zeros(D), np.zeros(D), np.zeros(D), np.zeros(D, np.int64), np.zeros(D, np.int64), np.zeros(D, np.int64),
        np.zeros(D), np.zeros(widest + 1),
    )  # fmt: skip
    nobody = np.zeros(len(uses))
    team = Team(
        person, sites.classes.team, sites.classes.team_limit, np.zeros(widest), np.zeros(widest, np.int64), np.zeros(len(sites.classes.team_limit), np.int64)
    )  # fmt: skip
    given, spent = 0.0, 0.0
    for c in range(C):
        first, many = by_course[c], by_course[c + 1] - by_course[c]
        found, cheapest, largest, apart = list_runs(
            c, most_sets > 0, order, profit, trainer_price, money, venue_price, first, many, sites, stand, team, runs, sets, known
        )  # fmt: skip
        if found == 0:
            continue
        best, size = best_known(c, first, many, team, runs, sets, known, nobody)
        if most_sets > 0:
            for n in range(1, DEEPEST + 2):
                sets.by_number[n] = spared(sets.mixed, 0, many, n * largest, n, first, team, nobody, 0.0) - n * cheapest
            sets.mixed[0, :many] = 0.0
            in_order = np.argsort(-runs.own[:found])
            best, size, too_many = best_of_all(
                c, best, size, found, in_order, most_sets, first, many, team, runs, sets, known, nobody
            )
            # What n runs give rises with n, then falls, as each gives less than the one before.
            last = sets.by_number[DEEPEST + 1]
            upto = max(best, last if last <= sets.by_number[DEEPEST] else np.inf)
            if too_many:
                for n in range(1, DEEPEST + 1):
                    upto = max(upto, min(sets.by_number[n], n * runs.own[in_order[0]]))
            best = min(apart, upto)
            if too_many or best == apart:
                size = 0
                for run in range(found):
                    for _time in range(runs.copies[run]):
                        spent += put_on(c, run, online, trainer, sites, runs, venue_used, trainer_used)
                        spared(runs.gains, run, many, runs.seats[run], 1, first, team, uses, 1.0)
        given += best
        sets.mixed[0, :many] = 0.0
        k, price, upto = 0, 0.0, 0.0
        for d in range(size):
            run = sets.best[d]
            k, price, upto = k + runs.seats[run], price + runs.cost[run], upto + runs.own[run]
            spent += put_on(c, run, online, trainer, sites, runs, venue_used, trainer_used)
            for o in range(many):
                sets.mixed[0, o] = max(sets.mixed[0, o], runs.gains[run, o])
        if size > 1 and spared(sets.mixed, 0, many, k, size, first, team, nobody, 0.0) - price <= upto:
            spared(sets.mixed, 0, many, k, size, first, team, uses, 1.0)
        else:
            for d in range(size):
                spared(runs.gains, sets.best[d], many, runs.seats[sets.best[d]], 1, first, team, uses, 1.0)
    return given, spent
