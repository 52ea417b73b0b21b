"""What events hold about a person."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from moothall.core.personal import Erasure, Personal, Subject, by, declare, nothing_personal

from .models import Conduct, ConductEntry, Event, Feedback, Interest, Question, Source

YEARS = dt.timedelta(days=3 * 365)
TASK = "public task (article 6(1)(e)); for charities their legitimate interest (6(1)(f))"
CONSENT = "consent (article 6(1)(a)): you asked for it, and stop it with one press"


def _asked(subject: Subject) -> Q:
    return by("person")(subject) | Q(email__in=subject.emails)


def declare_all() -> None:
    declare(Personal(
        Question, "What you asked about events", "so that it is answered, in public", TASK, "three years after the event; then without your name and address",
        of=_asked, export=("text", "name", "email", "asked_at", "answer", "answered_at"), erasure=Erasure.BLANK,
        blank={"person": None, "name": "", "email": "", "text": "(erased)"},
        expires=lambda now: Q(event__occasion__ends_at__lt=now - YEARS) & (Q(person__isnull=False) | ~Q(name="", email="")),
    ))  # fmt: skip
    declare(Personal(
        Interest, "Which events you want to hear of", "so that you are told of new ones", CONSENT, "until you stop it; an address that nobody confirms, a week",
        of=_asked, export=("email", "topics", "near", "made_at", "confirmed_at"), erasure=Erasure.DELETE,
        expires=lambda now: Q(confirmed_at__isnull=True, made_at__lt=now - dt.timedelta(days=7)),
    ))  # fmt: skip
    declare(Personal(
        Feedback, "What you said about events you were at", "so that the next one is better", TASK, "two years",
        of=lambda subject: by("place__person")(subject) | Q(place__email__in=subject.emails), export=("worth", "text", "at"), erasure=Erasure.DELETE,
        expires=lambda now: Q(at__lt=now - dt.timedelta(days=2 * 365)),
    ))  # fmt: skip
    declare(Personal(
        Source, "Calendars you brought in", "so that somebody can be asked about them", TASK, "as long as the calendar is kept up with",
        of=by("added_by"), export=("url", "organisation__name", "added_at"), erasure=Erasure.BLANK, blank={"added_by": None},
    ))  # fmt: skip
    declare(Personal(
        Conduct, "How you behaved at an event, and what became of it", "so that nobody is kept away unheard, and for no longer than was said", TASK, "a year after it is over",
        of=_asked, export=("event__occasion__title", "state", "made_at", "heard_from", "until", "ended_at"), erasure=Erasure.BLANK,
        blank={"person": None, "email": "", "name": ""},
        expires=lambda now: Q(ended_at__lt=now - dt.timedelta(days=365)) & (Q(person__isnull=False) | ~Q(email="", name="")),
    ))  # fmt: skip
    declare(Personal(
        ConductEntry, "What was said about how you behaved", "so that both sides are heard", TASK, "a year after it is over",
        of=lambda subject: by("conduct__person")(subject) | Q(conduct__email__in=subject.emails), export=("what", "text", "at"), erasure=Erasure.BLANK,
        blank={"text": "(erased)", "person": None}, expires=lambda now: Q(conduct__ended_at__lt=now - dt.timedelta(days=365)) & ~Q(text="(erased)"),
    ))  # fmt: skip
    nothing_personal(Event, "what takes place; its host is there by id, on the occasion")
