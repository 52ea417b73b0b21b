"""What somebody sends is stored, placed, promised an answer, answered; and they hear of every change."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from moothall.accounts.services import make_account
from moothall.core import inbox, personal
from moothall.core.actor import VISITOR
from moothall.core.errors import Forbidden
from moothall.core.models import IncomingMail, OutgoingMail
from moothall.core.types import IncomingState
from moothall.directory import selectors as directory
from moothall.directory import services as directory_services
from moothall.directory.models import Organisation, Person, RoleGrant, Service
from moothall.directory.services.searching import index_all
from moothall.directory.types import Channel
from moothall.promises.models import Promise
from moothall.promises.selectors import terms_of
from moothall.promises.services import extend, release, sweep_promises
from moothall.promises.types import Outcome, Rung
from moothall.voice import selectors, services
from moothall.voice.models import Case, CaseEntry
from moothall.voice.policies import can_see_case, visible_cases
from moothall.voice.receipts import read_receipt, receipt_of
from moothall.voice.services import CannotAnswer, CannotSend
from moothall.voice.types import Author, By, CameBy, CaseKind, CaseState, Decision, Entry
from tests.factories.world import ALL, World
from tests.web.checked_client import CheckedClient

from .conftest import NOW

IDEA = "A lamp post is dark at the corner of Quay Lane. Put numbers on the posts, so that people can say which one."
INES = Author(None, "Ines Duarte", "ines@home.example")


def send(text: str = IDEA, author: Author = INES, **more: Any) -> Case:
    return services.send(
        actor=VISITOR, now=NOW, kind=CaseKind.IDEA, text=text, author=author, came_by=CameBy.WEB, **more
    )


def letters(address: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(to=address, thread__startswith="case-").order_by("made_at", "key"))


def acting(email: str) -> Any:
    return directory.actor_for_person(Person.objects.get(email=email).pk, NOW.date())


def link_in(mail: OutgoingMail) -> str:
    return re.findall(rf"{settings.SITE_URL}(\S+)", mail.text)[-1]


def test_the_directory_finds_the_owner_and_says_why_and_an_answer_is_owed(fenbridge: World) -> None:
    case = send()
    assert (case.organisation.slug, case.post.title if case.post else "") == (
        "city-council",
        "Street lighting engineer",
    )
    assert case.found_by
    promise = Promise.objects.get(kind="idea", subject=str(case.pk))
    assert (promise.owed_email, promise.due_at.date().isoformat()) == ("ines@home.example", "2027-01-19")
    (told,) = letters("ines@home.example")
    assert "by the end of Monday 18 January 2027" in told.text
    assert case.found_by in told.text
    assert receipt_of(case.reference) in told.text
    (owner,) = letters("kwame@city-council.example")
    assert f"> {IDEA}" in owner.text
    assert told.thread == owner.thread == f"case-{case.reference}"


def test_what_fits_nobody_s_words_is_stored_all_the_same_and_is_with_the_steward(fenbridge: World) -> None:
    case = send("Xyzzyq frobnitz!")
    assert case.organisation.slug == "moothall"
    assert [mail.to for mail in OutgoingMail.objects.filter(key__startswith="promise-")] == ["ingrid@fenbridge.example"]


def test_sent_twice_it_is_there_once(fenbridge: World) -> None:
    first, second = send(key="form-1"), send(key="form-1")
    assert first.pk == second.pk
    assert Case.objects.count() == CaseEntry.objects.count() == Promise.objects.count() == 1


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 20_001])
def test_nothing_and_too_much_are_refused_in_words(fenbridge: World, text: str) -> None:
    with pytest.raises(CannotSend):
        send(text)


def test_only_who_may_records_for_others(fenbridge: World) -> None:
    for role, allowed in (("front-desk", True), ("resident", False), ("coordinator", False)):
        actor = fenbridge.actor(role)
        if allowed:
            case = services.send(
                actor=actor,
                now=NOW,
                kind=CaseKind.IDEA,
                text=IDEA,
                author=Author(None, "Mr Bell"),
                came_by=CameBy.PHONE,
            )
            assert case.recorded_by_id == actor.id
            assert Promise.objects.get(subject=str(case.pk)).owed_receipt == case.reference
        else:
            with pytest.raises(Forbidden):
                services.send(
                    actor=actor, now=NOW, kind=CaseKind.IDEA, text=IDEA, author=Author(), came_by=CameBy.PHONE
                )


def test_asked_replied_decided_and_looked_at_again_once(fenbridge: World) -> None:
    case, kwame = send(), acting("kwame@city-council.example")
    services.ask(actor=kwame, now=NOW, case=case, text="Which side of the lane?")
    services.reply(actor=VISITOR, now=NOW, case=case, text="The river side.")
    assert any("> The river side." in mail.text for mail in letters("kwame@city-council.example"))
    services.decide(actor=kwame, now=NOW, case=case, decision=Decision.NO, text="There are numbers, at knee height.")
    case.refresh_from_db()
    assert (case.state, case.decision) == (CaseState.SETTLED, Decision.NO)
    assert Promise.objects.get(subject=str(case.pk)).outcome == Outcome.KEPT
    said = [mail.text for mail in letters("ines@home.example")]
    assert any("> Which side of the lane?" in text for text in said)
    assert any("> There are numbers, at knee height." in text and "No. Their reason" in text for text in said)
    services.reopen(actor=VISITOR, now=NOW, case=case, text="Nobody sees them there.")
    assert Promise.objects.filter(subject=str(case.pk), outcome="").count() == 1
    services.answer(actor=kwame, now=NOW, case=case, text="We put them higher.")
    with pytest.raises(CannotAnswer):
        services.reopen(actor=VISITOR, now=NOW, case=case, text="And again")


def test_a_decision_has_a_reason_and_is_for_the_owner(fenbridge: World) -> None:
    case, kwame = send(), acting("kwame@city-council.example")
    with pytest.raises(CannotAnswer):
        services.decide(actor=kwame, now=NOW, case=case, decision=Decision.YES, text=" ")
    for email in ("sam@advice-centre.example", "joanna@city-council.example", "ruth@home.example"):
        with pytest.raises(Forbidden):
            services.decide(actor=acting(email), now=NOW, case=case, decision=Decision.YES, text="Yes")
    assert letters("ines@home.example")[1:] == []


def test_passed_on_with_a_reason_the_day_stays(fenbridge: World) -> None:
    case, kwame = send(), acting("kwame@city-council.example")
    due = Promise.objects.get(subject=str(case.pk)).due_at
    library = Service.objects.get(organisation__slug="libraries-museums", service_type__key="libraries")
    services.hand_over(
        actor=kwame,
        now=NOW,
        case=case,
        organisation=library.organisation,
        service=library,
        reason="That lamp is the library's own.",
    )
    promise = Promise.objects.get(subject=str(case.pk))
    assert (promise.organisation.slug, promise.due_at) == ("libraries-museums", due)
    assert "That lamp is the library's own." in letters("peter@libraries-museums.example")[0].text
    assert any("It is with Fenbridge Libraries and Museums now" in mail.text for mail in letters("ines@home.example"))
    with pytest.raises(Forbidden):
        services.answer(actor=kwame, now=NOW, case=case, text="Mine still")


def test_the_author_says_whom_it_is_for_until_somebody_has_begun(fenbridge: World) -> None:
    case = send()
    library = Organisation.objects.get(slug="libraries-museums")
    case = services.place(actor=VISITOR, now=NOW, case=case, organisation=library, service=None)
    assert case.organisation == library
    services.answer(actor=ALL, now=NOW, case=case, text="Thank you.")
    with pytest.raises(CannotAnswer):
        services.place(
            actor=VISITOR, now=NOW, case=case, organisation=Organisation.objects.get(slug="city-council"), service=None
        )


def test_a_correction_is_for_the_record_s_keepers_wherever_it_goes(fenbridge: World) -> None:
    advice = Service.objects.get(name="Free advice, face to face")
    assert advice.post is not None
    case = services.send(actor=VISITOR, now=NOW, kind=CaseKind.CORRECTION, text="The hours are wrong.", author=INES, came_by=CameBy.WEB, service=Service.objects.exclude(organisation=advice.organisation).filter(ended_on=None)[0])  # fmt: skip
    case = services.hand_over(actor=ALL, now=NOW, case=case, organisation=advice.organisation, service=advice, reason="Theirs.")  # fmt: skip
    assert case.service == advice
    assert case.post is None
    assert Promise.objects.get(subject=str(case.pk)).post is None


def test_a_case_passed_round_and_round_by_its_author_is_stopped_in_words(
    fenbridge: World, client: CheckedClient
) -> None:
    case = send()
    page = f"/cases/mine/{selectors.author_token(case, NOW)}/place/"
    bodies = [Organisation.objects.get(slug=slug) for slug in ("libraries-museums", "city-council")]
    answers = []
    for number in range(11):
        to = bodies[number % 2]
        answers.append(client.post(page, {"to": to.name, "choice": f"organisation-{to.pk}"}))
    assert [each.status_code for each in answers] == [302] * 10 + [422]
    assert "often enough today" in answers[-1].content.decode()


def test_released_from_above_the_case_ends_with_the_reason(fenbridge: World) -> None:
    case = services.send(actor=VISITOR, now=NOW, kind=CaseKind.IDEA, text=IDEA, author=INES, came_by=CameBy.WEB, service=Service.objects.get(name="Free advice, face to face"))  # fmt: skip
    promise = Promise.objects.get(subject=str(case.pk))
    release(
        actor=fenbridge.actor("line-manager"),
        now=NOW,
        promise=promise,
        reason="It was meant for the council, who have it.",
    )
    case.refresh_from_db()
    assert (case.state, case.decision) == (CaseState.SETTLED, Decision.RELEASED)
    assert any("> It was meant for the council" in mail.text for mail in letters("ines@home.example"))


# -- on the web


def test_sent_on_the_web_followed_and_answered_without_an_account(fenbridge: World, client: CheckedClient) -> None:
    page = client.get("/send/").content.decode()
    key = re.findall(r'name="key" value="([0-9a-f]+)"', page)[0]
    sent = {
        "text": IDEA,
        "email": "ines@home.example",
        "name": "",
        "kind": "idea",
        "key": key,
        "service": "",
        "organisation": "",
    }
    answer = client.post("/send/", sent)
    assert answer.status_code == 302
    assert client.post("/send/", sent)["Location"] == answer["Location"]  # the back button
    mine = client.get(answer["Location"]).content.decode()
    assert "It is with Fenbridge City Council" in mine
    assert "They were chosen because" in mine
    # Who holds it deals with it from the letter, without signing in.
    act = link_in(letters("kwame@city-council.example")[0])
    assert IDEA in client.get(act).content.decode()
    assert client.post(act, {"text": "We number them in May."}).status_code == 302
    assert "We number them in May." in client.get(answer["Location"]).content.decode()
    assert client.post(answer["Location"], {"text": "In which year?", "again": "yes"}).status_code == 302
    assert Case.objects.get().reopened_at is not None
    assert "We have what you sent" in client.get(answer["Location"]).content.decode()


def test_a_flood_is_stopped_in_words_and_what_was_typed_stays(fenbridge: World, client: CheckedClient) -> None:
    def post(number: int, email: str = "") -> Any:
        return client.post(
            "/send/",
            {
                "text": f"Idea {number}",
                "email": email,
                "name": "",
                "kind": "idea",
                "key": f"flood-{number}",
                "service": "",
                "organisation": "moothall",
            },
        )

    assert {post(number, "ines@home.example").status_code for number in range(20)} == {302}
    refused = post(20, "ines@home.example")
    assert refused.status_code == 422
    assert "Leave it out: you get a receipt instead." in refused.content.decode()
    assert {post(number).status_code for number in range(21, 60)} == {302}
    last = post(60)
    assert last.status_code == 422
    assert "Idea 60" in last.content.decode()
    assert Case.objects.count() == 59


def test_what_is_somebody_s_own_is_kept_by_no_cache(fenbridge: World, client: CheckedClient) -> None:
    answer = client.get(f"/cases/mine/{selectors.author_token(send(), NOW)}/")
    assert "no-store" in answer["Cache-Control"]


def test_a_form_without_words_comes_back_with_what_was_typed(fenbridge: World, client: CheckedClient) -> None:
    answer = client.post(
        "/send/",
        {
            "text": "",
            "email": "nonsense",
            "name": "Ines",
            "kind": "idea",
            "key": "k",
            "service": "",
            "organisation": "",
        },
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Write what you want to say." in page
    assert "That is not a mail address" in page
    assert 'value="Ines"' in page


@pytest.mark.parametrize("query", ["service=99999999", "service=x", "service=%00", "organisation=nobody", "kind=nonsense", "about=%3Cscript%3E"])  # fmt: skip
def test_an_address_that_somebody_made_up_is_the_plain_form(
    fenbridge: World, client: CheckedClient, query: str
) -> None:
    assert client.get(f"/send/?{query}").status_code == 200


def test_a_receipt_leads_to_the_case_however_it_is_typed_and_no_other_does(
    fenbridge: World, client: CheckedClient
) -> None:
    client.force_login(fenbridge.users["front-desk"])
    sent = {
        "text": IDEA,
        "email": "",
        "name": "Mr Bell",
        "kind": "idea",
        "key": "desk-1",
        "service": "",
        "organisation": "",
        "came_by": "in-person",
    }
    answer = client.post("/desk/", sent)
    printed = re.findall(r"m-code\">([^<]+)<", client.get(answer["Location"]).content.decode())[0]
    visitor = CheckedClient()
    for typed in (printed, printed.upper(), printed.replace("-", " ")):
        there = visitor.post("/receipt/", {"receipt": typed})
        assert there.status_code == 302
        assert "Quay Lane" in visitor.get(there["Location"]).content.decode()
    for wrong in (printed[:-1] + ("a" if printed[-1] != "a" else "b"), "", "x" * 60, "🙂" * 20):
        assert visitor.post("/receipt/", {"receipt": wrong}).status_code == 422
    client.force_login(fenbridge.users["administrator"])
    assert client.get(answer["Location"]).status_code in (403, 404)


def test_receipts_and_tokens_that_somebody_made_up_lead_nowhere(fenbridge: World, client: CheckedClient) -> None:
    case = send()
    token = selectors.author_token(case, NOW)
    assert client.get(f"/cases/mine/{token}/").status_code == 200
    for wrong in (
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token.replace("author", "holder"),
        "author-1",
        "a" * 200,
    ):
        assert client.get(f"/cases/mine/{wrong}/").status_code == 404
        assert client.get(f"/cases/act/{wrong}/").status_code == 404
    assert read_receipt(case.reference) is None


def test_a_link_stops_working_when_the_case_is_with_somebody_else(fenbridge: World, client: CheckedClient) -> None:
    case = send()
    act = link_in(letters("kwame@city-council.example")[0])
    assert client.get(act).status_code == 200
    services.hand_over(
        actor=ALL,
        now=NOW,
        case=case,
        organisation=Organisation.objects.get(slug="fenbridge-homes"),
        service=None,
        reason="Theirs",
    )
    assert client.get(act).status_code == 410


def test_predicates_and_filters_agree(fenbridge: World) -> None:
    send()
    send("Could you open on Monday evenings?", service=Service.objects.get(name="Free advice, face to face"))
    send("Bins", Author(fenbridge.people["resident"].pk), organisation=Organisation.objects.get(slug="advice-centre"))
    for role in fenbridge.users:
        if role != "newcomer":
            actor = fenbridge.actor(role)
            seen = set(Case.objects.filter(visible_cases(actor)).values_list("pk", flat=True))
            assert seen == {each.pk for each in Case.objects.all() if can_see_case(actor, each)}, role


# -- by mail

MAIL_IN = override_settings(MAIL_IN="hello@fenbridge.example", MAIL_DOMAIN="fenbridge.example")


def raw(sender: str, to: str, text: str, *headers: str, subject: str = "An idea") -> bytes:
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        "Message-ID: <1@home.example>",
        *headers,
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
    ]
    return "\r\n".join(lines).encode()


def take(content: bytes) -> IncomingMail:
    mail = inbox.receive(content, NOW)
    inbox.handle(mail.id, NOW)
    mail.refresh_from_db()
    return mail


@MAIL_IN
def test_a_mail_to_our_address_is_an_idea_and_a_reply_finds_its_case(fenbridge: World) -> None:
    first = take(raw("Ines <Ines@home.example>", "hello@fenbridge.example", IDEA))
    assert first.state == IncomingState.TAKEN
    case = Case.objects.get()
    assert (case.came_by, case.author_email) == (CameBy.MAIL, "ines@home.example")
    take(raw("Ines <Ines@home.example>", "hello@fenbridge.example", IDEA))  # fetched twice
    assert Case.objects.count() == 1
    owner = letters("kwame@city-council.example")[0]
    assert owner.reply_to.startswith("hello+holder-")
    quoted = "We number them in May.\r\n\r\nOn Monday, Moothall wrote:\r\n" + "\r\n".join(
        f"> {line}" for line in owner.text.splitlines()
    )
    assert take(raw("kwame@city-council.example", owner.reply_to, quoted)).state == IncomingState.TAKEN
    entry = CaseEntry.objects.get(what=Entry.ANSWERED)
    assert (entry.text, entry.by) == ("We number them in May.", By.OWNER)
    case.refresh_from_db()
    assert case.state == CaseState.SETTLED


@MAIL_IN
def test_a_thread_is_found_by_reference_where_the_address_was_lost(fenbridge: World) -> None:
    case = send()
    thread = f"<case-{case.reference}.thread@fenbridge.example>"
    assert (
        take(raw("ines@home.example", "hello@fenbridge.example", "One more thing.", f"In-Reply-To: {thread}")).state
        == IncomingState.TAKEN
    )
    assert CaseEntry.objects.filter(case=case, what=Entry.REPLIED, by=By.AUTHOR).count() == 1
    # Somebody else who knows the reference is not the author.
    stranger = take(raw("eve@home.example", "hello@fenbridge.example", "Let me in", f"References: {thread}"))
    assert stranger.state == IncomingState.HELD


@MAIL_IN
def test_programs_are_not_answered_and_what_nobody_can_place_is_held(fenbridge: World, client: CheckedClient) -> None:
    absent = take(
        raw("kwame@city-council.example", "hello@fenbridge.example", "I am away", "Auto-Submitted: auto-replied")
    )
    assert absent.state == IncomingState.AUTOMATIC
    held = take(raw("shop@else.example", "somebody@else.example", "Buy this"))
    assert held.state == IncomingState.HELD
    assert not Case.objects.exists()
    client.force_login(fenbridge.users["city-steward"])
    assert "shop@else.example" in client.get("/held-mail/").content.decode()
    page = f"/held-mail/{held.id}/"
    assert client.post(page, {"aside": "yes", "text": ""}).status_code == 422
    offered = client.post(page, {"to": "Fenbridge Homes"}).content.decode()
    body = Organisation.objects.get(slug="fenbridge-homes")
    assert "Fenbridge Homes" in offered
    assert client.post(page, {"to": "Fenbridge Homes", "choice": f"organisation-{body.pk}"}).status_code == 302
    assert Case.objects.get().organisation == body
    assert client.get(page).status_code == 404


@MAIL_IN
def test_a_token_of_one_person_does_not_work_when_they_no_longer_hold_it(fenbridge: World) -> None:
    case = send()
    reply_to = letters("kwame@city-council.example")[0].reply_to
    services.hand_over(
        actor=ALL,
        now=NOW,
        case=case,
        organisation=Organisation.objects.get(slug="fenbridge-homes"),
        service=None,
        reason="Theirs",
    )
    assert take(raw("kwame@city-council.example", reply_to, "No.")).state == IncomingState.HELD


def test_a_missed_answer_is_on_the_board_contact_s_list(fenbridge: World) -> None:
    case = services.send(actor=VISITOR, now=NOW, kind=CaseKind.IDEA, text=IDEA, author=INES, came_by=CameBy.WEB, service=Service.objects.get(name="Free advice, face to face"))  # fmt: skip
    sweep_promises(NOW + dt.timedelta(days=24))
    assert Promise.objects.get(subject=str(case.pk)).rung == Rung.BOARD
    assert "now rests with the board contact: with you" in letters("amina@advice-centre.example")[0].text


# -- what a last read found


def test_words_after_the_answer_reach_whoever_gave_it(fenbridge: World) -> None:
    case = send()
    services.answer(actor=acting("kwame@city-council.example"), now=NOW, case=case, text="We number them in May.")
    services.reply(actor=VISITOR, now=NOW, case=case, text="Thank you, and well done.")
    assert any("> Thank you, and well done." in mail.text for mail in letters("kwame@city-council.example"))


@MAIL_IN
def test_a_forged_sender_does_not_answer_in_a_body_s_name(fenbridge: World) -> None:
    """Anybody can write any sender, and the author knows the thread: only the address in the holder's own letter answers."""
    case = send()
    thread = f"References: <case-{case.reference}.thread@fenbridge.example>"
    forged = take(raw("kwame@city-council.example", "hello@fenbridge.example", "Yes, all of it.", thread))
    assert forged.state == IncomingState.HELD
    case.refresh_from_db()
    assert case.state == CaseState.OPEN


