"""Who may change the directory."""

from __future__ import annotations

from moothall.core.actor import Actor

from .types import Permission


def can_import_organisations(actor: Actor) -> bool:
    """Organisations come in with the plan that names them."""
    return actor.may(Permission.PUBLISH_PLAN)
