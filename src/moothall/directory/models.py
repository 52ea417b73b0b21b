"""Organisations and their teams."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from .types import OrganisationKind


class Organisation(models.Model):
    """A body of the city: a council, a trust, a college, a charity of three."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=OrganisationKind.choices)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="organisation_has_a_name"),
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People of one organisation who stand in for each other: the unit of cover."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="teams")
    reference = models.CharField(max_length=80)
    name = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(F("organisation"), F("reference"), name="team_once_in_its_organisation"),
            models.CheckConstraint(condition=~Q(name=""), name="team_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
