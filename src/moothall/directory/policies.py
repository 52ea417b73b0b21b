"""Who may see and change what in the directory: each predicate with its twin, the rows on which it holds."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import EVERY_ROW, NO_ROW, Actor, ActorKind

from .models import Organisation, RoleGrant
from .types import ROLES, Permission, Role, Scope


def can_import_organisations(actor: Actor) -> bool:
    """Organisations come in with the plan that names them."""
    return actor.may_somewhere(Permission.PUBLISH_PLAN)


def can_see_organisation(actor: Actor, organisation: Organisation) -> bool:
    """Confirmed ones are public; the others are seen by those who work there or may confirm them."""
    return (
        organisation.confirmed_at is not None
        or organisation.pk in actor.belongs_to
        or actor.may(Permission.MANAGE_INSTITUTION, organisation=organisation.pk)
        or actor.may(Permission.CONFIRM_INSTITUTIONS)
    )


def visible_organisations(actor: Actor) -> Q:
    mine = Q(pk__in=actor.belongs_to) | actor.where(Permission.MANAGE_INSTITUTION, organisation="pk")
    return EVERY_ROW if actor.may(Permission.CONFIRM_INSTITUTIONS) else Q(confirmed_at__isnull=False) | mine


def can_set_up_institution(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM or (actor.id is not None and actor.may(Permission.OWN_ACCOUNT))


def can_confirm_institution(actor: Actor) -> bool:
    return actor.may(Permission.CONFIRM_INSTITUTIONS)


def can_manage_institution(actor: Actor, organisation: Organisation) -> bool:
    return actor.may(Permission.MANAGE_INSTITUTION, organisation=organisation.pk)


def manageable_organisations(actor: Actor) -> Q:
    return actor.where(Permission.MANAGE_INSTITUTION, organisation="pk")


def can_see_people(actor: Actor, organisation: Organisation, team: int | None = None) -> bool:
    """Of the whole organisation, or of one team."""
    return actor.may(Permission.SEE_PEOPLE, organisation=organisation.pk, team=team)


def organisations_with_visible_people(actor: Actor) -> Q:
    """Organisations of whom the actor may see at least one team."""
    return actor.where(Permission.SEE_PEOPLE, organisation="pk") | Q(
        pk__in=[
            held.organisation
            for held in actor.held
            if held.permission == Permission.SEE_PEOPLE and held.organisation is not None
        ]
    )


def can_see_membership(actor: Actor, organisation: int, team: int | None, person: int) -> bool:
    return person == actor.id or actor.may(Permission.SEE_PEOPLE, organisation=organisation, team=team)


def visible_memberships(actor: Actor) -> Q:
    mine = Q(person_id=actor.id) if actor.id is not None else NO_ROW
    return mine | actor.where(Permission.SEE_PEOPLE, team="team_id")


def can_manage_membership(actor: Actor, organisation: int, team: int | None) -> bool:
    return actor.may(Permission.MANAGE_PEOPLE, organisation=organisation, team=team)


def manageable_memberships(actor: Actor) -> Q:
    return actor.where(Permission.MANAGE_PEOPLE, team="team_id")


def can_record_leave(actor: Actor, organisation: int, team: int | None, person: int) -> bool:
    """One's own, and that of people one leads or keeps the record of."""
    return person == actor.id or actor.may(Permission.RECORD_LEAVE, organisation=organisation, team=team)


def can_grant(actor: Actor, role: Role, organisation: int | None) -> bool:
    """City-wide roles by who may grant in the city; in an organisation by its administrators. A steward names administrators, no other role."""
    if organisation is None:
        return Scope.CITY in ROLES[role].scopes and actor.may(Permission.GRANT_ROLES)
    here = any(held.permission == Permission.GRANT_ROLES and held.organisation == organisation for held in actor.held)
    return here or (role is Role.ADMINISTRATOR and actor.may(Permission.GRANT_ROLES)) or actor.kind is ActorKind.SYSTEM


def can_end_grant(actor: Actor, grant: RoleGrant) -> bool:
    """Who could grant it may end it; anyone may lay down their own."""
    return grant.person_id == actor.id or can_grant(actor, Role(grant.role), grant.organisation_id)


def can_keep_directory(actor: Actor) -> bool:
    """Imports, the taxonomy, and every record: the city's steward."""
    return actor.may(Permission.KEEP_DIRECTORY)


def can_keep_record(actor: Actor, organisation: Organisation) -> bool:
    """The public record: its administrators, and who keeps the whole directory."""
    return can_manage_institution(actor, organisation) or can_keep_directory(actor)


def keepable_records(actor: Actor) -> Q:
    return EVERY_ROW if can_keep_directory(actor) else manageable_organisations(actor)
