"""What an organisation owes somebody: made, reminded of, missed, taken up, kept or released; and what people are told of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from pytest_django import DjangoAssertNumQueries

from moothall.core.actor import Actor
from moothall.core.errors import Forbidden
from moothall.core.models import OutgoingMail
from moothall.directory import services as directory
from moothall.directory.models import Membership, Organisation, Person, Post, RoleGrant
from moothall.directory.types import Role
from moothall.promises import selectors, services
from moothall.promises.models import BankHoliday, Promise, PromiseStep
from moothall.promises.policies import can_answer_for, can_see_promise, resting_promises, visible_promises
from moothall.promises.ports import Kind, register
from moothall.promises.services import CannotImportHolidays, CannotPromise
from moothall.promises.types import Holiday, Outcome, Owed, Rung, Step, Term, Unit
from tests.directory.test_at_once import at_once
from tests.factories.world import ALL, World, people_only
from tests.web.checked_client import CheckedClient

from .conftest import ANSWER, NOTE, NOW, describe

DAY = dt.timedelta(days=1)


@pytest.fixture
def world(db: None) -> World:
    return people_only(NOW)


def desk(world: World) -> Post:
    """Sam's post; Dilys leads his team, Amina is the board contact, and the charity has no senior sponsor."""
    return Post.objects.get(organisation=world.charity, title="Front-desk officer")


@transaction.atomic
def owed(world: World, subject: str = "1", *, kind: str = ANSWER, now: dt.datetime = NOW, **more: Any) -> Promise:
    to, post = more.pop("owed", Owed(world.people["resident"].pk)), None if "ladder" in more else desk(world)
    return services.make(
        actor=ALL, now=now, kind=kind, subject=subject, organisation=world.charity, post=post, owed=to, **more
    )


def letters(address: str) -> list[str]:
    return list(
        OutgoingMail.objects.filter(to=address, key__startswith="promise-")
        .order_by("made_at", "pk")
        .values_list("text", flat=True)
    )


def history(promise: Promise) -> list[tuple[str, str]]:
    return list(PromiseStep.objects.filter(promise=promise).order_by("number").values_list("what", "rung"))


def person(world: World, role: str) -> Actor:
    return world.actor(role)


def test_whoever_holds_the_post_is_told_what_is_owed_and_by_when(world: World) -> None:
    promise = owed(world)
    assert promise.due_at == dt.datetime(2027, 1, 12, tzinfo=dt.UTC)
    (letter,) = letters("sam@advice-centre.example")
    assert "owes an answer by the end of Monday 11 January 2027" in letter
    assert "> The words" in letter


@pytest.mark.usefixtures("committed")
def test_a_promise_outside_a_transaction_is_none() -> None:
    world = people_only(NOW)
    with pytest.raises(RuntimeError):
        services.make(
            actor=ALL, now=NOW, kind=ANSWER, subject="1", organisation=world.charity, post=None, owed=Owed(email="x@y.example")
        )  # fmt: skip


def test_what_climbs_is_owed_to_somebody(world: World) -> None:
    with pytest.raises(CannotPromise):
        owed(world, owed=Owed())


def test_missed_it_goes_up_rung_by_rung_and_the_person_owed_is_told_each_time(world: World) -> None:
    promise = owed(world)
    for day in range(60):
        services.sweep_promises(NOW + day * DAY)
    # No senior sponsor there: the board contact comes after the team's manager.
    assert history(promise) == [
        (Step.MADE, Rung.POST), (Step.REMINDED, Rung.POST), (Step.MISSED, Rung.POST), (Step.CLIMBED, Rung.LEAD), (Step.CLIMBED, Rung.BOARD),
        (Step.CLIMBED, Rung.STEWARD), (Step.CLIMBED, Rung.PUBLIC),
    ]  # fmt: skip
    told = letters("ruth@home.example")
    assert len(told) == 4
    assert "the team’s manager" in told[0]
    assert "public list" in told[3]
    assert len(letters("dilys@advice-centre.example")) == 1
    assert len(letters("amina@advice-centre.example")) == 1
    assert len(letters("ingrid@fenbridge.example")) == 1