def test_whoever_acted_from_letters_before_joining_keeps_it_when_they_join(fenbridge: World) -> None:
    """An invited colleague without an account deals with a case; later joins with the account they have."""
    kwame = Person.objects.get(email="kwame@city-council.example")
    Person.objects.filter(pk=kwame.pk).update(user=None)
    services.answer(actor=acting("kwame@city-council.example"), now=NOW, case=send(), text="We number them in May.")
    steward, council = ALL, Organisation.objects.get(slug="city-council")
    _, code = directory_services.invite(
        actor=steward, now=NOW, today=NOW.date(), organisation=council, person_id=kwame.pk, channel=Channel.PAPER, through_id=None
    )  # fmt: skip
    own = make_account(now=NOW, email="kwame@home.example")
    me = directory_services.introduce(
        actor=directory.actor_for_user(own.pk, NOW.date()), now=NOW, name="Kwame", email=own.email
    )
    directory_services.join(now=NOW, code=code, password=None, signed_in=directory.actor_for_user(own.pk, NOW.date()))
    assert CaseEntry.objects.get(what=Entry.ANSWERED).person_id == me.pk
    assert not Person.objects.filter(pk=kwame.pk).exists()


def test_what_an_officer_answered_stays_when_the_officer_is_erased(fenbridge: World) -> None:
    case, kwame = send(), Person.objects.get(email="kwame@city-council.example")
    services.answer(actor=acting(kwame.email), now=NOW, case=case, text="We number them in May.")
    personal.erase(personal.Subject(kwame.pk, None, (kwame.email,)))
    assert CaseEntry.objects.get(what=Entry.ANSWERED).text == "We number them in May."
    personal.erase(personal.Subject(-1, None, ("ines@home.example",)))
    assert CaseEntry.objects.get(what=Entry.SENT).text == "(erased)"
    assert CaseEntry.objects.get(what=Entry.ANSWERED).text == "We number them in May."


