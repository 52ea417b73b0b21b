"""Whoever cares is welcome. Disruption is met by a warning, a fair hearing, a limit in time, a way back and an appeal; nobody is kept away
silently."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from moothall.appeals import services as board
from moothall.appeals.models import Appeal
from moothall.core.actor import VISITOR
from moothall.core.errors import Forbidden
from moothall.core.models import OutgoingMail
from moothall.directory import services as directory
from moothall.events import services
from moothall.events.models import Conduct
from moothall.events.policies import can_see_conduct, visible_conduct
from moothall.events.services import CannotJudge
from moothall.places import services as places
from moothall.places.models import Place
from moothall.places.services import ToldByMail
from moothall.places.types import Goer, State
from moothall.promises.models import Promise
from tests.factories.world import ALL, World, people_only
from tests.web.checked_client import CheckedClient

from .conftest import NOW
from .test_events import DAY, HOUR, letters, up


@pytest.fixture
def world(db: None) -> World:
    return people_only(NOW)


def letters_of(address: str) -> list[str]:
    return list(OutgoingMail.objects.filter(to=address).order_by("made_at", "pk").values_list("text", flat=True))


def warned(world: World) -> Conduct:
    """Sam holds it; Bo shouted others down."""
    event = up(world, starts_at=NOW - HOUR, ends_at=NOW + HOUR)
    place = places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "bo@home.example", "Bo"))
    return services.warn(actor=world.actor("front-desk"), now=NOW, event=event, place=place, text="You shouted others down.")  # fmt: skip


def limited(world: World, conduct: Conduct, days: int = 30) -> Conduct:
    priya = world.actor("administrator")
    services.call(actor=priya, now=NOW + DAY, conduct=conduct, text="It happened again.")
    services.state_side(actor=VISITOR, now=NOW + DAY, conduct=conduct, text="I was not let finish.")
    return services.limit(actor=priya, now=NOW + 2 * DAY, conduct=conduct, days=days, text="Three evenings were broken off.")  # fmt: skip


def test_a_warning_is_said_to_them_and_keeps_nobody_away(world: World) -> None:
    conduct = warned(world)
    assert any("You shouted others down." in each.text for each in letters("bo@home.example"))
    assert places.go(actor=VISITOR, now=NOW, occasion=up(world, title="Next").occasion, goer=Goer(None, "bo@home.example")).state == State.BOOKED  # fmt: skip
    with pytest.raises(CannotJudge, match="Ask for their side first"):
        services.limit(actor=world.actor("administrator"), now=NOW, conduct=conduct, days=10, text="Out.")


def test_nobody_is_limited_unheard_nor_by_who_warned_them(world: World) -> None:
    conduct = warned(world)
    priya = world.actor("administrator")
    with pytest.raises(Forbidden):
        services.call(actor=world.actor("front-desk"), now=NOW, conduct=conduct, text="Again.")
    services.call(actor=priya, now=NOW + DAY, conduct=conduct, text="It happened again.")
    assert Promise.objects.get().kind == "conduct-hearing"
    with pytest.raises(CannotJudge, match="five working days"):
        services.limit(actor=priya, now=NOW + 3 * DAY, conduct=conduct, days=10, text="Out.")
    services.limit(actor=priya, now=NOW + 12 * DAY, conduct=conduct, days=10, text="They did not speak.")
    assert Promise.objects.get().outcome == "kept"


def test_a_limit_is_in_time_gives_the_places_to_others_and_ends_by_itself(world: World) -> None:
    conduct = warned(world)
    soon, later = up(world, title="Soon"), up(world, title="Later", starts_at=NOW + 60 * DAY, ends_at=NOW + 60 * DAY + HOUR)  # fmt: skip
    for event in (soon, later):
        places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "bo@home.example"))
    limited(world, conduct)
    assert Place.objects.get(occasion=soon.occasion).state == State.DECLINED
    assert any("METHOD:CANCEL" in each.calendar and "may not come" in each.text for each in letters("bo@home.example")), "it goes from their calendar, and they are told"  # fmt: skip
    assert Place.objects.get(occasion=later.occasion).state == State.BOOKED, "by then they may come"
    with pytest.raises(ToldByMail):
        places.go(actor=VISITOR, now=NOW + 3 * DAY, occasion=soon.occasion, goer=Goer(None, "BO@home.example "))
    assert "You were told why, and how to appeal" in letters_of("bo@home.example")[-1], (
        "nobody else reads it by typing the address"
    )
    with pytest.raises(ToldByMail):
        places.go(actor=VISITOR, now=NOW + 3 * DAY, occasion=up(world, title="New").occasion, goer=Goer(None, "bo@home.example"))  # fmt: skip
    assert places.go(actor=VISITOR, now=NOW + 3 * DAY, occasion=later.occasion, goer=Goer(None, "bo@home.example")).state == State.BOOKED  # fmt: skip
    assert services.sweep_conduct(NOW + 31 * DAY) == 0
    assert services.sweep_conduct(NOW + 33 * DAY) == 1
    assert "Welcome back" in letters("bo@home.example")[-1].text
    assert services.sweep_conduct(NOW + 33 * DAY) == 0


def test_the_way_back_is_open_before_the_time_is_over(world: World, client: CheckedClient) -> None:
    conduct = limited(world, warned(world))
    link = re.findall(rf"{settings.SITE_URL}(/conduct/mine/\S+)", letters("bo@home.example")[-1].text)[0]
    assert "How would you come back?" in client.get(link).content.decode()
    client.post(link, {"text": "I will bring a note and read from it."})
    client.force_login(world.users["administrator"])
    page = f"/conduct/{conduct.reference}/"
    assert "read from it" in client.get(page).content.decode()
    assert client.post(page, {"step": "lift", "text": "Good."}).status_code == 302
    conduct.refresh_from_db()
    assert conduct.state == "ended"
    assert "Bo" in client.get("/organisations/advice-centre/conduct/").content.decode()


def test_appealed_and_upheld_they_may_come_again(world: World, client: CheckedClient) -> None:
    conduct = limited(world, warned(world))
    link = re.findall(rf"{settings.SITE_URL}(/conduct/mine/\S+)", letters("bo@home.example")[-1].text)[0]
    followed = client.post(link + "appeal/", {"text": "Nobody let me finish."})["Location"]
    assert "A decision is owed" in client.get(followed.removeprefix(settings.SITE_URL)).content.decode()
    appeal = Appeal.objects.get()
    directory.record_delegation(actor=world.actor("administrator"), now=NOW, organisation=world.charity, minute="Minute 9", scope="All of it.", adopted_on=NOW.date())  # fmt: skip
    board.set_remit(actor=world.actor("administrator"), now=NOW, organisation=world.charity, covered=["conduct"])
    with pytest.raises(Forbidden):
        board.decide(actor=world.actor("administrator"), now=NOW + 3 * DAY, appeal=appeal, uphold=True, reason="Yes", public_text="Yes")  # fmt: skip
    board.decide(actor=world.actor("board-contact"), now=NOW + 3 * DAY, appeal=appeal, uphold=True, reason="They were cut short.", public_text="Who is cut short may be loud.")  # fmt: skip
    conduct.refresh_from_db()
    assert conduct.state == "ended"
    assert "Welcome back" in "".join(each.text for each in letters("bo@home.example"))


def test_upheld_the_places_they_lost_are_theirs_again_above_capacity_if_need_be(world: World) -> None:
    conduct = warned(world)
    full, waits = up(world, title="Full", capacity=1), up(world, title="Waits", capacity=1)
    bo = Goer(None, "bo@home.example")
    places.go(actor=VISITOR, now=NOW, occasion=full.occasion, goer=bo)
    places.go(actor=VISITOR, now=NOW, occasion=full.occasion, goer=Goer(None, "cy@home.example"))
    places.go(actor=VISITOR, now=NOW, occasion=waits.occasion, goer=Goer(None, "cy@home.example"))
    places.go(actor=VISITOR, now=NOW, occasion=waits.occasion, goer=bo)
    places.go(actor=VISITOR, now=NOW + HOUR, occasion=waits.occasion, goer=Goer(None, "di@home.example"))
    limited(world, conduct)
    cy = Place.objects.get(occasion=full.occasion, email="cy@home.example")
    places.accept(actor=VISITOR, now=NOW + 2 * DAY, place=cy)
    services.appeal_limit(
        actor=VISITOR, now=NOW + 2 * DAY, conduct=conduct_again(conduct), text="Nobody let me finish."
    )
    directory.record_delegation(actor=world.actor("administrator"), now=NOW, organisation=world.charity, minute="Minute 9", scope="All of it.", adopted_on=NOW.date())  # fmt: skip
    board.set_remit(actor=world.actor("administrator"), now=NOW, organisation=world.charity, covered=["conduct"])
    board.decide(actor=world.actor("board-contact"), now=NOW + 3 * DAY, appeal=Appeal.objects.get(), uphold=True, reason="They were cut short.", public_text="Who is cut short may be loud.")  # fmt: skip
    mine = {each.occasion.title: each for each in Place.objects.filter(email="bo@home.example").select_related("occasion")}  # fmt: skip
    assert mine["Full"].state == State.BOOKED
    full.occasion.refresh_from_db()
    assert (full.occasion.taken, full.occasion.capacity) == (2, 1)
    assert mine["Waits"].state == State.WAITLISTED
    di = Place.objects.get(email="di@home.example")
    assert mine["Waits"].queued_at < di.queued_at, "where they waited before"  # type: ignore[operator]


def upheld(world: World, conduct: Conduct) -> None:
    services.appeal_limit(
        actor=VISITOR, now=NOW + 2 * DAY, conduct=conduct_again(conduct), text="Nobody let me finish."
    )
    directory.record_delegation(actor=world.actor("administrator"), now=NOW, organisation=world.charity, minute="Minute 9", scope="All of it.", adopted_on=NOW.date())  # fmt: skip
    board.set_remit(actor=world.actor("administrator"), now=NOW, organisation=world.charity, covered=["conduct"])
    board.decide(actor=world.actor("board-contact"), now=NOW + 3 * DAY, appeal=Appeal.objects.get(), uphold=True, reason="They were cut short.", public_text="Who is cut short may be loud.")  # fmt: skip


def test_upheld_against_one_limit_another_still_stands(world: World) -> None:
    first, second = warned(world), warned(world)
    event = up(world, title="Soon")
    places.go(actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "bo@home.example"))
    limited(world, first)
    limited(world, second)
    upheld(world, second)
    assert Place.objects.get(occasion=event.occasion).state == State.DECLINED


def test_upheld_a_seat_that_became_free_meanwhile_is_offered_and_an_invitation_is_no_booking(world: World) -> None:
    conduct = warned(world)
    waits, asked = up(world, title="Waits", capacity=1), up(world, title="Asked", capacity=1)
    cy = places.go(actor=VISITOR, now=NOW, occasion=waits.occasion, goer=Goer(None, "cy@home.example"))
    places.go(actor=VISITOR, now=NOW, occasion=waits.occasion, goer=Goer(None, "bo@home.example"))
    places.invite(actor=ALL, now=NOW, occasion=asked.occasion, goer=Goer(None, "bo@home.example"))
    limited(world, conduct)
    places.cancel(actor=VISITOR, now=NOW + 2 * DAY, place=cy)
    upheld(world, conduct)
    mine = dict(Place.objects.filter(email="bo@home.example").values_list("occasion__title", "state"))
    assert mine["Waits"] == State.OFFERED
    assert mine["Asked"] == State.DECLINED


def test_a_visitor_kept_away_is_not_named_in_public_either(world: World) -> None:
    event = up(world, starts_at=NOW - HOUR, ends_at=NOW + HOUR)
    place = places.go(
        actor=VISITOR, now=NOW, occasion=event.occasion, goer=Goer(None, "bo@home.example", "Bo Marshall")
    )
    conduct = limited(world, services.warn(actor=world.actor("front-desk"), now=NOW, event=event, place=place, text="You shouted."))  # fmt: skip
    services.appeal_limit(actor=VISITOR, now=NOW + 2 * DAY, conduct=conduct, text="Nobody let me finish.")
    with pytest.raises(board.NamesSomebody, match="Marshall"):
        board.decide(actor=world.actor("board-contact"), now=NOW + 3 * DAY, appeal=Appeal.objects.get(), uphold=False, reason="No.", public_text="Marshall may stay away.")  # fmt: skip


def conduct_again(conduct: Conduct) -> Conduct:
    return Conduct.objects.select_related("organisation", "event__occasion").get(pk=conduct.pk)


def test_a_warning_after_which_nothing_happens_is_over_in_a_year(world: World) -> None:
    conduct = warned(world)
    assert services.sweep_conduct(NOW + 364 * DAY) == 0
    assert services.sweep_conduct(NOW + 366 * DAY) == 1
    assert conduct_again(conduct).state == "ended"
    assert "The warning of" in letters("bo@home.example")[-1].text


def test_predicates_and_filters_agree(world: World) -> None:
    limited(world, warned(world))
    for role in world.users:
        if role != "newcomer":
            actor = world.actor(role)
            allowed = set(Conduct.objects.filter(visible_conduct(actor)).values_list("pk", flat=True))
            assert allowed == {each.pk for each in Conduct.objects.all() if can_see_conduct(actor, each)}, role
