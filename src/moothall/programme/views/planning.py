"""The coordinator's pages: upload a city, plan it, watch, stop, compare, share, publish."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moothall.core import files, tables
from moothall.core.access import actor_of, allow
from moothall.core.forms import form_page, refusals_on, refusals_said
from moothall.core.pages import download, or_404, page_of
from moothall.core.types import WorkState
from moothall.directory.selectors import organisation_of
from moothall.directory.types import Permission

from .. import selectors, services
from ..charts import comparison_chart, progress_chart
from ..forms import CompareForm, PlacesForm, StartForm, UploadForm
from ..models import City, Plan, Planning
from ..types import PlaceFilter

PLACES_A_PAGE = 50
FAULTS_SHOWN = 100


@allow(Permission.PLAN)
@require_safe
def planning(request: HttpRequest) -> HttpResponse:
    """The coordinator's start page: cities, what is being planned, drafts and published plans."""
    actor = actor_of(request)
    plans = selectors.plans(actor)
    return render(request, "programme/planning.html", {
        "cities": selectors.cities(actor), "running": selectors.open_plannings(actor), "drafts": [each for each in plans if not each.published_at],
        "published": [each for each in plans if each.published_at],
    })  # fmt: skip


@allow(Permission.READ_SHARED_PLANS)
@require_safe
def shared(request: HttpRequest) -> HttpResponse:
    """Drafts that coordinators share with partners before they are published."""
    plans = [each for each in selectors.plans(actor_of(request)) if each.shared_at and not each.published_at]
    return render(request, "programme/shared.html", {"plans": plans})


@allow(Permission.PLAN)
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty workbook to fill in, with notes and examples."""
    return download(services.empty_city(), files.XLSX, "city.xlsx")


@allow(Permission.PLAN)
@require_safe
def city_file(request: HttpRequest, city_id: uuid.UUID) -> HttpResponse:
    """What was uploaded, as it came."""
    file = _city(request, city_id).file
    return download(bytes(file.content), file.media_type, file.name)


@allow(Permission.PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = UploadForm(request.POST or None, request.FILES or None, places=_places_to_plan_for(request))
    faults: tuple[object, ...] = ()
    count = 0
    if form.is_valid():
        file, where = form.cleaned_data["file"], form.cleaned_data["organisation"]
        with refusals_on(form):
            try:
                city = services.take_city(
                    actor=actor, now=timezone.now(), title=form.cleaned_data["title"] or file.name.rpartition(".")[0],
                    organisation=organisation_of(where) if where else None, content=file.read(), name=file.name,
                )  # fmt: skip
                messages.success(request, _("The city is without fault and stored."))
                return redirect("programme:city", city.pk)
            except services.CannotTakeCity as error:
                faults, count = error.faults, error.count
                raise
    return form_page(request, "programme/upload.html", form, faults=faults[:FAULTS_SHOWN], fault_count=count)


def _places_to_plan_for(request: HttpRequest) -> list[tuple[str, str]]:
    """Where the actor may plan: the whole city, or the organisations they coordinate for."""
    held = [each.organisation for each in actor_of(request).held if each.permission == Permission.PLAN]
    if None in held:
        return [("", _("The whole city"))]
    found = [organisation_of(each) for each in sorted(each for each in held if each is not None)]
    return [(str(each.pk), each.name) for each in found if each is not None]


@allow(Permission.PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def city(request: HttpRequest, city_id: uuid.UUID) -> HttpResponse:
    """What was uploaded, and the button that plans it."""
    found = _city(request, city_id)
    form = StartForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            started = services.start_planning(
                actor=actor_of(request), now=timezone.now(), city=found, seconds=int(form.cleaned_data["seconds"]), seed=form.cleaned_data["seed"]
            )  # fmt: skip
            return redirect("programme:planning-work", started.pk)
    return form_page(request, "programme/city.html", form, city=found, plannings=selectors.plannings_of(found))


@allow(Permission.PLAN)
@require_safe
def planning_work(request: HttpRequest, planning_id: uuid.UUID) -> HttpResponse:
    """How far a planning is. Moves by itself where there is JavaScript; elsewhere a link looks again."""
    found = _planning(request, planning_id)
    return render(request, "programme/planning_work.html", {
        "planning": found, "work": found.work, "open": found.work.state in (WorkState.WAITING, WorkState.RUNNING),
        "chart": progress_chart(found.history), "now": timezone.now(), "progress": found.work.progress,
    })  # fmt: skip


@allow(Permission.PLAN)
@require_POST
def stop(request: HttpRequest, planning_id: uuid.UUID) -> HttpResponse:
    found = _planning(request, planning_id)
    services.stop_planning(actor=actor_of(request), now=timezone.now(), planning=found)
    if found.work.state in (WorkState.WAITING, WorkState.RUNNING):
        messages.success(request, _("The best plan so far is being finished and checked."))
    return redirect("programme:planning-work", planning_id)


@allow(Permission.READ_SHARED_PLANS)
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two plans side by side."""
    actor = actor_of(request)
    form = CompareForm(request.GET or None, plans=[(str(each.pk), each.title) for each in selectors.plans(actor)])
    sides: list[Plan] = []
    if form.is_valid():
        chosen = [selectors.plan_for(actor, uuid.UUID(form.cleaned_data[name])) for name in ("first", "second")]
        sides = [each for each in chosen if each is not None]
    if len(sides) != 2:
        return render(request, "programme/compare.html", {"form": form, "sides": []})
    shares = [{row.name: row for row in selectors.shares_of(each)} for each in sides]
    names = sorted({*shares[0], *shares[1]})
    return render(request, "programme/compare.html", {
        "form": form, "sides": sides, "figures": [selectors.figures_of(each) for each in sides],
        "shares": [(name, shares[0].get(name), shares[1].get(name)) for name in names], "runs": selectors.run_differences(*sides),
        "charts": [comparison_chart(selectors.figures_of(each), each.needs) for each in sides],
    })  # fmt: skip


