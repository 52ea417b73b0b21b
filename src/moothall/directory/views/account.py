"""One's own pages: who one is here, what one may do and why, what is held, and the way out."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.accounts.gate import password_gate
from moothall.accounts.selectors import user_of
from moothall.core.access import actor_of, allow, public
from moothall.core.actor import ActorKind
from moothall.core.errors import DomainError
from moothall.core.files import JSON
from moothall.core.forms import refusals_on, refusals_said
from moothall.core.pages import download

from .. import selectors, services
from ..forms import JoinForm, JoinPasswordForm, NameForm
from ..types import Channel, Permission


@allow(Permission.OWN_ACCOUNT)
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    actor, now, today = actor_of(request), timezone.now(), timezone.localdate()
    return render(request, "directory/me.html", {
        "person": selectors.person_of(actor), "rights": selectors.rights_of(actor, today), "organisations": selectors.my_organisations(actor),
        "own": Permission.OWN_ACCOUNT.label, "bring": selectors.invitations_through(actor, now), "has_password": request.user.is_authenticated and request.user.has_usable_password(),
    })  # fmt: skip


@allow(Permission.OWN_ACCOUNT, newcomers=True)
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The first page after the first sign-in: one question."""
    actor = actor_of(request)
    if actor.id is not None:
        return redirect("me")
    form = NameForm(request.POST or None)
    user = user_of(actor.user or 0)
    if form.is_valid() and user is not None:
        name = form.cleaned_data["name"]
        with refusals_on(form):
            services.introduce(actor=actor, now=timezone.now(), name=name, email=user.email)
            return redirect("me")
    return render(request, "directory/welcome.html", {"form": form}, status=_status(form))


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def my_name(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    person = selectors.person_of(actor)
    form = NameForm(request.POST or None, initial={"name": person.name if person else ""})
    if form.is_valid():
        services.change_own_name(actor=actor, now=timezone.now(), name=form.cleaned_data["name"])
        messages.success(request, _("Your name is changed."))
        return redirect("me")
    return render(request, "directory/my_name.html", {"form": form}, status=_status(form))


@allow(Permission.OWN_ACCOUNT)
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """All that is held about oneself, as a file."""
    now = timezone.now()
    content = services.my_data(actor=actor_of(request), now=now)
    name = f"moothall-{timezone.localtime(now):%Y-%m-%d}.json"
    return download(content, JSON, name)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if request.method == "POST":
        asked = services.ask_erasure(actor=actor, now=timezone.now())
        if asked.decided_at is not None:
            logout(request)
            return redirect("erased")
        messages.success(
            request, _("Your wish is noted. Your institution must decide within a month, and you are told.")
        )
        return redirect("me")
    return render(
        request, "directory/erasure.html", {"worked": bool(selectors.my_organisations(actor)) or bool(actor.belongs_to)}
    )


@public
@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "directory/erased.html")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Uses an invitation's code, in two steps: the code, then a password (or nothing more for who is signed in)."""
    form = JoinForm(request.POST or None)
    if not form.is_valid():
        return render(request, "directory/join.html", {"form": form}, status=_status(form))
    now, code = timezone.now(), form.cleaned_data["code"]
    found = selectors.invitation_by_code(code, now)
    if found is None:
        form.add_error(
            "code", _("This code does not work, or not any more. Check each letter; if it is right, ask for a new one.")
        )
        return render(request, "directory/join.html", {"form": form}, status=422)
    actor = actor_of(request)
    by_mail = found.channel == Channel.MAIL
    second = JoinPasswordForm(
        request.POST if "confirmed" in request.POST else None,
        initial={"code": code},
        needed=found.person.user_id is not None or (not by_mail and actor.kind is ActorKind.VISITOR),
    )
    if second.is_valid():
        try:
            with password_gate.passing():
                user = services.join(
                    now=now,
                    code=code,
                    password=second.cleaned_data["password"] or None,
                    signed_in=actor if actor.kind is ActorKind.PERSON else None,
                )
        except DomainError as error:
            second.add_error(None, str(error))
        else:
            if user is not None:
                signed_in: HttpResponse = perform_login(
                    request, user, email_verification="none", redirect_url=reverse("joined")
                )
                return signed_in
            return redirect("joined")
    return render(
        request,
        "directory/join_confirm.html",
        {"form": second, "invitation": found, "by_mail": by_mail, "code": code},
        status=_status(second),
    )


@allow(Permission.OWN_ACCOUNT)
@require_safe
def joined(request: HttpRequest) -> HttpResponse:
    """Once, after joining: how to sign in next time."""
    return render(
        request, "directory/joined.html", {"user": request.user, "person": selectors.person_of(actor_of(request))}
    )


@allow(Permission.OWN_ACCOUNT)
@require_POST
def bring_code(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """The colleague who was asked prints the code."""
    with refusals_said(request):
        found, code = services.fetch_code(actor=actor_of(request), now=timezone.now(), invitation_id=invitation_id)
        about = {"invitation": found, "code": code, "back": "me", "organisation": found.organisation}
        return render(request, "directory/code.html", about)
    return redirect("me")


def _status(form: JoinForm | NameForm | JoinPasswordForm) -> int:
    return 422 if form.is_bound and form.errors else 200
