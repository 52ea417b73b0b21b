"""Who may publish a plan. Published plans are public: money of the public, spent in the open."""

from __future__ import annotations

from moothall.core.actor import Actor
from moothall.directory.types import Permission


def can_publish_plan(actor: Actor) -> bool:
    return actor.may(Permission.PUBLISH_PLAN)
