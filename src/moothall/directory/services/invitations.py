"""Invitations: a code that makes somebody's record their own account. By mail, on paper, or through a colleague who brings it."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from moothall.accounts import services as accounts
from moothall.accounts.models import User
from moothall.core import audit, codes, links, mail
from moothall.core.actor import Actor, ActorKind
from moothall.core.errors import DomainError, Forbidden

from ..models import (
    ErasureRequest,
    Invitation,
    Leave,
    Membership,
    Organisation,
    Person,
    RoleGrant,
)
from ..policies import can_manage_membership
from ..selectors.actors import not_ended
from ..selectors.people import hash_of
from ..types import Channel, Decision

MOST_UNCONFIRMED = 20
LASTS = {
    Channel.MAIL: dt.timedelta(days=14),
    Channel.PAPER: dt.timedelta(days=30),
    Channel.COLLEAGUE: dt.timedelta(days=30),
}


class CannotInvite(DomainError):
    """The invitation cannot be made or used; the message says why and what to do."""


def new_code() -> str:
    """As k7mw-3hzt-9pqa: 12 of 31 letters and digits, 59 bits."""
    return codes.in_fours(codes.random_letters(12))


@transaction.atomic
def invite(
    *,
    actor: Actor,
    now: dt.datetime,
    today: dt.date,
    organisation: Organisation,
    person_id: int,
    channel: Channel,
    through_id: int | None,
) -> tuple[Invitation, str]:
    """Answers the invitation and its code, which is known only now (empty where a colleague will make it). Earlier ones stop working.

    Raises Forbidden or CannotInvite.
    """
    if not can_manage_membership(actor, organisation.pk, None):
        raise Forbidden(_("Only its administrators invite people to an institution."))
    person = Person.objects.select_for_update().get(pk=person_id)
    if not _works(organisation, person_id, today):
        raise CannotInvite(_("This person does not work here any more."))
    if person.user_id is not None:
        _refuse_new_password(person, organisation, channel)
    if channel is Channel.MAIL:
        if not person.email:
            raise CannotInvite(
                _("There is no mail address for %(name)s. Give one, or use a code on paper or a colleague.")
                % {"name": person.name}
            )
        _refuse_flood(organisation, now)
        made, code = invite_by_mail(now=now, organisation=organisation, person=person)
    elif channel is Channel.PAPER:
        made, code = _make(now, organisation, person, channel)
    else:
        if through_id is None or through_id == person_id or not _works(organisation, through_id, today):
            raise CannotInvite(_("Choose a colleague who works here and will bring the code."))
        colleague = Person.objects.select_related("user").get(pk=through_id)
        if colleague.user_id is None or person.user_id == colleague.user_id:
            raise CannotInvite(
                _("%(name)s has no account yet, and so cannot fetch the code. Choose somebody who has.")
                % {"name": colleague.name}
            )
        made, code = _make(now, organisation, person, channel, through=colleague)[0], ""
        address = colleague.user.email if colleague.user else ""
        if address:
            mail.post(
                to=address, now=now, subject=_("Please bring %(name)s a code for Moothall") % {"name": person.name},
                text=_("%(name)s of %(organisation)s should be able to use Moothall %(city)s and has no work mail. You were asked to help. Sign in, choose “My account”, print the code and bring it, or read it out.\n\n    %(url)s") % {"name": person.name, "organisation": organisation.name, "city": settings.CITY_NAME, "url": links.absolute("join")} + "\n",
            )  # fmt: skip
    audit.record(actor=actor, now=now, verb=f"invite-by-{channel.value}", subject=made, organisation=organisation.pk)
    return made, code


def _refuse_flood(organisation: Organisation, now: dt.datetime) -> None:
    """Anybody may set up an institution; until somebody has looked at it, it does not write to the whole city. Raises CannotInvite."""
    if organisation.confirmed_at is None:
        sent = Invitation.objects.filter(
            organisation=organisation, channel=Channel.MAIL, made_at__gt=now - dt.timedelta(days=1)
        ).count()
        if sent >= MOST_UNCONFIRMED:
            raise CannotInvite(
                _(
                    "Until the city's steward has confirmed this institution, it may send %(most)d invitations a day by mail."
                )
                % {"most": MOST_UNCONFIRMED}
            )


def _refuse_new_password(person: Person, organisation: Organisation, channel: Channel) -> None:
    """For somebody with an account, a code is a new password: only for who has no mail to help themselves, and who is nobody but this
    institution's. Raises CannotInvite."""
    if person.user is not None and person.user.email:
        raise CannotInvite(
            _("%(name)s has an account already, and can choose a new password by mail.") % {"name": person.name}
        )
    if channel is Channel.MAIL:
        raise CannotInvite(
            _("%(name)s signs in without mail: give the code on paper or through a colleague.") % {"name": person.name}
        )
    elsewhere = Membership.objects.filter(person=person, to_on__isnull=True).exclude(organisation=organisation).exists()
    if (
        elsewhere
        or RoleGrant.objects.filter(person=person, to_on__isnull=True).exclude(organisation=organisation).exists()
    ):
        raise CannotInvite(
            _("%(name)s belongs to other institutions too, or has a role in the city. Ask the city's steward.")
            % {"name": person.name}
        )


