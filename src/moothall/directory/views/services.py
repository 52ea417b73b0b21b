"""The directory as everybody reads it: search in one's own words, kinds of services, one service."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from moothall.core.access import actor_of, public
from moothall.core.pages import or_404

from .. import selectors

LONGEST = 200


@public
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Who is in charge of what somebody describes."""
    said = " ".join(request.GET.get("q", "").split())[:LONGEST]
    found = selectors.find(actor_of(request), said) if said else None
    groups = selectors.types_by_group() if found is None or not found.hits else {}
    return render(request, "directory/find.html", {"said": said, "found": found, "groups": groups})


@public
@require_safe
def service_type(request: HttpRequest, key: str) -> HttpResponse:
    page = or_404(selectors.type_for(actor_of(request), key))
    return render(request, "directory/service_type.html", {"page": page, "kind": page.kind})


@public
@require_safe
def service(request: HttpRequest, service_id: int) -> HttpResponse:
    actor = actor_of(request)
    page = or_404(selectors.service_for(actor, service_id, timezone.localdate()))
    keeps = selectors.kept_organisation_for(actor, page.service.organisation.slug) is not None if actor.held else False
    return render(request, "directory/service.html", {"page": page, "service": page.service, "keeps": keeps})
