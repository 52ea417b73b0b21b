"""Brings the tables up to date, as their owner, and gathers the static files. Safe to run again.

python -m moothall.processes.prepare
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

OURS = {"programme_plan", "accounts_user"}


class CannotPrepare(Exception):
    """The database cannot be reached, or is another program's; the message is one sentence with the mend."""


def main() -> int:
    django.setup()
    try:
        migrate()
        bring_data()
    except CannotPrepare as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if settings.STATIC_ROOT:
        collect_static(Path(settings.STATIC_ROOT))
    return 0


def migrate() -> None:
    """Raises CannotPrepare."""
    try:
        tables = set(connections["owner"].introspection.table_names())
    except OperationalError as error:
        why = str(error).strip().splitlines()[0]
        raise CannotPrepare(f"The database cannot be reached: {why} Check DATABASE_URL, or unset it.") from error
    if tables and not tables & OURS:
        raise CannotPrepare(
            "DATABASE_URL names a database that holds another program's tables: name an empty one, or unset it."
        )
    executor = MigrationExecutor(connections["owner"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", database="owner", verbosity=0)
    connections["owner"].close()


def bring_data() -> None:
    """What comes with this version: the taxonomy of services, and the regimes complaints follow."""
    from moothall.core.actor import system  # models are there only now
    from moothall.directory.services import load_taxonomy
    from moothall.directory.types import Permission

    load_taxonomy(actor=system("prepare", Permission.KEEP_DIRECTORY), now=timezone.now())
    connections["default"].close()


def collect_static(target: Path) -> None:
    """Copies and compresses the static files when they have changed."""
    from django.contrib.staticfiles.finders import get_finders  # needs the apps

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
            with storage.open(name) as file:
                digest.update(name.encode() + file.read())
    stamp = target / ".made-of"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest.hexdigest())


if __name__ == "__main__":
    sys.exit(main())
