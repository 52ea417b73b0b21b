"""How well search finds: recall at 3 and mean reciprocal rank on labelled queries, beside PostgreSQL's plain full text in the same run.

    scripts/bench search [FILE ...]      FILE: query,right (keys of types, several separated by |); bench/queries/*.csv where none is named

The first set was open while search was made; the second was not looked at. Bring a third of your own.
"""

from __future__ import annotations

import csv
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import own_database

PLAIN = """
SELECT key FROM directory_servicetype, (SELECT {query} AS q) AS asked
WHERE to_tsvector('english', name || ' ' || about || ' ' || array_to_string(synonyms, ' ')) @@ q
ORDER BY ts_rank(to_tsvector('english', name || ' ' || about || ' ' || array_to_string(synonyms, ' ')), q) DESC, key LIMIT 10
"""
ALL_WORDS = "plainto_tsquery('english', %s)"
ANY_WORD = "replace(plainto_tsquery('english', %s)::text, '&', '|')::tsquery"

Find = Callable[[str], list[str]]


def main() -> None:
    files = [Path(each) for each in sys.argv[1:]] or sorted((Path(__file__).parent / "queries").glob("*.csv"))
    own_database.measured(lambda: run(files))


def run(files: list[Path]) -> dict[str, object]:
    from django.db import connection
    from django.utils import timezone

    from moothall.core.actor import system
    from moothall.directory import selectors, services
    from moothall.directory.models import ServiceType
    from moothall.directory.types import Permission

    services.load_taxonomy(actor=system("bench", *Permission), now=timezone.now())
    keys = dict(ServiceType.objects.values_list("pk", "key"))

    def ours(text: str) -> list[str]:
        found = selectors.matches(selectors.read_query(text), ["service_type"], 10)
        return [keys[each.service_type_id or 0] for each in found]

    def plain(query: str) -> Find:
        def find(text: str) -> list[str]:
            with connection.cursor() as cursor:
                cursor.execute(PLAIN.format(query=query), [text])
                return [key for (key,) in cursor.fetchall()]

        return find

    ways: dict[str, Find] = {
        "ours": ours,
        "full text, all words": plain(ALL_WORDS),
        "full text, any word": plain(ANY_WORD),
    }
    return {file.stem: {name: measured(file, find) for name, find in ways.items()} for file in files}


def measured(file: Path, find: Find) -> dict[str, object]:
    with file.open(encoding="utf-8") as lines:
        asked = [(row["query"], row["right"].split("|")) for row in csv.DictReader(lines)]
    ranks, times, missed = [], [], []
    for query, right in asked:
        begun = time.perf_counter()
        found = find(query)
        times.append(time.perf_counter() - begun)
        rank = next((number for number, key in enumerate(found, 1) if key in right), 0)
        ranks.append(rank)
        if not 1 <= rank <= 3:
            missed.append([query, right[0], found[:3]])
    return {
        "queries": len(asked), "recall_at_3": round(sum(1 <= rank <= 3 for rank in ranks) / len(ranks), 3),
        "mean_reciprocal_rank": round(sum(1 / rank for rank in ranks if rank) / len(ranks), 3),
        "median_ms": round(1000 * statistics.median(times), 1), "missed": missed if os.environ.get("BENCH_MISSED") else len(missed),
    }  # fmt: skip


if __name__ == "__main__":
    main()
