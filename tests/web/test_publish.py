"""What the service stores, and what it refuses to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from moothall import planner
from moothall.core.actor import VISITOR
from moothall.core.errors import Forbidden
from moothall.directory.models import Organisation, Team
from moothall.directory.services import CannotImportOrganisations, import_organisations
from moothall.directory.types import NewOrganisation, NewTeam, OrganisationKind
from moothall.programme.models import Plan, Run
from moothall.programme.services import CannotPublishPlan, publish_plan
from moothall.programme.types import Way
from tests.factories.plans import NOW, PUBLISHER, new_plan, published

pytestmark = pytest.mark.django_db


def test_a_published_plan_brings_its_organisations_and_teams() -> None:
    published()
    problem = new_plan().problem
    assert set(Organisation.objects.values_list("slug", flat=True)) == set(problem.organisations)
    assert Organisation.objects.get(slug="repair-cafe").name == "Marsh End Repair Café"
    assert Team.objects.count() == len(problem.teams)


def test_publishing_again_renames_and_doubles_nothing() -> None:
    published()
    Organisation.objects.filter(slug="city-council").update(name="Old name")
    published()
    assert Organisation.objects.count() == 25
    assert Organisation.objects.get(slug="city-council").name == "Fenbridge City Council"
    assert Plan.objects.count() == 2


def test_a_visitor_may_not_publish() -> None:
    with pytest.raises(Forbidden):
        publish_plan(actor=VISITOR, now=NOW, new=new_plan())
    with pytest.raises(Forbidden):
        import_organisations(actor=VISITOR, now=NOW, new=[])
    assert not Plan.objects.exists()


def test_a_plan_that_breaks_a_rule_is_not_stored() -> None:
    new = new_plan()
    run = new.plan.runs[0]
    everybody = np.arange(len(new.problem.people))
    broken = planner.Plan.of(
        [planner.Run(run.course, run.start, run.venue, run.trainer, everybody), *new.plan.runs[1:]]
    )
    with pytest.raises(CannotPublishPlan, match="breaks a rule"):
        publish_plan(actor=PUBLISHER, now=NOW, new=replace(new, plan=broken))
    assert not Plan.objects.exists()
    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("value", 10**9),
        ("cost", 1),
        ("needs_met", 0),
        ("bound", 1),
        ("bound", float("inf")),
        ("bound", 10**400),
        ("gap", 0),
        ("status", "optimal"),
        ("input", "0" * 64),
    ],
)
def test_a_plan_that_claims_what_is_not_so_is_not_stored(key: str, value: float) -> None:
    with pytest.raises(CannotPublishPlan, match=key if key != "status" else "optimal"):
        publish_plan(actor=PUBLISHER, now=NOW, new=replace(new_plan(), about={**new_plan().about, key: value}))
    assert not Plan.objects.exists()


def test_a_plan_without_its_baselines_or_its_calendar_is_not_stored() -> None:
    new = new_plan()
    with pytest.raises(CannotPublishPlan, match="baselines"):
        publish_plan(actor=PUBLISHER, now=NOW, new=replace(new, baselines={Way.ALONE: new.baselines[Way.ALONE]}))
    timeless = replace(new.problem, half_day_times=())
    with pytest.raises(planner.NoCalendar, match="starts_on"):
        publish_plan(
            actor=PUBLISHER,
            now=NOW,
            new=replace(new, problem=timeless, about={**new.about, "input": timeless.input_hash}),
        )
    with pytest.raises(CannotPublishPlan, match="does not say bound"):
        publish_plan(
            actor=PUBLISHER, now=NOW, new=replace(new, about={k: v for k, v in new.about.items() if k != "bound"})
        )
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ([NewOrganisation("???", "Name", OrganisationKind.OTHER, ())], "cannot be part of a web address"),
        ([NewOrganisation("x" * 81, "Name", OrganisationKind.OTHER, ())], "cannot be part of a web address"),
        (
            [
                NewOrganisation("a b", "One", OrganisationKind.OTHER, ()),
                NewOrganisation("A-B", "Two", OrganisationKind.OTHER, ()),
            ],
            "share the web address a-b",
        ),
        ([NewOrganisation("a", " ", OrganisationKind.OTHER, ())], "needs a name"),
        ([NewOrganisation("a", "A", OrganisationKind.OTHER, (NewTeam("t", "n" * 201),))], "needs a name"),
    ],
)
def test_organisations_that_cannot_be_stored_are_named(new: list[NewOrganisation], words: str) -> None:
    with pytest.raises(CannotImportOrganisations, match=words):
        import_organisations(actor=PUBLISHER, now=NOW, new=new)
    assert not Organisation.objects.exists()


def test_the_database_itself_refuses_what_cannot_be() -> None:
    plan = published()
    run = plan.runs.first()
    assert run is not None
    for change in ({"places": run.limit + 1}, {"venue": "Hall", "area": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Run.objects.filter(pk=run.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(bound=plan.value - 1)


def test_the_app_s_role_can_change_rows_but_no_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("moothall_app",)
    for statement in (
        "CREATE TABLE x (i int)",
        "DROP TABLE programme_run",
        "TRUNCATE programme_run CASCADE",
        "ALTER TABLE programme_run ADD x int",
    ):
        with (
            pytest.raises(Exception, match=r"permission denied|must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
