"""What may be seen is said twice, for one thing and as a filter for many: both say the same, for any actor at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall.core.actor import Actor, ActorKind, Held
from moothall.directory import policies
from moothall.directory.models import Membership, Organisation, Person, RoleGrant, Team, new_pseudonym
from moothall.directory.selectors import actor_for_user
from moothall.directory.selectors.actors import current, own_or_deputised, permissions_of
from moothall.directory.types import Permission, Role
from moothall.programme import policies as programme
from moothall.programme.models import City, Plan
from tests.factories.world import everything, people_only

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

ORGANISATIONS, TEAMS, PEOPLE = 4, 3, 12


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, list[int]]]:
    """Organisations (every other one confirmed), teams, and people in all of them; plans of every kind."""
    with django_db_blocker.unblock(), transaction.atomic():
        everything()
        now, today = timezone.now(), timezone.localdate()
        organisations = [
            Organisation.objects.create(slug=f"o{i}", name=f"O{i}", kind="charity", confirmed_at=now if i % 2 else None)
            for i in range(ORGANISATIONS)
        ]
        teams = [
            Team.objects.create(organisation=each, reference=f"t{i}", name=f"T{i}")
            for each in organisations
            for i in range(TEAMS)
        ]
        people = [Person.objects.create(name=f"P{i}", pseudonym=new_pseudonym(), made_at=now) for i in range(PEOPLE)]
        for i, person in enumerate(people):
            team = teams[i % len(teams)] if i % 3 else None
            organisation = team.organisation if team else organisations[i % ORGANISATIONS]
            Membership.objects.create(person=person, organisation=organisation, team=team, from_on=today)
        city = City.objects.get()
        for i, organisation in enumerate([None, *organisations]):
            city.pk, city.title, city.organisation = None, f"C{i}", organisation
            city._state.adding = True
            city.save()
        for plan in list(Plan.objects.all()):
            for i, organisation in enumerate([None, *organisations]):
                plan.pk, plan.organisation = None, organisation
                plan.shared_at = now if i % 2 else None
                plan._state.adding = True
                plan.save()
        yield {
            "organisations": [each.pk for each in organisations], "teams": [each.pk for each in teams], "people": [each.pk for each in people],
        }  # fmt: skip
        transaction.set_rollback(True)


@st.composite
def actors(draw: Any, rows: dict[str, list[int]]) -> Actor:
    """Anybody: visitors, people and parts of the system, with any permissions anywhere."""
    organisation = st.none() | st.sampled_from(rows["organisations"])
    held = st.builds(Held, st.sampled_from(list(Permission)), organisation, st.none())
    by_team = st.sampled_from(rows["teams"]).map(
        lambda team: Held(draw(st.sampled_from(list(Permission))), _organisation_of(team), team)
    )
    kind = draw(st.sampled_from(list(ActorKind)))
    return Actor(
        kind, id=draw(st.sampled_from(rows["people"])) if kind is ActorKind.PERSON else None,
        held=frozenset(draw(st.lists(held | by_team, max_size=4))),
        belongs_to=frozenset(draw(st.lists(st.sampled_from(rows["organisations"]), max_size=2))),
    )  # fmt: skip


_teams: dict[int, int] = {}


def _organisation_of(team: int) -> int:
    if not _teams:
        _teams.update(Team.objects.values_list("pk", "organisation_id"))
    return _teams[team]


@given(data=st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
def test_each_predicate_and_its_filter_agree(
    rows: dict[str, list[int]], data: Any, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        actor = data.draw(actors(rows))
        organisations = list(Organisation.objects.all())
        pairs: list[tuple[str, Any, Any, Any]] = [
            ("organisations", organisations, lambda each: policies.can_see_organisation(actor, each), Organisation.objects.filter(policies.visible_organisations(actor))),
            ("records", organisations, lambda each: policies.can_manage_institution(actor, each), Organisation.objects.filter(policies.manageable_organisations(actor))),
            ("memberships", list(Membership.objects.all()), lambda each: policies.can_see_membership(actor, each.organisation_id, each.team_id, each.person_id), Membership.objects.filter(policies.visible_memberships(actor))),
            ("kept memberships", list(Membership.objects.all()), lambda each: policies.can_manage_membership(actor, each.organisation_id, each.team_id), Membership.objects.filter(policies.manageable_memberships(actor))),
            ("cities", list(City.objects.all()), lambda each: programme.can_see_city(actor, each), City.objects.filter(programme.visible_cities(actor))),
            ("plans", list(Plan.objects.all()), lambda each: programme.can_see_plan(actor, each), Plan.objects.filter(programme.visible_plans(actor))),
        ]  # fmt: skip
        for what, every, predicate, filtered in pairs:
            assert {each.pk for each in every if predicate(each)} == {each.pk for each in filtered}, what


@pytest.mark.django_db
def test_the_statement_that_builds_an_actor_agrees_with_the_roles_as_they_are_listed() -> None:
    """Every page begins with that one statement; `rights_of` reads the same through the ORM."""
    world, today = people_only(), timezone.localdate()
    for key, user in world.users.items():
        if key == "newcomer":
            continue
        actor = actor_for_user(user.pk, today)
        grants = RoleGrant.objects.filter(own_or_deputised(actor.id, today) & current(today)).distinct()
        expected = {
            Held(permission, row.organisation_id, row.team_id)
            for row in grants
            for permission in permissions_of(
                Role(row.role),
                deputised=row.person_id != actor.id,
                confirmed=row.organisation is None or row.organisation.confirmed_at is not None,
            )
        }
        assert actor.held == expected | {Held(Permission.OWN_ACCOUNT)}, key
        assert actor.belongs_to == frozenset(
            Membership.objects.filter(current(today), person_id=actor.id).values_list("organisation_id", flat=True)
        )
