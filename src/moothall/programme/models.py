"""A plan and what it says: its runs and their meetings, each organisation's share, and the figures it is compared by.

Rows are written once, when a plan is published, and never changed.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from moothall.directory.models import Organisation

from .types import PlanStatus, Way


class Plan(models.Model):
    """One term's plan for a city, checked, with its bound. Money is in hundredths of `currency`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    published_at = models.DateTimeField()
    starts_on = models.DateField()
    weeks = models.PositiveSmallIntegerField()
    timezone = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    budget = models.BigIntegerField()
    people = models.PositiveIntegerField()
    needs = models.PositiveIntegerField()
    bound = models.FloatField()
    value = models.FloatField()
    status = models.CharField(max_length=10, choices=PlanStatus.choices)
    seed = models.BigIntegerField()
    steps = models.PositiveIntegerField()
    seconds = models.FloatField()
    price_of_money = models.FloatField()
    input_hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(bound__gte=F("value") - 0.001), name="plan_value_within_its_bound"),
            models.CheckConstraint(condition=Q(status__in=PlanStatus.values), name="plan_status_is_known"),
            models.CheckConstraint(condition=Q(budget__gte=0), name="plan_budget_is_not_negative"),
        ]
        indexes: ClassVar = [models.Index(F("published_at").desc(), name="plan_newest_first")]

    def __str__(self) -> str:
        return self.title

    @property
    def gap(self) -> float:
        """At most this share below the best possible value."""
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0


class PlanPackage(models.Model):
    """The plan as a download: a zip with the plan's files, and a note on how to check them."""

    plan = models.OneToOneField(Plan, models.CASCADE, related_name="package", primary_key=True)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    has_places = models.BooleanField()


class PlanFigure(models.Model):
    """What one way of planning the term comes to."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="figures")
    way = models.CharField(max_length=12, choices=Way.choices)
    value = models.FloatField()
    cost = models.BigIntegerField()
    needs_met = models.PositiveIntegerField()
    people_placed = models.PositiveIntegerField()
    runs = models.PositiveIntegerField()
    places = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(F("plan"), F("way"), name="figure_once_a_way"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="figure_way_is_known"),
        ]


class Share(models.Model):
    """What the plan means for one organisation. Costs of all organisations add up to the plan's."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="shares")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    people = models.PositiveIntegerField()
    people_placed = models.PositiveIntegerField()
    places = models.PositiveIntegerField()
    needs = models.PositiveIntegerField()
    needs_met = models.PositiveIntegerField()
    cost = models.BigIntegerField()
    alone_needs_met = models.PositiveIntegerField()
    alone_cost = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(F("plan"), F("organisation"), name="share_once_an_organisation"),
            models.CheckConstraint(condition=Q(needs_met__lte=F("needs")), name="share_meets_no_more_than_is_needed"),
        ]


class Run(models.Model):
    """One giving of a course."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    course = models.CharField(max_length=200)
    course_reference = models.CharField(max_length=80)
    closes = models.TextField(blank=True)
    venue = models.CharField(max_length=200, blank=True)
    area = models.CharField(max_length=200, blank=True)
    week = models.PositiveSmallIntegerField()
    places = models.PositiveIntegerField()
    limit = models.PositiveIntegerField()
    organisations = models.PositiveIntegerField()
    cost = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(F("plan"), F("number"), name="run_number_once_in_its_plan"),
            models.CheckConstraint(condition=Q(places__lte=F("limit")), name="run_has_no_more_places_than_its_limit"),
            models.CheckConstraint(
                condition=Q(venue="", area="") | (~Q(venue="") & ~Q(area="")), name="run_in_a_venue_is_in_an_area"
            ),
        ]

    @property
    def is_online(self) -> bool:
        return not self.venue


class Meeting(models.Model):
    """One half-day of a run."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="meetings")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_it_starts"),
            models.UniqueConstraint(F("run"), F("starts_at"), name="meeting_once_at_a_time"),
        ]
