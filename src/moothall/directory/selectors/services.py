"""Who is in charge: services, who does what for them, how to reach them, and how to hold them to account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Window
from django.db.models.functions import RowNumber

from moothall.core.actor import Actor

from ..models import ContactPoint, Membership, Organisation, Post, Regime, Responsibility, Service, ServiceType
from ..policies import visible_organisations
from ..types import Duty, OrganisationKind, Reach
from .actors import current, not_ended
from .searching import Match, matches, read_query

STALE_AFTER = dt.timedelta(days=365)
HITS = 10
CANDIDATES = 40
SHOWN = 4
SURE, LEAST = 3, 0.5
"""So many hits are shown however weak, and others only with so much of the best one's score."""


@dataclass(frozen=True, slots=True)
class Assured:
    """When somebody last assured a fact, in whose name, where it comes from; `stale` when that is too long ago or never was."""

    on: dt.date | None
    by: str
    source: str
    source_url: str
    stale: bool


def assurance(row: Organisation | Service | Responsibility | ContactPoint, today: dt.date) -> Assured:
    by = row.assured_by.name if row.assured_by else ""
    stale = row.assured_on is None or today - row.assured_on > STALE_AFTER
    return Assured(row.assured_on, by, row.source, row.source_url, stale)


@dataclass(frozen=True, slots=True)
class Provider:
    """A service in a list, or a body that usually delivers what nobody has listed (`service_id` is None)."""

    service_id: int | None
    service: str
    organisation: str
    slug: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, why, and who does it."""

    title: str
    about: str
    type_key: str
    words: str
    exact: bool
    """The words of ours are its own name: no need to say why."""
    providers: tuple[Provider, ...]
    listed: bool
    """The city's directory says who does it; otherwise the providers are bodies that usually do."""
    organisation: str = ""
    slug: str = ""
    urgent: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search answers, and what it read otherwise than typed."""

    hits: tuple[Hit, ...]
    corrected: tuple[tuple[str, str], ...]

    @property
    def urgent(self) -> str:
        """Whom to call at once, if one of the first hits is about danger."""
        return next((each.urgent for each in self.hits[:2] if each.urgent), "")


def find(actor: Actor, text: str) -> Found:
    """Types of services with who delivers them here, services, and organisations: the best first. At most seven queries."""
    reading = read_query(text)
    found = matches(reading, ["service_type", "service", "organisation"], CANDIDATES)
    found = [each for number, each in enumerate(found) if number < SURE or each.score >= LEAST * found[0].score]
    return Found(tuple(_hits(actor, found)[:HITS]), reading.corrected)


def _hits(actor: Actor, found: list[Match]) -> list[Hit]:
    public = visible_organisations(actor)
    services = {
        each.pk: each
        for each in Service.objects.filter(
            pk__in=[m.service_id for m in found if m.service_id], organisation__in=Organisation.objects.filter(public), ended_on__isnull=True
        ).select_related("organisation", "service_type")
    }  # fmt: skip
    bodies = {each.pk: each for each in Organisation.objects.filter(public, pk__in=[m.organisation_id for m in found if m.organisation_id])}  # fmt: skip
    wanted = [m.service_type_id for m in found if m.service_type_id][:HITS]
    types = {each.pk: each for each in ServiceType.objects.filter(pk__in=wanted)}
    by_type = providers_of(actor, types.values(), SHOWN)
    hits: list[Hit] = []
    shown: set[int] = set()
    for match in found:
        if match.service_type_id in types:
            kind = types[match.service_type_id]
            providers, listed = by_type[kind.pk]
            shown |= {each.service_id for each in providers if each.service_id}
            hits.append(
                Hit(
                    kind.name,
                    kind.about,
                    kind.key,
                    match.words,
                    match.words == kind.name,
                    providers,
                    listed,
                    urgent=kind.urgent,
                )
            )
        elif match.service_id in services and match.service_id not in shown:
            service = services[match.service_id]
            body = service.organisation
            provider = Provider(service.pk, service.name, body.name, body.slug)
            hits.append(
                Hit(service.name, service.about, "", match.words, match.words == service.name, (provider,), True)
            )
            shown.add(service.pk)
        elif match.organisation_id in bodies:
            body = bodies[match.organisation_id]
            hits.append(
                Hit(body.name, body.about, "", match.words, match.words == body.name, (), True, body.name, body.slug)
            )
    return hits


def providers_of(
    actor: Actor, types: Iterable[ServiceType], most: int | None = None
) -> dict[int, tuple[tuple[Provider, ...], bool]]:
    """For each type who delivers it here: the services listed (at most so many), else the body that usually does, where there is one
    only of its kind. Two queries."""
    wanted = {each.pk: each for each in types}
    public = Organisation.objects.filter(visible_organisations(actor))
    listed: dict[int, list[Provider]] = {}
    rows = Service.objects.filter(service_type_id__in=wanted, organisation__in=public, ended_on__isnull=True)
    if most is not None:
        place = Window(RowNumber(), partition_by="service_type_id", order_by=["organisation__name", "name", "pk"])
        rows = rows.annotate(place=place).filter(place__lte=most)
    fields = ("service_type_id", "pk", "name", "organisation__name", "organisation__slug")
    for kind, pk, name, body, slug in rows.order_by("organisation__name", "name", "pk").values_list(*fields):
        listed.setdefault(kind or 0, []).append(Provider(pk, name, body, slug))
    kinds = {kind.delivered_by[0] for pk, kind in wanted.items() if pk not in listed and kind.delivered_by}
    usual: dict[str, list[Provider]] = {}
    for body in Organisation.objects.filter(visible_organisations(actor), kind__in=kinds).order_by("name"):
        usual.setdefault(body.kind, []).append(Provider(None, "", body.name, body.slug))
    return {
        pk: (tuple(listed[pk]), True) if pk in listed else (_only(usual, kind), False)
        for pk, kind in wanted.items()
    }  # fmt: skip


def _only(usual: Mapping[str, Sequence[Provider]], kind: ServiceType) -> tuple[Provider, ...]:
    """Who usually does it, where the city has exactly one body of that kind: of several, nobody knows which."""
    found = (
        usual.get(kind.delivered_by[0], [])
        if kind.delivered_by and kind.delivered_by[0] != OrganisationKind.OTHER
        else []
    )
    return tuple(found) if len(found) == 1 else ()


@dataclass(frozen=True, slots=True)
class DutyRow:
    """Who has which part in a service, since when."""

    id: int | None
    duty: Duty
    organisation: str
    slug: str
    since: dt.date | None
    assured: Assured


@dataclass(frozen=True, slots=True)
class ContactRow:
    id: int
    reach: Reach
    value: str
    note: str
    assured: Assured
    about: str = ""


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post and who is in it, as far as that is public."""

    id: int
    title: str
    level: str
    holders: tuple[tuple[str, dt.date, str], ...]
    """(name, since, mail), mail only where it is public too."""
    vacant: bool
    hidden: int
    """Holders whose names are not public."""


