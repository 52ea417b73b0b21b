"""No gradeism: whoever wants to go, goes. The manager is told, not asked; only a cover rule set beforehand can stop it, in writing, in time;
and there is a board contact above."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
from django.conf import settings

from moothall.appeals import services as board
from moothall.appeals.models import Appeal
from moothall.appeals.policies import can_see_appeal, visible_appeals
from moothall.appeals.types import Ruling
from moothall.core.errors import Forbidden
from moothall.core.models import OutgoingMail
from moothall.directory import services as directory
from moothall.directory.models import Leave, Membership, Post, Team
from moothall.directory.types import Level, NewPerson, Permission
from moothall.places import ports, selectors, services
from moothall.places.models import Objection, Occasion, Place
from moothall.places.policies import (
    can_keep_list,
    can_object,
    can_see_place,
    keepable_occasions,
    noticed_places,
    visible_places,
)
from moothall.places.services import CannotGo, CannotObject, CannotSetCover
from moothall.places.types import Goer, NewCover, State, Stated, WorkTime
from tests.factories.world import ALL, World, people_only
from tests.web.checked_client import CheckedClient

from .conftest import NOW, TALK
from .test_places import DAY, HOUR, change, counted, entry_in, go, talk

SAYS = "We need her at the desk."
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def world(db: None) -> World:
    """Sam works at the reception with Dilys, who leads it, and with two more."""
    made = people_only(NOW)
    for name in ("Ada Lund", "Bo Lund"):
        directory.add_person(
            actor=made.actor("administrator"), now=NOW, today=NOW.date() - 90 * DAY, organisation=made.charity, new=NewPerson(name, team="Reception")
        )  # fmt: skip
    return made


def reception(world: World) -> Team:
    return Team.objects.get(organisation=world.charity, name="Reception")


def rule(world: World, minimum: int, now: dt.datetime = NOW - DAY) -> None:
    new = NewCover(minimum, (0, 1, 2, 3, 4), dt.time(9), dt.time(17))
    services.set_cover(actor=world.actor("line-manager"), now=now, team=reception(world), new=new)


def sam_goes(world: World, occasion: Occasion, now: dt.datetime = NOW) -> Place:
    sam = world.actor("front-desk")
    work = WorkTime(world.charity.pk, reception(world).pk)
    return services.go(actor=sam, now=now, occasion=occasion, goer=Goer(sam.id), work=work)


def letters(address: str) -> list[OutgoingMail]:
    return sorted(
        OutgoingMail.objects.filter(to=address).exclude(thread=""),
        key=lambda mail: (mail.made_at, len(mail.key), mail.key),
    )


def objected(world: World, place: Place, **more: object) -> Objection:
    said = {"stated": Stated(), "now": NOW + HOUR, "text": SAYS} | more
    return services.object_to(actor=world.actor("line-manager"), place=place, **said)  # type: ignore[arg-type]


def test_the_manager_is_told_not_asked_and_silence_is_yes(world: World) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    assert place.state == State.BOOKED
    assert place.notice_until == dt.datetime(2027, 1, 7, tzinfo=dt.UTC), "two working days after the day it was said"
    (letter,) = letters("dilys@advice-centre.example")
    assert "Sam Okafor goes to “How to be heard”" in letter.text
    assert "silence is yes" in letter.text
    with pytest.raises(CannotObject, match="Silence is yes"):
        objected(world, place, now=NOW + 4 * DAY)
    assert "told, not asked" in letters("sam@advice-centre.example")[0].text


def test_who_is_bound_by_a_rule_reads_it_and_strangers_do_not(world: World, client: CheckedClient) -> None:
    rule(world, 3)
    for role, status in (("front-desk", 200), ("board-contact", 200), ("line-manager", 200), ("resident", 404), ("stranger", 404)):  # fmt: skip
        client.force_login(world.users[role])
        answer = client.get("/organisations/advice-centre/cover/")
        assert answer.status_code == status, role
        assert ("3 must stay, 09:00 to 17:00" in answer.content.decode()) is (status == 200)
    client.force_login(world.users["front-desk"])
    said = {
        "team": str(reception(world).pk),
        "minimum": "1",
        "weekdays": ["0"],
        "from_time": "09:00",
        "to_time": "10:00",
    }
    assert client.post("/organisations/advice-centre/cover/", said).status_code == 404


def test_nothing_about_grades_takes_part(world: World) -> None:
    """From the cleaner to the chief executive: the same press, the same answer."""
    occasion = talk(world)
    outcomes = set()
    for level in Level.values:
        Post.objects.filter(organisation=world.charity).update(level=level)
        place = sam_goes(world, occasion)
        outcomes.add((place.state, place.notice_until))
        services.cancel(actor=world.actor("front-desk"), now=NOW, place=place)
    assert len(outcomes) == 1


def test_an_objection_without_a_rule_set_before_is_refused_and_so_is_one_whose_arithmetic_does_not_fall_short(world: World) -> None:  # fmt: skip
    place = sam_goes(world, talk(world))
    with pytest.raises(CannotObject, match="no ground"):
        objected(world, place)
    rule(world, 4, NOW + HOUR)
    with pytest.raises(CannotObject, match="only after they said"):
        objected(world, place, now=NOW + 2 * HOUR)
    other = sam_goes(world, talk(world, title="Another"), NOW + 3 * HOUR)
    services.set_cover(actor=ALL, now=NOW, team=reception(world), new=NewCover(3, (5, 6), dt.time(9), dt.time(17)))
    for each in selectors.rules_of_team(reception(world).pk):
        if each.minimum == 4:
            services.end_cover(actor=ALL, now=NOW + 2 * HOUR, rule=each)
    with pytest.raises(CannotObject, match="no ground"):
        objected(world, other, now=NOW + 4 * HOUR)  # the rule that is left is of Saturdays and Sundays


@pytest.mark.parametrize(("minimum", "away", "falls"), [(3, 0, False), (4, 0, True), (3, 1, True), (2, 1, False)])
def test_the_arithmetic_counts_the_team_and_who_is_away(world: World, minimum: int, away: int, falls: bool) -> None:
    rule(world, minimum)
    occasion = talk(world)
    ada = Membership.objects.get(person__name="Ada Lund").person
    if away:
        Leave.objects.create(person=ada, organisation=world.charity, from_on=occasion.starts_at.date(), to_on=occasion.starts_at.date(), recorded_at=NOW)  # fmt: skip
    place = sam_goes(world, occasion)
    if falls:
        objected(world, place)
        place.refresh_from_db()
        assert place.state == State.DECLINED
    else:
        with pytest.raises(CannotObject, match="enough of your team stay"):
            objected(world, place)


def test_who_goes_elsewhere_at_that_time_counts_as_away(world: World) -> None:
    rule(world, 3)
    ada = Membership.objects.get(person__name="Ada Lund").person
    other = talk(world, title="Elsewhere")
    services.go(actor=ALL, now=NOW, occasion=other, goer=Goer(ada.pk), work=WorkTime(world.charity.pk, reception(world).pk))  # fmt: skip
    place = sam_goes(world, talk(world))
    assert objected(world, place).away == 1


def test_what_a_manager_states_stands_until_it_is_appealed_and_names_when_one_can_go(world: World) -> None:
    rule(world, 3)
    occasion = talk(world, series="heard", capacity=1)
    later = talk(world, series="heard", starts_at=NOW + 24 * DAY, ends_at=NOW + 24 * DAY + HOUR)
    go(occasion, "ines")
    services.cancel(actor=ALL, now=NOW, place=Place.objects.get(name="Ines"))
    place = sam_goes(world, occasion)
    go(occasion, "bo")
    with pytest.raises(CannotObject, match="enough"):
        objected(world, place)
    objection = objected(world, place, stated=Stated(0, 1))
    assert objection.instead == later
    letter = letters("sam@advice-centre.example")[-1]
    assert SAYS in letter.text
    assert "Needed besides, as their manager says: 1." in letter.text
    assert "You could go here instead: How to be heard" in letter.text
    assert entry_in(letter)[2] == "CANCEL"
    assert Place.objects.get(name="Bo").state == State.OFFERED, "the seat goes to the next in line"
    with pytest.raises(CannotGo, match="An objection stands"):
        sam_goes(world, occasion)
    sam = world.actor("front-desk")
    assert services.go(actor=sam, now=NOW, occasion=later, goer=Goer(sam.id)).state == State.BOOKED


def test_only_who_leads_the_team_objects_and_nobody_about_themselves(world: World) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    for role in ("front-desk", "administrator", "board-contact", "stranger", "city-steward"):
        with pytest.raises(Forbidden):
            services.object_to(actor=world.actor(role), now=NOW, place=place, text="No.", stated=Stated())
    dilys = world.actor("line-manager")
    own = services.go(actor=dilys, now=NOW, occasion=talk(world), goer=Goer(dilys.id), work=WorkTime(world.charity.pk, reception(world).pk))  # fmt: skip
    assert own.notice_until is None, "there is nobody to tell"


def remit(world: World) -> None:
    directory.record_delegation(
        actor=world.actor("administrator"), now=NOW, organisation=world.charity, minute="Minute 9 of 2026", scope="The board contact decides who goes to events.", adopted_on=NOW.date()
    )  # fmt: skip
    board.set_remit(actor=world.actor("administrator"), now=NOW, organisation=world.charity, covered=["objection"])


def appealed(world: World, place: Place) -> Appeal:
    services.appeal(
        actor=world.actor("front-desk"), now=NOW + 2 * HOUR, place=place, text="The inspection was last week."
    )
    return Appeal.objects.get()


def decided(world: World, appeal: Appeal, *, uphold: bool = True, role: str = "board-contact") -> Appeal:
    return board.decide(
        actor=world.actor(role), now=NOW + 3 * HOUR, appeal=appeal, uphold=uphold, reason="There is no inspection.", public_text="An inspection that was over is no ground."
    )  # fmt: skip


def test_who_goes_in_their_own_time_meanwhile_appeals_all_the_same_and_is_seated_in_work_time(world: World, client: CheckedClient) -> None:  # fmt: skip
    rule(world, 3)
    remit(world)
    occasion = talk(world, capacity=1)
    place = sam_goes(world, occasion)
    objected(world, place, stated=Stated(0, 1))
    go(occasion, "bo")
    sam = world.actor("front-desk")
    own = services.go(actor=sam, now=NOW + HOUR, occasion=occasion, goer=Goer(sam.id))
    assert (own.state, own.organisation) == (State.WAITLISTED, None)
    token = selectors.holder_token(own, NOW.date())
    assert client.get(f"/places/{token}/appeal/").status_code == 200
    decided(world, appealed(world, place))
    place.refresh_from_db()
    assert (place.state, place.organisation, place.notice_until) == (State.BOOKED, world.charity, None)
    other = sam_goes(world, talk(world, title="Other"))
    objected(world, other, stated=Stated(0, 1))
    services.go(actor=sam, now=NOW + HOUR, occasion=other.occasion, goer=Goer(sam.id))
    services.withdraw_objection(actor=world.actor("line-manager"), now=NOW + 2 * HOUR, place=other)
    assert selectors.standing_objection(other) is None


def test_put_to_another_time_the_manager_is_told_anew_and_may_object_anew(world: World) -> None:
    rule(world, 4)
    evening = NOW + 10 * DAY + 9 * HOUR
    occasion = talk(world, starts_at=evening, ends_at=evening + HOUR)
    place = sam_goes(world, occasion)
    with pytest.raises(CannotObject, match="no ground"):
        objected(world, place)
    later = NOW + 5 * DAY
    change(occasion, later, starts_at=NOW + 10 * DAY, ends_at=NOW + 10 * DAY + HOUR)
    services.sweep_changes(later)
    assert len(letters("dilys@advice-centre.example")) == 2
    assert objected(world, place, now=later + HOUR)


def test_only_days_that_the_rule_speaks_of_are_counted(world: World) -> None:
    rule(world, 2)
    friday = dt.datetime(2027, 1, 15, 10, tzinfo=dt.UTC)
    occasion = talk(world, starts_at=friday, ends_at=friday + DAY)
    for person in Membership.objects.filter(person__name__in=["Ada Lund", "Bo Lund"]):
        Leave.objects.create(person=person.person, organisation=world.charity, from_on=friday.date() + DAY, to_on=friday.date() + DAY, recorded_at=NOW)  # fmt: skip
    with pytest.raises(CannotObject, match="enough of your team stay"):
        objected(world, sam_goes(world, occasion))


def test_numbers_that_no_team_has_do_not_count(world: World) -> None:
    rule(world, 3)
    with pytest.raises(CannotObject, match="from 0 to 4"):
        objected(world, sam_goes(world, talk(world)), stated=Stated(99, 0))
    with pytest.raises(CannotSetCover, match="Only 4"):
        rule(world, 50)


def test_a_withdrawn_objection_gives_the_place_back_and_ends_the_appeal(world: World) -> None:
    rule(world, 4)
    occasion = talk(world, capacity=1)
    place = sam_goes(world, occasion)
    go(occasion, "bo")
    objected(world, place)
    appeal = appealed(world, place)
    services.accept(actor=ALL, now=NOW + HOUR, place=Place.objects.get(name="Bo"))
    go(occasion, "cy")
    services.withdraw_objection(actor=world.actor("line-manager"), now=NOW + 3 * HOUR, place=place)
    appeal.refresh_from_db()
    assert appeal.ruling == Ruling.SETTLED
    place.refresh_from_db()
    assert place.state == State.WAITLISTED
    assert selectors.page_of_place(place).ahead == 0, "in front of all others"


def test_the_manager_and_the_person_act_from_their_letters(world: World, client: CheckedClient) -> None:
    rule(world, 4)
    sam_goes(world, talk(world))
    notice = re.findall(rf"{settings.SITE_URL}(/notices/\S+)", letters("dilys@advice-centre.example")[0].text)[0]
    assert "told, not asked" in client.get(notice).content.decode()
    assert client.post(notice, {"text": ""}).status_code == 422
    assert client.post(notice, {"text": SAYS, "away": "", "needed": "0"}).status_code == 302
    assert "You object" in client.get(notice).content.decode()
    mine = re.findall(rf"{settings.SITE_URL}(/places/\S+)", letters("sam@advice-centre.example")[-1].text)[0]
    assert SAYS in client.get(mine).content.decode()
    answer = client.post(mine + "appeal/", {"text": "We are enough."})
    assert answer.status_code == 302
    followed = answer["Location"].removeprefix(settings.SITE_URL)
    assert "A decision is owed" in client.get(followed).content.decode()
    hers = re.findall(rf"{settings.SITE_URL}(/appeals/act/\S+)", letters("amina@advice-centre.example")[-1].text)[0]
    assert "Who refused has not said anything yet" in client.get(hers).content.decode()
    said = {"uphold": "yes", "reason": "They are enough.", "public_text": "Enough of the team stayed."}
    assert client.post(hers + "decide/", said | {"reason": ""}).status_code == 422
    assert client.post(hers + "decide/", said).status_code == 302
    public = client.get("/appeals/").content.decode()
    assert "Enough of the team stayed." in public
    assert "Sam" not in public
    assert client.get(notice.replace("/act/notice-", "/act/notice-1")).status_code == 404


def test_predicates_and_filters_agree(world: World) -> None:
    rule(world, 4)
    occasion = talk(world)
    place = sam_goes(world, occasion)
    objected(world, place)
    appeal = appealed(world, place)
    Appeal.objects.create(
        reference="asked222", kind="objection", subject="0", title="Another", refusal="No", organisation=world.charity, heard_at=world.charity, opened_at=NOW, ruling=Ruling.ASKED,
        decided_at=NOW, public_text="Yes",
    )  # fmt: skip
    assert not can_see_appeal(world.actor("administrator"), appeal)
    go(occasion, "ines")
    dilys = world.actor("line-manager")
    services.go(actor=dilys, now=NOW, occasion=occasion, goer=Goer(dilys.id), work=WorkTime(world.charity.pk, reception(world).pk))  # fmt: skip
    for role in world.users:
        if role == "newcomer":
            continue
        actor = world.actor(role)
        for model, predicate, rows in (
            (Place, can_see_place, visible_places), (Place, can_object, noticed_places), (Occasion, can_keep_list, keepable_occasions),
            (Appeal, can_see_appeal, visible_appeals),
        ):  # fmt: skip
            allowed = set(model.objects.filter(rows(actor)).values_list("pk", flat=True))  # type: ignore[attr-defined]
            assert allowed == {each.pk for each in model.objects.all() if predicate(actor, each)}, (role, predicate)  # type: ignore[attr-defined]
    assert Permission.OBJECT in {held.permission for held in dilys.held}


def test_put_to_another_time_an_objection_lapses_and_whoever_was_kept_goes_or_waits_in_front(world: World) -> None:
    rule(world, 3)
    occasion = talk(world, capacity=1)
    place = sam_goes(world, occasion)
    objected(world, place, stated=Stated(0, 1))
    appeal = appealed(world, place)
    go(occasion, "bo")
    go(occasion, "cy")
    later = occasion.starts_at + DAY
    change(occasion, NOW + 3 * HOUR, capacity=1, starts_at=later, ends_at=later + HOUR)
    place.refresh_from_db()
    appeal.refresh_from_db()
    assert selectors.standing_objection(place) is None
    assert appeal.ruling == Ruling.SETTLED
    assert (place.state, selectors.page_of_place(place).ahead) == (State.WAITLISTED, 0)
    (letter,) = [each for each in letters("sam@advice-centre.example") if "On the waiting list" in each.subject]
    assert "about the time before" in letter.text
    told = [each.key for each in letters("dilys@advice-centre.example") if each.key.startswith("notice-")]
    assert len(told) == 2, "whoever leads the team may look at the new time"
    assert place.notice_until > NOW + 3 * HOUR
    assert services.sweep_changes(NOW + 3 * HOUR) == 2, "Bo and Cy: Sam knows already"
    counted(occasion)


def test_a_few_minutes_are_no_other_time(world: World) -> None:
    rule(world, 4)
    occasion = talk(world)
    place = sam_goes(world, occasion)
    objected(world, place)
    change(occasion, NOW + 3 * HOUR, ends_at=occasion.ends_at + 5 * MINUTE)
    assert selectors.standing_objection(place) is not None


def test_at_another_place_an_objection_stands(world: World) -> None:
    rule(world, 4)
    occasion = talk(world)
    place = sam_goes(world, occasion)
    objected(world, place)
    change(occasion, NOW + 3 * HOUR, venue="Library")
    assert selectors.standing_objection(place) is not None


def test_who_is_away_only_outside_the_hours_of_the_rule_is_not_counted(world: World) -> None:
    rule(world, 3)
    day = dt.datetime(2027, 1, 14, tzinfo=dt.UTC)
    ada = Membership.objects.get(person__name="Ada Lund").person
    evening = talk(world, title="Evening", starts_at=day + 18 * HOUR, ends_at=day + 20 * HOUR)
    services.go(actor=ALL, now=NOW, occasion=evening, goer=Goer(ada.pk), work=WorkTime(world.charity.pk, reception(world).pk))  # fmt: skip
    place = sam_goes(world, talk(world, starts_at=day + 15 * HOUR, ends_at=day + 19 * HOUR))
    with pytest.raises(CannotObject, match="enough of your team stay"):
        objected(world, place)


def test_objections_one_made_are_in_my_week_until_they_are_over(world: World, client: CheckedClient) -> None:
    rule(world, 4)
    place = sam_goes(world, talk(world))
    objected(world, place)
    client.force_login(world.users["line-manager"])
    page = client.get("/me/week/").content.decode()
    assert "You object to Sam Okafor’s going to How to be heard" in page
    assert f"/notices/{place.pk}/" in page
    services.withdraw_objection(actor=world.actor("line-manager"), now=NOW, place=place)
    assert "You object to" not in client.get("/me/week/").content.decode()


def test_who_is_kept_away_meanwhile_is_not_brought_back_by_a_lapsed_objection(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    rule(world, 4)
    occasion = talk(world)
    place = sam_goes(world, occasion)
    objected(world, place)
    kind = dataclasses.replace(ports.kind_of(TALK), limit=lambda goer, body, at: "Not for a time.")
    monkeypatch.setitem(ports._kinds, TALK, kind)
    change(occasion, NOW + 3 * HOUR, starts_at=occasion.starts_at + DAY, ends_at=occasion.ends_at + DAY)
    place.refresh_from_db()
    assert place.state == State.DECLINED
