"""What people of Fenbridge have sent, and what became of it: one idea answered, one missed that has climbed to the board contact, corrections."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from moothall.directory import selectors as directory
from moothall.directory.models import Person, Service
from moothall.promises.services import sweep_promises
from moothall.voice import services
from moothall.voice.models import Case
from moothall.voice.types import Author, CameBy, CaseKind, Decision

from .people import DEMO

DAY = dt.timedelta(days=1)


def make(now: dt.datetime) -> None:
    """Once. Told in order, so that every day's sweep sees what it would have seen."""
    if Case.objects.exists():
        return
    today = timezone.localdate(now)
    sam, ruth = _person("sam@advice-centre.example"), _person("ruth@home.example")
    desk = directory.actor_for_person(sam.pk, today)

    def service(slug: str, kind: str) -> Service:
        return Service.objects.get(organisation__slug=slug, service_type__key=kind)

    def send(
        days: int,
        text: str,
        author: Author,
        *,
        to: Service | None = None,
        kind: CaseKind = CaseKind.IDEA,
        by: CameBy = CameBy.WEB,
    ) -> Case:
        return services.send(
            actor=desk if by is not CameBy.WEB else DEMO,
            now=now - days * DAY,
            kind=kind,
            text=text,
            author=author,
            came_by=by,
            service=to,
        )

    answered = send(
        34, "Put the forms for Council Tax support at our front desk. Every week I send people with a question back across the city to fetch a form that I could hand them.",
        Author(sam.pk), to=service("city-council", "council-tax"),
    )  # fmt: skip
    benefits = directory.actor_for_person(_person("paul@city-council.example").pk, today)
    services.ask(
        actor=benefits,
        now=now - 31 * DAY,
        case=answered,
        text="Would you also take the filled-in forms back, or only hand them out?",
    )
    services.reply(
        actor=desk, now=now - 30 * DAY, case=answered, text="We would take them back and bring them over on Fridays."
    )
    services.decide(
        actor=benefits, now=now - 27 * DAY, case=answered, decision=Decision.YES,
        text="You get fifty forms on Monday, and we fetch the filled-in ones on Fridays. If it saves people the walk, we offer it to the other advice centres in spring.",
    )  # fmt: skip

    send(
        24, "Could you open on Monday evenings? Whoever works in a shop or a warehouse can never come while you are open.",
        Author(ruth.pk), to=service("advice-centre", "citizens-advice"),
    )  # fmt: skip
    send(
        50,
        "Open the youth club in the school holidays too. That is when there is nothing to do.",
        Author(None, "", "kai@home.example"),
        to=service("youth-works", "youth-services"),
    )
    done = send(
        12, "The number for repairs at night is wrong: it ends in 222, not 212.", Author(None, "Ines Duarte", "ines@home.example"),
        to=service("fenbridge-homes", "council-home-repairs"), kind=CaseKind.CORRECTION,
    )  # fmt: skip
    keeper = directory.actor_for_person(_person("ingrid@fenbridge.example").pk, today)
    services.answer(
        actor=keeper,
        now=now - 11 * DAY,
        case=done,
        text="Thank you. It is right now; Fenbridge Homes found it wrong in their leaflet too.",
    )
    send(2, "The allotments are let by the parish of Marsh End since April, not by the council.", Author(None, "", "geoff@home.example"),
         to=service("city-council", "allotments"), kind=CaseKind.CORRECTION)  # fmt: skip
    send(3, "A street light has been out at the corner of Quay Lane for weeks. Why not put a number on each post, so that people can say which one?", Author(None, "Mr Bell"), by=CameBy.IN_PERSON)  # fmt: skip
    send(17, "Let the night shelter use the library’s reading room on the coldest nights.", Author(None, "", "hannah@home.example"), to=service("libraries-museums", "libraries"))  # fmt: skip
    for day in range(50, 0, -1):
        sweep_promises(now - day * DAY)
    sweep_promises(now)


def _person(email: str) -> Person:
    return Person.objects.get(email=email)