def test_a_worker_that_was_down_for_two_months_leaves_the_same_history_and_one_letter(world: World) -> None:
    promise = owed(world)
    services.sweep_promises(NOW + 60 * DAY)
    assert [rung for _, rung in history(promise)][3:] == [Rung.LEAD, Rung.BOARD, Rung.STEWARD, Rung.PUBLIC]
    assert len(letters("ruth@home.example")) == 1
    assert services.sweep_promises(NOW + 60 * DAY) == 0


def test_a_deputy_is_told_while_the_holder_is_away(world: World) -> None:
    directory.record_leave(
        actor=person(world, "administrator"), now=NOW, today=NOW.date(), organisation=world.charity, person_id=world.people["front-desk"].pk,
        from_on=NOW.date(), to_on=NOW.date() + 5 * DAY, deputy_id=world.people["line-manager"].pk,
    )  # fmt: skip
    owed(world)
    assert letters("sam@advice-centre.example") == []
    assert len(letters("dilys@advice-centre.example")) == 1


def test_a_vacant_post_s_promise_comes_to_the_first_above_who_is_there(world: World) -> None:
    post = desk(world)
    Membership.objects.filter(post=post).update(to_on=NOW.date())
    owed(world)
    assert letters("sam@advice-centre.example") == []
    (letter,) = letters("amina@advice-centre.example")
    assert "Nobody is there today" in letter


def test_only_somebody_above_releases_and_only_with_a_reason(world: World) -> None:
    promise = owed(world)
    with pytest.raises(Forbidden):
        services.release(actor=person(world, "front-desk"), now=NOW, promise=promise, reason="No time")
    with pytest.raises(Forbidden):
        services.release(actor=person(world, "administrator"), now=NOW, promise=promise, reason="No time")
    with pytest.raises(CannotPromise):
        services.release(actor=person(world, "line-manager"), now=NOW, promise=promise, reason=" ")
    services.release(actor=person(world, "line-manager"), now=NOW, promise=promise, reason="It was sent twice.")
    promise.refresh_from_db()
    assert promise.outcome == Outcome.RELEASED
    (letter,) = letters("ruth@home.example")
    assert "> It was sent twice." in letter
    with pytest.raises(CannotPromise):
        services.release(actor=person(world, "line-manager"), now=NOW, promise=promise, reason="Again")


def test_more_time_is_taken_by_the_kind_s_rule_before_the_day_with_a_reason(world: World) -> None:
    promise, sam = owed(world), person(world, "front-desk")
    for by in (0, 4):
        with pytest.raises(CannotPromise):
            services.extend(actor=sam, now=NOW, promise=promise, by=by, reason="We ask the council first.")
    with pytest.raises(Forbidden):
        services.extend(actor=person(world, "resident"), now=NOW, promise=promise, by=3, reason="More")
    extended = services.extend(actor=sam, now=NOW, promise=promise, by=3, reason="We ask the council first.")
    assert extended.due_at == dt.datetime(2027, 1, 15, tzinfo=dt.UTC)
    assert "> We ask the council first." in letters("ruth@home.example")[0]
    with pytest.raises(CannotPromise):
        services.extend(actor=sam, now=NOW, promise=promise, by=1, reason="And again")
    late = owed(world, "2")
    with pytest.raises(CannotPromise):
        services.extend(actor=sam, now=late.due_at, promise=late, by=1, reason="Too late")


def test_what_only_reminds_never_climbs_and_is_not_counted(world: World) -> None:
    promise = owed(world, kind=NOTE, owed=Owed())
    services.sweep_promises(NOW + 60 * DAY)
    assert history(promise) == [(Step.MADE, Rung.POST), (Step.REMINDED, Rung.POST), (Step.MISSED, Rung.POST)]
    assert selectors.stuck(NOW + 60 * DAY) == []
    assert selectors.kept_and_missed(NOW + 60 * DAY) == []


def test_passed_on_it_keeps_its_day_and_how_far_it_has_climbed(world: World) -> None:
    promise = owed(world)
    services.sweep_promises(promise.due_at)
    council = world.people["senior-sponsor"].memberships.get()
    with transaction.atomic():
        moved = services.hand_over(
            actor=ALL,
            now=NOW + 10 * DAY,
            promise=promise,
            organisation=council.organisation,
            post=council.post,
            reason="Theirs",
        )
    assert (moved.due_at, moved.rung) == (promise.due_at, Rung.LEAD)
    services.sweep_promises(NOW + 16 * DAY)
    moved.refresh_from_db()
    assert moved.rung == Rung.SPONSOR


