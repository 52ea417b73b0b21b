"""Who may plan, and who may read what is not published yet. Published plans are public: money of the public, spent in the open."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import NO_ROW, Actor
from moothall.directory.types import Permission

from .models import City, Plan


def can_plan(actor: Actor, organisation: int | None) -> bool:
    """For one organisation, or for the whole city (None)."""
    return actor.may(Permission.PLAN, organisation=organisation)


def can_publish_plan(actor: Actor, organisation: int | None) -> bool:
    return actor.may(Permission.PUBLISH_PLAN, organisation=organisation)


def can_see_city(actor: Actor, city: City) -> bool:
    return can_plan(actor, city.organisation_id)


def visible_cities(actor: Actor) -> Q:
    return actor.where(Permission.PLAN)


def can_see_plan(actor: Actor, plan: Plan) -> bool:
    """Published ones are everybody's; drafts are the coordinators', and those they share are read by partners too."""
    shared = plan.shared_at is not None and actor.may_somewhere(Permission.READ_SHARED_PLANS)
    return plan.published_at is not None or shared or can_plan(actor, plan.organisation_id)


def visible_plans(actor: Actor) -> Q:
    shared = Q(shared_at__isnull=False) if actor.may_somewhere(Permission.READ_SHARED_PLANS) else NO_ROW
    return Q(published_at__isnull=False) | shared | actor.where(Permission.PLAN)
