"""Who pays what: the cost of each run shared equally by the places taken in it, to the penny; and whether anybody would pay less without the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .plan import Plan
from .problem import Ints, Problem


@dataclass(frozen=True, slots=True)
class Share:
    """What a plan means for one organisation. `cost` is in hundredths; the shares of a plan add up to its cost."""

    organisation: str
    people: int
    people_placed: int
    places: int
    needs: int
    needs_met: int
    cost: int


def shares(problem: Problem, plan: Plan) -> list[Share]:
    """One share an organisation, in the order of the problem."""
    count = len(problem.organisations)
    owner = problem.person_organisation
    cost = np.zeros(count, np.int64)
    places = np.zeros(count, np.int64)
    placed = np.zeros(len(problem.people), bool)
    for run in plan.runs:
        taken = np.bincount(owner[run.people], minlength=count)
        places += taken
        placed[run.people] = True
        total = problem.run_cost(run.course, run.venue, len(run.people))
        for organisation, amount in split(
            total, {o: int(taken[o]) for o in np.nonzero(taken)[0].tolist()}, problem.organisations
        ).items():
            cost[organisation] += amount
    met = plan.met(problem)
    needs = owner[problem.need_person]
    return [
        Share(name, *(int(column[o]) for column in (
            np.bincount(owner, minlength=count), np.bincount(owner[placed], minlength=count), places,
            np.bincount(needs, minlength=count), np.bincount(needs[met], minlength=count), cost)))
        for o, name in enumerate(problem.organisations)
    ]  # fmt: skip


def own_money(problem: Problem, plan: Plan) -> int:
    """What organisations pay of a plan from their own budgets, in hundredths."""
    if problem.own_budget is None:
        return 0
    paid = np.array([each.cost for each in shares(problem, plan)], np.int64)
    return int(np.minimum(paid, problem.own_budget).sum())


def left_over(problem: Problem, plan: Plan) -> int:
    """Money that is left, below nothing where the plan costs too much, in hundredths."""
    return problem.budget + own_money(problem, plan) - plan.cost(problem)


def split(total: int, places: dict[int, int], names: tuple[str, ...]) -> dict[int, int]:
    """`total` hundredths over organisations by their places: whole hundredths, largest remainder first, ties by name."""
    everyone = sum(places.values())
    if not everyone:
        return {}
    exact = {o: divmod(total * n, everyone) for o, n in places.items()}
    out = {o: whole for o, (whole, _) in exact.items()}
    left = total - sum(out.values())
    for o in sorted(exact, key=lambda o: (-exact[o][1], names[o]))[:left]:
        out[o] += 1
    return out


# -- the stand-alone test


@dataclass(frozen=True, slots=True)
class StandAlone:
    """What an organisation pays for its places in a course, and what it would pay without the others; in hundredths.

    `transfer` is what it should be given by the others in that course (negative: give them), so that nobody pays more than without the others. Where all others
    together gain too little for that, `unmended` is what is still too much.
    """

    organisation: str
    course: str
    places: int
    pays: int
    alone: int
    transfer: int = 0
    unmended: int = 0

    @property
    def fails(self) -> bool:
        return self.pays > self.alone


def stand_alone(problem: Problem, plan: Plan) -> list[StandAlone]:
    """The test course by course, for every organisation with places in it; in the order of courses, then organisations. Whoever could not have a course at all by themselves
    pays what they pay."""
    owner = problem.person_organisation
    pays: dict[tuple[int, int], int] = {}
    places: dict[tuple[int, int], list[Ints]] = {}
    for run in plan.runs:
        taken = np.bincount(owner[run.people], minlength=len(problem.organisations))
        mine = {o: int(taken[o]) for o in np.nonzero(taken)[0].tolist()}
        for o, amount in split(
            problem.run_cost(run.course, run.venue, len(run.people)), mine, problem.organisations
        ).items():
            pays[run.course, o] = pays.get((run.course, o), 0) + amount
            places.setdefault((run.course, o), []).append(run.people[owner[run.people] == o])
    out: list[StandAlone] = []
    for course in sorted({course for course, _ in pays}):
        rows = []
        for o in sorted(o for c, o in pays if c == course):
            people, paid = np.concatenate(places[course, o]), pays[course, o]
            alone = cost_alone(problem, course, people)
            name = problem.organisations[o]
            rows.append(StandAlone(name, problem.courses[course], len(people), paid, paid if alone is None else alone))
        out += _mended(rows)
    return out


def cost_alone(problem: Problem, course: int, people: Ints) -> int | None:
    """What places in a course would cost these people by themselves, in hundredths: the cheaper of runs of their own (where they are enough for the smallest
    group), in the cheapest venue in reach of any of them or online, and the list price a seat: what a run of the smallest group costs each. None where it could not be held for them anywhere (any more)."""
    n, head = len(people), int(problem.course_cost_head[course])
    least = max(1, int(problem.course_min_group[course]))
    reach = (problem.group_limits[course] > 0) & (problem.penalties[problem.kinds[people]] < np.inf).any(0)
    ways = []
    for v in np.nonzero(reach)[0].tolist():
        fixed = int(problem.fixed_costs[course, v])
        ways.append(
            -(-fixed * n // least) + head * n
        )  # a seat's list price, rounded up to whole hundredths for all of them
        runs = -(-n // int(problem.group_limits[course, v]))
        if n >= runs * least:
            ways.append(runs * fixed + head * n)
    return min(ways) if ways else None


def _mended(rows: list[StandAlone]) -> list[StandAlone]:
    """Those who gain by pooling give to those who lose, by how much they gain: whole hundredths, largest remainder first, ties by organisation."""
    lost = {i: row.pays - row.alone for i, row in enumerate(rows) if row.pays > row.alone}
    gained = {i: row.alone - row.pays for i, row in enumerate(rows) if row.pays < row.alone}
    names = tuple(row.organisation for row in rows)
    given = min(sum(lost.values()), sum(gained.values()))
    gets, gives = split(given, lost, names), split(given, gained, names)
    return [
        replace(row, transfer=gets.get(i, 0) - gives.get(i, 0), unmended=lost.get(i, 0) - gets.get(i, 0))
        for i, row in enumerate(rows)
    ]