def test_passed_on_when_it_has_climbed_the_new_post_is_told_and_so_are_those_above(fenbridge: World) -> None:
    case = send()
    sweep_promises(NOW + dt.timedelta(days=18))
    assert Promise.objects.get(subject=str(case.pk)).rung != Rung.POST
    library = Service.objects.get(organisation__slug="libraries-museums", service_type__key="libraries")
    services.hand_over(
        actor=ALL, now=NOW, case=case, organisation=library.organisation, service=library, reason="The library's own."
    )
    assert "The library's own." in letters("peter@libraries-museums.example")[0].text


def test_one_press_stops_letters_to_an_address_that_somebody_else_typed(
    fenbridge: World, client: CheckedClient
) -> None:
    case, other = send(), send("Another thing: benches by the river.")
    stop = next(mail for mail in letters("ines@home.example") if mail.thread == f"case-{case.reference}").stop_url
    path = stop.removeprefix(settings.SITE_URL)
    assert "Stop these letters" in client.get(path).content.decode()
    before = len(letters("ines@home.example"))
    assert client.post(path).status_code == 200
    services.answer(actor=acting("kwame@city-council.example"), now=NOW, case=case, text="In May.")
    sweep_promises(NOW + dt.timedelta(days=60))
    about = [mail.thread for mail in letters("ines@home.example")[before:]]
    assert about
    assert set(about) == {f"case-{other.reference}"}, "it goes on about everything else"
    for made_up in ("stop-1-2-aaaa", "week-1-2", "x"):
        assert client.get(f"/letters/stop/{made_up}/").status_code == 404


