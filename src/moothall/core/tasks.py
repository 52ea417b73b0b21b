"""Core's jobs."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from . import imap, imports, inbox, mail
from .jobs import Job, does


@does(Job.SEND_MAIL)
def send_mail(mail_id: str) -> None:
    mail.deliver(uuid.UUID(mail_id), timezone.now())


@does(Job.READ_MAIL)
def read_mail(mail_id: str) -> None:
    try:
        inbox.handle(uuid.UUID(mail_id), timezone.now())
    except OperationalError:
        raise  # the database is away: the job is done again
    except Exception as error:  # noqa: BLE001  whatever a message makes a reader do, the message stays
        inbox.failed(uuid.UUID(mail_id), timezone.now(), error)


@does(Job.TAKE_IMPORT)
def take_import(work_id: str) -> None:
    imports.carry_out(uuid.UUID(work_id), timezone.now)


@does(Job.FETCH_MAIL)
def fetch_mail() -> None:
    imap.fetch(settings.IMAP, timezone.now)
