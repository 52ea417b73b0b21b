"""Sending something, following it, and dealing with it: on the web, at a desk, by a link in a letter."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from moothall.accounts.gate import too_often
from moothall.core.access import actor_of, allow, public
from moothall.core.actor import VISITOR, Actor
from moothall.core.forms import form_page, refusals_on
from moothall.core.pages import letter, or_404
from moothall.directory import selectors as directory
from moothall.directory.models import Organisation, Service
from moothall.directory.types import Permission

from . import selectors, services
from .forms import DecideForm, DeskForm, HandOverForm, PutAsideForm, ReceiptForm, SendForm, WhomForm, WordsForm
from .models import Case
from .policies import can_answer_case, can_correct, can_look_at_held_mail, can_show_receipt, desks_of, is_author
from .receipts import read_receipt, receipt_of
from .types import Author, CameBy, CaseKind, Decision

# -- sending


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new_case(request: HttpRequest) -> HttpResponse:
    """An idea, or a correction to the directory: from anybody, without an account."""
    actor = actor_of(request)
    form = SendForm(request.POST or None, initial=_initial(request))
    if form.is_valid() and not _flooded(request, form):
        with refusals_on(form):
            case = _send(
                actor, form, CameBy.WEB, Author(actor.id, form.cleaned_data["name"], form.cleaned_data["email"])
            )
            return redirect("my-case", selectors.author_token(case, timezone.now()))
    return form_page(request, "voice/send.html", form, **_about(request, form), known=actor.id is not None)


def _flooded(request: HttpRequest, form: forms.Form) -> bool:
    """One place sends without end, or somebody has letters sent to an address that is not theirs: said in words, nothing stored."""
    email = str(form.cleaned_data["email"]).lower()
    if too_often(request, "send", "60/10m/ip"):
        form.add_error(
            None,
            _("Very many things were sent from where you are. Wait ten minutes; what you wrote stays on this page."),
        )
    elif email and too_often(request, "send-to", "20/d/key", email):
        form.add_error(
            "email", _("Very many things were sent with this address today. Leave it out: you get a receipt instead.")
        )
    return bool(form.errors)


@allow(Permission.RECORD_FOR_OTHERS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """What somebody says at the desk, on the phone or in a letter, written down for them."""
    actor = actor_of(request)
    desks = directory.names_of(desks_of(actor))
    form = DeskForm(request.POST or None, initial=_initial(request), desks=desks)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            author = Author(None, data["name"], data["email"])
            case = _send(actor, form, CameBy(data["came_by"]), author, desk=data.get("desk") or next(iter(desks), None))
            return redirect("receipt", case.reference)
    return form_page(request, "voice/desk.html", form, recorded=selectors.recorded_for(actor))


def _initial(request: HttpRequest) -> dict[str, object]:
    kind = request.GET.get("kind", "")
    return {
        "kind": kind if kind in CaseKind.values else CaseKind.IDEA, "key": uuid.uuid4().hex, "service": request.GET.get("service", ""),
        "organisation": request.GET.get("organisation", ""), "text": "",
    }  # fmt: skip


def _about(request: HttpRequest, form: forms.Form) -> dict[str, object]:
    """What the form is about, if it came from a page of the directory."""
    actor = actor_of(request)
    number, slug = str(form["service"].value() or ""), str(form["organisation"].value() or "")
    service = (
        directory.public_service(actor, int(number))
        if number.isascii() and number.isdecimal() and len(number) < 18
        else None
    )
    organisation = service.organisation if service else directory.organisation_for(actor, slug) if slug else None
    return {
        "service": service, "organisation": organisation, "kind": CaseKind(str(form["kind"].value())) if form["kind"].value() in CaseKind.values else CaseKind.IDEA,
        "about": request.GET.get("about", "")[:200],
    }  # fmt: skip


def _send(actor: Actor, form: forms.Form, came_by: CameBy, author: Author, desk: int | None = None) -> Case:
    data = form.cleaned_data
    service = directory.public_service(actor, data["service"]) if data["service"] else None
    organisation = directory.organisation_for(actor, data["organisation"]) if data["organisation"] else None
    return services.send(
        actor=actor, now=timezone.now(), kind=CaseKind(data["kind"]), text=data["text"], author=author, came_by=came_by, key=data["key"], service=service,
        organisation=organisation, desk=desk,
    )  # fmt: skip


@allow(Permission.RECORD_FOR_OTHERS)
@require_safe
@never_cache
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """To print and hand over: what was written down, for whom, by when, and how to follow it."""
    actor = actor_of(request)
    case = or_404(selectors.case_for(actor, reference))
    if not can_show_receipt(actor, case):
        raise Http404
    page = selectors.page_of_case(case)
    return render(request, "voice/receipt.html", {"page": page, "case": case, "receipt": receipt_of(case.reference)})


# -- following


@public
@require_http_methods(["GET", "HEAD", "POST"])
def with_receipt(request: HttpRequest) -> HttpResponse:
    """Whoever has the receipt sees the case as its author."""
    form = ReceiptForm(request.POST or None)
    if request.method == "POST" and too_often(request, "receipt", "60/10m/ip"):
        form.add_error("receipt", _("Too many were tried from where you are. Wait ten minutes."))
    elif form.is_valid():
        reference = read_receipt(form.cleaned_data["receipt"])
        case = selectors.case_by_reference(reference) if reference else None
        if case is not None:
            return redirect("my-case", selectors.author_token(case, timezone.now()))
        form.add_error("receipt", _("This is not one of our receipts. Look at it again, letter by letter."))
    return form_page(request, "voice/with_receipt.html", form)


def _own(token: str) -> Case:
    """The case that a letter or a receipt leads its author to."""
    return or_404(selectors.case_of(letter(selectors.AUTHOR, token)[0]))


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def my_case(request: HttpRequest, token: str) -> HttpResponse:
    """Where it stands, and what its author can do: reply, or ask once that they look again."""
    case, actor = _own(token), actor_of(request)
    form = WordsForm(request.POST or None)
    if form.is_valid() and too_often(request, "write", "20/h/key", case.reference):
        form.add_error(
            "text", _("Very much was written here within the hour. What you sent before is there; wait a little.")
        )
    elif form.is_valid():
        reopening = "again" in request.POST
        with refusals_on(form):
            act = services.reopen if reopening else services.reply
            act(actor=actor, now=timezone.now(), case=case, text=form.cleaned_data["text"])
            messages.success(
                request,
                _("They look at it again, and owe you another answer.") if reopening else _("It is sent to them."),
            )
            return redirect("my-case", token)
    page = selectors.page_of_case(case)
    return form_page(
        request, "voice/my_case.html", form, page=page, case=case, token=token, receipt=receipt_of(case.reference)
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def place(request: HttpRequest, token: str) -> HttpResponse:
    """Its author says whom it is for."""
    case = _own(token)
    page = selectors.page_of_case(case)
    if page.begun or page.promise is None:
        raise Http404

    def done(organisation: Organisation, service: Service | None, _text: str) -> HttpResponse:
        if too_often(request, "place", "10/d/key", str(case.pk)):
            raise services.CannotAnswer(
                _("You have passed it on often enough today. Whoever has it can pass it on too.")
            )
        services.place(
            actor=actor_of(request), now=timezone.now(), case=case, organisation=organisation, service=service
        )
        messages.success(request, _("It is with %(name)s now.") % {"name": organisation.name})
        return redirect("my-case", token)

    return _whom(request, "voice/place.html", WhomForm, done, case=case, back=("my-case", token))


def _whom(
    request: HttpRequest, template: str, kind: type[WhomForm], done: Callable[[Organisation, Service | None, str], HttpResponse], *, case: Case, back: tuple[str, str]
) -> HttpResponse:  # fmt: skip
    """Asks who, offers whom the words may mean, and acts on the choice."""
    choices = directory.choices_for(VISITOR, request.POST.get("to", "")[:200])
    form = kind(request.POST or None, choices=choices)
    if form.is_valid():
        chosen = next((each for each in choices if each.key == form.cleaned_data.get("choice")), None)
        if chosen is None and not choices:
            form.add_error("to", _("The directory knows nobody by these words. Try the name of the organisation."))
        elif chosen is not None:
            with refusals_on(form):
                return done(chosen.organisation, chosen.service, form.cleaned_data.get("text", ""))
    return form_page(request, template, form, case=case, back=back)


# -- dealing with it


def _dealt_with(request: HttpRequest, reference: str) -> tuple[Actor, Case]:
    actor = actor_of(request)
    return actor, or_404(selectors.case_for(actor, reference))


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """A case for those it is with, those above them, who wrote it down, and its author when signed in."""
    actor, found = _dealt_with(request, reference)
    if is_author(actor, found) and not can_answer_case(actor, found):
        return redirect("my-case", selectors.author_token(found, timezone.now()))
    return _answered(request, actor, found, ("case", reference), links_to="case")


class Elsewhere(Exception):
    """The link was somebody's, who holds the case no more."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.reference)
        self.case = case


