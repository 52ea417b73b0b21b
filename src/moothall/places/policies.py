"""Who may see a place, keep a list, object, and say how many of a team must stay."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import NO_ROW, Actor, ActorKind
from moothall.directory.types import Permission

from .models import Objection, Occasion, Place
from .types import Goer


def can_go_as(actor: Actor, goer: Goer) -> bool:
    """Everybody for themselves: who has signed in as the person they are, who has not with the address they type."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    return goer.person == actor.id and (goer.person is not None or bool(goer.email))


def can_host(actor: Actor, organisation: int) -> bool:
    """Whoever works there, whatever their grade, and who keeps its record."""
    return organisation in actor.belongs_to or actor.may(Permission.MANAGE_INSTITUTION, organisation=organisation)


def can_keep_list(actor: Actor, occasion: Occasion) -> bool:
    """Its host while they work there, and who keeps the organisation's record."""
    hosts = actor.id is not None and occasion.host_id == actor.id and occasion.organisation_id in actor.belongs_to
    return hosts or actor.may(Permission.MANAGE_INSTITUTION, organisation=occasion.organisation_id)


def keepable_occasions(actor: Actor) -> Q:
    """The twin of `can_keep_list`."""
    mine = Q(host_id=actor.id, organisation_id__in=actor.belongs_to) if actor.id is not None else NO_ROW
    return mine | actor.where(Permission.MANAGE_INSTITUTION)


def is_mine(actor: Actor, place: Place) -> bool:
    return actor.id is not None and place.person_id == actor.id


def can_object(actor: Actor, place: Place) -> bool:
    """Who leads the team in whose time they go; never about oneself."""
    if place.organisation_id is None or actor.id == place.person_id:
        return False
    return actor.may(Permission.OBJECT, organisation=place.organisation_id, team=place.team_id)


def can_withdraw(actor: Actor, objection: Objection) -> bool:
    """Who leads the team whose time it was about."""
    return actor.may(Permission.OBJECT, organisation=objection.organisation_id, team=objection.team_id)


def withdrawable_objections(actor: Actor) -> Q:
    """The twin of `can_withdraw`."""
    return actor.where(Permission.OBJECT, team="team_id")


def noticed_places(actor: Actor) -> Q:
    """The twin of `can_object`."""
    led = Q(organisation__isnull=False) & actor.where(Permission.OBJECT, team="team_id")
    return led & ~Q(person_id=actor.id) if actor.id is not None else led


def can_see_place(actor: Actor, place: Place) -> bool:
    return is_mine(actor, place) or can_object(actor, place)


def visible_places(actor: Actor) -> Q:
    mine = Q(person_id=actor.id) if actor.id is not None else NO_ROW
    return mine | noticed_places(actor)


def can_keep_cover(actor: Actor, organisation: int, team: int) -> bool:
    """Who leads the team, and who keeps the organisation's record."""
    return actor.may(Permission.KEEP_COVER, organisation=organisation, team=team)


def can_set_notice(actor: Actor, organisation: int) -> bool:
    return actor.may(Permission.MANAGE_INSTITUTION, organisation=organisation)
