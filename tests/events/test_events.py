"""Open by default, digital by design, proactive: an event is put up in minutes, anyone goes, asks and hears of it."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest
import time_machine
import vobject
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from moothall.core import mail
from moothall.core.actor import VISITOR
from moothall.core.errors import Forbidden
from moothall.core.models import OutgoingMail
from moothall.directory.models import Organisation
from moothall.events import selectors, services
from moothall.events.models import Event, Feedback, Interest, Question
from moothall.events.policies import can_see_event, visible_events
from moothall.events.services import CannotAsk, CannotListen, CannotPutUp, telling
from moothall.events.types import About, Asker, NewEvent, Wanted
from moothall.places import services as places
from moothall.places.models import Place
from moothall.places.services import CannotGo
from moothall.places.types import Goer, State
from moothall.promises.models import Promise
from moothall.promises.services import sweep_promises
from tests.factories.world import ALL, World, people_only
from tests.web.checked_client import CheckedClient

from .conftest import NOW

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
FORM = {
    "title": "Ask the council", "about": "Anyone asks, we answer.", "day": "2027-01-20", "from_time": "18:00", "to_time": "7.30pm", "venue": "Town Hall, Quay Lane",
    "online_url": "", "capacity": "", "topics": ["democracy"], "afar": "", "access": "", "closed_reason": "",
}  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    return people_only(NOW)


def new(**more: Any) -> NewEvent:
    starts = NOW + 20 * DAY
    said = {"title": "Ask the council", "about": "Anyone asks, we answer.", "starts_at": starts, "ends_at": starts + 2 * HOUR, "venue": "Town Hall, Quay Lane", "topics": ("democracy",)}  # fmt: skip
    return NewEvent(**(said | more))


def up(world: World, role: str = "front-desk", now: dt.datetime = NOW, **more: Any) -> Event:
    return services.put_up(actor=world.actor(role), now=now, organisation=world.charity, new=new(**more))


def letters(address: str) -> list[OutgoingMail]:
    return sorted(OutgoingMail.objects.filter(to=address).exclude(thread=""), key=lambda mail: (mail.made_at, len(mail.key), mail.key))  # fmt: skip


def test_whoever_works_there_puts_an_event_up_and_everybody_sees_it(world: World, client: CheckedClient) -> None:
    client.force_login(world.users["front-desk"])
    answer = client.post("/events/new/", FORM)
    assert answer.status_code == 302
    event = Event.objects.get()
    assert event.occasion.ends_at - event.occasion.starts_at == 90 * dt.timedelta(minutes=1)
    client.logout()
    page = client.get(answer["Location"]).content.decode()
    assert "Anyone may go, whatever their grade" in page
    assert "Wednesday 20 January 2027, 6pm to 7:30pm" in page
    assert "Ask the council" in client.get("/events/").content.decode()
    assert client.post("/events/new/", FORM).status_code == 302, "visitors are asked to sign in"
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"about": " "}, {"day": "soon"}, {"from_time": "25:00"}, {"venue": ""}, {"capacity": "0"}, {"day": "2020-01-01"}, {"to_time": "18:00"}]
)  # fmt: skip
def test_what_is_wrong_with_an_event_is_said_at_its_field(world: World, client: CheckedClient, wrong: dict[str, str]) -> None:  # fmt: skip
    client.force_login(world.users["front-desk"])
    answer = client.post("/events/new/", FORM | wrong)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert not Event.objects.exists()


def test_strangers_put_nothing_up_in_an_institution_s_name(world: World) -> None:
    for role in ("resident", "stranger", "city-steward"):
        with pytest.raises(Forbidden):
            up(world, role)
    with pytest.raises(CannotPutUp, match="over already"):
        up(world, starts_at=NOW - 3 * HOUR, ends_at=NOW - HOUR)


def test_a_resident_goes_with_a_mail_address_and_one_press(world: World, client: CheckedClient) -> None:
    event = up(world)
    path = f"/events/{event.reference}/go/"
    assert client.post(path, {"email": "no"}).status_code == 422
    answer = client.post(path, {"email": "ines@home.example", "name": "Ines", "key": "k"})
    assert "Look into your mail" in answer.content.decode()
    assert "/places/" not in answer.content.decode(), "only whoever reads that address has the link"
    assert letters("ines@home.example")[0].calendar
    ruth = CheckedClient()
    ruth.force_login(world.users["resident"])
    where = ruth.post(path, {"key": "k2"})["Location"]
    assert "You are going" in ruth.get(where).content.decode()
    assert "Your place" in ruth.get(f"/events/{event.reference}/").content.decode()
    assert "Ask the council" in ruth.get("/places/").content.decode()
    assert "Ask the council" in ruth.get("/me/week/").content.decode()


def test_staff_say_in_whose_time_and_it_is_the_same_press(world: World, client: CheckedClient) -> None:
    event = up(world)
    client.force_login(world.users["front-desk"])
    assert "In working time at Fenbridge Advice Centre" in client.get(f"/events/{event.reference}/go/").content.decode()
    client.post(f"/events/{event.reference}/go/", {"time": str(world.charity.pk), "key": "k"})
    place = Place.objects.get()
    assert (place.organisation, place.team is not None) == (world.charity, True)
    assert letters("dilys@advice-centre.example")[0].text.startswith("Sam Okafor goes to “Ask the council”")


def test_a_closed_event_says_why_and_anyone_may_challenge_that(world: World, client: CheckedClient) -> None:
    event = up(world, closed_reason="Names of children are read out.")
    page = client.get(f"/events/{event.reference}/").content.decode()
    assert "Names of children are read out." in page
    with pytest.raises(CannotGo, match="not open to everybody"):
        places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "ines@home.example"))
    sam = world.actor("line-manager")
    assert places.go(actor=sam, now=NOW, occasion=event.occasion, goer=Goer(sam.id)).state == State.BOOKED
    places.invite(actor=world.actor("front-desk"), now=NOW, occasion=event.occasion, goer=Goer(None, "ines@home.example"))  # fmt: skip
    assert places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "ines@home.example")).state == State.BOOKED  # fmt: skip
    answer = client.post(f"/events/{event.reference}/ask/?about=closing", {"text": "Read them out at the end.", "about": "closing", "email": "bo@home.example"})  # fmt: skip
    assert answer.status_code == 302
    question = Question.objects.get()
    promise = Promise.objects.get(kind="event-closing")
    assert promise.rung == "board"
    with pytest.raises(Forbidden):
        services.answer(actor=world.actor("front-desk"), now=NOW, question=question, text="No.")
    services.answer(actor=world.actor("board-contact"), now=NOW, question=question, text="We do, from next time.")
    assert "We do, from next time." in client.get(f"/events/{event.reference}/").content.decode()
    with pytest.raises(CannotAsk, match="open"):
        services.ask(actor=VISITOR, now=NOW, event=up(world, title="Open"), text="Why?", asker=Asker(), about=About.CLOSING)  # fmt: skip


def test_each_question_is_owed_an_answer_in_public_and_climbs_when_it_is_not_given(world: World, client: CheckedClient) -> None:  # fmt: skip
    event = up(world)
    said = {"text": "Is there a ramp?", "email": "ines@home.example", "about": "matter", "key": "q1"}
    client.post(f"/events/{event.reference}/ask/", said)
    client.post(f"/events/{event.reference}/ask/", said)
    question = Question.objects.get()
    promise = Promise.objects.get(kind="event-question")
    assert promise.post is not None, "the host’s post holds it"
    soon = up(world, starts_at=NOW + 2 * DAY, ends_at=NOW + 2 * DAY + HOUR)
    asked = services.ask(actor=VISITOR, now=NOW, event=soon, text="Where?", asker=Asker())
    assert Promise.objects.get(subject=str(asked.pk)).due_at == soon.occasion.starts_at, (
        "afterwards an answer is worth nothing"
    )
    sweep_promises(promise.due_at + DAY)
    promise.refresh_from_db()
    assert promise.rung == "lead"
    client.force_login(world.users["front-desk"])
    client.post(f"/events/{event.reference}/questions/{question.pk}/", {"text": "Yes, at the back."})
    client.logout()
    page = client.get(f"/events/{event.reference}/").content.decode()
    assert "Yes, at the back." in page
    assert "Ines" not in page
    assert any("Yes, at the back." in each.text for each in letters("ines@home.example"))
    promise.refresh_from_db()
    assert promise.outcome == "kept"


def test_hidden_words_leave_the_reason_in_their_place_and_are_still_answered(world: World, client: CheckedClient) -> None:  # fmt: skip
    event = up(world)
    question = services.ask(actor=VISITOR, now=NOW, event=event, text="Sam is a fool", asker=Asker())
    with pytest.raises(CannotAsk):
        services.hide(actor=world.actor("front-desk"), now=NOW, question=question, reason=" ")
    services.hide(actor=world.actor("front-desk"), now=NOW, question=question, reason="It insults somebody.")
    page = client.get(f"/events/{event.reference}/").content.decode()
    assert "fool" not in page
    assert "It insults somebody." in page
    assert Promise.objects.get().ended_at is None


def test_called_off_on_the_web_everybody_is_told(world: World, client: CheckedClient) -> None:
    event = up(world)
    places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "ines@home.example"))
    client.force_login(world.users["front-desk"])
    assert "Everybody is told" in client.get(f"/events/{event.reference}/call-off/").content.decode()
    assert (
        "Say why it is called off" in client.post(f"/events/{event.reference}/call-off/", {"why": ""}).content.decode()
    )
    client.post(f"/events/{event.reference}/call-off/", {"why": "The roof leaks."})
    assert places.sweep_changes(NOW) == 1
    letter = letters("ines@home.example")[-1]
    assert "METHOD:CANCEL" in letter.calendar
    assert "> The roof leaks." in letter.text
    assert "The roof leaks." in client.get(f"/events/{event.reference}/").content.decode()
    assert "Called off" in client.get("/events/").content.decode()
    ruth = CheckedClient()
    ruth.force_login(world.users["resident"])
    assert ruth.post(f"/events/{event.reference}/change/", FORM).status_code == 404


def test_held_again_it_is_a_series_and_each_has_places_of_its_own(world: World, client: CheckedClient) -> None:
    first = up(world)
    client.force_login(world.users["front-desk"])
    assert client.post(f"/events/{first.reference}/again/", FORM | {"day": "2027-02-20"}).status_code == 302
    second = Event.objects.exclude(pk=first.pk).get()
    first.occasion.refresh_from_db()
    assert first.occasion.series == second.occasion.series != ""
    assert f"/events/{second.reference}/" in client.get(f"/events/{first.reference}/").content.decode()


def test_changed_the_form_shows_what_is_so_and_who_goes_is_told(world: World, client: CheckedClient) -> None:
    event = up(world, capacity=3)
    places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "ines@home.example"))
    client.force_login(world.users["front-desk"])
    page = client.get(f"/events/{event.reference}/change/").content.decode()
    assert 'value="2027-01-24"' in page
    client.post(f"/events/{event.reference}/change/", FORM | {"day": "2027-01-24", "venue": "Library"})
    places.sweep_changes(NOW)
    assert "Library" in letters("ines@home.example")[-1].text


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Ask the council", "Walk by the river", "Online: safe passwords"]), ("topic=health", ["Walk by the river"]), ("words=library pass", ["Online: safe passwords"]),
        ("online=on", ["Online: safe passwords"]), ("from=2027-01-25", ["Walk by the river", "Online: safe passwords"]), ("to=2027-01-25", ["Ask the council"]),
        ("organiser=advice-centre", ["Ask the council", "Walk by the river"]), ("topic=nonsense&from=never", ["Ask the council", "Walk by the river", "Online: safe passwords"]),
        ("to=9999-12-31", ["Ask the council", "Walk by the river", "Online: safe passwords"]), ("words=%00", ["Ask the council", "Walk by the river", "Online: safe passwords"]),
    ],
)  # fmt: skip
def test_found_by_day_topic_place_and_organiser(world: World, client: CheckedClient, query: str, titles: list[str]) -> None:  # fmt: skip
    up(world)
    up(world, title="Walk by the river", topics=("health",), starts_at=NOW + 25 * DAY, ends_at=NOW + 25 * DAY + HOUR)
    services.put_up(
        actor=world.actor("provider"), now=NOW, organisation=Organisation.objects.get(slug="fenbridge-college"),
        new=new(title="Online: safe passwords", about="With the library.", venue="", online_url="https://video.example/1", topics=("digital",), starts_at=NOW + 30 * DAY, ends_at=NOW + 30 * DAY + HOUR),
    )  # fmt: skip
    page = client.get(f"/events/?{query}").content.decode()
    found = [title for title in ("Ask the council", "Walk by the river", "Online: safe passwords") if f">{title}<" in page]  # fmt: skip
    assert found == titles
    feed = icalendar.Calendar.from_ical(client.get(f"/events/calendar.ics?{query}").content.decode())
    assert [str(each["SUMMARY"]) for each in feed.walk("VEVENT")] == titles
    data = json.loads(client.get(f"/events/events.json?{query}").content)
    assert [each["name"] for each in data["@graph"]] == titles
    atom = ElementTree.fromstring(client.get(f"/events/atom.xml?{query}").content)
    assert sorted(each.findtext("{http://www.w3.org/2005/Atom}title") or "" for each in atom.iter("{http://www.w3.org/2005/Atom}entry")) == sorted(titles)  # fmt: skip


def test_a_feed_entry_is_brought_up_to_date_and_a_called_off_one_stays_to_vanish(world: World, client: CheckedClient) -> None:  # fmt: skip
    event = up(world)
    first = vobject.readOne(client.get("/events/calendar.ics").content.decode()).vevent
    services.change(actor=world.actor("front-desk"), now=NOW + HOUR, event=event, new=new(venue="Library"))
    services.call_off(actor=world.actor("front-desk"), now=NOW + 2 * HOUR, event=Event.objects.select_related("occasion").get(), why="Rain")  # fmt: skip
    last = vobject.readOne(client.get("/events/calendar.ics").content.decode()).vevent
    assert first.uid.value == last.uid.value
    assert int(first.sequence.value) < int(last.sequence.value)
    assert (first.status.value, last.status.value) == ("CONFIRMED", "CANCELLED")


def test_the_page_says_to_machines_what_it_says_to_people(world: World, client: CheckedClient) -> None:
    event = up(world, title="Is 3 < 4? </script><b>", capacity=7)
    page = client.get(f"/events/{event.reference}/").content.decode()
    data = json.loads(re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)[0])
    assert data["name"] == "Is 3 < 4? </script><b>"
    assert (data["@type"], data["remainingAttendeeCapacity"], data["startDate"]) == ("Event", 7, "2027-01-24T10:00:00+00:00")  # fmt: skip


def test_the_openness_record_is_worked_out_from_what_happened(world: World) -> None:
    event = up(world, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR)
    now = [each.so for each in selectors.page_of_event(event, NOW).openness]
    assert now == [True, False, False, False, None, None, None, None]
    for number in range(5):
        place = places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, f"p{number}@home.example"))
        places.mark(actor=ALL, now=NOW + DAY, occasion=event.occasion, marks={place.pk: State.ATTENDED})
        place.refresh_from_db()
        services.rate(actor=VISITOR, now=NOW + 2 * DAY, place=place, worth=5 - (number % 2), text="")
    services.ask(actor=VISITOR, now=NOW, event=event, text="Where?", asker=Asker())
    services.leave_behind(actor=world.actor("front-desk"), now=NOW + 2 * DAY, event=event, notes="What was said.", slides_url="", recording_url="")  # fmt: skip
    places.close_list(actor=ALL, now=NOW + 2 * DAY, occasion=event.occasion)
    page = selectors.page_of_event(selectors.event_for(VISITOR, event.reference), NOW + 30 * DAY)  # type: ignore[arg-type]
    assert [each.so for each in page.openness] == [True, False, False, False, False, True, True, True]
    assert (page.came, page.feedback) == (5, (4.6, 5))


def test_who_was_there_is_asked_the_morning_after_once_and_finds_it_on_their_place(world: World, client: CheckedClient) -> None:  # fmt: skip
    event = up(world, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR)
    place = places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "ines@home.example"))
    away = places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "bo@home.example"))
    places.mark(actor=ALL, now=NOW + DAY, occasion=event.occasion, marks={place.pk: State.ATTENDED, away.pk: State.ABSENT})  # fmt: skip
    assert services.sweep_how_it_was(NOW + DAY + 2 * HOUR) == 0
    assert services.sweep_how_it_was(NOW + 2 * DAY) == 1
    assert services.sweep_how_it_was(NOW + 2 * DAY) == 0
    assert [each.subject for each in letters("bo@home.example")] == ["You are going: Ask the council"]
    link = re.findall(rf"{settings.SITE_URL}(/events/rate/\S+)", letters("ines@home.example")[-1].text)[0]
    with time_machine.travel(NOW + 2 * DAY):
        assert link in client.get(link.replace("/events/rate/", "/places/")).content.decode()
        assert client.post(link, {"worth": "4", "text": "Longer."}).status_code == 302
    assert Feedback.objects.get().worth == 4


def test_somebody_is_invited_and_says_yes(world: World, client: CheckedClient) -> None:
    event = up(world, closed_reason="Names are read out.")
    client.force_login(world.users["front-desk"])
    page = f"/occasions/{event.occasion_id}/list/invite/"
    assert client.post(page, {"email": "no"}).status_code == 422
    client.post(page, {"email": "ines@home.example", "name": "Ines"})
    mine = re.findall(rf"{settings.SITE_URL}(/places/\S+)", letters("ines@home.example")[0].text)[0]
    assert "You are invited" in client.get(mine).content.decode()
    client.post(mine, {"accept": "yes"})
    assert Place.objects.get().state == State.BOOKED


def test_of_four_who_say_how_it_was_nothing_is_shown(world: World) -> None:
    event = up(world, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR)
    for number in range(4):
        place = places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, f"p{number}@home.example"))
        with pytest.raises(CannotListen, match="not over"):
            services.rate(actor=VISITOR, now=NOW, place=place, worth=5, text="")
        services.rate(actor=VISITOR, now=NOW + 2 * DAY, place=place, worth=5, text="")
    assert Feedback.objects.count() == 4
    assert selectors.page_of_event(event, NOW + 2 * DAY).feedback is None


def test_new_events_are_told_once_to_those_whom_they_fit_and_one_press_stops_it(world: World, client: CheckedClient) -> None:  # fmt: skip
    client.post("/events/tell-me/", {"topics": ["democracy"], "near": "quay", "email": "ines@home.example"})
    interest = Interest.objects.get()
    up(world)
    assert services.sweep_new_events(NOW + HOUR) == 0
    assert len(letters("ines@home.example")) == 1, "nobody has said yes yet"
    yes = re.findall(rf"{settings.SITE_URL}(/events/tell-me/\S+)", letters("ines@home.example")[0].text)[0]
    client.post(yes, {"yes": "yes"})
    assert (
        Interest.objects.filter(confirmed_at__isnull=False).update(confirmed_at=NOW + HOUR) == 1
    )  # the page has a clock of its own
    up(world, title="Another", now=NOW + HOUR)
    up(world, title="A third", now=NOW + HOUR)
    up(world, title="Elsewhere", venue="Far away", now=NOW + HOUR)
    assert services.sweep_new_events(NOW + HOUR) == 0, "an organiser may see first what is wrong with it"
    assert services.sweep_new_events(NOW + 2 * HOUR) == 1
    assert services.sweep_new_events(NOW + 3 * HOUR) == 0
    (letter,) = letters("ines@home.example")[1:]
    assert "Another" in letter.text
    assert "A third" in letter.text
    assert "Elsewhere" not in letter.text
    strict = CheckedClient(enforce_csrf_checks=True)
    assert strict.post(letter.stop_url.removeprefix(settings.SITE_URL), {"List-Unsubscribe": "One-Click"}).status_code == 200  # fmt: skip
    assert not Interest.objects.filter(pk=interest.pk).exists()


def test_whoever_dies_while_telling_of_new_events_has_told_some_and_the_others_are_told_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    for name in ("a", "b", "c"):
        wanted = services.want(actor=VISITOR, now=NOW, topics=(), near="", email=f"{name}@home.example")
        services.confirm(now=NOW, interest=wanted)
    up(world, title="First")
    real = mail.post

    def dies(*, to: str, **more: Any) -> Any:
        if to == "b@home.example":
            raise RuntimeError("the cable was pulled")
        return real(to=to, **more)

    monkeypatch.setattr("moothall.events.services.telling.mail.post", dies)
    assert services.sweep_new_events(NOW + HOUR) == 2
    monkeypatch.undo()
    up(world, title="Second", now=NOW + HOUR)
    assert services.sweep_new_events(NOW + 2 * HOUR) == 3
    told = {name: [each.text for each in letters(f"{name}@home.example")[1:]] for name in "abc"}
    assert [len(each) for each in told.values()] == [2, 1, 2]
    assert all("".join(each).count("First") == "".join(each).count("Second") == 1 for each in told.values())


def test_whoever_sweeps_beside_tells_nobody_a_second_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = services.want(actor=VISITOR, now=NOW, topics=["democracy"], near="", email="ines@home.example")
    services.confirm(now=NOW, interest=wanted)
    up(world, title="Not hers", topics=("health",))
    real = telling.interests_behind

    def meanwhile(count: int) -> Any:
        found = real(count)
        monkeypatch.setattr(telling, "interests_behind", real)
        up(world, title="Hers", now=NOW + HOUR)
        services.sweep_new_events(NOW + 2 * HOUR)  # another process, between reading and noting
        return found

    monkeypatch.setattr(telling, "interests_behind", meanwhile)
    services.sweep_new_events(NOW + HOUR)
    up(world, title="Hers too", now=NOW + 2 * HOUR)
    services.sweep_new_events(NOW + 3 * HOUR)
    told = "".join(each.text for each in letters("ines@home.example"))
    assert told.count("Hers\n") == told.count("Hers too\n") == 1


def test_what_fits_an_interest_is_said_alike_of_one_event_and_of_many(world: World) -> None:
    for topics, venue in ((("democracy",), "Quay Lane"), ((), "QUAY hall"), (("health", "safety"), "Library")):
        up(world, topics=topics, venue=venue)
    for topics in ([], ["health"], ["democracy", "safety"], ["culture"]):
        for near in ("", "quay", "Lib"):
            interest = Interest(topics=topics, near=near)
            found = set(Event.objects.filter(selectors.fitting(interest)).values_list("pk", flat=True))
            events = Event.objects.select_related("occasion")
            assert found == {each.pk for each in events if selectors.fits(interest, each)}, (topics, near)


def test_what_is_near_me_is_in_my_week(world: World, client: CheckedClient) -> None:
    up(world, starts_at=NOW + 3 * DAY, ends_at=NOW + 3 * DAY + HOUR)
    client.force_login(world.users["resident"])
    client.post("/events/tell-me/", {"topics": ["democracy"], "near": ""})
    assert "Ask the council (Town Hall, Quay Lane)" in client.get("/me/week/").content.decode()


def test_the_list_at_the_door_on_the_web(world: World, client: CheckedClient) -> None:
    event = up(world, starts_at=NOW + HOUR / 2, ends_at=NOW + HOUR)
    place = places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "ines@home.example", "Ines Duarte"))  # fmt: skip
    page = f"/occasions/{event.occasion_id}/list/"
    client.force_login(world.users["front-desk"])
    assert event.occasion.code in client.get(page).content.decode()
    client.post(page, {f"mark-{place.pk}": "attended", "mark-x": "attended", "mark-9999999999999999999": "absent"})
    client.post(page + "add/", {"name": "Bo Lund", "email": ""})
    shown = client.get(page).content.decode()
    assert "Bo Lund" in shown
    place.refresh_from_db()
    assert place.state == State.ATTENDED
    client.force_login(world.users["resident"])
    assert client.get(page).status_code == 404


def test_predicates_and_filters_agree(world: World) -> None:
    up(world)
    Organisation.objects.filter(pk=world.charity.pk).update(confirmed_at=None)
    for role in (*world.users, None):
        if role == "newcomer":
            continue
        actor = world.actor(role) if role else VISITOR
        allowed = set(Event.objects.filter(visible_events(actor)).values_list("pk", flat=True))
        assert allowed == {each.pk for each in Event.objects.all() if can_see_event(actor, each)}, role


def test_the_list_costs_the_same_at_one_event_and_at_three(world: World, client: CheckedClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:  # fmt: skip
    up(world)
    with django_assert_num_queries(2):
        client.get("/events/")
    up(world)
    up(world)
    with django_assert_num_queries(2):
        client.get("/events/")
    assert len(selectors.events(VISITOR, Wanted(), NOW)) == 3


def test_the_list_is_written_anew_whenever_anything_on_it_changes(world: World, client: CheckedClient) -> None:
    """Visitors without a cookie get a page that was kept; it must never be another one than would be written now."""
    event = up(world, capacity=3)

    def changes(what: str) -> None:
        before = stamps[-1]
        stamps.append(selectors.list_stamp(NOW, 200))
        assert stamps[-1] != before, what
        visitor, other = CheckedClient(), CheckedClient()
        other.cookies["any"] = "cookie"
        first, again, anew = (each.get("/events/").content for each in (visitor, visitor, other))
        assert first == again == anew, what

    stamps = [""]
    changes("put up")
    places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "ines@home.example"))
    changes("a place taken")
    for more in ({"title": "Other"}, {"venue": "Library"}, {"online_url": "https://x.example/"}, {"afar": "By phone."}, {"closed_reason": "Names"}, {"capacity": None}, {"starts_at": NOW + 21 * DAY, "ends_at": NOW + 22 * DAY}):  # fmt: skip
        event = services.change(
            actor=world.actor("front-desk"),
            now=NOW,
            event=selectors.event_for(VISITOR, event.reference),
            new=new(**more),
        )  # type: ignore[arg-type]
        changes(str(more))
    Organisation.objects.filter(pk=world.charity.pk).update(name="Renamed")
    changes("an organisation renamed")
    services.call_off(
        actor=world.actor("front-desk"), now=NOW, event=selectors.event_for(VISITOR, event.reference), why="Rain"
    )  # type: ignore[arg-type]
    changes("called off")
    Organisation.objects.filter(pk=world.charity.pk).update(confirmed_at=None)
    changes("not public any more")


def test_the_kept_page_is_the_same_packed_or_not(world: World) -> None:
    up(world)
    plain = CheckedClient().get("/events/")
    packed = CheckedClient().get("/events/", headers={"accept-encoding": "br, gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]
    assert "Accept-Encoding" in plain["Vary"]


def test_the_list_costs_somebody_signed_in_four_queries_and_leads_to_their_own_events(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:  # fmt: skip
    sam, ruth = CheckedClient(), CheckedClient()
    sam.force_login(world.users["front-desk"])
    ruth.force_login(world.users["resident"])
    up(world, title="Held by Sam")
    up(world, title="Held by Sam before", now=NOW - 20 * DAY, starts_at=NOW - 3 * DAY, ends_at=NOW - 3 * DAY + HOUR)
    for client in (sam, ruth):
        client.get("/events/")
        with django_assert_num_queries(4):  # the session, the account, what they may do, the list
            page = client.get("/events/").content.decode()
        assert ("Yours to hold" in page) is (client is sam)
    mine = sam.get("/events/?mine=on").content.decode()
    assert "Held by Sam before" in mine
    assert "Held by Sam" not in ruth.get("/events/?mine=on").content.decode()
    assert "Held by Sam" not in CheckedClient().get("/events/?mine=on").content.decode()
