"""The best plan of a tiny city, by trying everything. Slow, plain, and nothing of the planner's own is used but the Problem."""

from __future__ import annotations

import itertools
from collections import Counter

from moothall.planner import ONLINE, Problem


def best_value(problem: Problem) -> float:
    """Every set of runs that can stand beside each other, and for each every way to seat people."""
    best = 0.0
    candidates = list(_candidates(problem))
    stack: list[tuple[int, list[tuple[int, int, int, int, tuple[int, ...]]]]] = [(0, [])]
    while stack:
        index, runs = stack.pop()
        if runs:
            best = max(best, _best_seating(problem, runs))
        for i in range(index, len(candidates)):
            if all(_beside(candidates[i], run) for run in runs):
                stack.append((i, [*runs, candidates[i]]))
    return best


def _candidates(problem: Problem):
    week, term = problem.half_days_per_week, problem.weeks * problem.half_days_per_week
    for c in range(len(problem.courses)):
        for start in range(term):
            step = week if problem.course_weekly[c] else 1
            slots = tuple(start + step * i for i in range(int(problem.course_half_days[c])))
            if slots[-1] >= term or (step == 1 and slots[-1] // week != start // week):
                continue
            for t in range(len(problem.trainers)):
                if not problem.qualified[t, c] or not all(problem.trainer_free[t, s] for s in slots):
                    continue
                if problem.course_online[c]:
                    yield c, start, ONLINE, t, slots
                for v in range(len(problem.venues)):
                    if problem.course_in_person[c] and all(problem.venue_free[v, s] for s in slots):
                        yield c, start, v, t, slots


def _beside(a, b) -> bool:
    overlap = set(a[4]) & set(b[4])
    return not overlap or (a[3] != b[3] and (a[2] == ONLINE or a[2] != b[2]))


def _best_seating(problem: Problem, runs) -> float:
    choices = [list(_person_choices(problem, p, runs)) for p in range(len(problem.people))]
    best = -1.0
    for picked in itertools.product(*choices):
        value = sum(each[1] for each in picked)
        if value <= best:
            continue
        groups = Counter(i for each in picked for i in each[0])
        away = Counter(
            (int(problem.person_team[p]), s) for p, each in enumerate(picked) for i in each[0] for s in runs[i][4]
        )
        cost = 0
        for i, (c, _, v, _, slots) in enumerate(runs):
            n = groups[i]
            if v == ONLINE:
                most, fixed = problem.course_max_group_online[c], problem.course_cost_run_online[c]
            else:
                most = min(problem.course_max_group[c], problem.venue_capacity[v])
                fixed = problem.course_cost_run[c] + len(slots) * problem.venue_cost_half_day[v]
            if not (max(1, problem.course_min_group[c]) <= n <= most):
                break
            cost += fixed + n * problem.course_cost_head[c]
        else:
            sizes = Counter(problem.person_team.tolist())
            if cost <= problem.budget and all(
                n <= max(1, int(problem.cover * sizes[team] + 1e-9)) for (team, _), n in away.items()
            ):
                best = value
    return best


def _person_choices(problem: Problem, p: int, runs):
    for size in range(len(runs) + 1):
        for picked in itertools.combinations(range(len(runs)), size):
            slots = [s for i in picked for s in runs[i][4]]
            courses = [runs[i][0] for i in picked]
            if (
                len(set(slots)) < len(slots)
                or len(set(courses)) < len(courses)
                or len(slots) > problem.person_half_days[p]
            ):
                continue
            if not all(problem.person_free[p, s] for s in slots):
                continue
            value, ok = 0.0, True
            for i in picked:
                c, start, v, _, _ = runs[i]
                q = int(problem.course_prerequisite[c])
                ended = [runs[j][4][-1] for j in picked if runs[j][0] == q]
                ok &= q < 0 or bool(problem.done[p, q]) or (bool(ended) and ended[0] < start)
                if v == ONLINE:
                    value -= problem.penalty_mode * (problem.person_prefers[p] == 1)
                else:
                    reach = problem.reach[problem.person_area[p], problem.venue_area[v]]
                    ok &= reach < 2
                    value -= problem.penalty_near * (reach == 1) + problem.penalty_mode * (
                        problem.person_prefers[p] == 2
                    )
            if ok:
                for n in range(len(problem.need_person)):
                    if problem.need_person[n] == p and any(problem.closes[c, problem.need_skill[n]] for c in courses):
                        value += problem.need_weight[n]
                yield picked, value
