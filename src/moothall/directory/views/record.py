"""Keeping an organisation's public record: each fact on a page of its own, all of them on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.core.access import actor_of, allow
from moothall.core.forms import form_page, refusals_on
from moothall.core.pages import or_404

from .. import selectors, services
from ..forms import ContactForm, DelegationForm, DutyForm, IdentifierForm, PostForm, RelationForm, ServiceForm
from ..models import Organisation
from ..types import Duty, Level, Permission, Reach, Relation

FACTS = "facts"


def _kept(request: HttpRequest, slug: str) -> Organisation:
    return or_404(selectors.kept_organisation_for(actor_of(request), slug))


@allow(Permission.OWN_ACCOUNT)
@require_safe
def facts(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything the public record says, with what changes it."""
    organisation, today = _kept(request, slug), timezone.localdate()
    return render(request, "directory/facts.html", {
        "organisation": organisation, "facts": selectors.facts_of(organisation, today), "services": selectors.services_of(organisation),
        "posts": selectors.posts_in(organisation), "identifiers": selectors.identifiers_of(organisation), "contacts": selectors.contacts_of(organisation),
        "duties": selectors.duties_of(organisation, today),
    })  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_POST
def assure(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _kept(request, slug)
    count = services.assure_record(
        actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation
    )
    messages.success(request, ngettext("%(count)d fact is assured as of today.", "%(count)d facts are assured as of today.", count) % {"count": count})  # fmt: skip
    return redirect(FACTS, slug)


def _fact(
    request: HttpRequest, organisation: Organisation, title: str, form: forms.Form, act: Callable[[dict[str, Any]], object], said: str
) -> HttpResponse:  # fmt: skip
    """One form for one fact: sent, kept, and back to all of them."""
    if form.is_valid():
        with refusals_on(form):
            act(form.cleaned_data)
            messages.success(request, said)
            return redirect(FACTS, organisation.slug)
    return form_page(request, "directory/fact.html", form, organisation=organisation, heading=title)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_service(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _kept(request, slug)
    form = ServiceForm(
        request.POST or None,
        posts=selectors.posts_in(organisation),
        types=selectors.types_by_group(),
        regimes=selectors.regimes(),
    )
    return _fact(
        request, organisation, _("Add a service"), form,
        lambda data: services.save_service(
            actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation, service=None, **data
        ),
        _("The service is in the directory."),
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def change_service(request: HttpRequest, slug: str, service_id: int) -> HttpResponse:
    organisation = _kept(request, slug)
    service = or_404(selectors.service_in(organisation, service_id))
    form = ServiceForm(
        request.POST or None, posts=selectors.posts_in(organisation), types=selectors.types_by_group(), regimes=selectors.regimes(),
        initial={
            "name": service.name, "about": service.about, "service_type": service.service_type.key if service.service_type else "",
            "post": service.post_id or "", "regime": service.regime.key if service.regime else "", "fees": service.fees, "eligibility": service.eligibility,
        },
    )  # fmt: skip
    return _fact(
        request, organisation, _("Change a service"), form,
        lambda data: services.save_service(
            actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation, service=service, **data
        ),
        _("The service is changed."),
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_POST
def end_service(request: HttpRequest, slug: str, service_id: int) -> HttpResponse:
    service = or_404(selectors.service_in(_kept(request, slug), service_id))
    services.end_service(actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), service=service)
    messages.success(request, _("%(name)s has ended, as of today.") % {"name": service.name})
    return redirect(FACTS, slug)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_duty(request: HttpRequest, slug: str, service_id: int) -> HttpResponse:
    organisation = _kept(request, slug)
    service = or_404(selectors.service_in(organisation, service_id))
    form = DutyForm(request.POST or None, find=selectors.public_organisation_called)
    return _fact(
        request, organisation, _("Say who has a part in %(name)s") % {"name": service.name}, form,
        lambda data: services.add_duty(
            actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), service=service, organisation=data["other"], duty=Duty(data["duty"]),
            from_on=data["from_on"],
        ),
        _("It is noted."),
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_POST
def end_duty(request: HttpRequest, slug: str, duty_id: int) -> HttpResponse:
    duty = or_404(selectors.duty_in(_kept(request, slug), duty_id))
    services.end_duty(actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), duty=duty)
    messages.success(request, _("It has ended, as of today."))
    return redirect(FACTS, slug)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_contact(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _kept(request, slug)
    offered, posts = selectors.services_of(organisation), selectors.posts_in(organisation)
    form = ContactForm(request.POST or None, services=offered, posts=posts)

    def add(data: dict[str, Any]) -> None:
        kind, _sep, number = data["about"].partition("-")
        services.add_contact(
            actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation, reach=Reach(data["reach"]), value=data["value"],
            note=data["note"], service=next((each for each in offered if kind == "service" and str(each.pk) == number), None),
            post=next((each for each in posts if kind == "post" and str(each.pk) == number), None),
        )  # fmt: skip

    return _fact(request, organisation, _("Add a way to reach you"), form, add, _("It is in the directory."))


@allow(Permission.OWN_ACCOUNT)
@require_POST
def remove_contact(request: HttpRequest, slug: str, contact_id: int) -> HttpResponse:
    contact = or_404(selectors.contact_in(_kept(request, slug), contact_id))
    services.remove_contact(actor=actor_of(request), now=timezone.now(), contact=contact)
    messages.success(request, _("It is taken out."))
    return redirect(FACTS, slug)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_relation(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _kept(request, slug)
    form = RelationForm(request.POST or None, find=selectors.public_organisation_called)
    return _fact(
        request, organisation, _("Say what it is to another organisation"), form,
        lambda data: services.add_relation(
            actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation, relation=Relation(data["relation"]),
            other=data["other"], from_on=data["from_on"],
        ),
        _("It is noted."),
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_POST
def end_relation(request: HttpRequest, slug: str, relation_id: int) -> HttpResponse:
    relation = or_404(selectors.relation_in(_kept(request, slug), relation_id))
    services.end_relation(actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), relation=relation)
    messages.success(request, _("It has ended, as of today."))
    return redirect(FACTS, slug)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_identifier(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _kept(request, slug)
    form = IdentifierForm(request.POST or None)
    return _fact(
        request, organisation, _("Add a register number"), form,
        lambda data: services.add_identifier(actor=actor_of(request), now=timezone.now(), organisation=organisation, **data), _("It is noted."),
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_POST
def remove_identifier(request: HttpRequest, slug: str, identifier_id: int) -> HttpResponse:
    identifier = or_404(selectors.identifier_in(_kept(request, slug), identifier_id))
    services.remove_identifier(actor=actor_of(request), now=timezone.now(), identifier=identifier)
    messages.success(request, _("It is taken out."))
    return redirect(FACTS, slug)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_delegation(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _kept(request, slug)
    form = DelegationForm(request.POST or None, initial={"adopted_on": timezone.localdate()})
    return _fact(
        request, organisation, _("What the board contact may decide"), form,
        lambda data: services.record_delegation(actor=actor_of(request), now=timezone.now(), organisation=organisation, **data),
        _("The delegation is public now."),
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_post(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _kept(request, slug)
    form = PostForm(request.POST or None, holders=[], initial={"listed": True})
    return _fact(
        request, organisation, _("Add a post"), form,
        lambda data: services.add_post(
            actor=actor_of(request), now=timezone.now(), organisation=organisation, title=data["title"], level=Level(data["level"]), listed=data["listed"]
        ),
        _("The post is there. Name it in the services it answers for."),
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def change_post(request: HttpRequest, slug: str, post_id: int) -> HttpResponse:
    organisation, today = _kept(request, slug), timezone.localdate()
    post = or_404(selectors.post_in(organisation, post_id))
    holders = selectors.memberships_of_post(post, today)
    form = PostForm(
        request.POST or None, holders=holders,
        initial={
            "title": post.title, "level": post.level, "listed": post.listed, "names": [str(m.person_id) for m in holders if m.shows_name],
            "mails": [str(m.person_id) for m in holders if m.shows_email],
        },
    )  # fmt: skip
    return _fact(
        request, organisation, _("A post, and what of it is public"), form,
        lambda data: services.change_post(
            actor=actor_of(request), now=timezone.now(), today=today, post=post, title=data["title"], level=Level(data["level"]), listed=data["listed"],
            names=[int(each) for each in data["names"]], mails=[int(each) for each in data["mails"]],
        ),
        _("The post is changed."),
    )  # fmt: skip
