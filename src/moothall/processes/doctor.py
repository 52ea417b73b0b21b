"""The doctor: says what is wrong with an installation, and how to mend it.

python -m moothall.processes.doctor

Exit codes: 0 all is well; 1 something is wrong.
"""

from __future__ import annotations

import datetime as dt
import shutil
import smtplib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `mend` is empty where all is well."""

    what: str
    said: str
    mend: str = ""


LEAST_FREE = 1_000_000_000
"""Bytes of disk below which a warning is due."""
SLOWEST_CLOCK = 5.0
"""Seconds the machine's and the database's clocks may be apart."""


def main() -> int:
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except (ImproperlyConfigured, Exception) as error:  # noqa: BLE001  settings raise their own, in words
        sys.stdout.write(f"WRONG  settings: {error}\n")
        return 1
    wrong = 0
    for finding in findings():
        wrong += bool(finding.mend)
        line = (
            f"WRONG  {finding.what}: {finding.said} {finding.mend}"
            if finding.mend
            else f"ok     {finding.what}: {finding.said}"
        )
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.write("All is well.\n" if not wrong else f"{wrong} thing{'s' if wrong > 1 else ''} to mend.\n")
    return 1 if wrong else 0


def findings() -> Iterator[Finding]:
    """Everything that is looked at, in order; without a database, nothing further."""
    from django.db import OperationalError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, version()")
            user, version = cursor.fetchone()
    except OperationalError as error:
        why = str(error).strip().splitlines()[0]
        yield Finding(
            "database",
            f"cannot be reached ({why}).",
            "Check DATABASE_URL; with the embedded one, start `moothall serve`.",
        )
        return
    yield Finding("database", f"{version.split(' on ')[0]}, as {user}")
    checks: list[Callable[[], Finding]] = [
        _tables,
        _roles,
        _append_only,
        _clock,
        _workers,
        _sweep,
        _mail,
        _mail_server,
        _work,
        _steward,
        _disk,
    ]
    for check in checks:
        yield check()


def _tables() -> Finding:
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["default"])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Finding(
            "tables",
            f"{len(missing)} migrations are not applied.",
            "Run `moothall serve`, or python -m moothall.processes.prepare.",
        )
    return Finding("tables", "up to date")


def _roles() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE oid = 'core_auditentry'::regclass"
        )
        (owns,) = cursor.fetchone()
    if owns:
        return Finding(
            "roles",
            "the app's role owns its tables, so that history could be rewritten.",
            "Make two roles (docs/operations.md) and set DATABASE_OWNER_URL.",
        )
    return Finding("roles", "the app can change rows, but no tables and no history")


def _append_only() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'core_auditentry'::regclass AND tgenabled = 'O' AND NOT tgisinternal"
        )
        (count,) = cursor.fetchone()
    if count < 2:
        return Finding(
            "audit",
            "its triggers are missing or switched off.",
            "Restore from a backup, or run python -m moothall.processes.prepare on it.",
        )
    return Finding("audit", "rows are only ever added")


def _clock() -> Finding:
    from django.db import connection
    from django.utils import timezone

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    apart = abs((timezone.now() - there).total_seconds())
    if apart > SLOWEST_CLOCK:
        return Finding(
            "clock",
            f"this machine and the database are {apart:.0f} seconds apart.",
            "Set both by network time (chrony or systemd-timesyncd).",
        )
    return Finding("clock", "the same here and at the database")


def _workers() -> Finding:
    from django.utils import timezone

    from moothall.core.jobs import queue_state

    state = queue_state(timezone.now())
    if not state.workers:
        return Finding(
            "worker",
            f"none runs, and {state.waiting} jobs wait.",
            "Start `moothall serve`, or python -m moothall.processes.worker.",
        )
    return Finding("worker", f"{state.workers} alive, {state.waiting} jobs wait")


def _sweep() -> Finding:
    from django.utils import timezone

    from moothall.core.sweeps import last_swept

    last = last_swept()
    if last is None or timezone.now() - last > dt.timedelta(minutes=1):
        return Finding(
            "sweep",
            "has not looked for a minute or more.",
            "Start `moothall serve`, or python -m moothall.processes.sweep.",
        )
    return Finding("sweep", "looked within the last minute")


def _mail() -> Finding:
    from moothall.core.mail import mail_in_trouble

    trouble = mail_in_trouble()
    if trouble:
        return Finding(
            "mail",
            f"{len(trouble)} messages did not go out: {trouble[0].error}",
            "Check MOOTHALL_SMTP; the steward's page “Running” sends stuck ones again.",
        )
    return Finding("mail", "none is stuck")


def _mail_server() -> Finding:
    from django.conf import settings

    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return (
            Finding("mail server", "none: mail is printed, not sent")
            if not settings.EMAIL_HOST
            else Finding("mail server", "not used by these settings")
        )
    try:
        with (smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP)(
            settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=10
        ) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding(
            "mail server",
            f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} does not answer ({type(error).__name__}).",
            "Check MOOTHALL_SMTP and the firewall.",
        )
    return Finding("mail server", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} answers")


def _work() -> Finding:
    from moothall.core.types import WorkState
    from moothall.core.work import open_work

    failed = [work for work in open_work() if work.state == WorkState.FAILED]
    if failed:
        return Finding(
            "long work",
            f"{len(failed)} failed; the last: {failed[0].error[:120]}",
            "Start it again from its page; if it fails again, report it.",
        )
    return Finding("long work", "none has failed")


def _steward() -> Finding:
    from django.utils import timezone

    from moothall.directory.selectors import grants_in
    from moothall.directory.types import Role

    stewards = [grant for grant in grants_in(None, timezone.localdate()) if grant.role is Role.CITY_STEWARD]
    if not stewards:
        return Finding(
            "city steward",
            "there is none, and so nobody to turn to last.",
            "Name one: moothall steward name@example.org --name 'Their Name'.",
        )
    return Finding("city steward", f"{len(stewards)} named")


def _disk() -> Finding:
    from django.conf import settings

    folder = Path(settings.STATIC_ROOT) if settings.STATIC_ROOT else Path.cwd()
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free
    if free < LEAST_FREE:
        return Finding("disk", f"only {free / 1e6:,.0f} MB are free.", "Free some space, or move to a larger disk.")
    return Finding("disk", f"{free / 1e9:,.0f} GB free")


if __name__ == "__main__":
    sys.exit(main())
