"""States of the things that every area leans on."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MailState(TextChoices):
    WAITING = "waiting", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    STUCK = "stuck", _("Could not be sent")


class WorkState(TextChoices):
    WAITING = "waiting", _("Waiting for its turn")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


class ImportState(TextChoices):
    OPEN = "open", _("Not taken yet")
    TAKEN = "taken", _("Taken")


class IncomingState(TextChoices):
    NEW = "new", _("Not read yet")
    TAKEN = "taken", _("Passed on")
    HELD = "held", _("Held for a person to look at")
    AUTOMATIC = "automatic", _("Written by a program")
    PUT_ASIDE = "put-aside", _("Put aside by a person")
