"""What is public of the directory, in lists for exports. Fixed numbers of queries, whatever their length."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from ..models import ContactPoint, Identifier, Membership, Organisation, Post, Relationship, RoleGrant, Service
from ..types import ROLES, Reach, Relation
from .actors import current, not_ended

PUBLIC_ROLES = [role for role, words in ROLES.items() if words.public]


@dataclass(frozen=True, slots=True)
class PublicBody:
    """A confirmed organisation with its identifiers, general contacts, and the number of the one it is part of."""

    organisation: Organisation
    identifiers: tuple[Identifier, ...]
    contacts: tuple[ContactPoint, ...]
    parent: int | None


def public_body_count() -> int:
    return Organisation.objects.filter(confirmed_at__isnull=False).count()


def public_bodies(
    today: dt.date, *, start: int = 0, count: int | None = None, ids: Sequence[int] | None = None
) -> list[PublicBody]:
    """By number. Four queries."""
    rows = Organisation.objects.filter(confirmed_at__isnull=False).order_by("pk")
    rows = rows if ids is None else rows.filter(pk__in=ids)
    found = list(rows[start : start + count if count is not None else None])
    which = [each.pk for each in found]
    identifiers: dict[int, list[Identifier]] = {}
    for number in Identifier.objects.filter(organisation_id__in=which).order_by("pk"):
        identifiers.setdefault(number.organisation_id, []).append(number)
    contacts: dict[int, list[ContactPoint]] = {}
    for contact in ContactPoint.objects.filter(
        organisation_id__in=which, service__isnull=True, post__isnull=True
    ).order_by("pk"):
        contacts.setdefault(contact.organisation_id, []).append(contact)
    parents = dict(
        Relationship.objects.filter(not_ended(today), organisation_id__in=which, relation=Relation.PART_OF)
        .order_by("pk")
        .values_list("organisation_id", "other_id")
    )
    return [
        PublicBody(each, tuple(identifiers.get(each.pk, [])), tuple(contacts.get(each.pk, [])), parents.get(each.pk))
        for each in found
    ]


@dataclass(frozen=True, slots=True)
class ServiceFilter:
    """Which services are asked for, by number; None for all."""

    pk: int | None = None
    organisation: int | None = None
    kind: int | None = None


def public_service_count(which: ServiceFilter) -> int:
    return _services(which).count()


def public_services(which: ServiceFilter, *, start: int = 0, count: int | None = None) -> list[Service]:
    """Open services of confirmed organisations, by number."""
    rows = _services(which).select_related("organisation", "service_type", "post").order_by("pk")
    return list(rows[start : start + count if count is not None else None])


def _services(which: ServiceFilter) -> QuerySet[Service]:
    rows = Service.objects.filter(organisation__confirmed_at__isnull=False, ended_on__isnull=True)
    for field, wanted in (("pk", which.pk), ("organisation", which.organisation), ("service_type", which.kind)):
        rows = rows if wanted is None else rows.filter(**{field: wanted})
    return rows


def public_place_count() -> int:
    return _places().count()


def public_places(*, start: int = 0, count: int | None = None, pk: int | None = None) -> list[ContactPoint]:
    """Where services are given, by number."""
    rows = _places() if pk is None else _places().filter(pk=pk)
    rows = rows.select_related("service__organisation", "service__service_type", "service__post").order_by("pk")
    return list(rows[start : start + count if count is not None else None])


def _places() -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(reach=Reach.PLACE, service__in=_services(ServiceFilter()))


def contacts_of_services(services: Sequence[Service]) -> list[ContactPoint]:
    return list(ContactPoint.objects.filter(service__in=services).order_by("pk"))


def public_posts() -> list[Post]:
    return list(Post.objects.filter(listed=True, organisation__confirmed_at__isnull=False).order_by("pk"))


def public_memberships(today: dt.date) -> list[Membership]:
    """Of listed posts, where the holder's name is declared public."""
    rows = Membership.objects.filter(
        current(today),
        shows_name=True,
        post__listed=True,
        organisation__confirmed_at__isnull=False,
        person__erased_at__isnull=True,
    )
    return list(rows.select_related("person", "post").order_by("pk"))


def public_grants(today: dt.date) -> list[RoleGrant]:
    """Roles whose holders are named in public."""
    rows = RoleGrant.objects.filter(
        current(today), role__in=PUBLIC_ROLES, organisation__confirmed_at__isnull=False, person__erased_at__isnull=True
    )
    return list(rows.select_related("person").order_by("pk"))
