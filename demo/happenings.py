"""What is on in Fenbridge: events ahead and behind, one full, one closed with its reason, one called off; and an appeal that was decided."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from moothall.appeals import services as board
from moothall.appeals.models import Appeal
from moothall.core import times
from moothall.core.actor import VISITOR, Actor
from moothall.directory import selectors as directory
from moothall.directory import services as directory_services
from moothall.directory.models import Membership, Organisation, Person, Team
from moothall.directory.types import NewPerson
from moothall.events import services
from moothall.events.models import Event
from moothall.events.types import About, Asker, NewEvent
from moothall.places import services as places
from moothall.places.models import Place
from moothall.places.types import Goer, NewCover, State, Stated, WorkTime

from .people import DEMO, LONG_AGO

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event so many days from today, at an hour of the city's clock; `host` is a mail address, empty for none."""

    days: int
    hour: int
    hours: float
    organisation: str
    title: str
    about: str
    venue: str
    topics: tuple[str, ...]
    online: bool = False
    capacity: int | None = None
    host: str = ""
    more: tuple[tuple[str, str], ...] = ()


AHEAD = (
    Happening(3, 18, 1.5, "city-council", "The budget: ask what you like", "Councillors and the finance team answer questions about next year’s money. Bring yours, or send it before.", "Town Hall, Old Town", ("democracy", "work"), True, None, "marcus@city-council.example", (("access", "Step-free, hearing loop, British Sign Language. We pay bus fares."), ("afar", "Watch the stream, send questions before or during it, or phone in."))),
    Happening(4, 10, 2, "libraries-museums", "Get your phone to read aloud", "For whoever finds the screen hard to read. Bring your own phone.", "Central Library, Old Town", ("digital", "learning"), False, 12),
    Happening(5, 14, 3, "city-council", "How to be heard online", "A workshop for everybody who speaks with the public: short, friendly, honest messages that people read.", "Quay Hall, Harbour", ("digital", "learning"), False, 20, "marcus@city-council.example", (("access", "Step-free, hearing loop, quiet room."),)),
    Happening(6, 9, 3, "river-friends", "Clean the river bank", "Gloves and tea from us. Children are welcome with somebody who looks after them.", "North Fields bridge", ("environment", "volunteering")),
    Happening(7, 19, 2, "fen-valley-police", "Meet your neighbourhood team", "What happened in Harbour this winter, what we did, and what you want us to look at next.", "Quay Hall, Harbour", ("safety", "democracy"), True),
    Happening(8, 11, 1, "community-health", "Blood pressure in five minutes", "Sit down, roll up a sleeve, and leave with a number that means something.", "Marsh End Health Centre", ("health",)),
    Happening(9, 13, 2, "advice-centre", "Fill in the form together", "Universal Credit, Council Tax support, blue badges: bring the form and we fill it in with you.", "Advice Centre, Old Town", ("work", "housing"), False, 8, "sam@advice-centre.example"),
    Happening(10, 18, 2, "fenbridge-homes", "Damp and mould: what we do, and by when", "The repairs team explains the new times, and looks at your photos.", "Community room, North Fields", ("housing",), True),
    Happening(11, 10, 4, "repair-cafe", "Mend it with us", "Lamps, zips, bicycles, radios. You watch, learn, and take it home working.", "Marsh End Hall", ("environment", "volunteering"), False, 30),
    Happening(12, 14, 3, "city-council", "How to be heard online", "The same workshop once more.", "Quay Hall, Harbour", ("digital", "learning"), False, 20, "marcus@city-council.example"),
    Happening(13, 17, 2, "university", "Read a chart, find the trick", "Newspapers, councils, charities: how figures mislead, and how to notice.", "Lecture room 2, University", ("learning",), True, 120),
    Happening(15, 19, 2, "arts-workshop", "Print a poster for your street", "Ink, blocks and paper are there.", "Harbour Arts Workshop", ("culture", "volunteering"), False, 10),
    Happening(17, 10, 2, "carers-network", "A morning for carers", "Cake, company, and somebody who knows the benefits.", "Marsh End Library", ("health", "families")),
    Happening(19, 18, 2, "hospital-trust", "Why am I waiting?", "The people who plan the operating theatres show how, and answer.", "Hospital lecture room, Hillside", ("health", "democracy"), True, 80),
    Happening(22, 16, 2, "youth-works", "Make a film on your phone", "From 13 to 19. It will be shown in the cinema.", "Youth Works, North Fields", ("culture", "digital", "families"), False, 15),
    Happening(26, 18, 2, "city-council", "Safer streets by the schools", "Three plans for Marsh End. Say which one, or draw a fourth.", "Academy hall, Marsh End", ("democracy", "families", "environment"), True),
)  # fmt: skip


