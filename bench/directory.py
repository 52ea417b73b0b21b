"""A city's directory at full size: how long it takes to bring 600 organisations, 8,000 services and 60,000 staff, and how long search
takes then. Staff come as each body's own list: one of 20,000, one of 8,000, the rest spread over all others.

    scripts/bench directory

Search is the whole page's work in the server (find), on the queries of bench/queries, beside an empty query to the same database.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import time
from pathlib import Path
from typing import Any

from . import own_database

BODIES, SERVICES, STAFF, SEED = 600, 8_000, 60_000, 20261122
FIRST = ("Ada", "Bo", "Cerys", "Dee", "Eno", "Fay", "Gil", "Hana", "Ivo", "Jo")
LAST = ("Marsh", "Quay", "Fenn", "Hill", "Abbot", "Reeve", "Mill", "Stone", "Lark", "Holt")


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


def staff(count: int, first: int) -> bytes:
    """A body's list of its people: name, address, staff number, team, post."""
    rng = random.Random(first)
    rows = [
        f"{rng.choice(FIRST)} {rng.choice(LAST)},p{number}@work.example,{number},Team {rng.randrange(1 + count // 12)},Post {rng.randrange(1 + count // 30)}"
        for number in range(first, first + count)
    ]
    return "\n".join(["name,email,staff number,team,post", *rows]).encode()


def run() -> dict[str, Any]:
    from django.db import connection
    from django.utils import timezone

    from demo import people
    from moothall.core import imports
    from moothall.core.actor import VISITOR
    from moothall.directory import selectors, services
    from moothall.directory.models import Membership, Organisation, RoleGrant, Service
    from moothall.directory.selectors import actor_for_person
    from moothall.directory.types import Role

    now = timezone.now()
    services.load_taxonomy(actor=people.DEMO, now=now)
    people_of_demo = people.make(now, password=None)
    steward = actor_for_person(people_of_demo["city-steward"].pk, timezone.localdate())
    content = city()
    times: dict[str, float] = {}

    def timed(name: str, began: float) -> None:
        times[name] = round(time.perf_counter() - began, 2)

    began = time.perf_counter()
    about = services.open_directory_import(actor=steward, now=now, content=content, name="city.json")
    selectors.looked_at(about, timezone.localdate())
    timed("look_seconds", began)
    began = time.perf_counter()
    work = services.start_taking_directory(actor=steward, now=now, about=about, only_right=False)
    imports.carry_out(work.id, timezone.now)
    timed("take_seconds", began)
    bodies = list(Organisation.objects.filter(imported_id__startswith="hsds:").order_by("pk"))
    sizes = [20_000, 8_000, *[(STAFF - 28_000) // (BODIES - 2)] * (BODIES - 2)]
    keeper = people_of_demo["administrator"]
    RoleGrant.objects.bulk_create(
        [
            RoleGrant(
                person=keeper, role=Role.ADMINISTRATOR, organisation=body, from_on=timezone.localdate(), granted_at=now
            )
            for body in bodies
        ]
    )
    administrator = actor_for_person(keeper.pk, timezone.localdate())
    first, began = 1, time.perf_counter()
    for body, count in zip(bodies, sizes):
        file = services.open_people_import(
            actor=administrator, now=now, organisation=body, content=staff(count, first), name="staff.csv"
        )
        work = services.start_taking_people(
            actor=administrator, now=now, organisation=body, about=file, only_right=False,
            mapping={"name": "name", "email": "email", "reference": "staff number", "team": "team", "post": "post"},
        )  # fmt: skip
        imports.carry_out(work.id, timezone.now)
        first += count
    timed("staff_seconds", began)
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
        "organisations": Organisation.objects.count(), "services": Service.objects.count(), "staff": Membership.objects.filter(organisation__in=bodies).count(), "file_megabytes": round(len(content) / 1e6, 1), **times,
        "search_median_ms": round(statistics.median(milliseconds), 1), "search_95_ms": round(milliseconds[int(0.95 * len(milliseconds))], 1),
        "empty_query_median_ms": round(1000 * statistics.median(empty), 2), "searches": len(milliseconds),
    }  # fmt: skip


if __name__ == "__main__":
    own_database.measured(run)
