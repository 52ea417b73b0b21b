"""Appeals against refusals, the hearing, and how far a body lets its board contact decide alone."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from moothall.directory.models import Delegation, Organisation, Person

from .types import Answer, Ruling, Said, Side


class Appeal(models.Model):
    """That somebody turned to the board contact against a refusal. Whose turn it is stands in its promises."""

    reference = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    title = models.CharField(max_length=250)
    refusal = models.TextField()
    """In the words it was refused in, as they stood when the appeal was opened."""
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    """Whose refusal it is."""
    heard_at = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    """Whose board contact hears it: another body's, where theirs has an interest in it."""
    appellant = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    appellant_email = models.EmailField(max_length=320, blank=True)
    took_part = ArrayField(models.BigIntegerField(), default=list)
    """People who took part in the refusal, by id: the other side, and nobody who decides."""
    recused = ArrayField(models.BigIntegerField(), default=list)
    """People who said that they have an interest in it, and passed it on."""
    opened_at = models.DateTimeField()
    ruling = models.CharField(max_length=12, choices=Ruling.choices, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    delegation = models.ForeignKey(Delegation, models.PROTECT, null=True, related_name="+")
    """By which it binds; none where the body must comply or explain."""
    public_text = models.TextField(blank=True)
    """The decision as everybody reads it, without names."""
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    public_answer = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(ruling=""), name="one_open_appeal"),
            models.CheckConstraint(condition=Q(ruling__in=Ruling.values), name="ruling_is_known"),
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="body_s_answer_is_known"),
            models.CheckConstraint(
                condition=Q(ruling="", decided_at__isnull=True) | (~Q(ruling="") & Q(decided_at__isnull=False)),
                name="decided_appeal_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(ruling__in=["upheld", "asked", "not-upheld"]) | ~Q(public_text=""),
                name="decision_is_published",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (Q(ruling="asked", answered_at__isnull=False) & ~Q(answer="") & ~Q(public_answer="")),
                name="body_s_answer_is_to_a_decision_and_public",
            ),
            models.CheckConstraint(
                condition=Q(delegation__isnull=True) | Q(ruling="upheld"), name="only_what_is_upheld_binds"
            ),
        ]
        indexes: ClassVar = [
            models.Index(F("organisation"), F("decided_at"), name="appeal_by_organisation"),
            models.Index(F("appellant"), name="appeal_by_appellant"),
            GinIndex(fields=["took_part"], name="appeal_by_part"),
        ]

    def __str__(self) -> str:
        return self.title


class AppealEntry(models.Model):
    """One thing said in an appeal, in the words of who said it."""

    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="entries")
    what = models.CharField(max_length=10, choices=Said.choices)
    side = models.CharField(max_length=10, choices=Side.choices)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(what__in=Said.values), name="appeal_entry_is_known"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="appeal_side_is_known"),
            models.CheckConstraint(condition=~Q(text=""), name="appeal_entry_says_something"),
        ]
        indexes: ClassVar = [models.Index(F("appeal"), F("at"), name="appeal_entry_by_appeal")]


class Remit(models.Model):
    """Which kinds of refusals a delegation covers: on those the board contact's decision binds."""

    delegation = models.OneToOneField(Delegation, models.CASCADE, related_name="+")
    kinds = ArrayField(models.CharField(max_length=40))
