"""The tests' database: a fresh one on the embedded server (or on DATABASE_URL's), made and migrated by the owner's role.

Nothing is mocked: the app's role reads and writes it exactly as in production.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_resources = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Starts the database before Django reads its settings. `--collect-only` and the planner's own tests need none."""
    if config.option.collectonly or os.environ.get("DATABASE_URL"):
        return
    sys.path.insert(0, str(ROOT / "src"))
    from moothall.core import embedded_postgres

    server = _resources.enter_context(
        embedded_postgres.running(Path(os.environ.get("MOOTHALL_TEST_HOME", ROOT / "var" / "test")))
    )
    name = f"test_{os.getpid()}"
    database = server.prepare(name)
    _resources.callback(server.drop, name)
    os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = database.app_url, database.owner_url
    # pytest-django read the settings when the options were parsed; they are lazy, so this is still in time.


def pytest_unconfigure(config: pytest.Config) -> None:
    from django.db import connections

    connections.close_all()
    _resources.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """Migrates as the owner; the tests then use the app's role."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0)
    yield
