"""Every read of the programme. Plans are public; what counts as personal in them is withheld here, for all pages alike."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Min, Prefetch, Q, QuerySet

from moothall.core.actor import Actor

from .models import Meeting, Plan, PlanFigure, PlanPackage, Run, Share
from .types import RunFilter, Way

SMALL = 5
"""Numbers about people are withheld for organisations with fewer people than this."""


class Withheld(StrEnum):
    """Why numbers about an organisation's people are not shown."""

    SMALL = "small"
    BESIDE_SMALL = "beside-small"


@dataclass(frozen=True, slots=True)
class Figure:
    """One way of planning the term, for the comparison. Money in hundredths; `cost_per_need` is 0 where nothing is met."""

    way: Way
    needs_met: int
    cost: int
    people_placed: int
    runs: int
    places: int
    value: float

    @property
    def cost_per_need(self) -> int:
        return round(self.cost / self.needs_met) if self.needs_met else 0


@dataclass(frozen=True, slots=True)
class ShareRow:
    """An organisation's line. `withheld` lines carry money only: the other numbers are 0 and are not shown."""

    slug: str
    name: str
    people: int
    people_placed: int
    places: int
    needs: int
    needs_met: int
    cost: int
    alone_needs_met: int
    alone_cost: int
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in a list."""

    number: int
    course: str
    venue: str
    area: str
    week: int
    places: int
    limit: int
    meetings: tuple[tuple[dt.datetime, dt.datetime], ...]

    @property
    def is_online(self) -> bool:
        return not self.venue


@dataclass(frozen=True, slots=True)
class Choices:
    """What a plan's runs can be narrowed to: (reference, name) of courses, areas, and whether any is online."""

    courses: tuple[tuple[str, str], ...]
    areas: tuple[str, ...]
    weeks: tuple[int, ...]
    online: bool


def tells_of_people(plan: Plan) -> bool:
    """Whether even a plan's totals may be shown: not where they are about fewer than SMALL people."""
    return plan.people >= SMALL


def meetings_of(run: Run) -> list[Meeting]:
    """In order of time. Every run that these selectors answer brings its meetings along: no query."""
    return list(run.meetings.all())


def latest_plan(actor: Actor) -> Plan | None:
    return Plan.objects.order_by("-published_at", "id").first()


def plans(actor: Actor) -> list[Plan]:
    """Newest first."""
    return list(Plan.objects.order_by("-published_at", "id"))


def plan_for(actor: Actor, plan_id: uuid.UUID) -> Plan | None:
    return Plan.objects.filter(id=plan_id).first()


def package_for(actor: Actor, plan_id: uuid.UUID) -> PlanPackage | None:
    return PlanPackage.objects.filter(plan_id=plan_id).select_related("plan").first()


def figures_of(plan: Plan) -> dict[Way, Figure]:
    """The plan and both baselines."""
    rows = PlanFigure.objects.filter(plan=plan)
    found = {
        Way(f.way): Figure(Way(f.way), f.needs_met, f.cost, f.people_placed, f.runs, f.places, f.value) for f in rows
    }
    return {way: found[way] for way in Way if way in found}


def shares_of(plan: Plan) -> list[ShareRow]:
    """Every organisation's line, by name, numbers about people withheld where they would speak of single persons."""
    shares = list(Share.objects.filter(plan=plan).select_related("organisation").order_by("organisation__name"))
    hidden = _withheld({share.organisation_id: share.people for share in shares})
    return [_share_row(share, hidden.get(share.organisation_id)) for share in shares]


def share_for(plan: Plan, organisation_id: int) -> ShareRow | None:
    """One organisation's line, withheld exactly where the table withholds it."""
    people = dict(Share.objects.filter(plan=plan).values_list("organisation_id", "people"))
    share = Share.objects.filter(plan=plan, organisation_id=organisation_id).select_related("organisation").first()
    return _share_row(share, _withheld(people).get(organisation_id)) if share else None


