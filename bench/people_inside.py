"""The part of `scripts/bench people` that looks inside: requests through all middleware, counted and timed in this process."""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROUNDS = 60


def main() -> None:
    home, people = Path(sys.argv[1]), int(sys.argv[2])
    from moothall.cli.serving import environment_of
    from moothall.core import embedded_postgres

    with embedded_postgres.running(home / "database") as server:
        database = server.prepare("moothall")
        os.environ |= environment_of(home) | {
            "DATABASE_URL": database.app_url,
            "DATABASE_OWNER_URL": database.owner_url,
        }
        began = time.monotonic()
        import django

        django.setup()
        print(json.dumps({"start-up of a process, seconds": round(time.monotonic() - began, 2), **_measure(people)}))


def _measure(people: int) -> dict[str, Any]:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import path
    from django.utils import timezone

    from demo import people as personas
    from moothall.accounts.models import User
    from moothall.core.access import public
    from moothall.web import urls
    from tests.factories.plans import new_plan
    from tests.factories.world import ALL

    urls.urlpatterns.append(path("empty/", public(lambda request: HttpResponse(b""))))
    personas.make(timezone.now())
    coordinator = Client(headers={"host": "localhost", "accept-encoding": "gzip"})
    coordinator.force_login(User.objects.get(email="tomasz@city-council.example"))
    visitor = Client(headers={"host": "localhost", "accept-encoding": "gzip"})
    from moothall.programme.services import store_plan

    plan = store_plan(actor=ALL, now=timezone.now(), new=new_plan(places_public=False))
    content = _city(people)
    out: dict[str, Any] = {"empty view": _cost(visitor, "/empty/")}
    for name, client, address in (
        ("sign-in page", visitor, "/account/sign-in/"), ("my account", coordinator, "/me/"), ("planning", coordinator, "/programme/planning/"),
        ("a draft", coordinator, f"/programme/{plan.pk}/"), ("who has a place", coordinator, f"/programme/{plan.pk}/places/"),
    ):  # fmt: skip
        out[name] = _cost(client, address)
    out["sign in by password"] = _once(
        Client(headers={"host": "localhost"}),
        "/account/sign-in/",
        {"login": "tomasz@city-council.example", "password": personas.PASSWORD},
    )
    file = SimpleUploadedFile("city.zip", content)
    out[f"upload of {people:,} people"] = {"bytes sent": len(content)} | _once(
        coordinator, "/programme/planning/upload/", {"file": file, "title": "Bench", "organisation": ""}
    )
    return out


def _city(people: int) -> bytes:
    """Fenbridge, larger."""
    import datetime as dt

    from demo import fenbridge
    from moothall import planner

    with tempfile.TemporaryDirectory():
        tables, planning = fenbridge.bundle(dt.date(2027, 1, 4), scale=people / 2998)
        return planner.zipped(planner.files_of(tables, planning))


def _cost(client: Any, address: str) -> dict[str, Any]:
    for _ in range(10):
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    queries = _queries(lambda: client.get(address))
    began = time.process_time()
    for _ in range(ROUNDS):
        client.get(address)
    packed = answer.content if answer.get("Content-Encoding") else gzip.compress(answer.content)
    return {
        "queries": queries,
        "CPU, ms": round(1000 * (time.process_time() - began) / ROUNDS, 2),
        "bytes": len(packed),
    }


def _once(client: Any, address: str, data: dict[str, Any]) -> dict[str, Any]:
    taken: dict[str, Any] = {}

    def go() -> None:
        began, wall = time.process_time(), time.monotonic()
        answer = client.post(address, data)
        assert answer.status_code == 302, answer.content[:2000]
        taken.update(
            {"CPU, ms": round(1000 * (time.process_time() - began), 1), "seconds": round(time.monotonic() - wall, 2)}
        )

    return {"queries": _queries(go), **taken}


def _queries(go: Any) -> int:
    from django.db import connection

    asked: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        go()
    return len(asked)


if __name__ == "__main__":
    main()
