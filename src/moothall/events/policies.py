"""Who puts an event up, keeps it, and answers what is asked about it."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import EVERY_ROW, NO_ROW, Actor
from moothall.directory.types import Permission
from moothall.places.policies import can_host, can_keep_list
from moothall.promises.models import Promise
from moothall.promises.policies import can_answer_for

from .models import Conduct, Event, Question
from .types import About

__all__ = [
    "can_answer",
    "can_decide_conduct",
    "can_host",
    "can_keep_event",
    "can_see_conduct",
    "can_see_event",
    "can_warn",
    "visible_conduct",
    "visible_events",
]


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


DECIDING = (Permission.MANAGE_INSTITUTION, Permission.ANSWER_AS_SPONSOR)


def can_warn(actor: Actor, event: Event) -> bool:
    """Who holds the event."""
    return can_keep_event(actor, event)


def can_decide_conduct(actor: Actor, conduct: Conduct) -> bool:
    """Administrators and senior sponsors; never who gave the warning, and nobody about themselves."""
    if actor.id is not None and actor.id in (conduct.warned_by_id, conduct.person_id):
        return False
    return any(actor.may(each, organisation=conduct.organisation_id) for each in DECIDING)


def can_see_conduct(actor: Actor, conduct: Conduct) -> bool:
    """Who it is about, who warned them, and who may decide there."""
    mine = actor.id is not None and actor.id in (conduct.person_id, conduct.warned_by_id)
    return mine or any(actor.may(each, organisation=conduct.organisation_id) for each in DECIDING)


def visible_conduct(actor: Actor) -> Q:
    """The twin of `can_see_conduct`."""
    found = Q(person_id=actor.id) | Q(warned_by_id=actor.id) if actor.id is not None else NO_ROW
    for each in DECIDING:
        found |= actor.where(each)
    return found


def can_answer(actor: Actor, question: Question, promise: Promise | None) -> bool:
    """A question: who keeps the event, and whoever it rests with. A challenge of its being closed: whoever that rests with, never the host."""
    rests = promise is not None and can_answer_for(actor, promise)
    if question.about == About.CLOSING and actor.id is not None and actor.id == question.event.occasion.host_id:
        return False
    return rests or (question.about == About.MATTER and can_keep_event(actor, question.event))
