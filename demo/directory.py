"""Who is in charge in Fenbridge: its services, posts, contacts and relations, made through the services an administrator would use."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from django.utils import timezone

from moothall.directory import selectors, services
from moothall.directory.models import Organisation, Person, Post, Service
from moothall.directory.types import Duty, Level, NewPerson, Reach, Relation
from moothall.promises.services import import_holidays, read_holidays

from . import fenbridge
from .people import DEMO, LONG_AGO


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody in a post that answers for services. Their name is public."""

    organisation: str
    team: str
    post: str
    name: str
    level: Level = Level.NONE


OFFICERS = (
    Officer("city-council", "Streets", "Street lighting engineer", "Kwame Abara"),
    Officer("city-council", "Streets", "Highways inspector", "Joanna Pike"),
    Officer("city-council", "Streets", "Parking manager", "Lewis Grant", Level.LEAD),
    Officer("city-council", "Waste and recycling", "Collections supervisor", "Marta Zielinska"),
    Officer("city-council", "Waste and recycling", "Street cleansing officer", "Dev Anand"),
    Officer("city-council", "Environmental health", "Environmental health officer", "Chidi Nwosu"),
    Officer("city-council", "Adult social care", "Duty social worker", "Eleanor Marsh"),
    Officer("city-council", "Housing", "Housing options officer", "Bilal Hussain"),
    Officer("city-council", "Planning", "Planning enforcement officer", "Sian Morgan"),
    Officer("city-council", "Revenues and benefits", "Benefits assessor", "Paul Whitlock"),
    Officer("city-council", "Children’s services", "SEND caseworker", "Naomi Clarke"),
    Officer("city-council", "Parks", "Parks officer", "Tom Hollis"),
    Officer("city-council", "Democratic services", "Information governance officer", "Grace Obi"),
    Officer("fenbridge-homes", "Repairs", "Repairs manager", "Angela Ruiz", Level.LEAD),
    Officer("libraries-museums", "Libraries", "Library manager", "Peter Lunn", Level.LEAD),
    Officer("community-health", "Community nursing", "Community matron", "Farida Aziz", Level.MIDDLE),
)

COUNCIL, HOMES, LIBRARY, HEALTH, ADVICE = (
    "city-council",
    "fenbridge-homes",
    "libraries-museums",
    "community-health",
    "advice-centre",
)

SERVICES: tuple[tuple[str, str, str, str], ...] = (
    # organisation, kind of service, its name there (empty: the kind's), post (empty: none named)
    (COUNCIL, "street-lighting", "", "Street lighting engineer"), (COUNCIL, "potholes", "", "Highways inspector"), (COUNCIL, "pavements", "", "Highways inspector"),
    (COUNCIL, "road-signs-signals", "", "Highways inspector"), (COUNCIL, "parking-permits", "", "Parking manager"), (COUNCIL, "parking-fines", "", "Parking manager"),
    (COUNCIL, "illegal-parking", "", "Parking manager"), (COUNCIL, "missed-bin", "", "Collections supervisor"), (COUNCIL, "recycling-collection", "", "Collections supervisor"),
    (COUNCIL, "bulky-waste", "", "Collections supervisor"), (COUNCIL, "fly-tipping", "", "Street cleansing officer"), (COUNCIL, "street-cleaning", "", "Street cleansing officer"),
    (COUNCIL, "building-noise", "", "Environmental health officer"), (COUNCIL, "noisy-neighbours", "", "Environmental health officer"),
    (COUNCIL, "commercial-noise", "", "Environmental health officer"), (COUNCIL, "food-hygiene", "", "Environmental health officer"), (COUNCIL, "pest-control", "", "Environmental health officer"),
    (COUNCIL, "adult-care-assessment", "", "Duty social worker"), (COUNCIL, "carers", "Carers’ assessments", "Duty social worker"), (COUNCIL, "adult-safeguarding", "", "Duty social worker"),
    (COUNCIL, "homelessness", "", "Housing options officer"), (COUNCIL, "council-housing-list", "", "Housing options officer"), (COUNCIL, "private-renting", "", "Housing options officer"),
    (COUNCIL, "planning-enforcement", "", "Planning enforcement officer"), (COUNCIL, "planning-application", "", "Planning enforcement officer"),
    (COUNCIL, "council-tax", "", "Benefits assessor"), (COUNCIL, "housing-benefit", "", "Benefits assessor"), (COUNCIL, "ehcp", "", "SEND caseworker"),
    (COUNCIL, "school-admissions", "", ""), (COUNCIL, "child-safeguarding", "", ""), (COUNCIL, "parks", "", "Parks officer"), (COUNCIL, "trees", "", "Parks officer"),
    (COUNCIL, "allotments", "", "Parks officer"), (COUNCIL, "freedom-of-information", "", "Information governance officer"), (COUNCIL, "elections", "", ""),
    (COUNCIL, "blue-badge", "", "Benefits assessor"), (COUNCIL, "register-birth", "", ""), (COUNCIL, "register-death", "", ""),
    (HOMES, "council-home-repairs", "Repairs to Fenbridge Homes", "Repairs manager"), (HOMES, "council-tenancy", "Tenancies of Fenbridge Homes", ""),
    (LIBRARY, "libraries", "", "Library manager"), (LIBRARY, "museums", "", ""), (LIBRARY, "digital-help", "Digital help in the libraries", "Library manager"),
    (HEALTH, "community-nursing", "", "Community matron"), ("hospital-trust", "hospital", "Fenbridge Hospital", ""), ("hospital-trust", "urgent-care", "", ""),
    (HEALTH, "mental-health", "", ""), ("fen-valley-police", "report-crime", "", ""), ("fen-valley-police", "antisocial-behaviour", "", ""),
    ("fire-and-rescue", "fire-safety", "Home fire safety visits", ""), ("fenbridge-college", "college", "", ""), ("fenbridge-college", "adult-learning", "Evening classes", ""),
    (ADVICE, "citizens-advice", "Free advice, face to face", "Front-desk officer"), (ADVICE, "debt-advice", "", "Front-desk officer"), (ADVICE, "benefits-advice", "", ""),
    ("food-share", "food-banks", "Food Share larders", ""), ("carers-network", "carers", "Carers’ coffee mornings", ""), ("youth-works", "youth-services", "", ""),
    ("night-shelter", "homelessness", "A bed for the night", ""),
)  # fmt: skip

