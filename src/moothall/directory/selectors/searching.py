"""Search in a resident's own words: full text on synonyms, rare words first, misspelt words read as the nearest; each hit says why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

LONGEST = 1_000
WORDS = 12
"""Words of a query that count: the rest of a long one adds nothing."""
RAREST = 2
"""Of so many words of a query, a service or a body must have one."""
NEAR = 0.42
"""Trigram similarity from which a word that is nowhere is read as one that is; so is one that differs in two letters of six or more."""

UNSAID = [
    "cant", "wont", "dont", "didnt", "doesnt", "isnt", "wasnt", "arent", "couldnt", "wouldnt", "shouldnt", "havent", "hasnt", "im", "ive", "theyre", "theyve",
    "youre", "thats", "whats", "wheres", "whos", "theres", "weve",
]  # fmt: skip
"""Written without their apostrophe, they mean as little as with it."""

READ = """
SELECT t.spelt, w.word, w.phrases, w.spelt
FROM (
    SELECT DISTINCT spelt FROM unnest(tsvector_to_array(to_tsvector('simple', unaccent(%(text)s)))) AS spelt WHERE spelt <> ALL(%(unsaid)s)
) AS t
CROSS JOIN LATERAL unnest(tsvector_to_array(to_tsvector('english', t.spelt))) AS lexeme
LEFT JOIN LATERAL (
    (SELECT word, phrases, t.spelt AS spelt, 2.0 AS near FROM directory_searchword WHERE word = lexeme LIMIT 1)
    UNION ALL
    (SELECT word, phrases, spelt, similarity(spelt, t.spelt) AS near FROM directory_searchword
     WHERE spelt %% t.spelt AND length(t.spelt) BETWEEN 4 AND 24
       AND (similarity(spelt, t.spelt) >= %(near)s OR levenshtein_less_equal(spelt, t.spelt, 2) <= least(2, length(t.spelt) / 3))
     ORDER BY least(3, levenshtein_less_equal(spelt, t.spelt, 2)) - 3 * similarity(spelt, t.spelt), phrases DESC LIMIT 1)
    ORDER BY near DESC LIMIT 1
) AS w ON true
"""

FOUND = """
WITH said AS (
    SELECT word, weight FROM unnest(%(words)s::text[], %(weights)s::float[]) AS s (word, weight)
), matched AS (
    SELECT p.id, p.service_type_id, p.service_id, p.organisation_id, p.text, p.weight, p.norm, s.word, s.weight AS rare
    FROM directory_searchphrase p CROSS JOIN LATERAL unnest(p.words) AS lexeme JOIN said s ON s.word = lexeme
    WHERE {only}
), phrases AS (
    SELECT id, service_type_id, service_id, organisation_id, text, sum(rare * rare) * weight / (norm * %(length)s) AS alike
    FROM matched GROUP BY id, service_type_id, service_id, organisation_id, text, weight, norm
), words AS (
    SELECT service_type_id, service_id, organisation_id, word, max(rare * rare * weight) / power(%(length)s, 2) AS covers
    FROM matched GROUP BY service_type_id, service_id, organisation_id, word
), best AS (
    SELECT DISTINCT ON (service_type_id, service_id, organisation_id) service_type_id, service_id, organisation_id, text, alike
    FROM phrases ORDER BY service_type_id, service_id, organisation_id, alike DESC, id
), covered AS (
    SELECT service_type_id, service_id, organisation_id, sum(covers) AS covers FROM words GROUP BY service_type_id, service_id, organisation_id
)
SELECT b.service_type_id, b.service_id, b.organisation_id, b.text, b.alike + %(covering)s * c.covers AS score
FROM best b JOIN covered c ON b.service_type_id IS NOT DISTINCT FROM c.service_type_id
    AND b.service_id IS NOT DISTINCT FROM c.service_id AND b.organisation_id IS NOT DISTINCT FROM c.organisation_id
ORDER BY score DESC, b.service_type_id, b.service_id, b.organisation_id LIMIT %(count)s
"""
COVERING = 1.0
"""How much it counts that a thing has all words somewhere, beside having many in one phrase."""


@dataclass(frozen=True, slots=True)
class Match:
    """Something found: exactly one of the three ids, how well, and the words of ours that it was found by."""

    service_type_id: int | None
    service_id: int | None
    organisation_id: int | None
    words: str
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How a query was understood: lexemes with their weights, and words that were read as others: (typed, read as)."""

    words: tuple[str, ...]
    weights: tuple[float, ...]
    corrected: tuple[tuple[str, str], ...]


def read_query(text: str) -> Reading:
    """One query. Words that mean nothing in English (the, my) and words that are nowhere are left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM directory_searchphrase")
        (total,) = cursor.fetchone()
        cursor.execute(READ, {"text": text[:LONGEST].replace("\0", " "), "near": NEAR, "unsaid": UNSAID})
        rows = [row for row in cursor.fetchall() if row[1] is not None]
    weight: dict[str, float] = {}
    corrected = []
    for typed, word, phrases, spelt in rows:
        weight[word] = _rarity(total, phrases) * (1.0 if typed == spelt else 0.8)
        if typed != spelt:
            corrected.append((typed, spelt))
    best = sorted(weight, key=lambda word: (-weight[word], word))[:WORDS]
    return Reading(tuple(best), tuple(weight[word] for word in best), tuple(sorted(corrected)))


def _rarity(total: int, phrases: int) -> float:
    """The same as a phrase's `norm` is made of (services.searching)."""
    return float(math.log(1 + total / max(phrases, 1)) ** 0.7)


def matches(reading: Reading, kinds: Sequence[str], count: int) -> list[Match]:
    """The best of these kinds ("service_type", "service", "organisation"). One query."""
    if not reading.words:
        return []
    # The taxonomy is small and asked for every word; of thousands of services and bodies, those that have one of the rarest.
    only = " OR ".join(
        f"(p.{kind}_id IS NOT NULL AND p.words && {'%(words)s' if kind == 'service_type' else '%(rarest)s'}::text[])"
        for kind in kinds
    )
    length = math.sqrt(sum(weight**2 for weight in reading.weights))
    values: dict[str, Any] = {
        "words": list(reading.words), "rarest": list(reading.words[:RAREST]), "weights": list(reading.weights), "length": length, "covering": COVERING, "count": count,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FOUND.format(only=f"({only})"), values)
        return [Match(*row) for row in cursor.fetchall()]
