"""What the programme holds about a person."""

from __future__ import annotations

from django.db.models import Q

from moothall.core.actor import NO_ROW
from moothall.core.personal import Erasure, Personal, by, declare, nothing_personal

from .models import City, Meeting, Plan, PlanFigure, PlannedPlace, Planning, PlanPackage, Run, Share

PUBLIC_TASK = "public task (article 6(1)(e))"


def declare_all() -> None:
    declare(Personal(
        PlannedPlace, "Places that were planned for you", "to plan a term of training for a whole city", PUBLIC_TASK,
        "as long as the plan; under a pseudonym that leads to nobody once you are erased",
        of=lambda subject: Q(pseudonym=subject.pseudonym) if subject.pseudonym else NO_ROW,
        export=("pseudonym", "organisation", "team", "run__course", "run__venue"), erasure=Erasure.KEEP,
        why_kept="Kept under the pseudonym, which leads to nobody once your name is erased.",
    ))  # fmt: skip
    declare(Personal(
        City, "Cities you uploaded", "to know who brought what was planned", PUBLIC_TASK, "as long as the city's plans",
        of=by("uploaded_by_id"), export=("title", "uploaded_at"),
        erasure=Erasure.BLANK, blank={"uploaded_by_id": None},
    ))  # fmt: skip
    declare(Personal(
        Planning, "Plannings you started", "to know who started what", PUBLIC_TASK, "as long as the city's plans",
        of=by("started_by_id"), export=("started_at", "seconds", "seed"),
        erasure=Erasure.BLANK, blank={"started_by_id": None},
    ))  # fmt: skip
    nothing_personal(Plan, "A plan's own figures; who has a place stands in PlannedPlace.")
    nothing_personal(PlanPackage, "Files of a plan, with pseudonyms only: bundles with names are refused.")
    nothing_personal(PlanFigure, "Totals.")
    nothing_personal(Share, "Totals of organisations; withheld on pages where they are about few people.")
    nothing_personal(Run, "What is given, when and where.")
    nothing_personal(Meeting, "When a run meets.")
