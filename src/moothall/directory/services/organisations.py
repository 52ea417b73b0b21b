"""Institutions, their teams, and the agreements under which names may be seen."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.text import slugify
from django.utils.translation import gettext as _

from moothall.core import audit, mail
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden

from ..models import DataSharingAgreement, Membership, Organisation, Person, RoleGrant, Service, Team
from ..policies import can_confirm_institution, can_import_organisations, can_manage_institution, can_set_up_institution
from ..types import Division, NewOrganisation, NewTeam, OrganisationKind, Role
from .searching import index

LONGEST_NAME = 200
LONGEST_REFERENCE = 80


class CannotImportOrganisations(DomainError):
    """Some of the organisations or teams cannot be stored; the message names the first."""


@transaction.atomic
def import_organisations(*, actor: Actor, now: dt.datetime, new: Sequence[NewOrganisation]) -> dict[str, Organisation]:
    """Adds organisations and teams, renames those already known unless an administrator keeps their record. Answers them by the
    reference the import used.

    Known ones are found by their address (the reference in lower case, with hyphens). Nothing is ever removed.
    Raises Forbidden or CannotImportOrganisations.
    """
    if not can_import_organisations(actor):
        raise Forbidden(_("You may not add organisations."))
    slugs = _slugs(new)
    kept = set(
        RoleGrant.objects.filter(
            role=Role.ADMINISTRATOR, to_on__isnull=True, organisation__slug__in=slugs.values()
        ).values_list("organisation__slug", flat=True)
    )
    waiting = Organisation.objects.filter(slug__in=slugs.values(), confirmed_at__isnull=True).first()
    if waiting is not None:
        raise CannotImportOrganisations(
            _("%(name)s has set itself up here and is not confirmed yet. Ask the city's steward to confirm it first.")
            % {"name": waiting.name}
        )
    fresh = [each for each in new if slugs[each.reference] not in kept]
    Organisation.objects.bulk_create(
        [Organisation(slug=slugs[each.reference], name=each.name, kind=each.kind, confirmed_at=now) for each in fresh],
        update_conflicts=True, unique_fields=["slug"], update_fields=["name", "kind"],
    )  # fmt: skip
    stored = {each.slug: each for each in Organisation.objects.filter(slug__in=slugs.values())}
    by_reference = {reference: stored[slug] for reference, slug in slugs.items()}
    for renamed, bodies in ((True, fresh), (False, [each for each in new if slugs[each.reference] in kept])):
        teams = [
            Team(organisation=by_reference[each.reference], reference=team.reference, name=team.name)
            for each in bodies
            for team in each.teams
        ]
        how: dict[str, Any] = (
            {"update_conflicts": True, "unique_fields": ["organisation", "reference"], "update_fields": ["name"]}
            if renamed
            else {"ignore_conflicts": True}
        )
        Team.objects.bulk_create(teams, **how)
    index("organisation", [each.pk for each in by_reference.values()])
    return by_reference


def refuse_bad_organisations(new: Sequence[NewOrganisation]) -> None:
    """Raises CannotImportOrganisations for what `import_organisations` could not store."""
    _slugs(new)


def _slugs(new: Sequence[NewOrganisation]) -> dict[str, str]:
    slugs: dict[str, str] = {}
    for each in new:
        slug = slugify(each.reference)
        if not slug or len(slug) > LONGEST_REFERENCE:
            raise CannotImportOrganisations(_("The organisation %(ref)r cannot be part of a web address: use letters, digits and hyphens, at most %(most)d.")
                                            % {"ref": each.reference, "most": LONGEST_REFERENCE})  # fmt: skip
        if slug in slugs.values():
            raise CannotImportOrganisations(
                _("Two organisations would share the web address %(slug)s: rename %(ref)r.")
                % {"slug": slug, "ref": each.reference}
            )
        named: list[NewOrganisation | NewTeam] = [each, *each.teams]
        for what in named:
            if not what.name.strip() or len(what.name) > LONGEST_NAME or len(what.reference) > LONGEST_REFERENCE:
                raise CannotImportOrganisations(_("%(ref)r needs a name of 1 to %(most)d characters, and a reference of at most %(longest)d.")
                                                % {"ref": what.reference, "most": LONGEST_NAME, "longest": LONGEST_REFERENCE})  # fmt: skip
        slugs[each.reference] = slug
    return slugs


class CannotChangeInstitution(DomainError):
    """What was asked for an institution, a team or an agreement is not possible; the message says why."""


@transaction.atomic
def set_up_institution(
    *, actor: Actor, now: dt.datetime, today: dt.date, name: str, kind: OrganisationKind, about: str = ""
) -> Organisation:
    """A new institution, with the actor as its first member and administrator. Public once the steward has confirmed it.

    Raises Forbidden or CannotChangeInstitution.
    """
    if not can_set_up_institution(actor):
        raise Forbidden(_("Sign in to set up an institution."))
    _one_at_a_time()
    if Organisation.objects.filter(name__iexact=name.strip(), refused_at__isnull=True).exists():
        raise CannotChangeInstitution(
            _(
                "There is an institution of this name already. Ask its administrator to add you, or give yours a name that tells them apart."
            )
        )
    confirmed = now if can_confirm_institution(actor) else None
    organisation = Organisation.objects.create(
        slug=_own_slug(name, confirmed), name=name.strip(), kind=kind, about=about.strip(), confirmed_at=confirmed
    )
    if actor.id is not None:
        Membership.objects.create(person_id=actor.id, organisation=organisation, from_on=today)
        RoleGrant.objects.create(
            person_id=actor.id,
            role=Role.ADMINISTRATOR,
            organisation=organisation,
            from_on=today,
            granted_by_id=actor.id,
            granted_at=now,
        )
    index("organisation", [organisation.pk])
    audit.record(actor=actor, now=now, verb="set-up-institution", subject=organisation, organisation=organisation.pk)
    return organisation


def own_organisation(*, now: dt.datetime) -> Organisation:
    """The platform itself, run by the city's steward: what fits nobody's words is with it until it is placed."""
    name = _("Moothall %(city)s") % {"city": settings.CITY_NAME}
    about = _("The city’s shared platform. What nobody else is in charge of is looked at by the city’s steward.")
    found, made = Organisation.objects.get_or_create(
        slug=OWN, defaults={"name": name, "kind": OrganisationKind.OTHER, "about": about, "confirmed_at": now}
    )
    if made:
        index("organisation", [found.pk])
    return found


OWN = "moothall"


def _own_slug(name: str, confirmed: dt.datetime | None) -> str:
    """Until it is confirmed, an institution's address ends in random letters: nobody holds an address that another will want."""
    return _free_slug(name) if confirmed else f"{(slugify(name) or 'institution')[:60]}-{secrets.token_hex(3)}"


