"""Whether the site runs as it should, for the city's steward: mail, long work, the queue, and who has a role in the city."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from moothall.core import jobs, mail, work
from moothall.core.access import actor_of, allow
from moothall.core.forms import form_page, refusals_on, refusals_said
from moothall.core.pages import or_404
from moothall.directory import selectors, services
from moothall.directory.forms import CityRoleForm
from moothall.directory.types import Permission, Role
from moothall.promises import selectors as promises
from moothall.voice import selectors as voice


@allow(Permission.RUN_THE_SITE)
@require_http_methods(["GET", "HEAD", "POST"])
def running(request: HttpRequest) -> HttpResponse:
    actor, now, today = actor_of(request), timezone.now(), timezone.localdate()
    form = CityRoleForm(request.POST or None)
    if form.is_valid():
        person = selectors.person_with_account(form.cleaned_data["email"])
        if person is None:
            form.add_error(
                "email", _("Nobody has an account with this address. Ask them to make one first; it takes a minute.")
            )
        else:
            with refusals_on(form):
                role = Role(form.cleaned_data["role"])
                services.grant_role(
                    actor=actor, now=now, today=today, role=role, person_id=person.pk, organisation=None
                )
                messages.success(request, _("The role is given, from today."))
                return redirect("running")
    return form_page(
        request, "web/running.html", form, mails=mail.mail_in_trouble(), works=work.open_work(), queue=jobs.queue_state(now),
        grants=selectors.grants_in(None, today), waiting=len(selectors.unconfirmed_organisations(actor)), erasures=len(selectors.erasures_for_steward(actor)),
        held=len(voice.held_mail()), holidays=promises.holidays_end(), today=today,
    )  # fmt: skip


@allow(Permission.RUN_THE_SITE)
@require_POST
def send_again(request: HttpRequest, mail_id: uuid.UUID) -> HttpResponse:
    if not mail.send_again(mail_id, timezone.now()):
        raise Http404
    messages.success(request, _("It is tried again."))
    return redirect("running")


@allow(Permission.RUN_THE_SITE)
@require_POST
def end_city_role(request: HttpRequest, grant_id: int) -> HttpResponse:
    grant = or_404(selectors.grant_for(grant_id, None))
    with refusals_said(request):
        services.end_grant(actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), grant=grant)
        messages.success(request, _("The role is ended."))
    return redirect("running")
