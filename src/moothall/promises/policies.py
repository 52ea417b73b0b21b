"""Who may see a promise, and who may let one go."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import NO_ROW, Actor, ActorKind
from moothall.directory.types import Permission

from .models import Promise
from .types import PERMISSION_AT, Rung


def can_see_promise(actor: Actor, promise: Promise) -> bool:
    """The person owed, whoever holds the post or stands above it, and who keeps the institution's record."""
    return (
        (actor.id is not None and promise.owed_person_id == actor.id)
        or _holds(actor, promise)
        or actor.may(Permission.SEE_PROMISES, organisation=promise.organisation_id, team=promise.team_id)
    )


def visible_promises(actor: Actor) -> Q:
    mine = Q(owed_person_id=actor.id) if actor.id is not None else NO_ROW
    return mine | _held(actor) | actor.where(Permission.SEE_PROMISES, team="team_id")


def _holds(actor: Actor, promise: Promise) -> bool:
    """Whoever owed it first: of its post, or of the role at the foot of its ladder."""
    if promise.is_a_post_s:
        return holds_post(actor, promise.organisation_id, promise.post_id)
    return _at(actor, Rung(promise.ladder[0]), promise)


def _held(actor: Actor) -> Q:
    """The twin of `_holds`."""
    found = Q(ladder__0=Rung.POST) & held_posts(actor)
    for rung, permission in PERMISSION_AT.items():
        found |= Q(ladder__0=rung) & actor.where(permission, team="team_id")
    return found


def holds_post(actor: Actor, organisation: int, post: int | None) -> bool:
    """In it today, or standing in; where no post is named, its administrators."""
    if post is None:
        return actor.may(Permission.MANAGE_PEOPLE, organisation=organisation)
    return post in actor.posts


def held_posts(actor: Actor) -> Q:
    """The twin of `holds_post`, on rows with an organisation and a post."""
    named = Q(post_id__in=actor.posts) if actor.posts else NO_ROW
    return named | (actor.where(Permission.MANAGE_PEOPLE) & Q(post__isnull=True))


def stands_above(actor: Actor, organisation: int, team: int | None) -> bool:
    """Whoever something of that organisation can climb to: its managers and board, and the city's steward."""
    return any(actor.may(each, organisation=organisation, team=team) for each in PERMISSION_AT.values())


def can_answer_for(actor: Actor, promise: Promise) -> bool:
    """Who it rests with now: whoever held it first at all times, and those above up to the rung it has climbed to."""
    reached = promise.ladder[1 : promise.ladder.index(promise.rung) + 1]
    return _holds(actor, promise) or any(_at(actor, Rung(rung), promise) for rung in reached)


def resting_promises(actor: Actor) -> Q:
    """The twin of `can_answer_for`. A promise on the public list rests with everybody it passed."""
    found = _held(actor)
    order = [Rung.POST, *PERMISSION_AT, Rung.PUBLIC]
    for rung, permission in PERMISSION_AT.items():
        there = actor.where(permission, team="team_id")
        if there != NO_ROW:
            found |= there & Q(rung__in=order[order.index(rung) :], ladder__contains=[rung])
    return found


def promises_below(actor: Actor) -> Q:
    """What would climb to them if it is missed again: of their team or institution, not with them yet. The city's steward has the public list."""
    found = NO_ROW
    for rung, permission in PERMISSION_AT.items():
        if rung is not Rung.STEWARD:
            found |= actor.where(permission, team="team_id") & Q(ladder__contains=[rung])
    return found & ~resting_promises(actor)


def can_release(actor: Actor, promise: Promise) -> bool:
    """Only from above: never who holds the post, whatever else they are."""
    if actor.kind is not ActorKind.PERSON or _holds(actor, promise):
        return False
    return any(_at(actor, Rung(rung), promise) for rung in promise.ladder[1:])


def _at(actor: Actor, rung: Rung, promise: Promise) -> bool:
    permission = PERMISSION_AT.get(rung)
    return permission is not None and actor.may(permission, organisation=promise.organisation_id, team=promise.team_id)


def can_set_terms(actor: Actor, organisation: int) -> bool:
    return actor.may(Permission.MANAGE_INSTITUTION, organisation=organisation)


def can_import_holidays(actor: Actor) -> bool:
    return actor.may(Permission.KEEP_DIRECTORY)
