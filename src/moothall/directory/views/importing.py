"""Whole directories: brought, looked at, taken, and the rest given back."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from moothall.core import imports, work
from moothall.core.access import actor_of, allow
from moothall.core.errors import DomainError
from moothall.core.forms import form_page, refusals_on, refusals_said
from moothall.core.models import Import
from moothall.core.pages import download, or_404
from moothall.core.tables import WRITTEN
from moothall.core.types import ImportState

from .. import selectors, services
from ..forms import DirectoryFileForm
from ..types import Permission

FAULTS_SHOWN = 100
FIRST_SHOWN = 20


@allow(Permission.KEEP_DIRECTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    form = DirectoryFileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_on(form):
            made = services.open_directory_import(
                actor=actor_of(request), now=timezone.now(), content=file.read(), name=file.name
            )
            return redirect("directory-import", made.pk)
    return form_page(request, "directory/bring_directory.html", form)


def _import(import_id: uuid.UUID) -> Import:
    return or_404(selectors.directory_import_of(import_id))


@allow(Permission.KEEP_DIRECTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """What it would do before it is taken; how far it is meanwhile; what was taken afterwards."""
    about = _import(import_id)
    taking = imports.taking_of(about)
    busy = work.is_open(taking)
    said, looked = imports.why_not_taken(taking), None
    if request.method == "POST":
        actor, now = actor_of(request), timezone.now()
        with refusals_said(request):
            if "stop" in request.POST:
                services.stop_taking_directory(actor=actor, now=now, about=about)
            else:
                right = request.POST.get("take") == "right"
                services.start_taking_directory(actor=actor, now=now, about=about, only_right=right)
        return redirect("directory-import", import_id)
    if about.state != ImportState.TAKEN and not busy:
        try:
            looked = selectors.looked_at(about, timezone.localdate())
        except DomainError as error:
            said = str(error)
    return render(request, "directory/look_directory.html", {
        "about": about, "work": taking, "busy": busy, "looked": looked, "said": said, "taken": about.state == ImportState.TAKEN,
        "faults": looked.rows.faults[:FAULTS_SHOWN] if looked else [], "first": list(looked.bodies.values())[:FIRST_SHOWN] if looked else [],
    })  # fmt: skip


@allow(Permission.KEEP_DIRECTORY)
@require_safe
def rest(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    about = _import(import_id)
    if about.rest is None:
        raise Http404
    return download(bytes(about.rest.content), WRITTEN, about.rest.name)
