"""The product's own checker: does a plan keep every hard rule, and what is it worth?

It shares no code with the search and is written rule by rule in the order of docs/planning.md. It takes nothing from a
plan but the runs and their people.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .plan import Plan, Run
from .problem import FAR, IN_PERSON_PREFERRED, NEAR, ONLINE, ONLINE_PREFERRED, Problem


@dataclass(frozen=True, slots=True)
class Check:
    """What the checker found. `cost` is in hundredths, and so is `own_money`, what organisations pay of it from their own budgets; `faults` say which rule is broken where, in words."""

    faults: tuple[str, ...]
    value: float
    cost: int
    own_money: int
    needs_met: int
    needs: int
    runs: int
    places: int

    @property
    def feasible(self) -> bool:
        return not self.faults


def check(problem: Problem, plan: Plan) -> Check:
    """Every rule of docs/planning.md, counted afresh."""
    faults: list[str] = []
    week, T = problem.half_days_per_week, problem.half_days
    taken = [np.zeros(0, np.int64)]
    """Every half-day that a place takes of somebody, as person × T + half-day: there are far fewer than people times half-days."""
    venue_busy = np.zeros((len(problem.venues), T), np.int16)
    trainer_busy = np.zeros((len(problem.trainers), T), np.int16)
    first = np.full((len(problem.people), len(problem.courses)), -1, np.int16)
    last = np.full_like(first, -1)
    cost, penalty = 0, 0.0
    owed = Counter[int]()

    for number, run in enumerate(plan.runs):
        name = f"run r{number} ({problem.courses[run.course]})"
        length = int(problem.course_half_days[run.course])
        step = week if problem.course_weekly[run.course] else 1
        if run.start < 0 or run.start + step * (length - 1) >= T:
            faults.append(f"{name}: outside the term.")
            continue
        slots = np.array([run.start + step * i for i in range(length)])
        if step == 1 and slots[0] // week != slots[-1] // week:
            faults.append(f"{name}: crosses the end of a week.")
        if problem.course_free is not None and not problem.course_free[run.course, slots].all():
            faults.append(f"{name}: the course may not meet then.")
        people, count = run.people, len(run.people)

        # 1. people are free; one place at a time and hours are counted below
        for p in people[~problem.person_free[np.ix_(people, slots)].all(1)].tolist():
            faults.append(f"{name}: {problem.people[p]} is not free.")
        again = people[first[people, run.course] >= 0].tolist()
        taken.append((people[:, None] * T + slots).ravel())
        if len(np.unique(people)) < len(people):
            again += [p for p, n in Counter(people.tolist()).items() if n > 1]
        for p in again:
            faults.append(f"{name}: {problem.people[p]} takes the course twice.")
        first[people, run.course], last[people, run.course] = slots[0], slots[-1]

        # 2. reach and mode; 5. group
        prefers = problem.person_prefers[people]
        if run.venue == ONLINE:
            if not problem.course_online[run.course]:
                faults.append(f"{name}: the course is not offered online.")
            most = int(problem.course_max_group_online[run.course])
            spent = int(problem.course_cost_run_online[run.course])
            penalty += problem.penalty_mode * int((prefers == IN_PERSON_PREFERRED).sum())
        else:
            if not problem.course_in_person[run.course]:
                faults.append(f"{name}: the course is not offered in person.")
            reach = problem.reach[problem.person_area[people], problem.venue_area[run.venue]]
            for p in people[reach == FAR].tolist():
                faults.append(f"{name}: {problem.people[p]} cannot reach {problem.venues[run.venue]}.")
            if problem.person_access is not None and problem.venue_features is not None:
                for p in people[(problem.person_access[people] & ~problem.venue_features[run.venue]) != 0].tolist():
                    faults.append(f"{name}: {problem.venues[run.venue]} lacks what {problem.people[p]} needs.")
            most = min(int(problem.course_max_group[run.course]), int(problem.venue_capacity[run.venue]))
            spent = int(problem.course_cost_run[run.course]) + length * int(problem.venue_cost_half_day[run.venue])
            penalty += problem.penalty_near * int((reach == NEAR).sum()) + problem.penalty_mode * int(
                (prefers == ONLINE_PREFERRED).sum()
            )
            if not problem.venue_free[run.venue, slots].all():
                faults.append(f"{name}: the venue {problem.venues[run.venue]} is not free.")
            venue_busy[run.venue, slots] += 1
        spent += count * int(problem.course_cost_head[run.course])
        cost += spent
        if problem.own_budget is not None:
            owed.update(_owed(problem, run, spent))
        if count < problem.course_min_group[run.course]:
            faults.append(f"{name}: {count} places, below the minimum group of {problem.course_min_group[run.course]}.")
        most = int(np.floor(most * (1 - problem.held_back) + 1e-9))
        if count > most:
            faults.append(f"{name}: {count} places, above the limit of {most}.")

        # 6. the trainer
        if not problem.qualified[run.trainer, run.course]:
            faults.append(f"{name}: {problem.trainers[run.trainer]} is not qualified.")
        if not problem.trainer_free[run.trainer, slots].all():
            faults.append(f"{name}: the trainer {problem.trainers[run.trainer]} is not free.")
        trainer_busy[run.trainer, slots] += 1

    half_days, times = np.unique(np.concatenate(taken), return_counts=True)
    person, half_day = np.divmod(half_days, T)
    twice = np.nonzero(times > 1)[0]
    for label, names, clashes in (
        ("person", problem.people, np.column_stack([person[twice], half_day[twice]])),
        ("venue", problem.venues, np.argwhere(venue_busy > 1)),
        ("trainer", problem.trainers, np.argwhere(trainer_busy > 1)),
    ):
        for i, t in clashes.tolist():
            faults.append(f"{label} {names[i]}: in two places in half-day {t}.")
    hours = np.bincount(np.repeat(person, times), minlength=len(problem.people))
    for p in np.nonzero(hours > problem.person_half_days)[0].tolist():
        faults.append(
            f"person {problem.people[p]}: {hours[p]} half-days, more than the {problem.person_half_days[p]} to spare."
        )

    # 3. prerequisites
    for c, q in enumerate(problem.course_prerequisite.tolist()):
        if q >= 0:
            bad = (first[:, c] >= 0) & ~problem.done[:, q] & ~((last[:, q] >= 0) & (last[:, q] < first[:, c]))
            for p in np.nonzero(bad)[0].tolist():
                faults.append(
                    f"person {problem.people[p]}: {problem.courses[c]} before its prerequisite {problem.courses[q]}."
                )

    # 4. team cover
    away = np.zeros((len(problem.teams), T), np.int32)
    np.add.at(away, (problem.person_team[person], half_day), times)
    for team, t in np.argwhere(away > problem.team_limit[:, None]).tolist():
        faults.append(
            f"team {problem.teams[team]}: {away[team, t]} away in half-day {t}, the most is {problem.team_limit[team]}."
        )

    # what was asked for
    held = {run.key() for run in plan.runs}
    for course, start, venue, trainer in problem.pinned:
        if (start, course, venue, trainer) not in held:
            faults.append(f"{problem.courses[course]} in half-day {start} was pinned, and does not take place.")

    # 7. money
    own = 0 if problem.own_budget is None else sum(min(n, int(problem.own_budget[o])) for o, n in owed.items())
    if cost > problem.budget + own:
        besides = f" and the {problem.money(own)} that organisations pay for their own people" if own else ""
        faults.append(
            f"the plan costs {problem.money(cost)}, more than the budget of {problem.money(problem.budget)}{besides}."
        )

    closed = np.zeros(len(problem.need_person), bool)
    for c in range(len(problem.courses)):
        closed |= (first[problem.need_person, c] >= 0) & problem.closes[c, problem.need_skill]
    value = float(problem.need_weight[closed].sum()) - penalty
    return Check(tuple(faults), value, cost, own, int(closed.sum()), len(closed), len(plan.runs), plan.places())


def _owed(problem: Problem, run: Run, spent: int) -> dict[int, int]:
    """What each organisation owes for a run: a place's equal share for each of its places, cut to whole hundredths; the hundredths left go one each to those of whom most was
    cut off, and among equals to the first by name."""
    places = Counter(problem.team_organisation[problem.person_team[run.people]].tolist())
    if not places:
        return {}
    equal = Fraction(spent, places.total())
    owed = {o: int(equal * n) for o, n in places.items()}
    most_cut = sorted(places, key=lambda o: (owed[o] - equal * places[o], problem.organisations[o]))
    for o in most_cut[: spent - sum(owed.values())]:
        owed[o] += 1
    return owed
