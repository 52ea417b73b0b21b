"""What voice holds about a person."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from moothall.core.models import IncomingMail
from moothall.core.personal import Erasure, Personal, Subject, by, declare

from .models import Case, CaseEntry
from .types import By

YEARS = dt.timedelta(days=3 * 365)
TASK = "public task (article 6(1)(e)); for charities their legitimate interest (6(1)(f))"


def _sent(subject: Subject) -> Q:
    return by("author")(subject) | Q(author_email__in=subject.emails)


def _said(subject: Subject) -> Q:
    """Their own words. What an officer wrote in a body's name is the body's: it was owed to somebody, and stays."""
    return Q(by=By.AUTHOR) & (
        by("person")(subject) | by("case__author")(subject) | Q(case__author_email__in=subject.emails)
    )


def declare_all() -> None:
    declare(Personal(
        Case, "What you sent", "so that it is answered", TASK, "three years after it was answered; then without your name and address",
        of=_sent, export=("reference", "kind", "title", "state", "decision", "author_name", "author_email", "organisation__name", "received_at", "settled_at"),
        erasure=Erasure.BLANK, blank={"author_name": "", "author_email": "", "title": "(erased)", "author": None},
        expires=lambda now: Q(settled_at__lt=now - YEARS) & (~Q(author_name="", author_email="") | Q(author__isnull=False)),
    ))  # fmt: skip
    declare(Personal(
        CaseEntry, "What you wrote in cases", "so that it can be answered, and the answer understood", TASK, "three years after it was answered",
        of=_said, export=("what", "text", "at"), erasure=Erasure.BLANK, blank={"text": "(erased)", "person": None},
        expires=lambda now: Q(case__settled_at__lt=now - YEARS) & ~Q(text="(erased)"),
    ))  # fmt: skip
    declare(Personal(
        IncomingMail, "Mail you sent here, as it came", "so that nothing you send is lost before somebody has read it", TASK, "a year",
        of=lambda subject: Q(sender__in=subject.emails), export=("sender", "subject", "received_at", "state"),
        erasure=Erasure.DELETE, expires=lambda now: Q(received_at__lt=now - dt.timedelta(days=365)) & ~Q(state__in=["new", "held"]),
    ))  # fmt: skip
