"""Promises: what is owed, to whom, by when, by which post; and a history that is only ever added to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from moothall.core.actor import ActorKind
from moothall.core.models import append_only
from moothall.directory.models import Organisation, Person, Post, Team
from moothall.directory.types import Division

from .types import Outcome, Rung, Step, Unit


class BankHoliday(models.Model):
    """A day on which nobody is expected to answer, in one division of the country. Imported, never hard-coded."""

    division = models.CharField(max_length=20, choices=Division.choices)
    on = models.DateField()
    title = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(F("division"), F("on"), name="holiday_once_a_division"),
            models.CheckConstraint(condition=Q(division__in=Division.values), name="holiday_division_is_known"),
        ]


class Promise(models.Model):
    """What an organisation owes somebody. The holder is a post: who is in it, on leave or stands in, is looked up each time.

    What its kind said when it was made (its ladder, whether it climbs and counts) stays with it.
    """

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    owed_person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    owed_email = models.EmailField(max_length=320, blank=True)
    owed_receipt = models.CharField(max_length=64, blank=True)
    climbs = models.BooleanField()
    counted = models.BooleanField()
    ladder = ArrayField(models.CharField(max_length=10, choices=Rung.choices))
    """Whoever owes it first: a post, or a role."""
    rung = models.CharField(max_length=10, choices=Rung.choices)
    rung_at = models.DateTimeField(null=True)
    """When it came there, or should have."""
    starts_at = models.DateTimeField()
    division = models.CharField(max_length=20, choices=Division.choices, default=Division.ENGLAND_AND_WALES)
    """Whose bank holidays its day is counted with: of the organisation that made it, wherever it goes."""
    term_count = models.PositiveSmallIntegerField(default=0)
    term_unit = models.CharField(max_length=15, choices=Unit.choices)
    extensions = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=0)
    reminded = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    """When the sweep has to look at it next: to remind, or to take it up a rung."""
    missed_at = models.DateTimeField(null=True)
    missed_by = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    """Who held it on that day: a miss stays theirs, wherever it goes."""
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(ended_at__isnull=True), name="one_open_promise_of_a_kind"),
            models.CheckConstraint(condition=Q(term_unit__in=Unit.values), name="promise_unit_is_known"),
            models.CheckConstraint(condition=Q(rung__in=Rung.values), name="promise_rung_is_known"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="promise_outcome_is_known"),
            models.CheckConstraint(condition=Q(term_unit="moment") | Q(term_count__gte=1), name="promise_has_a_term"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__isnull=False, next_at__isnull=True) & ~Q(outcome="")), name="promise_is_open_or_has_an_outcome"),
            models.CheckConstraint(condition=Q(rung=F("ladder__0")) | Q(climbs=True, missed_at__isnull=False), name="only_what_was_missed_climbs"),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(F("next_at"), name="promise_by_next", condition=Q(next_at__isnull=False)),
            models.Index(F("organisation"), F("kind"), name="promise_by_organisation"),
            models.Index(F("post"), name="promise_by_post", condition=Q(ended_at__isnull=True)),
            models.Index(F("owed_person"), name="promise_by_person"),
            models.Index(F("missed_at"), name="promise_stuck", condition=Q(ended_at__isnull=True, missed_at__isnull=False)),
        ]  # fmt: skip

    @property
    def is_a_post_s(self) -> bool:
        """Held by a post, or by the administrators where none is named; other promises are a role's."""
        return self.ladder[0] == Rung.POST


class PromiseStep(models.Model):
    """One step of a promise's history: references and states, no words about anybody. Never changed."""

    promise = models.ForeignKey(Promise, models.PROTECT, related_name="history")
    number = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=15, choices=Step.choices)
    at = models.DateTimeField()
    scheduled_at = models.DateTimeField(null=True)
    """When it should have happened: earlier than `at` where the sweep came late."""
    rung = models.CharField(max_length=10, choices=Rung.choices)
    due_at = models.DateTimeField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    actor_kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ActorKind])
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(F("promise"), F("number"), name="promise_step_once"),
            models.CheckConstraint(condition=Q(what__in=Step.values), name="promise_step_is_known"),
        ]


class StepReason(models.Model):
    """Why somebody took longer, passed a promise on or released it, in their words. Apart from history, so that it can be erased."""

    step = models.OneToOneField(PromiseStep, models.PROTECT, related_name="reason")
    text = models.TextField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="step_reason_says_something")]


class WeekMail(models.Model):
    """That somebody does not want My week by mail."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="+")
    stopped_at = models.DateTimeField()


class OwnTerm(models.Model):
    """That an organisation has set its own time for a kind of promise, in the units of the kind."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    count = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="own_term_once_a_kind"),
            models.CheckConstraint(condition=Q(count__gt=0), name="own_term_is_some_time"),
        ]


class WeekRun(models.Model):
    """How far the letters of one week have gone: each person gets one, whatever stops in between."""

    monday = models.DateField(unique=True)
    after = models.BigIntegerField(default=0)
    """The last person (by id) it was written to."""
    finished_at = models.DateTimeField(null=True)
