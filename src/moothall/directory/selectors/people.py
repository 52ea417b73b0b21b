"""People of an organisation, as those may see them who may."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet

from moothall.core import codes
from moothall.core.actor import NO_ROW, Actor

from ..models import ErasureRequest, Invitation, Leave, Membership, Organisation, Person, RoleGrant
from ..policies import organisations_with_visible_people, visible_memberships
from ..types import Permission, Role
from .actors import current, not_ended


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody in a list of an organisation's people."""

    person_id: int
    name: str
    team: str
    post: str
    since: dt.date
    until: dt.date | None
    joined: bool
    invited: bool
    away_until: dt.date | None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One stretch of somebody's work for an organisation."""

    team: str
    post: str
    from_on: dt.date
    to_on: dt.date | None


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role somebody has in an organisation."""

    id: int
    person_id: int
    person: str
    role: Role
    team: str
    from_on: dt.date
    to_on: dt.date | None
    granted_by: str


def staffed_organisation_for(actor: Actor, slug: str) -> Organisation | None:
    """One of whose people the actor may see at least some."""
    return Organisation.objects.filter(organisations_with_visible_people(actor), slug=slug).first()


def my_organisations(actor: Actor) -> list[Organisation]:
    """Where the actor works or keeps the record, by name."""
    mine = Q(pk__in=actor.belongs_to) | organisations_with_visible_people(actor)
    return list(Organisation.objects.filter(mine).order_by("name"))


def member_count(
    actor: Actor, organisation: Organisation, today: dt.date, *, search: str = "", team: int | None = None
) -> int:
    return _members(actor, organisation, today, search, team).count()


def members_of(
    actor: Actor,
    organisation: Organisation,
    today: dt.date,
    *,
    search: str = "",
    team: int | None = None,
    start: int = 0,
    count: int = 50,
) -> list[MemberRow]:
    """Who works there today and may be seen, by name. Three queries however many."""
    rows = _members(actor, organisation, today, search, team).select_related("person", "team", "post").prefetch_related(
        Prefetch("person__invitations", Invitation.objects.filter(used_at__isnull=True, withdrawn_at__isnull=True), to_attr="open_invitations"),
        Prefetch("person__leaves", Leave.objects.filter(from_on__lte=today, to_on__gte=today), to_attr="leaves_now"),
    )  # fmt: skip
    return [_member_row(row) for row in rows.order_by("person__name", "pk")[start : start + count]]


def _member_row(row: Membership) -> MemberRow:
    away = [leave.to_on for leave in row.person.leaves_now]  # type: ignore[attr-defined]
    return MemberRow(
        row.person_id, row.person.name, row.team.name if row.team else "", row.post.title if row.post else "", row.from_on, row.to_on,
        joined=row.person.user_id is not None, invited=bool(row.person.open_invitations), away_until=max(away, default=None),  # type: ignore[attr-defined]
    )  # fmt: skip


def _members(
    actor: Actor, organisation: Organisation, today: dt.date, search: str, team: int | None
) -> QuerySet[Membership]:
    rows = Membership.objects.filter(visible_memberships(actor), organisation=organisation).filter(not_ended(today))
    if search:
        rows = rows.filter(
            Q(person__name__icontains=search) | Q(person__email__icontains=search) | Q(reference__iexact=search)
        )
    return rows.filter(team_id=team) if team is not None else rows


@dataclass(frozen=True, slots=True)
class Member:
    """All that a person's page in an organisation shows."""

    person: Person
    organisation: Organisation
    now: Membership | None
    history: tuple[HistoryRow, ...]
    grants: tuple[GrantRow, ...]
    leaves: tuple[Leave, ...]
    invitations: tuple[Invitation, ...]


def member_for(actor: Actor, slug: str, person_id: int, today: dt.date) -> Member | None:
    """Somebody who works or worked there and may be seen; None for anybody else, and for nobody."""
    # Whoever sees one team only sees who is in it now; who was, is somebody else's.
    whole = actor.where(Permission.SEE_PEOPLE) | (Q(person_id=actor.id) if actor.id is not None else NO_ROW)
    now = whole | not_ended(today)
    visible = Membership.objects.filter(visible_memberships(actor), now, organisation__slug=slug, person_id=person_id)
    seen = visible.select_related("organisation").first()
    if seen is None:
        return None
    organisation = seen.organisation
    rows = list(
        Membership.objects.filter(organisation=organisation, person_id=person_id)
        .select_related("person__user", "team", "post")
        .order_by("-from_on", "-pk")
    )
    grants = tuple(grants_in(organisation, today, person_id=person_id, ended=True))
    return Member(
        rows[0].person, organisation, next((row for row in rows if row.to_on is None or row.to_on > today), None),
        tuple(HistoryRow(row.team.name if row.team else "", row.post.title if row.post else "", row.from_on, row.to_on) for row in rows),
        grants,
        tuple(Leave.objects.filter(person_id=person_id, organisation=organisation, to_on__gte=today).select_related("deputy").order_by("from_on")),
        tuple(Invitation.objects.filter(person_id=person_id, organisation=organisation).select_related("through").order_by("-made_at")[:5]),
    )  # fmt: skip


