"""Who sits where in the runs of a plan, as rows: sets of runs that everybody could take (`planner.kernels`).

Seats get prices (a Lagrangian on how many there are); at those prices everybody takes the row worth most to them. Needs weigh alike for many people, so
that very many seatings are equally good and prices alone would choose none of them: a little noise on what a place is worth makes one the best, and
what people then choose in the later rounds is nearly a seating. Chains of moves mend it, and whoever loses least for it takes something cheaper until
the money does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..classes import Classes
from ..kernels import moves, rows, weighing
from ..kernels.moves import Seats
from ..kernels.rows import City, Rows, Runs
from ..plan import Plan, Run
from ..problem import ONLINE, Bools, Ints, bits

MOST_SETS = 100
"""Of one person."""
SPREAD = 0.3
"""Everybody chooses among two runs of a course, the one they are in and another: that of the lowest price, which counts up to so much more by chance, as a share of a typical need's weight."""
ROUNDS, ROUNDS_AGAIN = 300, 60
"""In which prices of seats settle: from nothing, and from what they were when everybody was last seated."""
NOISE = 0.1
"""How much a place's worth may be more, as a share of a typical need's weight."""
FIRST_STEP, AGAIN_STEP, LAST_STEP = 0.15, 0.05, 0.0025
"""How far a round moves a seat's price, as such a share: at first from nothing, at first from what it was, and in the end."""
CHAIN = 4
"""How many others a person's move may push on, one by one."""
PASSES = 8
AGAIN = 4
"""So many times everybody is seated anew in runs that had nobody."""
MOST_NEW = 160
"""Runs that can be opened until everything is listed anew."""
MORE_ROWS = 60_000


