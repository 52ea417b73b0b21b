"""Every write of the directory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden

from .models import Organisation, Team
from .policies import can_import_organisations
from .types import NewOrganisation, NewTeam

LONGEST_NAME = 200
LONGEST_REFERENCE = 80


class CannotImportOrganisations(DomainError):
    """Some of the organisations or teams cannot be stored; the message names the first."""


@transaction.atomic
def import_organisations(*, actor: Actor, now: dt.datetime, new: Sequence[NewOrganisation]) -> dict[str, Organisation]:
    """Adds organisations and teams, renames those already known. Answers them by the reference the import used.

    Known ones are found by their address (the reference in lower case, with hyphens). Nothing is ever removed.
    Raises Forbidden or CannotImportOrganisations.
    """
    if not can_import_organisations(actor):
        raise Forbidden(_("You may not add organisations."))
    slugs = _slugs(new)
    Organisation.objects.bulk_create(
        [Organisation(slug=slugs[each.reference], name=each.name, kind=each.kind) for each in new],
        update_conflicts=True, unique_fields=["slug"], update_fields=["name", "kind"],
    )  # fmt: skip
    stored = {each.slug: each for each in Organisation.objects.filter(slug__in=slugs.values())}
    by_reference = {reference: stored[slug] for reference, slug in slugs.items()}
    Team.objects.bulk_create(
        [Team(organisation=by_reference[each.reference], reference=team.reference, name=team.name) for each in new for team in each.teams],
        update_conflicts=True, unique_fields=["organisation", "reference"], update_fields=["name"],
    )  # fmt: skip
    return by_reference


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
