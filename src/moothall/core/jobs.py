"""Jobs: their names, said once; deferred inside the transaction that causes them (a free outbox), bound by the areas' tasks.

A job takes ids, may run twice, and reads from the database what is to be done. Whoever needs more certainty than the queue gives
(mail, long work) keeps its own due time, and a sweep defers again what was forgotten.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from django.db import transaction
from django.db.models import Count, Min
from procrastinate import App
from procrastinate.contrib.django import app, models
from procrastinate.exceptions import AlreadyEnqueued

ALIVE = dt.timedelta(seconds=30)

Task = TypeVar("Task", bound=Callable[..., None])


class Job(StrEnum):
    """Every job there is."""

    SEND_MAIL = "send-mail"
    READ_MAIL = "read-mail"
    FETCH_MAIL = "fetch-mail"
    PLAN_CITY = "plan-city"
    TAKE_IMPORT = "take-import"
    FETCH_EVENTS = "fetch-events"


class Queue(StrEnum):
    """Quick jobs never wait behind long ones: each queue has workers of its own."""

    QUICK = "quick"
    LONG = "long"


QUEUES = {
    Job.SEND_MAIL: Queue.QUICK,
    Job.READ_MAIL: Queue.QUICK,
    Job.FETCH_MAIL: Queue.QUICK,
    Job.PLAN_CITY: Queue.LONG,
    Job.TAKE_IMPORT: Queue.LONG,
    Job.FETCH_EVENTS: Queue.LONG,
}


def defer(job: Job, **ids: str | int) -> None:
    """Queues a job when the current transaction is committed, and not at all if it is rolled back.

    One that waits already with the same ids is not queued a second time.
    """
    once = ":".join([job.value, *map(str, ids.values())])
    try:
        with transaction.atomic():  # the refusal must not take the caller's transaction with it
            app.configure_task(job.value, allow_unknown=False, queueing_lock=once).defer(**ids)
    except AlreadyEnqueued:
        return


def does(job: Job) -> Callable[[Task], Task]:
    """Binds a function of an area's tasks.py to a job."""

    def bound(task: Task) -> Task:
        app.task(name=job.value, queue=QUEUES[job].value)(task)
        return task

    return bound


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue stands: how many jobs wait, since when the oldest, how many failed in the last week, and which workers live."""

    waiting: int
    oldest: dt.datetime | None
    failed: tuple[tuple[str, int], ...]
    workers: int


def queue_state(now: dt.datetime) -> QueueState:
    rows = models.ProcrastinateJob.objects
    waiting = rows.filter(status="todo").aggregate(count=Count("id"), oldest=Min("procrastinateevent__at"))
    failed = rows.filter(status="failed").values_list("task_name").annotate(count=Count("id")).order_by("task_name")
    alive = models.ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - ALIVE).count()
    return QueueState(waiting["count"], waiting["oldest"], tuple(failed), alive)


GRACE = 4.0
"""Seconds for jobs to end when the worker is told to. Long work needs none: it goes on from its checkpoint."""


async def work_on(places: Mapping[str, int]) -> None:
    """Runs jobs, so many of each queue at once, until cancelled. If one queue's worker ends, so does this."""
    working = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with working.open_async():
        tasks = [asyncio.create_task(_work_on(working, queue, at_once)) for queue, at_once in places.items()]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _work_on(working: App, queue: str, at_once: int) -> None:
    await working.run_worker_async(
        queues=[queue], name=queue, concurrency=at_once, install_signal_handlers=False, shutdown_graceful_timeout=GRACE,
        fetch_job_polling_interval=2.0, update_heartbeat_interval=5.0, delete_jobs="successful",
    )  # fmt: skip
