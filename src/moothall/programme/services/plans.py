"""Storing a plan with all it says, as a draft, and publishing it: then the bundle's organisations and teams join the directory."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from moothall import planner
from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.services import import_organisations
from moothall.directory.types import NewOrganisation, NewTeam, OrganisationKind

from ..models import City, Meeting, Plan, PlanFigure, PlannedPlace, PlanPackage, Run, Share
from ..package import full_package_of, package_of
from ..policies import can_plan, can_publish_plan
from ..types import NewPlan, Way

LONGEST_NAME = 200


class CannotPublishPlan(DomainError):
    """The plan breaks a rule, claims what is not so, or lacks what pages need; the message says which and what to do."""


@transaction.atomic
def publish_plan(*, actor: Actor, now: dt.datetime, new: NewPlan, city: City | None = None) -> Plan:
    """Stores a plan and publishes it at once. Raises what `store_plan` and `publish` raise."""
    plan = store_plan(actor=actor, now=now, new=new, city=city)
    publish(actor=actor, now=now, plan=plan)
    return plan


@transaction.atomic
def store_plan(*, actor: Actor, now: dt.datetime, new: NewPlan, city: City | None = None) -> Plan:
    """Stores a plan as a draft, after checking it and its baselines with the independent checker.

    Raises Forbidden, CannotPublishPlan, or planner.NoCalendar where the bundle does not say when its half-days are.
    """
    organisation = city.organisation_id if city else None
    if not (can_plan(actor, organisation) or can_publish_plan(actor, organisation)):
        raise Forbidden(_("You may not store a plan."))
    problem = new.problem
    checks = {way: _checked(problem, plan, way) for way, plan in [(Way.TOGETHER, new.plan), *new.baselines.items()]}
    together = checks[Way.TOGETHER]
    missing = {"bound", "status", "seed", "steps", "seconds", "price_of_money"} - set(new.about)
    if missing:
        raise CannotPublishPlan(
            _("The plan was not stored: its plan.json does not say %(what)s. Plan again.")
            % {"what": ", ".join(sorted(missing))}
        )
    claims = planner.claims_that_differ(dict(new.about), together, problem)
    if claims:
        raise CannotPublishPlan(_("The plan was not stored: %(why)s Plan again.") % {"why": claims[0]})
    if set(checks) != set(Way):
        raise CannotPublishPlan(
            _(
                "The plan was not stored: it needs both baselines to be compared with. Make them with `moothall baseline`."
            )
        )
    first_day = planner.meeting_times(problem, [0])[0][0].date()
    bodies = list(organisations_of(problem))
    plan = Plan(
        title=new.title, city=city, organisation_id=organisation, made_at=now, directory=[_as_json(each) for each in bodies], starts_on=first_day, weeks=problem.weeks, timezone=problem.timezone,
        currency=problem.currency, budget=problem.budget, people=len(problem.people), needs=together.needs, value=together.value,
        bound=new.about["bound"], status=new.about["status"], seed=new.about["seed"], steps=new.about["steps"],
        seconds=new.about["seconds"], price_of_money=new.about["price_of_money"], input_hash=problem.input_hash,
    )  # fmt: skip
    plan.save(force_insert=True)
    content = package_of(new)
    PlanPackage.objects.create(
        plan=plan,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        has_places=new.places_public,
        full=content if new.places_public else full_package_of(new),
    )
    plans = {Way.TOGETHER: new.plan, **new.baselines}
    PlanFigure.objects.bulk_create([
        PlanFigure(plan=plan, way=way, value=found.value, cost=found.cost, needs_met=found.needs_met, runs=found.runs,
                   places=found.places, people_placed=_people_placed(plans[way]))
        for way, found in checks.items()
    ])  # fmt: skip
    Share.objects.bulk_create(_shares(plan, new, {each.reference: each.name for each in bodies}))
    runs = Run.objects.bulk_create(_runs(plan, new))
    Meeting.objects.bulk_create([
        Meeting(run=stored, starts_at=start, ends_at=end)
        for stored, made in zip(runs, new.plan.runs)
        for start, end in planner.meeting_times(problem, problem.run_slots(made.course, made.start))
    ])  # fmt: skip
    PlannedPlace.objects.bulk_create(_places(new, runs), batch_size=5000)
    audit.record(actor=actor, now=now, verb="store-plan", subject=plan, organisation=organisation)
    return plan


@transaction.atomic
def publish(*, actor: Actor, now: dt.datetime, plan: Plan) -> None:
    """From now on everybody may read it, and its organisations and teams stand in the directory. Twice is once.

    Raises Forbidden or CannotImportOrganisations.
    """
    if not can_publish_plan(actor, plan.organisation_id):
        raise Forbidden(_("You may not publish a plan."))
    fresh = Plan.objects.select_for_update().get(pk=plan.pk)
    if fresh.published_at is not None:
        return
    bodies = [_from_json(each) for each in fresh.directory]
    organisations = import_organisations(actor=actor, now=now, new=bodies)
    for share in Share.objects.filter(plan=fresh):
        Share.objects.filter(pk=share.pk).update(organisation=organisations[share.reference])
    Plan.objects.filter(pk=fresh.pk).update(published_at=now)
    plan.published_at = now
    audit.record(actor=actor, now=now, verb="publish-plan", subject=plan, organisation=plan.organisation_id)


@transaction.atomic
def share_plan(*, actor: Actor, now: dt.datetime, plan: Plan, shared: bool) -> None:
    """Lets partners (sponsors, board contacts, providers, funders) read a draft, without anybody's places; or no longer. Raises Forbidden."""
    if not can_plan(actor, plan.organisation_id):
        raise Forbidden(_("Only its coordinators share a draft."))
    Plan.objects.filter(pk=plan.pk).update(shared_at=now if shared else None)
    audit.record(
        actor=actor,
        now=now,
        verb="share-plan" if shared else "unshare-plan",
        subject=plan,
        organisation=plan.organisation_id,
    )