def invite_by_mail(*, now: dt.datetime, organisation: Organisation, person: Person) -> tuple[Invitation, str]:
    """Sends a code to the person's own address. Called by services that have checked who asks."""
    made, code = _make(now, organisation, person, Channel.MAIL)
    mail.post(
        to=person.email, now=now, secret=True,
        subject=_("%(organisation)s invites you to Moothall %(city)s") % {"organisation": organisation.name, "city": settings.CITY_NAME},
        text=_("Hello %(name)s,\n\n%(organisation)s takes part in Moothall %(city)s: one training programme for everybody's staff, open events, and answers to what you ask. Open this page and type the code:\n\n    %(url)s\n\n    %(code)s\n\nThe code works for fourteen days, once. If you are not %(name)s, you need do nothing.") % {"name": person.name, "organisation": organisation.name, "city": settings.CITY_NAME, "url": links.absolute("join"), "code": code} + "\n",
    )  # fmt: skip
    return made, code


@transaction.atomic
def fetch_code(*, actor: Actor, now: dt.datetime, invitation_id: int) -> tuple[Invitation, str]:
    """The colleague who was asked makes the code and sees it this once; fetched again, the earlier one stops working.

    Raises CannotInvite.
    """
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("person", "organisation")
        .filter(
            pk=invitation_id, through_id=actor.id, used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now
        )
        .first()
    )
    if actor.id is None or found is None:
        raise CannotInvite(_("This invitation is no longer open."))
    code = new_code()
    Invitation.objects.filter(pk=found.pk).update(code_hash=hash_of(code))
    audit.record(actor=actor, now=now, verb="fetch-code", subject=found, organisation=found.organisation_id)
    return found, code


@transaction.atomic
def join(*, now: dt.datetime, code: str, password: str | None, signed_in: Actor | None) -> User | None:
    """Uses a code: makes an account (and answers it), or joins what was invited to the account that is signed in (and answers None).

    Raises CannotInvite, or CannotMakeAccount for a weak password or an address that is somebody's.
    """
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(code_hash=hash_of(code), used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)
        .first()
    )
    if found is None:
        raise CannotInvite(
            _("This code does not work, or not any more. Check each letter; if it is right, ask for a new one.")
        )
    person = Person.objects.select_for_update().get(pk=found.person_id)
    user = None
    if person.user_id is not None:
        if password is None or not found.organisation_id:
            raise CannotInvite(_("Choose a new password."))
        user = accounts.replace_password(user_id=person.user_id, password=password)
    elif signed_in is not None and signed_in.user is not None:
        _unite(person, signed_in, now)
    else:
        email = found.email
        if password is None and not email:
            raise CannotInvite(_("Choose a password: without a mail address it is how you sign in."))
        user = accounts.make_account(now=now, email=email, password=password)
        Person.objects.filter(pk=person.pk).update(user=user, email=email or person.email)
    who = signed_in.id if signed_in is not None and signed_in.id is not None else person.pk
    Invitation.objects.filter(pk=found.pk).update(used_at=now)
    audit.record(
        actor=Actor(ActorKind.PERSON, who), now=now, verb="join", subject=found, organisation=found.organisation_id
    )
    return user


