"""The directory's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrganisationKind(TextChoices):
    COUNCIL = "council", _("Council")
    NHS = "nhs", _("NHS body")
    POLICE = "police", _("Police")
    FIRE = "fire", _("Fire and rescue")
    COLLEGE = "college", _("College")
    UNIVERSITY = "university", _("University")
    SCHOOL = "school", _("School")
    HOUSING = "housing", _("Housing association")
    LIBRARY = "library", _("Library or museum")
    CHARITY = "charity", _("Charity")
    COMMUNITY = "community", _("Community group")
    OTHER = "other", _("Other")


@dataclass(frozen=True, slots=True)
class NewTeam:
    """A team as an import names it."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation as an import names it, with its teams."""

    reference: str
    name: str
    kind: OrganisationKind
    teams: tuple[NewTeam, ...]


class Permission(TextChoices):
    """What an actor may be allowed to do. Roles that bundle these arrive with sign-in."""

    PUBLISH_PLAN = "publish-plan", _("Publish a term's plan, with the organisations and teams it is for")
