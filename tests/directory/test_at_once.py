"""Two who do the same at the same moment do it once; each of these fails when its lock is taken away."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from moothall.core.errors import DomainError
from moothall.directory import services
from moothall.directory.models import Membership, Organisation, RoleGrant, Team
from moothall.directory.types import NewPerson, OrganisationKind, Role
from tests.factories.world import World, people_only

pytestmark = pytest.mark.usefixtures("committed")
AT_ONCE = 8


def at_once(actions: list[Callable[[], object]]) -> tuple[int, list[str], list[Exception]]:
    """Runs them in as many threads, all let go together: how many went through, what was refused in words, and what else was raised."""
    start, done, refused, errors = threading.Barrier(len(actions)), [], list[str](), list[Exception]()

    def run(action: Callable[[], object]) -> None:
        try:
            start.wait()
            done.append(action())
        except DomainError as error:
            refused.append(str(error))
        except Exception as error:  # noqa: BLE001  whatever it is must not be lost in a thread
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done), refused, errors


@pytest.fixture
def world(committed: None) -> World:
    return people_only()


def test_one_person_is_added_once(world: World) -> None:
    actor, charity = world.actor("administrator"), world.charity

    def add() -> object:
        new = NewPerson("Ada Lund", "ada@advice-centre.example", "77", "A new team", "A new post")
        return services.add_person(
            actor=actor, now=timezone.now(), today=timezone.localdate(), organisation=charity, new=new
        )

    done, refused, errors = at_once([add] * AT_ONCE)
    assert errors == []
    assert (done, len(refused)) == (1, AT_ONCE - 1)
    assert Membership.objects.filter(person__name="Ada Lund").count() == 1


def test_one_team_is_added_once(world: World) -> None:
    actor, charity = world.actor("administrator"), world.charity
    done, _refused, errors = at_once(
        [lambda: services.add_team(actor=actor, now=timezone.now(), organisation=charity, name="Outreach")] * AT_ONCE
    )
    assert (done, errors) == (1, [])
    assert Team.objects.filter(name="Outreach").count() == 1


def test_one_institution_is_set_up_once(world: World) -> None:
    actors = [world.actor(role) for role in ("resident", "funder", "city-steward", "coordinator")]

    def set_up(actor: object) -> Callable[[], object]:
        return lambda: services.set_up_institution(
            actor=actor, now=timezone.now(), today=timezone.localdate(), name="Clash House", kind=OrganisationKind.CHARITY  # type: ignore[arg-type]
        )  # fmt: skip

    done, _refused, errors = at_once([set_up(actor) for actor in actors * 2])
    assert (done, errors) == (1, [])
    assert Organisation.objects.filter(name="Clash House").count() == 1


def test_two_administrators_who_end_or_close_each_other_leave_one(world: World) -> None:
    now, today, charity = timezone.now(), timezone.localdate(), world.charity
    priya, sam = world.people["administrator"], world.people["front-desk"]
    services.grant_role(
        actor=world.actor("administrator"),
        now=now,
        today=today,
        role=Role.ADMINISTRATOR,
        person_id=sam.pk,
        organisation=charity,
    )
    first, second = world.actor("administrator"), world.actor("front-desk")
    grants = {
        grant.person_id: grant for grant in RoleGrant.objects.filter(role=Role.ADMINISTRATOR, organisation=charity)
    }
    done, _refused, errors = at_once([
        lambda: services.end_grant(actor=first, now=now, today=today, grant=grants[sam.pk]),
        lambda: services.end_grant(actor=second, now=now, today=today, grant=grants[priya.pk]),
    ])  # fmt: skip
    assert errors == []
    assert done >= 1
    assert RoleGrant.objects.filter(role=Role.ADMINISTRATOR, organisation=charity, to_on__isnull=True).count() >= 1
