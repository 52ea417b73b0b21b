"""The vocabulary of appeals: how one ends, and what is said in it by whom."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Ruling(TextChoices):
    """How an appeal ended. Upheld binds inside the delegation that the body has adopted; outside it the body complies or explains."""

    OPEN = "", _("Not decided yet")
    UPHELD = "upheld", _("Upheld")
    ASKED = "asked", _("Upheld; the body must comply or explain")
    NOT_UPHELD = "not-upheld", _("Not upheld")
    SETTLED = "settled", _("Settled: what was refused is allowed now")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Answer(TextChoices):
    """What a body did that had to comply or explain."""

    NONE = "", _("Not yet")
    COMPLIED = "complied", _("Complied")
    EXPLAINED = "explained", _("Explained")


class Said(TextChoices):
    """What stands in the record of an appeal."""

    OPENED = "opened", _("Appealed")
    STATED = "stated", _("Said")
    ASKED = "asked", _("Asked")
    PASSED_ON = "passed-on", _("Passed on")
    DECIDED = "decided", _("Decided")
    COMPLIED = "complied", _("Complied")
    EXPLAINED = "explained", _("Explained")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SETTLED = "settled", _("Settled")


class Side(TextChoices):
    """Who speaks."""

    APPELLANT = "appellant", _("Who appealed")
    BODY = "body", _("Who refused")
    BOARD = "board", _("Who decides")
