"""Appeals: what was decided, for everybody; and one appeal, for its sides and for who decides, signed in or by the link in a letter."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from moothall.core.access import actor_of, allow, public
from moothall.core.actor import Actor
from moothall.core.forms import form_page, refusals_on, refusals_said
from moothall.core.pages import letter, or_404, page_of
from moothall.directory import selectors as directory
from moothall.directory.types import Permission

from . import selectors, services
from .forms import AnswerForm, DecideForm, PassOnForm, RemitForm, WordsForm
from .models import Appeal
from .policies import can_see_appeal, can_set_remit
from .types import Side

A_PAGE = 25


@public
@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """What was decided, in every institution, without names."""
    page, start, query = page_of(request, selectors.published_count(), A_PAGE)
    return render(request, "appeals/decisions.html", {
        "rows": selectors.published(start=start, count=A_PAGE), "rulings": selectors.rulings(), "page": page, "query": query, "organisation": None,
    })  # fmt: skip


@public
@require_safe
def of_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """What was decided about one institution, and what its board contact may decide alone."""
    actor = actor_of(request)
    organisation = or_404(directory.organisation_for(actor, slug))
    page, start, query = page_of(request, selectors.published_count(organisation), A_PAGE)
    delegation, covered = selectors.remit_of(organisation)
    return render(request, "appeals/decisions.html", {
        "rows": selectors.published(start=start, count=A_PAGE, organisation=organisation), "rulings": selectors.rulings(organisation), "page": page,
        "query": query, "organisation": organisation, "delegation": delegation, "covered": [words for key, words in selectors.remit_choices() if key in covered],
        "sets": can_set_remit(actor, organisation.pk),
    })  # fmt: skip


@allow(Permission.MANAGE_INSTITUTION)
@require_http_methods(["GET", "HEAD", "POST"])
def remit(request: HttpRequest, slug: str) -> HttpResponse:
    """What the delegation in force covers."""
    actor = actor_of(request)
    organisation = or_404(directory.manageable_organisation_for(actor, slug))
    delegation, covered = selectors.remit_of(organisation)
    form = RemitForm(request.POST or None, kinds=selectors.remit_choices(), initial={"covered": covered})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.set_remit(actor=actor, now=timezone.now(), organisation=organisation, covered=form.cleaned_data["covered"])  # fmt: skip
            messages.success(request, _("It counts for every decision from now on."))
            return redirect("organisation-appeals", slug)
    return form_page(request, "appeals/remit.html", form, organisation=organisation, delegation=delegation)


# -- one appeal


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody at an appeal: as who they have signed in as, or as whom the link in a letter was written to."""

    actor: Actor
    appeal: Appeal
    side: Side | None
    act: str
    key: str

    def url(self, what: str = "") -> str:
        """Of this appeal, or of a page beneath it."""
        return reverse(f"act-{what}" if self.act else what, args=[self.key])

    @property
    def page(self) -> str:
        return reverse("act-on-appeal" if self.act else "appeal", args=[self.key])


def _signed_in(request: HttpRequest, reference: str) -> Here:
    actor = actor_of(request)
    return Here(actor, or_404(selectors.appeal_for(actor, reference)), None, "", reference)


def _from_letter(token: str) -> Here:
    """By the link in a letter: they act as if signed in, on this appeal only, as long as they have to do with it."""
    appeal_id, person_id = letter(selectors.PARTY, token, 2)
    appeal = or_404(selectors.appeal_of(appeal_id))
    actor = or_404(directory.actor_by_letter(person_id, timezone.localdate()))
    addressed = not person_id and appeal.appellant_id is None
    if not addressed and not can_see_appeal(actor, appeal):
        raise Http404
    return Here(actor, appeal, Side.APPELLANT if addressed else None, "act", token)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    return _shown(request, _signed_in(request, reference))


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def act_on_appeal(request: HttpRequest, token: str) -> HttpResponse:
    return _shown(request, _from_letter(token))


def _shown(request: HttpRequest, here: Here) -> HttpResponse:
    page = selectors.page_of_appeal(here.actor, here.appeal, here.side)
    now = timezone.now()
    if "withdraw" in request.POST:
        with refusals_said(request):
            services.withdraw(actor=here.actor, now=now, appeal=here.appeal)
            messages.success(request, _("Your appeal is withdrawn."))
        return redirect(here.page)
    form = WordsForm(request.POST or None)
    if form.is_valid():
        text = form.cleaned_data["text"]
        with refusals_on(form):
            if page.decides:
                services.ask(actor=here.actor, now=now, appeal=here.appeal, text=text)
                messages.success(request, _("Both sides are asked."))
            elif page.side is not None:
                services.state(actor=here.actor, now=now, appeal=here.appeal, side=page.side, text=text)
                messages.success(request, _("It is on the record, and who decides is told."))
            else:
                raise services.CannotAppeal(_("You can read this appeal, but you are on neither side."))
            return redirect(here.page)
    return form_page(request, "appeals/appeal.html", form, page=page, appeal=here.appeal, here=here)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    return _decided(request, _signed_in(request, reference))


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def act_decide(request: HttpRequest, token: str) -> HttpResponse:
    return _decided(request, _from_letter(token))


def _decided(request: HttpRequest, here: Here) -> HttpResponse:
    page = selectors.page_of_appeal(here.actor, here.appeal)
    if not page.decides:
        raise Http404
    form = DecideForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.decide(
                actor=here.actor, now=timezone.now(), appeal=here.appeal, uphold=data["uphold"] == "yes", reason=data["reason"], public_text=data["public_text"],
                no_name=data["no_name"],
            )  # fmt: skip
            messages.success(request, _("It is decided, and both sides are told."))
            return redirect(here.page)
    return form_page(request, "appeals/decide.html", form, page=page, appeal=here.appeal, here=here)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def pass_on(request: HttpRequest, reference: str) -> HttpResponse:
    return _passed_on(request, _signed_in(request, reference))


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def act_pass_on(request: HttpRequest, token: str) -> HttpResponse:
    return _passed_on(request, _from_letter(token))


def _passed_on(request: HttpRequest, here: Here) -> HttpResponse:
    page = selectors.page_of_appeal(here.actor, here.appeal)
    if not page.decides:
        raise Http404
    form = PassOnForm(request.POST or None)
    if form.is_valid():
        found = directory.public_organisation_called(form.cleaned_data["to"])
        if found is None:
            form.add_error("to", _("No institution of this name is here. Write its whole name."))
        else:
            with refusals_on(form):
                services.pass_on(actor=here.actor, now=timezone.now(), appeal=here.appeal, organisation=found, reason=form.cleaned_data["reason"])  # fmt: skip
                messages.success(request, _("It is with the board contact of %(name)s now.") % {"name": found.name})
                return redirect("appeals")
    return form_page(request, "appeals/pass_on.html", form, page=page, appeal=here.appeal, here=here)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    return _answered(request, _signed_in(request, reference))


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def act_answer(request: HttpRequest, token: str) -> HttpResponse:
    return _answered(request, _from_letter(token))


def _answered(request: HttpRequest, here: Here) -> HttpResponse:
    page = selectors.page_of_appeal(here.actor, here.appeal)
    if not page.answers:
        raise Http404
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.answer_decision(
                actor=here.actor, now=timezone.now(), appeal=here.appeal, comply=data["comply"] == "yes", public_text=data["public_text"], no_name=data["no_name"],
            )  # fmt: skip
            messages.success(request, _("It is said in public, and who appealed is told."))
            return redirect(here.page)
    return form_page(request, "appeals/answer.html", form, page=page, appeal=here.appeal, here=here)
