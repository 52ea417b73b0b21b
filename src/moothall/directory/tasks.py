"""The directory's jobs."""

from __future__ import annotations

import uuid

from django.utils import timezone

from moothall.core.jobs import Job, does

from . import services


@does(Job.TAKE_DIRECTORY)
def take_directory(work_id: str) -> None:
    services.carry_out_import(work_id=uuid.UUID(work_id), clock=timezone.now)
