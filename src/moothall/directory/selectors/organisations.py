"""Every read of the directory."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from moothall.core.actor import Actor

from .models import Organisation
from .types import OrganisationKind


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation in a list."""

    slug: str
    name: str
    kind: OrganisationKind
    teams: int


def organisations(actor: Actor) -> list[OrganisationRow]:
    """Every organisation, by name: the directory is public."""
    rows = Organisation.objects.annotate(team_count=Count("teams")).order_by("name")
    return [OrganisationRow(o.slug, o.name, OrganisationKind(o.kind), o.team_count) for o in rows]


def organisation_for(actor: Actor, slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug).first()


def organisation_count(actor: Actor) -> int:
    return Organisation.objects.count()
