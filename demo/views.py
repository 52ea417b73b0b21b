"""Pages that exist in the demo only, because its people are fictional."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from moothall.accounts.models import User
from moothall.core.access import public
from moothall.core.models import OutgoingMail

from .people import PERSONAS

MAILS = 50


@public
@require_safe
def personas(request: HttpRequest) -> HttpResponse:
    """One of each kind of person, to be with one click."""
    return render(request, "demo/personas.html", {"personas": PERSONAS})


@public
@require_POST
def be(request: HttpRequest, key: str) -> HttpResponse:
    persona = next((each for each in PERSONAS if each.key == key), None)
    user = User.objects.filter(email=persona.email).first() if persona else None
    if user is None:
        raise Http404
    return perform_login(request, user, email_verification="none", redirect_url=reverse("me"))


@public
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """What went out: nobody in Fenbridge has a mailbox, so all of it can be read here."""
    return render(request, "demo/mail.html", {"mails": OutgoingMail.objects.order_by("-made_at")[:MAILS]})
