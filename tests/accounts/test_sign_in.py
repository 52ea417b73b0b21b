"""Signing in: by password or by code, told the same whether an address is known or not, and never locked out by somebody else."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from moothall.accounts.models import User
from moothall.accounts.services import make_account
from moothall.core.models import OutgoingMail
from moothall.directory.models import Person
from moothall.directory.selectors import actor_for_user
from moothall.directory.services import introduce
from tests.web.checked_client import CheckedClient

pytestmark = pytest.mark.django_db
PASSWORD = "three otters on a barge"
SIGN_IN, CODE, CONFIRM = "/account/sign-in/", "/account/code/", "/account/code/confirm/"


@pytest.fixture
def ruth() -> User:
    user = make_account(now=timezone.now(), email="ruth@home.example", password=PASSWORD)
    introduce(
        actor=actor_for_user(user.pk, timezone.localdate()), now=timezone.now(), name="Ruth Adeyemi", email=user.email
    )
    return user


def code_in_mail() -> str:
    text = OutgoingMail.objects.latest("made_at").text
    found = re.search(r"^    (\S+)$", text, re.MULTILINE)
    assert found, text
    return found.group(1)


def sign_in(client: Client, login: str = "ruth@home.example", password: str = PASSWORD, **more: Any) -> Any:
    return client.post(SIGN_IN, {"login": login, "password": password}, **more)


def signed_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def test_by_password_under_a_new_session_id(client: Client, ruth: User) -> None:
    client.get("/account/sign-in/")
    client.post(CODE, {"email": "ruth@home.example"})
    before = client.session.session_key
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert client.session.session_key != before
    page = client.get("/me/").content.decode()
    assert "Ruth Adeyemi" in page
    assert "Set up an institution" in page


def test_by_code_without_a_password(client: Client, ruth: User) -> None:
    assert client.post(CODE, {"email": "RUTH@home.example"})["Location"] == CONFIRM
    assert "Type your code" in client.get(CONFIRM).content.decode()
    assert "That is not the code" in client.post(CONFIRM, {"code": "WRONG1"}).content.decode()
    assert client.post(CONFIRM, {"code": code_in_mail()}).status_code == 302
    assert signed_in(client)


def test_a_code_works_once_and_not_for_long(client: Client, ruth: User) -> None:
    client.post(CODE, {"email": "ruth@home.example"})
    code = code_in_mail()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11), tick=False):
        client.post(CONFIRM, {"code": code})
        assert not signed_in(client)


def test_who_asks_learns_nothing_about_who_has_an_account(ruth: User) -> None:
    """Page for page the same, for an address that is known and one that is not."""

    def seen(email: str) -> list[tuple[int, str]]:
        client, out = CheckedClient(), []
        for address, data in (
            (SIGN_IN, {"login": email, "password": "wrong password"}),
            (CODE, {"email": email}),
            ("/account/password/forgotten/", {"email": email}),
        ):
            answer = client.post(address, data)
            text = answer.content.decode() if answer.status_code == 200 else answer["Location"]
            out.append((answer.status_code, _without_what_changes(text.replace(email, "…"))))
        out.append((0, _without_what_changes(client.get(CONFIRM).content.decode())))
        return out

    assert seen("ruth@home.example") == seen("nobody@home.example")
    assert {mail.to for mail in OutgoingMail.objects.all()} == {"ruth@home.example", "nobody@home.example"}, (
        "both get a letter: the time is the same too"
    )


def test_making_an_account_tells_nothing_either(ruth: User) -> None:
    def seen(email: str) -> tuple[int, str, str]:
        client = CheckedClient()
        answer = client.post("/account/new/", {"email": email})
        return (
            answer.status_code,
            answer["Location"],
            _without_what_changes(client.get(answer["Location"]).content.decode()),
        )

    assert seen("ruth@home.example") == seen("new@home.example")
    assert User.objects.filter(email="new@home.example").exists()


def _without_what_changes(text: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_an_account_is_made_with_an_address_a_code_and_a_name(client: Client) -> None:
    answer = client.post("/account/new/", {"email": "New@Home.example"})
    assert client.post(answer["Location"], {"code": code_in_mail()}).status_code == 302
    assert client.get("/me/")["Location"] == "/me/welcome/"
    assert client.post("/me/welcome/", {"name": ""}).status_code == 422
    assert client.post("/me/welcome/", {"name": "  Nia   Bell "})["Location"] == "/me/"
    person = Person.objects.get(name__contains="Nia")
    assert person.user is not None
    assert "home" not in person.user.sign_in_name
    assert "Choose a password" in client.get("/me/").content.decode()


def test_whoever_types_an_address_first_does_not_hold_it(client: Client) -> None:
    """An attacker signs up with somebody's address and a password; when its owner comes, the password is nobody's."""
    attacker = CheckedClient()
    attacker.post("/account/new/", {"email": "victim@home.example", "password1": PASSWORD, "password2": PASSWORD})
    assert not signed_in(attacker)
    client.post(CODE, {"email": "victim@home.example"})
    client.post(CONFIRM, {"code": code_in_mail()})
    client.post("/me/welcome/", {"name": "Vic Tim"})
    assert signed_in(client)
    assert sign_in(attacker, login="victim@home.example").status_code == 200
    assert not signed_in(attacker)
    attacker.get("/account/address/confirm/")
    assert not signed_in(attacker)


def test_limits_hold_however_many_are_counted(ruth: User) -> None:
    cache.clear()
    for i in range(1200):
        cache.set(f"other-{i}", [1.0], 300)
    client = CheckedClient(REMOTE_ADDR="203.0.113.9")
    for _ in range(5):
        sign_in(client, password="guess")
    for i in range(1200):
        cache.set(f"more-{i}", [1.0], 300)
    assert "Too many wrong passwords from here" in sign_in(client).content.decode()


def test_a_forgotten_password_is_replaced_by_code(client: Client, ruth: User) -> None:
    assert client.post("/account/password/forgotten/", {"email": "ruth@home.example"}).status_code == 302
    client.post("/account/password/forgotten/confirm/", {"code": code_in_mail()})
    weak = client.post("/account/password/forgotten/choose/", {"password1": "short", "password2": "short"})
    assert "too short" in weak.content.decode()
    new = "four badgers in a boat"
    client.post("/account/password/forgotten/choose/", {"password1": new, "password2": new})
    fresh = CheckedClient()
    assert sign_in(fresh).status_code == 200
    assert sign_in(fresh, password=new).status_code == 302


def test_people_without_mail_sign_in_by_name(client: Client) -> None:
    user = make_account(now=timezone.now(), password=PASSWORD)
    introduce(actor=actor_for_user(user.pk, timezone.localdate()), now=timezone.now(), name="Nell Quirke", email="")
    assert sign_in(client, login=user.sign_in_name).status_code == 302
    page = client.get("/me/").content.decode()
    assert user.sign_in_name in page


def test_an_attacker_is_slowed_and_the_owner_is_not_locked_out(ruth: User) -> None:
    cache.clear()
    owner = CheckedClient()
    sign_in(owner)
    owner.post("/account/sign-out/")
    refused = 0
    for address in range(12):  # from many addresses at once
        attacker = CheckedClient(REMOTE_ADDR=f"203.0.113.{address}")
        for _ in range(5):
            refused += "not right" not in sign_in(attacker, password="guess").content.decode()
    assert refused >= 10, "after fifty wrong passwords for one account, no more are tried"
    newcomer = CheckedClient(REMOTE_ADDR="198.51.100.7")
    assert "Ask for a code by mail instead" in sign_in(newcomer).content.decode(), (
        "even the right one, from a device that was never here"
    )
    assert sign_in(owner).status_code == 302, "the owner's own device goes on working"
    newcomer.post(CODE, {"email": "ruth@home.example"})
    newcomer.post(CONFIRM, {"code": code_in_mail()})
    assert signed_in(newcomer), "and the code works everywhere"


def test_five_wrong_passwords_from_one_place_wait_five_minutes(ruth: User) -> None:
    cache.clear()
    client = CheckedClient(REMOTE_ADDR="203.0.113.9")
    for _ in range(5):
        assert "not right" in sign_in(client, password="guess").content.decode()
    assert "Too many wrong passwords from here" in sign_in(client).content.decode()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6), tick=False):
        assert sign_in(client).status_code == 302


def test_a_forged_address_does_not_help_an_attacker(ruth: User, settings: Any) -> None:
    """Without a proxy of ours, nobody's X-Forwarded-For is believed; with one, only what it added itself."""
    cache.clear()
    client = CheckedClient(REMOTE_ADDR="203.0.113.9")
    for i in range(5):
        sign_in(client, password="guess", headers={"X-Forwarded-For": f"198.51.100.{i}"})
    assert "Too many wrong passwords" in sign_in(client, headers={"X-Forwarded-For": "198.51.100.99"}).content.decode()
    settings.TRUSTED_PROXIES = 1
    cache.clear()
    for _ in range(5):
        sign_in(client, password="guess", headers={"X-Forwarded-For": "10.9.9.9, 198.51.100.1"})
    assert sign_in(client, headers={"X-Forwarded-For": "10.9.9.9, 198.51.100.2"}).status_code == 302


