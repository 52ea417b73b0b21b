"""Exchange of runs: a few that have something to do with each other are called off, others are put on where people gain by it, and those it concerns move.

What a new run would give is weighed at the prices of the seats that people would leave for it (`planner.kernels.weighing`), for every start of a course at
a site at once. Every choice is drawn from one seeded generator and none looks at the clock, so that the same problem, seed and number of steps give
the same plan.
"""

from __future__ import annotations

import numpy as np

from ..problem import Bools, Ints, bits
from .seating import MORE_ROWS, Offers, Seating

FEWEST, MOST = 1, 3
"""Runs called off in one step."""
OTHER_COURSES, SITES = 1, 3
"""Beside the courses of those runs; and of each course."""
TURNS = 6
"""At most so many new runs a step."""
SLACK = 1.5
"""How much less than what somebody has a place in a new run may be worth to be offered at all, as a share of a typical need's weight."""
PUSH = 2
NEAR = 30
"""People who gain most by a new run, who may also push others on."""
LOOKED_AT, LOOK_AGAIN = 60, 2
STRAY = 0.5
"""How far below the best the search may wander, as a share of a typical need's weight; of the whole, at most WANDER."""
WANDER = 0.0006


class Exchange:
    """One step at a time on a Seating. `best` is the best plan so far by (value, less money spent)."""

    def __init__(self, seating: Seating, rng: np.random.Generator) -> None:
        self.seating, self.rng = seating, rng
        self.problem, self.classes, self.options = seating.problem, seating.classes, seating.options
        self.trainers = [np.nonzero(self.problem.qualified[:, c])[0] for c in range(len(self.problem.courses))]
        self.pinned = {(start, course, venue, trainer) for course, start, venue, trainer in self.problem.pinned}
        self.begin()
        self.best = seating.plan()
        self.best_worth = (seating.value, seating.money)

    def begin(self) -> None:
        """The seating was given another plan."""
        problem, seating = self.problem, self.seating
        self.venue_free = bits(np.concatenate([problem.venue_free, np.ones((1, problem.half_days), bool)]))
        self.trainer_free = bits(problem.trainer_free)
        for run in np.nonzero(seating.runs.off[: seating.count] == 0)[0].tolist():
            self._occupy(run)

    def full(self) -> bool:
        """No room for further runs or rows: the plan must be loaded anew."""
        seating = self.seating
        return seating.count + TURNS > len(seating.runs.start) or seating.made + MORE_ROWS // 2 > len(seating.rows.then)

    def keep_if_better(self) -> bool:
        worth = (self.seating.value, self.seating.money)
        if worth <= self.best_worth or worth[1] < 0:
            return False
        self.best, self.best_worth = self.seating.plan(), worth
        return True

    def step(self) -> bool:
        """One exchange. True when it gave a new best."""
        seating, rng = self.seating, self.rng
        runs, people = seating.runs, self.problem.people
        seating.settle_accounts()
        before, rows, count = (seating.value, seating.money), seating.made, seating.count
        there = runs.count[:count].copy()
        closed = self._choose()
        leaving = _joined([runs.members[r, : runs.count[r]] for r in closed])
        for run in closed:
            self._call_off(run)
        joining = self._put_on(closed, leaving)
        vacated = np.nonzero((runs.count[:count] < there) & (runs.off[:count] == 0))[0]
        concerned = _joined([leaving, *joining, *(seating.who_wants(r) for r in vacated.tolist())])
        seating.better(concerned, rng, passes=2, most=0)
        seating.better(_joined([leaving, *(each[:NEAR] for each in joining)]), rng, passes=2, most=PUSH)
        seating.better(concerned, rng, passes=1, most=0)
        if seating.money < 0:
            seating.afford(np.arange(len(people)) if len(people) < 2000 else concerned)
        small = [run for run in np.nonzero(seating.too_small())[0].tolist() if seating.key(run) not in self.pinned]
        for run in small:
            self._call_off(run)
        if not seating.too_small().any() and seating.money >= 0 and self._good_enough(before):
            seating.settle_accounts()
            return self.keep_if_better()
        seating.undo()
        for run in range(count, seating.count):
            if not runs.off[run]:
                self._leave(run)
            runs.off[run] = 1
        for run in {*closed, *small}:
            if run < count:
                runs.off[run] = 0
                self._occupy(run)
        seating.forget(rows, count, before)
        return False

    def _good_enough(self, before: tuple[float, float]) -> bool:
        """Better than before, or only a little worse and not far from the best."""
        seating = self.seating
        far = min(STRAY * seating.weight, WANDER * self.best_worth[0]) * float(self.rng.random())
        return (seating.value, seating.money) > before or (
            seating.value >= before[0] - far and seating.value >= self.best_worth[0] - 4 * far
        )

    # -- what goes

    def _choose(self) -> list[int]:
        """Runs that have something to do with each other: a course, a time, a trainer or a venue in common; or any."""
        runs, rng = self.seating.runs, self.rng
        on = np.nonzero(runs.off[: self.seating.count] == 0)[0]
        if self.pinned:
            on = on[[self.seating.key(run) not in self.pinned for run in on.tolist()]]
        if not len(on):
            return []
        one, kind = int(rng.choice(on)), int(rng.integers(0, 5))
        if kind == 0:
            apart = np.zeros(len(on))
        elif kind == 1:
            apart = 3.0 * (runs.course[on] != runs.course[one])
        elif kind == 2:
            day = self.classes.slots[runs.start, 0]
            apart = np.abs(day[on] - day[one]) / self.problem.half_days_per_week
        elif kind == 3:
            apart = 3.0 * (self.seating.trainer[on] != self.seating.trainer[one])
        else:
            apart = 3.0 * (runs.venue[on] != runs.venue[one]) + (runs.venue[on] == len(self.problem.venues))
        apart = apart + 1.5 * rng.random(len(on))
        nearest = on[np.argsort(apart, kind="stable")[: int(rng.integers(FEWEST, MOST + 1))]]
        return [int(run) for run in nearest]

    def _call_off(self, run: int) -> None:
        self.seating.call_off(run)
        self._leave(run)

    def _occupy(self, run: int) -> None:
        """Its trainer and venue are taken."""
        runs, meets = self.seating.runs, self.classes.bits[self.seating.runs.start[run]]
        self.trainer_free[self.seating.trainer[run]] &= ~meets
        if runs.venue[run] < len(self.problem.venues):
            self.venue_free[runs.venue[run]] &= ~meets

    def _leave(self, run: int) -> None:
        runs, meets = self.seating.runs, self.classes.bits[self.seating.runs.start[run]]
        self.trainer_free[self.seating.trainer[run]] |= meets
        if runs.venue[run] < len(self.problem.venues):
            self.venue_free[runs.venue[run]] |= meets

    # -- what comes

    def _put_on(self, closed: list[int], leaving: Ints) -> list[Ints]:
        """The best of the runs that are possible now, one by one. Answers who could gain by each, most first."""
        seating, rng = self.seating, self.rng
        price, boldness = seating.price * rng.uniform(0.8, 1.1), float(rng.choice((0.02, 0.1, 0.2)))
        offers = Offers.all([self._weigh(site, price) for site in self._sites(closed, leaving)])
        joining: list[Ints] = []
        for _turn in range(TURNS):
            offers = offers[offers.cost <= seating.money]
            rate = offers.profit / (price * offers.cost + 1e-9)
            offers = offers[np.argsort(-rate, kind="stable")[:LOOKED_AT]]
            offers = offers[np.array([self._possible(offers, i) for i in range(len(offers.cost))], bool)]
            if not len(offers.cost) or self.full():
                break
            rate = offers.profit / (price * offers.cost + 1e-9)
            best = int((rate * (1.0 + boldness * rng.standard_normal(len(rate)))).argmax())
            site, start, venue = int(offers.site[best]), int(offers.start[best]), int(offers.venue[best])
            able = self._able(int(self.classes.course[start]), start)
            run = seating.put_on(start, venue, int(able[rng.integers(len(able))]))
            self._occupy(run)
            gaining = seating.offer(run, site, SLACK * seating.weight)
            seating.chains(gaining, 0, 0.0)
            joining.append(gaining)
            # What was weighed before is mostly worth less now: look again at this site and at those that seem best.
            others = np.delete(np.arange(len(rate)), best)
            stale = sorted({site, *offers.site[others[np.argsort(-rate[others], kind="stable")[:LOOK_AGAIN]]].tolist()})
            offers = Offers.all([offers[~np.isin(offers.site, stale)], *(self._weigh(each, price) for each in stale)])
        return joining

    def _sites(self, closed: list[int], leaving: Ints) -> list[int]:
        """Where the runs were, some other sites of their courses, and of another course that the same people could take."""
        runs, classes, rng = self.seating.runs, self.classes, self.rng
        courses = {int(runs.course[run]) for run in closed}
        could = self.options.course[self.options.by_person.at(leaving)[1]] if len(leaving) else self.options.course
        wanted = np.bincount(could, minlength=len(self.problem.courses)) * rng.random(len(self.problem.courses))
        wanted[sorted(courses)] = 0.0
        others = [int(c) for c in np.argsort(-wanted, kind="stable")[:OTHER_COURSES] if wanted[c] > 0]
        sites = {int(classes.site_of[runs.course[run], runs.venue[run]]) for run in closed}
        for course in sorted(courses) + others:
            of = np.arange(classes.first_site[course], classes.first_site[course + 1])
            sites |= set(rng.permutation(of)[:SITES].tolist())
        return sorted(sites)

    def _weigh(self, site: int, price: float) -> Offers:
        course = int(self.classes.site_course[site])
        first, last = self.classes.first_start[course], self.classes.first_start[course + 1]
        meets, free = self.classes.bits[first:last], self.trainer_free[self.trainers[course]]
        staffed: Bools = np.any(~(meets[None] & ~free[:, None]).any(2), axis=0)
        return self.seating.weigh(site, staffed, self.venue_free, price)

    def _able(self, course: int, start: int) -> Ints:
        """Trainers who can give it then."""
        among: Ints = self.trainers[course]
        found: Ints = among[~(self.classes.bits[start] & ~self.trainer_free[among]).any(1)]
        return found

    def _possible(self, offers: Offers, i: int) -> bool:
        start = int(offers.start[i])
        taken = (self.classes.bits[start] & ~self.venue_free[offers.venue[i]]).any()
        return not taken and len(self._able(int(self.classes.course[start]), start)) > 0


def _joined(several: list[Ints]) -> Ints:
    return np.unique(np.concatenate([np.zeros(0, np.int64), *several]))
