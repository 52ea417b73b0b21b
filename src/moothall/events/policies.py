"""Who puts an event up, keeps it, and answers what is asked about it."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import EVERY_ROW, Actor
from moothall.directory.types import Permission
from moothall.places.policies import can_host, can_keep_list
from moothall.promises.models import Promise
from moothall.promises.policies import can_answer_for

from .models import Event, Question
from .types import About

__all__ = ["can_answer", "can_host", "can_keep_event", "can_see_event", "visible_events"]


def can_see_event(actor: Actor, event: Event) -> bool:
    """Everybody, also of a closed one: that it takes place, and why it is closed, is public. Of an institution that is not confirmed, those
    who work there."""
    body = event.occasion.organisation
    return (
        body.confirmed_at is not None
        or body.pk in actor.belongs_to
        or actor.may(Permission.MANAGE_INSTITUTION, organisation=body.pk)
        or actor.may(Permission.CONFIRM_INSTITUTIONS)
    )


def visible_events(actor: Actor) -> Q:
    """The twin of `can_see_event`."""
    if actor.may(Permission.CONFIRM_INSTITUTIONS):
        return EVERY_ROW
    found = Q(occasion__organisation__confirmed_at__isnull=False)
    if actor.belongs_to:
        found |= Q(occasion__organisation_id__in=actor.belongs_to)
    managed = {
        each.organisation
        for each in actor.held
        if each.permission == Permission.MANAGE_INSTITUTION and each.organisation
    }
    return found | Q(occasion__organisation_id__in=managed) if managed else found


def can_keep_event(actor: Actor, event: Event) -> bool:
    """Its host while they work there, and who keeps the institution's record."""
    return can_keep_list(actor, event.occasion)


def can_answer(actor: Actor, question: Question, promise: Promise | None) -> bool:
    """A question: who keeps the event, and whoever it rests with. A challenge of its being closed: whoever that rests with, never the host."""
    rests = promise is not None and can_answer_for(actor, promise)
    return rests or (question.about == About.MATTER and can_keep_event(actor, question.event))
