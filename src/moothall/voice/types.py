"""The vocabulary of voice: what people send, how it came, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseKind(TextChoices):
    IDEA = "idea", _("Idea")
    CORRECTION = "correction", _("Correction to the directory")


class CameBy(TextChoices):
    WEB = "web", _("On the web")
    MAIL = "mail", _("By mail")
    IN_PERSON = "in-person", _("In person")
    PHONE = "phone", _("By phone")
    LETTER = "letter", _("By letter")


class CaseState(TextChoices):
    OPEN = "open", _("Open")
    ASKED = "asked", _("A question waits for you")
    SETTLED = "settled", _("Answered")


class Decision(TextChoices):
    """How a case ended. An answer says neither yes nor no."""

    NONE = "", _("Not yet")
    ANSWERED = "answered", _("Answered")
    YES = "yes", _("Yes: it will be done")
    PARTLY = "partly", _("In part")
    NO = "no", _("No")
    RELEASED = "released", _("Released from above, with a reason")


DECISIONS = (Decision.YES, Decision.PARTLY, Decision.NO)


class Entry(TextChoices):
    """What stands in the conversation of a case."""

    SENT = "sent", _("Sent")
    ASKED = "asked", _("Asked")
    REPLIED = "replied", _("Replied")
    HANDED_OVER = "handed-over", _("Passed on")
    PLACED = "placed", _("Said whom it is for")
    ANSWERED = "answered", _("Answered")
    DECIDED = "decided", _("Decided")
    REOPENED = "reopened", _("Asked to look again")
    EXTENDED = "extended", _("Took more time")
    RELEASED = "released", _("Released")


class By(TextChoices):
    AUTHOR = "author", _("Author")
    OWNER = "owner", _("Owner")


@dataclass(frozen=True, slots=True)
class Author:
    """Who sends something: a person with an account, a mail address, or neither (then the receipt is their key)."""

    person: int | None = None
    name: str = ""
    email: str = ""