CONTACTS = (
    (COUNCIL, "", Reach.PHONE, "01632 960100", "Monday to Friday, 8am to 6pm"), (COUNCIL, "", Reach.MAIL, "help@city-council.example", ""),
    (COUNCIL, "", Reach.PLACE, "The Guildhall, Market Square, Fenbridge", "Monday to Friday, 9am to 5pm"), (COUNCIL, "street-lighting", Reach.PHONE, "01632 960111", "Day and night"),
    (COUNCIL, "adult-care-assessment", Reach.PHONE, "01632 960140", "At night and at weekends: 01632 960999"), (HOMES, "", Reach.PHONE, "01632 960200", ""),
    (HOMES, "council-home-repairs", Reach.PHONE, "01632 960222", "Emergencies day and night"), (ADVICE, "", Reach.PLACE, "12 Bridge Street, Fenbridge", "Tuesday to Saturday, 10am to 4pm"),
    ("carers-network", "carers", Reach.PLACE, "Community House, Mill Road, Fenbridge", "Wednesdays, 10am to noon"),
    ("youth-works", "youth-services", Reach.PLACE, "The Boathouse, Quay Lane, Fenbridge", "Mondays and Thursdays, 5pm to 8pm"),
    (ADVICE, "", Reach.PHONE, "01632 960300", ""), (LIBRARY, "", Reach.PHONE, "01632 960400", ""), (HEALTH, "", Reach.PHONE, "01632 960500", ""),
)  # fmt: skip

PARTS = (
    (COUNCIL, "adult-care-assessment", Duty.SCRUTINISES, COUNCIL), (COUNCIL, "street-lighting", Duty.FUNDS, COUNCIL), (HEALTH, "community-nursing", Duty.COMMISSIONS, "hospital-trust"),
    (HOMES, "council-home-repairs", Duty.COMMISSIONS, COUNCIL), (HOMES, "council-home-repairs", Duty.FUNDS, COUNCIL), (ADVICE, "debt-advice", Duty.FUNDS, COUNCIL),
    (LIBRARY, "libraries", Duty.COMMISSIONS, COUNCIL), ("night-shelter", "homelessness", Duty.FUNDS, COUNCIL),
)  # fmt: skip