def test_a_miss_stays_whose_it_was_wherever_it_goes_and_whoever_held_it_is_told(world: World) -> None:
    promise = owed(world)
    services.sweep_promises(promise.due_at)
    council = world.people["senior-sponsor"].memberships.get()
    before = len(letters("sam@advice-centre.example"))
    with transaction.atomic():
        services.hand_over(
            actor=ALL, now=NOW + 10 * DAY, promise=promise, organisation=council.organisation, post=council.post, reason="Theirs"
        )  # fmt: skip
    assert "nothing left for you to do" in letters("sam@advice-centre.example")[before]
    (row,) = selectors.kept_and_missed(NOW + 10 * DAY)
    assert (row.slug, row.overdue) == ("advice-centre", 1)


def test_on_leave_without_a_deputy_it_is_on_the_list_of_whoever_is_told(world: World) -> None:
    directory.record_leave(
        actor=person(world, "administrator"), now=NOW, today=NOW.date(), organisation=world.charity, person_id=world.people["front-desk"].pk,
        from_on=NOW.date(), to_on=NOW.date() + 5 * DAY, deputy_id=None,
    )  # fmt: skip
    promise = owed(world)
    assert len(letters("dilys@advice-centre.example")) == 1
    assert [each.id for each in selectors.what_i_owe(person(world, "line-manager"), NOW)] == [promise.pk]


def test_where_nobody_there_has_an_address_whoever_is_above_is_told_too(world: World) -> None:
    Person.objects.filter(pk=world.people["front-desk"].pk).update(email="", user=None)
    owed(world)
    assert len(letters("dilys@advice-centre.example")) == 1


def test_handed_to_a_body_with_other_holidays_the_day_stays_whatever_is_imported(world: World) -> None:
    promise = owed(world)
    council = world.people["senior-sponsor"].memberships.get()
    Organisation.objects.filter(pk=council.organisation_id).update(division="scotland")
    with transaction.atomic():
        services.hand_over(
            actor=ALL, now=NOW, promise=promise, organisation=Organisation.objects.get(pk=council.organisation_id), post=council.post, reason="Theirs"
        )  # fmt: skip
    due = promise.due_at
    services.import_holidays(actor=ALL, now=NOW, holidays=[Holiday("scotland", NOW.date() + 2 * DAY, "A day there")])
    promise.refresh_from_db()
    assert promise.due_at == due


def test_a_promise_that_cannot_be_swept_stands_before_nobody(world: World) -> None:
    promise = owed(world)
    Promise.objects.filter(pk=promise.pk).update(kind="gone")
    services.sweep_promises(promise.due_at)
    promise.refresh_from_db()
    assert promise.next_at is not None
    assert promise.next_at > promise.due_at


def test_a_proclaimed_holiday_moves_what_is_open_and_tells_the_person_owed(world: World) -> None:
    promise = owed(world)
    days = owed(world, "2", term=Term(5, Unit.DAYS))
    new = [
        Holiday("england-and-wales", dt.date(2027, 1, 6), "Coronation"),
        Holiday("scotland", dt.date(2027, 1, 7), "Theirs"),
    ]
    assert services.import_holidays(actor=ALL, now=NOW, holidays=new) == 1
    promise.refresh_from_db()
    days.refresh_from_db()
    assert promise.due_at == dt.datetime(2027, 1, 13, tzinfo=dt.UTC)
    assert days.due_at == dt.datetime(2027, 1, 10, tzinfo=dt.UTC)
    assert "Tuesday 12 January" in letters("ruth@home.example")[0]
    # It is taken back: the day too.
    services.import_holidays(
        actor=ALL, now=NOW, holidays=[Holiday("england-and-wales", dt.date(2027, 1, 1), "New Year")]
    )
    promise.refresh_from_db()
    assert promise.due_at == dt.datetime(2027, 1, 12, tzinfo=dt.UTC)
    with pytest.raises(Forbidden):
        services.import_holidays(actor=person(world, "coordinator"), now=NOW, holidays=new)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"null", b'{"wales": {}}', b'{"scotland": {}}', b'{"scotland": {"events": [1]}}', b'{"scotland": {"events": [{"date": "soon"}]}}', b"[" * 5000, b"\xff\xfe"],
)  # fmt: skip
def test_a_file_that_is_no_list_of_holidays_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(CannotImportHolidays) as caught:
        services.read_holidays(content)
    assert len(str(caught.value)) > 20


