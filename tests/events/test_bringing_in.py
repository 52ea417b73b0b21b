"""Other calendars come in once, are kept up with, and double nothing."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from moothall.core.actor import VISITOR
from moothall.core.errors import Forbidden
from moothall.events import services
from moothall.events.models import Event, Source
from moothall.places import services as places
from moothall.places.models import Place
from moothall.places.types import Goer, NewOccasion
from tests.factories.world import ALL, World, people_only
from tests.web.checked_client import CheckedClient

from .conftest import NOW
from .test_events import HOUR, letters, up
from .test_reading import HALL, ics

TEA = f"UID:1\r\nSUMMARY:Tea dance\r\nDTSTART:20270202T140000Z\r\nDTEND:20270202T160000Z\r\n{HALL}"
WALK = "UID:2\r\nSUMMARY:Walk\r\nDTSTART:20270203T140000Z\r\nDTEND:20270203T160000Z\r\nLOCATION:Boat house"


@pytest.fixture
def world(db: None) -> World:
    return people_only(NOW)


class Server(http.server.ThreadingHTTPServer):
    content: ClassVar[bytes] = b""


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if Server.content else 500)
        self.send_header("Content-Type", "text/calendar")
        self.end_headers()
        self.wfile.write(Server.content)

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    """A calendar on a real server, which the operator trusts."""
    server = Server(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    with override_settings(FETCH_TRUSTED=frozenset({f"127.0.0.1:{port}"})):
        yield f"http://127.0.0.1:{port}/calendar.ics"
    server.shutdown()
    server.server_close()


def titles() -> list[str]:
    return list(Event.objects.order_by("occasion__starts_at").values_list("occasion__title", flat=True))


def test_a_file_is_looked_at_before_anything_comes_in(world: World, client: CheckedClient) -> None:
    client.force_login(world.users["front-desk"])
    file = SimpleUploadedFile("tea.ics", ics(TEA, WALK, f"UID:3\r\nSUMMARY:No day\r\n{HALL}"))
    where = client.post("/organisations/advice-centre/calendars/", {"file": file})["Location"]
    page = client.get(where).content.decode()
    assert "New: 2" in page
    assert "No day" in page
    assert titles() == []
    client.post(where)
    assert titles() == ["Tea dance", "Walk"]
    client.post(where)
    assert titles() == ["Tea dance", "Walk"], "taken twice, each is there once"
    assert "Here already, as it is there: 2" in client.get(where).content.decode()
    assert client.get(f"/events/{Event.objects.first().reference}/").status_code == 200  # type: ignore[union-attr]
    assert client.post("/organisations/advice-centre/calendars/", {"url": ""}).status_code == 422
    bad = SimpleUploadedFile("letter.txt", b"Dear all")
    assert client.post("/organisations/advice-centre/calendars/", {"file": bad}).status_code == 422


def test_an_address_is_kept_up_with_and_whoever_goes_is_told(world: World, address: str) -> None:
    sam = world.actor("front-desk")
    Server.content = ics(TEA, WALK)
    source = services.add_source(actor=sam, now=NOW, organisation=world.charity, url=address)
    assert services.add_source(actor=sam, now=NOW, organisation=world.charity, url=address) == source
    services.fetch_source(source.pk, NOW)
    assert titles() == [], "nobody has looked at it yet"
    services.take_source(actor=sam, now=NOW, source=source)
    tea = Event.objects.get(occasion__title="Tea dance")
    places.go(actor=VISITOR, now=NOW, occasion=tea.occasion, goer=Goer(None, "ines@home.example"))
    Server.content = ics(TEA.replace("T14", "T15").replace("T16", "T17"), WALK + "\r\nSTATUS:CANCELLED")
    assert services.sweep_sources(NOW) == 0, "it was asked just now"
    assert services.sweep_sources(NOW + 2 * HOUR) == 1
    services.fetch_source(source.pk, NOW + 2 * HOUR)
    places.sweep_changes(NOW + 2 * HOUR)
    assert "3pm to 5pm" in letters("ines@home.example")[-1].text
    assert Event.objects.get(occasion__title="Walk").occasion.called_off_at is not None
    assert Place.objects.get().entry == 2
    services.end_source(actor=sam, now=NOW, source=source)
    assert services.sweep_sources(NOW + 200 * HOUR) == 0


def test_a_calendar_that_is_away_for_a_while_loses_nothing_and_is_asked_later_and_later(world: World, address: str) -> None:  # fmt: skip
    sam = world.actor("front-desk")
    Server.content = ics(TEA)
    source = services.add_source(actor=sam, now=NOW, organisation=world.charity, url=address)
    services.fetch_source(source.pk, NOW)
    services.take_source(actor=sam, now=NOW, source=source)
    waits = []
    for content in (b"", b"Sorry, the server is down", ics(TEA)[:-20]):
        Server.content = content
        services.fetch_source(source.pk, NOW)
        source.refresh_from_db()
        waits.append((source.next_at - NOW) / HOUR)  # type: ignore[operator]
        assert source.error
    assert waits == [2, 4, 8]
    assert titles() == ["Tea dance"]


def test_what_stands_here_already_is_not_doubled(world: World) -> None:
    sam = world.actor("front-desk")
    first = up(world, title="Tea  Dance", starts_at=NOW.replace(month=2, day=2, hour=14), ends_at=NOW.replace(month=2, day=2, hour=16))  # fmt: skip
    for number in range(2):
        source = services.add_source(actor=sam, now=NOW, organisation=world.charity, content=ics(TEA, TEA.replace("UID:1", f"UID:x{number}"), WALK), name="a.ics")  # fmt: skip
        services.take_source(actor=sam, now=NOW, source=source)
    assert titles() == [first.occasion.title, "Walk"]


def test_strangers_bring_in_nothing(world: World, client: CheckedClient) -> None:
    with pytest.raises(Forbidden):
        services.add_source(actor=world.actor("resident"), now=NOW, organisation=world.charity, url="https://x.example/a.ics")  # fmt: skip
    services.add_source(actor=world.actor("front-desk"), now=NOW, organisation=world.charity, url="https://x.example/a.ics")  # fmt: skip
    client.force_login(world.users["stranger"])
    assert client.get(f"/events/calendars/{Source.objects.get().pk}/").status_code == 404
    assert client.get("/organisations/advice-centre/calendars/").status_code == 404


def test_what_is_mended_here_stays_until_its_calendar_says_otherwise(world: World, address: str) -> None:
    sam = world.actor("front-desk")
    Server.content = ics(TEA)
    source = services.add_source(actor=sam, now=NOW, organisation=world.charity, url=address)
    services.fetch_source(source.pk, NOW)
    services.take_source(actor=sam, now=NOW, source=source)
    event = Event.objects.get()
    occasion = event.occasion
    places.change_occasion(
        actor=ALL, now=NOW, occasion=occasion,
        new=NewOccasion("event", occasion.organisation_id, "Tea dance with cake", occasion.starts_at, occasion.ends_at, 30, "Boat house"),
    )  # fmt: skip

    def after(content: bytes) -> tuple[str, str, int | None, int]:
        Server.content = content
        services.fetch_source(source.pk, NOW + HOUR)
        here = Event.objects.select_related("occasion").get().occasion
        return here.title, here.venue, here.capacity, here.starts_at.hour

    later = TEA.replace("T14", "T15").replace("T16", "T17")
    assert after(ics(TEA)) == ("Tea dance with cake", "Boat house", 30, 14)
    assert after(ics(later)) == ("Tea dance with cake", "Boat house", 30, 15), "only what changed there comes in"
    assert after(ics(later.replace("Tea dance", "Grand tea dance"))) == ("Grand tea dance", "Boat house", 30, 15)


def test_what_its_calendar_no_longer_has_says_so_and_is_not_called_off_by_itself(world: World, address: str, client: CheckedClient) -> None:  # fmt: skip
    sam = world.actor("front-desk")
    source = services.add_source(actor=sam, now=NOW, organisation=world.charity, url=address)
    pages = []
    for content in (
        ics(TEA, WALK),
        ics(WALK),
        ics(WALK, "UID:9\r\nSUMMARY:Tea dance\r\nDTSTART:nonsense"),
        ics(TEA, WALK),
    ):
        Server.content = content
        services.fetch_source(source.pk, NOW)
        if not pages:
            services.take_source(actor=sam, now=NOW, source=source)
        tea = Event.objects.get(occasion__title="Tea dance")
        pages.append("does not have it any more" in client.get(f"/events/{tea.reference}/").content.decode())
    assert pages == [False, True, True, False], "one that cannot be read today is neither missed nor found"
    assert tea.occasion.called_off_at is None
    Server.content = ics(WALK)
    services.fetch_source(source.pk, NOW)
    with time_machine.travel(NOW, tick=False):
        client.force_login(world.users["front-desk"])
        page = client.get(f"/events/calendars/{source.pk}/").content.decode()
    assert "Here, and no longer in it: 1" in page
    assert f"/events/{tea.reference}/" in page


def test_entries_can_be_left_out_and_brought_in_after_all(world: World, client: CheckedClient) -> None:
    client.force_login(world.users["front-desk"])
    with time_machine.travel(NOW, tick=False):
        file = SimpleUploadedFile("tea.ics", ics(TEA, WALK))
        where = client.post("/organisations/advice-centre/calendars/", {"file": file})["Location"]
        client.post(where, {"leave": ["2", "no-such-entry"]})
        assert titles() == ["Tea dance"]
        page = client.get(where).content.decode()
        assert "Left out before" in page
        assert Source.objects.get().left_out == ["2"]
        client.post(where)
        assert titles() == ["Tea dance"], "left out stays left out"
        client.post(where, {"bring": ["2"]})
    assert titles() == ["Tea dance", "Walk"]


def test_one_day_of_a_series_that_moves_stays_the_same_event(world: World, address: str) -> None:
    series = f"UID:s\r\nSUMMARY:Choir\r\nDTSTART:20270202T180000Z\r\nDTEND:20270202T200000Z\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n{HALL}"
    moved = f"UID:s\r\nSUMMARY:Choir\r\nRECURRENCE-ID:20270209T180000Z\r\nDTSTART:20270211T190000Z\r\nDTEND:20270211T210000Z\r\n{HALL}"
    sam = world.actor("front-desk")
    Server.content = ics(series)
    source = services.add_source(actor=sam, now=NOW, organisation=world.charity, url=address)
    services.fetch_source(source.pk, NOW)
    services.take_source(actor=sam, now=NOW, source=source)
    before = set(Event.objects.values_list("pk", flat=True))
    Server.content = ics(series, moved)
    services.fetch_source(source.pk, NOW)
    assert set(Event.objects.values_list("pk", flat=True)) == before
    days = Event.objects.order_by("occasion__starts_at").values_list("occasion__starts_at", flat=True)
    assert [(each.day, each.hour) for each in days] == [(2, 18), (11, 19), (16, 18)]
    assert not Event.objects.filter(missed_at__isnull=False).exists()


def test_two_on_one_day_stay_two_when_the_first_is_over(world: World, address: str) -> None:
    day = "20270105"
    named = "\r\n".join(f"SUMMARY:Tour\r\nDTSTART:{day}T{hour}0000Z\r\nDTEND:{day}T{hour}3000Z\r\n{HALL}\r\nEND:VEVENT\r\nBEGIN:VEVENT" for hour in (10, 14))  # fmt: skip
    series = f"UID:t\r\nSUMMARY:Open door\r\nDTSTART:{day}T110000Z\r\nDTEND:{day}T113000Z\r\nRRULE:FREQ=DAILY;BYHOUR=11,15;COUNT=2\r\n{HALL}"
    Server.content = ics(named.removesuffix("\r\nEND:VEVENT\r\nBEGIN:VEVENT"), series)
    sam = world.actor("front-desk")
    source = services.add_source(actor=sam, now=NOW, organisation=world.charity, url=address)
    services.fetch_source(source.pk, NOW)
    services.take_source(actor=sam, now=NOW, source=source)
    assert titles() == ["Tour", "Open door", "Tour", "Open door"]
    services.fetch_source(source.pk, NOW + 26 * HOUR)  # noon of that day
    assert Event.objects.count() == 4
    assert not Event.objects.filter(missed_at__isnull=False).exists()


def test_a_series_put_to_another_hour_stays_the_same_events(world: World, address: str) -> None:
    def series(hour: int) -> bytes:
        return ics(
            f"UID:s\r\nSUMMARY:Choir\r\nDTSTART:20270202T{hour}0000Z\r\nDTEND:20270202T{hour}3000Z\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n{HALL}"
        )

    Server.content = series(18)
    sam = world.actor("front-desk")
    source = services.add_source(actor=sam, now=NOW, organisation=world.charity, url=address)
    services.fetch_source(source.pk, NOW)
    services.take_source(actor=sam, now=NOW, source=source)
    before = set(Event.objects.values_list("pk", flat=True))
    Server.content = series(19)
    for _twice in range(2):
        services.fetch_source(source.pk, NOW)
        assert set(Event.objects.values_list("pk", flat=True)) == before
    assert {each.occasion.starts_at.hour for each in Event.objects.select_related("occasion")} == {19}
    assert not Event.objects.filter(missed_at__isnull=False).exists()


def test_an_address_that_failed_is_asked_again_when_somebody_presses(world: World, address: str, client: CheckedClient) -> None:  # fmt: skip
    Server.content = b""
    source = services.add_source(actor=world.actor("front-desk"), now=NOW, organisation=world.charity, url=address)
    services.fetch_source(source.pk, NOW)
    client.force_login(world.users["front-desk"])
    where = f"/events/calendars/{source.pk}/"
    assert "Ask it again" in client.get(where).content.decode()
    client.post(where, {"again": "yes"})
    assert "It is being fetched" in client.get(where).content.decode()
    Server.content = ics(TEA)
    services.fetch_source(source.pk, NOW)
    source.refresh_from_db()
    assert source.file is not None
