"""What is looked at every few seconds, whatever else happened: due times are stored, and a sweep acts on what is overdue.

A worker that was down for a week misses nothing and doubles nothing, as every sweep asks the database what is due.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.sql import queries

logger = logging.getLogger(__name__)

SEEN = "sweep-seen"
STALLED_AFTER = 30
"""Seconds without a sign of life after which a worker's jobs go to another."""
KEPT_HOURS = 24 * 7
"""Hours that finished jobs stay to be looked at."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """`act` answers how much it did. It must be right when called twice, late, or by two processes at once."""

    name: str
    every: dt.timedelta
    act: Callable[[dt.datetime], int]


_sweeps: dict[str, Sweep] = {}


def register(name: str, every: dt.timedelta, act: Callable[[dt.datetime], int]) -> None:
    """Called in AppConfig.ready(). Raises ValueError for a name that is taken."""
    if name in _sweeps:
        raise ValueError(f"two sweeps are called {name}")
    _sweeps[name] = Sweep(name, every, act)


def all_sweeps() -> list[Sweep]:
    return list(_sweeps.values())


def sweep(now: dt.datetime, last: dict[str, dt.datetime]) -> dict[str, int]:
    """Runs every sweep that is due, and notes in `last` when. One that fails is logged and does not hold up the others."""
    done: dict[str, int] = {}
    for each in all_sweeps():
        if each.name in last and now - last[each.name] < each.every:
            continue
        try:
            done[each.name] = each.act(now)
            last[each.name] = now
        except Exception:
            logger.exception("the sweep %s failed", each.name)
    return done


def one_by_one(
    what: str, ids: Iterable[int], act: Callable[[int], int], failed: Callable[[int], object] | None = None
) -> int:
    """Answers how much `act` did in all. One that fails is logged, as `what`, and does not hold up the others."""
    done = 0
    for each in ids:
        try:
            done += act(each)
        except Exception:
            logger.exception("%s %s failed in the sweep", what, each)
            if failed is not None:
                failed(each)
    return done


def note_swept(now: dt.datetime) -> None:
    """Leaves a mark that the sweep lives."""
    cache.set(SEEN, now, timeout=None)


def last_swept() -> dt.datetime | None:
    found: dt.datetime | None = cache.get(SEEN)
    return found


def recover_stalled_jobs(now: dt.datetime) -> int:
    """Jobs of workers that died go back into the queue."""
    found = _ask("select_stalled_jobs_by_heartbeat", queue=None, task_name=None, seconds_since_heartbeat=STALLED_AFTER)
    for job in found:
        app.job_manager.retry_job_by_id(job["id"], retry_at=now)
    return len(found)


def forget_old_counts(now: dt.datetime) -> int:
    """Rows of the cache whose time is over: it deletes them itself only when it is full."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_cache WHERE expires < %s", [now])
        gone: int = cursor.rowcount
    return gone


def forget_old_jobs(now: dt.datetime) -> int:
    """Finished and failed ones, after a week."""
    finished = ["succeeded", "failed", "cancelled", "aborted"]
    connector = app.job_manager.connector.get_sync_connector()
    connector.execute_query(queries["delete_old_jobs"], nb_hours=KEPT_HOURS, queue=None, statuses=finished)
    return 0


def _ask(name: str, **arguments: object) -> list[dict[str, Any]]:
    """One of Procrastinate's own statements, on our connection: its asynchronous way would open another in a thread."""
    return app.job_manager.connector.get_sync_connector().execute_query_all(queries[name], **arguments)
