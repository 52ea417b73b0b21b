"""Long work is one however often it is started, has one doer at a time, and outlives each of them."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from moothall.core import work
from moothall.core.jobs import Job
from moothall.core.models import Work
from moothall.core.types import WorkState

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def started() -> Work:
    return work.start(now=NOW, job=Job.PLAN_CITY, key="plan-1")


@pytest.mark.django_db
def test_started_twice_is_one_and_after_its_end_it_is_another() -> None:
    first = started()
    assert started().id == first.id
    assert ProcrastinateJob.objects.count() == 1
    held = work.lease(first.id, NOW)
    assert held is not None
    work.finish(held, NOW, WorkState.DONE)
    assert started().id != first.id


@pytest.mark.django_db
def test_only_one_has_the_lease_and_a_dead_one_s_goes_to_the_next() -> None:
    made = started()
    first = work.lease(made.id, NOW)
    assert first is not None
    assert work.lease(made.id, NOW + work.STALE - SECOND) is None
    work.report(first, NOW + work.STALE - SECOND, {"value": 1})
    assert work.lease(made.id, NOW + work.STALE + SECOND) is None, "it gave a sign of life since"
    later = NOW + 2 * work.STALE + SECOND
    assert work.sweep_work(later) == 1
    second = work.lease(made.id, later)
    assert second is not None
    for late in (lambda: work.report(first, later), lambda: work.finish(first, later, WorkState.DONE)):
        with pytest.raises(work.LeaseLost):
            late()
    work.failed(first, later, "too late to say")
    made.refresh_from_db()
    assert (made.state, made.progress, made.error) == (WorkState.RUNNING, {"value": 1}, "")


@pytest.mark.django_db
def test_a_wish_to_stop_is_heard_at_the_next_report() -> None:
    made = started()
    held = work.lease(made.id, NOW)
    assert held is not None
    assert work.report(held, NOW) is False
    work.ask_stop(made.id, NOW)
    assert work.report(held, NOW) is True


@pytest.mark.django_db
def test_what_fails_again_and_again_is_given_up_and_says_why() -> None:
    made, now = started(), NOW
    for _ in range(work.MOST_FAILURES):
        held = work.lease(made.id, now)
        assert held is not None
        work.failed(held, now, "no memory")
        now += work.STALE + SECOND
    made.refresh_from_db()
    assert (made.state, made.error) == (WorkState.FAILED, "no memory")
    assert work.lease(made.id, now) is None
    assert work.sweep_work(now) == 0


@pytest.mark.usefixtures("committed")
def test_twelve_people_who_start_the_same_at_once_start_one() -> None:
    found: list[object] = []
    errors: list[Exception] = []

    def go() -> None:
        try:
            found.append(started().id)
        except Exception as error:  # noqa: BLE001  whatever it is must not be lost in a thread
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(found)) == 1
    assert Work.objects.count() == 1


@pytest.mark.usefixtures("committed")
def test_progress_is_seen_while_the_transaction_that_stores_is_open_and_a_wish_to_stop_takes_all_back() -> None:
    made = started()
    held = work.lease(made.id, NOW)
    assert held is not None
    clock = iter(NOW + number * SECOND for number in range(1, 9))
    seen: list[dict[str, object]] = []

    def look() -> None:
        seen.append(Work.objects.get(pk=made.id).progress)
        work.ask_stop(made.id, NOW)
        connection.close()

    def store() -> None:
        with work.beside(held, lambda: next(clock)) as tell, transaction.atomic():
            Work.objects.create(job=Job.PLAN_CITY, key="stored", made_at=NOW)
            tell("storing", 2, 9)
            other = threading.Thread(target=look)
            other.start()
            other.join()
            tell("storing", 3, 9)

    with pytest.raises(work.Stopped):
        store()
    assert seen == [{"phase": "storing", "done": 2, "of": 9}]
    assert not Work.objects.filter(key="stored").exists()


@pytest.mark.usefixtures("committed")
def test_work_that_says_nothing_for_long_still_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "BEAT", 0.02)
    made = started()
    held = work.lease(made.id, NOW)
    assert held is not None
    until = time.monotonic() + 10
    with work.beside(held, lambda: NOW + SECOND), transaction.atomic():
        while Work.objects.get(pk=made.id).seen_at == NOW and time.monotonic() < until:
            time.sleep(0.02)
    made.refresh_from_db()
    assert made.seen_at == NOW + SECOND
