"""A plan from the prices of bound B, by diving: what the best fractional plan does most is done, the prices settle again, and so on.

At those prices each class of runs (a course, a start and a site) is put on in some rounds and not in others; how often lately is nearly its share in the best solution of the linear programme that the
bound comes from (Barahona and Anbil 2000), the master of a column generation over runs. The classes with the largest shares get a run for good, a few at a time; the prices of what is left settle for some rounds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .plan import Plan, Run
from .problem import ONLINE
from .tight import Descent

PART, PART_OF_LARGE, OF_A_SITE = 0.1, 0.2, 0.3
"""Of the runs that are still wanted, so many are put on at once, more in a city of over LARGE people; of those of one site, at most so many, as their shares may be shares of the same run."""
LEAST = 0.02
"""Smaller shares are none."""
ROUNDS, ROUNDS_OF_LARGE, LARGE = 40, 25, 5_000
"""Of the prices, after each time."""
FROM = 0.55
"""How far down on the way to its last step the descent begins anew each time."""
CHANCE = 0.2
"""How much shares are changed by chance, so that another seed dives elsewhere."""


def dive(root: Descent, begin: Plan, seed: int, go_on: Callable[[], bool]) -> Plan | None:
    """Runs beside those of `begin`, with nobody seated yet in any; None if `go_on` says no before it is done."""
    descent = root.apart()
    market, classes, problem = descent.market, descent.market.classes, descent.market.classes.problem
    rng = np.random.default_rng(seed)
    runs = [Run(r.course, r.start, r.venue, r.trainer, np.zeros(0, np.int64)) for r in begin.runs]
    for run in runs:
        market.put_on(
            run.course, classes.start_of(run.course, run.start), run.venue % (len(problem.venues) + 1), run.trainer
        )
    sites = len(classes.site_course)
    site_of = np.repeat(np.arange(sites), np.diff(classes.first_class))
    few = problem.qualified.sum(1)
    impossible = np.zeros(len(site_of), bool)
    often = market.memory.often
    part, rounds = (PART_OF_LARGE, ROUNDS_OF_LARGE) if len(problem.people) > LARGE else (PART, ROUNDS)
    while True:
        share = np.where(impossible | (often < LEAST), 0.0, often)
        by_site = np.bincount(site_of, weights=share, minlength=sites)
        most, room = max(1, int(part * share.sum())), np.maximum(1, np.ceil(OF_A_SITE * by_site))
        drawn = share * np.exp(rng.normal(0.0, CHANCE, len(share)))
        before = len(runs)
        for one in np.argsort(-drawn, kind="stable"):
            if share[one] <= 0 or len(runs) - before >= most:
                break
            site = int(site_of[one])
            if room[site] <= 0:
                continue
            course, venue = int(classes.site_course[site]), int(market.memory.where[one])
            start = int(one - classes.first_class[site] + classes.first_start[course])
            able = np.nonzero(market.trainer_ok[start])[0]
            if (
                not len(able)
                or not market.stand.venue_ok[start, venue]
                or problem.fixed_costs[course, venue] > market.budget
            ):
                impossible[one] = True
                continue
            slots = problem.run_slots(course, int(classes.slots[start, 0]))
            price = descent.prices.trainer[able][:, slots].sum(1)
            trainer = int(able[np.lexsort((few[able], np.round(price, 3)))[0]])
            market.put_on(course, start, venue, trainer)
            runs.append(
                Run(
                    course,
                    int(slots[0]),
                    venue if venue < len(problem.venues) else ONLINE,
                    trainer,
                    np.zeros(0, np.int64),
                )
            )
            often[one] = max(0.0, often[one] - 1.0)
            room[site] -= 1
        if len(runs) == before:
            return Plan.of(runs)
        for k in range(rounds):
            if not go_on():
                return None
            descent.step(FROM + (1 - FROM) * k / rounds)
