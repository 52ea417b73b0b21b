"""The programme's pages: what runs, for whom, at what cost."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from moothall.core.access import actor_of, public
from moothall.core.pages import download, or_404, page_of
from moothall.directory.types import Permission

from .. import selectors
from ..calendars import calendar_of
from ..charts import comparison_chart
from ..forms import RunFilterForm
from ..models import Plan, Run

RUNS_A_PAGE = 40
OTHER_RUNS = 5


@public
@require_safe
def programme(request: HttpRequest) -> HttpResponse:
    """The newest plan, or what to do where there is none."""
    plan = selectors.latest_plan(actor_of(request))
    if plan is None:
        return render(request, "programme/none.html")
    return HttpResponseRedirect(reverse("programme:plan", args=[plan.id]))


@public
@require_safe
def plan(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    found = _plan(request, plan_id)
    figures = selectors.figures_of(found)
    return render(request, "programme/plan.html", {
        "plan": found, "figures": figures, "shares": selectors.shares_of(found), "tells_of_people": selectors.tells_of_people(found), "chart": comparison_chart(figures, found.needs),
        "plans_here": can_plan_here(request, found), "publishes": actor_of(request).may(Permission.PUBLISH_PLAN, organisation=found.organisation_id),
    })  # fmt: skip


@public
@require_safe
def runs(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    found = _plan(request, plan_id)
    form = RunFilterForm(request.GET, selectors.choices_of(found), week_names(found))
    wanted = form.wanted()
    count = selectors.run_count(found, wanted)
    page, start, query = page_of(request, count, RUNS_A_PAGE)
    rows = selectors.runs_of(found, wanted, start=start, count=RUNS_A_PAGE)
    return render(request, "programme/runs.html", {
        "plan": found, "form": form, "page": page, "count": count, "runs": rows, "query": query, "narrowed": any(value not in (None, "") for value in form.cleaned_data.values()),
    })  # fmt: skip


@public
@require_safe
def run(request: HttpRequest, plan_id: uuid.UUID, number: int) -> HttpResponse:
    found = _run(request, plan_id, number)
    return render(request, "programme/run.html", {
        "run": found, "plan": found.plan, "meetings": selectors.meetings_of(found), "others": selectors.other_runs_of_course(found, OTHER_RUNS),
        "closes": found.closes.splitlines(),
    })  # fmt: skip


@public
@require_safe
def run_calendar(request: HttpRequest, plan_id: uuid.UUID, number: int) -> HttpResponse:
    found = _run(request, plan_id, number)
    return _calendar(request, found.plan, [found], f"run-{number}.ics")


@public
@require_safe
def plan_calendar(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    found = _plan(request, plan_id)
    return _calendar(request, found, selectors.runs_with_meetings(found), "runs.ics")


@public
@require_safe
def plan_download(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    found = or_404(selectors.download_for(actor_of(request), plan_id))
    return download(found[1], "application/zip", f"plan-{found[0].starts_on}.zip")


@public
@require_safe
def how_it_is_worked_out(request: HttpRequest) -> HttpResponse:
    return render(request, "programme/how_it_is_worked_out.html")


def can_plan_here(request: HttpRequest, plan: Plan) -> bool:
    return actor_of(request).may(Permission.PLAN, organisation=plan.organisation_id)


def week_names(plan: Plan) -> dict[int, str]:
    """Week 0 is called by its Monday: "11 January"."""
    return {week: f"{(day := plan.starts_on + dt.timedelta(weeks=week)).day} {day:%B}" for week in range(plan.weeks)}


def _plan(request: HttpRequest, plan_id: uuid.UUID) -> Plan:
    return or_404(selectors.plan_for(actor_of(request), plan_id))


def _run(request: HttpRequest, plan_id: uuid.UUID, number: int) -> Run:
    return or_404(selectors.run_for(actor_of(request), plan_id, number))


def _calendar(request: HttpRequest, plan: Plan, runs: list[Run], name: str) -> HttpResponse:
    def link(number: int) -> str:
        return request.build_absolute_uri(reverse("programme:run", args=[plan.id, number]))

    content = calendar_of(plan, runs, link=link)
    return download(content, "text/calendar; charset=utf-8", name)
