"""The demo's mail server: none. What went out is read on /demo/mail/, so secrets keep their text there."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class Mailbox(BaseEmailBackend):
    """Takes every message and sends none."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        return len(messages)
