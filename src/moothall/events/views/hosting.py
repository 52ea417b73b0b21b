"""An event put up, changed, held again, called off; and what it leaves behind."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from moothall.core.access import actor_of, allow
from moothall.core.forms import form_page, refusals_on
from moothall.core.pages import or_404
from moothall.directory.types import Permission

from .. import selectors, services
from ..forms import AfterForm, CallOffForm, EventForm, initial_of
from ..models import Event
from ..policies import can_keep_event


def _kept(request: HttpRequest, reference: str) -> Event:
    """An event that the actor keeps; for everybody else there is nothing here."""
    actor = actor_of(request)
    event = or_404(selectors.event_for(actor, reference))
    if not can_keep_event(actor, event):
        raise Http404
    return event


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_event(request: HttpRequest) -> HttpResponse:
    """By anybody who works for an institution, in its name."""
    actor = actor_of(request)
    organisations = selectors.hosted_by(actor)
    chosen = request.POST.get("organisation") or request.GET.get("organisation", "")
    organisation = next((each for each in organisations if each.slug == chosen), organisations[0] if organisations else None)  # fmt: skip
    form = EventForm(request.POST or None)
    if organisation is not None and form.is_valid():
        with refusals_on(form):
            event = services.put_up(actor=actor, now=timezone.now(), organisation=organisation, new=form.event())
            messages.success(request, _("It is up. Everybody can see it now."))
            return redirect("event", event.reference)
    return form_page(request, "events/new_event.html", form, organisations=organisations, organisation=organisation)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def change_event(request: HttpRequest, reference: str) -> HttpResponse:
    event = _kept(request, reference)
    form = EventForm(request.POST or None, initial=initial_of(event))
    if form.is_valid():
        with refusals_on(form):
            services.change(actor=actor_of(request), now=timezone.now(), event=event, new=form.event())
            messages.success(request, _("It is changed. Whoever is going is told of another time, place or title."))
            return redirect("event", reference)
    return form_page(request, "events/change_event.html", form, event=event, occasion=event.occasion)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """The same once more, on another day: they are a series then."""
    event = _kept(request, reference)
    form = EventForm(request.POST or None, initial=initial_of(event) | {"day": ""})
    if form.is_valid():
        with refusals_on(form):
            made = services.put_up(
                actor=actor_of(request), now=timezone.now(), organisation=event.occasion.organisation, new=form.event(), again_of=event
            )  # fmt: skip
            messages.success(request, _("It is up, in one series with the others."))
            return redirect("event", made.reference)
    return form_page(request, "events/again.html", form, event=event, occasion=event.occasion)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def call_off(request: HttpRequest, reference: str) -> HttpResponse:
    """Asks once more, then tells everybody."""
    event = _kept(request, reference)
    form = CallOffForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.call_off(actor=actor_of(request), now=timezone.now(), event=event, why=form.cleaned_data["why"])
            messages.success(request, _("It is called off. Everybody who was going is told."))
            return redirect("event", reference)
    return form_page(request, "events/call_off.html", form, event=event, occasion=event.occasion)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def after(request: HttpRequest, reference: str) -> HttpResponse:
    """Notes, slides and the recording: for who was not there."""
    event = _kept(request, reference)
    initial = {"notes": event.notes, "slides_url": event.slides_url, "recording_url": event.recording_url}
    form = AfterForm(request.POST or None, initial=initial)
    if form.is_valid():
        services.leave_behind(actor=actor_of(request), now=timezone.now(), event=event, **form.cleaned_data)
        messages.success(request, _("Everybody can read and see it now."))
        return redirect("event", reference)
    return form_page(request, "events/after.html", form, event=event, occasion=event.occasion)
