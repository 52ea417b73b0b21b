"""The audit: who did what to what. Called inside the transaction that does it."""

from __future__ import annotations

import datetime as dt

from django.db import models, transaction

from .actor import Actor
from .models import AuditEntry


def record(
    *, actor: Actor, now: dt.datetime, verb: str, subject: models.Model, organisation: int | None = None
) -> None:
    """Adds one row. `verb` is an imperative with hyphens ("grant-role"); the subject is kept by kind and id, without words.

    Raises RuntimeError outside a transaction: an audit that could stand without its deed is none.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the audit is written in the transaction of the deed")
    AuditEntry.objects.create(
        at=now, actor_kind=actor.kind, actor_id=actor.id, actor_name=actor.name, verb=verb,
        subject_kind=subject._meta.label_lower, subject_id=str(subject.pk), organisation_id=organisation,
    )  # fmt: skip


def entries_of(subject: models.Model, count: int = 50) -> list[AuditEntry]:
    """What was done to one thing, newest first."""
    mine = AuditEntry.objects.filter(subject_kind=subject._meta.label_lower, subject_id=str(subject.pk))
    return list(mine.order_by("-at", "-id")[:count])