def test_what_one_wrote_down_at_a_desk_the_colleague_there_can_look_up(fenbridge: World, client: CheckedClient) -> None:
    sam = fenbridge.actor("front-desk")
    case = services.send(
        actor=sam, now=NOW, kind=CaseKind.IDEA, text=IDEA, author=Author(None, "Mr Bell"), came_by=CameBy.IN_PERSON, desk=fenbridge.charity.pk
    )  # fmt: skip
    here = f"/desk/receipts/{case.reference}/"
    client.force_login(fenbridge.users["line-manager"])
    assert client.get(here).status_code == 403
    RoleGrant.objects.create(
        person=fenbridge.people["line-manager"], role="front-desk", organisation=fenbridge.charity, from_on=NOW.date(), granted_at=NOW
    )  # fmt: skip
    assert receipt_of(case.reference) in client.get(here).content.decode()
    assert case.title in client.get("/desk/").content.decode()
    with pytest.raises(Forbidden):
        services.send(
            actor=sam, now=NOW, kind=CaseKind.IDEA, text=IDEA, author=Author(), came_by=CameBy.PHONE,
            desk=Organisation.objects.get(slug="city-council").pk,
        )  # fmt: skip


def test_an_institution_says_for_itself_by_when_it_answers_and_keeps_what_is_promised(
    fenbridge: World, client: CheckedClient
) -> None:
    service = Service.objects.get(name="Free advice, face to face")
    before = send(service=service)
    client.force_login(fenbridge.users["administrator"])
    page = "/organisations/advice-centre/promises/terms/"
    assert client.get("/organisations/city-council/promises/terms/").status_code == 404
    others = {kind.key: str(term.count) for kind, term in terms_of(fenbridge.charity)}
    assert client.post(page, others | {"idea": "21"}).status_code == 422
    assert client.post(page, others | {"idea": "3"}).status_code == 302
    assert "within 3 working days" in client.get("/organisations/advice-centre/promises/").content.decode()
    after = send("Another: a bell at the door.", service=service)
    due = {each.subject: each.due_at.date().isoformat() for each in Promise.objects.all()}
    assert (due[str(before.pk)], due[str(after.pk)]) == ("2027-01-19", "2027-01-08")
    assert send("A third thing about lamp posts").organisation.slug == "city-council"
    assert Promise.objects.latest("pk").due_at.date().isoformat() == "2027-01-19", "others keep theirs"


