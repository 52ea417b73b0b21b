"""How complaints are dealt with: the regimes that services follow, as the city's steward words them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from moothall.core.access import actor_of, allow
from moothall.core.forms import form_page, refusals_on
from moothall.core.pages import or_404

from .. import selectors, services
from ..forms import RegimeForm
from ..models import Regime
from ..types import Permission


@allow(Permission.KEEP_DIRECTORY)
@require_safe
def regimes(request: HttpRequest) -> HttpResponse:
    return render(request, "directory/regimes.html", {"regimes": selectors.regimes()})


@allow(Permission.KEEP_DIRECTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def new_regime(request: HttpRequest) -> HttpResponse:
    return _regime(request, None)


@allow(Permission.KEEP_DIRECTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def regime(request: HttpRequest, key: str) -> HttpResponse:
    return _regime(request, or_404(next((each for each in selectors.regimes() if each.key == key), None)))


def _regime(request: HttpRequest, found: Regime | None) -> HttpResponse:
    initial = {name: getattr(found, name) for name in RegimeForm.base_fields} if found else None
    form = RegimeForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_on(form):
            services.save_regime(actor=actor_of(request), now=timezone.now(), regime=found, **form.cleaned_data)
            messages.success(request, _("It is kept. Services that follow it say so from now on."))
            return redirect("regimes")
    return form_page(request, "directory/regime.html", form, regime=found)
