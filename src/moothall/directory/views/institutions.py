"""An institution's record: set it up, change it, its teams, roles, agreements, and who wants to be erased."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.core.access import actor_of, allow
from moothall.core.forms import form_page, refusals_on, refusals_said
from moothall.core.pages import or_404

from .. import selectors, services
from ..forms import (
    AdministratorForm,
    AgreementForm,
    DetailsForm,
    ErasureForm,
    InstitutionForm,
    ReasonForm,
    RoleForm,
    TeamForm,
)
from ..types import ROLES, OrganisationKind, Permission, Role, Scope
from .lookups import managed, visible


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_institution(request: HttpRequest) -> HttpResponse:
    form = InstitutionForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            made = services.set_up_institution(
                actor=actor_of(request),
                now=timezone.now(),
                today=timezone.localdate(),
                name=data["name"],
                kind=OrganisationKind(data["kind"]),
                about=data["about"],
            )
            return redirect("institution-record", made.slug)
    return form_page(request, "directory/institution_new.html", form)


@allow(Permission.MANAGE_INSTITUTION)
@require_safe
def record(request: HttpRequest, slug: str) -> HttpResponse:
    """What is set up and what is missing: the administrator's start page."""
    organisation = managed(request, slug)
    return render(request, "directory/record.html", {
        "organisation": organisation, "set_up": selectors.set_up_of(organisation, timezone.localdate()),
        "agreements": selectors.agreements_of(organisation), "erasures": selectors.open_erasure_requests(organisation),
    })  # fmt: skip


@allow(Permission.MANAGE_INSTITUTION)
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    initial = {name: getattr(organisation, name) for name in ("name", "kind", "about", "website", "division")}
    form = DetailsForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_on(form):
            services.change_institution(
                actor=actor_of(request), now=timezone.now(), organisation=organisation, **form.cleaned_data
            )
            messages.success(request, _("The institution's details are changed."))
            return redirect("institution-record", slug)
    return form_page(request, "directory/details.html", form, organisation=organisation)


@allow(Permission.MANAGE_INSTITUTION)
@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    form = TeamForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.add_team(
                actor=actor_of(request), now=timezone.now(), organisation=organisation, name=form.cleaned_data["name"]
            )
            messages.success(request, _("The team is added."))
            return redirect("teams", slug)
    rows = selectors.teams_of(organisation, timezone.localdate())
    return form_page(request, "directory/teams.html", form, organisation=organisation, teams=rows)


@allow(Permission.MANAGE_INSTITUTION)
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, slug: str, team_id: int) -> HttpResponse:
    organisation = managed(request, slug)
    found = or_404(selectors.team_for(organisation, team_id))
    form = TeamForm(request.POST or None, initial={"name": found.name})
    if form.is_valid():
        with refusals_on(form):
            services.rename_team(
                actor=actor_of(request), now=timezone.now(), team=found, name=form.cleaned_data["name"]
            )
            messages.success(request, _("The team is renamed."))
            return redirect("teams", slug)
    return form_page(request, "directory/team.html", form, organisation=organisation, team=found)


@allow(Permission.GRANT_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    today = timezone.localdate()
    rows = selectors.teams_of(organisation, today)
    form = RoleForm(
        request.POST or None,
        find=lambda text: selectors.colleagues_called(organisation, text, today),
        teams=rows,
        initial={"person": request.GET.get("person", "")},
    )
    if form.is_valid():
        data = form.cleaned_data
        chosen = selectors.team_for(organisation, data["team"]) if data["team"] else None
        with refusals_on(form):
            services.grant_role(
                actor=actor_of(request),
                now=timezone.now(),
                today=today,
                role=Role(data["role"]),
                person_id=data["person"],
                organisation=organisation,
                team=chosen,
            )
            messages.success(request, _("The role is given, from today."))
            return redirect("roles", slug)
    words = [
        (role.label, ROLES[role].about, [p.label for p in Permission if p in ROLES[role].permissions])
        for role in Role
        if {Scope.ORGANISATION, Scope.TEAM} & {*ROLES[role].scopes}
    ]
    return form_page(
        request,
        "directory/roles.html",
        form,
        organisation=organisation,
        grants=selectors.grants_in(organisation, today),
        words=words,
    )


@allow(Permission.GRANT_ROLES)
@require_POST
def end_role(request: HttpRequest, slug: str, grant_id: int) -> HttpResponse:
    organisation = managed(request, slug)
    grant = or_404(selectors.grant_for(grant_id, organisation))
    with refusals_said(request):
        services.end_grant(actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), grant=grant)
        messages.success(request, _("The role is ended."))
    return redirect("roles", slug)


