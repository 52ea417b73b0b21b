"""An organisation's own times: by when it answers, within what the kind allows. What is promised already keeps its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.models import Organisation

from ..models import OwnTerm
from ..policies import can_set_terms
from ..ports import kind_of


class CannotSetTerms(DomainError):
    """The time that was asked for is not possible; the message says what is."""


@transaction.atomic
def set_terms(*, actor: Actor, now: dt.datetime, organisation: Organisation, counts: Mapping[str, int]) -> None:
    """Of each kind how many of its units. Raises Forbidden, CannotSetTerms, or KeyError for a kind that nobody registered."""
    if not can_set_terms(actor, organisation.pk):
        raise Forbidden(_("Only its administrators say by when an institution answers."))
    for key, count in counts.items():
        kind = kind_of(key)
        if not 1 <= count <= kind.longest:
            raise CannotSetTerms(kind.possible)
        OwnTerm.objects.update_or_create(organisation=organisation, kind=key, defaults={"count": count})
    audit.record(actor=actor, now=now, verb="set-terms", subject=organisation, organisation=organisation.pk)