def make(now: dt.datetime) -> None:
    """Once. Told in order, so that history reads as it would have happened."""
    if Event.objects.exists():
        return
    with transaction.atomic():
        _rules(now)
        made = {each.title: _put_up(each, now) for each in AHEAD}
        _series(made, now)
        _full(made["Print a poster for your street"], now)
        _closed(now)
        _called_off(now)
        _behind(now)
        _appealed(now)
        _questions(made, now)
        Event.objects.update(news_at=now, rated_at=now)
    places.sweep_changes(now)


def _person(email: str) -> Person:
    return Person.objects.get(email=email)


def _acting(email: str, now: dt.datetime) -> Actor:
    return directory.actor_for_person(_person(email).pk, timezone.localdate(now)) if email else DEMO


def _body(slug: str) -> Organisation:
    return Organisation.objects.get(slug=slug)


def _put_up(
    each: Happening, now: dt.datetime, *, said: dt.datetime | None = None, again_of: Event | None = None
) -> Event:
    day = timezone.localdate(now) + each.days * DAY
    starts = dt.datetime.combine(day, dt.time(each.hour), times.zone())
    online = "https://meet.fenbridge.example/room" if each.online else ""
    new = NewEvent(
        each.title,
        each.about,
        starts,
        starts + each.hours * HOUR,
        each.venue,
        online,
        topics=each.topics,
        capacity=each.capacity,
        **dict(each.more),
    )  # type: ignore[arg-type]
    return services.put_up(
        actor=_acting(each.host, now),
        now=said or now - 12 * DAY,
        organisation=_body(each.organisation),
        new=new,
        again_of=again_of,
    )


def _rules(now: dt.datetime) -> None:
    """The charity's reception may be left to one on weekdays, and its board contact decides on who goes."""
    charity, priya = _body("advice-centre"), _acting("priya@advice-centre.example", now)
    today = timezone.localdate(now)
    if not Membership.objects.filter(organisation=charity, person__name="Yusra Haddad").exists():
        new = NewPerson(
            "Yusra Haddad", "yusra@advice-centre.example", "", "Reception", "Receptionist", starts_on=today - LONG_AGO
        )
        directory_services.add_person(actor=DEMO, now=now, today=today, organisation=charity, new=new)
    weekdays = NewCover(2, (0, 1, 2, 3, 4, 5, 6), dt.time(9), dt.time(21))
    reception = Team.objects.get(organisation=charity, name="Reception")
    places.set_cover(
        actor=_acting("dilys@advice-centre.example", now), now=now - 90 * DAY, team=reception, new=weekdays
    )
    board.set_remit(actor=priya, now=now - 60 * DAY, organisation=charity, covered=["objection"])


def _series(made: dict[str, Event], now: dt.datetime) -> None:
    """Walks by the river, on Sundays."""
    walk = Happening(6 - timezone.localdate(now).weekday() or 7, 10, 2, "river-friends", "Walk by the river", "Four miles, flat, at the pace of the slowest.", "Boat house, North Fields", ("health", "environment"))  # fmt: skip
    first = _put_up(walk, now)
    for weeks in (2, 4, 6):
        _put_up(Happening(walk.days + 7 * weeks, 10, 2, walk.organisation, walk.title, walk.about, walk.venue, walk.topics), now, again_of=first)  # fmt: skip


def _visitor(event: Event, name: str, now: dt.datetime) -> Place:
    goer = Goer(None, f"{name.lower()}@home.example", name)
    return places.go(actor=VISITOR, now=now, occasion=event.occasion, goer=goer)


NAMES = ("Ines", "Kai", "Bo", "Ada", "Cy", "Dee", "Eve", "Finn", "Gia", "Hal", "Ivy", "Jo", "Kit", "Lea")


def _full(event: Event, now: dt.datetime) -> None:
    """Ten have a place, four wait; one gave hers up, and it is offered."""
    taken = [_visitor(event, name, now - (14 - number) * HOUR) for number, name in enumerate(NAMES)]
    places.cancel(actor=VISITOR, now=now - HOUR, place=taken[3])


def _closed(now: dt.datetime) -> None:
    """A meeting behind closed doors, with its reason, and somebody who challenges that."""
    each = Happening(14, 10, 2, "academy-trust", "Hearing on a pupil’s place", "A panel decides on one family’s case.", "Academy, Marsh End", ("families",), more=(("closed_reason", "A child’s records are read out. What is decided about such cases in general is published every term."),))  # fmt: skip
    event = _put_up(each, now)
    services.ask(
        actor=VISITOR, now=now - 2 * DAY, event=event, text="Could the general part, about how places are given, be open?", asker=Asker(None, "", "kai@home.example"), about=About.CLOSING
    )  # fmt: skip


