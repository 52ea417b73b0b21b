"""Long work done at once, as a worker would do it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from moothall.core import imports, work
from moothall.core.actor import Actor
from moothall.core.models import Import, Work
from moothall.directory import services
from moothall.directory.models import Organisation


def take_everything() -> None:
    """Whatever was asked to be taken."""
    for each in Work.objects.filter(job="take-import", state__in=work.OPEN):
        imports.carry_out(each.pk, timezone.now)


def take_people(actor: Actor, about: Import, *, mapping: Mapping[str, str], only_right: bool) -> Import:
    organisation = Organisation.objects.get(pk=about.organisation_id)
    services.start_taking_people(
        actor=actor, now=timezone.now(), organisation=organisation, about=about, mapping=mapping, only_right=only_right
    )
    take_everything()
    about.refresh_from_db()
    return about
