"""The tests' database: a fresh one on the embedded server (or on DATABASE_URL's), made and migrated by the owner's role.

Nothing is mocked: the app's role reads and writes it exactly as in production.
"""

from __future__ import annotations

import copy
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import time_machine
from psycopg import sql

from moothall.core import embedded_postgres

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from tests.factories.world import World
    from tests.web.checked_client import CheckedClient

ROOT = Path(__file__).parent.parent

# A shell starts what runs beside it deaf to Ctrl-C, and so would be all that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Started when the first test needs it. Tables are made by the owner; the tests then use the app's role."""
    from django.core.management import call_command
    from django.db import connections

    from moothall.settings import env

    with fresh_database(f"test_{os.getpid()}") as (app_url, owner_url), django_db_blocker.unblock():
        for alias, url in (("default", app_url), ("owner", owner_url)):
            connections[alias].settings_dict.update(env.database(url))
        call_command("migrate", database="owner", verbosity=0)
        with django_db_blocker.block():
            yield
        connections.close_all()


@contextmanager
def fresh_database(name: str) -> Iterator[tuple[str, str]]:
    """The app's and the owner's address of a new database, dropped at the end."""
    if not os.environ.get("DATABASE_URL"):
        with embedded_postgres.running(Path(os.environ.get("MOOTHALL_TEST_HOME", ROOT / "var" / "test"))) as server:
            database = server.prepare(name)
            yield database.app_url, database.owner_url
            server.drop(name)
        return
    app, owner = os.environ["DATABASE_URL"], os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield _renamed(app, name), _renamed(owner, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _renamed(url: str, name: str) -> str:
    before, _, query = url.partition("?")
    return before.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def client() -> CheckedClient:
    """Django's test client; every page it fetches is also held to what all pages promise."""
    from tests.web.checked_client import CheckedClient

    return CheckedClient()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For tests in which several connections must see the same rows: what they commit is emptied afterwards, by the owner.

    The app's role may not truncate, and Django's own transactional tests would ask it to.
    """
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections["default"].close()
        with connections["owner"].cursor() as cursor:
            kept = {"django_migrations", "django_content_type", "auth_permission"}
            tables = [name for name in connections["owner"].introspection.table_names(cursor) if name not in kept]
            names = ", ".join(connections["owner"].ops.quote_name(name) for name in tables)
            cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        connections["owner"].close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public files (MOOTHALL_SHARED). Tests that need them are left out where there are none."""
    folder = Path(os.environ.get("MOOTHALL_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the shared files are not here")
    return folder


@pytest.fixture(scope="module")
def made_once(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    """What a file's `WORLD` makes (Fenbridge with its directory, where it names nothing), on the day of its `NOW`."""
    from django.db import transaction
    from django.utils import timezone

    from tests.factories.world import with_directory

    make, now = getattr(request.module, "WORLD", with_directory), getattr(request.module, "NOW", None)
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(now or timezone.now()):
            made = make()
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def fenbridge(made_once: World) -> Iterator[World]:
    """Made once a file; what a test changes is taken back at its end. Not for tests in which several connections must see the same rows."""
    from django.db import transaction

    with transaction.atomic():
        yield copy.deepcopy(made_once)
        transaction.set_rollback(True)
