"""The same problem given to what anybody could have taken instead: the full model to HiGHS and to OR-Tools' CP-SAT, and a local search written with the framework ALNS.

usage: python -m bench.peers highs|cp-sat|alns BUNDLE OUT --seconds N [--seed S]

Writes the plan to OUT and prints its value, the way's own bound, and the seconds it took to build the model and in all. The model is that of docs/planning.md, line by line, over the same
options as the planner's; its time limit is what is left after it was built. highspy and ortools cannot be loaded in one process.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from moothall.planner import ONLINE, Plan, Problem, Run, check, check_json, first_come, read_bundle, write_plan
from moothall.planner.options import options_of

INF = math.inf
MOST_COLUMNS = 20_000_000
"""More than these do not fit into the memory of the machine, whoever solves them."""


# -- the full model


@dataclass
class Rows:
    """Linear rows, lower ≤ Σ value·column ≤ upper, as triplets."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    row: list[np.ndarray] = field(default_factory=list)
    column: list[np.ndarray] = field(default_factory=list)
    value: list[np.ndarray] = field(default_factory=list)

    def add(self, lower: float, upper: float, columns: Iterable[int], values: Iterable[float] | float) -> None:
        at = np.asarray(list(columns), np.int64)
        self.row.append(np.full(len(at), len(self.lower)))
        self.column.append(at)
        self.value.append(np.full(len(at), values, float) if np.isscalar(values) else np.asarray(values, float))
        self.lower.append(lower)
        self.upper.append(upper)

    def group(self, keys: np.ndarray, columns: np.ndarray, values: np.ndarray, upper: np.ndarray) -> None:
        """A row Σ ≤ upper[key] for each key that has any column."""
        there, row = np.unique(keys, return_inverse=True)
        self.row.append(len(self.lower) + row)
        self.column.append(columns)
        self.value.append(values.astype(float))
        self.lower += [-INF] * len(there)
        self.upper += upper[there].astype(float).tolist()


class TooLarge(Exception):
    """The full model does not fit."""


