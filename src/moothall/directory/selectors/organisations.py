"""Organisations, their teams and agreements, as pages need them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from moothall.core.actor import Actor

from ..models import DataSharingAgreement, Membership, Organisation, RoleGrant, Team
from ..policies import manageable_organisations, visible_organisations
from ..types import ROLES, OrganisationKind, Role
from .actors import current


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation in a list."""

    slug: str
    name: str
    kind: OrganisationKind
    teams: int


def organisations(actor: Actor) -> list[OrganisationRow]:
    """Every confirmed organisation, by name: the directory is public."""
    rows = Organisation.objects.filter(confirmed_at__isnull=False).annotate(team_count=Count("teams")).order_by("name")
    return [OrganisationRow(o.slug, o.name, OrganisationKind(o.kind), o.team_count) for o in rows]


def unconfirmed_organisations(actor: Actor) -> list[OrganisationRow]:
    rows = (
        Organisation.objects.filter(visible_organisations(actor), confirmed_at__isnull=True, refused_at__isnull=True)
        .annotate(team_count=Count("teams"))
        .order_by("name")
    )
    return [OrganisationRow(o.slug, o.name, OrganisationKind(o.kind), o.team_count) for o in rows]


def organisation_for(actor: Actor, slug: str) -> Organisation | None:
    """None for one that is not there and for one that the actor may not see."""
    return Organisation.objects.filter(visible_organisations(actor), slug=slug).first()


def manageable_organisation_for(actor: Actor, slug: str) -> Organisation | None:
    """One whose record the actor keeps."""
    return Organisation.objects.filter(manageable_organisations(actor), slug=slug).first()


def names_of(ids: Collection[int]) -> dict[int, str]:
    """Organisations' names by number, in their order."""
    rows = Organisation.objects.filter(pk__in=ids).order_by("name").values_list("pk", "name")
    return dict(rows) if ids else {}


def organisation_of(organisation_id: int) -> Organisation | None:
    return Organisation.objects.filter(pk=organisation_id).first()


def organisation_count(actor: Actor) -> int:
    return Organisation.objects.filter(confirmed_at__isnull=False).count()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role that is public."""

    role: Role
    name: str
    since: dt.date


def holders_of_public_roles(organisation: Organisation, today: dt.date) -> list[Holder]:
    """Senior sponsors and board contacts, by role and name."""
    public = [role for role, words in ROLES.items() if words.public]
    rows = (
        RoleGrant.objects.filter(current(today), organisation=organisation, role__in=public)
        .select_related("person")
        .order_by("person__name")
    )
    return sorted(
        (Holder(Role(row.role), row.person.name, row.from_on) for row in rows),
        key=lambda each: list(Role).index(each.role),
    )


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team with how many people it has today, and who leads it."""

    id: int
    reference: str
    name: str
    people: int
    leads: tuple[str, ...]


def teams_of(organisation: Organisation, today: dt.date) -> list[TeamRow]:
    staffed = Count("memberships", filter=current(today, "memberships__"))
    leads: dict[int, list[str]] = {}
    for row in (
        RoleGrant.objects.filter(current(today), organisation=organisation, team__isnull=False)
        .select_related("person")
        .order_by("person__name")
    ):
        leads.setdefault(row.team_id or 0, []).append(row.person.name)
    rows = Team.objects.filter(organisation=organisation).annotate(people=staffed).order_by("name")
    return [TeamRow(row.pk, row.reference, row.name, row.people, tuple(leads.get(row.pk, []))) for row in rows]


def team_for(organisation: Organisation, team_id: int) -> Team | None:
    return Team.objects.filter(organisation=organisation, pk=team_id).first()


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far an institution is set up."""

    people: int
    teams: int
    teams_without_lead: int
    invited: int
    joined: int
    sponsors: int
    board_contacts: int
    confirmed: bool


def set_up_of(organisation: Organisation, today: dt.date) -> SetUp:
    led = RoleGrant.objects.filter(current(today), team=OuterRef("pk"), role=Role.LINE_MANAGER)
    teams = Team.objects.filter(organisation=organisation).annotate(led=Exists(led))
    members = Membership.objects.filter(current(today), organisation=organisation)
    counted = members.aggregate(
        people=Count("pk"), joined=Count("pk", filter=Q(person__user__isnull=False)),
        invited=Count("pk", filter=Q(person__user__isnull=True, person__invitations__isnull=False), distinct=True),
    )  # fmt: skip
    roles = RoleGrant.objects.filter(current(today), organisation=organisation).aggregate(
        sponsors=Count("pk", filter=Q(role=Role.SENIOR_SPONSOR)),
        board_contacts=Count("pk", filter=Q(role=Role.BOARD_CONTACT)),
    )
    led_or_not = list(teams.values_list("led", flat=True))
    return SetUp(
        teams=len(led_or_not),
        teams_without_lead=led_or_not.count(False),
        confirmed=organisation.confirmed_at is not None,
        **counted,
        **roles,
    )


def agreements_of(organisation: Organisation) -> list[DataSharingAgreement]:
    """Newest first, ended ones too."""
    return list(
        DataSharingAgreement.objects.filter(organisation=organisation)
        .select_related("recorded_by")
        .order_by("-from_on", "-pk")
    )


def agreement_for(organisation: Organisation, agreement_id: int) -> DataSharingAgreement | None:
    return DataSharingAgreement.objects.filter(organisation=organisation, pk=agreement_id).first()