def _free_slug(name: str) -> str:
    return unused(name, {*Organisation.objects.values_list("slug", flat=True), *RESERVED}, 70, "institution")


RESERVED = {"new", "to-confirm", OWN}
"""Addresses of pages beside the institutions' own."""


@transaction.atomic
def change_institution(
    *,
    actor: Actor,
    now: dt.datetime,
    organisation: Organisation,
    name: str,
    kind: OrganisationKind,
    about: str,
    website: str,
    division: Division,
) -> None:
    """Raises Forbidden or CannotChangeInstitution."""
    _refuse_strangers(actor, organisation)
    if Organisation.objects.filter(name__iexact=name.strip()).exclude(pk=organisation.pk).exists():
        raise CannotChangeInstitution(
            _("There is another institution of this name. Choose a name that tells them apart.")
        )
    Organisation.objects.filter(pk=organisation.pk).update(
        name=name.strip(), kind=kind, about=about.strip(), website=website.strip(), division=division
    )
    index("organisation", [organisation.pk])
    audit.record(actor=actor, now=now, verb="change-institution", subject=organisation, organisation=organisation.pk)


@transaction.atomic
def confirm_institution(*, actor: Actor, now: dt.datetime, organisation: Organisation) -> None:
    """From now on it is public. Confirming twice is confirming once. Raises Forbidden."""
    if not can_confirm_institution(actor):
        raise Forbidden(_("Only the city's steward confirms institutions."))
    _one_at_a_time()
    slug = _free_slug(organisation.name)
    if Organisation.objects.filter(pk=organisation.pk, confirmed_at__isnull=True).update(
        confirmed_at=now, refused_at=None, slug=slug
    ):
        index("organisation", [organisation.pk])
        index("service", Service.objects.filter(organisation=organisation).values_list("pk", flat=True))
        audit.record(
            actor=actor, now=now, verb="confirm-institution", subject=organisation, organisation=organisation.pk
        )


