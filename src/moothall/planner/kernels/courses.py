"""Loops of the bound over courses, each with all its runs at once (`planner.whole`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .classes import price_of
from .common import compiled, inlined, inside, sort, summing

DEEPEST = 12
"""Runs of a course that are looked at together; where more might pay, they count one by one."""
NONE = 1e-9
"""Less than this is no profit."""


class Courses(NamedTuple):
    """What does not change: sites (`classes.Sites`), and which sites and options are a course's, from `first_site[c]` and `by_course[c]` on."""

    sites: Any
    first_site: Any
    by_course: Any


class Known(NamedTuple):
    """Sets of runs that were the best of their course once, [C, sets, runs of a set]: starts and venues; [C, sets] how many runs; [C] which is replaced next. Also in how many
    of them each run is [starts, V + 1], and which it is among those of now, or -1 (once its course was listed)."""

    start: Any
    venue: Any
    size: Any
    next: Any
    often: Any
    at: Any


class Runs(NamedTuple):
    """Of each run of a course that pays: what everybody would give in it [runs, options of the course], what it gives alone, costs, its seats, when and where, and how often it can be. Then room for their order."""

    gains: Any
    own: Any
    cost: Any
    seats: Any
    start: Any
    venue: Any
    copies: Any
    key: Any
    in_order: Any


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
    """Of each option its person [options], of each person the team [P], and how many of a team may be away at one time [teams]; room for `ranked` and `spared`."""

    person: Any
    of: Any
    limit: Any
    key: Any
    line: Any
    sits: Any
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
def ranked(values: Any, row: Any, many: Any, team: Any) -> int:
    """Whoever gives something in a row, the highest first, into `team.key` (what they give, negative) and `team.line`: how many."""
    found = 0
    for o in range(many):
        if values[row, o] > 0.0:
            team.key[found], team.line[found] = -values[row, o], o
            found += 1
    sort(team.key, team.line, found)
    return found


@inlined
def spared(found: Any, seats: Any, runs: Any, first: Any, team: Any) -> float:
    """The sum of the `seats` highest of those ranked, with no more of a team than it can spare in so many runs. `team.sits` says who; their options begin at `first`."""
    total, taken = 0.0, 0
    for a in range(found):
        mine = team.of[team.person[first + team.line[a]]]
        team.sits[a] = taken < seats and team.away[mine] < runs * team.limit[mine]
        if team.sits[a]:
            team.away[mine] += 1
            taken += 1
            total -= team.key[a]
    for a in range(found):
        team.away[team.of[team.person[first + team.line[a]]]] = 0
    return total


@inlined
def seat(values: Any, row: Any, many: Any, seats: Any, runs: Any, first: Any, team: Any, uses: Any) -> None:
    """They use a place each."""
    found = ranked(values, row, many, team)
    spared(found, seats, runs, first, team)
    for a in range(found):
        if team.sits[a]:
            uses[first + team.line[a]] += 1


@inlined
def may_beat(best: Any, worth: Any, each: Any, depth: Any, by_number: Any) -> bool:
    """Whether a set of `depth` runs worth so much at most, or one that has further runs, each giving at most so much, may be better than the best."""
    may = worth > best + NONE and by_number[depth] > best + NONE
    for n in range(depth + 1, DEEPEST + 1):
        may |= min(by_number[n], worth + (n - depth) * each) > best + NONE
    return may


@inlined
def put_on(course: Any, run: Any, online: Any, trainer: Any, courses: Any, runs: Any, venue_used: Any, trainer_used: Any) -> float:  # fmt: skip
    """Adds what a run uses, and answers its fixed cost."""
    start, venue = runs.start[run], runs.venue[run]
    for q in range(courses.sites.length[start]):
        trainer_used[trainer[start], courses.sites.slots[start, q]] += 1
        if venue != online:
            venue_used[venue, courses.sites.slots[start, q]] += 1
    return float(courses.sites.fixed[course, venue])


