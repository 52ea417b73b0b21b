"""Anything one can attend, and the places in it; who must stay so that a service goes on."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from moothall.core.actor import ActorKind
from moothall.core.models import append_only
from moothall.directory.models import Organisation, Person, Team

from .types import NEXT, Count, State, Why


class Occasion(models.Model):
    """Something one can attend, at a time and in a place: an event, a run of a course. Its row is locked by whoever changes who comes."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    host = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    """Who put it up and keeps its list, besides those who keep the organisation's record."""
    title = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    venue = models.CharField(max_length=300, blank=True)
    online_url = models.URLField(max_length=500, blank=True)
    """Where those who are going join from afar."""
    capacity = models.PositiveIntegerField(null=True)
    taken = models.PositiveIntegerField(default=0)
    """Seats held. More than `capacity` only where an appeal seated somebody, or it was lowered."""
    waiting = models.PositiveIntegerField(default=0)
    closes_at = models.DateTimeField()
    """After this nobody books."""
    cancel_by = models.DateTimeField()
    """Who cancels after this cancels late."""
    offer_hours = models.PositiveSmallIntegerField(default=24)
    series = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=12)
    """Shown at the door: whoever types it was there."""
    sequence = models.PositiveIntegerField(default=0)
    """Of its calendar entry (RFC 5545, 3.8.7.4): one more for each change that people must know of."""
    moved = models.PositiveIntegerField(default=0)
    """Its sequence when it was last put to another time."""
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    called_off_at = models.DateTimeField(null=True)
    called_off_why = models.CharField(max_length=500, blank=True, db_default="")
    """In public, and in the letter to everybody who was going."""
    was = models.JSONField(default=list, db_default=[])
    """What it said before each change that people must know of: dicts of `sequence` (until which it stood) and the fields."""
    list_closed_at = models.DateTimeField(null=True)
    """Attendance is noted: who was not marked was not there."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(title=""), name="occasion_has_a_title"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="occasion_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(closes_at__lte=F("ends_at")), name="occasion_closes_before_it_ends"),
            models.CheckConstraint(condition=Q(offer_hours__gte=1), name="offer_lasts_some_time"),
        ]
        indexes: ClassVar = [
            models.Index(F("starts_at"), name="occasion_by_start"),
            models.Index(F("series"), name="occasion_by_series", condition=~Q(series="")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def free(self) -> int | None:
        """Seats that nobody holds; None where there is no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)


class Place(models.Model):
    """That somebody has, waits for, was offered or gave up a place. One for each person, whatever became of it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    """Of their calendar entry: the same for ever, so that an update never adds a second."""
    occasion = models.ForeignKey(Occasion, models.PROTECT, related_name="places")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    email = models.EmailField(max_length=320, blank=True)
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=15, choices=State.choices)
    steps = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(null=True)
    """Since when they wait: the first is offered a place first."""
    offered_until = models.DateTimeField(null=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    """In whose working time they go; none of both in their own."""
    noticed_at = models.DateTimeField(null=True)
    notice_until = models.DateTimeField(null=True)
    """Until then a manager may object. Without one nobody may."""
    seated = models.BooleanField(default=False)
    """By an appeal: nobody below can undo it."""
    entry = models.PositiveIntegerField(default=0)
    """How many calendar entries were sent: the next one's sequence."""
    entered = models.BooleanField(default=False)
    """It stands in their calendar now."""
    told = models.PositiveIntegerField(default=0)
    """Of which change of the occasion (its sequence) they were told last."""
    key = models.CharField(max_length=64, blank=True)
    """The form that was pressed last: pressed twice, it acts once."""
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="states_in_order", field="state",
                transitions=[(was.value, becomes.value) for was, follow in NEXT.items() for becomes in follow],
            )
        ]  # fmt: skip
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="place_state_is_known"),
            models.UniqueConstraint(
                fields=["occasion", "person"], condition=Q(person__isnull=False), name="one_place_a_person"
            ),
            models.UniqueConstraint(
                "occasion", Lower("email"), condition=Q(person__isnull=True) & ~Q(email=""), name="one_place_an_address"
            ),
            models.CheckConstraint(
                condition=~Q(state="waitlisted") | Q(queued_at__isnull=False), name="who_waits_waits_since"
            ),
            models.CheckConstraint(
                condition=(Q(state="offered") & Q(offered_until__isnull=False))
                | (~Q(state="offered") & Q(offered_until__isnull=True)),
                name="offer_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(team__isnull=True, notice_until__isnull=True),
                name="notice_is_an_employer_s",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=True) | Q(person__isnull=False), name="work_time_is_a_person_s"
            ),
        ]
        indexes: ClassVar = [
            models.Index(F("occasion"), F("queued_at"), F("id"), name="place_queue", condition=Q(state="waitlisted")),
            models.Index(F("offered_until"), name="place_offers", condition=Q(state="offered")),
            models.Index(F("person"), name="place_by_person"),
            models.Index(F("team"), name="place_by_team", condition=Q(team__isnull=False)),
        ]


class PlaceStep(models.Model):
    """One change of a place: references and states, nothing about anybody. Never changed."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="history")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=15, choices=State.choices)
    why = models.CharField(max_length=15, choices=Why.choices)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ActorKind])
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(F("place"), F("number"), name="place_step_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="place_step_state_is_known"),
            models.CheckConstraint(condition=Q(why__in=Why.values), name="place_step_says_why"),
        ]


class CoverRule(models.Model):
    """So many of a team must stay, at these times. Set beforehand by those who lead it, and the only ground for an objection."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    minimum = models.PositiveSmallIntegerField()
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    from_time = models.TimeField()
    to_time = models.TimeField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(minimum__gte=1), name="cover_needs_somebody"),
            models.CheckConstraint(condition=Q(to_time__gt=F("from_time")), name="cover_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(weekdays__len__gte=1), name="cover_has_days"),
        ]
        indexes: ClassVar = [models.Index(F("team"), name="cover_by_team")]


class NoticePeriod(models.Model):
    """How many working days a manager has to object, where an organisation has set its own number."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="+")
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=10), name="notice_is_1_to_10_days")
        ]


class Objection(models.Model):
    """That a manager objected in time, on a cover rule whose arithmetic fell short. In writing; it can be appealed."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="objections")
    rule = models.ForeignKey(CoverRule, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    """In whose time they were going: they may go in their own meanwhile."""
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    text = models.TextField()
    team_size = models.PositiveSmallIntegerField()
    away = models.PositiveSmallIntegerField()
    stated_away = models.PositiveSmallIntegerField(default=0)
    minimum = models.PositiveSmallIntegerField()
    stated_needed = models.PositiveSmallIntegerField(default=0)
    instead = models.ForeignKey(Occasion, models.SET_NULL, null=True, related_name="+")
    """When they can go instead."""
    ended_at = models.DateTimeField(null=True)
    """Withdrawn, or set aside by an appeal."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="objection_is_in_writing"),
            models.UniqueConstraint(
                fields=["place"], condition=Q(ended_at__isnull=True), name="one_standing_objection"
            ),
            models.CheckConstraint(
                condition=Q(team_size__lt=F("away") + F("stated_away") + 1 + F("minimum") + F("stated_needed")),
                name="objection_falls_short",
            ),
        ]

    @property
    def count(self) -> Count:
        """The arithmetic as it was."""
        return Count(self.team_size, self.away, self.stated_away, self.minimum, self.stated_needed)


class CalendarKey(models.Model):
    """The secret in the address of somebody's own calendar feed. A new one makes the old address worthless."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    made_at = models.DateTimeField()