def _withheld(people: dict[int, int]) -> dict[int, Withheld]:
    """Which organisations' numbers about people are withheld, and why.

    All of fewer than SMALL people. As totals are shown, one of them alone (or few people in all of them) could be got
    by subtraction: the next smallest is then withheld too. Where the whole plan is for fewer than SMALL people, pages
    show no totals either (`Plan.people`).
    """
    staffed = {organisation: count for organisation, count in people.items() if count}
    found = {organisation: Withheld.SMALL for organisation, count in staffed.items() if count < SMALL}
    rest = sorted((count, organisation) for organisation, count in staffed.items() if organisation not in found)
    if found and rest and (len(found) == 1 or sum(staffed[each] for each in found) < SMALL):
        found[rest[0][1]] = Withheld.BESIDE_SMALL
    return found


def _share_row(share: Share, withheld: Withheld | None) -> ShareRow:
    counts = (
        (share.people, share.people_placed, share.places, share.needs, share.needs_met)
        if withheld is None
        else (0,) * 5
    )
    return ShareRow(
        share.organisation.slug, share.organisation.name, *counts, cost=share.cost,
        alone_needs_met=share.alone_needs_met if withheld is None else 0, alone_cost=share.alone_cost, withheld=withheld,
    )  # fmt: skip


def run_count(plan: Plan, wanted: RunFilter) -> int:
    return Run.objects.filter(_matches(wanted), plan=plan).count()


def runs_of(plan: Plan, wanted: RunFilter, *, start: int, count: int) -> list[RunRow]:
    """`count` of the plan's runs from `start` on, in order of their first meeting, narrowed."""
    runs = Run.objects.filter(_matches(wanted), plan=plan).annotate(first=Min("meetings__starts_at"))
    return [_run_row(run) for run in _with_meetings(runs.order_by("first", "number"))[start : start + count]]


def next_runs(plan: Plan, now: dt.datetime, count: int) -> list[RunRow]:
    """The next runs to start after `now`."""
    coming = (
        Run.objects.filter(plan=plan)
        .annotate(first=Min("meetings__starts_at"))
        .filter(first__gt=now)
        .order_by("first", "number")
    )
    return [_run_row(run) for run in _with_meetings(coming)[:count]]


def choices_of(plan: Plan) -> Choices:
    rows = list(Run.objects.filter(plan=plan).values_list("course_reference", "course", "area", "week").distinct())
    return Choices(
        courses=tuple(sorted({(reference, name) for reference, name, _, _ in rows}, key=lambda pair: pair[1])),
        areas=tuple(sorted({area for _, _, area, _ in rows if area})),
        weeks=tuple(sorted({week for _, _, _, week in rows})),
        online=any(not area for _, _, area, _ in rows),
    )


def run_for(actor: Actor, plan_id: uuid.UUID, number: int) -> Run | None:
    """A run with its plan and meetings."""
    return _with_meetings(Run.objects.filter(plan_id=plan_id, number=number).select_related("plan")).first()


def runs_with_meetings(plan: Plan) -> list[Run]:
    return list(_with_meetings(Run.objects.filter(plan=plan).order_by("number")))


def other_runs_of_course(run: Run, count: int) -> list[RunRow]:
    """The first few other runs of the same course, by date."""
    same = Run.objects.filter(plan_id=run.plan_id, course_reference=run.course_reference).exclude(id=run.id)
    in_order = same.annotate(first=Min("meetings__starts_at")).order_by("first", "number")
    return [_run_row(each) for each in _with_meetings(in_order)[:count]]


def _with_meetings(runs: QuerySet[Run]) -> QuerySet[Run]:
    return runs.prefetch_related(Prefetch("meetings", Meeting.objects.order_by("starts_at")))


def _matches(wanted: RunFilter) -> Q:
    matches = Q()
    if wanted.week is not None:
        matches &= Q(week=wanted.week)
    if wanted.course:
        matches &= Q(course_reference=wanted.course)
    if wanted.area:
        matches &= Q(area=wanted.area)
    if wanted.online:
        matches &= Q(venue="")
    return matches


def _run_row(run: Run) -> RunRow:
    meetings = tuple((meeting.starts_at, meeting.ends_at) for meeting in meetings_of(run))
    return RunRow(run.number, run.course, run.venue, run.area, run.week, run.places, run.limit, meetings)