@transaction.atomic
def refuse_institution(
    *, actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation, reason: str
) -> None:
    """It is not what it says, or not of this city: its roles and memberships end, and its administrators are told why.

    Raises Forbidden or CannotChangeInstitution.
    """
    if not can_confirm_institution(actor):
        raise Forbidden(_("Only the city's steward refuses institutions."))
    if not reason.strip():
        raise CannotChangeInstitution(_("Give the reason: those who set it up are told it."))
    if not Organisation.objects.filter(pk=organisation.pk, confirmed_at__isnull=True, refused_at__isnull=True).update(
        refused_at=now
    ):
        raise CannotChangeInstitution(_("This is decided already."))
    grants = RoleGrant.objects.filter(organisation=organisation, to_on__isnull=True)
    for grant in grants.filter(role=Role.ADMINISTRATOR).select_related("person__user"):
        if grant.person.user is not None and grant.person.user.email:
            mail.post(
                to=grant.person.user.email, now=now, key=f"refused-{organisation.pk}-{grant.person_id}",
                subject=_("%(name)s was not confirmed") % {"name": organisation.name},
                text=_("The city's steward did not confirm %(name)s, for this reason:\n\n%(reason)s\n\nIf that is wrong, answer the steward, or set it up again.") % {"name": organisation.name, "reason": reason.strip()} + "\n",
            )  # fmt: skip
    grants.update(to_on=Greatest("from_on", Value(today)))
    Membership.objects.filter(organisation=organisation, to_on__isnull=True).update(
        to_on=Greatest("from_on", Value(today))
    )
    audit.record(actor=actor, now=now, verb="refuse-institution", subject=organisation, organisation=organisation.pk)


def _one_at_a_time() -> None:
    """Names and addresses of institutions are looked at and taken by one transaction at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7411)")


@transaction.atomic
def add_team(*, actor: Actor, now: dt.datetime, organisation: Organisation, name: str) -> Team:
    """Raises Forbidden or CannotChangeInstitution."""
    _refuse_strangers(actor, organisation)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two teams of one name at once
    name = name.strip()
    if Team.objects.filter(organisation=organisation, name__iexact=name).exists():
        raise CannotChangeInstitution(_("There is a team of this name already."))
    team = make_team(organisation, name)
    audit.record(actor=actor, now=now, verb="add-team", subject=team, organisation=organisation.pk)
    return team


def make_team(organisation: Organisation, name: str) -> Team:
    """A team with a reference of its own, made from its name."""
    return make_teams(organisation, [name])[0]


def make_teams(organisation: Organisation, names: Sequence[str]) -> list[Team]:
    """As many as there are names, in two statements."""
    taken = set(Team.objects.filter(organisation=organisation).values_list("reference", flat=True))
    made = [Team(organisation=organisation, reference=unused(name, taken, 60, "team"), name=name) for name in names]
    return Team.objects.bulk_create(made)


def unused(name: str, taken: set[str], most: int, otherwise: str) -> str:
    """A name as addresses write it, with a number where that is taken; taken from now on."""
    wanted = slugify(name)[:most].strip("-") or otherwise
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    taken.add(found)
    return found


@transaction.atomic
def rename_team(*, actor: Actor, now: dt.datetime, team: Team, name: str) -> None:
    """Raises Forbidden or CannotChangeInstitution."""
    _refuse_strangers(actor, team.organisation)
    if Team.objects.filter(organisation=team.organisation, name__iexact=name.strip()).exclude(pk=team.pk).exists():
        raise CannotChangeInstitution(_("There is another team of this name."))
    Team.objects.filter(pk=team.pk).update(name=name.strip())
    audit.record(actor=actor, now=now, verb="rename-team", subject=team, organisation=team.organisation_id)


@transaction.atomic
def record_agreement(
    *,
    actor: Actor,
    now: dt.datetime,
    organisation: Organisation,
    reference: str,
    purpose: str,
    from_on: dt.date,
    to_on: dt.date | None,
) -> DataSharingAgreement:
    """From that day on, the city's coordinators see names where plans have pseudonyms. Raises Forbidden or CannotChangeInstitution."""
    _refuse_strangers(actor, organisation)
    if to_on is not None and to_on <= from_on:
        raise CannotChangeInstitution(_("The agreement must end after it begins."))
    agreement = DataSharingAgreement.objects.create(
        organisation=organisation, reference=reference.strip(), purpose=purpose.strip(), from_on=from_on, to_on=to_on,
        recorded_by=Person.objects.filter(pk=actor.id).first() if actor.id else None, recorded_at=now,
    )  # fmt: skip
    audit.record(actor=actor, now=now, verb="record-agreement", subject=agreement, organisation=organisation.pk)
    return agreement


@transaction.atomic
def end_agreement(*, actor: Actor, now: dt.datetime, today: dt.date, agreement: DataSharingAgreement) -> None:
    """From today on, names are no longer seen. Raises Forbidden."""
    _refuse_strangers(actor, agreement.organisation)
    if agreement.to_on is not None and agreement.to_on <= today:
        raise CannotChangeInstitution(_("That agreement has ended already."))
    ends = max(today, agreement.from_on)
    DataSharingAgreement.objects.filter(pk=agreement.pk).update(to_on=ends)
    audit.record(actor=actor, now=now, verb="end-agreement", subject=agreement, organisation=agreement.organisation_id)


def _refuse_strangers(actor: Actor, organisation: Organisation) -> None:
    if not can_manage_institution(actor, organisation):
        raise Forbidden(_("Only its administrators change an institution's record."))