def _unite(invited: Person, actor: Actor, now: dt.datetime) -> None:
    """What was recorded for the invited becomes the signed-in person's, whose name and address stand."""
    if actor.id is None:
        Person.objects.filter(pk=invited.pk).update(user_id=actor.user)
        return
    own = Membership.objects.filter(person_id=actor.id)
    for theirs in Membership.objects.filter(person=invited):
        mine = own.filter(organisation_id=theirs.organisation_id).filter(not_ended(theirs.from_on))
        if mine.filter(from_on__lt=theirs.to_on).exists() if theirs.to_on else mine.exists():
            raise CannotInvite(
                _("You work for this institution already. Ask its administrator to close the double entry.")
            )
    pseudonym = "" if own.exists() else invited.pseudonym  # of two, the one that a bundle may name
    for grant in RoleGrant.objects.filter(person_id=actor.id, to_on__isnull=True).select_related(
        "organisation", "team"
    ):
        same = RoleGrant.objects.filter(
            person=invited,
            role=grant.role,
            organisation=grant.organisation,
            team=grant.team,
            to_on__isnull=True,
        )
        same.update(to_on=F("from_on"))
    Leave.objects.filter(person=invited, deputy_id=actor.id).update(deputy=None)
    Leave.objects.filter(person_id=actor.id, deputy=invited).update(deputy=None)
    if ErasureRequest.objects.filter(person_id=actor.id, decided_at__isnull=True).exists():
        ErasureRequest.objects.filter(person=invited, decided_at__isnull=True).update(
            decision=Decision.REFUSED, reason="Asked for twice; the other wish stands.", decided_at=now
        )
    _move_all(invited, actor.id)
    Person.objects.filter(pk=invited.pk).delete()
    if pseudonym:
        Person.objects.filter(pk=actor.id).update(pseudonym=pseudonym)


def _move_all(invited: Person, own: int) -> None:
    """Everything that names the one names the other, in this area and in those above it: read from the tables themselves."""
    for relation in Person._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        rows, name = relation.related_model._base_manager, relation.field.name
        theirs = rows.filter(**{name: invited})
        if relation.one_to_one and rows.filter(**{name: own}).exists():
            theirs.delete()
        else:
            theirs.update(**{name: own})


def invite_from_the_city(*, now: dt.datetime, person: Person) -> str:
    """A code for somebody whom the city itself invites; its address is vouched for by whoever installs the city."""
    return _make(now, None, person, Channel.MAIL)[1]


def _make(
    now: dt.datetime, organisation: Organisation | None, person: Person, channel: Channel, through: Person | None = None
) -> tuple[Invitation, str]:
    Invitation.objects.filter(person=person, used_at__isnull=True, withdrawn_at__isnull=True).update(withdrawn_at=now)
    code = new_code()
    made = Invitation.objects.create(
        person=person,
        organisation=organisation,
        channel=channel,
        email=person.email if channel is Channel.MAIL else "",
        through=through,
        code_hash=hash_of(code),
        made_at=now,
        expires_at=now + LASTS[channel],
    )
    return made, code


def _works(organisation: Organisation, person_id: int, today: dt.date) -> bool:
    return Membership.objects.filter(not_ended(today), organisation=organisation, person_id=person_id).exists()
