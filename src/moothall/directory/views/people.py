"""People of an institution: the list, one person's page, and the file that brings them all."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.core import imports, tables, work
from moothall.core.access import actor_of, allow
from moothall.core.errors import DomainError
from moothall.core.forms import form_page, refusals_on, refusals_said
from moothall.core.models import Import
from moothall.core.pages import download, or_404, page_of
from moothall.core.types import ImportState

from .. import selectors, services
from ..forms import AwayForm, FileForm, InviteForm, LeftForm, MappingForm, MoveForm, PersonForm, SearchForm
from ..forms.people import Find
from ..models import Organisation
from ..selectors.people import Member
from ..selectors.roster import COLUMNS, judged
from ..types import Channel, Judged, Level, Permission
from .lookups import managed, member_for, staffed

PEOPLE_A_PAGE = 50
PREVIEWED = 20
FAULTS_SHOWN = 100


@allow(Permission.SEE_PEOPLE)
@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = staffed(request, slug)
    actor, today = actor_of(request), timezone.localdate()
    form = SearchForm(request.GET, teams=selectors.teams_of(organisation, today))
    wanted = form.cleaned_data if form.is_valid() else {}
    search, team = wanted.get("search") or "", wanted.get("team")
    count = selectors.member_count(actor, organisation, today, search=search, team=team)
    page, start, query = page_of(request, count, PEOPLE_A_PAGE)
    rows = selectors.members_of(actor, organisation, today, search=search, team=team, start=start, count=PEOPLE_A_PAGE)
    return render(request, "directory/people.html", {
        "organisation": organisation, "form": form, "people": rows, "count": count, "page": page, "query": query,
        "manages": actor.may(Permission.MANAGE_PEOPLE, organisation=organisation.pk), "narrowed": bool(search or team), "today": today,
    })  # fmt: skip


@allow(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_person(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    form = PersonForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            made = services.add_person(
                actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation, new=form.person()
            )  # fmt: skip
            messages.success(request, _("%(name)s is added.") % {"name": made.name})
            return redirect("new-person", slug) if "another" in request.POST else redirect("person", slug, made.pk)
    return form_page(request, "directory/new_person.html", form, organisation=organisation, teams=_teams(organisation))


@allow(Permission.OWN_ACCOUNT)
@require_safe
def person(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """One's own page in an institution, or a colleague's for those who may see it."""
    member = member_for(request, slug, person_id)
    actor, organisation = actor_of(request), member.organisation
    own, team = member.person.pk == actor.id, member.now.team_id if member.now else None
    return render(request, "directory/person.html", {
        "member": member, "organisation": organisation, "today": timezone.localdate(), "own": own,
        "manages": actor.may(Permission.MANAGE_PEOPLE, organisation=organisation.pk),
        "lists": selectors.staffed_organisation_for(actor, slug) is not None,
        "grants": actor.may(Permission.GRANT_ROLES, organisation=organisation.pk),
        "records_leave": member.now is not None and (own or actor.may(Permission.RECORD_LEAVE, organisation=organisation.pk, team=team)),
    })  # fmt: skip


@allow(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    organisation, member = _managed_member(request, slug, person_id)
    now = member.now
    initial = {"team": now.team.name if now and now.team else "", "post": now.post.title if now and now.post else ""}
    form = MoveForm(request.POST or None, initial=initial)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.move_person(
                actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation, person_id=person_id,
                team=data["team"], post=data["post"], level=Level(data["level"] or Level.NONE),
            )  # fmt: skip
            messages.success(request, _("The move is noted, from today."))
            return redirect("person", slug, person_id)
    return form_page(
        request, "directory/move.html", form, organisation=organisation, member=member, teams=_teams(organisation)
    )


@allow(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def left(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    organisation, member = _managed_member(request, slug, person_id)
    form = LeftForm(request.POST or None, initial={"last_day": timezone.localdate()})
    if form.is_valid():
        with refusals_on(form):
            services.close_membership(
                actor=actor_of(request),
                now=timezone.now(),
                today=timezone.localdate(),
                organisation=organisation,
                person_id=person_id,
                **form.cleaned_data,
            )
            messages.success(request, _("It is noted. Nothing is deleted; their account stays theirs."))
            return redirect("person", slug, person_id)
    return form_page(request, "directory/left.html", form, organisation=organisation, member=member)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def away(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    member = member_for(request, slug, person_id)
    organisation, actor = member.organisation, actor_of(request)
    team = member.now.team_id if member.now else None
    if person_id != actor.id and not actor.may(Permission.RECORD_LEAVE, organisation=organisation.pk, team=team):
        raise Http404
    form = AwayForm(
        request.POST or None, find=_finder(organisation, person_id), initial={"from_on": timezone.localdate()}
    )
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.record_leave(
                actor=actor_of(request),
                now=timezone.now(),
                organisation=organisation,
                person_id=person_id,
                today=timezone.localdate(),
                from_on=data["from_on"],
                to_on=data["to_on"],
                deputy_id=data["deputy"],
            )
            messages.success(request, _("It is noted."))
            return redirect("person", slug, person_id)
    return form_page(request, "directory/away.html", form, organisation=organisation, member=member)


@allow(Permission.OWN_ACCOUNT)
@require_POST
def end_away(request: HttpRequest, slug: str, person_id: int, leave_id: int) -> HttpResponse:
    member = member_for(request, slug, person_id)
    with refusals_said(request):
        services.end_leave(
            actor=actor_of(request),
            now=timezone.now(),
            organisation=member.organisation,
            person_id=person_id,
            leave_id=leave_id,
            today=timezone.localdate(),
        )
        messages.success(request, _("It is noted that they are back."))
    return redirect("person", slug, person_id)


@allow(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    organisation, member = _managed_member(request, slug, person_id)
    usual = Channel.MAIL if member.person.email else Channel.PAPER
    form = InviteForm(request.POST or None, find=_finder(organisation, person_id), initial={"channel": usual})
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            made, code = services.invite(
                actor=actor_of(request), now=timezone.now(), today=timezone.localdate(), organisation=organisation, person_id=person_id,
                channel=Channel(data["channel"]), through_id=data["through"],
            )  # fmt: skip
            if made.channel == Channel.PAPER:
                return render(
                    request,
                    "directory/code.html",
                    {"invitation": made, "code": code, "back": "person", "organisation": organisation},
                )
            messages.success(request, _("The invitation is on its way."))
            return redirect("person", slug, person_id)
    return form_page(request, "directory/invite.html", form, organisation=organisation, member=member)


@allow(Permission.MANAGE_PEOPLE)
@require_safe
def pseudonyms(request: HttpRequest, slug: str) -> HttpResponse:
    """What stands for whom in a bundle: for whoever makes the institution's part of one, and for nobody else."""
    organisation = managed(request, slug)
    rows = selectors.pseudonyms_of(organisation, timezone.localdate())
    return download(
        tables.written(["person", "name", "team", "team name"], rows),
        tables.WRITTEN,
        f"pseudonyms-{organisation.slug}.csv",
    )


