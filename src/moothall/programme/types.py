"""The programme's vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from moothall import planner


class PlanStatus(TextChoices):
    """How far the search got; the planner's own words."""

    OPTIMAL = planner.Status.OPTIMAL.value, _("Proven best")
    FEASIBLE = planner.Status.FEASIBLE.value, _("Searched as long as it was given")
    STOPPED = planner.Status.STOPPED.value, _("Stopped by hand")


class Way(TextChoices):
    """Three ways to plan the same term for the same people with the same money."""

    TOGETHER = "together", _("Planned together")
    ALONE = "alone", _("Each institution alone")
    FIRST_COME = "first-come", _("First come, first served")


class Seconds(TextChoices):
    """How long a plan may be searched for."""

    SHORT = "20", _("20 seconds: a first look")
    MINUTE = "60", _("A minute: good for most cities")
    LONG = "300", _("Five minutes: for large cities, or to be sure")
    LONGEST = "1800", _("Half an hour: for whole regions")


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A solved plan as it is handed in: the problem, the runs, what the planner says of them, and the baselines' plans."""

    title: str
    problem: planner.Problem
    plan: planner.Plan
    about: Mapping[str, Any]
    baselines: Mapping[Way, planner.Plan]
    places_public: bool
    """Who has which place may be downloaded by anyone: only where all people are fictional, as in the demo."""


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """Whose places a coordinator wants to see: of one organisation, by pseudonym or course. Empty means all."""

    organisation: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What a visitor wants to see of a plan's runs. None means all."""

    week: int | None = None
    course: str | None = None
    area: str | None = None
    online: bool | None = None
