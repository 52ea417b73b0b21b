"""A first plan: the run with the most points for its money, again and again (`planner.search.greedy`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .common import compiled, inlined, inside, sort

HOPE = 0.5
"""What the needs at the end of the ways that a course would open count for, beside those it closes itself."""


class Land(NamedTuple):
    """What does not change: options, the half-days of each start, and the sites where a course can be held."""

    person: Any
    course: Any
    requires: Any
    first_need: Any
    need: Any
    first_closer: Any
    closer: Any
    first_opened: Any
    opened: Any
    weight: Any
    team: Any
    flexible: Any
    first_start: Any
    slots: Any
    length: Any
    bits: Any
    site_course: Any
    first_seat: Any
    seat_option: Any
    seat_penalty: Any
    first_venue: Any
    site_venue: Any
    first_trainer: Any
    trainer: Any
    limit: Any
    fixed: Any
    head: Any
    least: Any


class Making(NamedTuple):
    """A plan in the making."""

    free: Any
    left: Any
    room: Any
    venue_free: Any
    trainer_free: Any
    covered: Any
    gain: Any
    hope: Any
    taken: Any
    after: Any
    count: Any
    money: Any
    """[1] hundredths."""
    runs: Any
    """[runs, 4] site, start, venue, trainer."""
    made: Any
    """[1] how many runs."""


@compiled
def take_place(option: Any, run: Any, start: Any, land: Any, making: Any) -> None:
    """Somebody takes a course: their half-days, their team's, what needs it meets, what it opens."""
    p = land.person[option]
    t = land.team[p]
    for w in range(making.free.shape[1]):
        making.free[p, w] &= ~land.bits[start, w]
    for q in range(land.length[start]):
        making.room[t, land.slots[start, q]] -= 1
    making.left[p] -= land.length[start]
    making.count[p] += 1
    making.taken[option] = run
    making.money[0] -= land.head[land.course[option]]
    for j in range(land.first_need[option], land.first_need[option + 1]):
        n = land.need[j]
        making.covered[n] += 1
        if making.covered[n] == 1:
            for k in range(land.first_closer[n], land.first_closer[n + 1]):
                other = land.closer[k]
                making.gain[other] -= land.weight[n]
                before = land.requires[other]
                while before >= 0:
                    making.hope[before] -= HOPE * land.weight[n]
                    before = land.requires[before]
    for j in range(land.first_opened[option], land.first_opened[option + 1]):
        making.after[land.opened[j]] = land.slots[start, land.length[start] - 1] + 1


@inlined
def can_come(option: Any, start: Any, land: Any, making: Any) -> bool:
    p = land.person[option]
    if making.after[option] > land.slots[start, 0] or not inside(land.bits, start, making.free, p):
        return False
    least = 1
    for q in range(land.length[start]):
        least = min(least, making.room[land.team[p], land.slots[start, q]])
    return least > 0


