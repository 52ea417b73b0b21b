"""A city's directory at full size: how long it takes to bring 600 organisations and 8,000 services, and how long search takes then.

    scripts/bench directory

Search is the whole page's work in the server (find), on the queries of bench/queries, beside an empty query to the same database.
"""

from __future__ import annotations

import csv
import json
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from moothall.core import embedded_postgres

BODIES, SERVICES, SEED = 600, 8_000, 20261122


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, embedded_postgres.running(Path(folder) / "database") as server:
        database = server.prepare("bench")
        os.environ |= {
            "DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url, "DJANGO_SETTINGS_MODULE": "moothall.settings.demo",
        }  # fmt: skip
        import django

        django.setup()
        print(json.dumps(run(), indent=1))


def city() -> bytes:
    """An answer of an Open Referral API with every service of a made-up city. Names from the taxonomy's own words."""
    from moothall.directory.models import ServiceType

    rng = random.Random(SEED)
    kinds = list(ServiceType.objects.order_by("key"))
    places = [
        "Harbour",
        "Old Town",
        "Marsh End",
        "Hillside",
        "North Fields",
        "Quay Lane",
        "Mill Road",
        "Castle",
        "Abbey",
        "Station",
    ]
    contents: list[dict[str, Any]] = []
    for number in range(SERVICES):
        kind, body = rng.choice(kinds), rng.randrange(BODIES)
        contents.append({
            "id": f"service-{number}", "name": f"{kind.name}, {rng.choice(places)}", "status": "active", "description": f"{kind.about} {rng.choice(kind.synonyms)}.",
            "organization": {"id": f"body-{body}", "name": f"{rng.choice(places)} {kind.group} group {body}", "description": "Helps people."},
            "attributes": [{"taxonomy_term": {"name": kind.name}}], "phones": [{"number": f"01632 {960000 + number % 1000}"}],
        })  # fmt: skip
    return json.dumps({"contents": contents}).encode()


def run() -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from demo import people
    from moothall.core.actor import VISITOR
    from moothall.directory import selectors, services
    from moothall.directory.models import Organisation, Service
    from moothall.directory.selectors import actor_for_person

    call_command("migrate", database="owner", verbosity=0)
    now = timezone.now()
    services.load_taxonomy(actor=people.DEMO, now=now)
    steward = actor_for_person(people.make(now, password=None)["city-steward"].pk, timezone.localdate())
    content = city()
    times: dict[str, float] = {}

    def timed(name: str, began: float) -> None:
        times[name] = round(time.perf_counter() - began, 2)

    began = time.perf_counter()
    about = services.open_directory_import(actor=steward, now=now, content=content, name="city.json")
    selectors.effects_of(about, timezone.localdate())
    timed("look_seconds", began)
    began = time.perf_counter()
    work = services.start_taking_directory(actor=steward, now=now, about=about, only_right=False)
    services.carry_out_import(work_id=work.id, clock=timezone.now)
    timed("take_seconds", began)
    searches, empty = [], []
    for file in sorted((Path(__file__).parent / "queries").glob("*.csv")):
        with file.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                began = time.perf_counter()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                    cursor.fetchall()
                empty.append(time.perf_counter() - began)
                began = time.perf_counter()
                selectors.find(VISITOR, row["query"])
                searches.append(time.perf_counter() - began)
    milliseconds = sorted(1000 * each for each in searches)
    return {
        "organisations": Organisation.objects.count(), "services": Service.objects.count(), "file_megabytes": round(len(content) / 1e6, 1), **times,
        "search_median_ms": round(statistics.median(milliseconds), 1), "search_95_ms": round(milliseconds[int(0.95 * len(milliseconds))], 1),
        "empty_query_median_ms": round(1000 * statistics.median(empty), 2), "searches": len(milliseconds),
    }  # fmt: skip


if __name__ == "__main__":
    main()