@dataclass(frozen=True, slots=True)
class ServicePage:
    """All a resident needs to know about a service."""

    service: Service
    duties: tuple[DutyRow, ...]
    post: PostRow | None
    contacts: tuple[ContactRow, ...]
    regime: Regime | None
    assured: Assured
    alike: tuple[ServiceType, ...]


def service_for(actor: Actor, service_id: int, today: dt.date) -> ServicePage | None:
    """None for one that is not there and for one of an organisation that the actor may not see. Seven queries at most."""
    public = Organisation.objects.filter(visible_organisations(actor))
    service = (
        Service.objects.filter(pk=service_id, organisation__in=public)
        .select_related("organisation", "service_type__regime", "regime", "post", "assured_by")
        .first()
    )
    if service is None:
        return None
    rows = service.responsibilities.filter(not_ended(today), organisation__in=public)
    duties = [
        DutyRow(row.pk, Duty(row.duty), row.organisation.name, row.organisation.slug, row.from_on, assurance(row, today))
        for row in rows.select_related("organisation", "assured_by").order_by("organisation__name")
    ]  # fmt: skip
    body = service.organisation
    if not any(row.duty is Duty.DELIVERS for row in duties):
        duties.append(DutyRow(None, Duty.DELIVERS, body.name, body.slug, None, assurance(service, today)))
    order = list(Duty)
    contacts = service.contacts.select_related("assured_by").order_by("reach", "pk")
    found = [contact_row(row, today) for row in contacts]
    if not found:
        general = ContactPoint.objects.filter(organisation=body, service__isnull=True, post__isnull=True)
        found = [contact_row(row, today) for row in general.select_related("assured_by").order_by("reach", "pk")]
    kind = service.service_type
    alike = (
        ServiceType.objects.filter(group=kind.group).exclude(pk=kind.pk).order_by("name")[:6]
        if kind
        else ServiceType.objects.none()
    )
    return ServicePage(
        service, tuple(sorted(duties, key=lambda each: order.index(each.duty))), posts_of([service.post], today)[0] if service.post else None, tuple(found),
        service.regime or _regime(kind, body), assurance(service, today), tuple(alike),
    )  # fmt: skip


REGIMES = {
    OrganisationKind.COUNCIL: "local-government", OrganisationKind.NHS: "health-and-care", OrganisationKind.POLICE: "police", OrganisationKind.HOUSING: "housing",
    OrganisationKind.COLLEGE: "college", OrganisationKind.UNIVERSITY: "college", OrganisationKind.CHARITY: "charity",
}  # fmt: skip
"""How complaints about a body are dealt with, where the kind of service says nothing of its own."""
GENERAL = ("local-government", "own")


def _regime(kind: ServiceType | None, body: Organisation) -> Regime | None:
    """The kind's, where it is of one matter (care, police, housing); else the one of the body that gives the service."""
    usual = kind.regime if kind else None
    if usual is not None and usual.key not in GENERAL:
        return usual
    key = REGIMES.get(OrganisationKind(body.kind), "own")
    return usual if usual is not None and usual.key == key else Regime.objects.filter(key=key).first() or usual