def test_sessions_are_seen_and_ended(ruth: User) -> None:
    here, there = CheckedClient(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}), CheckedClient()
    sign_in(here)
    sign_in(there)
    page = here.get("/account/sessions/").content.decode()
    assert "Firefox on Windows" in page
    assert page.count("End it") == 1
    here.post("/account/sessions/end-others/")
    assert signed_in(here)
    assert not signed_in(there)


def test_nobody_ends_another_s_session(ruth: User) -> None:
    stranger = make_account(now=timezone.now(), email="otis@home.example", password=PASSWORD)
    introduce(actor=actor_for_user(stranger.pk, timezone.localdate()), now=timezone.now(), name="Otis", email="")
    hers, his = CheckedClient(), CheckedClient()
    sign_in(hers)
    sign_in(his, login="otis@home.example")
    from allauth.usersessions.models import UserSession

    number = UserSession.objects.get(user=ruth).pk
    assert his.post(f"/account/sessions/{number}/end/").status_code == 404
    assert signed_in(hers)
    assert hers.post(f"/account/sessions/{number}/end/").status_code == 302
    assert not signed_in(hers)


@pytest.mark.parametrize(("steps", "still"), [([11], True), ([13], False), ([11] * 30, True), ([11] * 31, False)])
def test_a_session_ends_when_it_lies_idle_and_after_a_fortnight(ruth: User, steps: list[int], still: bool) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        client = CheckedClient()
        sign_in(client)
        client.get("/me/")
        for hours in steps:
            clock.shift(dt.timedelta(hours=hours))
            last = signed_in(client)
        assert last is still


def test_a_new_password_ends_every_other_session(ruth: User) -> None:
    here, there = CheckedClient(), CheckedClient()
    sign_in(here)
    sign_in(there)
    new = "four badgers in a boat"
    answer = here.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert signed_in(here)
    assert not signed_in(there)
    assert "was changed" in OutgoingMail.objects.latest("made_at").subject


def test_a_visitor_costs_no_session(client: Client) -> None:
    for address in ("/", "/organisations/", "/account/sign-in/", "/join/"):
        client.get(address)
    assert Session.objects.count() == 0


def test_after_signing_in_one_is_where_one_wanted_to_be_and_nowhere_else(client: Client, ruth: User) -> None:
    assert client.get("/organisations/new/")["Location"] == "/account/sign-in/?next=/organisations/new/"
    answer = client.post(
        "/account/sign-in/?next=/organisations/new/", {"login": "ruth@home.example", "password": PASSWORD}
    )
    assert answer["Location"] == "/organisations/new/"
    client.post("/account/sign-out/")
    answer = client.post(
        "/account/sign-in/?next=https://evil.example/", {"login": "ruth@home.example", "password": PASSWORD}
    )
    assert answer["Location"] == "/me/"
