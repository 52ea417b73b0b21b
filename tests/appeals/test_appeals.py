"""Appeals: both sides are heard, whoever took part decides nothing, what is upheld is given or answered for, and none is dropped. Against
objections, as the kind of refusal that people meet first."""

from __future__ import annotations

import pytest
from django.utils import timezone

from moothall.appeals import selectors as appeals
from moothall.appeals import services as board
from moothall.appeals.models import Appeal
from moothall.appeals.services import CannotAppeal, NamesSomebody
from moothall.appeals.types import Answer, Ruling, Side
from moothall.core.errors import Forbidden
from moothall.directory import services as directory
from moothall.directory.models import Organisation, RoleGrant
from moothall.directory.types import Role
from moothall.places import services
from moothall.places.models import Place
from moothall.places.services import CannotObject
from moothall.places.types import State, Stated
from moothall.promises.models import Promise
from moothall.promises.selectors import stuck
from moothall.promises.services import sweep_promises
from tests.factories.world import ALL, World
from tests.places.conftest import NOW
from tests.places.test_going_in_work_time import (
    appealed,
    decided,
    letters,
    objected,
    reception,
    remit,
    rule,
    sam_goes,
    world,
)
from tests.places.test_places import DAY, HOUR, go, talk
from tests.web.checked_client import CheckedClient

__all__ = ["world"]


def test_upheld_inside_the_delegation_the_person_is_seated_at_once_above_capacity_and_nobody_below_undoes_it(world: World) -> None:  # fmt: skip
    rule(world, 3)
    remit(world)
    occasion = talk(world, capacity=1)
    place = sam_goes(world, occasion)
    go(occasion, "bo")
    objected(world, place, stated=Stated(0, 1))
    services.accept(actor=ALL, now=NOW + HOUR, place=Place.objects.get(name="Bo"))
    appeal = appealed(world, place)
    assert [row.kind for row in stuck(NOW + 30 * DAY)] == ["A decision on an appeal"]
    amina = letters("amina@advice-centre.example")[-1]
    assert "The inspection was last week." in amina.text
    board.state(
        actor=world.actor("line-manager"), now=NOW + 2 * HOUR, appeal=appeal, side=Side.BODY, text="It was moved."
    )
    assert "It was moved." in letters("amina@advice-centre.example")[-1].text
    appeal = decided(world, appeal)
    assert appeal.ruling == Ruling.UPHELD
    place.refresh_from_db()
    occasion.refresh_from_db()
    assert (place.state, place.seated, occasion.taken, occasion.capacity) == (State.BOOKED, True, 2, 1)
    assert "nobody below the board contact" in letters("sam@advice-centre.example")[-1].text + letters("sam@advice-centre.example")[-2].text  # fmt: skip
    with pytest.raises(CannotObject, match="nobody below"):
        objected(world, place)
    assert Promise.objects.get(kind="appeal").outcome == "kept"
    (row,) = appeals.published()
    assert (row.text, row.minute) == ("An inspection that was over is no ground.", "Minute 9 of 2026")


def test_outside_a_delegation_the_body_complies_or_explains_in_ten_days_in_public(world: World) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    appeal = decided(world, appealed(world, place))
    assert appeal.ruling == Ruling.ASKED
    place.refresh_from_db()
    assert place.state == State.DECLINED
    owed = Promise.objects.get(kind="comply-or-explain")
    assert timezone.localdate(owed.due_at - HOUR) == NOW.date() + 10 * DAY
    board.answer_decision(actor=world.actor("administrator"), now=NOW + DAY, appeal=appeal, comply=True, public_text="They go.")  # fmt: skip
    place.refresh_from_db()
    assert place.state == State.BOOKED
    assert appeals.published()[0].answer is Answer.COMPLIED


def test_not_upheld_the_objection_stands(world: World) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    decided(world, appealed(world, place), uphold=False)
    place.refresh_from_db()
    assert place.state == State.DECLINED
    assert "not upheld" in letters("sam@advice-centre.example")[-1].text


def test_nobody_decides_who_took_part_and_one_with_an_interest_passes_it_on(world: World) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    appeal = appealed(world, place)
    for role in ("line-manager", "front-desk", "administrator", "stranger", "city-steward"):
        with pytest.raises(Forbidden):
            decided(world, appeal, role=role)
    amina, college = world.actor("board-contact"), Organisation.objects.get(slug="fenbridge-college")
    with pytest.raises(CannotAppeal, match="no board contact"):
        board.pass_on(actor=amina, now=NOW, appeal=appeal, organisation=college, reason="Sam is my nephew.")
    helen = world.people["provider"]
    directory.grant_role(actor=ALL, now=NOW, today=NOW.date(), role=Role.BOARD_CONTACT, person_id=helen.pk, organisation=college, team=None)  # fmt: skip
    due = Promise.objects.get(kind="appeal").due_at
    board.pass_on(actor=amina, now=NOW, appeal=appeal, organisation=college, reason="Sam is my nephew.")
    assert Promise.objects.get(kind="appeal").due_at == due
    with pytest.raises(Forbidden):
        decided(world, appeal)
    assert decided(world, appeal, role="provider").heard_at == college
    assert appeals.published()[0].heard_by == "Fenbridge College"