@inlined
def list_runs(
    course: Any, thoroughly: Any, order: Any, profit: Any, trainer_price: Any, money: Any, venue_price: Any, first: Any, many: Any, courses: Any, stand: Any, team: Any, runs: Any,
    sets: Any, known: Any,
) -> tuple[int, float, int, float]:  # fmt: skip
    """A course's runs that pay by themselves, all of them or those in known sets, and in `sets.mixed[0]` the most that everybody gives in any: (how many, the cheapest's cost, seats of
    the largest, what all give together)."""
    found, cheapest, largest, apart = 0, np.inf, 0, 0.0
    online = stand.venue_ok.shape[1] - 1
    sets.mixed[0, :many] = 0.0
    for i in range(courses.first_site[course], courses.first_site[course + 1]):
        anywhere = courses.sites.venue[courses.sites.first_venue[i]] == online
        for start in range(courses.sites.first_start[course], courses.sites.first_start[course + 1]):
            if stand.trainers[start] == 0:
                continue
            for k in range(courses.sites.first_venue[i], courses.sites.first_venue[i + 1]):
                venue = courses.sites.venue[k]
                known.at[start, venue] = -1
                if not stand.venue_ok[start, venue] or not (thoroughly or known.often[start, venue]):
                    continue
                price = price_of(course, start, venue, online, money, venue_price, courses.sites) + trainer_price[start]
                limit, seated, total = courses.sites.limit[course, venue], 0, 0.0
                runs.gains[found, :many] = 0.0
                for a in range(courses.sites.first_seat[i], courses.sites.first_seat[i + 1]):
                    seat = order[a]
                    if profit[seat] <= 0.0:
                        break
                    if inside(courses.sites.bits, start, courses.sites.free, courses.sites.seat_person[seat]):
                        runs.gains[found, courses.sites.seat_option[seat] - first] = profit[seat]
                        mine = team.of[courses.sites.seat_person[seat]]
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
def best_known(course: Any, first: Any, many: Any, team: Any, runs: Any, sets: Any, known: Any) -> tuple[float, int]:  # fmt: skip
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
                    upto, spared(ranked(sets.mixed, 1, many, team), k, known.size[course, j], first, team) - price
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
    best: Any, size: Any, many_runs: Any, in_order: Any, most_sets: Any, first: Any, many: Any, team: Any, runs: Any, sets: Any
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
                upto = min(upto, spared(ranked(sets.mixed, depth + 1, many, team), k, depth + 1, first, team) - price)
        sets.chosen[depth] = run
        if upto > best + NONE:
            best, size = upto, depth + 1
            for d in range(size):
                sets.best[d] = sets.chosen[d]
        times = 1
        for d in range(depth):
            times += sets.chosen[d] == run
        depth += 1
        sets.seats[depth], sets.cost[depth], sets.worth[depth], sets.lowest[depth] = k, price, upto, -1.0
        sets.following[depth] = at if times < runs.copies[run] else at + 1
    return best, size, False


@inlined
def more_than_looked_at(best: Any, too_many: Any, found: Any, in_order: Any, runs: Any, sets: Any) -> float:
    """What sets that were not looked at may give at most: those of more runs than DEEPEST, and all of them where there are too many."""
    upto, times = best, 0
    for run in range(found):
        times += runs.copies[run]
    if times > DEEPEST:
        # Seats and what teams can spare grow evenly with the number of runs, so that each more gives less: what falls from one number to the next falls from there on.
        last = sets.by_number[DEEPEST + 1]
        upto = max(upto, last if last <= sets.by_number[DEEPEST] else np.inf)
    if too_many:
        n, alone = 0, 0.0
        for at in range(found):
            for _time in range(runs.copies[in_order[at]]):
                n += 1
                alone += runs.own[in_order[at]]
                if n <= DEEPEST:
                    upto = max(upto, min(sets.by_number[n], alone))
    return upto


