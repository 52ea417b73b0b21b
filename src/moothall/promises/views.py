"""My week, one promise, what an institution owes, and the two lists for everybody: what is stuck, and what was kept."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.core.access import actor_of, allow, public
from moothall.core.forms import form_page, refusals_on
from moothall.core.pages import letter, or_404, page_of
from moothall.directory import selectors as directory
from moothall.directory.types import Permission

from . import selectors, services
from .forms import ExtendForm, HolidaysForm, ReasonForm, TermsForm
from .policies import can_set_terms
from .ports import kind_of
from .services.weekly import STOP

STUCK_A_PAGE = 50


@allow(Permission.OWN_ACCOUNT)
@require_safe
def my_week(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    return render(request, "promises/my_week.html", {
        "parts": selectors.week_of(actor, timezone.now()), "mailed": actor.id is not None and selectors.wants_week_mail(actor.id),
    })  # fmt: skip


@allow(Permission.OWN_ACCOUNT)
@require_POST
def my_week_mail(request: HttpRequest) -> HttpResponse:
    """The weekly letter, on or off."""
    actor, now = actor_of(request), timezone.now()
    if request.POST.get("mail") == "on":
        services.want_week_mail(actor=actor, now=now)
        messages.success(request, _("You get your week by mail on Mondays."))
    elif actor.id is not None:
        services.stop_week_mail(actor=actor, now=now, person_id=actor.id)
        messages.success(request, _("You get no more of these letters."))
    return redirect("my-week")


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def week_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Stops the weekly letter without signing in. Mail programs press this button themselves (RFC 8058), so it asks for no cookie."""
    person = or_404(directory.person_to_tell(letter(STOP, token)[0]))
    if request.method == "POST":
        services.stop_week_mail(actor=actor_of(request), now=timezone.now(), person_id=person.person_id)
    return render(request, "promises/week_mail.html", {"stopped": request.method == "POST"})


@allow(Permission.OWN_ACCOUNT)
@require_safe
def promise(request: HttpRequest, promise_id: int) -> HttpResponse:
    page = or_404(selectors.promise_for(actor_of(request), promise_id, timezone.now()))
    return render(request, "promises/promise.html", {"page": page, "row": page.row})


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: HttpRequest, promise_id: int) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    page = or_404(selectors.promise_for(actor, promise_id, now))
    if not page.may_extend:
        raise Http404
    form = ExtendForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.extend(actor=actor, now=now, promise=page.promise, **form.cleaned_data)
            messages.success(request, _("It has more time, and the person it is owed to is told why."))
            return redirect("promise", promise_id)
    return form_page(
        request, "promises/extend.html", form, page=page, row=page.row, rule=kind_of(page.promise.kind).extension
    )


@allow(Permission.OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, promise_id: int) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    page = or_404(selectors.promise_for(actor, promise_id, now))
    if not page.may_release:
        raise Http404
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            services.release(actor=actor, now=now, promise=page.promise, **form.cleaned_data)
            messages.success(request, _("It is released, and the person it was owed to is told why."))
            return redirect("promise", promise_id)
    return form_page(request, "promises/release.html", form, page=page, row=page.row)


@public
@require_safe
def organisation_promises(request: HttpRequest, slug: str) -> HttpResponse:
    """What an institution kept and missed, for everybody; what is open, for those who may see it."""
    actor, now = actor_of(request), timezone.now()
    organisation = or_404(directory.organisation_for(actor, slug))
    return render(request, "promises/organisation.html", {
        "organisation": organisation, "rows": selectors.kept_and_missed(now, organisation),
        "open": selectors.open_in(actor, organisation, now) if actor.id is not None else [],
        "terms": selectors.terms_of(organisation), "sets_terms": can_set_terms(actor, organisation.pk),
        "sees": actor.may_somewhere(Permission.SEE_PROMISES) or bool(actor.posts),
    })  # fmt: skip


@allow(Permission.MANAGE_INSTITUTION)
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, slug: str) -> HttpResponse:
    """By when an institution answers, as it sets for itself."""
    actor = actor_of(request)
    organisation = or_404(directory.manageable_organisation_for(actor, slug))
    form = TermsForm(request.POST or None, terms=selectors.terms_of(organisation))
    if form.is_valid():
        with refusals_on(form):
            services.set_terms(actor=actor, now=timezone.now(), organisation=organisation, counts=form.cleaned_data)
            messages.success(
                request, _("From now on what you owe is due by these times. What is promised already keeps its day.")
            )
            return redirect("organisation-promises", slug)
    return form_page(request, "promises/terms.html", form, organisation=organisation)


@public
@require_safe
def kept(request: HttpRequest) -> HttpResponse:
    return render(request, "promises/kept.html", {"rows": selectors.kept_and_missed(timezone.now())})


@public
@require_safe
def stuck(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    levels = selectors.stuck_count(now)
    count = sum(levels.values())
    page, start, query = page_of(request, count, STUCK_A_PAGE)
    rows = selectors.stuck(now, start=start, count=STUCK_A_PAGE)
    return render(
        request, "promises/stuck.html", {"rows": rows, "levels": levels, "count": count, "page": page, "query": query}
    )


@allow(Permission.KEEP_DIRECTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: HttpRequest) -> HttpResponse:
    """Bank holidays: what is known, and a file with more."""
    form = HolidaysForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_on(form):
            found = services.read_holidays(form.cleaned_data["file"].read())
            moved = services.import_holidays(actor=actor_of(request), now=timezone.now(), holidays=found)
            said = ngettext(
                "%(count)d open promise is due on another day now.",
                "%(count)d open promises are due on another day now.",
                moved,
            )
            messages.success(request, _("The bank holidays are in.") + " " + said % {"count": moved})
            return redirect("bank-holidays")
    return form_page(request, "promises/holidays.html", form, ends=selectors.holidays_end())
