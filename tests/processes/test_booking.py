"""Many people book while web, worker and database are killed: each who was told has one place, the line advances once, and at most
one letter comes twice for each kill."""

from __future__ import annotations

import collections
import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import override_settings
from django.utils import timezone

from moothall.core import links

from .test_serve import City, found, kill_in_turn, until

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="kills the embedded server"),
]

PEOPLE = int(os.environ.get("MOOTHALL_BOOKINGS", "600"))
"""Two thousand take three minutes: MOOTHALL_BOOKINGS=2000."""
SEATS, GIVEN_UP, KILLS, AT_ONCE = PEOPLE * 3 // 4, PEOPLE // 20, 9, 8
EVENT = """
WITH body AS (INSERT INTO directory_organisation (slug, name, kind, about, website, division, imported_id, confirmed_at, source, source_url)
              VALUES ('council', 'The council', 'council', '', '', 'england-and-wales', '', now(), '', '') RETURNING id),
     occasion AS (INSERT INTO places_occasion (uid, kind, organisation_id, title, starts_at, ends_at, venue, online_url, capacity, taken, waiting, closes_at, cancel_by, offer_hours, series, code, sequence, moved, called_off_why, was, made_at, changed_at)
              SELECT gen_random_uuid(), 'event', id, 'The last places', now() + interval '30 days', now() + interval '31 days', 'Hall', '', {seats}, 0, 0, now() + interval '31 days', now() + interval '29 days', 24, '', 'abcdef', 0, 0, '', '[]', now(), now() FROM body RETURNING id)
INSERT INTO events_event (occasion_id, reference, about, topics, afar, access, closed_reason, made_at, changed_at, notes, slides_url, recording_url, source_key, source_said, url)
SELECT id, 'the-last-places', 'Many want to go.', '{{}}', '', '', '', now(), now(), '', '', '', '', '{{}}', '' FROM occasion RETURNING id
"""


class Post:
    """A real SMTP server that keeps what it is given."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self.ids.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        return "250 OK"


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(handler := Post(), hostname="127.0.0.1", port=port)
    server.start()
    yield handler, port
    server.stop()


@pytest.fixture
def city(post: tuple[Post, int]) -> Iterator[City]:
    above = Path(tempfile.mkdtemp(prefix="a city "))
    above.chmod(0o755)
    made = City(above / "home")
    made.environment["MOOTHALL_SMTP"] = f"smtp://127.0.0.1:{post[1]}"
    try:
        made.start()
        yield made
    finally:
        if made.process.poll() is None:
            os.killpg(made.process.pid, signal.SIGKILL)
            made.process.wait()
        made.log.close()
        shutil.rmtree(above, ignore_errors=True)


class Goer(threading.Thread):
    """Presses “I’m going” for many people in turn, each until they are told."""

    def __init__(self, city: City, people: Iterable[int], cookie: str, token: str) -> None:
        super().__init__(daemon=True)
        self.city, self.people, self.cookie, self.token = city, people, cookie, token
        self.told: set[int] = set()
        self.again = 0

    def run(self) -> None:
        for who in self.people:
            said = {
                "csrfmiddlewaretoken": self.token,
                "email": f"p{who}@home.example",
                "name": f"P{who}",
                "key": f"k{who}",
            }
            while who not in self.told:
                status, page = ask(self.city, "/events/the-last-places/go/", said, self.cookie, who)
                if status == 200 and "Look into your mail" in page:
                    self.told.add(who)
                else:
                    self.again += 1
                    time.sleep(0.2)


def ask(city: City, path: str, said: dict[str, str] | None, cookie: str, who: int) -> tuple[int, str]:
    """(status, page); 0 where there was no answer, or half of one."""
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=20)
    headers = {
        "Host": "localhost", "X-Forwarded-For": f"10.{who // 62500}.{who // 250 % 250}.{who % 250}", "Cookie": cookie, "Referer": "http://localhost/",
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    try:
        connection.request("POST" if said else "GET", path, urllib.parse.urlencode(said) if said else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def passes(city: City) -> tuple[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=20)
    connection.request("GET", "/events/the-last-places/go/", headers={"Host": "localhost"})
    answer = connection.getresponse()
    cookie, page = str(answer.getheader("Set-Cookie")).partition(";")[0], answer.read().decode()
    connection.close()
    return cookie, found(r'name="csrfmiddlewaretoken" value="(\w+)"', page)


def give_up(city: City, places: Iterable[int], cookie: str, token: str) -> None:
    """By the links in their letters, pressed until there is an answer."""
    key = found(r"MOOTHALL_SECRET_KEY=(\S+)", "\n".join(each.read_text() for each in city.home.glob("*.env")))
    for place in places:
        with override_settings(SECRET_KEY=key):
            path = "/places/" + links.sign("place", place, today=timezone.localdate()) + "/"
        while ask(city, path, {"csrfmiddlewaretoken": token, "cancel": "yes"}, cookie, 90_000 + place)[0] != 302:
            time.sleep(0.2)


def test_whatever_is_killed_each_who_was_told_has_one_place_and_the_line_advances_once(city: City, post: tuple[Post, int]) -> None:  # fmt: skip
    city.query(EVENT.format(seats=SEATS))
    cookie, token = passes(city)
    goers = [Goer(city, range(start, PEOPLE, AT_ONCE), cookie, token) for start in range(AT_ONCE)]
    for each in goers:
        each.start()
    kill_in_turn(city, KILLS, lambda: sum(len(each.told) for each in goers) / PEOPLE)
    for each in goers:
        each.join(240)
        assert not each.is_alive(), city.said()
    assert sum(each.again for each in goers) > 0, "nothing was in the way: the kills proved nothing"
    assert until(lambda: city.status("/health/ready/") == 200, 60)
    booked = [int(str(row[0])) for row in city.query("SELECT id FROM places_place WHERE state = 'booked' ORDER BY id")]
    assert len(booked) == SEATS
    giving = threading.Thread(target=give_up, args=(city, booked[:GIVEN_UP], cookie, token), daemon=True)
    giving.start()
    for what in ("processes.web", "pginstall/bin/postgres"):
        time.sleep(1)
        for pid in city.pids(what):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    giving.join(240)
    assert not giving.is_alive(), city.said()
    states = dict(city.query("SELECT state, count(*) FROM places_place GROUP BY state"))
    assert states == {
        "booked": SEATS - GIVEN_UP,
        "cancelled": GIVEN_UP,
        "offered": GIVEN_UP,
        "waitlisted": PEOPLE - SEATS - GIVEN_UP,
    }
    assert city.query("SELECT taken, waiting FROM places_occasion") == [(SEATS, PEOPLE - SEATS - GIVEN_UP)]
    assert city.query("SELECT count(*), count(DISTINCT lower(email)) FROM places_place") == [(PEOPLE, PEOPLE)]
    steps = PEOPLE + 2 * GIVEN_UP
    assert city.query("SELECT count(*) FROM places_placestep") == [(steps,)]
    letters, ids = steps, post[0].ids
    assert until(lambda: len(set(ids)) >= letters, 300), (len(set(ids)), letters, city.said()[-2000:])
    twice = sum(times - 1 for times in collections.Counter(ids).values())
    assert twice <= KILLS + 2, f"{twice} letters came a second time"
    assert re.fullmatch(r"<[0-9a-f-]+@\S+>", ids[0])
