"""An organisation's public record, as whoever keeps it changes it."""

from __future__ import annotations

import datetime as dt

from moothall.core.actor import Actor

from ..models import ContactPoint, Identifier, Membership, Organisation, Post, Regime, Relationship, Responsibility
from ..policies import keepable_records
from .actors import not_ended


def kept_organisation_for(actor: Actor, slug: str) -> Organisation | None:
    """One whose public record the actor keeps."""
    return Organisation.objects.filter(keepable_records(actor), slug=slug).first()


def public_organisation_called(name: str) -> Organisation | None:
    """By its name, whatever the capitals, or by its address here."""
    name = " ".join(name.split())
    public = Organisation.objects.filter(confirmed_at__isnull=False)
    return public.filter(name__iexact=name).first() or public.filter(slug=name.lower()).first()


def regimes() -> list[Regime]:
    return list(Regime.objects.order_by("name"))


def identifiers_of(organisation: Organisation) -> list[Identifier]:
    return list(Identifier.objects.filter(organisation=organisation).order_by("scheme"))


def identifier_in(organisation: Organisation, identifier_id: int) -> Identifier | None:
    return Identifier.objects.filter(organisation=organisation, pk=identifier_id).select_related("organisation").first()


def contacts_of(organisation: Organisation) -> list[ContactPoint]:
    rows = ContactPoint.objects.filter(organisation=organisation).select_related("service", "post", "assured_by")
    return list(rows.order_by("service__name", "post__title", "reach", "pk"))


def contact_in(organisation: Organisation, contact_id: int) -> ContactPoint | None:
    return ContactPoint.objects.filter(organisation=organisation, pk=contact_id).select_related("organisation").first()


def duties_of(organisation: Organisation, today: dt.date) -> list[Responsibility]:
    """Who has a part in its services."""
    rows = Responsibility.objects.filter(not_ended(today), service__organisation=organisation)
    return list(rows.select_related("service", "organisation").order_by("service__name", "duty", "organisation__name"))


def duty_in(organisation: Organisation, duty_id: int) -> Responsibility | None:
    rows = Responsibility.objects.filter(service__organisation=organisation, pk=duty_id)
    return rows.select_related("service__organisation").first()


def relation_in(organisation: Organisation, relation_id: int) -> Relationship | None:
    rows = Relationship.objects.filter(organisation=organisation, pk=relation_id)
    return rows.select_related("organisation").first()


def post_in(organisation: Organisation, post_id: int) -> Post | None:
    return Post.objects.filter(organisation=organisation, pk=post_id).select_related("organisation").first()


def memberships_of_post(post: Post, today: dt.date) -> list[Membership]:
    rows = Membership.objects.filter(not_ended(today), post=post).select_related("person")
    return list(rows.order_by("person__name", "pk"))
