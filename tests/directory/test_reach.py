"""How far a right reaches: what a stranger tries who may set up an institution of their own, as anybody may."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from django.utils import timezone

from moothall.accounts.models import User
from moothall.core import mail
from moothall.core.models import OutgoingMail
from moothall.directory import selectors, services
from moothall.directory.models import ErasureRequest, Membership, Organisation, Person, RoleGrant
from moothall.directory.types import Channel, NewPerson, OrganisationKind, Permission, Role
from tests.factories.long_work import take_people
from tests.factories.world import ALL, World, people_only
from tests.web.checked_client import CheckedClient

pytestmark = pytest.mark.django_db
PASSWORD = "three otters on a barge"


@pytest.fixture
def world() -> World:
    return people_only()


def shell(world: World, role: str = "resident") -> Organisation:
    """An institution that somebody set up for themselves, and nobody has confirmed."""
    return services.set_up_institution(
        actor=world.actor(role),
        now=timezone.now(),
        today=timezone.localdate(),
        name="Shell",
        kind=OrganisationKind.OTHER,
    )


def add(world: World, role: str, organisation: Organisation, name: str, email: str = "", reference: str = "") -> Person:
    return services.add_person(
        actor=world.actor(role),
        now=timezone.now(),
        today=timezone.localdate(),
        organisation=organisation,
        new=NewPerson(name, email, reference),
    )


def invite(
    world: World, role: str, organisation: Organisation, person: Person, channel: Channel = Channel.PAPER
) -> str:
    _, code = services.invite(
        actor=world.actor(role), now=timezone.now(), today=timezone.localdate(), organisation=organisation, person_id=person.pk, channel=channel,
        through_id=None,
    )  # fmt: skip
    return code


def grant(world: World, role: str, given: Role, person: Person, organisation: Organisation) -> None:
    services.grant_role(
        actor=world.actor(role),
        now=timezone.now(),
        today=timezone.localdate(),
        role=given,
        person_id=person.pk,
        organisation=organisation,
    )


def test_roles_of_an_institution_nobody_has_confirmed_reach_no_further_than_its_record(world: World) -> None:
    mine = shell(world)
    for role in (Role.COORDINATOR, Role.FUNDER, Role.SENIOR_SPONSOR):
        grant(world, "resident", role, world.people["resident"], mine)
    actor = world.actor("resident")
    assert actor.may(Permission.MANAGE_PEOPLE, organisation=mine.pk)
    for permission in (Permission.PLAN, Permission.PUBLISH_PLAN, Permission.READ_SHARED_PLANS):
        assert not actor.may_somewhere(permission)
    services.confirm_institution(actor=ALL, now=timezone.now(), organisation=mine)
    assert world.actor("resident").may(Permission.PLAN, organisation=mine.pk)


def test_a_code_proves_only_the_address_it_was_sent_to(world: World) -> None:
    mine = shell(world)
    swap = add(world, "resident", mine, "Swap", "evil@x.example", "7")
    code = invite(world, "resident", mine, swap, Channel.MAIL)
    Person.objects.filter(pk=swap.pk).update(email="tomasz@city-council.example")
    user = services.join(now=timezone.now(), code=code, password=PASSWORD, signed_in=None)
    assert user is not None
    assert user.email == "evil@x.example"


def test_what_others_typed_as_my_address_hands_me_nothing(world: World) -> None:
    mail.post(to="tomasz@city-council.example", subject="For Tomasz", text="secret plans", now=timezone.now())
    mine = shell(world)
    mallory = add(world, "resident", mine, "Mallory", "tomasz@city-council.example")
    user = services.join(
        now=timezone.now(), code=invite(world, "resident", mine, mallory), password=PASSWORD, signed_in=None
    )
    assert user is not None
    held = services.my_data(actor=selectors.actor_for_user(user.pk, timezone.localdate()), now=timezone.now()).decode()
    assert "secret plans" not in held
    assert "For Tomasz" not in held


def test_a_code_on_its_way_is_handed_to_nobody(world: World) -> None:
    mail.post(to="ruth@home.example", subject="Your code", text="Type 918273", now=timezone.now(), secret=True)
    held = json.loads(services.my_data(actor=world.actor("resident"), now=timezone.now()))
    assert "Your code" in json.dumps(held)
    assert "918273" not in json.dumps(held)


def test_a_deputy_has_the_roles_of_that_institution_only_and_never_the_right_to_give_roles(world: World) -> None:
    now, today = timezone.now(), timezone.localdate()
    council = Organisation.objects.get(slug="city-council")
    tomasz, sam = world.people["coordinator"], world.people["front-desk"]
    marcus = world.people["senior-sponsor"]
    grant_admin = services.grant_role(
        actor=ALL, now=now, today=today, role=Role.ADMINISTRATOR, person_id=tomasz.pk, organisation=council
    )
    services.record_leave(
        actor=ALL,
        now=now,
        organisation=council,
        person_id=tomasz.pk,
        today=today,
        from_on=today,
        to_on=today + dt.timedelta(days=3),
        deputy_id=marcus.pk,
    )
    deputy = world.actor("senior-sponsor")
    assert deputy.may(Permission.MANAGE_PEOPLE, organisation=council.pk), "as the administrator of the council"
    assert not deputy.may(Permission.PLAN), "but not as the coordinator of the city"
    assert not deputy.may_somewhere(Permission.GRANT_ROLES)
    assert grant_admin.pk
    with pytest.raises(services.CannotChangePeople, match="cannot make yourself"):
        services.record_leave(
            actor=world.actor("line-manager"), now=now, organisation=world.charity, person_id=sam.pk, today=today, from_on=today, to_on=today,
            deputy_id=world.people["line-manager"].pk,
        )  # fmt: skip
    with pytest.raises(services.CannotChangePeople, match="a year at most"):
        services.record_leave(
            actor=ALL,
            now=now,
            organisation=world.charity,
            person_id=sam.pk,
            today=today,
            from_on=today,
            to_on=dt.date(9999, 12, 31),
            deputy_id=None,
        )


def test_the_first_steward_is_no_record_that_somebody_made_beforehand(world: World) -> None:
    mine = shell(world)
    bait = add(world, "resident", mine, "Ingrid", "new-steward@fenbridge.example")
    code = services.name_first_steward(
        actor=ALL, now=timezone.now(), today=timezone.localdate(), email="new-steward@fenbridge.example", name="Ingrid"
    )
    assert code
    assert not RoleGrant.objects.filter(person=bait, role=Role.CITY_STEWARD).exists()


def test_who_has_no_mail_gets_a_new_password_from_their_institution_and_from_no_other(world: World) -> None:
    charity = world.charity
    nell = add(world, "administrator", charity, "Nell Quirke")
    user = services.join(
        now=timezone.now(), code=invite(world, "administrator", charity, nell), password=PASSWORD, signed_in=None
    )
    assert user is not None
    client = CheckedClient()
    client.force_login(user)
    assert client.get("/me/").status_code == 200
    code = invite(world, "administrator", charity, nell)
    fresh = CheckedClient()
    assert fresh.post("/join/", {"code": code, "confirmed": "yes", "password": ""}).status_code == 422
    assert (
        fresh.post("/join/", {"code": code, "confirmed": "yes", "password": "four badgers in a boat"}).status_code
        == 302
    )
    assert fresh.get("/me/").status_code == 200
    assert client.get("/me/").status_code == 302, "who had the old password is signed out"
    with pytest.raises(services.CannotInvite, match="by mail"):
        invite(world, "administrator", charity, world.people["front-desk"])
    Membership.objects.create(
        person=nell, organisation=Organisation.objects.get(slug="city-council"), from_on=timezone.localdate()
    )
    with pytest.raises(services.CannotInvite, match="other institutions"):
        invite(world, "administrator", charity, nell)


def test_an_unconfirmed_institution_does_not_write_to_the_whole_city(world: World) -> None:
    mine = shell(world)
    for i in range(20):
        invite(world, "resident", mine, add(world, "resident", mine, f"P{i}", f"p{i}@x.example"), Channel.MAIL)
    with pytest.raises(services.CannotInvite, match="20 invitations a day"):
        invite(world, "resident", mine, add(world, "resident", mine, "P", "p@x.example"), Channel.MAIL)


def test_the_steward_refuses_an_institution_with_a_reason(world: World) -> None:
    mine = shell(world)
    ingrid = CheckedClient()
    ingrid.force_login(world.users["city-steward"])
    address = f"/organisations/{mine.slug}/refuse/"
    assert ingrid.post(address, {"reason": " "}).status_code == 422
    assert ingrid.post(address, {"reason": "There is no such body."}).status_code == 302
    assert "There is no such body." in OutgoingMail.objects.get(to="ruth@home.example").text
    assert not world.actor("resident").may_somewhere(Permission.MANAGE_PEOPLE)
    ingrid.get("/organisations/to-confirm/")  # says that it is done
    assert "Shell" not in ingrid.get("/organisations/to-confirm/").content.decode()


def test_the_steward_decides_for_those_for_whom_no_administrator_can(world: World) -> None:
    george = CheckedClient()
    george.force_login(world.users["funder"])
    george.post("/me/erasure/")
    asked = ErasureRequest.objects.get()
    ingrid = CheckedClient()
    ingrid.force_login(world.users["city-steward"])
    assert "George Ashdown" in ingrid.get("/organisations/to-confirm/").content.decode()
    address = f"/erasures/{asked.pk}/"
    assert "end the role" in ingrid.post(address, {"decision": "erase", "reason": ""}).content.decode()
    RoleGrant.objects.filter(person=world.people["funder"]).update(to_on=timezone.localdate())
    assert ingrid.post(address, {"decision": "erase", "reason": ""}).status_code == 302
    world.people["funder"].refresh_from_db()
    assert world.people["funder"].name == ""
    staff = services.ask_erasure(actor=world.actor("front-desk"), now=timezone.now())
    assert ingrid.get(f"/erasures/{staff.pk}/").status_code == 404, "Sam's administrator decides that"


def test_joining_where_one_works_already_is_refused_in_words(world: World) -> None:
    again = add(world, "administrator", world.charity, "Sam O.")
    services.close_membership(
        actor=world.actor("administrator"), now=timezone.now(), organisation=world.charity, person_id=again.pk, today=timezone.localdate(),
        last_day=timezone.localdate() + dt.timedelta(days=20),
    )  # fmt: skip
    code = invite(world, "administrator", world.charity, again)
    client = CheckedClient()
    client.force_login(world.users["front-desk"])
    answer = client.post("/join/", {"code": code, "confirmed": "yes", "password": ""})
    assert answer.status_code == 422
    assert "work for this institution already" in answer.content.decode()


def test_a_line_manager_no_longer_sees_who_has_left_her_team(world: World) -> None:
    dilys = CheckedClient()
    dilys.force_login(world.users["line-manager"])
    page = f"/organisations/advice-centre/people/{world.people['front-desk'].pk}/"
    assert dilys.get(page).status_code == 200
    today = timezone.localdate()
    services.move_person(
        actor=world.actor("administrator"), now=timezone.now(), today=today, organisation=world.charity, person_id=world.people["front-desk"].pk,
        team="Office", post="", level="none",  # type: ignore[arg-type]
    )  # fmt: skip
    assert dilys.get(page).status_code == 404


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_days_far_away_are_refused_in_words(world: World, day: str) -> None:
    client = CheckedClient()
    client.force_login(world.users["administrator"])
    answer = client.post(
        f"/organisations/advice-centre/people/{world.people['front-desk'].pk}/left/", {"last_day": day}
    )
    assert answer.status_code == 422
    assert "The last day must lie" in answer.content.decode()


def test_three_rows_of_one_name_are_not_three_people(world: World) -> None:
    opened = services.open_people_import(
        actor=world.actor("administrator"),
        now=timezone.now(),
        organisation=world.charity,
        content=b"name\nAda Lund\nAda Lund\nada lund\n",
        name="p.csv",
    )
    done = take_people(world.actor("administrator"), opened, mapping={"name": "name"}, only_right=True)
    assert (done.taken, done.refused) == (1, 2)


def test_an_address_that_was_changed_is_the_one_that_is_shown(world: World) -> None:
    User.objects.filter(pk=world.users["front-desk"].pk).update(email="sam@elsewhere.example")
    client = CheckedClient()
    client.force_login(world.users["administrator"])
    page = client.get(f"/organisations/advice-centre/people/{world.people['front-desk'].pk}/").content.decode()
    assert "sam@elsewhere.example" in page
    assert not re.search("sam@advice-centre", page)
