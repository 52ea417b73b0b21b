"""A bench's own PostgreSQL, empty, thrown away at its end."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moothall.core import embedded_postgres


def measured(run: Callable[[], dict[str, Any]]) -> None:
    """Starts one, readies Django and the tables, and prints what `run` measures as JSON."""
    with tempfile.TemporaryDirectory() as folder, embedded_postgres.running(Path(folder) / "database") as server:
        database = server.prepare("bench")
        os.environ |= {
            "DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url, "DJANGO_SETTINGS_MODULE": "moothall.settings.demo",
            "MOOTHALL_STATIC": str(Path(folder) / "static"),
        }  # fmt: skip
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", database="owner", verbosity=0)
        print(json.dumps(run(), indent=1))
