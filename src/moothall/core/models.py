"""What every area leans on: the audit, mail on its way out, files, long work, imports. No noun of the domain, no name of a person."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from .actor import ActorKind
from .types import ImportState, IncomingState, MailState, WorkState

ONLY_THE_OWNER = """
IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RAISE EXCEPTION 'rows of %% are only ever added', TG_TABLE_NAME;
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
""".replace("%%", "%")


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers that let the app add rows and nothing else; the tables' owner may still empty them (tests, retention)."""
    return [
        pgtrigger.Trigger(name="append_only", when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete, func=ONLY_THE_OWNER),
        pgtrigger.Trigger(name="never_emptied", when=pgtrigger.Before, level=pgtrigger.Statement, operation=pgtrigger.Truncate, func=ONLY_THE_OWNER),
    ]  # fmt: skip


class AuditEntry(models.Model):
    """Who did what to what, written in the transaction that did it. Ids only: erasing a person rewrites no history."""

    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ActorKind])
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=40, blank=True)
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    organisation_id = models.BigIntegerField(null=True)

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(actor_kind="person") | Q(actor_id__isnull=False), name="audited_person_has_an_id")
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(F("subject_kind"), F("subject_id"), name="audit_by_subject"),
            models.Index(F("organisation_id"), F("at").desc(), name="audit_by_organisation"),
        ]


class OutgoingMail(models.Model):
    """A message to send: stored with what caused it, sent by the worker, tried again until it is gone or given up."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.EmailField(max_length=320)
    subject = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    secret = models.BooleanField(default=False)
    key = models.CharField(max_length=120, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    thread = models.CharField(max_length=80, blank=True)
    """What letters about one thing share, so that mail programs show them together."""
    stop_url = models.URLField(max_length=500, blank=True)
    """Where one press stops letters of this kind."""
    calendar = models.TextField(blank=True)
    """A calendar entry that goes with it (`calendars.invitation`)."""
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="mail_once_a_key"),
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="mail_state_is_known"),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="sent_mail_says_when"),
        ]
        indexes: ClassVar = [models.Index(F("due_at"), name="mail_by_due", condition=~Q(state="sent"))]


class QuietThread(models.Model):
    """That an address gets no more letters about one thing: whoever reads them there has said so."""

    address = models.EmailField(max_length=320)
    thread = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "address"], name="thread_once_quiet"),
            models.CheckConstraint(condition=~Q(thread=""), name="quiet_is_about_something"),
        ]


class IncomingMail(models.Model):
    """A message as it came, byte for byte, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    raw = models.BinaryField()
    sha256 = models.CharField(max_length=64, unique=True)
    recipient = models.CharField(max_length=320, blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=IncomingState.choices, default=IncomingState.NEW)
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    message_id = models.CharField(max_length=500, blank=True)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=IncomingState.values), name="incoming_state_is_known")
        ]
        indexes: ClassVar = [
            models.Index(F("received_at"), name="incoming_open", condition=Q(state__in=["new", "held"])),
            models.Index(F("message_id"), name="incoming_by_id"),
        ]


class StoredFile(models.Model):
    """A file that somebody gave or that was made for somebody: its type by its content, never by its name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    owner_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    kept_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(F("kept_until"), name="file_by_end")]


class Work(models.Model):
    """Something that takes longer than a page: its progress, whether somebody asked it to stop, and who does it now.

    `lease` counts the attempts. Whoever writes progress names the lease they hold; a worker that was replaced writes nothing more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.WAITING)
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stop_asked_at = models.DateTimeField(null=True)
    lease = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    progress = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], condition=Q(state__in=["waiting", "running"]), name="work_open_once_a_key"),
            models.CheckConstraint(condition=Q(state__in=WorkState.values), name="work_state_is_known"),
            models.CheckConstraint(condition=Q(state__in=["waiting", "running"]) | Q(finished_at__isnull=False), name="finished_work_says_when"),
        ]  # fmt: skip


class Import(models.Model):
    """A table that somebody gave: looked at, its columns named, previewed, then taken. The file stays as it came, for a month;
    when it goes, so does this."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    organisation_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    file = models.ForeignKey(StoredFile, models.CASCADE, related_name="+")
    rest = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")
    mapping = models.JSONField(default=dict)
    asked = models.JSONField(default=dict)
    """Who asked for it to be taken, and whether only what is right."""
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.OPEN)
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    taken = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(taken_at__isnull=False), name="taken_import_says_when"
            ),
        ]
