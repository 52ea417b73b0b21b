"""What was forgotten is found, and one sweep that fails does not hold up the others."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from moothall.core import files, imports, mail, sweeps
from moothall.core.jobs import queue_state
from moothall.core.models import Import, StoredFile

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def status() -> list[str]:
    return list(ProcrastinateJob.objects.values_list("status", flat=True))


def test_a_job_whose_worker_died_goes_back_into_the_queue() -> None:
    mail.post(to="ruth@home.example", subject="Hello", text="x", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
        )
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
        )
    assert sweeps.recover_stalled_jobs(timezone.now()) == 1
    assert status() == ["todo"]


def test_a_job_whose_worker_lives_is_left_alone() -> None:
    mail.post(to="ruth@home.example", subject="Hello", text="x", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
        )
    assert sweeps.recover_stalled_jobs(timezone.now()) == 0
    assert status() == ["doing"]
    assert queue_state(timezone.now()).workers == 1


def test_one_that_fails_is_logged_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(now: dt.datetime) -> int:
        raise RuntimeError("boom")

    minute = dt.timedelta(minutes=1)
    monkeypatch.setattr(sweeps, "_sweeps", {
        "bad": sweeps.Sweep("bad", minute, fails), "good": sweeps.Sweep("good", minute, lambda now: 7),
    })  # fmt: skip
    last: dict[str, dt.datetime] = {}
    assert sweeps.sweep(NOW, last) == {"good": 7}
    assert "the sweep bad failed" in caplog.text
    assert sweeps.sweep(NOW + minute / 2, last) == {}, "not due yet, and the bad one is tried again"
    assert sweeps.sweep(NOW + minute, last) == {"good": 7}


def test_two_sweeps_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two sweeps are called mail"):
        sweeps.register("mail", dt.timedelta(1), lambda now: 0)


def test_a_list_of_people_that_was_brought_is_gone_after_a_month() -> None:
    about = imports.open_import(
        kind="people", content=b"name\nAda\n", name="p.csv", now=NOW, owner=None, organisation=None
    )
    assert files.sweep_files(NOW + dt.timedelta(days=29)) == 0
    files.sweep_files(NOW + dt.timedelta(days=31))
    assert not StoredFile.objects.exists()
    assert not Import.objects.filter(pk=about.pk).exists()


def test_finished_jobs_are_forgotten_after_a_week_and_no_sooner() -> None:
    mail.post(to="ruth@home.example", subject="Hello", text="x", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing'; UPDATE procrastinate_jobs SET status = 'succeeded'"
        )
    sweeps.forget_old_jobs(timezone.now())
    assert status() == ["succeeded"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '8 days'")
    sweeps.forget_old_jobs(timezone.now())
    assert status() == []
