"""Every read of the programme. Plans are public; what counts as personal in them is withheld here, for all pages alike."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Min, Prefetch, Q, QuerySet
from django.utils.text import slugify

from moothall.core.actor import Actor
from moothall.directory.selectors import names_by_pseudonym

from .models import City, Meeting, Plan, PlanFigure, PlannedPlace, Planning, PlanPackage, Run, Share
from .policies import can_plan, visible_cities, visible_plans
from .types import PlaceFilter, RunFilter, Way

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
    """The newest published one of the whole city."""
    whole = Plan.objects.filter(published_at__isnull=False, organisation__isnull=True)
    return whole.order_by("-published_at", "id").first()


def plans(actor: Actor) -> list[Plan]:
    """Every plan the actor may read, newest first; without the rows that only single pages need."""
    return list(Plan.objects.filter(visible_plans(actor)).defer("directory").order_by("-made_at", "id"))


def plan_for(actor: Actor, plan_id: uuid.UUID) -> Plan | None:
    return Plan.objects.filter(visible_plans(actor), id=plan_id).defer("directory").first()


def download_for(actor: Actor, plan_id: uuid.UUID) -> tuple[Plan, bytes] | None:
    """The plan as a zip: with the bundle and everybody's pseudonym for its coordinators, as the public may have it for others."""
    plan = plan_for(actor, plan_id)
    if plan is None:
        return None
    whole = can_plan(actor, plan.organisation_id)
    found = PlanPackage.objects.filter(plan=plan).only("full" if whole else "content").get()
    return plan, bytes(found.full if whole else found.content)


def cities(actor: Actor) -> list[City]:
    """What the actor may plan, newest first."""
    return list(
        City.objects.filter(visible_cities(actor)).select_related("organisation").order_by("-uploaded_at", "id")
    )


def city_for(actor: Actor, city_id: uuid.UUID) -> City | None:
    return City.objects.filter(visible_cities(actor), id=city_id).select_related("organisation").first()


def plannings_of(city: City) -> list[Planning]:
    """Newest first, with their work; without the plans they keep."""
    return list(Planning.objects.filter(city=city).select_related("work").defer("best").order_by("-started_at"))


def open_plannings(actor: Actor) -> list[Planning]:
    mine = Planning.objects.filter(
        city__in=City.objects.filter(visible_cities(actor)), work__state__in=["waiting", "running"]
    )
    return list(mine.select_related("work", "city").defer("best").order_by("-started_at"))


def planning_for(actor: Actor, planning_id: uuid.UUID) -> Planning | None:
    mine = City.objects.filter(visible_cities(actor))
    return (
        Planning.objects.filter(id=planning_id, city__in=mine)
        .select_related("work", "city", "plan")
        .defer("best")
        .first()
    )


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Who has a place in which run: by pseudonym, and by name where an agreement allows it."""

    pseudonym: str
    name: str
    organisation: str
    team: str
    course: str
    number: int


def place_count(plan: Plan, wanted: PlaceFilter) -> int:
    return _places(plan, wanted).count()


def places_of(
    actor: Actor, plan: Plan, today: dt.date, wanted: PlaceFilter, *, start: int = 0, count: int | None = None
) -> list[PlaceRow]:
    """By pseudonym, for a plan's coordinators; for anybody else none."""
    if not can_plan(actor, plan.organisation_id):
        return []
    rows = _places(plan, wanted).select_related("run").order_by("pseudonym", "run__number")
    found = list(rows[start : start + count] if count is not None else rows)
    names = names_by_pseudonym(actor, {row.pseudonym for row in found}, today)
    return [
        PlaceRow(
            row.pseudonym,
            names.get((row.pseudonym, slugify(row.organisation)), ""),
            row.organisation,
            row.team,
            row.run.course,
            row.run.number,
        )
        for row in found
    ]


def _places(plan: Plan, wanted: PlaceFilter) -> QuerySet[PlannedPlace]:
    rows = PlannedPlace.objects.filter(run__plan=plan)
    if wanted.organisation:
        rows = rows.filter(organisation=wanted.organisation)
    if wanted.search:
        rows = rows.filter(Q(pseudonym__iexact=wanted.search) | Q(run__course__icontains=wanted.search))
    return rows


def bodies_of(plan: Plan) -> list[tuple[str, str]]:
    """(reference, name) of the plan's organisations, by name."""
    return list(Share.objects.filter(plan=plan).order_by("name").values_list("reference", "name"))


@dataclass(frozen=True, slots=True)
class RunDifference:
    """A run that only one of two plans has, or that both have: what, when, where, and how many places in each."""

    course: str
    week: int
    where: str
    first: int | None
    second: int | None


def run_differences(first: Plan, second: Plan) -> list[RunDifference]:
    """Runs of two plans side by side: same course, place and first half-day are the same run."""
    sides: list[dict[tuple[str, dt.datetime, str], list[int]]] = []
    week_of: dict[tuple[str, dt.datetime, str], int] = {}
    for plan in (first, second):
        side: dict[tuple[str, dt.datetime, str], list[int]] = {}
        rows = Run.objects.filter(plan=plan).annotate(first=Min("meetings__starts_at"))
        for course, start, venue, week, places in rows.values_list(
            "course", "first", "venue", "week", "places"
        ).order_by("first", "course", "venue", "number"):
            side.setdefault((course, start, venue), []).append(places)
            week_of[course, start, venue] = week
        sides.append(side)
    out = []
    for key in sorted(week_of, key=lambda key: (key[1], key[0], key[2])):
        one, two = (side.get(key, []) for side in sides)
        for i in range(max(len(one), len(two))):
            out.append(
                RunDifference(
                    key[0], week_of[key], key[2], one[i] if i < len(one) else None, two[i] if i < len(two) else None
                )
            )
    return out


def figures_of(plan: Plan) -> dict[Way, Figure]:
    """The plan and both baselines."""
    rows = PlanFigure.objects.filter(plan=plan)
    found = {
        Way(f.way): Figure(Way(f.way), f.needs_met, f.cost, f.people_placed, f.runs, f.places, f.value) for f in rows
    }
    return {way: found[way] for way in Way if way in found}


def shares_of(plan: Plan) -> list[ShareRow]:
    """Every organisation's line, by name, numbers about people withheld where they would speak of single persons."""
    shares = list(Share.objects.filter(plan=plan).select_related("organisation").order_by("name"))
    hidden = _withheld({share.reference: share.people for share in shares})
    return [_share_row(share, hidden.get(share.reference)) for share in shares]


def share_for(plan: Plan, organisation_id: int) -> ShareRow | None:
    """One organisation's line, withheld exactly where the table withholds it."""
    shares = list(Share.objects.filter(plan=plan).select_related("organisation"))
    hidden = _withheld({share.reference: share.people for share in shares})
    mine = next((share for share in shares if share.organisation_id == organisation_id), None)
    return _share_row(mine, hidden.get(mine.reference)) if mine else None


def _withheld(people: dict[str, int]) -> dict[str, Withheld]:
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
        share.organisation.slug if share.organisation else "", share.name, *counts, cost=share.cost,
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
    seen = Plan.objects.filter(visible_plans(actor), id=plan_id)
    return _with_meetings(Run.objects.filter(plan__in=seen, number=number).select_related("plan")).first()


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
