"""“I’m going”, questions, interests, and how it was."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from moothall.accounts.gate import too_often
from moothall.core.access import actor_of, allow, public
from moothall.core.actor import VISITOR, Actor
from moothall.core.forms import form_page, refusals_on
from moothall.core.pages import letter, or_404
from moothall.directory import selectors as directory
from moothall.directory.types import Permission
from moothall.places import selectors as places
from moothall.places import services as place_services
from moothall.places.types import Goer, WorkTime
from moothall.promises.selectors import open_promise_about

from .. import selectors, services
from ..forms import AnswerForm, GoAsForm, GoForm, HideForm, InterestForm, QuestionForm, RateForm
from ..models import Event, Interest, Question
from ..policies import can_answer, can_keep_event
from ..selectors import CLOSING, QUESTION
from ..types import About, Asker


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def go(request: HttpRequest, reference: str) -> HttpResponse:
    """One press; a mail address for who has not signed in, in whose time for who has."""
    actor, now = actor_of(request), timezone.now()
    event = or_404(selectors.event_for(actor, reference))
    employers = selectors.employers_of(actor, timezone.localdate(now))
    initial = {"key": uuid.uuid4().hex, "time": str(employers[0].organisation) if employers else "own"}
    form: forms.Form
    if actor.id is None:
        form = GoForm(request.POST or None, initial=initial)
    else:
        form = GoAsForm(request.POST or None, initial=initial, employers=[(each.organisation, each.name) for each in employers])  # fmt: skip
    if form.is_valid() and not _too_many(request, form):
        data = form.cleaned_data
        goer = Goer(actor.id) if actor.id is not None else Goer(None, data["email"], data["name"])
        work = next((WorkTime(each.organisation, each.team) for each in employers if str(each.organisation) == data.get("time")), None)  # fmt: skip
        with refusals_on(form):
            try:
                place = place_services.go(actor=actor if actor.id is not None else VISITOR, now=now, occasion=event.occasion, goer=goer, work=work, key=data["key"])  # fmt: skip
            except place_services.ToldByMail:
                return render(request, "events/gone.html", {"event": event, "occasion": event.occasion, "place": None})
            if actor.id is None:
                # Whoever reads that address has the link; who typed it need not be them.
                return render(request, "events/gone.html", {"event": event, "occasion": event.occasion, "place": place})
            return redirect("place", places.holder_token(place, timezone.localdate(now)))
    return form_page(request, "events/go.html", form, event=event, occasion=event.occasion, known=actor.id is not None)


def _too_many(request: HttpRequest, form: forms.Form) -> bool:
    """One place takes seats without end, or somebody has letters sent to an address that is not theirs."""
    email = str(form.cleaned_data.get("email", "")).lower()
    if email and too_often(request, "go", "60/10m/ip"):
        form.add_error(None, _("Very many said from where you are that they go. Wait ten minutes, or sign in."))
    elif email and too_often(request, "go-to", "20/d/key", email):
        form.add_error("email", _("Very many places were taken with this address today. Sign in to take more."))
    return bool(form.errors)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """A question before, during or after it; or a challenge of its being closed."""
    actor, now = actor_of(request), timezone.now()
    event = or_404(selectors.event_for(actor, reference))
    about = About.CLOSING if "closing" in (request.GET.get("about"), request.POST.get("about")) else About.MATTER
    form = QuestionForm(request.POST or None, initial={"key": uuid.uuid4().hex, "about": about})
    if form.is_valid() and too_often(request, "ask", "20/10m/ip"):
        form.add_error(None, _("Very many questions came from where you are. Wait ten minutes; what you wrote stays on this page."))  # fmt: skip
    elif (
        form.is_valid() and (to := form.cleaned_data["email"].lower()) and too_often(request, "ask-to", "10/d/key", to)
    ):
        form.add_error("email", _("Very many questions were asked with this address today. Leave it out: the answer stands on the page."))  # fmt: skip
    elif form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            asked = services.ask(
                actor=actor if actor.id is not None else VISITOR, now=now, event=event, text=data["text"], asker=Asker(actor.id, "", "" if actor.id else data["email"]), about=about, key=data["key"]
            )  # fmt: skip
            messages.success(request, _("It is asked, and an answer is owed."))
            return redirect(reverse("event", args=[reference]) + f"#question-{asked.pk}")
    return form_page(request, "events/ask.html", form, event=event, occasion=event.occasion, about=about, known=actor.id is not None)  # fmt: skip


def _asked(request: HttpRequest, reference: str, question_id: int) -> tuple[Actor, Event, Question]:
    actor = actor_of(request)
    event = or_404(selectors.event_for(actor, reference))
    found = or_404(selectors.question_in(event, question_id))
    return actor, event, found


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, reference: str, question_id: int) -> HttpResponse:
    """For whoever answers it."""
    actor, event, found = _asked(request, reference, question_id)
    kind = CLOSING if found.about == About.CLOSING else QUESTION
    if not can_answer(actor, found, open_promise_about(kind, found.pk)):
        raise Http404
    form = AnswerForm(request.POST or None, initial={"text": found.answer})
    if form.is_valid():
        with refusals_on(form):
            services.answer(actor=actor, now=timezone.now(), question=found, text=form.cleaned_data["text"])
            messages.success(request, _("It is answered, for everybody to read."))
            return redirect(reverse("event", args=[reference]) + f"#question-{question_id}")
    return form_page(request, "events/answer.html", form, event=event, occasion=event.occasion, question=found, keeps=can_keep_event(actor, event))  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def hide_question(request: HttpRequest, reference: str, question_id: int) -> HttpResponse:
    """Its words are not shown any more, but why."""
    actor, event, found = _asked(request, reference, question_id)
    if not can_keep_event(actor, event):
        raise Http404
    form = HideForm(request.POST or None, initial={"reason": found.hidden_reason})
    if form.is_valid():
        with refusals_on(form):
            services.hide(actor=actor, now=timezone.now(), question=found, reason=form.cleaned_data["reason"])
            messages.success(request, _("Its words are hidden, and the reason stands in their place."))
            return redirect("event", reference)
    return form_page(request, "events/hide.html", form, event=event, occasion=event.occasion, question=found)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def tell_me(request: HttpRequest) -> HttpResponse:
    """Which events somebody wants to hear of."""
    actor, now = actor_of(request), timezone.now()
    mine = selectors.interest_of(actor)
    known = actor.id is not None
    form = InterestForm(request.POST or None, known=known, initial={"topics": mine.topics, "near": mine.near} if mine else {})  # fmt: skip
    if mine is not None and "stop" in request.POST:
        services.stop(actor=actor, now=now, interest=mine)
        messages.success(request, _("You get no more letters about new events."))
        return redirect("tell-me")
    if form.is_valid() and not known and too_often(request, "tell-me", "20/10m/ip"):
        form.add_error(None, _("Very many asked from where you are. Wait ten minutes."))
    elif form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.want(actor=actor if known else VISITOR, now=now, topics=data["topics"], near=data["near"], email=data.get("email", ""))  # fmt: skip
            messages.success(request, _("You hear of new events that fit.") if known else _("Look into your mail: say there that you want these letters."))  # fmt: skip
            return redirect("tell-me" if known else "events")
    return form_page(request, "events/tell_me.html", form, mine=mine, known=known)


def _interest(token: str) -> Interest:
    return or_404(selectors.interest_by_id(letter(selectors.INTEREST, token)[0]))


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def interest(request: HttpRequest, token: str) -> HttpResponse:
    """Yes or no to letters about new events, by the link in one. Mail programs press “stop” themselves (RFC 8058), so it asks for no cookie."""
    found, now = _interest(token), timezone.now()
    if "yes" in request.POST:
        services.confirm(now=now, interest=found)
        return redirect("interest", token)
    if request.method == "POST":
        services.stop(actor=actor_of(request), now=now, interest=found)
        return render(request, "events/stopped.html")
    return render(request, "events/interest.html", {"interest": found, "topics": selectors.topic_words(found.topics)})


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Two questions for who was there, by the link of their place."""
    place = or_404(places.place_of(letter(places.HOLDER, token)[0]))
    event = or_404(selectors.event_of_occasion(place.occasion_id))
    actor = or_404(directory.actor_by_letter(place.person_id, timezone.localdate()))
    mine = selectors.own_feedback(place)
    form = RateForm(request.POST or None, initial={"worth": mine.worth, "text": mine.text} if mine else {})
    if form.is_valid():
        with refusals_on(form):
            services.rate(actor=actor, now=timezone.now(), place=place, **form.cleaned_data)
            messages.success(request, _("Thank you: it is counted, without your name."))
            return redirect("event", event.reference)
    return form_page(request, "events/rate.html", form, event=event, occasion=event.occasion, token=token)
