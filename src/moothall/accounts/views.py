"""Allauth's pages under our addresses and marks, and the list of one's sessions."""

from __future__ import annotations

from allauth.account import views as allauth
from allauth.account.internal.stagekit import clear_login
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from moothall.core.access import OWN_ACCOUNT, View, actor_of, allow, public
from moothall.core.pages import or_404

from . import selectors, services
from .gate import password_gate


def gated(view: View) -> View:
    """Passwords are proven one at a time in each process; whoever finds a crowd at the gate is asked to come again."""

    def through(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with password_gate.passing():
            return view(request, *args, **kwargs)

    return through  # type: ignore[return-value]


def afresh(view: View) -> View:
    """Whoever comes back to this page has given up what they had begun (a code they waited for): it stands in nobody's way."""

    def begun_anew(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            clear_login(request)
        return view(request, *args, **kwargs)

    return begun_anew  # type: ignore[return-value]


sign_in = public(gated(afresh(allauth.login)))
sign_out = public(allauth.logout)
sign_up = public(gated(afresh(allauth.signup)))
inactive = public(allauth.account_inactive)
request_code = public(afresh(allauth.request_login_code))
confirm_code = public(allauth.confirm_login_code)
confirm_address = public(allauth.email_verification_sent)
reset_password = public(allauth.password_reset)
reset_password_code = public(allauth.confirm_password_reset_code)
reset_password_complete = public(gated(allauth.complete_password_reset))
reset_password_done = public(allauth.password_reset_from_key_done)
change_password = allow(OWN_ACCOUNT, newcomers=True)(gated(allauth.password_change))
choose_password = allow(OWN_ACCOUNT, newcomers=True)(gated(allauth.password_set))
change_address = allow(OWN_ACCOUNT, newcomers=True)(allauth.email)
is_it_still_you = allow(OWN_ACCOUNT, newcomers=True)(gated(allauth.reauthenticate))


@allow(OWN_ACCOUNT)
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows = selectors.sessions_of(actor.user or 0, request.session.session_key or "")
    return render(request, "account/sessions.html", {"sessions": rows})


@allow(OWN_ACCOUNT)
@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    key = or_404(services.end_session(user_id=actor_of(request).user or 0, number=number))
    if key == request.session.session_key:
        logout(request)
        return redirect("home")
    messages.success(request, _("That session is ended."))
    return redirect("sessions")


@allow(OWN_ACCOUNT)
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    services.end_other_sessions(user_id=actor_of(request).user or 0, key=request.session.session_key or "")
    messages.success(request, _("All your other sessions are ended."))
    return redirect("sessions")
