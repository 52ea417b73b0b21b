"""Events: the public face of an occasion, with what is asked about it, who wants to hear of which, and what people said afterwards."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from moothall.core.models import StoredFile
from moothall.directory.models import Organisation, Person
from moothall.places.models import Occasion, Place

from .types import About, ConductSaid, ConductState, Topic


class Source(models.Model):
    """Another calendar of an institution, brought in: a file once, or an address that is asked again and again."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    url = models.URLField(max_length=2000, blank=True)
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")
    """What stood there last."""
    added_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    """Why nothing could be fetched or read the last time."""
    failures = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    """Since somebody looked at it and said that it may come in; from then on an address is kept up with."""
    next_at = models.DateTimeField(null=True)
    left_out = ArrayField(models.CharField(max_length=300), default=list, db_default=[])
    """Keys of entries that somebody chose not to bring in."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "url"], condition=Q(ended_at__isnull=True) & ~Q(url=""), name="one_source_an_address"),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(F("next_at"), name="source_by_next", condition=Q(next_at__isnull=False))]


class Event(models.Model):
    """Something anyone may attend, unless it says in public why not."""

    occasion = models.OneToOneField(Occasion, models.PROTECT, related_name="+")
    reference = models.SlugField(max_length=80, unique=True)
    about = models.TextField()
    topics = ArrayField(models.CharField(max_length=20, choices=Topic.choices), default=list)
    afar = models.TextField(blank=True)
    access = models.TextField(blank=True)
    closed_reason = models.TextField(blank=True)
    """Why not everybody may go: public, and anyone may challenge it. Empty for an open one."""
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    notes = models.TextField(blank=True)
    slides_url = models.URLField(max_length=500, blank=True)
    recording_url = models.URLField(max_length=500, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="events")
    source_key = models.CharField(max_length=300, blank=True)
    """What its source calls it."""
    source_said = models.JSONField(default=dict, db_default={})
    """What its source said of it last, by field: what changes there comes in, and what was mended here stays."""
    missed_at = models.DateTimeField(null=True)
    """Since when its source no longer has it."""
    url = models.URLField(max_length=500, blank=True)
    """Its page at the organiser's own site."""
    news_at = models.DateTimeField(null=True, db_column="told_at")
    """Since when it is news for whoever is interested."""
    rated_at = models.DateTimeField(null=True)
    """When those who were there were asked how it was."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(about=""), name="event_says_what_it_is"),
            models.CheckConstraint(condition=Q(topics__contained_by=Topic.values), name="event_topics_are_known"),
            models.UniqueConstraint(
                fields=["source", "source_key"], condition=Q(source__isnull=False), name="once_from_a_source"
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["topics"], name="event_by_topic"),
            models.Index(F("made_at"), name="event_not_news", condition=Q(news_at__isnull=True)),
            models.Index(F("news_at"), name="event_by_news", condition=Q(news_at__isnull=False)),
        ]


class Question(models.Model):
    """What somebody asks before, during or after an event; each is owed an answer. Public, as its answer is."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="questions")
    about = models.CharField(max_length=10, choices=About.choices, default=About.MATTER)
    text = models.TextField()
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=320, blank=True)
    reference = models.CharField(max_length=12, unique=True)
    key = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    hidden_reason = models.CharField(max_length=300, blank=True)
    """Why its words are not shown; shown in their place."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(about__in=About.values), name="question_is_about_something"),
            models.CheckConstraint(condition=~Q(text=""), name="question_says_something"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="answer_says_when",
            ),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="question_once_a_key"),
        ]
        indexes: ClassVar = [models.Index(F("event"), F("asked_at"), name="question_by_event")]


class Interest(models.Model):
    """That somebody wants to hear of new events: of which topics, and with which words in their place or title."""

    person = models.OneToOneField(Person, models.CASCADE, null=True, related_name="+")
    email = models.EmailField(max_length=320, blank=True)
    topics = ArrayField(models.CharField(max_length=20, choices=Topic.choices), default=list)
    near = models.CharField(max_length=100, blank=True)
    """A word of the places they can get to; empty for anywhere."""
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    """Whoever reads that address has said yes."""
    told_until = models.DateTimeField(null=True)
    """They were told of what was news until then."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="one_interest_an_address"),
            models.CheckConstraint(
                condition=(Q(person__isnull=False, email="") | (Q(person__isnull=True) & ~Q(email=""))),
                name="interest_is_somebody_s",
            ),
            models.CheckConstraint(condition=Q(topics__contained_by=Topic.values), name="interest_topics_are_known"),
        ]


class Conduct(models.Model):
    """That somebody disrupted an event: warned first, heard next, and only then kept from an institution's events, for a time."""

    reference = models.CharField(max_length=12, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    email = models.EmailField(max_length=320, blank=True)
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=ConductState.choices, default=ConductState.WARNED)
    warned_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    heard_from = models.DateTimeField(null=True)
    """When they were asked for their side."""
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ConductState.values), name="conduct_state_is_known"),
            models.CheckConstraint(condition=~Q(state="limited") | Q(until__isnull=False, heard_from__isnull=False), name="limit_has_an_end_after_a_hearing"),
            models.CheckConstraint(condition=Q(until__isnull=True) | ~Q(decided_by=F("warned_by")) | Q(warned_by__isnull=True), name="who_warned_does_not_limit"),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(F("organisation"), F("state"), name="conduct_by_organisation")]


class ConductEntry(models.Model):
    """One thing said about somebody's conduct, in the words of who said it. For them, and for those who decide."""

    conduct = models.ForeignKey(Conduct, models.PROTECT, related_name="entries")
    what = models.CharField(max_length=10, choices=ConductSaid.choices)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(what__in=ConductSaid.values), name="conduct_entry_is_known"),
            models.CheckConstraint(condition=~Q(text=""), name="conduct_entry_says_something"),
        ]


class Feedback(models.Model):
    """Two answers of somebody who was there."""

    place = models.OneToOneField(Place, models.CASCADE, related_name="+")
    worth = models.PositiveSmallIntegerField()
    """Was it worth coming? 1 (no) to 5 (very much)."""
    text = models.TextField(blank=True)
    """What should be different next time?"""
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(worth__gte=1, worth__lte=5), name="feedback_is_1_to_5")
        ]