def colleagues_called(organisation: Organisation, text: str, today: dt.date) -> list[int]:
    """Who works there today and is meant by a name, a staff number or a mail address."""
    text = " ".join(text.split())
    meant = Q(person__name__iexact=text) | Q(person__email__iexact=text) | Q(reference__iexact=text)
    rows = Membership.objects.filter(not_ended(today), meant, organisation=organisation)
    return list(rows.order_by("person_id").values_list("person_id", flat=True).distinct()[:3])


def grants_in(
    organisation: Organisation | None, today: dt.date, *, person_id: int | None = None, ended: bool = False
) -> list[GrantRow]:
    """Roles held in an organisation (in the city, for None), by role and name."""
    rows = RoleGrant.objects.filter(organisation=organisation).select_related("person", "team", "granted_by")
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    if not ended:
        rows = rows.filter(not_ended(today))
    order = list(Role)
    return sorted(
        (
            GrantRow(row.pk, row.person_id, row.person.name, Role(row.role), row.team.name if row.team else "", row.from_on, row.to_on, row.granted_by.name if row.granted_by else "")
            for row in rows.order_by("person__name", "pk")
        ),
        key=lambda each: (each.to_on is not None, order.index(each.role)),
    )  # fmt: skip


def grant_for(grant_id: int, organisation: Organisation | None) -> RoleGrant | None:
    return RoleGrant.objects.filter(pk=grant_id, organisation=organisation).select_related("person").first()


def person_of(actor: Actor) -> Person | None:
    return Person.objects.filter(pk=actor.id).select_related("user").first() if actor.id is not None else None


def person_with_account(email: str) -> Person | None:
    return Person.objects.filter(user__isnull=False, user__email__iexact=email.strip()).first()


def invitation_by_code(code: str, now: dt.datetime) -> Invitation | None:
    """An invitation that can be used with this code."""
    found = Invitation.objects.filter(
        code_hash=hash_of(code), used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now
    )
    return found.select_related("person", "organisation").first()


def invitations_through(actor: Actor, now: dt.datetime) -> list[Invitation]:
    """Codes that the actor was asked to bring to a colleague."""
    if actor.id is None:
        return []
    mine = Invitation.objects.filter(
        through_id=actor.id, used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now
    )
    return list(mine.select_related("person", "organisation").order_by("made_at"))


def hash_of(code: str) -> str:
    """However it was typed: capitals, spaces and hyphens make no difference."""
    return hashlib.sha256(f"moothall.invitation:{codes.plain(code)}".encode()).hexdigest()


def pseudonyms_of(organisation: Organisation, today: dt.date) -> list[tuple[str, str, str, str]]:
    """(pseudonym, name, team reference, team) of everybody who works there, for whoever makes the institution's part of a bundle."""
    rows = (
        Membership.objects.filter(current(today), organisation=organisation)
        .select_related("person", "team")
        .order_by("person__name", "pk")
    )
    return [
        (
            row.person.pseudonym,
            row.person.name,
            row.team.reference if row.team else "",
            row.team.name if row.team else "",
        )
        for row in rows
    ]


def names_by_pseudonym(actor: Actor, pseudonyms: Iterable[str], today: dt.date) -> dict[tuple[str, str], str]:
    """Names behind (pseudonym, organisation's address), for a coordinator: only of people who work today for that organisation, and
    only where it has an agreement in force."""
    if not actor.may_somewhere(Permission.PLAN):
        return {}
    allowed = Membership.objects.filter(
        current(today), current(today, "organisation__agreements__"), person__pseudonym__in=list(pseudonyms)
    )
    if not actor.may(Permission.PLAN):
        allowed = allowed.filter(actor.where(Permission.PLAN))
    rows = allowed.values_list("person__pseudonym", "organisation__slug", "person__name")
    return {(pseudonym, slug): name for pseudonym, slug, name in rows}


def open_erasure_requests(organisation: Organisation) -> list[ErasureRequest]:
    """Of people who work or worked there, oldest first."""
    mine = Membership.objects.filter(organisation=organisation).values("person_id")
    rows = ErasureRequest.objects.filter(decided_at__isnull=True, person_id__in=mine)
    return list(rows.select_related("person").order_by("asked_at"))


def steward_decides() -> Q:
    """Wishes to be erased of people for whom no administrator can decide: they never worked anywhere, or nobody keeps the record there."""
    kept = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, to_on__isnull=True, person__user__is_active=True)
    cared_for = Membership.objects.filter(organisation_id__in=kept.values("organisation_id")).values("person_id")
    alone = (
        kept.values("organisation_id")
        .annotate(count=Count("person", distinct=True))
        .filter(count=1)
        .values("organisation_id")
    )
    only = kept.filter(organisation_id__in=alone).values("person_id")
    return ~Q(person_id__in=cared_for) | Q(person_id__in=only)


def erasures_for_steward(actor: Actor) -> list[ErasureRequest]:
    """Oldest first; for anybody but the steward none."""
    if not actor.may(Permission.CONFIRM_INSTITUTIONS):
        return []
    rows = ErasureRequest.objects.filter(steward_decides(), decided_at__isnull=True)
    return list(rows.select_related("person").order_by("asked_at"))