def _called_off(now: dt.datetime) -> None:
    each = Happening(
        6,
        15,
        2,
        "evergreen",
        "Tea dance",
        "Cake, a band, and room to dance.",
        "Hillside Hall",
        ("culture", "health"),
    )
    event = _put_up(each, now)
    _visitor(event, "Ines", now - 3 * DAY)
    services.call_off(actor=DEMO, now=now - DAY, event=event, why="The band is ill. We try again in spring.")


def _behind(now: dt.datetime) -> None:
    """One that is over: who was there, what was asked, what it left behind."""
    each = Happening(-16, 18, 2, "city-council", "What should the new library open for?", "Plans on the table, librarians in the room.", "Central Library, Old Town", ("democracy", "learning"), True, None, "marcus@city-council.example", (("access", "Step-free, hearing loop."),))  # fmt: skip
    marcus = _acting(each.host, now)
    event = _put_up(each, now, said=now - 40 * DAY)
    came = [_visitor(event, name, now - 20 * DAY) for name in NAMES]
    asked = services.ask(actor=VISITOR, now=now - 18 * DAY, event=event, text="Will it open on Sundays?", asker=Asker(None, "", "ines@home.example"))  # fmt: skip
    services.answer(actor=marcus, now=now - 15 * DAY, question=asked, text="Yes, from eleven to four, from May.")
    there = event.occasion.ends_at + HOUR
    places.mark(actor=marcus, now=there, occasion=event.occasion, marks={each.pk: State.ATTENDED for each in came[:11]})
    places.close_list(actor=marcus, now=there, occasion=event.occasion)
    for number, place in enumerate(came[:7]):
        place.refresh_from_db()
        services.rate(actor=VISITOR, now=there + DAY, place=place, worth=5 - number % 3, text="")
    services.leave_behind(
        actor=marcus, now=there + 3 * DAY, event=event, slides_url="", recording_url="",
        notes="Forty people looked at the plans. Most wanted Sunday hours, a room that can be locked for quiet work, and somebody who helps with forms. The first two are in the plan now; the third is asked of the Advice Centre.",
    )  # fmt: skip


def _appealed(now: dt.datetime) -> None:
    """An objection of last month, the appeal against it, and the decision."""
    each = Happening(-20, 14, 2, "fenbridge-college", "Social media without fear", "For staff of every grade.", "Fenbridge College", ("digital", "learning"))  # fmt: skip
    event = _put_up(each, now, said=now - 45 * DAY)
    charity, then = _body("advice-centre"), now - 30 * DAY
    reception = Team.objects.get(organisation=charity, name="Reception")
    yusra = _acting("yusra@advice-centre.example", now)
    place = places.go(actor=yusra, now=then, occasion=event.occasion, goer=Goer(yusra.id), work=WorkTime(charity.pk, reception.pk))  # fmt: skip
    places.object_to(
        actor=_acting("dilys@advice-centre.example", now), now=then + 5 * HOUR, place=place, text="The auditors may come that week, and I want everybody here.", stated=Stated(0, 1)
    )  # fmt: skip
    places.appeal(
        actor=yusra,
        now=then + DAY,
        place=place,
        text="The auditors come a week later: their letter hangs in the office.",
    )
    appeal = Appeal.objects.get()
    board.decide(
        actor=_acting("amina@advice-centre.example", now), now=then + 3 * DAY, appeal=appeal, uphold=True, reason="I have read the letter. The audit is a week later, so nobody more is needed that day.",
        public_text="A visit that is only possible is no fact. Who goes, goes; the desk was covered by the rule the team had set.",
    )  # fmt: skip


def _questions(made: dict[str, Event], now: dt.datetime) -> None:
    budget = made["The budget: ask what you like"]
    for number, name in enumerate(NAMES[:9]):
        _visitor(budget, name, now - (30 - number) * HOUR)
    services.ask(actor=VISITOR, now=now - DAY, event=budget, text="What would it cost to keep the Marsh End pool open?", asker=Asker(None, "", "bo@home.example"))  # fmt: skip
    answered = services.ask(actor=VISITOR, now=now - 5 * DAY, event=budget, text="Can I come with a baby?", asker=Asker(None, "", "gia@home.example"))  # fmt: skip
    services.answer(actor=_acting("marcus@city-council.example", now), now=now - 4 * DAY, question=answered, text="Yes. There is a room next door with the sound on, and a place to change and feed.")  # fmt: skip
