"""What people send, and the conversation that follows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from moothall.core.models import IncomingMail
from moothall.directory.models import Organisation, Person, Post, Service, Team

from .types import By, CameBy, CaseKind, CaseState, Decision, Entry


class Case(models.Model):
    """One thing somebody sent: an idea, or a correction to the directory. Whose turn it is stands in its promise."""

    reference = models.CharField(max_length=12, unique=True)
    key = models.CharField(max_length=64, blank=True)
    """What the sender's form or message was called: sent twice, it is there once."""
    kind = models.CharField(max_length=12, choices=CaseKind.choices)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    came_by = models.CharField(max_length=10, choices=CameBy.choices)
    author = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=200, blank=True)
    author_email = models.EmailField(max_length=320, blank=True)
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    recorded_at = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    """At whose desk it was written down: whoever sits there can be asked about it."""
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    service = models.ForeignKey(Service, models.SET_NULL, null=True, related_name="+")
    found_by = models.CharField(max_length=200, blank=True)
    """The directory's words that led to its owner; empty where somebody chose."""
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="case_once_a_key"),
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="case_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=CaseState.values), name="case_state_is_known"),
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="case_decision_is_known"),
            models.CheckConstraint(condition=Q(came_by__in=CameBy.values), name="case_came_by_is_known"),
            models.CheckConstraint(condition=(Q(state="settled", settled_at__isnull=False) & ~Q(decision="")) | (~Q(state="settled") & Q(decision="")), name="settled_case_says_how"),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(F("organisation"), F("state"), name="case_by_organisation"),
            models.Index(F("author"), name="case_by_author"),
        ]

    def __str__(self) -> str:
        return self.title


class CaseEntry(models.Model):
    """One thing said in a case, in the words of who said it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="entries")
    what = models.CharField(max_length=12, choices=Entry.choices)
    by = models.CharField(max_length=10, choices=By.choices)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
    mail = models.ForeignKey(IncomingMail, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(what__in=Entry.values), name="entry_is_known"),
            models.CheckConstraint(condition=Q(by__in=By.values), name="entry_is_by_somebody"),
            models.UniqueConstraint(fields=["mail"], condition=Q(mail__isnull=False), name="a_letter_is_one_entry"),
        ]
        indexes: ClassVar = [models.Index(F("case"), F("at"), name="entry_by_case")]
