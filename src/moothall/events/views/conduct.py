"""Conduct: a warning, a hearing, a limit in time, the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from moothall.core.access import actor_of, allow, public
from moothall.core.actor import Actor
from moothall.core.forms import form_page, refusals_on
from moothall.core.pages import letter, or_404
from moothall.directory import selectors as directory
from moothall.directory.types import Permission
from moothall.places import selectors as places

from .. import selectors, services
from ..forms import HearForm, SideForm, WarnForm
from ..models import Conduct
from ..policies import DECIDING, can_warn
from ..types import ConductState


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def warn(request: HttpRequest, place_id: int) -> HttpResponse:
    """From the list at the door: what somebody did, said to them."""
    actor = actor_of(request)
    place = or_404(places.place_of(place_id))
    event = or_404(selectors.event_of_occasion(place.occasion_id))
    if not can_warn(actor, event):
        raise Http404
    form = WarnForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            made = services.warn(actor=actor, now=timezone.now(), event=event, place=place, text=form.cleaned_data["text"])  # fmt: skip
            messages.success(request, _("They are sent your words."))
            return redirect("conduct", made.reference)
    return form_page(request, "events/warn.html", form, event=event, occasion=event.occasion, name=places.name_of(place))  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_safe
@never_cache
def conducts(request: HttpRequest, slug: str) -> HttpResponse:
    """What is open in an institution, for who decides there."""
    actor = actor_of(request)
    organisation = or_404(directory.organisation_for(actor, slug))
    if not any(actor.may(each, organisation=organisation.pk) for each in DECIDING):
        raise Http404
    rows = [(each, selectors.name_of_subject(each)) for each in selectors.conduct_in(actor, organisation.pk)]
    return render(request, "events/conducts.html", {"organisation": organisation, "rows": rows})


def _steps(conduct: Conduct) -> list[tuple[str, str]]:
    """What whoever decides can do next."""
    if conduct.state == ConductState.WARNED:
        return [("call", _("It happened again: ask for their side, before anything is decided")), ("end", _("Leave it at that: they are welcome"))]  # fmt: skip
    if conduct.state == ConductState.HEARING:
        return [("limit", _("They may not come for a time")), ("end", _("Leave it at that: they are welcome"))]
    return [("lift", _("They may come again"))] if conduct.state == ConductState.LIMITED else []


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def conduct(request: HttpRequest, reference: str) -> HttpResponse:
    """For who warned, and for who decides."""
    actor, now = actor_of(request), timezone.now()
    found = or_404(selectors.conduct_for(actor, reference))
    if actor.id is not None and found.person_id == actor.id:
        return redirect("my-conduct", selectors.subject_token(found.pk))
    page = selectors.page_of_conduct(actor, found)
    form = HearForm((request.POST or None) if page.decides else None, steps=_steps(found))
    if form.is_valid():
        step, text = form.cleaned_data["step"], form.cleaned_data["text"]
        with refusals_on(form):
            if step == "call":
                services.call(actor=actor, now=now, conduct=found, text=text)
            elif step == "limit":
                services.limit(actor=actor, now=now, conduct=found, days=form.cleaned_data["days"] or 0, text=text)
            elif step == "lift":
                services.lift(actor=actor, now=now, conduct=found, text=text)
            else:
                services.end_without(actor=actor, now=now, conduct=found, text=text)
            messages.success(request, _("It is done, and they are told."))
            return redirect("conduct", reference)
    return form_page(request, "events/conduct.html", form, page=page, conduct=found, name=selectors.name_of_subject(found))  # fmt: skip


def _mine(token: str) -> tuple[Actor, Conduct]:
    about = or_404(selectors.conduct_of(letter(selectors.SUBJECT, token)[0]))
    return or_404(directory.actor_by_letter(about.person_id, timezone.localdate())), about


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def my_conduct(request: HttpRequest, token: str) -> HttpResponse:
    """What is said about somebody, for them: they say their side, and appeal."""
    actor, found = _mine(token)
    form = SideForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.state_side(actor=actor, now=timezone.now(), conduct=found, text=form.cleaned_data["text"])
            messages.success(request, _("Whoever decides reads it."))
            return redirect("my-conduct", token)
    return form_page(request, "events/my_conduct.html", form, page=selectors.page_of_conduct(actor, found), conduct=found, token=token)  # fmt: skip


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def appeal_conduct(request: HttpRequest, token: str) -> HttpResponse:
    actor, found = _mine(token)
    if found.state != ConductState.LIMITED:
        raise Http404
    form = SideForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            where = services.appeal_limit(actor=actor, now=timezone.now(), conduct=found, text=form.cleaned_data["text"])  # fmt: skip
            messages.success(request, _("Your appeal is with who decides. You hear of every step."))
            return redirect(where)
    return form_page(request, "events/appeal_conduct.html", form, conduct=found, token=token)