@compiled
def best_run(
    site: Any,
    price: Any,
    most_courses: Any,
    land: Any,
    making: Any,
    best: Any,
    members: Any,
    key: Any,
    order: Any,
    sums: Any,
) -> float:
    """The run of a site with the most points for its money now: its score, or 0 where none is possible. `best` is start, venue, trainer and
    how many; `members` their options. `key`, `order` [seats of a site] and `sums` [seats of a run] are to work on."""
    course = land.site_course[site]
    first, last = land.first_start[course], land.first_start[course + 1]
    head, least = land.head[course], land.least[course]
    if first == last:
        return 0.0
    venues = land.site_venue[land.first_venue[site] : land.first_venue[site + 1]]
    length, largest = land.length[first], 0
    for v in venues:
        if land.fixed[course, v] + least * head <= making.money[0]:
            largest = max(largest, land.limit[course, v])
    if largest < least:
        return 0.0
    n = 0
    for a in range(land.first_seat[site], land.first_seat[site + 1]):
        option = land.seat_option[a]
        gain = making.gain[option] + making.hope[option] - land.seat_penalty[a]
        p = land.person[option]
        if (
            gain > price * head
            and making.taken[option] < 0
            and making.left[p] >= length
            and making.count[p] < most_courses
        ):
            key[n] = land.flexible[p] - gain
            order[n] = a
            n += 1
    if n < least:
        return 0.0
    sort(key, order, n)
    sums[0] = 0.0
    score = 0.0
    for start in range(first, last):
        trainer = -1
        for k in range(land.first_trainer[course], land.first_trainer[course + 1]):
            if inside(land.bits, start, making.trainer_free, land.trainer[k]):
                trainer = land.trainer[k]
                break
        if trainer < 0:
            continue
        wanted = 0
        for v in venues:
            if land.limit[course, v] > wanted and inside(land.bits, start, making.venue_free, v):
                wanted = min(largest, land.limit[course, v])
        if wanted < least:
            continue
        found = 0
        for i in range(n):
            a = order[i]
            option = land.seat_option[a]
            if can_come(option, start, land, making):
                found += 1
                sums[found] = sums[found - 1] + making.gain[option] + making.hope[option] - land.seat_penalty[a]
                if found == wanted:
                    break
        if found < least:
            continue
        for v in venues:
            if not inside(land.bits, start, making.venue_free, v):
                continue
            many = min(found, land.limit[course, v])
            if head > 0:
                many = min(many, (making.money[0] - land.fixed[course, v]) // head)
            cost = land.fixed[course, v] + head * many
            if many >= least and cost <= making.money[0] and sums[many] > score * max(1.0, cost):
                score = sums[many] / max(1.0, cost)
                best[0], best[1], best[2], best[3] = start, v, trainer, many
    if score == 0.0:
        return 0.0
    start, found, points = best[0], 0, 0.0
    for i in range(n):  # again, now minding that two of a team may both want to come
        a = order[i]
        option = land.seat_option[a]
        if can_come(option, start, land, making):
            members[found] = option
            found += 1
            points += making.gain[option] + making.hope[option] - land.seat_penalty[a]
            for q in range(length):
                making.room[land.team[land.person[option]], land.slots[start, q]] -= 1
            if found == best[3]:
                break
    for i in range(found):
        for q in range(length):
            making.room[land.team[land.person[members[i]]], land.slots[start, q]] += 1
    best[3] = found
    return points / max(1.0, land.fixed[course, best[1]] + head * found) if found >= least else 0.0


@compiled
def make(
    most: Any, price: Any, most_courses: Any, scores: Any, first_site: Any, best: Any, members: Any, key: Any, order: Any, sums: Any, land: Any, making: Any
) -> int:  # fmt: skip
    """Puts on at most `most` runs, the best first. `scores` [sites] are what each was worth when last looked at, infinite at first: they mostly fall, so one
    that is still the best when looked at again is the best. Answers how many it put on. The rest is to work on: see `best_run`."""
    put_on = 0
    while put_on < most and making.made[0] < len(making.runs):
        site, second = np.int64(-1), 0.0
        for i in range(len(scores)):
            if site < 0 or scores[i] > scores[site]:
                if site >= 0:
                    second = scores[site]
                site = i
            elif scores[i] > second:
                second = scores[i]
        if site < 0 or scores[site] <= 0.0:
            break
        scores[site] = best_run(site, price, most_courses, land, making, best, members, key, order, sums)
        if scores[site] <= 0.0 or scores[site] < second:
            continue
        course, start, venue, trainer = land.site_course[site], best[0], best[1], best[2]
        run = making.made[0]
        making.made[0] = run + 1
        making.runs[run, 0], making.runs[run, 1], making.runs[run, 2], making.runs[run, 3] = site, start, venue, trainer
        making.money[0] -= land.fixed[course, venue]
        for w in range(making.free.shape[1]):
            making.trainer_free[trainer, w] &= ~land.bits[start, w]
            if venue < len(making.venue_free) - 1:
                making.venue_free[venue, w] &= ~land.bits[start, w]
        for i in range(best[3]):
            option = members[i]
            take_place(option, run, start, land, making)
            for j in range(land.first_opened[option], land.first_opened[option + 1]):
                c = land.course[land.opened[j]]
                for k in range(first_site[c], first_site[c + 1]):
                    scores[k] = np.inf
        put_on += 1
    return put_on
