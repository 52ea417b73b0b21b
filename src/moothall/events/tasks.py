"""Events' jobs."""

from __future__ import annotations

from django.utils import timezone

from moothall.core.jobs import Job, does

from .services import fetch_source


@does(Job.FETCH_EVENTS)
def fetch_events(source_id: int) -> None:
    fetch_source(source_id, timezone.now())