def _as_json(body: NewOrganisation) -> dict[str, Any]:
    teams = [[team.reference, team.name] for team in body.teams]
    return {"reference": body.reference, "name": body.name, "kind": body.kind, "teams": teams}


def _from_json(stored: dict[str, Any]) -> NewOrganisation:
    teams = tuple(NewTeam(reference, name) for reference, name in stored["teams"])
    return NewOrganisation(stored["reference"], stored["name"], OrganisationKind(stored["kind"]), teams)


def _places(new: NewPlan, runs: list[Run]) -> Iterator[PlannedPlace]:
    problem = new.problem
    for stored, made in zip(runs, new.plan.runs):
        for person in made.people.tolist():
            team = int(problem.person_team[person])
            yield PlannedPlace(
                run=stored, pseudonym=problem.people[person], team=problem.teams[team][:80],
                organisation=problem.organisations[problem.team_organisation[team]][:80],
            )  # fmt: skip


def _checked(problem: planner.Problem, plan: planner.Plan, way: Way) -> planner.Check:
    found = planner.check(problem, plan)
    if not found.feasible:
        raise CannotPublishPlan(
            _("The plan was not stored: it breaks a rule (%(way)s): %(why)s Plan again.")
            % {"way": way.label, "why": found.faults[0]}
        )
    return found


def _people_placed(plan: planner.Plan) -> int:
    return len(np.unique(np.concatenate([np.zeros(0, np.int64), *(run.people for run in plan.runs)])))


def _named(problem: planner.Problem, table: str, names: tuple[str, ...], index: int) -> str:
    """The name people read: the bundle's, or the reference where it gives none."""
    return (problem.described(table, "name", index) or names[index])[:LONGEST_NAME]


def organisations_of(problem: planner.Problem) -> Iterator[NewOrganisation]:
    """The bundle's organisations with their teams, as the directory takes them."""
    teams: list[list[NewTeam]] = [[] for _ in problem.organisations]
    for t, reference in enumerate(problem.teams):
        teams[problem.team_organisation[t]].append(NewTeam(reference, _named(problem, "teams", problem.teams, t)))
    for o, reference in enumerate(problem.organisations):
        kind = problem.described("organisations", "kind", o)
        known = OrganisationKind(kind) if kind in OrganisationKind.values else OrganisationKind.OTHER
        yield NewOrganisation(
            reference, _named(problem, "organisations", problem.organisations, o), known, tuple(teams[o])
        )


def _shares(plan: Plan, new: NewPlan, names: dict[str, str]) -> list[Share]:
    alone = planner.shares(new.problem, new.baselines[Way.ALONE])
    return [
        Share(plan=plan, reference=mine.organisation, name=names[mine.organisation], people=mine.people, people_placed=mine.people_placed,
              places=mine.places, needs=mine.needs, needs_met=mine.needs_met, cost=mine.cost,
              alone_needs_met=without.needs_met, alone_cost=without.cost)
        for mine, without in zip(planner.shares(new.problem, new.plan), alone)
    ]  # fmt: skip


def _runs(plan: Plan, new: NewPlan) -> list[Run]:
    problem, out = new.problem, []
    owner = problem.person_organisation
    for number, run in enumerate(new.plan.runs):
        place: dict[str, Any] = {}
        if run.venue != planner.ONLINE:
            area = int(problem.venue_area[run.venue])
            place = {
                "venue": _named(problem, "venues", problem.venues, run.venue),
                "area": _named(problem, "areas", problem.areas, area),
            }
        closes = [_named(problem, "skills", problem.skills, int(k)) for k in np.nonzero(problem.closes[run.course])[0]]
        out.append(Run(
            plan=plan, number=number, course=_named(problem, "courses", problem.courses, run.course),
            course_reference=problem.courses[run.course][:80], closes="\n".join(closes), week=run.start // problem.half_days_per_week,
            places=len(run.people), limit=int(problem.group_limits[run.course, run.venue]),
            organisations=len(np.unique(owner[run.people])),
            cost=problem.run_cost(run.course, run.venue, len(run.people)), **place,
        ))  # fmt: skip
    return out