@allow(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def import_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Step one: the file."""
    organisation = managed(request, slug)
    form = FileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_on(form):
            opened = services.open_people_import(
                actor=actor_of(request),
                now=timezone.now(),
                organisation=organisation,
                content=file.read(),
                name=file.name,
            )
            return redirect("import-columns", slug, opened.pk)
    return form_page(request, "directory/import_people.html", form, organisation=organisation, columns=COLUMNS)


@allow(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: HttpRequest, slug: str, import_id: uuid.UUID) -> HttpResponse:
    """Step two: which column is which, what taking the rows would do, and what is wrong. Step three, on the same page: take them."""
    organisation = managed(request, slug)
    about = _import(organisation, import_id)
    taking = imports.taking_of(about)
    if work.is_open(taking):
        if "stop" in request.POST:
            services.stop_taking_people(
                actor=actor_of(request), now=timezone.now(), organisation=organisation, about=about
            )
            return redirect("import-columns", slug, import_id)
        return render(
            request, "directory/import_taking.html", {"organisation": organisation, "about": about, "work": taking}
        )
    if about.state == ImportState.TAKEN:
        return render(request, "directory/import_done.html", {"organisation": organisation, "about": about})
    table = tables.read_table(bytes(about.file.content))
    guessed = about.mapping or imports.guess(COLUMNS, table.header)
    form = MappingForm(request.POST if request.method == "POST" else guessed, columns=COLUMNS, header=table.header)
    good: list[Judged] = []
    faults: list[imports.Fault] = []
    said = imports.why_not_taken(taking)
    if form.is_valid():
        mapping = form.mapping()
        if request.method == "POST":
            imports.remember(mapping, about=about)
        if "take" in request.POST:
            try:
                services.start_taking_people(
                    actor=actor_of(request), now=timezone.now(), organisation=organisation, about=about, mapping=mapping,
                    only_right=request.POST["take"] == "right",
                )  # fmt: skip
                return redirect("import-columns", slug, import_id)
            except DomainError as error:
                said = str(error)
        try:
            good, faults = judged(organisation, imports.named(table, COLUMNS, mapping), timezone.localdate())
        except DomainError as error:
            said = str(error)
    effects = {effect: sum(each.effect == effect for each in good) for effect in ("new", "moved", "changed", "same")}
    return render(request, "directory/import_columns.html", {
        "organisation": organisation, "about": about, "form": form, "table": table, "said": said, "good": good, "effects": effects,
        "preview": good[:PREVIEWED], "faults": faults[:FAULTS_SHOWN], "fault_count": len(faults), "wrong_rows": len({fault.row for fault in faults}),
    }, status=422 if said and request.method == "POST" else 200)  # fmt: skip


@allow(Permission.MANAGE_PEOPLE)
@require_safe
def import_rest(request: HttpRequest, slug: str, import_id: uuid.UUID) -> HttpResponse:
    """The rows that were not taken, each with its reason."""
    about = _import(managed(request, slug), import_id)
    rest = or_404(about.rest)
    return download(bytes(rest.content), tables.WRITTEN, f"rest-{timezone.localtime(about.made_at):%Y-%m-%d}.csv")


def _managed_member(request: HttpRequest, slug: str, person_id: int) -> tuple[Organisation, Member]:
    return managed(request, slug), member_for(request, slug, person_id)


def _teams(organisation: Organisation) -> list[selectors.TeamRow]:
    return selectors.teams_of(organisation, timezone.localdate())


def _finder(organisation: Organisation, person_id: int) -> Find:
    today = timezone.localdate()
    return lambda text: [each for each in selectors.colleagues_called(organisation, text, today) if each != person_id]


def _import(organisation: Organisation, import_id: uuid.UUID) -> Import:
    return or_404(imports.import_of(import_id, kind=services.PEOPLE, organisation=organisation.pk))