def contact_row(row: ContactPoint, today: dt.date) -> ContactRow:
    return ContactRow(row.pk, Reach(row.reach), row.value, row.note, assurance(row, today))


def posts_of(posts: Collection[Post], today: dt.date) -> list[PostRow]:
    """These posts with their holders today, names as far as they are declared public. One query."""
    held: dict[int, list[Membership]] = {}
    rows = Membership.objects.filter(current(today), post__in=posts).select_related("person__user")
    for row in rows.order_by("from_on", "pk"):
        held.setdefault(row.post_id or 0, []).append(row)
    return [
        PostRow(
            post.pk, post.title, post.get_level_display() if post.level != "none" else "",
            tuple((m.person.name, m.from_on, _mail(m)) for m in held.get(post.pk, []) if m.shows_name and post.listed), not held.get(post.pk),
            sum(not (m.shows_name and post.listed) for m in held.get(post.pk, [])),
        )
        for post in posts
    ]  # fmt: skip


def _mail(membership: Membership) -> str:
    user = membership.person.user
    return ((user.email if user else "") or membership.person.email) if membership.shows_email else ""


@dataclass(frozen=True, slots=True)
class TypePage:
    """A kind of service: what it is, who does it here, and how it must be answered."""

    kind: ServiceType
    providers: tuple[Provider, ...]
    listed: bool
    usual: tuple[str, ...]


def type_for(actor: Actor, key: str) -> TypePage | None:
    kind = ServiceType.objects.filter(key=key).select_related("regime").first()
    if kind is None:
        return None
    providers, listed = providers_of(actor, [kind])[kind.pk]
    usual = tuple(str(OrganisationKind(each).label) for each in kind.delivered_by if each in OrganisationKind.values)
    return TypePage(kind, providers, listed, usual)


def all_types() -> list[ServiceType]:
    """The whole taxonomy, by number."""
    return list(ServiceType.objects.order_by("pk"))


def types_by_group() -> dict[str, list[ServiceType]]:
    """The whole taxonomy, for browsing and for choosing."""
    found: dict[str, list[ServiceType]] = {}
    for each in ServiceType.objects.order_by("group", "name"):
        found.setdefault(each.group, []).append(each)
    return found


def services_of(organisation: Organisation) -> list[Service]:
    """Those that are open, by name."""
    rows = Service.objects.filter(organisation=organisation, ended_on__isnull=True)
    return list(rows.select_related("service_type", "post", "assured_by").order_by("name"))


def service_in(organisation: Organisation, service_id: int) -> Service | None:
    return (
        Service.objects.filter(organisation=organisation, pk=service_id).select_related("service_type", "post").first()
    )


def posts_in(organisation: Organisation) -> list[Post]:
    return list(Post.objects.filter(organisation=organisation).order_by("title"))


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody something may be for: a service of a body, or the body itself, and the words by which it was found."""

    key: str
    label: str
    organisation: Organisation
    service: Service | None
    words: str


def owner_of(actor: Actor, text: str) -> Choice | None:
    """The best match that leads to a body; None where nothing does. For what people write, however long. Four queries."""
    return next(iter(choices_for(actor, text, 1)), None)


def choices_for(actor: Actor, text: str, count: int = 6) -> list[Choice]:
    """Whom these words may mean, the best first. At most four queries."""
    found = matches(read_query(text), ["service_type", "service", "organisation"], CANDIDATES) if text.strip() else []
    public = Organisation.objects.filter(visible_organisations(actor))
    bodies = {each.pk: each for each in public.filter(pk__in=[m.organisation_id for m in found if m.organisation_id])}
    open_ones = Service.objects.filter(organisation__in=public, ended_on__isnull=True)
    rows = open_ones.select_related("organisation", "post").order_by("organisation__name", "name")
    place = Window(RowNumber(), partition_by="service_type_id", order_by=["organisation__name", "name", "pk"])
    types = [m.service_type_id for m in found if m.service_type_id][:HITS]
    services = [
        *rows.filter(pk__in=[m.service_id for m in found if m.service_id]),
        *rows.filter(service_type_id__in=types).annotate(place=place).filter(place__lte=count),
    ]
    chosen: dict[str, Choice] = {}

    def choose(label: str, body: Organisation, service: Service | None, words: str) -> None:
        key = f"service-{service.pk}" if service else f"organisation-{body.pk}"
        chosen.setdefault(key, Choice(key, label, body, service, words))

    for match in found:
        if match.organisation_id in bodies:
            body = bodies[match.organisation_id]
            choose(body.name, body, None, match.words)
        for service in services:
            if match.service_id == service.pk or (
                match.service_type_id and match.service_type_id == service.service_type_id
            ):
                choose(f"{service.name}, {service.organisation.name}", service.organisation, service, match.words)
    return list(chosen.values())[:count]


def public_service(actor: Actor, service_id: int) -> Service | None:
    """An open service of a body that the actor may see."""
    public = Organisation.objects.filter(visible_organisations(actor))
    rows = Service.objects.filter(pk=service_id, organisation__in=public, ended_on__isnull=True)
    return rows.select_related("organisation", "post").first()
