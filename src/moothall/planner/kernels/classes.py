"""Loops of the bound over classes of runs (`planner.tight`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .common import compiled, inside, making_arrays


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


@making_arrays
def best_classes(
    order: Any, profit: Any, seat_person: Any, seat_option: Any, first_seat: Any, site_course: Any, first_venue: Any, site_venue: Any, first_start: Any,
    start_bits: Any, start_slots: Any, start_length: Any, person_bits: Any, venue_ok: Any, trainers: Any, trainer: Any, trainer_price: Any, limit: Any,
    fixed: Any, money: Any, venue_price: Any, person_team: Any, team_limit: Any, uses: Any, venue_used: Any, trainer_used: Any,
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
    away, seen, turn = np.zeros(len(team_limit), np.int64), np.zeros(len(team_limit), np.int64), 0
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
            turn += 1
            for a in range(first_seat[i], first_seat[i + 1]):
                seat = order[a]
                if profit[seat] <= 0.0 or found >= wanted:
                    break
                if inside(start_bits, start, person_bits, seat_person[seat]):
                    team = person_team[seat_person[seat]]
                    if seen[team] != turn:
                        seen[team], away[team] = turn, 0
                    if away[team] >= team_limit[team]:
                        continue
                    away[team] += 1
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
