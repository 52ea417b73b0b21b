"""Where one goes, the page behind the link of a place, a manager's notice, cover rules, and the list at the door."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.accounts.gate import too_often
from moothall.core import calendars, links
from moothall.core.access import actor_of, allow, public
from moothall.core.actor import Actor
from moothall.core.forms import form_page, refusals_on, refusals_said
from moothall.core.pages import download, letter, or_404
from moothall.directory import selectors as directory
from moothall.directory.models import Organisation
from moothall.directory.types import Permission

from . import selectors, services
from .forms import CodeForm, CoverForm, DoorForm, InviteForm, NoticeForm, ObjectForm, WordsForm, marks_in
from .models import Occasion, Place
from .policies import can_object, can_set_notice
from .ports import kind_of
from .types import GOING, Goer, State

# -- one's own


@allow(Permission.OWN_ACCOUNT)
@require_safe
@never_cache
def places(request: HttpRequest) -> HttpResponse:
    """Where somebody goes, was, and the address of their own calendar."""
    actor, now = actor_of(request), timezone.now()
    key = selectors.calendar_key_of(actor)
    return render(request, "places/places.html", {
        "going": selectors.my_places(actor, now), "past": selectors.past_places(actor, now), "token": lambda place: _token(place, now),
        "calendar": links.absolute("my-calendar", key) if key else "",
    })  # fmt: skip


def _token(place: Place, now: dt.datetime) -> str:
    return selectors.holder_token(place, timezone.localdate(now))


@allow(Permission.OWN_ACCOUNT)
@require_POST
def calendar_address(request: HttpRequest) -> HttpResponse:
    """A secret address for one's calendar program: made, made anew, or ended."""
    actor, now = actor_of(request), timezone.now()
    if "end" in request.POST:
        services.end_calendar_key(actor=actor, now=now)
        messages.success(request, _("The address is worth nothing any more."))
    else:
        services.new_calendar_key(actor=actor, now=now)
        messages.success(request, _("Here is your calendar’s address. An older one is worth nothing any more."))
    return redirect("places")


@public
@require_safe
def my_calendar(request: HttpRequest, key: str) -> HttpResponse:
    """Where somebody goes, for their calendar program."""
    rows = or_404(selectors.places_by_calendar_key(key, timezone.now() - dt.timedelta(days=90)))
    entries = [
        services.entry_of(row.place, called_off=row.place.state not in (State.BOOKED, State.ATTENDED, State.ATTENDED_PART, State.ABSENT), changed_at=row.place.changed_at, sequence=row.place.entry)
        for row in rows
    ]  # fmt: skip
    return _calendar(calendars.feed(_("Where I am going"), entries))


