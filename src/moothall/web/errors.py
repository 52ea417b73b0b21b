"""Error pages: what happened, what to do, and a reference to quote. None needs the database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, _("That request could not be understood"), [
        _("Something in the address or the form was not as it should be. Go back, and try again."),
    ])  # fmt: skip


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, _("You cannot do this"), [
        _("What you asked for needs a permission that you do not have. If you think you should, ask whoever runs this site for you."),
    ])  # fmt: skip


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, 403, _("Please send that again"), [
        _("The form was too old, or your browser keeps no cookies for this site. Nothing was saved. Go back, reload the page and send it again."),
    ])  # fmt: skip


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, _("Page not found"), [
        _("If you typed the address, check that it is correct. If you followed a link, the page may have moved."),
    ])  # fmt: skip


def too_busy(request: HttpRequest) -> HttpResponse:
    """Plain on purpose: it is answered when there is no time for more."""
    text = _(
        "Many people are signing in at this moment. Go back, wait a few seconds and try again. Nothing was counted against you."
    )
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "5"})


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(request, 500, _("Something went wrong on our side"), [
        _("It is not your fault. Wait a minute and try again; if you were sending a form, check first whether it has arrived."),
    ])  # fmt: skip


def _page(request: HttpRequest, status: int, title: str, lines: list[str]) -> HttpResponse:
    return render(
        request,
        "web/error.html",
        {"title": title, "lines": lines, "reference": getattr(request, "reference", "")},
        status=status,
    )
