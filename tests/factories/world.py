"""A small Fenbridge with one of every thing and one of every kind of person, for tests that visit every page."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from demo import directory, fenbridge, people
from moothall.accounts.models import User
from moothall.accounts.services import make_account
from moothall.appeals import selectors as appeals
from moothall.core import imports, inbox, links, mail
from moothall.core.actor import VISITOR, Actor, system
from moothall.core.models import OutgoingMail
from moothall.directory import exports, selectors, services
from moothall.directory.models import (
    ContactPoint,
    Identifier,
    Organisation,
    Person,
    Relationship,
    Responsibility,
    Service,
    Team,
)
from moothall.directory.types import Channel, NewOrganisation, NewPerson, OrganisationKind, Permission, Role
from moothall.events import services as events
from moothall.events.types import Asker, NewEvent
from moothall.places import services as places
from moothall.places.types import Goer, NewCover, Stated, WorkTime
from moothall.planner import files_of, zipped
from moothall.planner.io.bundles import planning_of, tables_of
from moothall.programme.services import start_planning, store_plan, take_city
from moothall.promises.selectors import open_promise_about
from moothall.voice import services as voice
from moothall.voice.types import Author, CameBy, CaseKind

from .long_work import take_people
from .plans import new_plan, published, small_fenbridge

ALL = system("tests", *Permission)


@dataclass
class World:
    """Users by role, and what each address needs to be visited."""

    users: dict[str, User]
    people: dict[str, Person]
    ids: dict[str, Any] = field(default_factory=dict)

    def actor(self, role: str) -> Actor:
        return selectors.actor_for_user(self.users[role].pk, timezone.localdate())

    @property
    def charity(self) -> Organisation:
        return Organisation.objects.get(slug="advice-centre")


def bundle_zip() -> bytes:
    """Small Fenbridge as a coordinator would upload it."""
    problem = small_fenbridge()
    return zipped(files_of(tables_of(problem), planning_of(problem)))


def people_only(now: dt.datetime | None = None) -> World:
    """The demo's personas, a newcomer who has not said their name, and the administrator of another institution."""
    now, today = now or timezone.now(), timezone.localdate(now)
    made = people.make(now, password=None)
    users = {key: User.objects.get(pk=person.user_id) for key, person in made.items()}
    users["newcomer"] = make_account(now=now, email="new@home.example")
    other = make_account(now=now, email="other@stranger.example")
    newcomer = selectors.actor_for_user(other.pk, today)
    made["stranger"] = services.introduce(actor=newcomer, now=now, name="Otis Brandreth", email=other.email)
    stranger = selectors.actor_for_user(other.pk, today)
    services.set_up_institution(
        actor=stranger, now=now, today=today, name="Another Charity", kind=OrganisationKind.CHARITY
    )
    services.confirm_institution(actor=ALL, now=now, organisation=Organisation.objects.get(name="Another Charity"))
    users["stranger"] = other
    return World(users, made)


def with_directory(now: dt.datetime | None = None) -> World:
    """Its people, its 25 institutions, and who is in charge of what."""
    now = now or timezone.now()
    world = people_only(now)
    new = [
        NewOrganisation(each.reference, each.name, OrganisationKind(each.kind), ()) for each in fenbridge.INSTITUTIONS
    ]
    services.import_organisations(actor=ALL, now=now, new=new)
    services.load_taxonomy(actor=ALL, now=now)
    directory.make(now)
    return world


