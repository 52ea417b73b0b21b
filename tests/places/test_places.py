"""A place is taken, waited for, offered, given up and attended; nobody is lost in between, and calendars say what is so."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import icalendar
import pytest
import vobject
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from moothall.core import personal
from moothall.core.actor import VISITOR
from moothall.core.errors import Forbidden
from moothall.core.models import OutgoingMail
from moothall.places import selectors, services
from moothall.places.models import Occasion, Place, PlaceStep
from moothall.places.services import CannotGo, CannotMark
from moothall.places.types import HOLDING, Goer, NewOccasion, State, Why
from tests.factories.world import ALL, World, people_only
from tests.web.checked_client import CheckedClient

from .conftest import NOW, TALK

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def world(db: None) -> World:
    return people_only(NOW)


@transaction.atomic
def talk(world: World, **more: Any) -> Occasion:
    """A talk at the charity in ten days, two hours from 2pm."""
    starts = NOW + 10 * DAY + 4 * HOUR
    new: dict[str, Any] = {"kind": TALK, "organisation": world.charity.pk, "title": "How to be heard", "starts_at": starts, "ends_at": starts + 2 * HOUR, "venue": "Quay Hall"}  # fmt: skip
    return services.make_occasion(actor=ALL, now=NOW, new=NewOccasion(**(new | more)))


def go(occasion: Occasion, name: str, now: dt.datetime = NOW, **more: Any) -> Place:
    goer = Goer(None, f"{name}@home.example", name.title())
    return services.go(actor=VISITOR, now=now, occasion=occasion, goer=goer, **more)


def letters(name: str) -> list[OutgoingMail]:
    found = OutgoingMail.objects.filter(to=f"{name}@home.example")
    return sorted(found, key=lambda mail: (mail.made_at, len(mail.key), mail.key))


def states(occasion: Occasion) -> dict[str, str]:
    return {each.name.lower(): each.state for each in Place.objects.filter(occasion=occasion)}


def history(place: Place) -> list[str]:
    return list(PlaceStep.objects.filter(place=place).order_by("number").values_list("why", flat=True))


def counted(occasion: Occasion) -> None:
    """The counts on the occasion are what its places say."""
    occasion.refresh_from_db()
    places = Place.objects.filter(occasion=occasion)
    assert occasion.taken == places.filter(state__in=HOLDING).count()
    assert occasion.waiting == places.filter(state=State.WAITLISTED).count()


def entry_in(mail: OutgoingMail) -> tuple[str, int, str]:
    """(uid, sequence, method) of the calendar entry in a letter, as another library reads it too."""
    ours = icalendar.Calendar.from_ical(mail.calendar)
    event = ours.walk("VEVENT")[0]
    theirs = vobject.readOne(mail.calendar)
    assert theirs.vevent.uid.value == str(event["UID"])
    assert theirs.vevent.dtstart.value == event.decoded("DTSTART")
    return str(event["UID"]), int(event["SEQUENCE"]), str(ours["METHOD"])


def test_one_press_and_an_address_is_a_place_with_a_calendar_entry(world: World) -> None:
    occasion = talk(world)
    place = go(occasion, "ines")
    assert place.state == State.BOOKED
    (letter,) = letters("ines")
    assert "You are going to How to be heard." in letter.text
    assert "Thursday 14 January 2027, 2pm to 4pm" in letter.text
    assert entry_in(letter)[1:] == (0, "REQUEST")
    assert "Thank" not in letter.text
    assert go(occasion, "ines").pk == place.pk
    assert len(letters("ines")) == 1, "pressed again it is what it was"
    counted(occasion)


def test_a_full_one_has_a_queue_that_advances_by_itself_and_offers_expire(world: World) -> None:
    occasion = talk(world, capacity=1)
    first, second, third = (go(occasion, name) for name in ("ada", "bo", "cy"))
    assert states(occasion) == {"ada": "booked", "bo": "waitlisted", "cy": "waitlisted"}
    assert selectors.page_of_place(selectors.place_of(third.pk)).ahead == 1  # type: ignore[arg-type]
    services.cancel(actor=VISITOR, now=NOW, place=first)
    assert states(occasion) == {"ada": "cancelled", "bo": "offered", "cy": "waitlisted"}
    assert "A place in How to be heard is free" in letters("bo")[-1].text
    services.sweep_offers(NOW + 23 * HOUR)
    assert states(occasion)["bo"] == "offered", "the offer stands for a day"
    assert services.sweep_offers(NOW + 25 * HOUR) == 1
    assert states(occasion) == {"ada": "cancelled", "bo": "declined", "cy": "offered"}
    assert services.sweep_offers(NOW + 25 * HOUR) == 0
    with pytest.raises(CannotGo, match="No place is offered"):
        services.accept(actor=VISITOR, now=NOW + 26 * HOUR, place=second)
    services.accept(actor=VISITOR, now=NOW + 26 * HOUR, place=third)
    assert states(occasion)["cy"] == "booked"
    assert history(third) == [Why.PRESSED, Why.FREED, Why.ACCEPTED]
    counted(occasion)


def test_an_offer_that_is_over_is_not_taken_before_the_sweep_comes(world: World) -> None:
    occasion = talk(world, capacity=1)
    first, second = go(occasion, "ada"), go(occasion, "bo")
    services.cancel(actor=VISITOR, now=NOW, place=first)
    with pytest.raises(CannotGo, match="The offer is over"):
        services.accept(actor=VISITOR, now=NOW + 2 * DAY, place=second)


def test_more_seats_go_to_those_who_wait_and_fewer_throw_nobody_out(world: World) -> None:
    occasion = talk(world, capacity=1)
    for name in ("ada", "bo", "cy"):
        go(occasion, name)
    change(occasion, capacity=2)
    assert states(occasion) == {"ada": "booked", "bo": "offered", "cy": "waitlisted"}
    change(occasion, capacity=1)
    assert states(occasion) == {"ada": "booked", "bo": "offered", "cy": "waitlisted"}
    counted(occasion)


@transaction.atomic
def change(occasion: Occasion, now: dt.datetime = NOW, **more: Any) -> Occasion:
    found = Occasion.objects.get(pk=occasion.pk)
    said = {"kind": found.kind, "organisation": found.organisation_id, "title": found.title, "starts_at": found.starts_at, "ends_at": found.ends_at, "venue": found.venue, "capacity": found.capacity}  # fmt: skip
    return services.change_occasion(actor=ALL, now=now, occasion=found, new=NewOccasion(**(said | more)))


def test_a_calendar_entry_is_brought_up_to_date_and_goes_when_it_is_called_off(world: World) -> None:
    occasion = talk(world, capacity=2)
    place = go(occasion, "ines")
    go(occasion, "ada")
    go(occasion, "bo")
    change(occasion, venue="Town Hall")
    assert services.sweep_changes(NOW) == 3
    assert services.sweep_changes(NOW) == 0, "everybody is told once"
    assert "Town Hall" in letters("bo")[-1].text
    assert not letters("bo")[-1].calendar, "who waits has nothing in their calendar"
    change(occasion, capacity=3)
    assert services.sweep_changes(NOW) == 0, "the number of seats is nothing to write about"
    with transaction.atomic():
        services.call_off(actor=ALL, now=NOW, occasion=occasion)
    services.sweep_changes(NOW)
    assert set(states(occasion).values()) == {"cancelled-with"}
    entries = [entry_in(each) for each in letters("ines")]
    assert [each[1:] for each in entries] == [(0, "REQUEST"), (1, "REQUEST"), (2, "CANCEL")]
    assert len({each[0] for each in entries}) == 1, "one uid, so nothing is added a second time"
    assert "called off" in letters("bo")[-1].text
    with pytest.raises(CannotGo, match="called off"):
        go(occasion, "cy")
    counted(occasion)
    assert history(place)[-1] == Why.CALLED_OFF


def test_a_letter_of_change_says_what_it_was_before_to_each_as_they_knew_it(world: World) -> None:
    occasion = talk(world)
    go(occasion, "ines")
    change(occasion, venue="Library")
    services.sweep_changes(NOW)
    go(occasion, "bo")
    change(occasion, NOW + HOUR, venue="Boat house", title="How to be heard, louder")
    change(occasion, NOW + 2 * HOUR, venue="Boat house", title="How to be heard, louder", starts_at=occasion.starts_at + DAY, ends_at=occasion.ends_at + DAY)  # fmt: skip
    services.sweep_changes(NOW + 2 * HOUR)
    first, second = (each.text for each in letters("ines")[-2:])
    assert "It was to be at: Quay Hall" in first
    assert "It was to be:" not in first
    for text in (second, letters("bo")[-1].text):
        assert "It was called: How to be heard" in text
        assert "It was to be at: Library" in text
        assert "It was to be: Thursday 14 January 2027" in text


def test_given_up_and_taken_again_is_one_entry_with_a_rising_sequence(world: World) -> None:
    occasion = talk(world)
    place = go(occasion, "ines")
    services.cancel(actor=VISITOR, now=NOW + HOUR, place=place)
    services.cancel(actor=VISITOR, now=NOW + HOUR, place=place)
    go(occasion, "ines", NOW + 2 * HOUR)
    entries = [entry_in(each) for each in letters("ines")]
    assert [each[1:] for each in entries] == [(0, "REQUEST"), (1, "CANCEL"), (2, "REQUEST")]
    assert len({each[0] for each in entries}) == 1


def test_a_form_that_arrives_a_second_time_later_takes_no_place_again(world: World) -> None:
    occasion = talk(world)
    place = go(occasion, "ines", key="form-1")
    services.cancel(actor=VISITOR, now=NOW, place=place)
    assert go(occasion, "ines", key="form-1").state == State.CANCELLED_BY_PERSON
    assert go(occasion, "ines", key="form-2").state == State.BOOKED


def test_cancelled_after_the_last_day_for_it_is_late_and_says_so(world: World) -> None:
    occasion = talk(world)
    place = go(occasion, "ines")
    services.cancel(actor=VISITOR, now=occasion.starts_at - HOUR, place=place)
    assert history(place)[-1] == Why.LATE
    assert "Next time say it earlier" in letters("ines")[-1].text


def test_one_goes_for_oneself_only(world: World) -> None:
    occasion = talk(world)
    sam, ruth = world.actor("front-desk"), world.people["resident"].pk
    for actor, goer in ((sam, Goer(ruth)), (VISITOR, Goer(ruth)), (VISITOR, Goer()), (sam, Goer(None, "ruth@home.example"))):  # fmt: skip
        with pytest.raises(Forbidden):
            services.go(actor=actor, now=NOW, occasion=occasion, goer=goer)


def test_nobody_books_after_it_has_closed(world: World) -> None:
    occasion = talk(world, closes_at=NOW + DAY)
    with pytest.raises(CannotGo, match="too late"):
        go(occasion, "ines", NOW + 2 * DAY)


def test_who_was_there_is_noted_by_code_and_by_list_and_corrected(world: World) -> None:
    occasion = talk(world)
    ada, bo, cy = (go(occasion, name) for name in ("ada", "bo", "cy"))
    with pytest.raises(CannotMark, match="has not begun"):
        services.check_in(actor=VISITOR, now=NOW, place=ada, code=occasion.code)
    at = occasion.starts_at
    with pytest.raises(CannotMark, match="not the code"):
        services.check_in(actor=VISITOR, now=at, place=ada, code="nonsense")
    services.check_in(actor=VISITOR, now=at, place=ada, code=f" {occasion.code.upper()} ")
    assert services.mark(actor=ALL, now=at, occasion=occasion, marks={bo.pk: State.ATTENDED_PART, ada.pk: State.ATTENDED}) == 1  # fmt: skip
    services.add_at_the_door(actor=ALL, now=at, occasion=occasion, goer=Goer(None, "", "Dee"))
    with pytest.raises(CannotMark, match="not over"):
        services.close_list(actor=ALL, now=at, occasion=occasion)
    assert services.close_list(actor=ALL, now=occasion.ends_at, occasion=occasion) == 1
    assert states(occasion) == {"ada": "attended", "bo": "attended-part", "cy": "absent", "dee": "attended"}
    services.mark(actor=ALL, now=occasion.ends_at, occasion=occasion, marks={cy.pk: State.ATTENDED})
    assert history(cy) == [Why.PRESSED, Why.LIST, Why.LIST]
    counted(occasion)
    with pytest.raises(Forbidden):
        services.mark(actor=world.actor("stranger"), now=at, occasion=occasion, marks={cy.pk: State.ABSENT})


def test_the_place_of_somebody_who_was_erased_goes_to_the_next_in_line(world: World) -> None:
    occasion = talk(world, capacity=1)
    ruth = world.actor("resident")
    services.go(actor=ruth, now=NOW, occasion=occasion, goer=Goer(ruth.id))
    go(occasion, "bo")
    personal.erase(personal.Subject(world.people["resident"].pk, None, ("ruth@home.example",)))
    assert services.sweep_offers(NOW + HOUR) == 1
    assert states(occasion) == {"": "declined", "bo": "offered"}
    counted(occasion)


def test_who_did_not_come_makes_room_at_the_door(world: World) -> None:
    occasion = talk(world, capacity=1)
    ada = go(occasion, "ada")
    at = occasion.starts_at
    with pytest.raises(CannotMark, match="No seat is free"):
        services.add_at_the_door(actor=ALL, now=at, occasion=occasion, goer=Goer(None, "", "Dee"))
    services.mark(actor=ALL, now=at, occasion=occasion, marks={ada.pk: State.ABSENT})
    services.add_at_the_door(actor=ALL, now=at, occasion=occasion, goer=Goer(None, "", "Dee"))
    assert states(occasion) == {"ada": "absent", "dee": "attended"}
    counted(occasion)


def test_who_waits_sits_down_when_a_seat_is_free_and_it_is_too_late_for_offers(world: World) -> None:
    occasion = talk(world, capacity=1)
    ada, _bo = go(occasion, "ada"), go(occasion, "bo")
    soon = occasion.starts_at - dt.timedelta(minutes=5)
    services.cancel(actor=VISITOR, now=soon, place=ada)
    assert states(occasion)["bo"] == "waitlisted"
    assert go(occasion, "bo", soon).state == State.BOOKED
    counted(occasion)


def test_an_entry_in_a_calendar_carries_no_link_that_lets_others_act(world: World) -> None:
    go(talk(world), "ines")
    assert "/places/place-" not in letters("ines")[0].calendar


def test_the_database_refuses_what_cannot_be(world: World) -> None:
    place = go(talk(world), "ines")
    services.cancel(actor=VISITOR, now=NOW, place=place)
    with pytest.raises(ProgrammingError, match="transition"), transaction.atomic():
        Place.objects.filter(pk=place.pk).update(state=State.ATTENDED)
    for write in ("UPDATE places_placestep SET why = 'list'", "DELETE FROM places_placestep"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(write)


def test_somebody_s_own_calendar_is_at_a_secret_address_that_can_be_ended(world: World, client: CheckedClient) -> None:
    occasion = talk(world)
    ruth = world.actor("resident")
    place = services.go(actor=ruth, now=NOW, occasion=occasion, goer=Goer(ruth.id))
    key = services.new_calendar_key(actor=ruth, now=NOW)
    address = f"/calendars/{key}/going.ics"
    (event,) = icalendar.Calendar.from_ical(client.get(address).content.decode()).walk("VEVENT")
    letter = OutgoingMail.objects.get(to="ruth@home.example", thread=f"place-{place.pk}")
    assert str(event["UID"]) == entry_in(letter)[0], "subscribed to or sent, it is the same entry"
    services.cancel(actor=ruth, now=NOW + HOUR, place=place)
    (event,) = icalendar.Calendar.from_ical(client.get(address).content.decode()).walk("VEVENT")
    assert str(event["STATUS"]) == "CANCELLED"
    assert int(event["SEQUENCE"]) > 0
    services.new_calendar_key(actor=ruth, now=NOW)
    assert client.get(address).status_code == 404


def test_the_link_in_the_letter_is_the_place_and_lets_one_give_it_up(world: World, client: CheckedClient) -> None:
    occasion = talk(world, capacity=1)
    go(occasion, "ines")
    go(occasion, "bo")
    path = re.findall(rf"{settings.SITE_URL}(/places/\S+)", letters("ines")[0].text)[0]
    assert "You are going" in client.get(path).content.decode()
    assert client.get(path + "calendar.ics").status_code == 200
    assert client.post(path, {"cancel": "yes"}).status_code == 302
    assert "You are not going" in client.get(path).content.decode()
    theirs = re.findall(rf"{settings.SITE_URL}(/places/\S+)", letters("bo")[-1].text)[0]
    assert "A place is offered to you" in client.get(theirs).content.decode()
    client.post(theirs, {"accept": "yes"})
    assert states(occasion)["bo"] == "booked"
    assert client.get("/places/place-1-2-aaaa/").status_code == 404


WISHES = st.lists(
    st.tuples(st.sampled_from(["go", "cancel", "accept", "expire", "more", "fewer"]), st.integers(0, 5)), max_size=25
)


@rules(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WISHES)
def test_whatever_people_do_no_seat_is_given_twice_and_none_stays_empty_while_somebody_waits(world: World, wishes: list[tuple[str, int]]) -> None:  # fmt: skip
    with transaction.atomic():
        occasion, most, now = talk(world, capacity=2), 2, NOW
        for wish, who in wishes:
            now += HOUR
            place = Place.objects.filter(occasion=occasion, name=f"P{who}").first()
            try:
                with transaction.atomic():
                    if wish == "go":
                        go(occasion, f"p{who}", now)
                    elif wish == "cancel" and place:
                        services.cancel(actor=VISITOR, now=now, place=place)
                    elif wish == "accept" and place:
                        services.accept(actor=VISITOR, now=now, place=place)
                    elif wish == "expire":
                        now += 25 * HOUR
                        services.sweep_offers(now)
                    elif wish in ("more", "fewer"):
                        capacity = max(1, (Occasion.objects.get(pk=occasion.pk).capacity or 1) + (1 if wish == "more" else -1))  # fmt: skip
                        change(occasion, now, capacity=capacity)
                        most = max(most, capacity)
            except CannotGo:
                pass
            counted(occasion)
            assert occasion.taken <= most
            assert not (occasion.waiting and occasion.free), "a free seat and somebody waiting"
            for each in Place.objects.filter(occasion=occasion):
                assert each.steps == PlaceStep.objects.filter(place=each).count()
        transaction.set_rollback(True)
