"""A city as it was uploaded, the planning of it, and a plan with what it says: its runs and their meetings, who has a place,
each organisation's share, and the figures it is compared by.

What a plan says is written once, when it is stored, and never changed; it is a draft until it is published.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from moothall.core.models import StoredFile, Work
from moothall.directory.models import Organisation, Person

from .types import PlanStatus, Way


class City(models.Model):
    """A city's term as a coordinator uploaded it, found without fault. Of one organisation, or of the whole city where there is none."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    input_hash = models.CharField(max_length=64)
    people = models.PositiveIntegerField()
    needs = models.PositiveIntegerField()
    organisations = models.PositiveIntegerField()
    courses = models.PositiveIntegerField()
    weeks = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    budget = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["input_hash", "title", "organisation"], nulls_distinct=False, name="city_once"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="city_has_a_title"),
        ]

    def __str__(self) -> str:
        return self.title


class Plan(models.Model):
    """One term's plan for a city, checked, with its bound. Money is in hundredths of `currency`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    city = models.ForeignKey(City, models.PROTECT, null=True, related_name="plans")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    directory = models.JSONField(default=list)
    made_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
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
    full = models.BinaryField()
    """With the bundle and everybody's places, under pseudonyms: for coordinators."""


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
    """What the plan means for one organisation. Costs of all organisations add up to the plan's.

    `organisation` is known from publication on; until then only the bundle's reference and name are.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="shares")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    reference = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
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
            models.UniqueConstraint(F("plan"), F("reference"), name="share_once_an_organisation"),
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


class PlannedPlace(models.Model):
    """That somebody, by pseudonym, has a place in a run of a plan. Seen by coordinators only."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="planned_places")
    pseudonym = models.CharField(max_length=80)
    organisation = models.CharField(max_length=80)
    team = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(F("run"), F("pseudonym"), name="planned_once_in_a_run")]


class Planning(models.Model):
    """One search for a plan of a city: how long, with which seed, how far it is, and the best so far, from which it goes on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    city = models.ForeignKey(City, models.PROTECT, related_name="plannings")
    work = models.OneToOneField(Work, models.PROTECT, related_name="+")
    plan = models.OneToOneField(Plan, models.SET_NULL, null=True, related_name="+")
    started_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    best = models.BinaryField(null=True)
    """The best plan so far: a zip of runs.csv and places.csv, checked before it was kept."""
    value = models.FloatField(null=True)
    bound = models.FloatField(null=True)
    spent = models.FloatField(default=0)
    history = models.JSONField(default=list)
    """[seconds, value, bound] of each plan that was kept."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(best__isnull=True) | Q(value__isnull=False, bound__isnull=False),
                name="kept_plan_has_value_and_bound",
            ),
            models.CheckConstraint(condition=Q(seconds__gt=0), name="planning_has_time"),
        ]
