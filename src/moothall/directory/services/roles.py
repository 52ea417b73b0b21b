"""Roles: given from a day on, ended, never overwritten."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden

from ..models import Membership, Organisation, Person, RoleGrant, Team, new_pseudonym
from ..policies import can_confirm_institution, can_end_grant, can_grant
from ..selectors.actors import not_ended
from ..types import ROLES, Role, Scope
from .invitations import invite_by_mail, invite_from_the_city


class CannotGrantRole(DomainError):
    """The role cannot be given or ended like this; the message says why."""


@transaction.atomic
def grant_role(
    *,
    actor: Actor,
    now: dt.datetime,
    today: dt.date,
    role: Role,
    person_id: int,
    organisation: Organisation | None,
    team: Team | None = None,
) -> RoleGrant:
    """From today on. Giving it twice is giving it once. Raises Forbidden or CannotGrantRole."""
    if not can_grant(actor, role, organisation.pk if organisation else None):
        raise Forbidden(_("You may not give this role."))
    scope = Scope.TEAM if team else Scope.ORGANISATION if organisation else Scope.CITY
    if scope not in ROLES[role].scopes:
        mend = _("Choose the team.") if ROLES[role].scopes == (Scope.TEAM,) else _("Leave the team empty.")
        raise CannotGrantRole(
            _("A %(role)s is not held there. %(mend)s") % {"role": str(role.label).lower(), "mend": mend}
        )
    if team is not None and (organisation is None or team.organisation_id != organisation.pk):
        raise CannotGrantRole(_("This team is not the institution's."))
    person = Person.objects.select_for_update().filter(pk=person_id, erased_at__isnull=True).first()
    works_there = Membership.objects.filter(not_ended(today), person_id=person_id, organisation=organisation)
    if person is None or (organisation is not None and not works_there.exists()):
        raise CannotGrantRole(_("This person does not work there. Add them first."))
    held = RoleGrant.objects.filter(
        not_ended(today), person=person, role=role, organisation=organisation, team=team
    ).first()
    if held is not None:
        return held
    grant = RoleGrant.objects.create(
        person=person,
        role=role,
        organisation=organisation,
        team=team,
        from_on=today,
        granted_by_id=actor.id,
        granted_at=now,
    )
    audit.record(
        actor=actor,
        now=now,
        verb=f"grant-{role.value}",
        subject=grant,
        organisation=organisation.pk if organisation else None,
    )
    return grant


@transaction.atomic
def end_grant(*, actor: Actor, now: dt.datetime, today: dt.date, grant: RoleGrant) -> None:
    """Works at the next request. Raises Forbidden or CannotGrantRole."""
    if not can_end_grant(actor, grant):
        raise Forbidden(_("You may not end this role."))
    role = Role(grant.role)
    if role in (Role.CITY_STEWARD, Role.ADMINISTRATOR):
        # Locked, so that two administrators cannot end each other at the same moment.
        holders = list(
            RoleGrant.objects.select_for_update()
            .filter(not_ended(today), role=role, organisation=grant.organisation)
            .order_by("pk")
        )
        if not any(each.person_id != grant.person_id for each in holders):
            raise CannotGrantRole(
                _("This is the only %(role)s. Give somebody else the role first.") % {"role": str(role.label).lower()}
            )
    RoleGrant.objects.filter(pk=grant.pk).filter(not_ended(today)).update(to_on=max(today, grant.from_on))
    audit.record(actor=actor, now=now, verb=f"end-{role.value}", subject=grant, organisation=grant.organisation_id)


@transaction.atomic
def name_administrator(
    *, actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation, name: str, email: str
) -> RoleGrant:
    """The steward puts somebody in charge of an institution's record, and invites them. Raises Forbidden or CannotGrantRole."""
    if not can_confirm_institution(actor):
        raise Forbidden(_("Only the city's steward names administrators."))
    member = (
        Membership.objects.filter(not_ended(today), organisation=organisation, person__email__iexact=email)
        .select_related("person")
        .first()
    )
    if member is None:
        person = Person.objects.create(pseudonym=new_pseudonym(), name=name.strip(), email=email.lower(), made_at=now)
        Membership.objects.create(person=person, organisation=organisation, from_on=today)
    else:
        person = member.person
    grant = grant_role(
        actor=actor, now=now, today=today, role=Role.ADMINISTRATOR, person_id=person.pk, organisation=organisation
    )
    if person.user_id is None:
        invite_by_mail(now=now, organisation=organisation, person=person)
    return grant


@transaction.atomic
def name_first_steward(*, actor: Actor, now: dt.datetime, today: dt.date, email: str, name: str) -> str:
    """The city's steward, named by whoever installs it. Answers a code to join with, or nothing for who has an account.

    Raises Forbidden or CannotGrantRole.
    """
    if "@" not in email or not name.strip():
        raise CannotGrantRole(_("Give a mail address and a name."))
    person = Person.objects.filter(
        user__email__iexact=email, user__is_active=True
    ).first()  # proven; what others typed is not
    if person is None:
        person = Person.objects.create(pseudonym=new_pseudonym(), name=name.strip(), email=email.lower(), made_at=now)
    grant_role(actor=actor, now=now, today=today, role=Role.CITY_STEWARD, person_id=person.pk, organisation=None)
    return invite_from_the_city(now=now, person=person) if person.user_id is None else ""