class Seating:
    """The seating of one plan at a time. `value` and `money` are what it amounts to; nobody is seated where there is no room."""

    def __init__(self, classes: Classes, price: float) -> None:
        """`price`: of money, in points for a hundredth, to begin with."""
        problem, options = classes.problem, classes.options
        self.problem, self.options, self.classes, self.price = problem, options, classes, price
        first = np.searchsorted(problem.need_person, np.arange(len(problem.people) + 1))
        bit = np.arange(len(problem.need_person)) - first[problem.need_person]
        self.runs: Runs
        self.rows: Rows
        self.seats: Seats
        self.sizes = np.zeros(2, np.int64)
        """How many runs and rows there are."""
        self.weight = float(np.median(problem.need_weight)) if len(bit) else 0.0
        self.limits, self.fixed = problem.group_limits, problem.fixed_costs
        self.least = np.maximum(1, problem.course_min_group)
        self._city = City(
            bits(problem.person_free), problem.person_half_days.copy(), problem.person_team, problem.kinds, options.by_person.start, options.by_person.items, options.person,
            options.course, options.requires, options.needs.start, options.needs.items, problem.need_weight, np.where(bit < 64, bit, -1), problem.penalties, classes.slots,
            classes.length, classes.bits,
        )  # fmt: skip

    # -- a plan in, a plan out

    def load(self, plan: Plan, seed: int, *, anew: bool = True, free_only: bool = False) -> None:
        """Takes a plan, and unless told otherwise seats everybody anew where that is better; runs that come to less than their smallest group are called off then, unless they are pinned.
        Money may be below nothing only if it was so before.

        `free_only`: nobody is offered another run of a course unless it has seats left.
        """
        known = self._known_prices() if anew else {}
        if self.sizes.any():
            del self.rows, self.seats  # before as many are made again
        self._list_runs(plan)
        now = self._hold(plan)
        self._list_rows(plan, now, seed, known, free_only=free_only)
        had = np.where(self._has_set, self._own, -1)
        self._sit(had)
        if anew and len(plan.runs):
            before = (self.money >= 0 and not self.too_small().any(), self.value, self.money)
            self._seat_anew(len(plan.runs), seed, again=bool(known))
            self.call_off_too_small()
            if (self.money >= 0 and not self.too_small().any(), self.value, self.money) < before:
                self.runs.off[: len(plan.runs)] = 0
                self._sit(had)
        self._list_who_wants()

    def plan(self) -> Plan:
        runs, out = self.runs, []
        for r in np.nonzero(runs.off[: self.count] == 0)[0].tolist():
            people = np.concatenate([runs.members[r, : runs.count[r]], self._held.get(r, np.zeros(0, np.int64))])
            if len(people):
                start, course, venue, trainer = self.key(r)
                out.append(Run(course, start, venue, trainer, np.sort(people)))
        return Plan.of(out)

    @property
    def count(self) -> int:
        return int(self.sizes[0])

    @property
    def made(self) -> int:
        return int(self.sizes[1])

    @property
    def value(self) -> float:
        return float(self.seats.sums[0])

    @property
    def money(self) -> float:
        return float(self.seats.sums[1])

    def too_small(self) -> Bools:
        """[runs] of those that are on."""
        runs, n = self.runs, self.count
        found: Bools = (runs.off[:n] == 0) & (runs.count[:n] < runs.least[:n])
        return found

    def key(self, run: int) -> tuple[int, int, int, int]:
        """As `Run.key`."""
        runs, venue = self.runs, int(self.runs.venue[run])
        where = venue if venue < len(self.problem.venues) else ONLINE
        return int(self.classes.slots[runs.start[run], 0]), int(runs.course[run]), where, int(self.trainer[run])

    def worth(self, run: int) -> float:
        """Its part of what its people have: of each, as much for every run they are in."""
        mine = self.seats.row[self.runs.members[run, : self.runs.count[run]]]
        many = (self.rows.runs[mine] >= 0).sum(1)
        return float((self.rows.worth[mine] / many).sum())

    def cost(self, run: int) -> float:
        """In hundredths."""
        return self._fixed_cost(run) + float(self.runs.head[run]) * int(self.runs.count[run])

    # -- what people do

    def chains(self, order: Ints, most: int, floor: float) -> float:
        return moves.chains(order, most, floor, self.city, self.runs, self.rows, self.seats)

    def better(
        self, people: Ints, rng: np.random.Generator, *, passes: int = PASSES, most: int = CHAIN, floor: float = 0.0
    ) -> None:
        """These people better themselves, as long as they can and at most so many times round."""
        for _ in range(passes):
            if self.chains(rng.permutation(people), most, floor) < 1e-6:
                break

    def afford(self, people: Ints) -> float:
        """Down to the money there is. Answers the price at which it could be had, 0 where there was enough."""
        return moves.afford(people, np.zeros(len(people)), self.city, self.runs, self.rows, self.seats)

    def settle_accounts(self) -> None:
        """No way back behind this."""
        self.seats.sums[2] = 0

    def undo(self) -> None:
        """Back to where accounts were last settled."""
        moves.undo(0, self.city, self.runs, self.rows, self.seats)

    def at_price(self, price: float) -> None:
        """Another price of money."""
        self.price, n = price, self.made
        self.rows.net[:n] = self.rows.worth[:n] - price * self.rows.cost[:n]
        rows.sort_rows(self._first, self.rows)

    def fill(self, rng: np.random.Generator) -> None:
        """Whatever money is left goes into free seats, at no price."""
        price = self.price
        self.at_price(0.0)
        self.better(np.arange(len(self.problem.people)), rng)
        self.settle_accounts()
        self.at_price(price)

    # -- runs that come and go

    def call_off(self, run: int) -> None:
        """Whoever sits there takes the best of what else is free."""
        moves.evict(run, self.city, self.runs, self.rows, self.seats)
        self._spend(-self._fixed_cost(run))

    def call_off_too_small(self) -> None:
        """Runs that come to less than their smallest group, unless they are pinned; whoever leaves one may leave another too small."""
        pinned = self.problem.pinned_keys
        while small := [run for run in np.nonzero(self.too_small())[0].tolist() if self.key(run) not in pinned]:
            self.call_off(small[0])
        self.settle_accounts()

    def offer(self, run: int, site: int, slack: float) -> Ints:
        """Lists a new run for all at its site to whom it is worth at most `slack` less than what they have. Answers who, whoever gains most first."""
        classes = self.classes
        first, last = classes.first_seat[site], classes.first_seat[site + 1]
        people, gains = np.zeros(last - first, np.int64), np.zeros(last - first)
        n, self.sizes[1] = weighing.add_rows(
            run, first, last, self.price, slack, self.made, classes.seat_option, classes.seat_penalty, people, gains, self.city, self.runs, self.rows, self.seats
        )  # fmt: skip
        return people[:n][np.argsort(-gains[:n], kind="stable")]

    def _fixed_cost(self, run: int) -> int:
        return int(self.fixed[self.runs.course[run], self.runs.venue[run]])

    def _spend(self, hundredths: int) -> None:
        self.seats.sums[1] -= hundredths

    # -- how it is made

    def _list_runs(self, plan: Plan) -> None:
        problem, V = self.problem, len(self.problem.venues)
        n = len(plan.runs)
        self.sizes[0], size = n, n + MOST_NEW

        def column(values: list[int]) -> Ints:
            return np.concatenate([np.array(values, np.int64), np.zeros(size - n, np.int64)])

        start = column([self.classes.start_of(run.course, run.start) for run in plan.runs])
        course, venue = column([run.course for run in plan.runs]), column([run.venue % (V + 1) for run in plan.runs])
        self.trainer = column([run.trainer for run in plan.runs])
        self.limit = self.limits[course, venue].copy()
        off = np.ones(size, np.int8)
        off[:n] = 0
        most = max(int(self.limits.max(initial=0)), max((len(run.people) for run in plan.runs), default=0)) + 2
        self.runs = Runs(
            start, course, venue, self.limit.copy(), np.zeros(size, np.int64), np.zeros((size, most), np.int64), self.least[course], np.zeros(size),
            problem.course_cost_head[course].astype(float), off,
        )  # fmt: skip
        self.fixed_spent = int(self.fixed[course[:n], venue[:n]].sum())

    def _hold(self, plan: Plan) -> Ints:
        """[options] the run in which each is taken, or -1. Places that no row can hold are held as they are: of whom the course gives nothing, and of people
        with more courses than a row has."""
        problem = self.problem
        now = np.full(len(self.options), -1)
        everybody = np.concatenate([np.zeros(0, np.int64), *(run.people for run in plan.runs)])
        many = np.bincount(everybody, minlength=len(problem.people)) > rows.MOST_COURSES
        self._has_set = np.zeros(len(many), bool)
        self._held: dict[int, Ints] = {}
        self._away = np.zeros((len(problem.teams), problem.half_days), np.int32)
        self.city = self._city
        for i, run in enumerate(plan.runs):
            option = self.options.find(run.course, run.people)
            held = (option < 0) | many[run.people]
            now[option[~held]] = i
            self._has_set[run.people[~held]] = True
            if held.any():
                self._hold_in(i, run.people[held], problem.run_slots(run.course, run.start))
        if many.any():
            self.city.spare[many] = 0
        apart = Plan(tuple(replace(plan.runs[i], people=people) for i, people in self._held.items()))
        self._worth_apart = apart.value(problem)
        self._money = (
            problem.budget
            - self.fixed_spent
            - sum(len(r.people) * int(problem.course_cost_head[r.course]) for r in apart.runs)
        )
        return now

    def _hold_in(self, i: int, people: Ints, slots: Ints) -> None:
        if self.city is self._city:
            self.city = self._city._replace(free=self._city.free.copy(), spare=self._city.spare.copy())
        self._held[i] = people
        for array in (self.limit, self.runs.seats, self.runs.least):
            array[i] -= len(people)
        np.add.at(self._away, (self.problem.person_team[people][:, None], slots[None, :]), 1)
        self.city.free[people] &= ~self.classes.bits[self.runs.start[i]]
        self.city.spare[people] -= len(slots)

    def _list_rows(
        self, plan: Plan, now: Ints, seed: int, known: dict[tuple[int, int, int, int], float], *, free_only: bool
    ) -> None:
        P, n = len(self.problem.people), len(plan.runs)
        taken = np.bincount(now[now >= 0], minlength=len(self.runs.seats))
        self.runs.seats[:] = self.limit - taken  # as it is now, to see where seats are left
        self.runs.price[:n] = [known.get(self.key(r), 0.0) for r in range(n)]
        by_course = np.argsort(self.runs.course[:n], kind="stable")
        first_run = np.searchsorted(self.runs.course[:n][by_course], np.arange(len(self.problem.courses) + 1))
        drawn = (MOST_SETS, SPREAD * self.weight, free_only, seed % 1_000_003, now, first_run, by_course, self.price)
        self._first = np.zeros(P + 1, np.int64)
        rows.list_rows(False, *drawn, self._first, self.city, self.runs, _rows(0, 0))
        self.sizes[1] = self._first[-1]
        self.rows = _rows(P, self.made + min(self.made // 2, MORE_ROWS * 4) + MORE_ROWS)
        rows.list_rows(True, *drawn, self._first, self.city, self.runs, self.rows)
        self._own = np.zeros(P, np.int64)
        rows.best_first(self._first, self._own, self.rows)
        rows.sort_rows(self._first, self.rows)

    def _sit(self, wanted: Ints) -> None:
        """Everybody in these rows (-1: in none)."""
        problem = self.problem
        self.runs.seats[:], self.runs.count[:] = self.limit, 0
        self.seats = Seats(
            np.full(len(problem.people), -1), (problem.team_limit[:, None] - self._away).astype(np.int32), np.array([self._worth_apart, self._money, 0.0]),
            np.zeros((max(200_000, 4 * len(problem.people)), 2), np.int64),
        )  # fmt: skip
        moves.sit(wanted, self.city, self.runs, self.rows, self.seats)

    def _known_prices(self) -> dict[tuple[int, int, int, int], float]:
        """Of a seat in each run that is on, by `key`."""
        if not self.count:
            return {}
        return {
            self.key(r): float(self.runs.price[r]) for r in np.nonzero(self.runs.off[: self.count] == 0)[0].tolist()
        }

    def _seat_anew(self, n: int, seed: int, *, again: bool) -> None:
        """`again`: prices of seats begin as they are."""
        often, first = np.zeros(len(self.rows.then)), self._first
        price = self.runs.price[:n].copy()
        rounds, step = (ROUNDS_AGAIN, AGAIN_STEP) if again else (ROUNDS, FIRST_STEP)
        rows.settle(first, self.rows.net, self.rows.runs, self.limit[:n], NOISE * self.weight, seed % 1_000_003, rounds, step * self.weight, LAST_STEP * self.weight, price, often, np.zeros(self.made), np.zeros((3, n)))  # fmt: skip
        self.runs.price[:n] = price
        self._sit(np.full(len(self.problem.people), -1))
        most = np.maximum.reduceat(np.append(often[: self.made], 0.0), first[:-1]) * (np.diff(first) > 0)
        moves.sit_down(np.argsort(-most, kind="stable"), price, often, self.city, self.runs, self.rows, self.seats)
        rng, everybody = np.random.default_rng(seed), np.arange(len(self.problem.people))
        self.better(everybody, rng, floor=-np.inf)
        self.settle_accounts()
        dearer = self.afford(everybody)
        self.settle_accounts()
        if dearer > self.price:
            usual = self.price
            self.at_price(dearer)
            self.better(everybody, rng)
            self.settle_accounts()
            self.at_price(usual)

    def _list_who_wants(self) -> None:
        first = np.zeros(len(self.runs.start) + 1, np.int64)
        rows.who_want(False, first, np.zeros(0, np.int64), self.rows)
        np.cumsum(first, out=first)
        people = np.zeros(int(first[-1]), np.int64)
        rows.who_want(True, first, people, self.rows)
        self.who_want = (first, people)
        """Who has a run in one of their rows: `people[first[run]:first[run + 1]]`."""


def seated(classes: Classes, price: float, runs: Plan, seed: int) -> Plan | None:
    """People in runs that have none yet; None where that cannot be (pinned runs stay too small)."""
    seating = Seating(classes, price)
    seating.load(runs, seed)
    for k in range(AGAIN):
        seating.load(seating.plan(), seed + k + 1)
    return None if seating.money < 0 or seating.too_small().any() else seating.plan()


def _rows(people: int, size: int) -> Rows:
    return Rows(
        np.full(people, -1), np.full(size, -1), np.zeros(size, np.int64), np.full((size, rows.MOST_COURSES), -1, np.int32), np.zeros(size), np.zeros(size),
        np.zeros(size), np.zeros(size, np.uint64),
    )  # fmt: skip
