"""`serve`, `stop`, `doctor`, `backup`, `restore`, `steward`: what runs a city. None of them loads Django; they start processes that do."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ..core import embedded_postgres
from ..core.errors import DomainError
from ..processes.supervisor import Supervisor, children_of

READY_WITHIN = 40.0
STOPS_WITHIN = 40.0
DATABASE = "moothall"

FIRST_SETTINGS = """\
# Moothall's settings; docs/operations.md says what each means. The environment goes before this file.
MOOTHALL_SECRET_KEY={secret}
MOOTHALL_CITY=The city
# The site's names, and whether it is reached by https. Change both before others may reach it.
MOOTHALL_HOSTS=localhost
MOOTHALL_HTTPS=no
# The mail server; "print" writes mail to the terminal instead.
MOOTHALL_SMTP=print
MOOTHALL_MAIL_FROM=moothall@localhost
"""


class CannotServe(DomainError):
    """Something stands in the way; the message is one sentence with the mend."""


def serve(arguments: Namespace) -> int:
    """Everything in order, until it is told to stop; then everything in the opposite order."""
    home = Path(arguments.home).resolve()
    host, port = _address(arguments.bind)
    with _alone(home), _polite_end():
        _write_first_settings(home)
        environment = environment_of(home)
        refuse_busy_port(host, port)
        with database_of(home, environment) as (environment, server):
            prepare(environment)
            supervisor = Supervisor(
                children_of(environment, bind=f"{host}:{port}", web_processes=arguments.workers),
                say,
                watch_database(server) if server else None,
            )
            run(
                supervisor,
                host,
                port,
                lambda: say(f"Moothall is open: http://{host}:{port}\nCtrl-C or `moothall stop` stops it."),
            )
    say("Stopped. Nothing is left running.")
    return 0


class _Asked(Exception):
    """Somebody asked to stop before there was anything to stop."""


@contextmanager
def _polite_end() -> Iterator[None]:
    """A kill while things are being started unwinds them, instead of leaving half of them behind."""

    def asked(*_: object) -> None:
        raise _Asked

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except _Asked:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(supervisor: Supervisor, host: str, port: int, opened: Callable[[], None]) -> None:
    """Starts, waits until pages answer, and keeps everything alive until told to stop."""
    before = {
        number: signal.signal(number, lambda *_: supervisor.stopping.set())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        supervisor.start()
        _wait_until_ready(supervisor, host, port)
        if not supervisor.stopping.is_set():
            opened()
        supervisor.run()
    finally:
        supervisor.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def stop(arguments: Namespace) -> int:
    home = Path(arguments.home).resolve()
    if not _runs(home):
        # One that was killed leaves its database behind: the next user of it, which this is, stops it when leaving.
        if (home / "database").is_dir() and not os.environ.get("DATABASE_URL"):
            with embedded_postgres.running(home / "database"):
                pass
        say("Moothall does not run from this folder.")
        return 0
    pid = int((home / "serve.pid").read_text())
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOPS_WITHIN
    while time.monotonic() < until:
        if not _runs(home):
            say("Stopped.")
            return 0
        time.sleep(0.2)
    raise CannotServe(
        f"It did not stop within {STOPS_WITHIN:.0f} seconds. Process {pid} is still there: look at it, and end it by hand."
    )


def doctor(arguments: Namespace) -> int:
    return _process(arguments, "doctor")


def backup(arguments: Namespace) -> int:
    return _process(arguments, "backup", "write", str(Path(arguments.file).resolve()))


def restore(arguments: Namespace) -> int:
    home = Path(arguments.home).resolve()
    if _runs(home):
        raise CannotServe(
            "Moothall runs from this folder: stop it first, and restore into a folder without a database."
        )
    return _process(arguments, "backup", "read", str(Path(arguments.file).resolve()))


def steward(arguments: Namespace) -> int:
    return _process(arguments, "steward", arguments.email, arguments.name)


def receive_mail(arguments: Namespace) -> int:
    """For a mail server's pipe. Whatever is wrong, the server is told to try again (75): nothing is refused for good."""
    home = Path(arguments.home).resolve()
    try:
        environment = environment_of(home)
        if not environment.get("DATABASE_URL"):
            if not _runs(home):
                raise CannotServe("Moothall does not run from this folder.")
            with embedded_postgres.running(home / "database") as server:
                return _received(environment | {"DATABASE_URL": server.prepare(DATABASE).app_url}, arguments.to)
        return _received(environment, arguments.to)
    except (DomainError, OSError) as error:
        print(f"{error} Try again later.", file=sys.stderr)
        return TRY_AGAIN


TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h."""


def _received(environment: Mapping[str, str], recipient: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "moothall.processes.receive", recipient], env=dict(environment), check=False
    )
    return done.returncode if done.returncode in (0, TRY_AGAIN) else TRY_AGAIN


def _process(arguments: Namespace, name: str, *words: str) -> int:
    """Runs one of the processes with the home's settings and database, started for it if need be."""
    home = Path(arguments.home).resolve()
    if not home.is_dir():
        raise CannotServe(
            f"{home} is no folder of Moothall's: name one with --home, or start `moothall serve` there first."
        )
    with database_of(home, environment_of(home)) as (environment, _server):
        return subprocess.run(
            [sys.executable, "-m", f"moothall.processes.{name}", *words], env=environment, check=False
        ).returncode


# -- their common parts


def environment_of(home: Path) -> dict[str, str]:
    """The environment, over the settings file of the home, over what every installation has."""
    file = home / "moothall.env"
    stored = {}
    for number, line in enumerate(file.read_text().splitlines() if file.exists() else [], 1):
        name, equals, value = line.strip().partition("=")
        if name.startswith("#") or not name:
            continue
        if not equals:
            raise CannotServe(f"{file}, line {number}: write NAME=value.")
        stored[name.strip()] = value.strip()
    usual = {"DJANGO_SETTINGS_MODULE": "moothall.settings.production", "MOOTHALL_STATIC": str(home / "static")}
    path = {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    return usual | stored | dict(os.environ) | path


@contextmanager
def database_of(
    home: Path, environment: Mapping[str, str]
) -> Iterator[tuple[dict[str, str], embedded_postgres.Server | None]]:
    """The environment with the database's addresses: its own, or those of the embedded server, which is started."""
    if environment.get("DATABASE_URL"):
        yield dict(environment), None
        return
    with embedded_postgres.running(home / "database") as server:
        database = server.prepare(DATABASE)
        yield {**environment, "DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url}, server


def prepare(environment: Mapping[str, str]) -> None:
    """Tables and static files. Raises CannotServe."""
    done = subprocess.run(
        [sys.executable, "-m", "moothall.processes.prepare"],
        env=dict(environment),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        lines = [line for line in done.stderr.strip().splitlines() if line] or ["it gave no reason"]
        why = (
            done.stderr.strip().rpartition("Moothall cannot start:")[2]
            if "Moothall cannot start:" in done.stderr
            else lines[-1]
        )
        raise CannotServe(f"Moothall cannot start: {why.strip()}")


def watch_database(server: embedded_postgres.Server) -> Callable[[], None]:
    """Looks every two seconds whether the database lives, and starts it again if not."""
    last = [0.0]

    def watch() -> None:
        if time.monotonic() - last[0] < 2:
            return
        last[0] = time.monotonic()
        with suppress(embedded_postgres.CannotStartDatabase):
            if server.ensure():
                say("The database had ended; it was started again.")

    return watch


def _runs(home: Path) -> bool:
    """By the lock, which dies with its holder; a number in a file may be anybody's by now."""
    try:
        with (home / "serve.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Only one a folder."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotServe("Moothall runs from this folder already. `moothall stop` stops it.") from error
        pid = home / "serve.pid"
        pid.write_text(str(os.getpid()))
        try:
            yield
        finally:
            pid.unlink(missing_ok=True)


def _write_first_settings(home: Path) -> None:
    file = home / "moothall.env"
    if file.exists() or os.environ.get("MOOTHALL_SECRET_KEY"):
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(FIRST_SETTINGS.format(secret=secrets.token_urlsafe(50)))
    say(f"First settings written to {file}: read them before others may reach this site.")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and 1 <= int(port[:9]) <= 65535):
        raise CannotServe(f"{text!r} is not an address to listen on: write it as 127.0.0.1:8000.")
    return host or "127.0.0.1", int(port)


def refuse_busy_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise CannotServe(f"Port {port} may not be used by you: choose one above 1023, as 8000.") from error
        except OSError as error:
            raise CannotServe(
                f"Port {port} is in use: stop what uses it, or choose another, as {min(port, 60000) + 1}."
            ) from error


def _wait_until_ready(supervisor: Supervisor, host: str, port: int) -> None:
    until = time.monotonic() + READY_WITHIN
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is never behind a proxy
    while time.monotonic() < until and not supervisor.stopping.is_set():
        web = supervisor.children[-1].process
        if web is None or web.poll() is not None:
            raise CannotServe("The web server stopped at once: the lines above say why.")
        try:
            direct.open(
                urllib.request.Request(f"http://{host}:{port}/health/live/", headers={"Host": "localhost"}), timeout=5
            ).close()
            return
        except urllib.error.HTTPError:
            return  # it answers; which names it answers to is the settings' matter
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    if not supervisor.stopping.is_set():
        raise CannotServe(f"The web server did not answer within {READY_WITHIN:.0f} seconds.")


def say(text: str) -> None:
    print(text, flush=True)
