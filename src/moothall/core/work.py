"""Long work: started once, done by whoever holds the lease, reported on, stopped when asked, taken over when its worker dies."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.models import F, Q

from .jobs import Job, defer
from .models import Work
from .types import WorkState

logger = logging.getLogger(__name__)

STALE = dt.timedelta(seconds=20)
"""Without a sign of life for this long, work goes to another worker."""
BEAT = 5.0
"""Seconds between signs of life."""
MOST_FAILURES = 5
OPEN = (WorkState.WAITING, WorkState.RUNNING)


class LeaseLost(Exception):
    """Somebody else does this work now, or it is over: the holder of the old lease must leave everything as it is."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write about one piece of work, until somebody else takes it."""

    work_id: uuid.UUID
    number: int


def start(*, now: dt.datetime, job: Job, key: str) -> Work:
    """The open work of this key; made and queued where there is none. However often it is started, it is one."""
    with transaction.atomic():
        made = Work(job=job, key=key, made_at=now)
        Work.objects.bulk_create([made], ignore_conflicts=True)
        work = Work.objects.get(key=key, state__in=OPEN)
        if work.id == made.id:
            defer(job, work_id=str(work.id))
        return work


def lease(work_id: uuid.UUID, now: dt.datetime) -> Lease | None:
    """The lease, if the work is open and nobody lives who has it."""
    free = Q(state=WorkState.WAITING) | Q(state=WorkState.RUNNING, seen_at__lt=now - STALE)
    with transaction.atomic():
        work = Work.objects.select_for_update().filter(free, id=work_id).first()
        if work is None:
            return None
        Work.objects.filter(id=work_id).update(
            state=WorkState.RUNNING, lease=F("lease") + 1, seen_at=now, started_at=work.started_at or now, error=""
        )
        return Lease(work_id, work.lease + 1)


def report(held: Lease, now: dt.datetime, progress: dict[str, Any] | None = None) -> bool:
    """A sign of life, with what is known. Answers whether somebody asked to stop. Raises LeaseLost."""
    new = {"seen_at": now} | ({"progress": progress} if progress is not None else {})
    if not _mine(held).update(**new):
        raise LeaseLost
    return Work.objects.filter(id=held.work_id, stop_asked_at__isnull=False).exists()


def finish(held: Lease, now: dt.datetime, state: WorkState, error: str = "") -> None:
    """Ends the work. Called in the transaction that stores its result. Raises LeaseLost."""
    if not _mine(held).update(state=state, finished_at=now, seen_at=now, error=error):
        raise LeaseLost


def failed(held: Lease, now: dt.datetime, error: str) -> None:
    """An attempt failed: the next one starts where the last checkpoint is; after MOST_FAILURES there is no next."""
    with transaction.atomic():
        work = Work.objects.select_for_update().get(id=held.work_id)
        if work.lease != held.number or work.state != WorkState.RUNNING:
            return
        last = work.failures + 1 >= MOST_FAILURES
        Work.objects.filter(id=work.id).update(
            state=WorkState.FAILED if last else WorkState.WAITING, failures=F("failures") + 1, error=error, seen_at=now,
            finished_at=now if last else None,
        )  # fmt: skip


def is_open(work: Work | None) -> bool:
    return work is not None and work.state in OPEN


def ask_stop(work_id: uuid.UUID, now: dt.datetime) -> None:
    """The worker sees it within seconds. Asking twice is asking once."""
    Work.objects.filter(id=work_id, state__in=OPEN, stop_asked_at__isnull=True).update(stop_asked_at=now)


def sweep_work(now: dt.datetime) -> int:
    """Open work that nobody does is queued again."""
    forgotten = Q(state=WorkState.WAITING, made_at__lt=now - STALE) & (
        Q(seen_at__isnull=True) | Q(seen_at__lt=now - STALE)
    )
    orphaned = Q(state=WorkState.RUNNING, seen_at__lt=now - STALE)
    found = list(Work.objects.filter(forgotten | orphaned)[:50])
    for work in found:
        # A sign of life for the queue: the next sweep need not defer it once more while it waits for its turn.
        Work.objects.filter(id=work.id, state=WorkState.WAITING).update(seen_at=now)
        defer(Job(work.job), work_id=str(work.id))
    return len(found)


class Stopped(Exception):
    """Somebody asked to stop; what the transaction held is taken back."""


Tell = Callable[[str, int, int], None]
"""Says a phase, how many are done and of how many. Raises Stopped once somebody has asked for that."""


@contextmanager
def beside(held: Lease, clock: Callable[[], dt.datetime]) -> Iterator[Tell]:
    """For work that stores all it does in one transaction: signs of life and progress on a connection of their own, so that they are
    seen while the transaction is open: progress at most once a second, a sign of life every few seconds whatever the work is busy with."""
    said = _Said(held, clock)
    over = threading.Event()

    def live() -> None:
        while not over.wait(BEAT):
            try:
                said.write()
            except Error:
                logger.warning("no sign of life could be given for %s", held.work_id)

    beating = threading.Thread(target=live, daemon=True)
    beating.start()
    try:
        yield said.tell
    finally:
        over.set()
        beating.join()
        said.connection.close()


class _Said:
    """What is said of work in progress, and whether somebody has asked to stop: shared by the work and its heartbeat."""

    def __init__(self, held: Lease, clock: Callable[[], dt.datetime]) -> None:
        self.held, self.clock = held, clock
        self.connection = connections.create_connection(DEFAULT_DB_ALIAS)
        self.connection.inc_thread_sharing()
        self.lock = threading.Lock()
        self.progress, self.stopping = "{}", False
        self.last = dt.datetime.min.replace(tzinfo=dt.UTC)

    def tell(self, phase: str, done: int, of: int) -> None:
        now = self.clock()
        self.progress = json.dumps({"phase": phase, "done": done, "of": of})
        if now - self.last >= dt.timedelta(seconds=1):
            self.last = now
            self.write()
        if self.stopping:
            raise Stopped

    def write(self) -> None:
        with self.lock, self.connection.cursor() as cursor:
            cursor.execute(
                "UPDATE core_work SET seen_at = %s, progress = %s WHERE id = %s AND lease = %s AND state = 'running' RETURNING stop_asked_at",
                [self.clock(), self.progress, self.held.work_id, self.held.number],
            )
            found = cursor.fetchone()
        self.stopping = self.stopping or (found is not None and found[0] is not None)


def _mine(held: Lease) -> Any:
    return Work.objects.filter(id=held.work_id, lease=held.number, state=WorkState.RUNNING)


def open_work(count: int = 50) -> list[Work]:
    """What is waiting, running, or failed, newest first."""
    return list(Work.objects.filter(state__in=[*OPEN, WorkState.FAILED]).order_by("-made_at")[:count])