def test_where_the_only_board_contact_took_part_the_city_s_steward_decides(world: World) -> None:
    team, dilys = reception(world), world.people["line-manager"]
    RoleGrant.objects.filter(role=Role.BOARD_CONTACT, organisation=world.charity).update(person=dilys)
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    appeal = appealed(world, place)
    assert team.pk == place.team_id
    assert "city’s steward" in letters("sam@advice-centre.example")[-1].text
    with pytest.raises(Forbidden):
        decided(world, appeal, role="line-manager")
    assert decided(world, appeal, role="city-steward").ruling == Ruling.ASKED


def test_whoever_decided_does_not_comply_for_the_body(world: World) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    appeal = decided(world, appealed(world, place))
    for role in ("board-contact", "city-steward", "front-desk", "line-manager"):
        with pytest.raises(Forbidden):
            board.answer_decision(actor=world.actor(role), now=NOW + DAY, appeal=appeal, comply=True, public_text="Done.")  # fmt: skip


def test_passed_on_by_the_steward_the_other_body_s_board_contact_decides(world: World) -> None:
    RoleGrant.objects.filter(role=Role.BOARD_CONTACT, organisation=world.charity).delete()
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    appeal = appealed(world, place)
    college = Organisation.objects.get(slug="fenbridge-college")
    directory.grant_role(actor=ALL, now=NOW, today=NOW.date(), role=Role.BOARD_CONTACT, person_id=world.people["provider"].pk, organisation=college, team=None)  # fmt: skip
    board.pass_on(actor=world.actor("city-steward"), now=NOW + 2 * HOUR, appeal=appeal, organisation=college, reason="A friend.")  # fmt: skip
    appeal.refresh_from_db()
    assert world.people["city-steward"].pk not in appeal.took_part, "who passes it on is on nobody's side"
    assert decided(world, appeal, role="provider").ruling == Ruling.ASKED


def test_a_board_contact_who_appeals_is_heard_by_the_steward(world: World) -> None:
    RoleGrant.objects.filter(role=Role.BOARD_CONTACT, organisation=world.charity).update(person=world.people["front-desk"])  # fmt: skip
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    appealed(world, place)
    assert Promise.objects.get(kind="appeal").rung == "steward"


def test_decided_once_it_is_not_appealed_again(world: World) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    decided(world, appealed(world, place), uphold=False)
    with pytest.raises(CannotAppeal, match="decided already"):
        services.appeal(actor=world.actor("front-desk"), now=NOW + 4 * HOUR, place=place, text="Once more.")


def test_an_appeal_is_decided_before_it_would_be_too_late_and_climbs_when_it_is_not(world: World) -> None:
    rule(world, 4)
    occasion = talk(world, starts_at=NOW + 3 * DAY, ends_at=NOW + 3 * DAY + HOUR)
    place = sam_goes(world, occasion)
    objected(world, place)
    appeal = appealed(world, place)
    promise = Promise.objects.get(kind="appeal")
    assert promise.due_at == occasion.starts_at
    sweep_promises(occasion.starts_at + HOUR)
    promise.refresh_from_db()
    assert promise.rung == "steward"
    assert decided(world, appeal, role="city-steward")


def named(world: World, text: str, *, no_name: bool = False) -> Appeal:
    """Decided on Sam Okafor's appeal, with these words in public."""
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    return board.decide(
        actor=world.actor("board-contact"), now=NOW + 3 * HOUR, appeal=appealed(world, place), uphold=False, reason="Sam Okafor is needed.", public_text=text, no_name=no_name
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["Sam Okafor may not go.", "SAM OKAFOR may not go.", "We know Mr Okafor’s case.", "Dilys Penrose was right."],
)
def test_a_decision_that_names_somebody_is_not_published_by_accident(world: World, text: str) -> None:
    with pytest.raises(NamesSomebody, match="Everybody reads it"):
        named(world, text)
    assert appeals.published() == []


def test_what_is_nobody_s_name_is_published_when_they_say_so(world: World) -> None:
    assert named(world, "At the Okafor Hall too few would stay.", no_name=True).ruling == Ruling.NOT_UPHELD


def test_words_that_only_look_like_a_first_name_stand(world: World) -> None:
    assert named(world, "Sam is a word in many sentences; an okafor in small letters is none.").public_text


def test_on_the_page_a_name_is_pointed_out_and_can_be_said_to_be_none(world: World, client: CheckedClient) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    appeal = appealed(world, place)
    client.force_login(world.users["board-contact"])
    url = f"/appeals/{appeal.reference}/decide/"
    assert "nobody’s name" not in client.get(url).content.decode()
    said = {"uphold": "no", "reason": "Too few stay.", "public_text": "Okafor was refused."}
    page = client.post(url, said)
    assert page.status_code == 422
    assert "This may name somebody: Okafor" in page.content.decode()
    assert client.post(url, said | {"no_name": "on"}).status_code == 302