def test_the_published_file_of_bank_holidays_is_read(shared_data: Any) -> None:
    found = services.read_holidays((shared_data / "bank_holidays" / "bank-holidays.json").read_bytes())
    assert {each.division for each in found} == {"england-and-wales", "scotland", "northern-ireland"}
    assert len(found) > 150


def test_history_cannot_be_rewritten(world: World) -> None:
    promise = owed(world)
    for statement in (
        "UPDATE promises_promisestep SET what = 'kept'",
        "DELETE FROM promises_promisestep",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert history(promise) == [(Step.MADE, Rung.POST)]


def test_kept_late_before_the_sweep_came_is_still_late(world: World) -> None:
    promise = owed(world)
    with transaction.atomic():
        services.keep(actor=ALL, now=promise.due_at + DAY, promise=promise)
        services.keep(actor=ALL, now=promise.due_at + DAY, promise=promise)
    (row,) = selectors.kept_and_missed(NOW + 30 * DAY)
    assert (row.kept, row.kept_late, row.overdue, row.open) == (0, 1, 0, 0)
    assert [what for what, _ in history(promise)] == [Step.MADE, Step.KEPT]


def test_everybody_sees_what_is_stuck_and_nobody_sees_about_what(world: World, client: CheckedClient) -> None:
    owed(world, now=NOW - 300 * DAY)
    page = client.get("/promises/stuck/").content.decode()
    assert "An answer" in page
    assert "Fenbridge Advice Centre" in page
    assert "About 1" not in page
    assert "About 1" not in client.get("/organisations/advice-centre/promises/").content.decode()
    client.force_login(world.users["line-manager"])
    assert "About 1" in client.get("/organisations/advice-centre/promises/").content.decode()


def test_my_week_says_what_i_owe_and_what_i_am_owed(world: World, client: CheckedClient) -> None:
    owed(world, now=NOW - 300 * DAY)
    for role, said in (
        ("front-desk", "An answer: About 1"),
        ("resident", "An answer from Fenbridge Advice Centre: About 1"),
        ("provider", "Nobody waits for you"),
    ):
        client.force_login(world.users[role])
        assert said in client.get("/me/week/").content.decode()


def test_who_would_be_next_sees_what_is_late_below_until_it_reaches_them(world: World, client: CheckedClient) -> None:
    promise = owed(world)
    late = promise.due_at + dt.timedelta(hours=1)

    def parts(role: str) -> dict[str, int]:
        return {each.key: len(each.lines) for each in selectors.week_of(person(world, role), late)}

    services.sweep_promises(late)
    promise.refresh_from_db()
    assert promise.rung == Rung.LEAD
    assert parts("line-manager") == {"owe": 1, "owed": 0}
    assert parts("board-contact") == {"owe": 0, "owed": 0, "below": 1}
    assert parts("senior-sponsor") == {"owe": 0, "owed": 0}, "of another institution"
    assert parts("city-steward") == {"owe": 0, "owed": 0}, "has the public list"
    services.sweep_week_mail(late + 4 * DAY)
    (letter,) = OutgoingMail.objects.filter(to="amina@advice-centre.example", key__startswith="week-")
    assert "LATE, AND ON ITS WAY UP TO ME" in letter.text
    assert "/cases/" not in letter.text


def test_the_weekly_letter_is_written_once_on_mondays_to_whom_it_concerns(world: World, client: CheckedClient) -> None:
    owed(world, now=NOW - 4 * DAY)
    OutgoingMail.objects.all().delete()
    early, monday = dt.datetime(2027, 1, 4, 6, 30, tzinfo=dt.UTC), dt.datetime(2027, 1, 4, 7, 30, tzinfo=dt.UTC)
    before = services.sweep_week_mail(early - 7 * DAY)
    OutgoingMail.objects.all().delete()
    assert before <= 2
    assert services.sweep_week_mail(early) == 0
    assert services.sweep_week_mail(monday) == 2  # Sam, who owes it, and Ruth, who is owed
    assert services.sweep_week_mail(monday + 2 * DAY) == 0
    letter = OutgoingMail.objects.get(to="ruth@home.example")
    assert "An answer from Fenbridge Advice Centre: About 1" in letter.text
    # One press in the mail program stops them, without cookie or token.
    strict = CheckedClient(enforce_csrf_checks=True)
    path = letter.stop_url.removeprefix(settings.SITE_URL)
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    OutgoingMail.objects.all().delete()
    assert services.sweep_week_mail(monday + 7 * DAY) == 3  # Sam again, and those above him, as it is late now
    assert client.get(path[:-3] + "x/").status_code == 404


def test_predicates_and_filters_agree(world: World) -> None:
    owed(world)
    up = owed(world, "2")
    services.sweep_promises(NOW + 60 * DAY)
    owed(world, "3", now=NOW + 60 * DAY)
    Promise.objects.filter(pk=up.pk).update(rung=Rung.BOARD)
    owed(world, "4", ladder=BOARD_FIRST, now=NOW + 60 * DAY)
    for role in world.users:
        if role == "newcomer":
            continue
        actor = person(world, role)
        for predicate, rows in ((can_see_promise, visible_promises), (can_answer_for, resting_promises)):
            allowed = set(Promise.objects.filter(rows(actor)).values_list("pk", flat=True))
            assert allowed == {each.pk for each in Promise.objects.all() if predicate(actor, each)}, (role, predicate)


def test_my_week_costs_the_same_at_one_promise_and_at_three(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actor = person(world, "front-desk")
    owed(world)
    with django_assert_num_queries(4):
        selectors.week_of(actor, NOW)
    owed(world, "2")
    owed(world, "3")
    with django_assert_num_queries(4):
        selectors.week_of(actor, NOW)


BOARD_FIRST = (Rung.BOARD, Rung.STEWARD, Rung.PUBLIC)


def test_what_the_board_contact_owes_is_nobody_s_below_and_climbs_to_the_steward(world: World) -> None:
    promise = owed(world, ladder=BOARD_FIRST)
    assert [row.id for row in selectors.what_i_owe(person(world, "board-contact"), NOW)] == [promise.pk]
    for below in ("front-desk", "line-manager", "administrator", "city-steward"):
        assert selectors.what_i_owe(person(world, below), NOW) == [], below
    assert len(letters("amina@advice-centre.example")) == 1
    assert "held by the board contact" in letters("amina@advice-centre.example")[0]
    services.sweep_promises(promise.due_at + DAY)
    assert history(promise)[-1] == (Step.CLIMBED, Rung.STEWARD)
    assert [row.id for row in selectors.what_i_owe(person(world, "city-steward"), promise.due_at)] == [promise.pk]


def test_what_a_board_contact_owes_is_with_the_steward_while_there_is_none(world: World) -> None:
    RoleGrant.objects.filter(role=Role.BOARD_CONTACT, organisation=world.charity).delete()
    promise = owed(world, ladder=BOARD_FIRST)
    assert [row.id for row in selectors.what_i_owe(person(world, "city-steward"), NOW)] == [promise.pk]
    assert len(letters("ingrid@fenbridge.example")) == 1


def test_a_kind_that_contradicts_itself_is_refused_at_registration() -> None:
    good = Kind("good", "Good", describe, Term(5))
    for wrong in (
        {"ladder": (Rung.LEAD, Rung.POST)}, {"ladder": (Rung.PUBLIC,)}, {"ladder": ()}, {"ladder": (Rung.POST,)}, {"climbs": False}, {"term": Term(0)}, {"remind_days": -1}, {"key": ANSWER},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"."):
            register(dataclasses.replace(good, **wrong))


@pytest.mark.usefixtures("committed")
def test_two_sweeps_at_once_take_each_step_once() -> None:
    world = people_only(NOW)
    promises = [owed(world, str(number)) for number in range(6)]
    later = NOW + 60 * DAY
    for promise in promises:
        # The sweep logs what fails and goes on, so each one's climb is called itself.
        done, refused, errors = at_once([lambda each=promise.pk: services.climb(each, later)] * 6)
        assert (done, refused, errors) == (6, [], [])
        assert [what for what, _ in history(promise)].count(Step.MISSED) == 1
    assert OutgoingMail.objects.filter(to="ruth@home.example").count() == len(promises)
    assert not BankHoliday.objects.exists()
