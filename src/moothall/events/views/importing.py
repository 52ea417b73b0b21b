"""Other calendars of an institution: brought in, looked at, taken, ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from moothall.core.access import actor_of, allow
from moothall.core.errors import DomainError
from moothall.core.forms import form_page, refusals_on, refusals_said
from moothall.core.pages import or_404
from moothall.directory import selectors as directory
from moothall.directory.types import Permission

from .. import selectors, services
from ..forms import SourceForm
from ..policies import can_host

SHOWN = 300
"""Entries to choose from; of a longer calendar the first, and the rest comes in."""


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def sources(request: HttpRequest, slug: str) -> HttpResponse:
    """Which calendars are brought in, and one more."""
    actor = actor_of(request)
    organisation = or_404(directory.organisation_for(actor, slug))
    if not can_host(actor, organisation.pk):
        raise Http404
    form = SourceForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_on(form):
            made = services.add_source(
                actor=actor, now=timezone.now(), organisation=organisation, url=form.cleaned_data["url"], content=file.read() if file else b"", name=file.name if file else ""
            )  # fmt: skip
            return redirect("event-source", made.pk)
    return form_page(request, "events/sources.html", form, organisation=organisation, sources=selectors.sources_of(organisation))  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    """What would come in, before it does; what is wrong with the rest."""
    actor, now = actor_of(request), timezone.now()
    found = or_404(selectors.source_for(actor, source_id))
    if "end" in request.POST:
        services.end_source(actor=actor, now=now, source=found)
        messages.success(request, _("It is put away. What came in stays."))
        return redirect("event-sources", found.organisation.slug)
    if "again" in request.POST:
        services.ask_again(actor=actor, now=now, source=found)
        return redirect("event-source", source_id)
    if request.method == "POST":
        with refusals_said(request):
            leave, bring = request.POST.getlist("leave"), request.POST.getlist("bring")
            count = len(services.take_source(actor=actor, now=now, source=found, leave=leave, bring=bring).new)
            messages.success(request, ngettext("%(count)d event came in.", "%(count)d events came in.", count) % {"count": count})  # fmt: skip
        return redirect("event-source", source_id)
    said = found.error
    looked: selectors.SourceLooked | None = None
    if found.file is not None:
        try:
            looked = selectors.source_looked_at(found, selectors.read_source(found, now), now)
        except DomainError as error:
            said = str(error)
    return form_page(request, "events/source.html", SourceForm(), source=found, organisation=found.organisation, looked=looked, here=selectors.events_of_source(found, now), said=said, shown=SHOWN)  # fmt: skip
