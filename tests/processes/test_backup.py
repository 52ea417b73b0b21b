"""A backup brings every table back as it was, and a damaged one says so."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from moothall.core.embedded_postgres import Database, Server, running
from moothall.processes import backup
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="needs databases of its own on the embedded server"
)

CITY = """
CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, since timestamptz, free bytea, kept jsonb);
CREATE TABLE places (person bigint REFERENCES people, run int, EXCLUDE USING gist (person WITH =, run WITH =));
CREATE TABLE core_cache (cache_key text PRIMARY KEY);
INSERT INTO people (name, since, free, kept) SELECT 'Renée ' || i, now() - i * interval '1 day', decode(md5(i::text), 'hex'), '{"a": 1}' FROM generate_series(1, 500) i;
INSERT INTO places SELECT i, i % 7 FROM generate_series(1, 500) i;
INSERT INTO core_cache VALUES ('forget me');
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER never BEFORE UPDATE OR DELETE ON places FOR EACH ROW EXECUTE FUNCTION no();
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Path(os.environ.get("MOOTHALL_TEST_HOME", ROOT / "var" / "test"))) as server:
        yield server
        for name in ("backup_from", "backup_to"):
            server.drop(name)


@pytest.fixture
def city(server: Server) -> Database:
    made = server.prepare("backup_from")
    with psycopg.connect(made.owner_url) as connection:
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute(CITY)  # type: ignore[arg-type]  # several statements
    return made


def test_every_row_of_every_table_comes_back(server: Server, city: Database, tmp_path: Path) -> None:
    written = backup.write(city.owner_url, tmp_path / "city.backup")
    assert set(written) == {"people", "places"}
    assert (tmp_path / "city.backup").stat().st_mode & 0o077 == 0, (
        "it holds everybody's data: only its owner may read it"
    )
    empty = server.prepare("backup_to")
    assert backup.read(empty.owner_url, tmp_path / "city.backup") == written
    with psycopg.connect(empty.app_url) as connection:
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (500,), "the app's role may read it"
        with pytest.raises(psycopg.errors.RaiseException):
            connection.execute("DELETE FROM places")


def test_a_backup_is_one_moment_whatever_is_written_meanwhile(city: Database, tmp_path: Path) -> None:
    with psycopg.connect(city.owner_url, autocommit=True) as other:
        before = backup.fingerprints(other)
        other.execute("BEGIN")
        other.execute("INSERT INTO people (name) VALUES ('not yet')")
        assert backup.write(city.owner_url, tmp_path / "city.backup") == before


def test_nothing_is_overwritten(server: Server, city: Database, tmp_path: Path) -> None:
    backup.write(city.owner_url, tmp_path / "city.backup")
    with pytest.raises(backup.CannotBackUp, match="there already"):
        backup.write(city.owner_url, tmp_path / "city.backup")
    with pytest.raises(backup.CannotBackUp, match="holds tables already"):
        backup.read(city.owner_url, tmp_path / "city.backup")


def test_a_damaged_backup_says_so(server: Server, city: Database, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    backup.write(city.owner_url, file)
    empty = server.prepare("backup_to")
    content = file.read_bytes()
    with tarfile.open(file) as archive:
        at = archive.getmember("dump").offset_data + 4000
    file.write_bytes(content[:at] + bytes(100) + content[at + 100 :])
    with pytest.raises(backup.CannotBackUp, match="damaged"):
        backup.read(empty.owner_url, file)
    for bad in (content[:5000], b"not a tar"):
        file.write_bytes(bad)
        with pytest.raises(backup.CannotBackUp):
            backup.read(empty.owner_url, file)
    with psycopg.connect(empty.owner_url) as connection:
        assert connection.execute(backup.TABLES).fetchall() == [], "nothing half restored"
