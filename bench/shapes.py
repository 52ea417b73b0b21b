"""Seeded cities of other shapes than the usual one, as bundles: what a planner that was made for one kind of city would trip over.

usage: python -m bench.shapes SHAPE PEOPLE SEED FOLDER [--parquet]

usual         mixed modes, eight areas, a quarter part-time, teams of 3 to 25 of whom three in ten may be away
all-online    no rooms at all
one-venue     in person only, everybody in reach of one large house with a single room
tight-cover   one person of a team at a time
deep-chains   nearly all courses stand in ladders of four to six, each rung opening the next
part-time     half of the people work two or three days
rural         forty areas in a row, people reach their own and two to each side, rooms in every third
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from moothall.planner import Problem, write_bundle
from moothall.planner.problem import FAR, HOME, NEAR

SHAPES = ("usual", "all-online", "one-venue", "tight-cover", "deep-chains", "part-time", "rural")
WEEKS, WEEK = 12, 10
T = WEEKS * WEEK


def shape(name: str, people: int, seed: int) -> Problem:
    """One city. The same name, people and seed give the same one."""
    if name not in SHAPES:
        raise ValueError(f"{name!r} is not a shape: say one of {', '.join(SHAPES)}")
    g = np.random.default_rng([seed, SHAPES.index(name)])
    A = 40 if name == "rural" else 1 if name == "one-venue" else 8
    C = int(np.clip(4 * people**0.3, 12, 60))
    K = max(6, (2 * C) // 3)
    away = np.abs(np.subtract.outer(np.arange(A), np.arange(A)))
    if name == "rural":
        reach = np.where(away == 0, HOME, np.where(away <= 2, NEAR, FAR))
    else:
        reach = np.where(away == 0, HOME, np.where(np.minimum(away, A - away) <= 2, NEAR, FAR))

    # Teams, each at one place; organisations of very different sizes.
    sizes = []
    while sum(sizes) < people:
        sizes.append(int(g.integers(3, 26)))
    sizes[-1] -= sum(sizes) - people
    teams = len(sizes)
    rank = 1 / np.arange(1, max(2, teams // 4) + 1)
    team_organisation = np.unique(g.choice(len(rank), teams, p=rank / rank.sum()), return_inverse=True)[1]
    team_area = g.integers(0, A, teams)
    person_team = np.repeat(np.arange(teams), sizes)
    person_area = np.where(g.random(people) < 0.75, team_area[person_team], g.integers(0, A, people))

    days = np.ones((people, 5), bool)
    part_time = g.random(people) < (0.5 if name == "part-time" else 0.25)
    days[part_time] = g.random((int(part_time.sum()), 5)) < 0.5
    usual = np.repeat(days, 2, axis=1) & (g.random((people, WEEK)) < 0.75)
    free = np.tile(usual, (1, WEEKS)) & (g.random((people, T)) < 0.9)
    half_days = g.choice([2, 3, 4, 6, 8], people, p=[0.15, 0.25, 0.3, 0.2, 0.1])

    chain = int(g.integers(4, 7))
    prerequisite = np.full(C, -1)
    if name == "deep-chains":
        prerequisite = np.where(np.arange(C) % chain, np.arange(C) - 1, -1)
        half_days = half_days + 2
    else:
        later = np.nonzero((np.arange(C) >= C // 2) & (g.random(C) < 0.2))[0]
        prerequisite[later] = g.integers(0, C // 2, len(later))
    length = np.ones(C, np.int64) if name == "deep-chains" else g.choice([1, 2, 3, 4], C, p=[0.4, 0.35, 0.15, 0.1])
    weekly = (g.random(C) < 0.4) & (length > 1)
    mode = g.choice(3, C, p=[0.45, 0.2, 0.35])  # in person, online, both
    if name == "all-online":
        mode[:] = 1
    if name == "one-venue":
        mode[:] = 0
    cost = (g.integers(300, 650, C) * length + g.integers(30, 150, C)) * 100
    closes = np.zeros((C, K), bool)
    closes[np.arange(C), np.arange(C) % K] = True
    more = g.random(C) < 0.35
    closes[np.nonzero(more)[0], g.integers(0, K, int(more.sum()))] = True

    wanted = 1 / np.arange(1, K + 1) ** 0.7
    count = g.choice([1, 2, 3, 4, 5], people, p=[0.25, 0.3, 0.25, 0.13, 0.07])
    key = np.log(wanted) + g.gumbel(size=(people, K))
    ranked = np.argsort(-key, axis=1)[:, :5]
    inside = np.arange(5)[None, :] < count[:, None]
    need_person, need_skill = np.repeat(np.arange(people), count), ranked[inside]
    in_order = np.lexsort((need_skill, need_person))
    need_person, need_skill = need_person[in_order], need_skill[in_order]
    done = np.zeros((people, C), bool)
    for q in np.unique(prerequisite[prerequisite >= 0]).tolist():
        done[:, q] = g.random(people) < (0.3 if name == "deep-chains" else 0.6)

    V = 0 if name == "all-online" else 1 if name == "one-venue" else max(4, people // 300)
    venue_area = (np.arange(V) * 3) % A if name == "rural" else g.integers(0, A, V)
    capacity = np.full(V, 40) if name == "one-venue" else g.choice([10, 12, 16, 20, 30], V)
    N = max(6, people // 150)
    qualified = np.zeros((N, C), bool)
    for n in range(N):
        qualified[n, g.choice(C, min(C, int(g.integers(3, 9))), replace=False)] = True
    qualified[g.integers(0, N, C), np.arange(C)] = True

    cheapest = (cost / 15 + 2000)[:, None] / np.maximum(1, closes.sum(1))[:, None] * np.ones(K)
    by_skill = np.where(closes, cheapest, np.inf).min(0)
    cover = 0.0 if name == "tight-cover" else 0.3
    return Problem(
        weeks=WEEKS, half_days_per_week=WEEK, budget=int(0.6 * by_skill[need_skill].sum()), currency="GBP", cover=cover, penalty_mode=1.0, penalty_near=2.0,
        areas=_names("a", A), organisations=_names("o", int(team_organisation.max()) + 1), teams=_names("m", teams), people=_names("p", people), skills=_names("s", K),
        courses=_names("c", C), venues=_names("v", V), trainers=_names("t", N), reach=reach, team_organisation=team_organisation, person_team=person_team, person_area=person_area,
        person_half_days=half_days, person_prefers=g.choice(3, people, p=[0.4, 0.35, 0.25]), person_free=free, course_half_days=length, course_weekly=weekly,
        course_min_group=g.integers(5, 9, C), course_max_group=g.integers(12, 21, C), course_max_group_online=g.integers(20, 41, C), course_in_person=mode != 1,
        course_online=mode > 0, course_cost_run=cost, course_cost_run_online=cost + 6000, course_cost_head=g.integers(4, 35, C) * 100, course_prerequisite=prerequisite,
        closes=closes, done=done, need_person=need_person, need_skill=need_skill, need_weight=np.where(g.random(len(need_skill)) < 0.35, 30.0, 10.0),
        venue_area=venue_area, venue_capacity=capacity, venue_cost_half_day=(capacity * 6 + 20) * 100, venue_free=np.tile(g.random((V, WEEK)) < 0.8, (1, WEEKS)),
        trainer_free=np.tile(g.random((N, WEEK)) < 0.6, (1, WEEKS)) & (g.random((N, T)) < 0.9), qualified=qualified,
        team_limit=np.maximum(1, (cover * np.array(sizes) + 1e-9).astype(np.int64)),
    )  # fmt: skip


def _names(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{i}" for i in range(count))


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.shapes")
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("people", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parquet", action="store_true")
    options = parser.parse_args()
    write_bundle(options.folder, shape(options.shape, options.people, options.seed), parquet=options.parquet)


if __name__ == "__main__":
    main()