def _calendar(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


def _own(token: str) -> tuple[Actor, Place]:
    """Whoever the link of a place leads to it: they act as its person on this place only."""
    place = or_404(selectors.place_of(letter(selectors.HOLDER, token)[0]))
    if place.person_id is None and not (place.email or place.name):
        raise Http404  # it was somebody's who is erased
    return or_404(directory.actor_by_letter(place.person_id, timezone.localdate())), place


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def place(request: HttpRequest, token: str) -> HttpResponse:
    """A place: how it stands, and what its holder can do."""
    actor, found = _own(token)
    now = timezone.now()
    form = CodeForm(request.POST if "code" in request.POST else None)
    if form.is_valid():
        with refusals_on(form):
            if too_often(request, "check-in", "30/h/key", str(found.pk)):
                raise services.CannotMark(_("Too many were tried. Ask who keeps the list."))
            services.check_in(actor=actor, now=now, place=found, code=form.cleaned_data["code"])
            messages.success(request, _("You are on the list: welcome."))
            return redirect("place", token)
    elif request.method == "POST" and "code" not in request.POST:
        with refusals_said(request):
            if "accept" in request.POST:
                services.accept(actor=actor, now=now, place=found)
                messages.success(request, _("The place is yours."))
            elif "cancel" in request.POST:
                services.cancel(actor=actor, now=now, place=found)
                messages.success(request, _("Thank you for saying so: somebody else can come."))
        return redirect("place", token)
    page = selectors.page_of_place(found)
    return form_page(
        request, "places/place.html", form, page=page, place=found, occasion=found.occasion, token=token, now=now,
        appeal=selectors.appeal_about(page.objection), arithmetic=services.arithmetic_of(page.objection), afterwards=_afterwards(found, token, now), check_in=services.checks_in(found.occasion, now),
    )  # fmt: skip


def _afterwards(place: Place, token: str, now: dt.datetime) -> str:
    """Where who was there says how it was; empty before it is over."""
    say = kind_of(place.occasion.kind).afterwards
    return say(token) if say and place.state in GOING and place.occasion.ends_at <= now else ""


@public
@require_safe
@never_cache
def place_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The entry as a file, for who lost the letter."""
    _actor, found = _own(token)
    entry = services.entry_of(found, called_off=found.state != State.BOOKED, changed_at=found.changed_at, sequence=found.entry)  # fmt: skip
    return download(calendars.feed(found.occasion.title, [entry]), "text/calendar; charset=utf-8", "moothall.ics")


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def appeal(request: HttpRequest, token: str) -> HttpResponse:
    """Turns to the board contact, in one step."""
    actor, found = _own(token)
    objection = selectors.standing_objection(found)
    if objection is None:
        raise Http404
    form = WordsForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            opened = services.appeal(actor=actor, now=timezone.now(), place=found, text=form.cleaned_data["text"])
            messages.success(request, _("Your appeal is with who decides. You hear of every step."))
            return redirect(opened)
    return form_page(request, "places/appeal.html", form, place=found, occasion=found.occasion, token=token, objection=objection)  # fmt: skip


# -- a manager's


@allow(Permission.OBJECT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def notice(request: HttpRequest, place_id: int) -> HttpResponse:
    """Who of one's team goes, and the one ground on which one may object."""
    actor = actor_of(request)
    return _noticed(request, actor, or_404(selectors.noticed_place_for(actor, place_id)))


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def act_on_notice(request: HttpRequest, token: str) -> HttpResponse:
    """The same by the link in a manager's letter, as long as they lead that team."""
    place_id, person_id = letter(selectors.MANAGER, token, 2)
    place = or_404(selectors.place_of(place_id))
    actor = or_404(directory.actor_by_letter(person_id, timezone.localdate()))
    if not can_object(actor, place):
        raise Http404
    return _noticed(request, actor, place)


def _noticed(request: HttpRequest, actor: Actor, place: Place) -> HttpResponse:
    now = timezone.now()
    if "withdraw" in request.POST:
        with refusals_said(request):
            services.withdraw_objection(actor=actor, now=now, place=place)
            messages.success(request, _("The objection is withdrawn, and they are told."))
        return redirect(request.path)
    form = ObjectForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.object_to(actor=actor, now=now, place=place, text=form.cleaned_data["text"], stated=form.stated())
            messages.success(request, _("The objection stands. They are told why, and that they may appeal."))
            return redirect(request.path)
    rule = selectors.rule_for(place, place.occasion)
    count = selectors.count_for(place, place.occasion, rule) if rule else None
    return form_page(
        request, "places/notice.html", form, place=place, occasion=place.occasion, name=selectors.name_of(place), rule=rule, count=count, arithmetic=services.arithmetic(count) if count else "",
        objection=selectors.last_objection(place), runs=place.notice_until is not None and place.notice_until > now,
        about=selectors.page_of_place(place).url,
    )  # fmt: skip


# -- cover


def _covered(request: HttpRequest, slug: str) -> tuple[Organisation, list[selectors.RuledTeam]]:
    """An organisation, with those of its teams whose cover the actor sets. For everybody else there is nothing here."""
    actor = actor_of(request)
    organisation = or_404(directory.organisation_for(actor, slug))
    teams = selectors.ruled_teams(actor, organisation)
    if not teams and not can_set_notice(actor, organisation.pk):
        raise Http404
    return organisation, teams


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def cover(request: HttpRequest, slug: str) -> HttpResponse:
    """How many of each team must stay: the only ground on which somebody may be kept from going. Whoever works there reads it."""
    actor = actor_of(request)
    if request.method != "POST":
        organisation = or_404(directory.organisation_for(actor, slug))
        if organisation.pk in actor.belongs_to and not selectors.ruled_teams(actor, organisation):
            rules = selectors.all_ruled_teams(organisation)
            return render(request, "places/rules.html", {"organisation": organisation, "teams": rules, "days": selectors.notice_days(organisation.pk), "weekdays": WEEKDAYS})  # fmt: skip
    organisation, teams = _covered(request, slug)
    form = CoverForm(request.POST or None, teams=[(team.pk, team.name) for team, _rules in teams])
    if form.is_valid():
        team = next(each for each, _rules in teams if each.pk == form.cleaned_data["team"])
        with refusals_on(form):
            services.set_cover(actor=actor_of(request), now=timezone.now(), team=team, new=form.rule())
            messages.success(request, _("The rule counts for whoever says from now on that they go."))
            return redirect("cover", slug)
    days = selectors.notice_days(organisation.pk)
    return form_page(
        request, "places/cover.html", form, organisation=organisation, teams=teams, days=days, notice=NoticeForm(initial={"days": days}),
        sets_notice=can_set_notice(actor_of(request), organisation.pk),
    )  # fmt: skip


@allow(Permission.MANAGE_INSTITUTION)
@require_POST
def notice_period(request: HttpRequest, slug: str) -> HttpResponse:
    """How long managers of an institution may object."""
    actor = actor_of(request)
    organisation = or_404(directory.manageable_organisation_for(actor, slug))
    form = NoticeForm(request.POST)
    with refusals_said(request):
        if not form.is_valid():
            raise services.CannotSetCover(_("Choose from 1 to 10 working days."))
        services.set_notice(actor=actor, now=timezone.now(), organisation=organisation, days=form.cleaned_data["days"])
        messages.success(request, _("It counts for whoever says from now on that they go."))
    return redirect("cover", slug)


@allow(Permission.KEEP_COVER)
@require_POST
def end_cover(request: HttpRequest, slug: str, rule_id: int) -> HttpResponse:
    organisation, teams = _covered(request, slug)
    rule = or_404(next((each for _team, rules in teams for each in rules if each.pk == rule_id), None))
    services.end_cover(actor=actor_of(request), now=timezone.now(), rule=rule)
    messages.success(request, _("The rule counts for nobody any more who says from now on that they go."))
    return redirect("cover", organisation.slug)


# -- the list at the door


def _kept(request: HttpRequest, occasion_id: int) -> Occasion:
    return or_404(selectors.kept_occasion_for(actor_of(request), occasion_id))


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def door_list(request: HttpRequest, occasion_id: int) -> HttpResponse:
    """Who comes, who was there, who waits; and the code to show at the door."""
    occasion, now = _kept(request, occasion_id), timezone.now()
    if request.method == "POST":
        with refusals_said(request):
            changed = services.mark(actor=actor_of(request), now=now, occasion=occasion, marks=marks_in(request.POST))
            said = ngettext("%(count)d changed.", "%(count)d changed.", changed)
            messages.success(request, _("The list is kept.") + " " + said % {"count": changed})
        return redirect("door-list", occasion_id)
    return _list_page(request, occasion, DoorForm())


def _list_page(request: HttpRequest, occasion: Occasion, form: DoorForm) -> HttpResponse:
    now = timezone.now()
    return form_page(
        request, "places/door_list.html", form, occasion=occasion, rows=selectors.list_of(occasion), queue=selectors.queue_of(occasion), marks=list(services.MARKS),
        about=selectors.url_of(occasion), conduct=kind_of(occasion.kind).conduct, opened=services.checks_in(occasion, now), over=occasion.ends_at <= now,
    )  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def add_at_the_door(request: HttpRequest, occasion_id: int) -> HttpResponse:
    """Somebody who came without having said so before."""
    occasion = _kept(request, occasion_id)
    form = DoorForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        goer = Goer(None, data["email"], data["name"])
        with refusals_on(form):
            services.add_at_the_door(actor=actor_of(request), now=timezone.now(), occasion=occasion, goer=goer)
            messages.success(request, _("%(name)s is on the list.") % {"name": data["name"]})
            return redirect("door-list", occasion_id)
    return _list_page(request, occasion, form)


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, occasion_id: int) -> HttpResponse:
    """Somebody is asked to come; also to what is not open to everybody."""
    occasion = _kept(request, occasion_id)
    form = InviteForm(request.POST or None)
    if form.is_valid() and too_often(request, "invite", "60/h/key", str(actor_of(request).id)):
        form.add_error(None, _("Very many were invited within the hour. Wait a little."))
    elif form.is_valid():
        data = form.cleaned_data
        with refusals_on(form):
            services.invite(actor=actor_of(request), now=timezone.now(), occasion=occasion, goer=Goer(None, data["email"], data["name"]))  # fmt: skip
            messages.success(request, _("They are invited by mail."))
            return redirect("door-list", occasion_id)
    return form_page(request, "places/invite.html", form, occasion=occasion)


@allow(Permission.OWN_ACCOUNT)
@require_POST
def close_list(request: HttpRequest, occasion_id: int) -> HttpResponse:
    """Whoever was not marked was not there."""
    occasion = _kept(request, occasion_id)
    with refusals_said(request):
        missing = services.close_list(actor=actor_of(request), now=timezone.now(), occasion=occasion)
        said = ngettext("%(count)d person was not there.", "%(count)d people were not there.", missing)
        messages.success(request, _("The list is closed.") + " " + said % {"count": missing})
    return redirect("door-list", occasion_id)