@inlined
def use(course: Any, size: Any, first: Any, many: Any, online: Any, trainer: Any, courses: Any, team: Any, runs: Any, sets: Any, uses: Any, venue_used: Any, trainer_used: Any) -> float:  # fmt: skip
    """Adds what the best set uses, and answers its fixed costs: the places that bound what it gives, those of its people together or of each run alone."""
    k, price, upto, spent = 0, 0.0, 0.0, 0.0
    sets.mixed[0, :many] = 0.0
    for d in range(size):
        run = sets.best[d]
        k, price, upto = k + runs.seats[run], price + runs.cost[run], upto + runs.own[run]
        spent += put_on(course, run, online, trainer, courses, runs, venue_used, trainer_used)
        for o in range(many):
            sets.mixed[0, o] = max(sets.mixed[0, o], runs.gains[run, o])
    if size > 1 and spared(ranked(sets.mixed, 0, many, team), k, size, first, team) - price <= upto:
        seat(sets.mixed, 0, many, k, size, first, team, uses)
    else:
        for d in range(size):
            seat(runs.gains, sets.best[d], many, runs.seats[sets.best[d]], 1, first, team, uses)
    return spent


@compiled
def best_courses(
    order: Any, profit: Any, trainer: Any, trainer_price: Any, money: Any, venue_price: Any, most_sets: Any, courses: Any, stand: Any, team: Any, runs: Any, sets: Any, known: Any,
    uses: Any, venue_used: Any, trainer_used: Any,
) -> tuple[float, float]:  # fmt: skip
    """Of every course the set of runs that gives most at these prices, or a little more than that: (what they give, fixed costs in hundredths).

    Runs that give something by themselves (`Runs.own`) are put together by branch and bound, those that give most first. A set gives at most what its runs give
    alone together, and at most the best places of all who can come to any of them, with the seats of all of them, nobody twice and of a team no more than it can spare in so many
    runs, less what the runs cost; further runs add no more than each gives alone; and no set of n runs gives more than everybody's best places in n of the largest runs at the
    cost of the cheapest. Where there are more than `most_sets` to look at, the course counts with the last of these, or with each of its runs alone. With no sets at all
    to look at (`most_sets` 0) the best of those known from before is taken for the best of all: a direction to go on in, and no bound. Adds to `uses`, `venue_used` and
    `trainer_used` as `classes.best_classes` does. `team`, `runs` and `sets` are room for this.
    """
    by_course, online = courses.by_course, stand.venue_ok.shape[1] - 1
    given, spent = 0.0, 0.0
    for c in range(len(by_course) - 1):
        first, many = by_course[c], by_course[c + 1] - by_course[c]
        found, cheapest, largest, apart = list_runs(
            c, most_sets > 0, order, profit, trainer_price, money, venue_price, first, many, courses, stand, team, runs, sets, known
        )  # fmt: skip
        if found == 0:
            continue
        best, size = best_known(c, first, many, team, runs, sets, known)
        if most_sets > 0:
            everybody = ranked(sets.mixed, 0, many, team)
            for n in range(1, DEEPEST + 2):
                sets.by_number[n] = spared(everybody, n * largest, n, first, team) - n * cheapest
            sets.mixed[0, :many] = 0.0
            for run in range(found):
                runs.key[run], runs.in_order[run] = -runs.own[run], run
            sort(runs.key, runs.in_order, found)
            known_before = best
            best, size, too_many = best_of_all(
                best, size, found, runs.in_order, most_sets, first, many, team, runs, sets
            )
            if best > known_before:
                remember(c, size, runs, sets, known)
            best = min(apart, more_than_looked_at(best, too_many, found, runs.in_order, runs, sets))
            if too_many or best == apart:
                size = 0
                for run in range(found):
                    for _time in range(runs.copies[run]):
                        spent += put_on(c, run, online, trainer, courses, runs, venue_used, trainer_used)
                        seat(runs.gains, run, many, runs.seats[run], 1, first, team, uses)
        given += best
        spent += use(c, size, first, many, online, trainer, courses, team, runs, sets, uses, venue_used, trainer_used)
    return given, spent