class Model:
    """Columns x (places), y (runs), w (trainers at work), z (needs met), in this order; all whole numbers but z."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        options = options_of(problem)
        A, T, sites = len(problem.areas), problem.half_days, len(problem.areas) + 1
        length = problem.course_half_days
        option, start, site, penalty = [], [], [], []
        venues_at = [np.nonzero(problem.venue_area == a)[0] for a in range(A)]
        for c in range(len(problem.courses)):
            meets = problem.meetings[c]
            mine = np.arange(options.by_course[c], options.by_course[c + 1])
            if not len(mine) or not len(meets):
                continue
            people = options.person[mine]
            who, when = np.nonzero(problem.person_free[people][:, meets].all(2))
            for s in range(sites):
                venues = np.array([ONLINE]) if s == A else venues_at[s]
                venues = venues[problem.group_limits[c, venues] > 0]
                if not len(venues):
                    continue
                loses = problem.penalty(people, int(venues[0]))
                come = loses[who] < INF
                option.append(mine[who[come]])
                start.append(meets[when[come], 0])
                site.append(np.full(int(come.sum()), s))
                penalty.append(loses[who[come]])
                if sum(map(len, option)) > MOST_COLUMNS:
                    raise TooLarge(f"more than {MOST_COLUMNS:,} columns")
        self.option, self.start, self.site = (np.concatenate(each).astype(np.int64) for each in (option, start, site))
        X = len(self.option)
        course, person = options.course[self.option], options.person[self.option]
        self.course, self.person = course, person
        # y: the runs of a course at a start in each venue; any number of them online. w: a trainer at work at a start.
        runs, works = [], []
        for c in range(len(problem.courses)):
            for s in problem.meetings[c][:, 0].tolist():
                slots = problem.run_slots(c, s)
                able = [n for n in np.nonzero(problem.qualified[:, c])[0].tolist() if problem.trainer_free[n, slots].all()]  # fmt: skip
                if not able:
                    continue
                works += [(c, s, n) for n in able]
                if problem.group_limits[c, ONLINE] > 0:
                    runs.append((c, s, ONLINE, len(able)))
                for v in np.nonzero(problem.group_limits[c, :-1] > 0)[0].tolist():
                    if problem.venue_free[v, slots].all():
                        runs.append((c, s, v, 1))
        self.runs, self.works = np.array(runs).reshape(-1, 4), np.array(works).reshape(-1, 3)
        Y, W, Z = len(self.runs), len(self.works), len(problem.need_person)
        self.x, self.y, self.w, self.z = 0, X, X + Y, X + Y + W
        self.columns = X + Y + W + Z
        self.gain = np.concatenate([-np.concatenate(penalty), np.zeros(Y + W), problem.need_weight])
        self.upper = np.concatenate([np.ones(X), self.runs[:, 3], np.ones(W + Z)])
        rows = self.rows = Rows()
        # a need is met by a course that closes it
        owner, need = options.needs.at(self.option)
        zs = self.z + np.arange(Z)
        rows.group(
            np.concatenate([np.arange(Z), need]), np.concatenate([zs, owner]), np.concatenate([np.ones(Z), -np.ones(len(need))]), np.zeros(Z)
        )  # fmt: skip
        # a course once; one place at a time; hours
        xs = np.arange(X)
        rows.group(self.option, xs, np.ones(X), np.ones(len(options)))
        place, at = self._slots(self.course, self.start)
        rows.group(person[place] * T + at, place, np.ones(len(place)), np.ones(len(problem.people) * T))
        rows.group(person, xs, length[course].astype(float), problem.person_half_days)
        # cover of teams
        team = problem.person_team[person]
        rows.group(team[place] * T + at, place, np.ones(len(place)), np.repeat(problem.team_limit, T))
        self._prerequisites(options, length)
        self._classes(A)
        # venues and trainers serve one run at a time
        run, at = self._slots(self.runs[:, 0], self.runs[:, 1])
        there = self.runs[run, 2] >= 0
        rows.group(self.runs[run[there], 2] * T + at[there], self.y + run[there], np.ones(int(there.sum())), np.ones(len(problem.venues) * T))  # fmt: skip
        work, at = self._slots(self.works[:, 0], self.works[:, 1])
        rows.group(self.works[work, 2] * T + at, self.w + work, np.ones(len(work)), np.ones(len(problem.trainers) * T))
        # money
        spent = np.concatenate([problem.course_cost_head[course], problem.fixed_costs[self.runs[:, 0], self.runs[:, 2]]]) / 100  # fmt: skip
        rows.add(-INF, problem.budget / 100, np.arange(X + Y), spent)

    def _slots(self, course: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(index, half-day) of all half-days of many runs."""
        length = self.problem.course_half_days[course]
        step = np.where(self.problem.course_weekly[course], self.problem.half_days_per_week, 1)
        which = np.repeat(np.arange(len(course)), length)
        nth = np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length)
        return which, start[which] + nth * step[which]

    def _prerequisites(self, options: Any, length: np.ndarray) -> None:
        """By each half-day at most as often begun as what is required was ended before."""
        step = np.where(self.problem.course_weekly, self.problem.half_days_per_week, 1)
        end = self.start + (length[self.course] - 1) * step[self.course]
        of: dict[int, list[int]] = {}
        for i, option in enumerate(self.option.tolist()):
            of.setdefault(option, []).append(i)
        for option in np.nonzero(options.requires >= 0)[0].tolist():
            mine, before = of.get(option, []), of.get(int(options.requires[option]), [])
            for t in sorted({int(self.start[i]) for i in mine}):
                first = [i for i in mine if self.start[i] <= t]
                done = [i for i in before if end[i] < t]
                self.rows.add(-INF, 0, [*first, *done], [1.0] * len(first) + [-1.0] * len(done))

    def _classes(self, online: int) -> None:
        """Groups between the smallest and what the rooms seat, as many runs as trainers at work, and nobody where there is no run."""
        problem, rows = self.problem, self.rows
        site = np.where(self.runs[:, 2] < 0, online, problem.venue_area[np.maximum(self.runs[:, 2], 0)] if len(problem.venues) else online)  # fmt: skip
        runs_of: dict[tuple[int, int, int], list[int]] = {}
        for i, key in enumerate(zip(self.runs[:, 0].tolist(), self.runs[:, 1].tolist(), site.tolist())):
            runs_of.setdefault(key, []).append(i)
        self.places_of: dict[tuple[int, int, int], list[int]] = {}
        for i, key in enumerate(zip(self.course.tolist(), self.start.tolist(), self.site.tolist())):
            self.places_of.setdefault(key, []).append(i)
        for key in runs_of.keys() | self.places_of.keys():
            runs, places = runs_of.get(key, []), self.places_of.get(key, [])
            ys = [self.y + i for i in runs]
            limits = [float(problem.group_limits[key[0], self.runs[i, 2]]) for i in runs]
            least = float(max(1, problem.course_min_group[key[0]]))
            rows.add(-INF, 0, [*places, *ys], [1.0] * len(places) + [-limit for limit in limits])
            rows.add(-INF, 0, [*ys, *places], [least] * len(ys) + [-1.0] * len(places))
            for place in places:
                rows.add(-INF, 0, [place, *ys], [1.0] + [-1.0] * len(ys))
        at_work: dict[tuple[int, int], list[int]] = {}
        for i, (c, s, _n) in enumerate(self.works.tolist()):
            at_work.setdefault((c, s), []).append(self.w + i)
        runs_at: dict[tuple[int, int], list[int]] = {}
        for i, (c, s, _v, _most) in enumerate(self.runs.tolist()):
            runs_at.setdefault((c, s), []).append(self.y + i)
        for key2, ys in runs_at.items():
            ws = at_work[key2]
            rows.add(0, 0, [*ys, *ws], [1.0] * len(ys) + [-1.0] * len(ws))

    def matrix(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(lower, upper) of the rows, and the matrix by rows: where each begins, columns, values."""
        row, column, value = (np.concatenate(each) for each in (self.rows.row, self.rows.column, self.rows.value))
        order = np.argsort(row, kind="stable")
        begins = np.searchsorted(row[order], np.arange(len(self.rows.lower) + 1))
        return np.array(self.rows.lower), np.array(self.rows.upper), begins, column[order], value[order]

    def plan(self, solution: np.ndarray) -> Plan:
        """A class's people shared out over its runs, each with a trainer at work then."""
        problem = self.problem
        trainers: dict[tuple[int, int], list[int]] = {}
        for i in np.nonzero(solution[self.w : self.z] > 0.5)[0].tolist():
            c, s, n = self.works[i].tolist()
            trainers.setdefault((c, s), []).append(n)
        people: dict[tuple[int, int, int], list[int]] = {}
        for key, places in self.places_of.items():
            people[key] = [int(self.person[i]) for i in places if solution[i] > 0.5]
        out = []
        chosen = np.nonzero(solution[self.y : self.w] > 0.5)[0].tolist()
        for last in (False, True):  # first the smallest group for each run, then the rest
            for i in chosen:
                c, s, v, _most = self.runs[i].tolist()
                site = len(problem.areas) if v < 0 else int(problem.venue_area[v])
                waiting, limit = people.get((c, s, site), []), int(problem.group_limits[c, v])
                if not last:
                    for _ in range(round(solution[self.y + i])):
                        least = max(1, int(problem.course_min_group[c]))
                        out.append([c, s, v, trainers[c, s].pop(), waiting[:least]])
                        del waiting[:least]
                else:
                    for run in out:
                        if run[:3] == [c, s, v]:
                            more = limit - len(run[4])
                            run[4] = run[4] + waiting[:more]
                            del waiting[:more]
        return Plan.of(Run(c, s, v, n, np.array(sorted(who))) for c, s, v, n, who in out if who)


def highs(problem: Problem, seconds: float, seed: int) -> tuple[Plan, float | None, float]:
    import highspy

    began = time.monotonic()
    model = Model(problem)
    lower, upper, begins, columns, values = model.matrix()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.columns, len(lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.gain, np.zeros(model.columns), model.upper
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = begins, columns, values
    lp.integrality_ = [highspy.HighsVarType.kInteger] * model.z + [highspy.HighsVarType.kContinuous] * (model.columns - model.z)  # fmt: skip
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("random_seed", seed)
    solver.passModel(lp)
    built = time.monotonic() - began
    solver.setOptionValue("time_limit", max(1.0, seconds - built))
    solver.run()
    info = solver.getInfo()
    bound = info.mip_dual_bound if abs(info.mip_dual_bound) < 1e15 else None
    if info.primal_solution_status != 2:
        return Plan(), bound, built
    return model.plan(np.array(solver.getSolution().col_value)), bound, built


def cp_sat(problem: Problem, seconds: float, seed: int) -> tuple[Plan, float | None, float]:
    from ortools.sat import cp_model_pb2
    from ortools.sat.python import cp_model

    began = time.monotonic()
    model = Model(problem)
    lower, upper, begins, columns, values = model.matrix()
    whole = cp_model.CpModel()
    proto = whole.Proto()
    for most in model.upper.astype(int).tolist():
        proto.variables.add().domain.extend([0, most])
    for i in range(len(lower)):
        at = slice(begins[i], begins[i + 1])
        times = 100 if (values[at] % 1).any() else 1
        linear = proto.constraints.add().linear
        linear.vars.extend(columns[at].tolist())
        linear.coeffs.extend(np.round(values[at] * times).astype(int).tolist())
        linear.domain.extend([_whole(lower[i] * times), _whole(upper[i] * times)])
    if (model.gain % 1).any():
        raise TooLarge("CP-SAT takes whole points only")
    proto.objective.vars.extend(range(model.columns))
    proto.objective.coeffs.extend(np.round(-model.gain).astype(int).tolist())
    proto.objective.scaling_factor = -1
    built = time.monotonic() - began
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(1.0, seconds - built)
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = 2
    status = solver.Solve(whole)
    response = solver.ResponseProto() if callable(getattr(solver, "ResponseProto", None)) else solver.response_proto
    found = np.array(response.solution, float)
    bound = float(response.best_objective_bound)
    known = bound if abs(bound) < 1e15 and status != cp_model_pb2.UNKNOWN else None
    return (model.plan(found) if len(found) else Plan()), known, built


def _whole(value: float) -> int:
    return int(np.clip(value, -(2**60), 2**60))


# -- local search with a framework


class Places:
    """A plan as a state of ALNS: which runs there are, who sits where, what is free. Small steps in plain Python and numpy, as somebody would write them in an afternoon."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.runs: dict[tuple[int, int, int, int], list[int]] = {}
        self.free, self.venue, self.trainer = problem.person_free.copy(), problem.venue_free.copy(), problem.trainer_free.copy()  # fmt: skip
        self.left = problem.person_half_days.copy()
        self.room = np.repeat(problem.team_limit[:, None], problem.half_days, axis=1)
        self.takes = np.full((len(problem.people), len(problem.courses)), -1)
        self.last = np.full((len(problem.people), len(problem.courses)), -1)
        self.money, self.worth = problem.budget, 0.0
        for run in plan.runs:
            self.put_on(run.course, run.start, run.venue, run.trainer, run.people.tolist())

    def copy(self) -> Places:
        new = object.__new__(Places)
        new.problem, new.money, new.worth = self.problem, self.money, self.worth
        new.runs = dict(self.runs)
        for name in ("free", "venue", "trainer", "left", "room", "takes", "last"):
            setattr(new, name, getattr(self, name).copy())
        return new

    def objective(self) -> float:
        return -self.worth

    def put_on(self, c: int, s: int, v: int, n: int, people: list[int]) -> None:
        self._book(c, s, v, n, people, 1)
        self.runs[c, s, v, n] = people

    def call_off(self, key: tuple[int, int, int, int]) -> None:
        """And whatever needs it as a prerequisite."""
        self._book(*key, self.runs.pop(key), -1)

    def _book(self, c: int, s: int, v: int, n: int, people: list[int], sign: int) -> None:
        problem, who = self.problem, np.array(people, np.int64)
        slots = problem.run_slots(c, s)
        before = self._met(who)
        self.free[who[:, None], slots] = sign < 0
        self.left[who] -= sign * len(slots)
        np.subtract.at(self.room, (problem.person_team[who][:, None], slots[None, :]), sign)
        self.takes[who, c], self.last[who, c] = (s, slots[-1]) if sign > 0 else (-1, -1)
        if v >= 0:
            self.venue[v, slots] = sign < 0
        self.trainer[n, slots] = sign < 0
        self.money -= sign * problem.run_cost(c, v, len(who))
        self.worth += self._met(who) - before - sign * float(problem.penalty(who, v).sum())

    def _met(self, who: np.ndarray) -> float:
        problem, total = self.problem, 0.0
        first = np.searchsorted(problem.need_person, who)
        last = np.searchsorted(problem.need_person, who, side="right")
        for p, a, b in zip(who.tolist(), first.tolist(), last.tolist()):
            closed = problem.closes[self.takes[p] >= 0].any(0)
            total += float(problem.need_weight[a:b][closed[problem.need_skill[a:b]]].sum())
        return total

    def fill(self, rng: np.random.Generator, tries: int) -> None:
        """Of some runs that are possible the one with the most points for its money, until there is none or no money."""
        problem = self.problem
        while True:
            best: tuple[float, Any] | None = None
            for _ in range(tries):
                c = int(rng.integers(len(problem.courses)))
                meets = problem.meetings[c]
                if not len(meets):
                    continue
                slots = meets[int(rng.integers(len(meets)))]
                able = np.nonzero(problem.qualified[:, c] & self.trainer[:, slots].all(1))[0]
                venues = [v for v in np.nonzero(problem.group_limits[c, :-1])[0].tolist() if self.venue[v, slots].all()]
                if problem.group_limits[c, ONLINE]:
                    venues.append(ONLINE)
                if not len(able) or not venues:
                    continue
                v = venues[int(rng.integers(len(venues)))]
                people, gain = self._who(c, slots, v)
                cost = problem.run_cost(c, v, len(people))
                if len(people) >= max(1, problem.course_min_group[c]) and cost <= self.money and gain > 0:
                    rate = gain / max(1, cost)
                    if best is None or rate > best[0]:
                        best = (rate, (c, int(slots[0]), v, int(rng.choice(able)), people))
            if best is None:
                return
            self.put_on(*best[1])

    def _who(self, c: int, slots: np.ndarray, v: int) -> tuple[list[int], float]:
        problem = self.problem
        gain = np.zeros(len(problem.people))
        closed = self.takes >= 0
        open_need = problem.closes[c, problem.need_skill] & ~(closed[problem.need_person] & problem.closes[:, problem.need_skill].T).any(1)  # fmt: skip
        np.add.at(gain, problem.need_person[open_need], problem.need_weight[open_need])
        gain -= problem.penalties[problem.kinds, v]
        q = problem.course_prerequisite[c]
        ready = (q < 0) | problem.done[:, q] | ((self.last[:, q] >= 0) & (self.last[:, q] < slots[0]))
        good = (gain > 0) & (self.takes[:, c] < 0) & self.free[:, slots].all(1) & (self.left >= len(slots)) & ready
        room = self.room[:, slots].min(1).copy()
        people: list[int] = []
        for p in np.nonzero(good)[0][np.argsort(-gain[good])].tolist():
            if room[problem.person_team[p]] > 0:
                room[problem.person_team[p]] -= 1
                people.append(p)
                if len(people) == problem.group_limits[c, v]:
                    break
        return people, float(gain[people].sum())

    def broken(self) -> list[tuple[int, int, int, int]]:
        """Runs in which somebody sits whose prerequisite went."""
        out = []
        for key, people in self.runs.items():
            q = int(self.problem.course_prerequisite[key[0]])
            who = np.array(people)
            if (
                q >= 0
                and (~self.problem.done[who, q] & ~((self.last[who, q] >= 0) & (self.last[who, q] < key[1]))).any()
            ):
                out.append(key)
        return out

    def plan(self) -> Plan:
        return Plan.of(Run(*key, np.array(sorted(people))) for key, people in self.runs.items())


def alns(problem: Problem, seconds: float, seed: int) -> tuple[Plan, float | None, float]:
    from alns import ALNS
    from alns.accept import RecordToRecordTravel
    from alns.select import RouletteWheel
    from alns.stop import MaxRuntime

    began = time.monotonic()

    def without(state: Places, chosen: list[tuple[int, int, int, int]]) -> Places:
        new = state.copy()
        for key in chosen:
            new.call_off(key)
        while broken := new.broken():
            new.call_off(broken[0])
        return new

    def at_random(state: Places, rng: np.random.Generator, **_: Any) -> Places:
        keys = sorted(state.runs)
        return without(state, [keys[i] for i in rng.permutation(len(keys))[: int(rng.integers(1, 5))]])

    def of_one_course(state: Places, rng: np.random.Generator, **_: Any) -> Places:
        keys = sorted(state.runs)
        if not keys:
            return state.copy()
        course = keys[int(rng.integers(len(keys)))][0]
        same = [key for key in keys if key[0] == course]
        return without(state, [same[i] for i in rng.permutation(len(same))[:4]])

    def repaired(state: Places, rng: np.random.Generator, **_: Any) -> Places:
        state.fill(rng, 30)
        return state

    start = Places(problem, first_come(problem, seed))
    search = ALNS(np.random.default_rng(seed))
    destroys: list[Callable[..., Any]] = [at_random, of_one_course]
    for operator in destroys:
        search.add_destroy_operator(operator)
    search.add_repair_operator(repaired)
    select = RouletteWheel([25, 5, 1, 0], 0.8, 2, 1)
    accept = RecordToRecordTravel(start_threshold=0.01 * start.worth, end_threshold=0, step=0.0001 * start.worth)
    left = max(1.0, seconds - (time.monotonic() - began))
    found = search.iterate(start, select, accept, MaxRuntime(left))
    best: Any = found.best_state
    return best.plan(), None, 0.0


WAYS: dict[str, Callable[[Problem, float, int], tuple[Plan, float | None, float]]] = {"highs": highs, "cp-sat": cp_sat, "alns": alns}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.peers")
    parser.add_argument("way", choices=sorted(WAYS))
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    problem = read_bundle(options.bundle)
    began = time.monotonic()
    try:
        plan, bound, built = WAYS[options.way](problem, options.seconds, options.seed)
    except (TooLarge, MemoryError) as error:
        print(json.dumps({"value": None, "why": str(error) or "no memory"}))
        return
    found = check(problem, plan)
    about = check_json(found, problem)
    del about["faults"], about["fault_count"]
    write_plan(options.out, problem, plan, about)
    seconds = time.monotonic() - began
    print(json.dumps({**about, "bound": bound, "faults": list(found.faults[:3]), "built_seconds": round(built, 1), "solve_seconds": round(seconds, 1)}))  # fmt: skip


if __name__ == "__main__":
    main()
