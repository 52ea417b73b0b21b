"""The one place where a rule's no becomes words on a form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .errors import DomainError, Forbidden


@contextmanager
def refusals_on(form: forms.Form) -> Iterator[None]:
    """Runs an action; where a rule says no, its words stand on the form and what follows inside is left out.

        with refusals_on(form):
            services.add_team(...)
            return redirect(...)
        return render(...)

    Forbidden is not for the form.
    """
    try:
        yield
    except Forbidden:
        raise
    except DomainError as error:
        form.add_error(None, str(error))


@contextmanager
def refusals_said(request: HttpRequest) -> Iterator[None]:
    """As `refusals_on`, for a press of a button that has no form: the words stand on the next page."""
    try:
        yield
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, str(error))


def form_page(request: HttpRequest, template: str, form: forms.Form, **more: object) -> HttpResponse:
    """A page with a form: 422 where it was sent and has errors."""
    status = 422 if form.is_bound and form.errors and request.method == "POST" else 200
    return render(request, template, {"form": form, **more}, status=status)
