"""What a page costs: queries, CPU a request, bytes and requests, beside an empty view through the same middleware.

usage: scripts/bench pages [--home var/demo] [--rounds 200]

Runs on the demo's own database (start scripts/demo once before), in one process, with the demo's settings.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench pages")
    parser.add_argument("--home", type=Path, default=ROOT / "var" / "demo")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    from moothall.core import embedded_postgres

    with embedded_postgres.running(options.home / "database") as server:
        database = server.prepare("fenbridge")
        os.environ |= {"DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url,
                       "MOOTHALL_STATIC": str((options.home / "static").resolve()), "DJANGO_SETTINGS_MODULE": "moothall.settings.demo"}  # fmt: skip
        import django

        django.setup()
        print(json.dumps(_measure(options.rounds), indent=1))


def _measure(rounds: int) -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import path

    from moothall.core.access import public
    from moothall.core.actor import VISITOR
    from moothall.programme.selectors import latest_plan
    from moothall.web import urls

    plan = latest_plan(VISITOR)
    if plan is None:
        raise SystemExit("There is no plan here: start scripts/demo once, then run this again.")
    urls.urlpatterns.append(path("empty/", public(lambda request: HttpResponse(b""))))
    settings.ALLOWED_HOSTS.append("testserver")
    client = Client(headers={"accept-encoding": "gzip"})
    static = sum(
        _packed(settings.STATIC_ROOT, name)
        for name in ("vendor/govuk-frontend.css", "moothall.css", "vendor/govuk-frontend.js", "mark.svg")
    )
    rows, floor = [], None
    for address in (
        "/empty/",
        "/",
        f"/programme/{plan.id}/",
        f"/programme/{plan.id}/runs/",
        f"/programme/{plan.id}/runs/0/",
    ):
        for _ in range(20):
            answer = client.get(address)
        asked: list[str] = []

        def count(execute: Any, sql: str, *rest: Any, asked: list[str] = asked) -> Any:
            asked.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(count):
            client.get(address)
        began = time.process_time()
        for _ in range(rounds):
            client.get(address)
        milliseconds = 1000 * (time.process_time() - began) / rounds
        floor = floor or milliseconds
        rows.append(SimpleNamespace(
            address=address.replace(str(plan.id), "PLAN"), status=answer.status_code, queries=len(asked), cpu_ms=round(milliseconds, 2),
            times_an_empty_view=round(milliseconds / floor, 1), page_bytes=len(answer.content),
            first_visit_bytes=len(answer.content) + (static if address != "/empty/" else 0), first_visit_requests=5 if address != "/empty/" else 1,
        ).__dict__)  # fmt: skip
    return {"rounds": rounds, "runs_in_plan": plan.runs.count(), "pages": rows}


def _packed(root: str, name: str) -> int:
    content = (Path(root) / name).read_bytes()
    return len(gzip.compress(content, 9))


if __name__ == "__main__":
    main()
