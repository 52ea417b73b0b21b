"""Core's jobs."""

from __future__ import annotations

import uuid

from django.utils import timezone

from . import mail
from .jobs import Job, does


@does(Job.SEND_MAIL)
def send_mail(mail_id: str) -> None:
    mail.deliver(uuid.UUID(mail_id), timezone.now())