@allow(Permission.MANAGE_INSTITUTION)
@require_http_methods(["GET", "HEAD", "POST"])
def agreements(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    form = AgreementForm(request.POST or None, initial={"from_on": timezone.localdate()})
    if form.is_valid():
        with refusals_on(form):
            services.record_agreement(
                actor=actor_of(request), now=timezone.now(), organisation=organisation, **form.cleaned_data
            )
            messages.success(request, _("The agreement is recorded."))
            return redirect("agreements", slug)
    return form_page(
        request,
        "directory/agreements.html",
        form,
        organisation=organisation,
        agreements=selectors.agreements_of(organisation),
        today=timezone.localdate(),
    )


@allow(Permission.MANAGE_INSTITUTION)
@require_POST
def end_agreement(request: HttpRequest, slug: str, agreement_id: int) -> HttpResponse:
    organisation = managed(request, slug)
    agreement = or_404(selectors.agreement_for(organisation, agreement_id))
    services.end_agreement(actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), agreement=agreement)
    messages.success(request, _("The agreement is ended. Names are no longer shown."))
    return redirect("agreements", slug)


@allow(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def decide_erasure(request: HttpRequest, slug: str, request_id: int) -> HttpResponse:
    organisation = managed(request, slug)
    asked = or_404(
        next((each for each in selectors.open_erasure_requests(organisation) if each.pk == request_id), None)
    )
    form = ErasureForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.decide_erasure(
                actor=actor_of(request),
                now=timezone.now(),
                today=timezone.localdate(),
                request_id=request_id,
                organisation_id=organisation.pk,
                erase=data["decision"] == "erase",
                reason=data["reason"],
            )
            messages.success(request, _("It is decided."))
            return redirect("institution-record", slug)
    return form_page(request, "directory/decide_erasure.html", form, organisation=organisation, asked=asked)


@allow(Permission.CONFIRM_INSTITUTIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def steward_erasure(request: HttpRequest, request_id: int) -> HttpResponse:
    """The steward decides for those for whom no administrator can."""
    asked = or_404(
        next((each for each in selectors.erasures_for_steward(actor_of(request)) if each.pk == request_id), None)
    )
    form = ErasureForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.decide_erasure(
                actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), request_id=request_id, organisation_id=None,
                erase=data["decision"] == "erase", reason=data["reason"],
            )  # fmt: skip
            messages.success(request, _("It is decided."))
            return redirect("institutions-to-confirm")
    return form_page(request, "directory/decide_erasure.html", form, organisation=None, asked=asked)


@allow(Permission.CONFIRM_INSTITUTIONS)
@require_safe
def to_confirm(request: HttpRequest) -> HttpResponse:
    """Institutions that set themselves up and wait for the steward."""
    waiting = selectors.unconfirmed_organisations(actor_of(request))
    return render(
        request,
        "directory/to_confirm.html",
        {"organisations": waiting, "erasures": selectors.erasures_for_steward(actor_of(request))},
    )


@allow(Permission.CONFIRM_INSTITUTIONS)
@require_POST
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = visible(request, slug)
    services.confirm_institution(actor=actor_of(request), now=timezone.now(), organisation=organisation)
    messages.success(request, _("%(name)s is confirmed and public now.") % {"name": organisation.name})
    return redirect("institutions-to-confirm")


@allow(Permission.CONFIRM_INSTITUTIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request: HttpRequest, slug: str) -> HttpResponse:
    """Not confirmed, with a reason that those who set it up are told."""
    organisation = visible(request, slug)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.refuse_institution(
                actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation, **form.cleaned_data
            )  # fmt: skip
            messages.success(
                request, _("%(name)s is refused, and those who set it up are told.") % {"name": organisation.name}
            )
            return redirect("institutions-to-confirm")
    return form_page(request, "directory/refuse.html", form, organisation=organisation)


@allow(Permission.CONFIRM_INSTITUTIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def administrator(request: HttpRequest, slug: str) -> HttpResponse:
    """The steward names somebody to keep an institution's record."""
    organisation = visible(request, slug)
    form = AdministratorForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.name_administrator(
                actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation,
                **form.cleaned_data,
            )  # fmt: skip
            messages.success(request, _("They are administrator now, and invited by mail if they have no account yet."))
            return redirect("organisation", slug)
    return form_page(request, "directory/administrator.html", form, organisation=organisation)
