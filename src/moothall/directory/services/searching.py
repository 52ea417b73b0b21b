"""What search goes by: the phrases of types, services and organisations, kept in step with them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

LEXEMES = "coalesce(tsvector_to_array(to_tsvector('english', unaccent({text}))), '{{}}')"

# (table's column, statement that answers its phrases: id, text, weight). A name says more than a description. Bodies that nobody has
# confirmed, and their services, are found by nobody: else anybody could crowd out the others.
PHRASES = {
    "service_type_id": """
        SELECT id, name, 1.0 FROM directory_servicetype
        UNION ALL SELECT id, unnest(synonyms), 1.0 FROM directory_servicetype
        UNION ALL SELECT id, about, 0.7 FROM directory_servicetype WHERE about <> ''
    """,
    "service_id": """
        SELECT s.id, s.name, 0.9 FROM directory_service s
        WHERE s.ended_on IS NULL AND s.organisation_id IN (SELECT id FROM directory_organisation WHERE confirmed_at IS NOT NULL)
        UNION ALL SELECT s.id, left(s.about, 400), 0.5 FROM directory_service s
        WHERE s.ended_on IS NULL AND s.about <> '' AND s.organisation_id IN (SELECT id FROM directory_organisation WHERE confirmed_at IS NOT NULL)
    """,
    "organisation_id": """
        SELECT id, name, 1.0 FROM directory_organisation WHERE confirmed_at IS NOT NULL
        UNION ALL SELECT id, left(about, 400), 0.5 FROM directory_organisation WHERE confirmed_at IS NOT NULL AND about <> ''
    """,
}
COLUMN = {"type": "service_type_id", "service": "service_id", "organisation": "organisation_id"}


@transaction.atomic
def index(kind: str, ids: Iterable[int]) -> None:
    """Of these services or organisations (kind "service" or "organisation"): what they are found by from now on."""
    column, wanted = COLUMN[kind], list(ids)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM directory_searchphrase WHERE {column} = ANY(%s)", [wanted])
        _add(cursor, column, "WHERE p.id = ANY(%s)", [wanted])
        _count(cursor, f"WHERE {column} = ANY(%s)", [wanted])


@transaction.atomic
def index_all() -> None:
    """Everything anew, with how rare each word is now. Called after imports of many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7412)")
        cursor.execute("DELETE FROM directory_searchphrase")
        cursor.execute("DELETE FROM directory_searchword")
        for column in COLUMN.values():
            _add(cursor, column, "", [])
        _count(cursor, "", [])


def _add(cursor, column: str, which: str, values: list[list[int]]) -> None:  # type: ignore[no-untyped-def]
    cursor.execute(
        f"""
        INSERT INTO directory_searchphrase ({column}, text, words, weight, norm)
        SELECT p.id, p.text, {LEXEMES.format(text="p.text")}, p.weight, 1 FROM ({PHRASES[column]}) AS p (id, text, weight) {which}
        """,
        values,
    )


def _count(cursor, which: str, values: list[list[int]]) -> None:  # type: ignore[no-untyped-def]
    """Words that are new get their count, and the phrases their length."""
    # Just after a large import nobody has counted the rows yet, and what is planned for none takes minutes for thousands.
    cursor.execute("SET LOCAL enable_nestloop = off")
    about_these = "WHERE words && (SELECT array_agg(DISTINCT word) FROM these CROSS JOIN LATERAL unnest(words) AS word)"
    cursor.execute(
        f"""
        WITH these AS (SELECT text, words FROM directory_searchphrase {which}),
        counted AS MATERIALIZED (
            SELECT word, count(*) AS phrases FROM directory_searchphrase CROSS JOIN LATERAL unnest(words) AS word
            {about_these if which else ""} GROUP BY word
        ), spellings AS (
            SELECT DISTINCT unnest(tsvector_to_array(to_tsvector('simple', unaccent(text)))) AS spelt FROM these
        )
        INSERT INTO directory_searchword (spelt, word, phrases)
        SELECT spelt, min(word), max(phrases) FROM spellings
        CROSS JOIN LATERAL unnest(tsvector_to_array(to_tsvector('english', spelt))) AS word JOIN counted USING (word)
        GROUP BY spelt ON CONFLICT (spelt) DO NOTHING
        """,
        values,
    )
    cursor.execute(
        f"""
        UPDATE directory_searchphrase p SET norm = length FROM (
            SELECT id, sqrt(sum(power(ln(1 + (SELECT count(*) FROM directory_searchphrase)::float / greatest(phrases, 1)), 2 * 0.7))) AS length
            FROM (SELECT id, unnest(words) AS word FROM directory_searchphrase {which}) AS each
            JOIN (SELECT word, max(phrases) AS phrases FROM directory_searchword GROUP BY word) AS known USING (word)
            GROUP BY id
        ) AS measured WHERE p.id = measured.id
        """,
        values,
    )
    cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
