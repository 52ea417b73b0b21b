"""What a coordinator may rely on when something changes after the plan was made: what need not change does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moothall.cli.__main__ import main
from moothall.planner import (
    ONLINE,
    BundleError,
    Plan,
    PlannerError,
    Problem,
    Stop,
    WishError,
    check,
    first_come,
    gone,
    granted,
    priced,
    read_bundle,
    replanned,
    solve,
    write_bundle,
    write_plan,
)
from tests.factories.bundles import city, small_city, write_town


@pytest.fixture(scope="module")
def plan(town: Problem) -> Plan:
    return solve(town, Stop(steps=40), seed=1).plan


PRICE = 0.1


def test_one_cancelled_run_leaves_every_other_place_as_it_was(town: Problem, plan: Plan) -> None:
    after = granted(town, plan, "cancel r3")
    new = replanned(after.problem, after.plan, PRICE)
    assert check(after.problem, new).feasible
    runs, places = gone(plan, new)
    assert runs == 1
    assert places == len(plan.runs[3].people)
    assert plan.runs[3].key() not in {run.key() for run in new.runs}


def test_one_person_who_cannot_come_loses_that_place_only(town: Problem, plan: Plan) -> None:
    run = next(run for run in plan.runs if len(run.people) > town.course_min_group[run.course])
    person = town.people[int(run.people[0])]
    after = granted(town, plan, f"excuse {person} r{plan.runs.index(run)}")
    new = replanned(after.problem, after.plan, PRICE)
    assert check(after.problem, new).feasible
    assert gone(plan, new) == (0, 1)


def test_nothing_changes_where_nothing_changed(town: Problem, plan: Plan) -> None:
    assert gone(plan, replanned(town, plan, PRICE)) == (0, 0)


def test_a_pinned_run_takes_place_however_long_is_searched(town: Problem, plan: Plan) -> None:
    one = plan.runs[0]
    after = granted(town, plan, "pin r0")
    result = solve(after.problem, Stop(steps=80), seed=5, begin=replanned(after.problem, after.plan, PRICE))
    assert one.key() in {run.key() for run in result.plan.runs}
    fresh = solve(after.problem, Stop(steps=20), seed=6)
    assert one.key() in {run.key() for run in fresh.plan.runs}
    without = Plan(plan.runs[1:])
    assert any("pinned" in fault for fault in check(after.problem, without).faults)


def test_a_run_is_moved_with_those_who_can_come_then(town: Problem, plan: Plan) -> None:
    number, run = next((i, r) for i, r in enumerate(plan.runs) if r.venue == ONLINE)
    elsewhere = [s for s in town.meetings[run.course][:, 0].tolist() if s != run.start]
    moved = 0
    for start in elsewhere:
        after = granted(town, plan, f"move r{number} to {start} at online")
        try:
            new = replanned(after.problem, after.plan, PRICE)
        except PlannerError:  # too few can come then
            continue
        assert check(after.problem, new).feasible
        assert (start, run.course, ONLINE, run.trainer) in {r.key() for r in new.runs}
        moved += 1
    assert moved > 0


def test_what_is_forbidden_does_not_take_place(town: Problem, plan: Plan) -> None:
    run = next(run for run in plan.runs if run.venue != ONLINE)
    slot = int(town.run_slots(run.course, run.start)[0])
    for wish in (f"forbid venue {town.venues[run.venue]} {slot}", f"forbid trainer {town.trainers[run.trainer]} {slot}",
                 f"forbid course {town.courses[run.course]} {slot}", f"forbid all {slot}"):  # fmt: skip
        after = granted(town, plan, wish)
        assert not check(after.problem, plan).feasible
        new = replanned(after.problem, after.plan, PRICE)
        assert check(after.problem, new).feasible
        assert run.key() not in {r.key() for r in new.runs}


def test_less_money_means_less_but_never_more_than_there_is(town: Problem, plan: Plan) -> None:
    for share in (0.7, 0.3, 0.0):
        after = granted(town, plan, f"budget {town.budget * share / 100:.2f}")
        new = replanned(after.problem, after.plan, PRICE)
        assert check(after.problem, new).feasible
        assert new.cost(after.problem) <= town.budget * share


def test_more_rooms_trainers_and_money_are_used(town: Problem, plan: Plan) -> None:
    after = granted(
        town, plan, "add venue hall in harbour for 20 at 10", "add trainer r9 for c0 c1 c2 c3 c4 c5", "budget +4,000"
    )
    new = replanned(after.problem, after.plan, PRICE)
    assert check(after.problem, new).value > check(town, plan).value
    assert gone(plan, new)[0] == 0


def test_wishes_that_cannot_be_read_say_how_to_say_them(town: Problem, plan: Plan) -> None:
    for wish, said in (("make it better", "Say one of"), ("pin r999", "no run"), ("forbid venue nowhere 3", "no venue"), ("forbid all 999", "outside the term"),
                       ("budget -999999999", "less than nothing"), ("budget 1.234", "two decimals"), ("add venue v0 in hill for 3 at 1", "already"), ("excuse p0 r0 r1", "Say one of"),
                       ("add venue barn in hill for 99999999999999999999999 at 1", "more than a city has people"), ("budget 99999999999999999999999", "more money than can be counted")):  # fmt: skip
        with pytest.raises(WishError, match=said):
            granted(town, plan, wish)
    with pytest.raises(WishError, match="already"):
        granted(town, plan, "cancel r1", "pin r1")
    with pytest.raises(WishError, match="it has no runs"):
        granted(town, Plan(), "pin r0")


def test_a_run_that_too_few_can_come_to_cannot_be_pinned(town: Problem) -> None:
    nobody = replace(town, person_free=np.zeros_like(town.person_free))
    meets = town.meetings[0]
    with pytest.raises(PlannerError, match="smallest group"):
        solve(replace(nobody, pinned=((0, int(meets[0, 0]), 0, 0),)), Stop(steps=1))


def test_the_price_of_a_wish_is_known_before_it_is_granted(town: Problem, plan: Plan) -> None:
    dear = priced(town, plan, ("budget 2000",), PRICE, steps=10, seeds=2)
    cheap = priced(town, plan, ("budget +2000",), PRICE, steps=10, seeds=2)
    assert dear.most < 0 < cheap.least
    assert dear.least <= dear.value <= dear.most
    assert dear == priced(town, plan, ("budget 2000",), PRICE, steps=10, seeds=2)
    assert cheap != priced(town, plan, ("budget +2000",), PRICE, steps=10, seeds=2, first_seed=7)


def random_wish(problem: Problem, plan: Plan, rng: np.random.Generator) -> str:
    def any_of(names: tuple[str, ...]) -> str:
        return names[int(rng.integers(len(names)))]

    slot = int(rng.integers(problem.half_days))
    others = [
        f"budget {'+' if rng.random() < 0.6 else '-'}{int(rng.integers(500))}",
        f"forbid venue {any_of(problem.venues)} {slot}",
        f"forbid trainer {any_of(problem.trainers)} {slot}",
        f"forbid course {any_of(problem.courses)} {slot}",
        f"add venue new{rng.integers(1 << 30)} in {any_of(problem.areas)} for {rng.integers(4, 20)} at 60",
        f"add trainer new{rng.integers(1 << 30)} for {any_of(problem.courses)}",
    ]
    if plan.runs:
        run = int(rng.integers(len(plan.runs)))
        who, start = (
            problem.people[int(rng.choice(plan.runs[run].people))],
            int(rng.choice(problem.meetings[plan.runs[run].course][:, 0])),
        )
        others += [f"cancel r{run}", f"excuse {who} r{run}", f"pin r{run}", f"move r{run} to {start}"] * 2
    return others[int(rng.integers(len(others)))]


@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_changes_a_hundred_at_a_time_never_break_a_rule(town: Problem, plan: Plan, seed: int) -> None:
    """Half of them where organisations have budgets of their own. Pins add up, until money or people are too few for them: then the city is as it was in the beginning."""
    rng = np.random.default_rng(seed)
    if seed % 2:
        poorer = replace(town, budget=town.budget // 2, own_budget=np.full(len(town.organisations), town.budget // 8))
        town, plan = poorer, replanned(poorer, plan, PRICE)
    problem, now, refused = town, plan, 0
    for _ in range(100):
        try:
            after = granted(problem, now, random_wish(problem, now, rng))
            new = replanned(after.problem, after.plan, PRICE)
        except PlannerError:
            refused += 1
            problem, now = town, plan
            continue
        problem, now = after.problem, new
        found = check(problem, now)
        assert found.feasible, found.faults[0]
    assert refused < 60


def test_several_runs_of_a_course_may_be_pinned_at_one_time(tmp_path: Path) -> None:
    tables = small_city()
    tables["trainer_courses"].append({"trainer": "t1", "course": "numbers"})
    problem = replace(city(tmp_path / "made", tables), pinned=((0, 2, 0, 0), (0, 2, ONLINE, 1)))
    write_bundle(tmp_path / "again", problem)
    assert read_bundle(tmp_path / "again").pinned == ((0, 2, ONLINE, 1), (0, 2, 0, 0))


def test_where_there_was_no_plan_planning_again_makes_one(town: Problem) -> None:
    assert check(town, replanned(town, Plan(), PRICE)).value > 0


def test_in_a_city_where_nothing_is_possible_planning_again_gives_an_empty_plan(town: Problem, plan: Plan) -> None:
    nobody = replace(town, person_free=np.zeros_like(town.person_free))
    for hopeless in (nobody, replace(town, qualified=np.zeros_like(town.qualified)), replace(town, budget=0)):
        assert not replanned(hopeless, plan, PRICE).runs


def test_a_changed_city_is_written_and_read_back_the_same(town: Problem, plan: Plan, tmp_path: Path) -> None:
    after = granted(town, plan, "pin r0", "pin r2", "forbid course c1 7").problem
    after = replace(after, held_back=0.25)
    for name in ("city", "city.zip", "city.xlsx"):
        write_bundle(tmp_path / name, after)
        assert read_bundle(tmp_path / name).input_hash == after.input_hash
    assert read_bundle(write_town(tmp_path / "plain")).input_hash == town.input_hash


def test_seats_held_back_for_free_booking_stay_empty(town: Problem) -> None:
    held = replace(town, held_back=0.25)
    found = solve(held, Stop(steps=30), seed=1)
    assert found.value > 0
    for run in found.plan.runs:
        assert len(run.people) <= 0.75 * town.group_limits[run.course, run.venue] + 1e-9
    assert solve(town, Stop(steps=30), seed=1).value > found.value
    assert any("above the limit" in fault for fault in check(held, solve(town, Stop(steps=30), seed=1).plan).faults)


def test_from_the_command_line_a_wish_is_priced_granted_and_the_result_checked(
    town: Problem, plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path / "city", town)
    write_plan(tmp_path / "plan", town, plan, {})
    words = ["replan", str(tmp_path / "city"), str(tmp_path / "plan"), "--wish", "cancel r1"]
    assert main([*words, "--price", "--steps", "5"]) == 0
    assert "noise of the search" in capsys.readouterr().out
    assert main([*words, "--price", "--seconds", "5"]) == 2
    assert "not by the clock" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path / "new")]) == 2
    assert "--city" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path / "new"), "--city", str(tmp_path / "new city"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["feasible"], said["runs_gone"]) == (True, 1)
    assert main(["check", str(tmp_path / "new city"), str(tmp_path / "new")]) == 0
    assert main(["replan", str(tmp_path / "city"), str(tmp_path / "plan"), "--wish", "sing", "--price"]) == 2
    assert "Say one of" in capsys.readouterr().err


def test_people_who_need_step_free_rooms_are_only_seated_in_them(tmp_path: Path) -> None:
    tables = small_city()
    tables["courses"] = [row | {"online": 0, "prerequisite": ""} for row in tables["courses"]]
    tables["venues"] = [
        tables["venues"][0] | {"features": "step-free"},
        tables["venues"][0] | {"venue": "attic", "features": "", "cost_half_day": 0, "capacity": 20},
    ]
    for person in tables["people"]:
        person["access"] = "step-free" if person["person"] in ("p1", "p5") else ""
    problem = city(tmp_path / "a", tables)
    assert problem.features == ("step-free",)
    result = solve(problem, Stop(steps=60), seed=1)
    by_venue = {problem.venues[run.venue]: set(run.people.tolist()) for run in result.plan.runs}
    assert {1, 5}.isdisjoint(by_venue.get("attic", set()))
    assert {1, 5} & set().union(*by_venue.values()), "they are seated where they can be"
    wrong = Plan(tuple(replace(run, venue=1) for run in result.plan.runs))
    assert any("lacks what" in fault for fault in check(problem, wrong).faults)
    assert check(problem, first_come(problem, 1)).feasible
    write_bundle(tmp_path / "again", problem)
    assert read_bundle(tmp_path / "again").input_hash == problem.input_hash
    assert "access" in (tmp_path / "again" / "datapackage.json").read_text()
    tables["people"][0]["access"] = "hearing-loop"
    with pytest.raises(BundleError, match="no venue has 'hearing-loop'"):
        city(tmp_path / "b", tables)
