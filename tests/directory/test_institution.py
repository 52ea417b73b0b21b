"""An administrator sets up an institution, and the people in it come in by mail, on paper or through a colleague."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from moothall.accounts.models import User
from moothall.core.models import OutgoingMail
from moothall.directory import selectors, services
from moothall.directory.models import Membership, Organisation, Person, Post, RoleGrant, Team
from moothall.directory.types import Channel, NewPerson, Permission, Role
from tests.factories.long_work import take_everything, take_people
from tests.factories.world import World, people_only
from tests.web.checked_client import CheckedClient

pytestmark = pytest.mark.django_db
PASSWORD = "three otters on a barge"


@pytest.fixture
def world() -> World:
    return people_only()


def as_(world: World, role: str) -> CheckedClient:
    client = CheckedClient()
    client.force_login(world.users[role])
    return client


def test_a_charity_of_three_is_set_up_by_one_who_holds_every_role(world: World) -> None:
    ruth = as_(world, "resident")
    assert ruth.post("/organisations/new/", {"name": "", "kind": "charity", "about": ""}).status_code == 422
    assert "institution of this name already" in ruth.post(
        "/organisations/new/", {"name": "fenbridge advice centre", "kind": "charity", "about": ""}
    ).content.decode()  # fmt: skip
    answer = ruth.post("/organisations/new/", {"name": "Repair Café", "kind": "charity", "about": "We mend things."})
    found = re.fullmatch(r"(/organisations/(repair-cafe-\w{6})/)record/", answer["Location"])
    assert found, "until it is confirmed, it holds no address that another will want"
    here, slug = found.group(1), found.group(2)
    for name in ("Ann Lea", "Bo Marsh"):
        ruth.post(
            here + "people/new/",
            {"name": name, "email": "", "reference": "", "team": "Workshop", "post": "", "level": ""},
        )
    ruth.post(
        here + "people/new/",
        {"name": "Cy Holt", "email": "cy@repair.example", "team": "workshop", "another": "yes"},
    )
    for role in ("senior-sponsor", "board-contact", "front-desk"):
        ruth.post(here + "roles/", {"person": "Ruth Adeyemi", "role": role, "team": ""})
    team = Team.objects.get(organisation__slug=slug)
    needs_team = ruth.post(here + "roles/", {"person": "Ruth Adeyemi", "role": "line-manager", "team": ""})
    assert "Choose the team" in needs_team.content.decode()
    ruth.post(here + "roles/", {"person": "Ruth Adeyemi", "role": "line-manager", "team": str(team.pk)})
    record = ruth.get(here + "record/").content.decode()
    assert "4 work here" in record
    assert "each with a line manager" in record
    assert "There is a senior sponsor and a board contact" in record
    assert CheckedClient().get(here).status_code == 404, "not public before it is confirmed"
    as_(world, "city-steward").post(here + "confirm/")
    page = CheckedClient().get("/organisations/repair-cafe/").content.decode()
    assert "We mend things." in page
    assert "Ruth Adeyemi" in page
    assert "Cy Holt" not in page, "only holders of public roles are named in public"


def csv(text: str, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


LIST = """Full name;E-mail;Department;Job title;Staff ID
Ada Lund;ada@advice-centre.example;Advice;Adviser;101
Bo Lund;;Advice;Adviser;102
Sam Okafor;sam@advice-centre.example;Advice;Adviser;
;nobody@advice-centre.example;;;103
Cy Holt;not an address;;;104
Dee Fox;;;;101
"""


def test_a_list_is_looked_at_before_it_is_taken_and_the_rest_comes_back_with_reasons(world: World) -> None:
    priya = as_(world, "administrator")
    before = Membership.objects.count()
    answer = priya.post("/organisations/advice-centre/people/import/", {"file": csv(LIST)})
    page = priya.get(answer["Location"]).content.decode()
    assert "New people: 2" in page
    assert "Move to another team or post: 1" in page
    assert "Rows that cannot be taken as they are: 3" in page
    for reason in ("Row 5: Name: it is empty.", "not an address is not a mail address", "it stands in row 2 already"):
        assert reason in page.replace("&#39;", "'"), reason
    assert Membership.objects.count() == before, "nothing is stored yet"
    mapping = {
        "name": "Full name",
        "email": "E-mail",
        "team": "Department",
        "post": "Job title",
        "reference": "Staff ID",
    }
    priya.post(answer["Location"], mapping | {"take": "all"})
    take_everything()
    assert "nothing was taken" in priya.get(answer["Location"]).content.decode()
    assert Membership.objects.count() == before
    assert priya.post(answer["Location"], mapping | {"take": "right"}).status_code == 302
    waiting = priya.get(answer["Location"]).content.decode()
    assert "It waits for its turn" in waiting
    priya.post(answer["Location"], mapping | {"take": "all"})  # what was asked first is done
    take_everything()
    done = priya.get(answer["Location"]).content.decode()
    assert "3 rows were taken, 3 were not" in done
    rest = priya.get(answer["Location"] + "rest.csv").content.decode("utf-8-sig")
    assert rest.splitlines()[0] == "Full name,E-mail,Department,Job title,Staff ID,Why this row was not taken"
    assert "Keep one of the two rows" in rest
    assert len(rest.splitlines()) == 4
    sam = world.people["front-desk"]
    history = Membership.objects.filter(person=sam).order_by("from_on")
    assert [row.team.name if row.team else "" for row in history] == ["Reception", "Advice"]
    assert history[0].to_on == history[1].from_on == timezone.localdate()
    priya.post(answer["Location"], mapping | {"take": "right"})
    take_everything()
    assert Membership.objects.filter(person__name="Ada Lund").count() == 1, "taking twice is taking once"


def test_a_team_is_the_same_however_large_its_letters_are(world: World) -> None:
    organisation = Organisation.objects.get(slug="advice-centre")
    for name, team in (
        ("Ada Lund", "Straßen und Wege"),
        ("Bo Lund", "straßen und wege"),
        ("Cy Lund", "Straßen Und Wege"),
    ):
        services.add_person(
            actor=world.actor("administrator"), now=timezone.now(), today=timezone.localdate(), organisation=organisation,
            new=NewPerson(name, team=team, post="Größenprüferin"),
        )  # fmt: skip
    assert Team.objects.filter(organisation=organisation, name__iexact="straßen und wege").count() == 1
    assert Post.objects.filter(organisation=organisation, title="Größenprüferin").count() == 1


def test_the_columns_may_have_any_names(world: World) -> None:
    priya = as_(world, "administrator")
    answer = priya.post("/organisations/advice-centre/people/import/", {"file": csv("Wer,Wo\nAda Lund,Advice\n")})
    page = priya.get(answer["Location"])
    assert "Choose the column for: Name" in page.content.decode()
    page = priya.post(answer["Location"], {"name": "Wer", "team": "Wo", "look": "yes"})
    assert "New people: 1" in page.content.decode()
    assert "New people: 1" in priya.get(answer["Location"]).content.decode(), "the choice is remembered"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "This kind of file cannot be used"),
        (b"a,a\n1,2\n", "Two columns are called a"),
        (b"\n", "no rows"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(world: World, content: bytes, said: str) -> None:
    answer = as_(world, "administrator").post(
        "/organisations/advice-centre/people/import/", {"file": SimpleUploadedFile("x.csv", content)}
    )
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_thousand_names_are_taken_in_one_go(world: World) -> None:
    rows = "".join(f"Person {i},p{i}@x.example,Team {i % 9},{i}\n" for i in range(1000))
    opened = services.open_people_import(
        actor=world.actor("administrator"), now=timezone.now(), organisation=world.charity, content=("name,email,team,staff number\n" + rows).encode(), name="p.csv"
    )  # fmt: skip
    done = take_people(
        world.actor("administrator"),
        opened,
        mapping={"name": "name", "email": "email", "team": "team", "reference": "staff number"},
        only_right=False,
    )
    assert (done.taken, done.refused) == (1000, 0)


def add(world: World, name: str, email: str = "") -> Person:
    return services.add_person(
        actor=world.actor("administrator"), now=timezone.now(), today=timezone.localdate(), organisation=world.charity, new=NewPerson(name, email)
    )  # fmt: skip


def code_on(page: str) -> str:
    found = re.search(r'class="m-code">([^<]+)<', page)
    assert found
    return found.group(1)


def test_by_mail_the_code_leads_to_an_account_without_a_password(world: World) -> None:
    nell = add(world, "Nell Quirke", "nell@advice-centre.example")
    as_(world, "administrator").post(f"/organisations/advice-centre/people/{nell.pk}/invite/", {"channel": "mail"})
    text = OutgoingMail.objects.get(to="nell@advice-centre.example").text
    code = re.search(r"^    (\S{4}-\S{4}-\S{4})$", text, re.MULTILINE)
    assert code
    client = CheckedClient()
    assert (
        "Fenbridge Advice Centre invites Nell Quirke"
        in client.post("/join/", {"code": code.group(1).upper().replace("-", " ")}).content.decode()
    )
    assert (
        client.post("/join/", {"code": code.group(1), "confirmed": "yes", "password": ""})["Location"] == "/join/done/"
    )
    assert "sign in with nell@advice-centre.example" in client.get("/join/done/").content.decode()
    again = CheckedClient().post("/join/", {"code": code.group(1)})
    assert "does not work" in again.content.decode(), "a code works once"


def test_on_paper_people_without_mail_get_an_account_that_is_no_lesser(world: World) -> None:
    nell = add(world, "Nell Quirke")
    page = (
        as_(world, "administrator")
        .post(f"/organisations/advice-centre/people/{nell.pk}/invite/", {"channel": "paper"})
        .content.decode()
    )
    code = code_on(page)
    client = CheckedClient()
    client.post("/join/", {"code": code})
    assert client.post("/join/", {"code": code, "confirmed": "yes", "password": ""}).status_code == 422
    assert (
        "too short" in client.post("/join/", {"code": code, "confirmed": "yes", "password": "short"}).content.decode()
    )
    client.post("/join/", {"code": code, "confirmed": "yes", "password": PASSWORD})
    name = code_on(client.get("/join/done/").content.decode())
    client.post("/account/sign-out/")
    assert client.post("/account/sign-in/", {"login": name, "password": PASSWORD}).status_code == 302
    me = client.get("/me/").content.decode()
    assert "Your page there" in me
    nell.refresh_from_db()
    actor = selectors.actor_for_user(User.objects.get(sign_in_name=name).pk, timezone.localdate())
    ruth = world.actor("resident")
    assert {held.permission for held in ruth.held} <= {held.permission for held in actor.held}


def test_through_a_colleague_who_fetches_the_code_and_brings_it(world: World) -> None:
    nell = add(world, "Nell Quirke")
    priya, sam = as_(world, "administrator"), as_(world, "front-desk")
    nobody = priya.post(
        f"/organisations/advice-centre/people/{nell.pk}/invite/", {"channel": "colleague", "through": "Nobody Here"}
    )
    assert "Nobody of this name" in nobody.content.decode()
    priya.post(
        f"/organisations/advice-centre/people/{nell.pk}/invite/", {"channel": "colleague", "through": "sam okafor"}
    )
    assert "Nell Quirke" in sam.get("/me/").content.decode()
    assert (
        "bring Nell Quirke a code"
        in OutgoingMail.objects.filter(to="sam@advice-centre.example").latest("made_at").subject
    )
    number = nell.invitations.get().pk
    lost = code_on(sam.post(f"/me/codes/{number}/").content.decode())
    code = code_on(sam.post(f"/me/codes/{number}/").content.decode())
    assert "does not work" in CheckedClient().post("/join/", {"code": lost}).content.decode(), (
        "fetched anew, the lost one stops"
    )
    client = CheckedClient()
    assert client.post("/join/", {"code": code, "confirmed": "yes", "password": PASSWORD}).status_code == 302
    stranger = as_(world, "line-manager").post(f"/me/codes/{number}/")
    assert stranger["Location"] == "/me/"


def test_a_code_ends_with_its_time(world: World) -> None:
    nell = add(world, "Nell Quirke")
    _, code = services.invite(
        actor=world.actor("administrator"), now=timezone.now(), today=timezone.localdate(), organisation=world.charity, person_id=nell.pk,
        channel=Channel.PAPER, through_id=None,
    )  # fmt: skip
    assert selectors.invitation_by_code(code, timezone.now() + dt.timedelta(days=29)) is not None
    assert selectors.invitation_by_code(code, timezone.now() + dt.timedelta(days=31)) is None


def test_somebody_with_an_account_joins_a_second_institution_and_stays_one_person(world: World) -> None:
    _, code = services.invite(
        actor=world.actor("administrator"), now=timezone.now(), today=timezone.localdate(), organisation=world.charity,
        person_id=add(world, "Tom W.").pk, channel=Channel.PAPER, through_id=None,
    )  # fmt: skip
    tomasz = as_(world, "coordinator")
    assert tomasz.post("/join/", {"code": code, "confirmed": "yes", "password": ""})["Location"] == "/join/done/"
    me = tomasz.get("/me/").content.decode()
    assert "Fenbridge Advice Centre" in me
    assert "Fenbridge City Council" in me
    assert not Person.objects.filter(name="Tom W.").exists()


def test_a_right_withdrawn_works_at_the_next_request(world: World) -> None:
    dilys = as_(world, "line-manager")
    address = "/organisations/advice-centre/people/"
    assert dilys.get(address).status_code == 200
    grant = RoleGrant.objects.get(person=world.people["line-manager"])
    as_(world, "administrator").post(f"/organisations/advice-centre/roles/{grant.pk}/end/")
    assert dilys.get(address).status_code == 403


def test_a_line_manager_sees_her_team_and_nobody_else_s(world: World) -> None:
    page = as_(world, "line-manager").get("/organisations/advice-centre/people/").content.decode()
    assert "Sam Okafor" in page
    assert "Priya Raman" not in page
    other = world.people["administrator"].pk
    assert as_(world, "line-manager").get(f"/organisations/advice-centre/people/{other}/").status_code == 404


def test_a_deputy_acts_during_leave_and_not_a_day_longer(world: World) -> None:
    now = timezone.now()
    day = dt.timedelta(days=1)
    today = timezone.localdate(now)
    services.record_leave(
        actor=world.actor("line-manager"), now=now, organisation=world.charity, person_id=world.people["line-manager"].pk, today=today,
        from_on=today + day, to_on=today + 2 * day, deputy_id=world.people["front-desk"].pk,
    )  # fmt: skip
    sam = world.users["front-desk"].pk
    may = [selectors.actor_for_user(sam, today + n * day).may_somewhere(Permission.RECORD_LEAVE) for n in range(4)]
    assert may == [False, True, True, False]
    with time_machine.travel(now + day, tick=False):
        client = CheckedClient()
        client.force_login(world.users["front-desk"])
        assert "Because you stand in for Dilys Penrose today" in client.get("/me/").content.decode()


def test_one_says_oneself_when_one_is_away(world: World) -> None:
    sam, me = as_(world, "front-desk"), world.people["front-desk"].pk
    page = f"/organisations/advice-centre/people/{me}/"
    today = timezone.localdate()
    data = {
        "from_on": today.isoformat(),
        "to_on": (today + dt.timedelta(days=3)).isoformat(),
        "deputy": "Dilys Penrose",
    }
    assert "before the first" in sam.post(page + "away/", data | {"to_on": "2020-01-01"}).content.decode()
    assert sam.post(page + "away/", data).status_code == 302
    assert "Dilys Penrose stands in" in sam.get(page).content.decode()
    assert "noted already" in sam.post(page + "away/", data).content.decode()
    leave = world.people["front-desk"].leaves.get()
    sam.post(f"{page}away/{leave.pk}/end/")
    assert "Dilys Penrose stands in" not in sam.get(page).content.decode()


def test_who_leaves_is_closed_not_deleted_and_the_last_administrator_stays(world: World) -> None:
    priya = as_(world, "administrator")
    own, sam = world.people["administrator"].pk, world.people["front-desk"].pk
    today = timezone.localdate().isoformat()
    assert (
        "only administrator"
        in priya.post(f"/organisations/advice-centre/people/{own}/left/", {"last_day": today}).content.decode()
    )
    yesterday = (timezone.localdate() - dt.timedelta(days=1)).isoformat()
    assert priya.post(f"/organisations/advice-centre/people/{sam}/left/", {"last_day": yesterday}).status_code == 302
    client = as_(world, "front-desk")
    assert client.get("/me/").status_code == 200, "their account stays theirs"
    assert client.get("/organisations/advice-centre/people/").status_code == 403
    assert "No longer works" in priya.get(f"/organisations/advice-centre/people/{sam}/").content.decode()
    assert Membership.objects.filter(person_id=sam).count() == 1


def test_two_administrators_cannot_end_each_other(world: World) -> None:
    today, now = timezone.localdate(), timezone.now()
    grant = RoleGrant.objects.get(role=Role.ADMINISTRATOR, organisation=world.charity)
    with pytest.raises(services.CannotGrantRole, match="only administrator"):
        services.end_grant(actor=world.actor("administrator"), now=now, today=today, grant=grant)
    services.grant_role(
        actor=world.actor("administrator"), now=now, today=today, role=Role.ADMINISTRATOR, person_id=world.people["front-desk"].pk, organisation=world.charity
    )  # fmt: skip
    services.end_grant(actor=world.actor("administrator"), now=now, today=today, grant=grant)
    assert not world.actor("administrator").may_somewhere(Permission.GRANT_ROLES)


def test_the_steward_names_an_administrator_and_confirms(world: World, client: Client) -> None:
    ingrid = as_(world, "city-steward")
    answer = ingrid.post(
        "/organisations/city-council/administrator/", {"name": "Una Hart", "email": "una@city-council.example"}
    )
    assert answer.status_code == 302
    assert "invites you" in OutgoingMail.objects.get(to="una@city-council.example").subject
    assert RoleGrant.objects.filter(person__name="Una Hart", role=Role.ADMINISTRATOR).exists()
    page = ingrid.get("/running/").content.decode()
    assert "No worker runs" in page
    nobody = ingrid.post("/running/", {"email": "no@one.example", "role": "coordinator"})
    assert "Nobody has an account" in nobody.content.decode()
    ingrid.post("/running/", {"email": "ruth@home.example", "role": "coordinator"})
    assert world.actor("resident").may(Permission.PLAN)


def test_the_database_itself_refuses_what_cannot_be(world: World) -> None:
    sam, charity = world.people["front-desk"], world.charity
    today = timezone.localdate()
    impossible: list[Any] = [
        lambda: Membership.objects.create(person=sam, organisation=charity, from_on=today),
        lambda: RoleGrant.objects.create(
            person=sam, role="city-steward", organisation=charity, from_on=today, granted_at=timezone.now()
        ),
        lambda: RoleGrant.objects.create(person=sam, role="administrator", from_on=today, granted_at=timezone.now()),
        lambda: RoleGrant.objects.create(
            person=sam, role="king", organisation=charity, from_on=today, granted_at=timezone.now()
        ),
        lambda: Person.objects.create(name="", pseudonym="p-x", made_at=timezone.now()),
        lambda: Organisation.objects.create(slug="x", name="", kind="council"),
    ]
    for make in impossible:
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


@pytest.mark.parametrize("count", [1, 3])
def test_lists_of_people_cost_the_same_number_of_queries(
    world: World, count: int, django_assert_num_queries: Any
) -> None:
    for i in range(count):
        add(world, f"Person {i}")
    client = as_(world, "administrator")
    client.get("/organisations/advice-centre/people/")
    with django_assert_num_queries(10):
        client.get("/organisations/advice-centre/people/")
    with django_assert_num_queries(7):
        client.get("/me/")