def attending(world: World, now: dt.datetime) -> dict[str, Any]:
    """An event with a question; a place to which somebody's manager objects, and the appeal against that."""
    charity, sam, today = world.charity, world.actor("front-desk"), timezone.localdate(now)
    starts = now + dt.timedelta(days=10)
    new = NewEvent("How to be heard", "For everybody.", starts, starts + dt.timedelta(hours=2), "Quay Hall")
    event = events.put_up(actor=sam, now=now, organisation=charity, new=new)
    asked = events.ask(actor=VISITOR, now=now, event=event, text="Is there a ramp?", asker=Asker())
    interest = events.want(actor=world.actor("resident"), now=now, topics=[], near="")
    reception = Team.objects.get(organisation=charity, name="Reception")
    every_day = NewCover(2, tuple(range(7)), dt.time(0), dt.time(23, 59))
    rule = places.set_cover(
        actor=world.actor("line-manager"), now=now - dt.timedelta(days=1), team=reception, new=every_day
    )
    place = places.go(
        actor=sam, now=now, occasion=event.occasion, goer=Goer(sam.id), work=WorkTime(charity.pk, reception.pk)
    )
    places.object_to(actor=world.actor("line-manager"), now=now, place=place, text="We need him here.", stated=Stated())
    places.appeal(actor=sam, now=now, place=place, text="We are enough.")
    appeal = appeals.my_appeals(sam)[0]
    source = events.add_source(
        actor=sam, now=now, organisation=charity, name="c.ics",
        content=b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Tea\r\nDTSTART:20990101T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    )  # fmt: skip
    ruth = world.actor("resident")
    hour = dt.timedelta(hours=1)
    running = NewEvent("Tea", "For everybody.", now - hour, now + hour, "Quay Hall")
    tea = events.put_up(actor=sam, now=now, organisation=charity, new=running)
    hers = places.go(actor=ruth, now=now, occasion=tea.occasion, goer=Goer(ruth.id))
    conduct = events.warn(actor=sam, now=now, event=tea, place=hers, text="Let others speak.")
    events.call(actor=world.actor("administrator"), now=now, conduct=conduct, text="Again.")
    events.state_side(actor=ruth, now=now, conduct=conduct, text="I was angry.")
    events.limit(actor=world.actor("administrator"), now=now, conduct=conduct, days=30, text="Rest.")
    key = places.new_calendar_key(actor=world.actor("resident"), now=now)
    return {
        "occasion_id": event.occasion_id, "event": event.reference, "question_id": asked.pk, "interest_token": links.sign("events", interest.pk, today=today),
        "rule_id": rule.pk, "place_id": place.pk, "place_token": links.sign("place", place.pk, today=today),
        "notice_token": links.sign("notice", place.pk, world.people["line-manager"].pk, today=today), "appeal": appeal.reference,
        "appeal_token": links.sign("appeal", appeal.pk, world.people["board-contact"].pk, today=today), "calendar_key": key, "source_id": source.pk, "conduct": conduct.reference, "conduct_token": links.sign("conduct", conduct.pk, today=today),
    }  # fmt: skip