# -- what fresh eyes found


def test_other_words_from_the_same_form_are_another_case(fenbridge: World, client: CheckedClient) -> None:
    """The back button on a library's computer, or the next person at a desk: nobody is shown what somebody else sent."""
    sent = {"email": "", "name": "", "kind": "idea", "key": "kept-page", "service": "", "organisation": ""}
    first = client.post("/send/", sent | {"text": "Lights in the park"})["Location"]
    second = client.post("/send/", sent | {"text": "Benches by the river"})["Location"]
    assert first != second
    assert Case.objects.count() == 2
    assert "no-store" in client.get("/send/")["Cache-Control"]


def test_an_institution_nobody_confirmed_is_found_and_sent_to_by_nobody(fenbridge: World) -> None:
    """Else anybody could crowd out the others, or bury what is owed with a body of their own."""
    own = Organisation.objects.create(slug="spam-house", name="Street light out Quay Lane", kind="community")
    Service.objects.bulk_create([Service(organisation=own, name=f"Street light out Quay Lane {n}") for n in range(50)])
    directory_services.load_taxonomy(actor=ALL, now=NOW)
    index_all()
    assert send().organisation.slug == "city-council"
    case, kwame = send(IDEA + " Please."), acting("kwame@city-council.example")
    with pytest.raises(CannotSend):
        services.hand_over(actor=kwame, now=NOW, case=case, organisation=own, service=None, reason="Theirs")
    with pytest.raises(CannotSend):
        send(organisation=own)
    directory_services.confirm_institution(actor=ALL, now=NOW, organisation=own)
    assert any(each.organisation == own for each in directory.choices_for(VISITOR, "Street light out Quay Lane"))


