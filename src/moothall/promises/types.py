"""The vocabulary of promises: how long one has, the ladder above whoever holds it, and what can become of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from moothall.directory.types import Permission, Role


class Unit(TextChoices):
    WORKING_DAYS = "working-days", _("working days")
    DAYS = "days", _("days")
    MONTHS = "months", _("months")
    MOMENT = "moment", _("at a set moment")


@dataclass(frozen=True, slots=True)
class Term:
    """How long somebody has: so many working days of the organisation's division, calendar days or months."""

    count: int
    unit: Unit = Unit.WORKING_DAYS


class Rung(TextChoices):
    """Where a promise rests: with the post that holds it, or with whoever stands above it after it was missed."""

    POST = "post", _("the post that owes it")
    LEAD = "lead", _("the team’s manager")
    SPONSOR = "sponsor", _("the senior sponsor")
    BOARD = "board", _("the board contact")
    STEWARD = "steward", _("the city steward")
    PUBLIC = "public", _("nobody: every level has missed it")


LADDER = (Rung.POST, Rung.LEAD, Rung.SPONSOR, Rung.BOARD, Rung.STEWARD, Rung.PUBLIC)

ROLE_AT = {
    Rung.LEAD: Role.LINE_MANAGER,
    Rung.SPONSOR: Role.SENIOR_SPONSOR,
    Rung.BOARD: Role.BOARD_CONTACT,
    Rung.STEWARD: Role.CITY_STEWARD,
}
PERMISSION_AT = {
    Rung.LEAD: Permission.ANSWER_AS_LEAD,
    Rung.SPONSOR: Permission.ANSWER_AS_SPONSOR,
    Rung.BOARD: Permission.ANSWER_AS_BOARD,
    Rung.STEWARD: Permission.ANSWER_AS_STEWARD,
}


class Outcome(TextChoices):
    OPEN = "", _("Open")
    KEPT = "kept", _("Kept")
    RELEASED = "released", _("Released, with a reason")


class Step(TextChoices):
    """What history holds of a promise."""

    MADE = "made", _("Made")
    REMINDED = "reminded", _("Reminded")
    MISSED = "missed", _("Missed")
    CLIMBED = "climbed", _("Went up")
    EXTENDED = "extended", _("Given more time")
    MOVED = "moved", _("Due day moved by a bank holiday")
    HANDED_OVER = "handed-over", _("Handed over")
    KEPT = "kept", _("Kept")
    RELEASED = "released", _("Released")


@dataclass(frozen=True, slots=True)
class Owed:
    """To whom: a person, a mail address, or the holder of a receipt. All empty for what is owed to nobody in particular."""

    person: int | None = None
    email: str = ""
    receipt: str = ""

    def __bool__(self) -> bool:
        return self.person is not None or bool(self.email or self.receipt)


@dataclass(frozen=True, slots=True)
class Extension:
    """A kind's own rule for more time: by at most so much, so many times."""

    most: Term
    times: int = 1


@dataclass(frozen=True, slots=True)
class Holiday:
    """A bank holiday as an import names it."""

    division: str
    on: dt.date
    title: str
