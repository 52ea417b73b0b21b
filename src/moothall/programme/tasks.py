"""The programme's jobs."""

from __future__ import annotations

import uuid

from django.utils import timezone

from moothall.core.jobs import Job, does

from . import services


@does(Job.PLAN_CITY)
def plan_city(work_id: str) -> None:
    services.carry_out(work_id=uuid.UUID(work_id), clock=timezone.now)
