"""Building runs: the best run of a course at a location now, and the greedy that puts on the best of all until money ends.

A location is ONLINE or an area (its venues differ in size and price). For one course and location all starts are
weighed at once: people in order of what a place gives them, a row a start, a running count along the row.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ..problem import FAR, ONLINE, Bools, Floats, Ints
from .state import State

ROWS_TRIED = 3
ANY_TIME = 0.1
"""How often a step hardly looks at how many can come at a time: a prerequisite early with few may be worth it."""
GUESS = 1.1
"""How much better than last time a site may be now, when a step rebuilds around it."""
KEEP_BACK = 0.2
"""How often some people are kept back from the new runs of a step."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A run that could be opened now. `score` is points for a hundredth of money, all counted."""

    score: float
    course: int
    start: int
    venue: int
    trainer: int
    options: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A course at a location: the venues that serve, and the options in reach with what each loses there."""

    course: int
    venues: tuple[int, ...]
    options: Ints
    penalty: Floats


class Builder:
    """Reads a State, and opens runs on it. `price` is points for a hundredth of money, `trainer_price` points a half-day."""

    def __init__(self, state: State, price: float, trainer_price: Floats, rng: np.random.Generator) -> None:
        self.state, self.price, self.rng = state, price, rng
        self.problem, self.options = state.problem, state.options
        self.qualified = [np.nonzero(self.problem.qualified[:, c])[0] for c in range(len(self.problem.courses))]
        # Where several trainers are free, take the one least wanted elsewhere: cheapest, then with the fewest courses.
        order = np.lexsort((np.arange(len(trainer_price)), self.problem.qualified.sum(1), np.round(trainer_price, 6)))
        rank = np.empty(len(trainer_price), np.int64)
        rank[order] = np.arange(len(trainer_price))
        self.qualified = [each[np.argsort(rank[each])] for each in self.qualified]
        self.trainer_price = trainer_price
        self.sites: list[Site] = []
        self.sites_of: list[list[int]] = [[] for _ in self.problem.courses]
        self._make_sites()
        prerequisite = self.problem.course_prerequisite
        self.opened_by = [np.nonzero(prerequisite == c)[0].tolist() for c in range(len(prerequisite))]
        flexible = self.problem.person_free.sum(1) / max(1, self.problem.half_days)
        self.flexible = 0.02 * flexible[self.options.person]
        self.last_score = np.full(len(self.sites), np.inf)
        self.kept_back: Bools | None = None
        self.shake(0.0)

    def shake(self, strength: float) -> None:
        """Draws new leanings: how much each site, and among equals each person, is favoured, and who is kept back from new runs.

        Without it a rebuild repeats itself. Whoever is kept back may still be seated by `top_up`.
        """
        spread = 1.0 + strength * (2.0 * self.rng.random(len(self.sites)) - 1.0)
        self.favour = spread if strength else np.ones(len(self.sites))
        self.tie = self.flexible + (strength * 4.0 * self.rng.random(len(self.flexible)) if strength else 0.0)
        self.row_noise = 3.0 if strength and self.rng.random() < ANY_TIME else 0.5 * strength
        keep = strength > 0 and self.rng.random() < KEEP_BACK
        self.kept_back = self.rng.random(len(self.flexible)) < 1.5 * strength if keep else None

    def _make_sites(self) -> None:
        problem, options, limits = self.problem, self.options, self.problem.group_limits
        for c in range(len(problem.courses)):
            mine = np.arange(options.by_course[c], options.by_course[c + 1])
            if not len(mine):
                continue
            people = options.person[mine]
            if limits[c, ONLINE] > 0:
                self._add_site(c, (ONLINE,), mine, problem.penalty(people, ONLINE))
            for area in range(len(problem.areas)):
                venues = tuple(v for v in np.nonzero(problem.venue_area == area)[0].tolist() if limits[c, v] > 0)
                near = problem.reach[problem.person_area[people], area] < FAR
                if venues and near.any():
                    self._add_site(c, venues, mine[near], problem.penalty(people[near], venues[0]))

    def _add_site(self, course: int, venues: tuple[int, ...], options: Ints, penalty: Floats) -> None:
        self.sites_of[course].append(len(self.sites))
        self.sites.append(Site(course, venues, options, penalty))

    # -- one site

    def best(self, number: int) -> Candidate | None:
        """The best run of this site now, or None where none is possible or affordable."""
        candidate = self._best(number)
        if candidate is not None:
            self.last_score[number] = candidate.score
        return candidate

    def _best(self, number: int) -> Candidate | None:
        site, state, problem = self.sites[number], self.state, self.problem
        c = site.course
        meets = problem.meetings[c]
        if not len(meets):
            return None
        trainer_ok = _all_free(state.trainer_free[self.qualified[c]], meets)
        possible = trainer_ok.any(0)
        venue_ok = None
        if site.venues[0] != ONLINE:
            venue_ok = _all_free(state.venue_free[list(site.venues)], meets)
            possible = possible & venue_ok.any(0)
        rows = np.nonzero(possible)[0]
        if not len(rows):
            return None
        least = max(1, int(problem.course_min_group[c]))
        head = int(problem.course_cost_head[c])
        limits = problem.group_limits[c]
        most = int(limits[list(site.venues)].max())
        gain = state.gain[site.options] + state.hope[site.options] - site.penalty - self.price * head
        live = (
            (gain > 0) & ~state.taken[site.options] & (state.left[self.options.person[site.options]] >= meets.shape[1])
        )
        if self.kept_back is not None:
            live &= ~self.kept_back[site.options]
        options, gain = site.options[live], gain[live]
        if len(options) < least:
            return None
        order = np.argsort(self.tie[options] - gain, kind="stable")[: 10 * most + 20]
        options, gain = options[order], gain[order]
        here = self._who_can(options, meets[rows])
        rank = here.cumsum(1, dtype=np.int32)
        gross = gain + self.price * head

        scores, venues = [], []
        sums: dict[int, tuple[Floats, Ints]] = {}
        for i, v in enumerate(site.venues):
            fits_in = self._affordable(c, v, int(limits[v]))
            if fits_in not in sums:
                sums[fits_in] = ((here & (rank <= fits_in)) @ gross, np.minimum(rank[:, -1], fits_in))
            points, count = sums[fits_in]
            cost = problem.run_cost(c, v, 0) + head * count
            fits = (count >= least) & (cost <= state.money)
            if venue_ok is not None:
                fits &= venue_ok[i, rows]
            scores.append(np.where(fits, points / np.maximum(cost, 1e-3), -1.0))
            venues.append(v)
        table = np.array(scores)
        if self.row_noise:
            table *= 1.0 + self.row_noise * self.rng.random(table.shape)
        for _ in range(ROWS_TRIED):
            i, row = divmod(int(table.argmax()), table.shape[1])
            if table[i, row] <= 0:
                return None
            chosen = self._group(
                options, here[row], meets[rows[row]], self._affordable(c, venues[i], int(limits[venues[i]]))
            )
            price = problem.run_cost(c, venues[i], len(chosen))
            if len(chosen) >= least and price <= state.money:
                score = self.favour[number] * float(gross[chosen].sum()) / max(price, 1e-3)
                trainer = int(self.qualified[c][int(trainer_ok[:, rows[row]].argmax())])
                return Candidate(score, c, int(meets[rows[row], 0]), venues[i], trainer, options[chosen])
            table[i, row] = -1.0
        return None

    def _affordable(self, course: int, venue: int, limit: int) -> int:
        """`limit`, or as many places as the money left pays for."""
        head = int(self.problem.course_cost_head[course])
        spare = self.state.money - int(self.problem.fixed_costs[course, venue])
        return min(limit, max(0, spare // head)) if head else limit

    def _who_can(self, options: Ints, meets: Ints) -> Bools:
        """[starts, options] the person is free, their team has room and what they need before is over."""
        state = self.state
        can = state.free.take(self.options.person[options], axis=1)
        can &= state.room.take(state.team[options], axis=1) > 0
        here = can[meets[:, 0]]
        for i in range(1, meets.shape[1]):
            here &= can[meets[:, i]]
        after = state.after[options]
        if after.any():
            here &= meets[:, :1] >= after
        return here

    def _group(self, options: Ints, here: Bools, slots: Ints, limit: int) -> Ints:
        """Positions of the first `limit` who can come, in order, without emptying any team."""
        at = np.nonzero(here)[0]
        team = self.state.team[options[at]]
        room = self.state.room[slots[:, None], team].min(0)
        if room.min(initial=99) < min(limit, len(at)):
            order = np.argsort(team, kind="stable")
            grouped = team[order]
            first = np.concatenate([[True], grouped[1:] != grouped[:-1]])
            nth = np.arange(len(at)) - np.maximum.accumulate(np.where(first, np.arange(len(at)), 0))
            ok = np.empty(len(at), bool)
            ok[order] = nth < room[order]
            at = at[ok]
        return at[:limit]

    def put_on(self, candidate: Candidate) -> int:
        number = self.state.open(candidate.course, candidate.start, candidate.venue, candidate.trainer)
        self.state.seat(number, candidate.options)
        return number

    # -- many

    def greedy(self, sites: Iterable[int], go_on: Callable[[], bool], *, guessed: Iterable[int] = ()) -> list[int]:
        """Opens the best run of all these sites, again and again, until none is possible or affordable. Answers the new runs.

        Scores mostly fall as people are taken, so a stale best that is still the best when looked at again is taken.
        Sites in `guessed` join by the score they last had, and are looked at only if that makes them the best.
        """
        guesses = set(guessed)
        among = set(sites) | guesses
        heap: list[tuple[float, int]] = []
        fresh: dict[int, Candidate] = {}

        def look(site: int) -> None:
            candidate = self.best(site)
            if candidate is not None:
                heapq.heappush(heap, (-candidate.score, site))
                fresh[site] = candidate

        for site in sorted(among - guesses):
            look(site)
            if not go_on():
                break
        for site in sorted(guesses):
            heapq.heappush(heap, (-GUESS * self.last_score[site], site))
        opened = []
        while heap and go_on():
            _, site = heapq.heappop(heap)
            candidate = fresh.pop(site, None) or self.best(site)
            if candidate is None:
                continue
            if heap and candidate.score < -heap[0][0]:
                heapq.heappush(heap, (-candidate.score, site))
                continue
            opened.append(self.put_on(candidate))
            fresh.clear()
            heapq.heappush(heap, (-candidate.score, site))
            waiting = {other for c in self.opened_by[candidate.course] for other in self.sites_of[c]} & among
            for other in sorted(waiting - {entry[1] for entry in heap}):
                look(other)
        return opened

    def top_up(self, runs: Iterable[int], price: float) -> int:
        """Gives free seats in these runs to whoever gains most by them, more than the place's cost at `price`."""
        state, problem, seated = self.state, self.problem, 0
        for number in runs:
            run = state.runs.get(number)
            if run is None:
                continue
            head = int(problem.course_cost_head[run.course])
            spare = state.limit(run) - len(run.members)
            if head:
                spare = min(spare, state.money // head)
            if spare <= 0:
                continue
            site = self._site_of(run.course, run.venue)
            gain = state.gain[site.options] - site.penalty - price * head
            people = self.options.person[site.options]
            live = (gain > 0) & ~state.taken[site.options] & (state.left[people] >= len(run.slots))
            live &= state.after[site.options] <= run.start
            options, gain = site.options[live], gain[live]
            if not len(options):
                continue
            options = options[np.argsort(self.tie[options] - gain, kind="stable")]
            people = self.options.person[options]
            here = np.all(state.free[run.slots[:, None], people], axis=0)
            chosen = options[self._group(options, here, run.slots, int(spare))]
            state.seat(number, chosen)
            seated += len(chosen)
        return seated

    def put_on_by_moving(self, number: int) -> int | None:
        """Opens a run of this site at a random possible time for whoever gains by it, also by giving up other places.

        People who are free and people who would leave something worth less are weighed alike. Answers the run, or None
        where nothing is possible. Runs that people left may be too small afterwards.
        """
        site, state, problem = self.sites[number], self.state, self.problem
        c = site.course
        meets = problem.meetings[c]
        venues = [v for v in site.venues if problem.fixed_costs[c, v] <= state.money]
        if not len(meets) or not venues or not len(self.qualified[c]):
            return None
        venue = int(venues[int(self.rng.integers(len(venues)))])
        trainer_ok = _all_free(state.trainer_free[self.qualified[c]], meets)
        possible = trainer_ok.any(0)
        if venue != ONLINE:
            possible = possible & _all_free(state.venue_free[[venue]], meets)[0]
        rows = np.nonzero(possible)[0]
        if not len(rows):
            return None
        row = int(rows[int(self.rng.integers(len(rows)))])
        slots = meets[row]
        head = int(problem.course_cost_head[c])
        people = self.options.person[site.options]
        live = (state.gain[site.options] > 0) & ~state.taken[site.options] & (state.after[site.options] <= slots[0])
        live &= problem.person_free[people][:, slots].all(1)
        options, penalty = site.options[live], site.penalty[live]
        net = state.gain[options] - penalty - self.price * head
        leaves: dict[int, list[int]] = {}
        blocked = ~state.free[slots[:, None], self.options.person[options]].all(0)
        blocked |= state.left[self.options.person[options]] < len(slots)
        for i in np.nonzero(blocked)[0].tolist():
            leaves[int(options[i])] = given_up = self._in_the_way(int(options[i]), slots)
            net[i] -= sum(self.seat_worth(o) for o in given_up) if given_up else np.inf
        order = np.argsort(-net, kind="stable")
        order = order[net[order] > 0][: self._affordable(c, venue, int(problem.group_limits[c, venue]))]
        if len(order) < max(1, int(problem.course_min_group[c])):
            return None
        for option in options[order].tolist():
            for other in leaves.get(option, ()):
                if state.taken[other]:
                    state.unseat(int(state.run_of[other]), np.array([other]))
        trainer = int(self.qualified[c][int(trainer_ok[:, row].argmax())])
        opened = state.open(c, int(slots[0]), venue, trainer)
        still = options[order]
        still = still[(state.after[still] <= slots[0]) & (state.left[self.options.person[still]] >= len(slots))]
        here = np.all(state.free[slots[:, None], self.options.person[still]], axis=0)
        state.seat(opened, still[self._group(still, here, slots, len(still))])
        return opened

    def _in_the_way(self, option: int, slots: Ints) -> list[int]:
        """The person's places that overlap these half-days, and the cheapest others until the half-days to spare suffice."""
        state = self.state
        mine = self.options.by_person[int(self.options.person[option])]
        mine = mine[state.taken[mine]]
        overlap: list[int] = []
        others: list[int] = []
        for o in mine.tolist():
            (overlap if np.isin(state.runs[int(state.run_of[o])].slots, slots).any() else others).append(o)
        left = int(state.left[self.options.person[option]]) + sum(
            len(state.runs[int(state.run_of[o])].slots) for o in overlap
        )
        for o in sorted(others, key=self.seat_worth):
            if left >= len(slots):
                break
            overlap.append(o)
            left += len(state.runs[int(state.run_of[o])].slots)
        return overlap

    def seat_worth(self, option: int) -> float:
        """What a taken place adds: its needs that no other place meets, less its penalty."""
        state = self.state
        needs = self.options.needs[option]
        run = state.runs[int(state.run_of[option])]
        alone = self.problem.need_weight[needs[state.covered[needs] == 1]].sum()
        return float(alone - self.problem.penalty(self.options.person[[option]], run.venue)[0])

    def _site_of(self, course: int, venue: int) -> Site:
        return next(self.sites[n] for n in self.sites_of[course] if venue in self.sites[n].venues)


def _all_free(free: Bools, meets: Ints) -> Bools:
    """[rows, starts] free in every half-day of a run."""
    out = free[:, meets[:, 0]]
    for i in range(1, meets.shape[1]):
        out = out & free[:, meets[:, i]]
    return out
