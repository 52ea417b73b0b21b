"""The audit: who did what to what. Called inside the transaction that does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection, models, transaction

from .actor import Actor, ActorKind
from .models import AuditEntry


def record(
    *, actor: Actor, now: dt.datetime, verb: str, subject: models.Model, organisation: int | None = None
) -> None:
    """Adds one row. `verb` is an imperative with hyphens ("grant-role"); the subject is kept by kind and id, without words.

    Raises RuntimeError outside a transaction: an audit that could stand without its deed is none.
    """
    record_all(actor=actor, now=now, verb=verb, subjects=[subject], organisation=organisation)


ADD = """
INSERT INTO core_auditentry (at, actor_kind, actor_id, actor_name, verb, organisation_id, subject_kind, subject_id)
SELECT %s, %s, %s, %s, %s, %s, kind, id FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS subjects (kind, id, place) ORDER BY place
"""


def record_all(
    *, actor: Actor, now: dt.datetime, verb: str, subjects: Sequence[models.Model], organisation: int | None = None
) -> None:
    """The same deed done to many, in one statement for thousands. Raises RuntimeError outside a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the audit is written in the transaction of the deed")
    # Whoever has signed in and not said their name yet is nobody here so far.
    who = ActorKind.VISITOR if actor.kind is ActorKind.PERSON and actor.id is None else actor.kind
    if not subjects:
        return
    kinds = [each._meta.label_lower for each in subjects]
    with connection.cursor() as cursor:
        cursor.execute(
            ADD, [now, who, actor.id, actor.name, verb, organisation, kinds, [str(each.pk) for each in subjects]]
        )


def entries_of(subject: models.Model, count: int = 50) -> list[AuditEntry]:
    """What was done to one thing, newest first."""
    mine = AuditEntry.objects.filter(subject_kind=subject._meta.label_lower, subject_id=str(subject.pk))
    return list(mine.order_by("-at", "-id")[:count])