@allow(Permission.PLAN)
@require_safe
def places(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Who has a place: pseudonyms, and names where the institution's agreement allows it."""
    plan, form, wanted = _wanted_places(request, plan_id)
    count = selectors.place_count(plan, wanted)
    page, start, query = page_of(request, count, PLACES_A_PAGE)
    rows = selectors.places_of(actor_of(request), plan, timezone.localdate(), wanted, start=start, count=PLACES_A_PAGE)
    return render(request, "programme/places.html", {
        "plan": plan, "form": form, "rows": rows, "count": count, "page": page, "query": query, "narrowed": wanted != PlaceFilter(),
        "names": dict(selectors.bodies_of(plan)),
    })  # fmt: skip


@allow(Permission.PLAN)
@require_safe
def places_csv(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    plan, _form, wanted = _wanted_places(request, plan_id)
    rows = selectors.places_of(actor_of(request), plan, timezone.localdate(), wanted)
    content = tables.written(
        ["person", "name", "organisation", "team", "run", "course"],
        [(row.pseudonym, row.name, row.organisation, row.team, f"r{row.number}", row.course) for row in rows],
    )
    return download(content, tables.WRITTEN, "places.csv")


def _wanted_places(request: HttpRequest, plan_id: uuid.UUID) -> tuple[Plan, PlacesForm, PlaceFilter]:
    plan = _plan_to_work_on(request, plan_id)
    form = PlacesForm(request.GET, organisations=selectors.bodies_of(plan))
    data = form.cleaned_data if form.is_valid() else {}
    return plan, form, PlaceFilter(data.get("organisation") or "", data.get("search") or "")


@allow(Permission.PLAN)
@require_POST
def share(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    plan = _plan_to_work_on(request, plan_id)
    wanted = request.POST.get("shared") == "yes"
    services.share_plan(actor=actor_of(request), now=timezone.now(), plan=plan, shared=wanted)
    messages.success(
        request, _("Partners can read this draft now.") if wanted else _("Partners can no longer read this draft.")
    )
    return redirect("programme:plan", plan_id)


@allow(Permission.PUBLISH_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Asks once more before everybody can read it."""
    plan = _plan_to_work_on(request, plan_id)
    if request.method == "POST":
        with refusals_said(request):
            services.publish(actor=actor_of(request), now=timezone.now(), plan=plan)
            messages.success(request, _("The plan is public."))
            return redirect("programme:plan", plan_id)
        return redirect("programme:publish", plan_id)
    return render(request, "programme/publish.html", {"plan": plan, "shares": selectors.bodies_of(plan)})


def _city(request: HttpRequest, city_id: uuid.UUID) -> City:
    return or_404(selectors.city_for(actor_of(request), city_id))


def _planning(request: HttpRequest, planning_id: uuid.UUID) -> Planning:
    return or_404(selectors.planning_for(actor_of(request), planning_id))


def _plan_to_work_on(request: HttpRequest, plan_id: uuid.UUID) -> Plan:
    """A plan of which the actor is coordinator; to others, there is no such page."""
    actor = actor_of(request)
    found = selectors.plan_for(actor, plan_id)
    if found is None or not actor.may(Permission.PLAN, organisation=found.organisation_id):
        raise Http404
    return found
