"""The promises of appeals: a decision, and that the body complies or explains."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from moothall.promises.ports import Kind, register
from moothall.promises.types import Rung, Term, Unit

from . import selectors, services


def register_all() -> None:
    register(Kind(
        selectors.DECISION, _("A decision on an appeal"), selectors.describe, Term(10), longest=15,
        ladder=(Rung.BOARD, Rung.STEWARD, Rung.PUBLIC), lock=services.lock, released=services.released, link_for=selectors.link_for,
    ))  # fmt: skip
    # Ten days: mission.md, M28.
    register(Kind(
        selectors.COMPLIANCE, _("To comply with a decision, or explain"), selectors.describe, Term(10, Unit.DAYS),
        ladder=(Rung.POST, Rung.SPONSOR, Rung.BOARD, Rung.STEWARD, Rung.PUBLIC), lock=services.lock, released=services.compliance_released, link_for=selectors.link_for,
    ))  # fmt: skip