def everything(now: dt.datetime | None = None) -> World:
    """One of every thing there is."""
    now, today = now or timezone.now(), timezone.localdate(now)
    world = people_only(now)
    charity, administrator = world.charity, world.actor("administrator")
    newest = services.add_person(
        actor=administrator, now=now, today=today, organisation=charity, new=NewPerson("Nell Quirke", "", "77")
    )
    sam = world.people["front-desk"]
    grant = next(grant for grant in selectors.grants_in(charity, today) if grant.role is Role.BOARD_CONTACT)
    city_grant = next(grant for grant in selectors.grants_in(None, today) if grant.role is Role.FUNDER)
    agreement = services.record_agreement(
        actor=administrator,
        now=now,
        organisation=charity,
        reference="Minute 14",
        purpose="Planning",
        from_on=today,
        to_on=None,
    )
    leave = services.record_leave(
        actor=administrator, now=now, organisation=charity, person_id=sam.pk, today=today, from_on=today + dt.timedelta(days=30),
        to_on=today + dt.timedelta(days=31), deputy_id=None,
    )  # fmt: skip
    invitation, _ = services.invite(
        actor=administrator, now=now, today=today, organisation=charity, person_id=newest.pk, channel=Channel.COLLEAGUE, through_id=sam.pk,
    )  # fmt: skip
    opened = services.open_people_import(
        actor=administrator,
        now=now,
        organisation=charity,
        content=b"name,email\nAda Lund,ada@x.example\n,\n,nobody@x.example\n",
        name="people.csv",
    )
    taken = services.open_people_import(
        actor=administrator,
        now=now,
        organisation=charity,
        content=b"name,email\nBo Lund,bo@x.example\n,x@x.example\n",
        name="people.csv",
    )
    take_people(administrator, taken, mapping={"name": "name", "email": "email"}, only_right=True)
    request = services.ask_erasure(actor=world.actor("front-desk"), now=now)
    services.set_up_institution(
        actor=world.actor("stranger"), now=now, today=today, name="Waiting Group", kind=OrganisationKind.COMMUNITY
    )
    steward_request = services.ask_erasure(actor=world.actor("funder"), now=now)
    waiting = Organisation.objects.get(name="Waiting Group")
    public = published(now=now)
    coordinator = world.actor("coordinator")
    city = take_city(
        actor=coordinator, now=now, title="Spring", organisation=None, content=bundle_zip(), name="spring.zip"
    )
    planning = start_planning(actor=coordinator, now=now, city=city, seconds=20, seed=1)
    draft = store_plan(actor=coordinator, now=now, new=new_plan(places_public=False), city=city)
    services.load_taxonomy(actor=ALL, now=now)
    directory.make(now)
    council = Organisation.objects.get(slug="city-council")
    desk = world.actor("front-desk")
    service = Service.objects.get(organisation=charity, name="Free advice, face to face")
    case = voice.send(
        actor=desk, now=now, kind=CaseKind.IDEA, text="Open on Mondays", author=Author(world.people["resident"].pk), came_by=CameBy.PHONE, service=service
    )  # fmt: skip
    owed = open_promise_about("idea", case.pk)
    assert owed
    unplaced = inbox.receive(b"From: x@else.example\r\nTo: y@else.example\r\n\r\nHello", now)
    inbox.handle(unplaced.id, now)
    brought = services.open_directory_import(
        actor=world.actor("city-steward"),
        now=now,
        content=b"name,email\nHarbour Help,\n,\nBad,nonsense\n",
        name="list.csv",
    )
    taking = services.start_taking_directory(actor=world.actor("city-steward"), now=now, about=brought, only_right=True)
    imports.carry_out(taking.id, timezone.now)
    council_duty = Responsibility.objects.get(service__organisation=charity)
    stuck = mail.post(
        to="gone@nowhere.example", subject="A letter", text="Hello", now=now, thread="case-x", stoppable=True
    )
    assert stuck
    stop_token = stuck.stop_url.rstrip("/").rpartition("/")[2]
    OutgoingMail.objects.filter(pk=stuck.pk).update(state="stuck", error="The mail server answered 550.", attempts=9)
    ids = attending(world, now)
    world.ids = ids | {
        "slug": "advice-centre", "waiting": waiting.slug, "steward_request": steward_request.pk, "person_id": sam.pk, "uninvited": newest.pk, "team_id": Team.objects.get(organisation=charity, name="Reception").pk,
        "grant_id": grant.id, "city_grant_id": city_grant.id, "agreement_id": agreement.pk, "leave_id": leave.pk, "invitation_id": invitation.pk,
        "import_id": opened.pk, "taken_id": taken.pk, "request_id": request.pk, "public": public.pk, "city_id": city.pk, "planning_id": planning.pk,
        "draft": draft.pk, "mail_id": stuck.pk, "service_id": service.pk, "key": "street-lighting", "duty_id": council_duty.pk,
        "contact_id": ContactPoint.objects.filter(organisation=charity)[0].pk, "relation_id": Relationship.objects.get(organisation=charity).pk,
        "identifier_id": Identifier.objects.get(organisation=charity).pk, "post_id": case.post_id, "promise_id": owed.pk, "reference": case.reference,
        "week_token": links.sign("week", sam.pk, today=today), "author_token": links.sign("author", case.pk, today=today),
        "holder_token": links.sign("holder", case.pk, sam.pk, today=today), "held_id": unplaced.id, "council": council.slug, "table": "services", "directory_import_id": brought.pk,
        "regime_key": "local-government", "stop_token": stop_token,
        "open_service": uuid.UUID(exports.id_of("service", service.pk)), "open_organization": uuid.UUID(exports.id_of("organisation", charity.pk)),
        "open_place": uuid.UUID(exports.id_of("place", selectors.public_places()[0].pk)), "open_taxonomy": uuid.UUID(exports.taxonomy_id()), "open_term": uuid.UUID(exports.id_of("kind", selectors.all_types()[0].pk)),
    }  # fmt: skip
    return world
