"""What accounts, sessions and the queue hold about a person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q
from procrastinate.contrib.django import models as queue

from moothall.core.actor import NO_ROW
from moothall.core.models import AuditEntry, Import, OutgoingMail, QuietThread, StoredFile, Work
from moothall.core.personal import Erasure, Personal, Subject, by, declare, nothing_personal

from .models import User

CONTRACT = "to give people the account they asked for (article 6(1)(b))"
LEGAL = "public task and its accountability (article 6(1)(e))"


def declare_all() -> None:
    declare(Personal(
        User, "Your account", "to let you sign in", CONTRACT, "until you ask for erasure",
        of=lambda subject: Q(id=subject.user), export=("email", "sign_in_name", "joined_at", "last_login", "is_active"),
        erasure=Erasure.KEEP, why_kept="Emptied of your address, name and password, and closed; the empty row stays so that nobody gets your place.",
    ))  # fmt: skip
    declare(Personal(
        EmailAddress, "Your addresses", "to send you codes", CONTRACT, "until you remove them",
        of=lambda subject: Q(user_id=subject.user), export=("email", "verified", "primary"), erasure=Erasure.DELETE,
    ))  # fmt: skip
    declare(Personal(
        UserSession, "Where you are signed in", "to let you see and end your sessions", CONTRACT, "a day after the session ended",
        of=lambda subject: Q(user_id=subject.user), export=("created_at", "ip", "user_agent"), erasure=Erasure.DELETE,
    ))  # fmt: skip
    declare(Personal(
        OutgoingMail, "Mail sent to you", "to send it, again if need be", CONTRACT, "thirty days after it was sent; sixty if it cannot be",
        of=_mail_to, export=("to", "subject", "text", "made_at", "sent_at", "state", "secret"), erasure=Erasure.DELETE, shown=_without_codes,
        expires=lambda now: Q(made_at__lt=now - dt.timedelta(days=60)),
    ))  # fmt: skip
    declare(Personal(
        QuietThread, "What you want no letters about", "so that you get none", CONTRACT, "a year",
        of=lambda subject: Q(address__in=subject.emails), export=("address", "thread", "at"), erasure=Erasure.DELETE,
        expires=lambda now: Q(at__lt=now - dt.timedelta(days=365)),
    ))  # fmt: skip
    declare(Personal(
        StoredFile, "Files you gave or were given", "to take in what you sent, and give back the rest", CONTRACT, "thirty days, or as long as what was made of them",
        of=by("owner_id"),
        export=("name", "media_type", "size", "sha256", "made_at", "kept_until"), erasure=Erasure.BLANK, blank={"owner_id": None, "name": "file"},
    ))  # fmt: skip
    declare(Personal(
        Import, "Imports you made", "to show what was taken and what was not", LEGAL, "thirty days",
        of=by("owner_id"), export=("kind", "made_at", "taken_at", "taken", "refused"),
        erasure=Erasure.BLANK, blank={"owner_id": None}
    ))  # fmt: skip
    declare(Personal(
        AuditEntry, "What you did that changed something", "to be able to say who did what", LEGAL, "as long as what was changed",
        of=lambda subject: Q(actor_kind="person") & by("actor_id")(subject),
        export=("at", "verb", "subject_kind", "subject_id"), erasure=Erasure.KEEP,
        why_kept="Kept, by number only: with your name erased elsewhere, the number leads to nobody.",
    ))  # fmt: skip
    nothing_personal(Session, "Signed-in state under a random key; what is personal about a session is in UserSession.")
    nothing_personal(EmailConfirmation, "Never used: addresses are proven by codes that live in the session.")
    nothing_personal(Work, "Progress of long work; who started it stands with its subject.")
    for table in (ContentType, Group, Permission):
        nothing_personal(table, "Tables of Django that nothing here writes to.")
    for model in (
        queue.ProcrastinateJob,
        queue.ProcrastinateEvent,
        queue.ProcrastinatePeriodicDefer,
        queue.ProcrastinateWorker,
    ):
        nothing_personal(model, "Jobs carry ids of rows, never what is in them.")


def _without_codes(row: dict[str, Any]) -> dict[str, Any]:
    """A code that waits to be sent is for the mailbox alone."""
    return {**row, "text": "" if row["secret"] else row["text"]}


def _mail_to(subject: Subject) -> Q:
    found = NO_ROW
    for address in subject.emails:
        found |= Q(to__iexact=address)
    return found
