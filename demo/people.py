"""The people of Fenbridge one can be with one click: one of each kind, made through the services a city would use."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from moothall.accounts.services import make_account
from moothall.core.actor import Actor, ActorKind, system
from moothall.directory import selectors, services
from moothall.directory.models import Organisation, Person
from moothall.directory.types import (
    Channel,
    Level,
    NewOrganisation,
    NewPerson,
    NewTeam,
    OrganisationKind,
    Permission,
    Role,
)

PASSWORD = "three otters on a barge"
"""Of every persona: they are fictional, and so is their city."""

DEMO = system("demo", *Permission)
LONG_AGO = dt.timedelta(days=500)


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to be. `organisation` is an address; empty for a resident."""

    key: str
    kind: str
    name: str
    email: str
    organisation: str = ""
    team: str = ""
    post: str = ""
    level: Level = Level.NONE
    roles: tuple[Role, ...] = ()
    city_roles: tuple[Role, ...] = ()
    does: str = ""


PERSONAS = (
    Persona("resident", "Resident", "Ruth Adeyemi", "ruth@home.example", does="Reads what runs, and may ask for what is held about her."),
    Persona("front-desk", "Front-desk officer", "Sam Okafor", "sam@advice-centre.example", "advice-centre", "Reception", "Front-desk officer", Level.NONE, (Role.FRONT_DESK,), does="Works at the reception of a small charity and sees who does what there."),
    Persona("line-manager", "Line manager", "Dilys Penrose", "dilys@advice-centre.example", "advice-centre", "Reception", "Reception manager", Level.LEAD, (Role.LINE_MANAGER,), does="Leads Sam’s team, and says who is away and who stands in."),
    Persona("senior-sponsor", "Senior sponsor", "Marcus Tennant", "marcus@city-council.example", "city-council", "Chief executive’s office", "Director of customer services", Level.SENIOR, (Role.SENIOR_SPONSOR,), does="Answers for what the council’s people try, and reads draft plans that are shared."),
    Persona("board-contact", "Board contact", "Amina Yusuf", "amina@advice-centre.example", "advice-centre", "", "Trustee", Level.BOARD, (Role.BOARD_CONTACT,), does="The trustee to whom staff of the charity can turn."),
    Persona("coordinator", "Training coordinator", "Tomasz Wrona", "tomasz@city-council.example", "city-council", "People and skills", "Training coordinator", Level.LEAD, (), (Role.COORDINATOR,), does="Uploads a city, plans its training, compares plans and publishes one."),
    Persona("provider", "Education provider", "Helen Fairweather", "helen@fenbridge-college.example", "fenbridge-college", "Short courses", "Head of short courses", Level.MIDDLE, (Role.PROVIDER,), does="Gives courses, and reads draft plans that are shared."),
    Persona("funder", "Funder", "George Ashdown", "george@fund.example", "", "", "", Level.NONE, (), (Role.FUNDER,), does="Pays for part of the training, and reads draft plans that are shared."),
    Persona("administrator", "Administrator", "Priya Raman", "priya@advice-centre.example", "advice-centre", "Office", "Office manager", Level.MIDDLE, (Role.ADMINISTRATOR,), does="Keeps the charity’s record: people, teams, roles, invitations."),
    Persona("city-steward", "City steward", "Ingrid Larsen", "ingrid@fenbridge.example", "", "", "", Level.NONE, (), (Role.CITY_STEWARD,), does="Confirms institutions, and sees whether mail and long work go through."),
)  # fmt: skip

INSTITUTIONS = {
    "advice-centre": ("Fenbridge Advice Centre", OrganisationKind.CHARITY),
    "city-council": ("Fenbridge City Council", OrganisationKind.COUNCIL),
    "fenbridge-college": ("Fenbridge College", OrganisationKind.COLLEGE),
}


def make(now: dt.datetime, *, password: str | None = PASSWORD) -> dict[str, Person]:
    """Every persona, by key. Those who are there already stay as they are."""
    today = timezone.localdate(now)
    organisations = {slug: _organisation(slug, now) for slug in INSTITUTIONS}
    people = {}
    for persona in PERSONAS:
        found = Person.objects.filter(email=persona.email).first()
        people[persona.key] = found or _make(persona, organisations.get(persona.organisation), now, today, password)
    return people


def _organisation(slug: str, now: dt.datetime) -> Organisation:
    found = selectors.organisation_for(DEMO, slug)
    if found is None:
        name, kind = INSTITUTIONS[slug]
        services.import_organisations(
            actor=DEMO, now=now, new=[NewOrganisation(slug, name, kind, (NewTeam("desk", "Front desk"),))]
        )
        found = Organisation.objects.get(slug=slug)
    return found


def _make(
    persona: Persona, organisation: Organisation | None, now: dt.datetime, today: dt.date, password: str | None
) -> Person:
    if organisation is None:
        user = make_account(now=now, email=persona.email, password=password)
        person = services.introduce(
            actor=Actor(ActorKind.PERSON, user=user.pk), now=now, name=persona.name, email=persona.email
        )
    else:
        new = NewPerson(persona.name, persona.email, "", persona.team, persona.post, persona.level, today - LONG_AGO)
        person = services.add_person(actor=DEMO, now=now, today=today, organisation=organisation, new=new)
        _, code = services.invite(
            actor=DEMO, now=now, today=today, organisation=organisation, person_id=person.pk, channel=Channel.MAIL, through_id=None
        )  # fmt: skip
        services.join(now=now, code=code, password=password, signed_in=None)
        person.refresh_from_db()
    for role in (*persona.roles, *persona.city_roles):
        where = organisation if role in persona.roles else None
        team = person.memberships.get().team if role is Role.LINE_MANAGER else None
        services.grant_role(
            actor=DEMO, now=now, today=today - LONG_AGO, role=role, person_id=person.pk, organisation=where, team=team
        )
    return person