def make(now: dt.datetime) -> None:
    """Once: what is there already stays as it is."""
    if Service.objects.exists():
        return
    today = timezone.localdate(now)
    bodies = {each.slug: each for each in Organisation.objects.filter(confirmed_at__isnull=False)}
    _holidays(now)
    for officer in OFFICERS:
        _put_in_post(officer, bodies[officer.organisation], now, today)
    for slug, kind, name, post in SERVICES:
        _give(bodies[slug], kind, name, post, now, today)
    offered = {
        (each.organisation.slug, each.service_type.key): each
        for each in Service.objects.select_related("organisation", "service_type")
        if each.service_type
    }
    for slug, kind, reach, value, note in CONTACTS:
        services.add_contact(
            actor=DEMO, now=now, today=today, organisation=bodies[slug], reach=reach, value=value, note=note, service=offered.get((slug, kind))
        )  # fmt: skip
    for slug, kind, duty, other in PARTS:
        services.add_duty(
            actor=DEMO, now=now, today=today, service=offered[slug, kind], organisation=bodies[other], duty=duty, from_on=dt.date(2021, 4, 1)
        )  # fmt: skip
    _relate(bodies, now, today)
    for body in bodies.values():
        services.assure_record(actor=DEMO, now=now, today=today - dt.timedelta(days=30), organisation=body)
    services.assure_record(
        actor=DEMO, now=now, today=today - dt.timedelta(days=500), organisation=bodies["youth-works"]
    )
    services.index_all()


def _holidays(now: dt.datetime) -> None:
    years = range(now.year - 1, now.year + 3)
    events = [
        {"date": day.isoformat(), "title": name}
        for year in years
        for day, name in fenbridge.bank_holidays(year).items()
    ]
    content = json.dumps({"england-and-wales": {"division": "england-and-wales", "events": events}}).encode()
    import_holidays(actor=DEMO, now=now, holidays=read_holidays(content))


def _put_in_post(officer: Officer, body: Organisation, now: dt.datetime, today: dt.date) -> Person:
    email = f"{officer.name.split()[0].lower()}@{body.slug}.example"
    new = NewPerson(officer.name, email, "", officer.team, officer.post, officer.level, today - LONG_AGO)
    person = services.add_person(actor=DEMO, now=now, today=today, organisation=body, new=new)
    post = Post.objects.get(organisation=body, title=officer.post)
    services.change_post(
        actor=DEMO,
        now=now,
        today=today,
        post=post,
        title=post.title,
        level=officer.level,
        listed=True,
        names=[person.pk],
        mails=[],
    )
    return person


def _give(body: Organisation, kind: str, name: str, post: str, now: dt.datetime, today: dt.date) -> None:
    found = selectors.type_for(DEMO, kind)
    assert found is not None, kind
    named = Post.objects.filter(organisation=body, title=post).first() if post else None
    services.save_service(
        actor=DEMO, now=now, today=today, organisation=body, service=None, name=name or found.kind.name, about="", service_type=kind,
        post=named.pk if named else None, regime="", fees="", eligibility="",
    )  # fmt: skip


def _relate(bodies: dict[str, Organisation], now: dt.datetime, today: dt.date) -> None:
    council, homes, library, advice = bodies[COUNCIL], bodies[HOMES], bodies[LIBRARY], bodies[ADVICE]
    for body, relation, other in ((homes, Relation.PART_OF, council), (library, Relation.PART_OF, council), (advice, Relation.PARTNER_OF, bodies["food-share"])):  # fmt: skip
        services.add_relation(
            actor=DEMO,
            now=now,
            today=today,
            organisation=body,
            relation=relation,
            other=other,
            from_on=dt.date(2019, 4, 1),
        )
    for body, scheme, value in ((council, "GB-LAE", "FEN"), (advice, "GB-CHC", "9990001")):
        services.add_identifier(actor=DEMO, now=now, organisation=body, scheme=scheme, value=value)
    services.record_delegation(
        actor=DEMO, now=now, organisation=advice, minute="Trustees, 14 May 2026, item 6", adopted_on=dt.date(2026, 5, 14),
        scope="The board contact may decide alone on staff attending events and training, and on ideas that cost less than £500.",
    )  # fmt: skip
    services.record_delegation(
        actor=DEMO, now=now, organisation=council, minute="Cabinet, 9 June 2026, minute 41", adopted_on=dt.date(2026, 6, 9),
        scope="The member responsible for complaints decides appeals on attendance at open events and training in the council’s own time.",
    )  # fmt: skip
