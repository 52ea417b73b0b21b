"""The checker must see every broken rule: a plan that keeps all is spoilt in one way at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moothall.planner import ONLINE, Plan, Problem, Run, check
from tests.factories.bundles import city, small_city

WRITING, NUMBERS = 0, 1
T1, T2 = 0, 1


def people(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    return city(tmp_path)


GOOD = (
    Run(WRITING, 0, ONLINE, T1, people(0, 2)),
    Run(WRITING, 1, 0, T1, people(1, 4, 6)),
    Run(NUMBERS, 2, 0, T2, people(0, 2, 6)),
)


def test_a_plan_that_keeps_every_rule_is_worth_what_it_should(problem: Problem) -> None:
    found = check(problem, Plan.of(GOOD))
    assert found.faults == ()
    # plain words: p1 30; p0, p2, p4, p6 10 each. Figures: p0, p2, p6 30 each.
    # From hill to harbour: p4 and p6 once, p0, p2 and p6 once more. p2 prefers online and goes in person once.
    assert found.needs_met == 8
    assert found.value == 160 - 2 * 5 - 1
    assert found.cost == (90 + 2 * 5 + 100 + 20 + 3 * 5 + 2 * 20) * 100 + 15050 + 3 * 225


SPOILT = {
    "is not free": Run(WRITING, 3, ONLINE, T2, people(3, 5)),
    "takes the course twice": Run(WRITING, 4, ONLINE, T1, people(0, 7)),
    "in two places": Run(WRITING, 2, ONLINE, T1, people(0, 7)),
    "cannot reach": Run(WRITING, 4, 0, T1, people(3, 5)),
    "not offered online": Run(NUMBERS, 3, ONLINE, T2, people(1, 1)),
    "below the minimum group": Run(WRITING, 4, ONLINE, T1, people(5)),
    "above the limit of 5": Run(WRITING, 4, 0, T1, people(0, 1, 2, 4, 5, 6)),
    "is not qualified": Run(NUMBERS, 4, 0, T1, people(0, 2)),
    "the trainer t2 is not free": Run(WRITING, 4, ONLINE, T2, people(5, 7)),
    "the venue library is not free": Run(WRITING, 8, 0, T1, people(5, 7)),
    "outside the term": Run(NUMBERS, 12, 0, T2, people(0, 2)),
    "trainer t1: in two places": Run(WRITING, 0, ONLINE, T1, people(5, 7)),
    "venue library: in two places": Run(NUMBERS, 2, 0, T2, people(6, 1)),
    "before its prerequisite": Run(NUMBERS, 3, 0, T2, people(5, 7)),
}


@pytest.mark.parametrize("words", SPOILT)
def test_every_broken_rule_is_named(words: str, tmp_path: Path) -> None:
    tables = small_city()
    tables["reach"][0:1] = []  # harbour no longer reaches itself: only hill people may come to the library
    tables["venues"][0]["free"] = "1111111101"
    problem = city(tmp_path, tables)
    good = [Run(WRITING, 1, ONLINE, T1, people(1, 4, 6)) if run.start == 1 else run for run in GOOD]
    assert check(problem, Plan.of(good)).feasible
    found = check(problem, Plan.of([*good, SPOILT[words]]))
    assert any(words in fault for fault in found.faults), found.faults


def test_a_team_may_not_be_emptied(problem: Problem) -> None:
    # five at the desk, half may be away: two
    found = check(problem, Plan.of([Run(WRITING, 0, ONLINE, T1, people(0, 1, 2))]))
    assert [fault for fault in found.faults if fault.startswith("team desk: 3 away")]


def test_hours_and_money_are_kept(problem: Problem) -> None:
    poor = replace(problem, budget=9000, person_half_days=np.full(8, 2))
    found = check(poor, Plan.of(GOOD))
    assert any("more than the 2 to spare" in fault for fault in found.faults)
    assert any("more than the budget of £90.00" in fault for fault in found.faults)


def test_a_course_that_crosses_the_weekend_is_refused(tmp_path: Path) -> None:
    tables = small_city()
    tables["courses"][1]["pattern"] = "consecutive"
    tables["trainers"][1]["free"] = "1111111111"
    problem = city(tmp_path, tables)
    found = check(problem, Plan.of([Run(WRITING, 0, ONLINE, T1, people(0, 2)), Run(NUMBERS, 9, 0, T2, people(0, 2))]))
    assert any("crosses the end of a week" in fault for fault in found.faults)
