"""What a coordinator may rely on: every plan keeps every rule, no plan passes the bound, the same steps give the same plan."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall.planner import (
    ONLINE,
    Explainer,
    Plan,
    Problem,
    Run,
    Status,
    Stop,
    alone,
    check,
    first_come,
    shares,
    solve,
)
from moothall.planner.bound import Lagrangian, Prices, lower
from moothall.planner.classes import Classes
from moothall.planner.options import options_of
from moothall.planner.search.exchange import Exchange
from moothall.planner.search.seating import Seating
from moothall.planner.search.walk import Tries, Walk
from tests.factories.bundles import city, same_plan, small_city
from tests.planner.brute_force import best_value


@st.composite
def tiny_cities(draw: st.DrawFn) -> tuple[dict, dict]:
    """Up to four people and two courses in up to four half-days: small enough to try everything."""
    weeks, week = draw(st.sampled_from([(1, 2), (1, 3), (2, 2)]))
    pattern = st.text("01", min_size=week, max_size=week).map(lambda t: t if "1" in t else "1" * week)
    n_people = draw(st.integers(1, 4))
    area = st.sampled_from(["a", "b"])
    courses = []
    for name in ("one", "two")[: draw(st.integers(1, 2))]:
        courses.append({
            "course": name, "half_days": draw(st.integers(1, 2)), "pattern": draw(st.sampled_from(["consecutive", "weekly"])),
            "min_group": draw(st.integers(0, 2)), "max_group": draw(st.integers(2, 3)), "max_group_online": draw(st.integers(2, 3)),
            "in_person": draw(st.integers(0, 1)), "online": draw(st.integers(0, 1)), "cost_run": draw(st.integers(0, 30)),
            "cost_run_online": draw(st.integers(0, 30)), "cost_head": draw(st.integers(0, 5)),
            "prerequisite": "one" if name == "two" and draw(st.booleans()) else "",
        })  # fmt: skip
    names = [c["course"] for c in courses]
    skills = ["x", "y"]
    tables = {
        "areas": [{"area": "a"}, {"area": "b"}],
        "reach": [{"from_area": f, "to_area": t, "reach": r} for (f, t), r in zip(
            [("a", "a"), ("b", "b"), ("a", "b")], ["home", "home", draw(st.sampled_from(["near", "home"]))])],
        "organisations": [{"organisation": "o"}],
        "teams": [{"team": "t", "organisation": "o"}, {"team": "u", "organisation": "o"}],
        "people": [{"person": f"p{i}", "team": draw(st.sampled_from(["t", "u"])), "area": draw(area), "half_days": draw(st.integers(0, 3)),
                    "prefers": draw(st.sampled_from(["any", "in_person", "online"])), "free": draw(pattern)} for i in range(n_people)],
        "skills": [{"skill": s} for s in skills],
        "courses": courses,
        "course_skills": [{"course": c, "skill": s} for c in names for s in draw(st.sets(st.sampled_from(skills), min_size=1))],
        "done": [{"person": "p0", "course": "one"}] if draw(st.booleans()) else [],
        "needs": [{"person": f"p{i}", "skill": s, "weight": draw(st.sampled_from([10, 30, 7.5]))}
                  for i in range(n_people) for s in draw(st.sets(st.sampled_from(skills)))],
        "venues": [{"venue": "v", "area": draw(area), "capacity": draw(st.integers(1, 3)), "cost_half_day": draw(st.integers(0, 9)), "free": draw(pattern)}],
        "trainers": [{"trainer": f"t{i}", "free": draw(pattern)} for i in range(draw(st.integers(1, 2)))],
    }  # fmt: skip
    tables["trainer_courses"] = [{"trainer": t["trainer"], "course": c} for t in tables["trainers"] for c in names]
    planning = {
        "weeks": weeks,
        "half_days_per_week": week,
        "budget": draw(st.integers(0, 90)),
        "cover": draw(st.sampled_from([0, 0.5, 1])),
    }
    return tables, planning


HEADERS = {name: rows[0] for name, rows in small_city().items()}


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(tiny_cities())
def test_no_plan_is_better_than_the_best_and_the_best_is_never_above_the_bound(made: tuple[dict, dict]) -> None:
    tables, planning = made
    with tempfile.TemporaryDirectory() as folder:
        problem = city(Path(folder), tables, **planning)
    best = best_value(problem)
    lagrangian = Lagrangian(problem, options_of(problem))
    assert best <= lower(lagrangian, Stop())[0] + 1e-6
    rng = np.random.default_rng(1)
    for scale in (0.0, 0.01, 1.0):  # any prices that are not negative give a bound
        prices = Prices(
            scale * rng.random(), scale * rng.random(len(problem.venues)), scale * rng.random(len(problem.trainers))
        )
        assert best <= lagrangian.evaluate(prices)[0] + 1e-6
    result = solve(problem, Stop(steps=30), seed=1)
    assert check(problem, result.plan).feasible
    assert result.value <= best + 1e-6
    assert best <= result.bound + 1e-6
    if result.status is Status.OPTIMAL:
        assert result.value == pytest.approx(best)


def test_the_search_finds_the_best_plan_of_tiny_cities_nearly_always(tmp_path: Path) -> None:
    """Judged over seeded cities: a search that only ever found half the value would pass the property above."""
    rng = np.random.default_rng(5)
    reached, best = 0.0, 0.0
    for i in range(7):
        tables = small_city()
        tables["people"] = tables["people"][:3]
        kept = {p["person"] for p in tables["people"]}
        for name in ("needs", "done"):
            tables[name] = [row for row in tables[name] if row["person"] in kept]
        for person in tables["people"]:
            person["free"] = "".join(rng.choice(list("01"), 3, p=[0.3, 0.7]))
        for table in ("venues", "trainers"):
            for row in tables[table]:
                row["free"] = "111"
        # With a minimum group of two the best plan may seat people who need nothing, which the search never does.
        tables["courses"] = [row | {"pattern": "consecutive", "min_group": 1} for row in tables["courses"]]
        problem = city(
            tmp_path / str(i),
            tables,
            weeks=1,
            half_days_per_week=3,
            budget=int(rng.integers(100, 500)),
            cover=1,
            starts_on=None,
        )
        reached += solve(problem, Stop(steps=60), seed=i).value
        best += best_value(problem)
    assert best > 0
    assert reached >= 0.98 * best


def test_the_same_city_seed_and_steps_give_the_same_plan(town: Problem) -> None:
    one, two = (solve(town, Stop(steps=15), seed=4) for _ in range(2))
    assert same_plan(one.plan, two.plan)
    assert (one.value, one.bound, one.cost) == (two.value, two.bound, two.cost)
    assert one.steps == 15


def test_more_steps_never_give_a_worse_plan_and_progress_never_falls(town: Problem) -> None:
    told: list[float] = []
    values = [solve(town, Stop(steps=n), seed=1, report=lambda now: told.append(now.value)).value for n in (0, 20, 200)]
    assert values == sorted(values)
    assert values[2] > values[0], "the search must improve on the first plan of this town"
    runs = np.split(np.array(told), np.nonzero(np.diff(told) < 0)[0] + 1)
    assert len(runs) <= 3, "within one search the reported value never falls"


def test_an_interrupted_search_still_gives_a_checked_plan(town: Problem) -> None:
    stop = Stop()
    calls = 0

    def interrupt_soon(_: object) -> None:
        nonlocal calls
        calls += 1
        if calls >= 3:
            stop.interrupt()

    result = solve(town, stop, seed=1, report=interrupt_soon)
    assert result.status is Status.STOPPED
    assert check(town, result.plan).feasible
    assert result.value <= result.bound


def test_a_search_stopped_before_it_began_gives_a_plan_that_keeps_every_rule(town: Problem) -> None:
    stop = Stop()
    stop.interrupt()
    result = solve(town, stop)
    assert check(town, result.plan).feasible


def test_pooling_meets_more_than_each_alone_and_than_first_come(town: Problem) -> None:
    pooled = solve(town, Stop(steps=40), seed=1)
    by_itself = check(town, alone(town, Stop(steps=10), seed=1))
    today = check(town, first_come(town, seed=1))
    assert by_itself.feasible
    assert today.feasible
    assert min(by_itself.value, today.value) > 0
    assert pooled.value > 1.1 * max(by_itself.value, today.value)


def test_shares_add_up_to_the_cost_to_the_penny(town: Problem) -> None:
    result = solve(town, Stop(steps=5), seed=1)
    parts = shares(town, result.plan)
    assert sum(s.cost for s in parts) == result.cost > 0
    assert sum(s.places for s in parts) == result.plan.places()
    assert sum(s.needs_met for s in parts) == result.needs_met
    assert sum(s.people for s in parts) == len(town.people)


def test_a_city_without_needs_has_an_empty_best_plan(tmp_path: Path) -> None:
    tables = small_city()
    tables["needs"] = []
    result = solve(city(tmp_path, tables), Stop(steps=5))
    assert (result.value, result.bound, result.gap, result.status) == (0, 0, 0, Status.OPTIMAL)
    assert result.plan.runs == ()


def test_people_with_very_many_needs_are_bounded_too(tmp_path: Path) -> None:
    """Their sets of courses are too many to list: the bound falls back to a looser one, never to none."""
    tables = small_city()
    tables["skills"] += [{"skill": f"s{i}"} for i in range(70)]
    tables["needs"] += [{"person": "p1", "skill": f"s{i}", "weight": 10} for i in range(70)]
    tables["courses"] += [tables["courses"][0] | {"course": f"c{i}", "min_group": 1} for i in range(70)]
    tables["course_skills"] += [{"course": f"c{i}", "skill": f"s{i}"} for i in range(70)]
    tables["trainer_courses"] += [{"trainer": "t1", "course": f"c{i}"} for i in range(70)]
    tables["people"][1]["half_days"] = 18
    result = solve(city(tmp_path, tables, budget=100000), Stop(steps=5))
    assert 0 < result.value <= result.bound <= 10 * 18 + 30 * 12


def seated_badly(problem: Problem, plan: Plan, rng: np.random.Generator) -> Plan:
    """The same runs, with a third of their people sent home."""
    return Plan(tuple(replace(run, people=np.sort(run.people[rng.random(len(run.people)) > 1 / 3])) for run in plan.runs))  # fmt: skip


def seating_of(problem: Problem, price: float = 0.001) -> Seating:
    return Seating(Classes(problem, options_of(problem)), price)


def test_everybody_seated_anew_is_nearly_as_good_as_after_a_long_search(town: Problem) -> None:
    """People were sent home from every run: seated anew, in the same runs, they gain what they had, and every rule is kept."""
    found = solve(town, Stop(steps=150), seed=3)
    worse = seated_badly(town, found.plan, np.random.default_rng(1))
    assert worse.value(town) < 0.8 * found.value
    seating = seating_of(town, found.price_of_money / 100)
    # Groups that are too small now are no reason to refuse what makes them large again.
    seating.load(worse, seed=5)
    assert check(town, seating.plan()).feasible
    assert seating.plan().value(town) == pytest.approx(seating.value)
    assert seating.value > 0.95 * found.value
    assert [run.key() for run in seating.plan().runs] == [run.key() for run in worse.runs]


def test_seating_anew_looks_at_no_clock(town: Problem) -> None:
    plan = solve(town, Stop(steps=5), seed=3).plan
    plans = []
    for _ in range(2):
        seating = seating_of(town)
        seating.load(plan, seed=7)
        plans.append(seating.plan())
    assert same_plan(*plans)


def test_where_nobody_can_be_seated_there_is_nothing_to_seat_anew(tmp_path: Path) -> None:
    tables = small_city()
    tables["needs"] = []
    seating = seating_of(city(tmp_path, tables))
    seating.load(Plan(), seed=1)
    assert (seating.value, seating.plan().runs) == (0, ())


def test_every_exchange_of_runs_keeps_the_rules_and_the_books(town: Problem) -> None:
    """Every step, taken back or not, leaves a plan that keeps every rule and is worth what the books say."""
    seating = seating_of(town)
    seating.load(solve(town, Stop(steps=0), seed=3).plan, seed=1)
    exchange = Exchange(seating, seed=2)
    worse = 0
    for _ in range(60):
        before = seating.value
        assert exchange.steps(1, heat=1.0) == 1
        worse += seating.value < before
        found = check(town, seating.plan())
        assert found.feasible, found.faults[:3]
        assert found.value == pytest.approx(seating.value)
        assert town.budget - found.cost == pytest.approx(seating.money)
    (value, _money), best = exchange.found
    assert worse, "at this heat some steps must lose"
    assert value > solve(town, Stop(steps=0), seed=3).value
    assert check(town, best).value == pytest.approx(value)


def test_money_has_the_same_price_after_everybody_was_seated_anew(town: Problem) -> None:
    """What the last seats cost when money ran out is no price to search at: it would only ever rise."""
    seating = seating_of(town)
    usual = seating.price
    seating.load(solve(town, Stop(steps=0), seed=3).plan, seed=1)
    assert seating.price == usual


def test_a_plan_to_go_on_from_keeps_places_that_the_search_would_not_give(tmp_path: Path) -> None:
    """Somebody sits in a course that gives them nothing, to make up the group: going on from that plan they keep their place."""
    tables = small_city()
    tables["needs"] = [row for row in tables["needs"] if row["person"] != "p7"]
    problem = city(tmp_path, tables)
    found = solve(problem, Stop(steps=20), seed=1).plan
    extra = [
        (i, p)
        for i, run in enumerate(found.runs)
        for p in range(len(problem.people))
        if check(problem, with_one_more(found, i, p)).feasible
        and p not in options_of(problem).person[options_of(problem).course == run.course]
    ]
    assert extra, "the small city must have somebody who could sit in for nothing"
    plan = with_one_more(found, *extra[0])
    again = solve(problem, Stop(steps=20), seed=1, begin=plan)
    assert again.value >= check(problem, plan).value
    assert check(problem, again.plan).feasible


def with_one_more(plan: Plan, i: int, person: int) -> Plan:
    people = np.union1d(plan.runs[i].people, [person])
    return Plan((*plan.runs[:i], replace(plan.runs[i], people=people), *plan.runs[i + 1 :]))


def test_a_small_city_is_tried_several_times_and_the_best_goes_on(town: Problem) -> None:
    classes, stop = Classes(town, options_of(town)), Stop(steps=100)
    first, made = Walk(classes, 0.001, Plan(), 9, stop), []

    def again(k: int, cools: tuple[float, float], _best: Plan) -> Walk:
        made.append(Walk(classes, 0.001, Plan(), k, stop, cools))
        return made[-1]

    tries = Tries(first, again, lambda: first.steps >= 6, 0.66, 0.2)
    while tries.steps < 66:
        tries.go_on(1)
    assert first.steps == 6, "the first goes on only until the others are ready"
    assert [walk.cools for walk in made] == [
        pytest.approx((k * 0.2 + 0.06, k * 0.2 + 0.26), abs=0.011) for k in range(3)
    ]
    assert first.steps + sum(walk.steps for walk in made) == tries.steps
    assert tries.best.found[0] == max(walk.found[0] for walk in [first, *made])
    best = tries.best.found
    tries.begin(best[1])
    while tries.steps < 100:
        tries.go_on(1)
    assert len(made) == 3
    assert tries.best.found[0] >= best[0]
    assert first.steps + sum(walk.steps for walk in made) == tries.steps


@pytest.mark.parametrize("ready_after", [59, 70])
def test_prices_that_settle_late_leave_the_search_as_it_was(town: Problem, ready_after: int) -> None:
    """Just before the time for tries is over, and after it: no part of the search is so short that it cannot cool."""
    classes, stop = Classes(town, options_of(town)), Stop(steps=100)
    first, made = Walk(classes, 0.001, Plan(), 9, stop), []

    def again(k: int, cools: tuple[float, float], _best: Plan) -> Walk:
        made.append(Walk(classes, 0.001, Plan(), k, stop, cools))
        return made[-1]

    tries = Tries(first, again, lambda: tries.steps >= ready_after, 0.6, 0.2)
    while tries.steps < 100:
        tries.go_on(1)
    assert len(made) == (ready_after < 60)
    assert all(begins < ends for begins, ends in (walk.cools for walk in made))


def test_a_search_by_the_clock_meets_once_and_never_falls(town: Problem) -> None:
    told: list[float] = []
    result = solve(town, Stop(seconds=2.0), 1, lambda now: told.append(now.value))
    assert check(town, result.plan).feasible
    assert told == sorted(told)
    assert told[-1] == result.value <= result.bound


def chain(length: int, people: int = 6) -> dict:
    """A ladder of courses, each opening the next, of which only the last closes a need."""
    tables = small_city()
    tables["people"] = [
        {**tables["people"][0], "person": f"p{i}", "team": f"team{i}", "half_days": length, "prefers": "any"} for i in range(people)
    ]  # fmt: skip
    tables["teams"] = [{"team": f"team{i}", "organisation": "council"} for i in range(people)]
    rung = {**tables["courses"][0], "cost_run": 10, "cost_run_online": 10, "cost_head": 1}
    tables["courses"] = [
        {**rung, "course": f"rung{k}", "prerequisite": f"rung{k - 1}" if k else ""} for k in range(length)
    ]
    tables["skills"] = [{"skill": "top"}]
    tables["course_skills"] = [{"course": f"rung{length - 1}", "skill": "top"}]
    tables["done"] = []
    tables["needs"] = [{"person": f"p{i}", "skill": "top", "weight": 100} for i in range(people)]
    tables["trainers"] = [{"trainer": "t1", "free": "1111111111"}]
    tables["trainer_courses"] = [{"trainer": "t1", "course": f"rung{k}"} for k in range(length)]
    return tables


@pytest.mark.parametrize("length", [2, 4, 7])
def test_a_ladder_of_courses_is_climbed_to_the_top_where_only_the_top_is_needed(tmp_path: Path, length: int) -> None:
    problem = city(tmp_path, chain(length), penalty_mode=0, penalty_near=0, cover=1)
    result = solve(problem, Stop(steps=30), seed=1)
    assert result.needs_met == 6
    assert len(result.plan.runs) == length
    assert result.value == 600 <= result.bound


def test_a_ladder_is_not_begun_where_it_cannot_be_ended(tmp_path: Path) -> None:
    tables = chain(4)
    for person in tables["people"][:5]:
        person["half_days"] = 3
    tables["courses"][0]["min_group"] = tables["courses"][3]["min_group"] = 2
    problem = city(tmp_path, tables, cover=1)
    result = solve(problem, Stop(steps=30), seed=1)
    assert not result.plan.runs
    assert result.cost == 0


def test_a_run_is_added_before_the_one_it_opens(tmp_path: Path) -> None:
    """The last rung is held in half-day 5 already, for somebody who has done the first; the others can come once a first is held before it."""
    tables = chain(2)
    tables["done"] = [{"person": f"p{i}", "course": "rung0"} for i in range(2)]
    problem = city(tmp_path, tables, penalty_mode=0, penalty_near=0, cover=1, budget=40)
    begin = Plan((Run(1, 5, ONLINE, 0, np.array([0, 1])),))
    assert check(problem, begin).feasible
    result = solve(problem, Stop(steps=60), seed=1, begin=begin)
    assert result.needs_met == 6


def test_a_course_that_closes_three_needs_is_worth_all_of_them_once(tmp_path: Path) -> None:
    """Two dear courses of one need each, and a cheap one that closes both and a third: everybody goes there, and nobody is counted twice."""
    tables = chain(1)
    tables["skills"] = [{"skill": name} for name in ("top", "left", "right")]
    single = {**tables["courses"][0], "cost_run": 100, "cost_run_online": 100}
    tables["courses"] += [{**single, "course": "one"}, {**single, "course": "two"}]
    tables["course_skills"] += [{"course": "rung0", "skill": s} for s in ("left", "right")]
    tables["course_skills"] += [{"course": "one", "skill": "left"}, {"course": "two", "skill": "right"}]
    tables["trainer_courses"] += [{"trainer": "t1", "course": c} for c in ("one", "two")]
    tables["needs"] = [
        {"person": f"p{i}", "skill": s, "weight": w} for i in range(6) for s, w in (("top", 10), ("left", 20), ("right", 30))
    ]  # fmt: skip
    for person in tables["people"]:
        person["half_days"] = 3
    problem = city(tmp_path, tables, penalty_mode=0, penalty_near=0, cover=1)
    result = solve(problem, Stop(steps=30), seed=1)
    assert [problem.courses[run.course] for run in result.plan.runs] == ["rung0"]
    assert result.value == 6 * 60 == result.bound
    assert result.status is Status.OPTIMAL


@pytest.mark.parametrize("way", ["nobody is free", "no trainer", "no money", "no room"])
def test_where_nothing_is_possible_the_plan_is_empty_and_valid_and_every_need_has_a_reason(
    tmp_path: Path, way: str
) -> None:
    tables, planning = small_city(), {}
    if way == "nobody is free":
        tables["people"] = [{**each, "free": "0000000000"} for each in tables["people"]]
    elif way == "no trainer":
        tables["trainers"], tables["trainer_courses"] = [], []
    elif way == "no money":
        planning = {"budget": 0}
    else:
        tables["venues"] = []
        tables["courses"] = [{**each, "online": 0} for each in tables["courses"]]
    problem = city(tmp_path, tables, **planning)
    result = solve(problem, Stop(steps=10), seed=1)
    assert not result.plan.runs
    assert check(problem, result.plan).feasible
    assert result.value == 0 <= result.bound
    unmet = Explainer(problem, result.plan).unmet()
    assert len(unmet) == len(problem.need_person)
    assert all(each.words and each.change.words for each in unmet)


SHAPES_PLANNED = """
from bench.shapes import SHAPES, shape
from moothall.planner import Stop, solve
from moothall.planner.kernels import classes, making, moves, rows, steps

for name in SHAPES:
    result = solve(shape(name, 60, 1), Stop(steps=3), seed=1)
    assert 0 <= result.value <= result.bound > 0, name
    kernels = [rows.list_rows, steps.exchanges, moves.chains, making.make, classes.best_classes]
    assert all(len(each.signatures) == 1 for each in kernels), name
"""


def test_nobody_waits_for_compiling_again_because_their_city_has_another_shape() -> None:
    """Kernels are compiled for kinds of arrays: a city without venues, or with one, must not make other kinds. Looked at in a process of its own."""
    root = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", SHAPES_PLANNED], cwd=root, env={**os.environ, "PYTHONPATH": f"{root}:{root / 'src'}"}, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
