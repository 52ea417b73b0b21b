"""What an address of the directory means to whoever asks: the row, or the page that it is not there."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from moothall.core.access import actor_of
from moothall.core.pages import or_404

from .. import selectors
from ..models import Organisation
from ..selectors.people import Member


def visible(request: HttpRequest, slug: str) -> Organisation:
    """An institution that they may see."""
    return or_404(selectors.organisation_for(actor_of(request), slug))


def managed(request: HttpRequest, slug: str) -> Organisation:
    """An institution whose record they keep."""
    return or_404(selectors.manageable_organisation_for(actor_of(request), slug))


def staffed(request: HttpRequest, slug: str) -> Organisation:
    """An institution of whose people they may see some."""
    return or_404(selectors.staffed_organisation_for(actor_of(request), slug))


def member_for(request: HttpRequest, slug: str, person_id: int) -> Member:
    """Somebody who works or worked there, whom they may see."""
    return or_404(selectors.member_for(actor_of(request), slug, person_id, timezone.localdate()))
