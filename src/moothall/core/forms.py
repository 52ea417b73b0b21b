"""The one place where a rule's no becomes words on a form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from .errors import DomainError, Forbidden

TIMES = ["%H:%M", "%H.%M", "%H:%M:%S", "%I:%M%p", "%I.%M%p", "%I%p", "%I:%M %p", "%I.%M %p", "%I %p"]


def time_field(label: Any, initial: str = "") -> forms.TimeField:
    """A time of day, as people write it."""
    return forms.TimeField(
        label=label, initial=initial, input_formats=TIMES, error_messages={name: _("Write it as 14:00 or 2pm.") for name in ("required", "invalid")}
    )  # fmt: skip


@contextmanager
def refusals_on(form: forms.Form) -> Iterator[None]:
    """Runs an action; where a rule says no, its words stand on the form and what follows inside is left out.

        with refusals_on(form):
            services.add_team(...)
            return redirect(...)
        return render(...)

    Forbidden is not for the form. The code of the form's error is the name of the rule's.
    """
    try:
        yield
    except Forbidden:
        raise
    except DomainError as error:
        form.add_error(None, forms.ValidationError(str(error), code=type(error).__name__))


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
