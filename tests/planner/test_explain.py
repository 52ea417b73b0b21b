"""What people are told when a need of theirs is not met, and why a run is where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moothall.cli.__main__ import main
from moothall.planner import ONLINE, Explainer, Plan, Problem, Reason, Run, check, write_plan
from tests.factories.bundles import city, small_city, write_city

Tables = dict[str, list[dict[str, Any]]]


def only(tables: Tables, table: str, **cells: Any) -> dict[str, Any]:
    (found,) = [row for row in tables[table] if all(row[key] == value for key, value in cells.items())]
    return found


def why(problem: Problem, plan: Plan, person: str, skill: str) -> Any:
    p, k = problem.people.index(person), problem.skills.index(skill)
    (n,) = np.nonzero((problem.need_person == p) & (problem.need_skill == k))[0].tolist()
    return Explainer(problem, plan).need(n)


def run_of(problem: Problem, course: int, start: int, venue: int, trainer: int, *people: int) -> Plan:
    plan = Plan((Run(course, start, venue, trainer, np.array(people)),))
    assert check(problem, plan).feasible, check(problem, plan).faults
    return plan


def test_no_course_closes_the_need(tmp_path: Path) -> None:
    tables = small_city()
    tables["skills"].append({"skill": "song"})
    tables["needs"].append({"person": "p0", "skill": "song", "weight": 10})
    found = why(city(tmp_path, tables), Plan(), "p0", "song")
    assert (found.reason, found.change.cost) == (Reason.NO_COURSE, None)
    assert "song" in found.words


def test_no_venue_in_reach_seats_the_smallest_group(tmp_path: Path) -> None:
    tables = small_city()
    only(tables, "venues", venue="library")["capacity"] = 1
    found = why(city(tmp_path, tables), Plan(), "p0", "figures")
    assert found.reason is Reason.NO_VENUE
    assert "2 or more" in found.change.words


def test_no_trainer_can_give_it(tmp_path: Path) -> None:
    tables = small_city()
    tables["trainer_courses"] = tables["trainer_courses"][:2]
    assert why(city(tmp_path, tables), Plan(), "p0", "figures").reason is Reason.NO_TRAINER


def test_the_course_is_longer_than_somebody_has_half_days(tmp_path: Path) -> None:
    tables = small_city()
    only(tables, "people", person="p0")["half_days"] = 1
    found = why(city(tmp_path, tables), Plan(), "p0", "figures")
    assert found.reason is Reason.NO_HOURS
    assert "1 half-day more" in found.change.words


def test_a_prerequisite_is_missing(tmp_path: Path) -> None:
    assert why(city(tmp_path, small_city()), Plan(), "p0", "figures").reason is Reason.PREREQUISITE


def test_somebody_is_never_free(tmp_path: Path) -> None:
    tables = small_city()
    only(tables, "people", person="p0")["free"] = "0000000000"
    assert why(city(tmp_path, tables), Plan(), "p0", "plain-words").reason is Reason.NO_TIME


def test_a_seat_is_there_but_not_the_time(tmp_path: Path) -> None:
    tables = small_city()
    only(tables, "people", person="p0")["free"] = "0000010000"
    problem = city(tmp_path, tables)
    found = why(problem, run_of(problem, 0, 0, ONLINE, 0, 1, 5), "p0", "plain-words")
    assert found.reason is Reason.NO_TIME
    assert "half-day 0" in found.change.words


def test_the_team_can_spare_nobody_else(tmp_path: Path) -> None:
    tables = small_city()
    only(tables, "people", person="p0")["free"] = "1000000000"
    problem = city(tmp_path, tables, cover=0)
    found = why(problem, run_of(problem, 0, 0, ONLINE, 0, 1, 5), "p0", "plain-words")
    assert found.reason is Reason.COVER
    assert found.change.words == "Let one more of desk be away in half-day 0, for r0 (writing)."


def test_too_few_wait_for_it(tmp_path: Path) -> None:
    tables = small_city()
    tables["needs"] = [row for row in tables["needs"] if row["person"] == "p1"]
    found = why(city(tmp_path, tables), Plan(), "p1", "plain-words")
    assert found.reason is Reason.GROUP
    assert "1 more people" in found.change.words


def test_all_places_are_taken_and_nobody_else_waits(tmp_path: Path) -> None:
    tables = small_city()
    only(tables, "courses", course="writing")["max_group_online"] = 7
    problem = city(tmp_path, tables, cover=1)
    assert why(problem, run_of(problem, 0, 0, ONLINE, 0, *range(1, 8)), "p0", "plain-words").reason is Reason.FULL


def test_all_that_is_in_the_way_of_a_place_is_named_at_once(tmp_path: Path) -> None:
    """Whoever does what is asked for needs not come back for more."""
    tables = small_city()
    only(tables, "people", person="p0")["free"] = "0111111111"
    problem = city(tmp_path, tables, cover=0.2)
    found = why(problem, run_of(problem, 0, 0, ONLINE, 0, 1, 5), "p0", "plain-words")
    assert found.reason is Reason.NO_TIME
    assert (
        "Free p0 in half-day 0 and let one more of desk be away in half-day 0, for r0 (writing)." in found.change.words
    )


def test_only_money_is_missing_and_it_says_how_much(tmp_path: Path) -> None:
    found = why(city(tmp_path, small_city(), budget=0), Plan(), "p0", "plain-words")
    # The cheapest further run: online, 90, and two places at 5.
    assert (found.reason, found.change.cost) == (Reason.MONEY, 10_000)
    assert "Add £100.00" in found.change.words


def test_granting_what_is_asked_for_meets_the_need(tmp_path: Path) -> None:
    """The money that is said to be missing is enough, and a penny less is not."""
    for missing, enough in ((0, True), (1, False)):
        problem = city(tmp_path / str(missing), small_city(), budget=(10_000 - missing) / 100)
        plan = Plan((Run(0, 0, ONLINE, 0, np.array([0, 1])),))
        assert check(problem, plan).feasible is enough


def test_why_a_run_is_there_and_then(tmp_path: Path) -> None:
    problem = city(tmp_path, small_city())
    plan = run_of(problem, 0, 1, 0, 0, 0, 1, 5)
    found = Explainer(problem, plan).run(0)
    assert (found.places, found.limit, found.needs_met, found.weight) == (3, 5, 3, 70)
    assert found.cost == 100_00 + 20_00 + 3 * 5_00
    assert found.could_come == 3
    assert "online would cost £30.00 less" in found.words[2]
    later = run_of(problem, 0, 1, 0, 0, 0, 2)  # p3 is free in even half-days only
    assert Explainer(problem, later).run(0).other_start != 1


def test_every_unmet_need_of_a_city_has_one_reason(tmp_path: Path) -> None:
    problem = city(tmp_path, small_city())
    plan = run_of(problem, 0, 1, 0, 0, 0, 1, 5)
    found = Explainer(problem, plan).unmet()
    assert len(found) == (~plan.met(problem)).sum()
    assert all(each.words and each.change.words for each in found)
    assert {each.person for each in Explainer(problem, plan).unmet(person=2)} == {2}


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = city(tmp_path / "read", small_city())
    write_city(tmp_path / "city")
    write_plan(tmp_path / "plan", problem, run_of(problem, 0, 1, 0, 0, 0, 1, 5), {})
    words = ["explain", str(tmp_path / "city"), str(tmp_path / "plan")]
    assert main([*words, "p0", "r0", "p2/figures"]) == 0
    said = capsys.readouterr().out
    assert "met in r0" in said
    assert "3 of 5 places" in said
    assert "a prerequisite is missing" in said
    assert main(words) == 0
    assert "needs are not met" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unmet"] == 9
    assert main([*words, "nobody"]) == 2
    assert "neither a run" in capsys.readouterr().err
