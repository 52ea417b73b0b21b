"""Who pays what: the cost of each run shared equally by the places taken in it, to the penny."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .plan import Plan
from .problem import Problem


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
