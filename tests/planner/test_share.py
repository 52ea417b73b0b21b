"""What organisations may rely on when a plan is shared out: to the penny, and nobody worse off than alone without being told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from moothall.planner import Plan, Problem, Run, Stop, check, shares, solve, stand_alone
from moothall.planner.share import own_money
from tests.factories.bundles import city, small_city


def test_who_could_do_it_cheaper_alone_is_told_by_how_much_and_given_it_by_the_others(tmp_path: Path) -> None:
    """Five of the council and three of the charity in one room: it costs 120 and 5 a head. Each could hold it online for 40: nobody gains, so nobody can give."""
    tables = small_city()
    tables["courses"][0] |= {"cost_run_online": 40, "max_group": 8}
    tables["venues"][0]["capacity"] = 8
    problem = city(tmp_path, tables)
    plan = Plan((Run(0, 0, 0, 0, np.arange(8)),))
    council, charity = stand_alone(problem, plan)
    # The run costs 120 + 8 * 5 = 160, 20 a place.
    assert (council.places, council.pays, council.alone) == (5, 100_00, 40_00 + 25_00)
    # Three of the charity reach the smallest group of two: online, 40 + 15.
    assert (charity.places, charity.pays, charity.alone) == (3, 60_00, 55_00)
    assert council.fails
    assert charity.fails
    assert (council.transfer, charity.transfer) == (0, 0)
    assert (council.unmended, charity.unmended) == (35_00, 5_00)


def test_who_gains_by_pooling_gives_to_who_loses(tmp_path: Path) -> None:
    """One of the charity alone would pay the list price, 90 / 2 + 5; the council could hold its own for less than its share."""
    tables = small_city()
    tables["courses"][0] |= {"cost_run_online": 90, "cost_run": 102, "max_group_online": 8}
    problem = city(tmp_path, tables)
    plan = Plan((Run(0, 1, 0, 0, np.array([0, 1, 2, 4, 5])),))
    council, charity = stand_alone(problem, plan)
    # The room: 102 + 20 and 5 a head, 147 for five, 29.40 a place.
    assert (council.pays, council.alone) == (117_60, 110_00)
    assert (charity.pays, charity.alone) == (29_40, 50_00)
    assert (council.transfer, charity.transfer) == (7_60, -7_60)
    assert (council.unmended, charity.unmended) == (0, 0)


def test_shares_and_the_test_agree_and_transfers_add_up_to_nothing(town: Problem) -> None:
    plan = solve(town, Stop(steps=5), seed=1).plan
    tested = stand_alone(town, plan)
    paid = {share.organisation: share.cost for share in shares(town, plan)}
    assert {o: sum(row.pays for row in tested if row.organisation == o) for o in paid} == paid
    for course in {row.course for row in tested}:
        rows = [row for row in tested if row.course == course]
        assert sum(row.transfer for row in rows) == 0
        for row in rows:
            assert row.pays - row.transfer - row.unmended <= max(row.pays if not row.fails else 0, row.alone)
            if row.unmended:  # then nobody in the course is left with a gain
                assert all(each.pays - each.transfer >= each.alone for each in rows)


def test_a_plan_without_runs_is_fair_to_all(town: Problem) -> None:
    assert stand_alone(town, Plan()) == []


def test_a_course_that_could_be_held_nowhere_any_more_costs_nobody_more_than_alone(town: Problem) -> None:
    plan = solve(town, Stop(steps=5), seed=1).plan
    closed = replace(town, course_online=np.zeros_like(town.course_online), venue_capacity=np.zeros_like(town.venue_capacity))  # fmt: skip
    rows = stand_alone(closed, plan)
    assert rows
    assert not any(row.fails or row.transfer for row in rows)


def test_the_checker_and_the_shares_agree_on_what_organisations_pay_of_their_own(town: Problem) -> None:
    """Both are written by the rule, by themselves: a mistake in one is seen in the other."""
    plan = solve(town, Stop(steps=20), seed=1).plan
    for part in (3, 10, 1000):
        own = np.array([town.budget // part + 7 * o for o in range(len(town.organisations))])
        asked = replace(town, own_budget=own)
        assert check(asked, plan).own_money == own_money(asked, plan) > 0