def for_holders(
    view: Callable[[HttpRequest, Actor, Case, str], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """A page behind the link in a holder's letter; where the case has gone elsewhere, it says where."""

    @functools.wraps(view)
    def page(request: HttpRequest, token: str) -> HttpResponse:
        try:
            actor, case = _from_letter(token)
        except Elsewhere as gone:
            return render(request, "voice/elsewhere.html", {"case": gone.case}, status=410)
        return view(request, actor, case, token)

    return page


def _from_letter(token: str) -> tuple[Actor, Case]:
    """Who holds it, by the link in their letter: they act as if signed in, on this case only, as long as it is with them. Raises
    Elsewhere afterwards."""
    case_id, person_id = letter(selectors.HOLDER, token, 2)
    case, actor = or_404(selectors.case_of(case_id)), or_404(directory.actor_by_letter(person_id, timezone.localdate()))
    if not can_answer_case(actor, case):
        raise Elsewhere(case)
    return actor, case


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_holders
def act_on_case(request: HttpRequest, actor: Actor, found: Case, token: str) -> HttpResponse:
    return _answered(request, actor, found, ("act-on-case", token), links_to="act")


def _answered(request: HttpRequest, actor: Actor, case: Case, here: tuple[str, str], *, links_to: str) -> HttpResponse:
    form = WordsForm(request.POST or None)
    if form.is_valid():
        asking = "ask" in request.POST
        with refusals_on(form):
            act = services.ask if asking else services.answer
            act(actor=actor, now=timezone.now(), case=case, text=form.cleaned_data["text"])
            messages.success(request, _("Your question is sent.") if asking else _("Your answer is sent."))
            return redirect(*here)
    page = selectors.page_of_case(case)
    return form_page(
        request, "voice/case.html", form, page=page, case=case, here=here, links_to=links_to, answers=can_answer_case(actor, case),
        with_whom=selectors.whom_it_is_with(page, timezone.localdate()), keeps=can_correct(actor, case),
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    actor, found = _dealt_with(request, reference)
    return _decided(request, actor, found, ("case", reference))


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_holders
def act_decide(request: HttpRequest, actor: Actor, found: Case, token: str) -> HttpResponse:
    return _decided(request, actor, found, ("act-on-case", token))


def _decided(request: HttpRequest, actor: Actor, case: Case, back: tuple[str, str]) -> HttpResponse:
    if not can_answer_case(actor, case):
        raise Http404
    form = DecideForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.decide(
                actor=actor, now=timezone.now(), case=case, decision=Decision(data["decision"]), text=data["text"]
            )
            messages.success(request, _("Your decision is sent, with the reason."))
            return redirect(*back)
    return form_page(request, "voice/decide.html", form, case=case, back=back)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    actor, found = _dealt_with(request, reference)
    return _handed_over(request, actor, found, ("case", reference))


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_holders
def act_hand_over(request: HttpRequest, actor: Actor, found: Case, token: str) -> HttpResponse:
    return _handed_over(request, actor, found, ("act-on-case", token))


def _handed_over(request: HttpRequest, actor: Actor, case: Case, back: tuple[str, str]) -> HttpResponse:
    if not can_answer_case(actor, case):
        raise Http404

    def done(organisation: Organisation, service: Service | None, text: str) -> HttpResponse:
        services.hand_over(
            actor=actor, now=timezone.now(), case=case, organisation=organisation, service=service, reason=text
        )
        messages.success(
            request, _("It is with %(name)s now, and its author is told why.") % {"name": organisation.name}
        )
        return render(request, "voice/handed_over.html", {"organisation": organisation})

    return _whom(request, "voice/hand_over.html", HandOverForm, done, case=case, back=back)


# -- mail that nobody could place


@allow(Permission.RECORD_FOR_OTHERS)
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    if not can_look_at_held_mail(actor_of(request)):
        raise Http404
    return render(request, "voice/held.html", {"mails": selectors.held_mail(), "automatic": selectors.automatic_mail()})


@allow(Permission.RECORD_FOR_OTHERS)
@require_http_methods(["GET", "HEAD", "POST"])
def held_mail(request: HttpRequest, mail_id: uuid.UUID) -> HttpResponse:
    """One message: whose it is, or why it asks for nothing."""
    actor = actor_of(request)
    found = or_404(selectors.held_mail_for(mail_id) if can_look_at_held_mail(actor) else None)
    aside = "aside" in request.POST
    choices = directory.choices_for(VISITOR, request.POST.get("to", "")[:200])
    whom = WhomForm(request.POST if request.method == "POST" and not aside else None, choices=choices)
    put = PutAsideForm(request.POST if aside else None)
    if aside and put.is_valid():
        with refusals_on(put), transaction.atomic():
            services.put_mail_aside(actor=actor, now=timezone.now(), mail=found.mail, reason=put.cleaned_data["text"])
            messages.success(request, _("It is put aside, with the reason."))
            return redirect("held-mail")
    if not aside and whom.is_valid():
        chosen = next((each for each in choices if each.key == whom.cleaned_data.get("choice")), None)
        if chosen is not None:
            with refusals_on(whom), transaction.atomic():
                services.take_held_mail(
                    actor=actor, now=timezone.now(), mail=found.mail, organisation=chosen.organisation
                )
                messages.success(
                    request, _("It is with %(name)s now, who owe an answer.") % {"name": chosen.organisation.name}
                )
                return redirect("held-mail")
        elif not choices:
            whom.add_error("to", _("The directory knows nobody by these words. Try the name of the organisation."))
    form = put if aside else whom
    return form_page(request, "voice/held_mail.html", form, whom=whom, put=put, held=found)