def test_asked_to_look_again_whoever_holds_it_reads_why_and_more_time_is_explained_in_the_case(
    fenbridge: World,
) -> None:
    case, kwame = send(), acting("kwame@city-council.example")
    extend(actor=kwame, now=NOW, promise=Promise.objects.get(), by=2, reason="We count the posts first.")
    assert CaseEntry.objects.get(what=Entry.EXTENDED).text == "We count the posts first."
    services.answer(actor=kwame, now=NOW, case=case, text="In May.")
    services.reopen(actor=VISITOR, now=NOW, case=case, text="In which year?")
    assert any("> In which year?" in mail.text for mail in letters("kwame@city-council.example"))


def test_three_years_later_nothing_says_who_it_was(fenbridge: World) -> None:
    case = send(author=Author(fenbridge.people["resident"].pk))
    services.answer(actor=acting("kwame@city-council.example"), now=NOW, case=case, text="In May.")
    personal.expire(NOW + dt.timedelta(days=4 * 365))
    case.refresh_from_db()
    assert (case.author_id, case.title) == (None, "(erased)")
    assert list(case.entries.filter(by=By.AUTHOR).values_list("text", "person")) == [("(erased)", None)]


@MAIL_IN
def test_floods_of_mail_from_one_address_are_held(fenbridge: World) -> None:
    for number in range(22):
        last = take(raw("victim@home.example", "hello@fenbridge.example", f"Idea {number}", subject=f"Number {number}"))
    assert last.state == IncomingState.HELD
    assert Case.objects.count() == 20


@MAIL_IN
def test_a_long_mail_is_an_idea_all_the_same(fenbridge: World) -> None:
    assert take(raw("ines@home.example", "hello@fenbridge.example", "Lamp posts. " * 4000)).state == IncomingState.TAKEN
