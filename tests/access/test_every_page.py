"""The access proof: what every role gets at every address by every method, held against a snapshot that people have reviewed.

The snapshot (snapshot.txt) is not made from the code it checks. After a change, read what differs, and edit it; with
MOOTHALL_WRITE_SNAPSHOT=yes the test writes what it found, for review.
"""

from __future__ import annotations

import copy
import functools
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse

from moothall.web import middleware
from tests.architecture.test_house import routes
from tests.factories.world import World, everything

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

SNAPSHOT = Path(__file__).with_name("snapshot.txt")
ROLES = [
    "visitor", "newcomer", "resident", "front-desk", "line-manager", "senior-sponsor", "board-contact", "coordinator", "provider", "funder",
    "administrator", "city-steward", "stranger",
]  # fmt: skip
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
FEW = ["visitor", "resident", "coordinator", "administrator"]
"""Roles that also try what no page takes in any case: PATCH and DELETE, which answer as PUT does."""


@pytest.fixture(autouse=True)
def who_is_who(world: World, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Every request is taken back, so who somebody is never changes: sessions and actors are read once, not nine thousand times."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    actors = functools.cache(middleware.actor_for_user)
    monkeypatch.setattr(middleware, "actor_for_user", actors)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once for this file; everything a request changes is taken back at once, and all of it at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield everything()
        transaction.set_rollback(True)


# What an address is visited with, where it is not simply what the world calls the same.
VISITED = {
    "confirm-institution": {"slug": "waiting"},
    "refuse-institution": {"slug": "waiting"},
    "steward-erasure": {"request_id": "steward_request"},
    "invite-person": {"person_id": "uninvited"},
    "import-rest": {"import_id": "taken_id"},
    "end-city-role": {"grant_id": "city_grant_id"},
    "week-mail": {"token": "week_token"}, "my-case": {"token": "author_token"}, "place-case": {"token": "author_token"},
    "act-on-case": {"token": "holder_token"}, "act-decide": {"token": "holder_token"}, "act-hand-over": {"token": "holder_token"}, "held-mail-one": {"mail_id": "held_id"},
    "directory-import": {"import_id": "directory_import_id"}, "directory-rest": {"import_id": "directory_import_id"}, "directory-table": {"name": "table"},
    "directory-table-about": {"name": "table"}, "open-service": {"key": "open_service"}, "open-organization": {"key": "open_organization"},
    "regime": {"key": "regime_key"}, "stop-letters": {"token": "stop_token"}, "open-place": {"key": "open_place"}, "open-taxonomy": {"key": "open_taxonomy"}, "open-term": {"key": "open_term"},
    "event": {"reference": "event"},
    "event-calendar": {"reference": "event"},
    "go": {"reference": "event"},
    "ask-event": {"reference": "event"},
    "event-question": {"reference": "event"},
    "hide-question": {"reference": "event"},
    "change-event": {"reference": "event"},
    "event-again": {"reference": "event"},
    "call-off": {"reference": "event"},
    "event-after": {"reference": "event"},
    "appeal": {"reference": "appeal"},
    "decide-appeal": {"reference": "appeal"},
    "pass-on-appeal": {"reference": "appeal"},
    "answer-decision": {"reference": "appeal"},
    "place": {"token": "place_token"},
    "appeal-place": {"token": "place_token"},
    "place-calendar": {"token": "place_token"},
    "rate-event": {"token": "place_token"},
    "act-on-appeal": {"token": "appeal_token"},
    "act-decide-appeal": {"token": "appeal_token"},
    "act-pass-on-appeal": {"token": "appeal_token"},
    "act-answer-decision": {"token": "appeal_token"},
    "act-on-notice": {"token": "notice_token"},
    "interest": {"token": "interest_token"},
    "conduct": {"reference": "conduct"},
    "my-conduct": {"token": "conduct_token"},
    "appeal-conduct": {"token": "conduct_token"},
    "my-calendar": {"key": "calendar_key"},
    "programme:publish": {"plan_id": "draft"}, "programme:share": {"plan_id": "draft"}, "programme:places": {"plan_id": "draft"},
    "programme:places-csv": {"plan_id": "draft"}, "programme:plan": {"plan_id": "draft"}, "programme:runs": {"plan_id": "draft"},
    "programme:plan-calendar": {"plan_id": "draft"}, "programme:plan-download": {"plan_id": "draft"}, "programme:run": {"plan_id": "draft"},
    "programme:run-calendar": {"plan_id": "draft"},
}  # fmt: skip


def addresses(world: World) -> Iterator[tuple[str, str, str]]:
    """(route, name, address) of every address there is."""
    from django.urls import get_resolver

    spaces = {id(pattern): "" for _, pattern in routes()}
    for resolver in get_resolver().url_patterns:
        if getattr(resolver, "namespace", None):
            spaces |= {id(pattern): f"{resolver.namespace}:" for pattern in resolver.url_patterns}
    for route, pattern in routes():
        name = spaces[id(pattern)] + (pattern.name or "")
        yield f"/{route}", name, reverse(name, kwargs=kwargs_of(name, pattern, world))


def kwargs_of(name: str, pattern: URLPattern, world: World) -> dict[str, Any]:
    def value(parameter: str) -> Any:
        if parameter == "number":
            return 0
        return world.ids[VISITED.get(name, {}).get(parameter, parameter)]

    found = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
    return {parameter: value(parameter) for parameter in found}


def clients(world: World) -> dict[str, Client]:
    out = {"visitor": Client()}
    for role in ROLES[1:]:
        out[role] = Client()
        out[role].force_login(world.users[role])
        out[role].get(
            "/privacy/"
        )  # the session is marked as seen, once: else every request would do it and take it back
    return out


def ask(client: Client, method: str, address: str) -> HttpResponse:
    """What comes back; whatever it changed is taken back."""
    cookies = copy.copy(client.cookies)
    with transaction.atomic():
        answer: HttpResponse = client.generic(method, address)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def in_words(answer: HttpResponse) -> str:
    if answer.status_code != 302:
        return str(answer.status_code)
    if answer["Location"].startswith("/account/sign-in/"):
        return "sign-in"
    return "welcome" if answer["Location"] == "/me/welcome/" else "done"


def one_line(answers: dict[str, str]) -> str:
    got: dict[str, list[str]] = {}
    for role, words in answers.items():
        got.setdefault(words, []).append(role)
    usual = max(got, key=lambda words: len(got[words]))
    rest = [f"{words}: {' '.join(roles)}" for words, roles in sorted(got.items()) if words != usual]
    return "  ".join([f"everybody{' else' if rest else ''}: {usual}", *rest])


def test_every_role_gets_at_every_address_what_was_reviewed(world: World) -> None:
    by_role = clients(world)
    found = []
    for route, _name, address in sorted(addresses(world)):
        got = {
            method: {role: in_words(ask(by_role[role], method, address)) for role in ROLES} for method in METHODS[:3]
        }
        few = {method: {role: in_words(ask(by_role[role], method, address)) for role in FEW} for method in METHODS[3:]}
        lines = {method: one_line(answers) for method, answers in got.items()}
        put = {role: got["PUT"][role] for role in FEW}
        for method in ("PATCH", "DELETE"):
            lines[method] = lines["PUT"] if few[method] == put else str(few[method])
        shown = []
        for method in METHODS:
            if method in shown or (method not in ("GET", "POST") and lines[method] == "everybody: 405"):
                continue
            alike = [other for other in METHODS if lines[other] == lines[method]]
            shown += alike
            found.append(f"{route}  {','.join(alike)}  {lines[method]}")
    if os.environ.get("MOOTHALL_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text("\n".join(found) + "\n")
    assert found == SNAPSHOT.read_text().splitlines()


def test_a_stranger_s_thing_answers_exactly_as_one_that_does_not_exist(world: World) -> None:
    """Neither the status nor the page tells whether there is such a thing."""
    by_role = clients(world)
    nothing = World(world.users, world.people, {name: _nothing(value) for name, value in world.ids.items()})
    compared = 0
    for (route, _, real), (_, _, absent) in zip(addresses(world), addresses(nothing), strict=True):
        if real == absent:
            continue
        for method in ("GET", "POST"):
            for role in ("line-manager", "coordinator", "administrator", "city-steward", "stranger"):
                there = ask(by_role[role], method, real)
                if there.status_code == 404:
                    missing = ask(by_role[role], method, absent)
                    assert (missing.status_code, plain(missing)) == (404, plain(there)), f"{method} {route} as {role}"
                    compared += 1
    assert compared > 50


def _nothing(value: Any) -> Any:
    return uuid.uuid4() if isinstance(value, uuid.UUID) else 999_999_999 if isinstance(value, int) else "no-such-thing"


def plain(answer: HttpResponse) -> str:
    """A page without what differs from one request to the next."""
    text = answer.content.decode()
    return text.replace(answer["X-Reference"], "")
