"""What promises hold about a person."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from moothall.core.personal import Erasure, Personal, Subject, by, declare, nothing_personal

from .models import BankHoliday, OwnTerm, Promise, PromiseStep, StepReason, WeekMail, WeekRun


def _owed(subject: Subject) -> Q:
    return by("owed_person")(subject) | Q(owed_email__in=subject.emails)


def _reasons(subject: Subject) -> Q:
    return by("step__promise__owed_person")(subject) | Q(step__promise__owed_email__in=subject.emails)


def declare_all() -> None:
    declare(Personal(
        Promise, "What you are or were owed", "so that nothing you are owed is dropped", "public task (article 6(1)(e))", "six years after it ended; by number only once you are erased",
        of=_owed, export=("kind", "organisation__name", "owed_email", "made_at", "due_at", "missed_at", "ended_at", "outcome"),
        erasure=Erasure.BLANK, blank={"owed_email": ""},
        expires=lambda now: Q(ended_at__lt=now - dt.timedelta(days=6 * 365)) & ~Q(owed_email=""),
    ))  # fmt: skip
    declare(Personal(
        StepReason, "Why what you are owed took longer, was passed on or released", "so that you and those who answer for it know why", "public task (article 6(1)(e))", "six years",
        of=_reasons, export=("text",), erasure=Erasure.DELETE,
        expires=lambda now: Q(step__at__lt=now - dt.timedelta(days=6 * 365)),
    ))  # fmt: skip
    declare(Personal(
        WeekMail, "That you want no weekly mail", "so that none is sent", "to give people what they asked for (article 6(1)(b))", "until you want it again",
        of=by("person"), export=("stopped_at",), erasure=Erasure.DELETE,
    ))  # fmt: skip
    nothing_personal(PromiseStep, "References and states; the words are in StepReason, the person in Promise.")
    nothing_personal(BankHoliday, "Days.")
    nothing_personal(OwnTerm, "An institution's own times.")
    nothing_personal(WeekRun, "How far the letters of a week have gone.")
