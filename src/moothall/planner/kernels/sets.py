"""Sets of courses that a person might sensibly take, whenever they are held (`planner.bound`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .common import compiled, making_arrays


@making_arrays
def list_sets(
    fill: Any, first_option: Any, person_option: Any, length: Any, requires: Any, opens: Any, first_need: Any, need: Any, bit: Any, weight: Any, spare: Any, needs: Any,
    most_a_person: Any, most: Any, first: Any, sets: Any, worth: Any,
) -> int:  # fmt: skip
    """Everybody's sets, in `first[p]` to `first[p + 1]`: those in which each course, in the person's order, closes a need that those before leave open, or opens
    another; within their half-days, each after what it requires. People with too many sets (or more needs than fit into a word) get none. Called twice: without
    `fill` it only counts, into `first`; it answers how many courses the largest set has."""
    deepest = 0
    for p in range(len(spare)):
        deepest = max(deepest, first_option[p + 1] - first_option[p])
    at, chosen = np.zeros(deepest + 1, np.int64), np.zeros(deepest + 1, np.int64)
    met, left, value = np.zeros(deepest + 1, np.uint64), np.zeros(deepest + 1, np.int64), np.zeros(deepest + 1)
    row, widest = 0, 0
    for p in range(len(spare)):
        begun, depth, too_many = row, 0, needs[p] > 63
        if fill and first[p + 1] == first[p]:
            continue
        at[0], met[0], left[0], value[0] = first_option[p], np.uint64(0), spare[p], 0.0
        while depth >= 0 and not too_many:
            if at[depth] >= first_option[p + 1]:
                depth -= 1
                continue
            option = person_option[at[depth]]
            at[depth] += 1
            ready = requires[option] < 0
            for k in range(depth):
                if chosen[k] == requires[option]:
                    ready = True
            if not ready or length[option] > left[depth]:
                continue
            all_met, gained = met[depth], 0.0
            for j in range(first_need[option], first_need[option + 1]):
                one = np.uint64(1) << np.uint64(bit[need[j]])
                if all_met & one == 0:
                    all_met |= one
                    gained += weight[need[j]]
            if all_met == met[depth] and not opens[option]:
                continue
            chosen[depth] = option
            depth += 1
            at[depth], met[depth], left[depth], value[depth] = (
                at[depth - 1],
                all_met,
                left[depth - 1] - length[option],
                value[depth - 1] + gained,
            )
            widest = max(widest, depth)
            if fill:
                worth[row] = value[depth]
                for k in range(depth):
                    sets[row, k] = chosen[k]
            row += 1
            too_many = row - begun > most_a_person or row > most
        if too_many:
            row = begun
        if not fill:
            first[p + 1] = row
    return widest


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
