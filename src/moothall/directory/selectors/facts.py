"""An organisation's record as everybody sees it: what it is to others, its posts, how to reach it, how far its board contact may decide."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from ..models import ContactPoint, Delegation, Identifier, Organisation, Post, Relationship, Responsibility
from ..types import Duty, Relation
from .actors import not_ended
from .services import Assured, ContactRow, PostRow, assurance, contact_row, posts_of

INVERSE = {
    Relation.PART_OF: "has-part",
    Relation.REPLACED_BY: "replaces",
    Relation.MEMBER_OF: "has-member",
    Relation.PARTNER_OF: "partner-of",
}


@dataclass(frozen=True, slots=True)
class RelationRow:
    """What it is to another: one of Relation's values, or one of INVERSE's, with the other."""

    id: int
    relation: str
    name: str
    slug: str
    since: dt.date | None
    own: bool
    """Stated by this organisation's record, and changed there."""


@dataclass(frozen=True, slots=True)
class DutyToward:
    """A service of another body in which this one has a part."""

    duty: Duty
    service_id: int
    service: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Facts:
    """An organisation's public record."""

    relations: tuple[RelationRow, ...]
    posts: tuple[PostRow, ...]
    contacts: tuple[ContactRow, ...]
    identifiers: tuple[str, ...]
    delegation: Delegation | None
    duties: tuple[DutyToward, ...]
    assured: Assured


def facts_of(organisation: Organisation, today: dt.date) -> Facts:
    """Seven queries."""
    own = Relationship.objects.filter(not_ended(today), organisation=organisation, other__confirmed_at__isnull=False)
    others = Relationship.objects.filter(not_ended(today), other=organisation, organisation__confirmed_at__isnull=False)
    relations = [
        *(RelationRow(r.pk, r.relation, r.other.name, r.other.slug, r.from_on, True) for r in own.select_related("other").order_by("other__name")),
        *(RelationRow(r.pk, INVERSE[Relation(r.relation)], r.organisation.name, r.organisation.slug, r.from_on, False) for r in others.select_related("organisation").order_by("organisation__name")),
    ]  # fmt: skip
    posts = list(Post.objects.filter(organisation=organisation, listed=True).order_by("title"))
    contacts = ContactPoint.objects.filter(organisation=organisation, service__isnull=True).select_related(
        "assured_by", "post"
    )
    duties = Responsibility.objects.filter(
        not_ended(today),
        organisation=organisation,
        service__ended_on__isnull=True,
        service__organisation__confirmed_at__isnull=False,
    ).exclude(service__organisation=organisation)
    return Facts(
        tuple(relations), tuple(posts_of(posts, today)),
        tuple(_of_post(row, today) for row in contacts.order_by("post__title", "reach", "pk")),
        tuple(f"{each.scheme}-{each.value}" for each in Identifier.objects.filter(organisation=organisation).order_by("scheme")),
        Delegation.objects.filter(not_ended(today), organisation=organisation).first(),
        tuple(
            DutyToward(Duty(row.duty), row.service_id, row.service.name, row.service.organisation.name)
            for row in duties.select_related("service__organisation").order_by("service__name")
        ),
        assurance(organisation, today),
    )  # fmt: skip


def _of_post(row: ContactPoint, today: dt.date) -> ContactRow:
    made = contact_row(row, today)
    return ContactRow(made.id, made.reach, made.value, made.note, made.assured, row.post.title if row.post else "")


def successor_of(organisation: Organisation, today: dt.date) -> Organisation | None:
    """The body that took its place, where there is one."""
    replaced = Relationship.objects.filter(not_ended(today), organisation=organisation, relation=Relation.REPLACED_BY)
    begun = Q(from_on__isnull=True) | Q(from_on__lte=today)
    rows = replaced.filter(begun, other__confirmed_at__isnull=False).select_related("other")
    found = rows.order_by("-from_on", "-pk").first()
    return found.other if found else None
