"""What appeals hold about a person."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from moothall.core.personal import Erasure, Personal, Subject, by, declare, nothing_personal

from .models import Appeal, AppealEntry, Remit
from .types import Side

YEARS = dt.timedelta(days=3 * 365)
TASK = "public task (article 6(1)(e)); for charities their legitimate interest (6(1)(f))"


def _opened(subject: Subject) -> Q:
    return by("appellant")(subject) | Q(appellant_email__in=subject.emails)


def _said(subject: Subject) -> Q:
    """Their own words, also of who appealed by mail."""
    return by("person")(subject) | Q(side=Side.APPELLANT, appeal__appellant_email__in=subject.emails)


def declare_all() -> None:
    declare(Personal(
        Appeal, "Appeals you opened", "so that they are decided", TASK, "three years after the decision; then without your name and address",
        of=_opened, export=("reference", "kind", "title", "refusal", "organisation__name", "opened_at", "ruling", "decided_at", "public_text"),
        erasure=Erasure.BLANK, blank={"appellant": None, "appellant_email": "", "title": "(erased)", "refusal": "(erased)"},
        expires=lambda now: Q(decided_at__lt=now - YEARS) & ~Q(title="(erased)"),
    ))  # fmt: skip
    declare(Personal(
        AppealEntry, "What you said in appeals", "so that both sides are heard, and the decision understood", TASK, "three years after the decision",
        of=_said, export=("what", "side", "text", "at"), erasure=Erasure.BLANK, blank={"text": "(erased)", "person": None},
        expires=lambda now: Q(appeal__decided_at__lt=now - YEARS) & ~Q(text="(erased)"),
    ))  # fmt: skip
    nothing_personal(Remit, "what a body lets its board contact decide")
