"""`scripts/demo`: the fictional city of Fenbridge on this machine, planned on the spot, served until Ctrl-C.

Exit codes: 0 stopped by hand; 2 something stands in the way, said in one sentence.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
READY_WITHIN = 30.0


class CannotRunDemo(Exception):
    """Something stands in the way; the message is one sentence with the mend."""


def main() -> int:
    arguments = _arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_interrupt)
    from moothall.core.errors import DomainError

    try:
        run(arguments.home.resolve(), arguments.port, browser=arguments.browser)
    except KeyboardInterrupt:
        say("\nStopped. Nothing is left running.")
        return 0
    except (CannotRunDemo, DomainError) as error:
        say(str(error))
        return 2
    except OSError as error:
        say(f"{error.filename or 'The demo'}: {error.strerror or error}. Free what is in the way and start again.")
        return 2
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="Runs the fictional city of Fenbridge on this machine."
    )
    parser.add_argument("--port", type=_port, default=8000, help="where to listen on localhost (8000)")
    parser.add_argument("--home", type=Path, default=ROOT / "var" / "demo", help="where to keep the city (var/demo)")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="do not open a browser")
    return parser.parse_args()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: write a number from 1 to 65535")
    return int(text)


def run(home: Path, port: int, *, browser: bool) -> None:
    """Starts everything in order, serves, and stops everything in the opposite order."""
    with ExitStack() as stack:
        stack.enter_context(_alone(home))
        _refuse_busy_port(port)
        app_url, owner_url = stack.enter_context(_database(home))
        os.environ |= {
            "DATABASE_URL": app_url, "DATABASE_OWNER_URL": owner_url, "MOOTHALL_STATIC": str(home / "static"),
            "DJANGO_SETTINGS_MODULE": "moothall.settings.demo",
        }  # fmt: skip
        import django

        django.setup()
        from . import city

        city.prepare_database()
        _collect_static(home / "static")
        if not city.has_a_current_plan():
            city.make(home / "city", say)
        stack.enter_context(_web(port))
        address = f"http://localhost:{port}"
        say(f"\nFenbridge is open: {address}\nCtrl-C stops it.")
        if (
            browser
            and sys.stdout.isatty()
            and (sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        ):
            webbrowser.open(address)
        signal.pause()


@contextmanager
def _database(home: Path) -> Iterator[tuple[str, str]]:
    """The app's and the owner's address: DATABASE_URL's where it is set, otherwise of the embedded server."""
    from moothall.core import embedded_postgres

    url = os.environ.get("DATABASE_URL", "")
    if url:
        say("Using the database that DATABASE_URL names ...")
        yield url, os.environ.get("DATABASE_OWNER_URL") or url
        return
    say("Starting the database ...")
    with embedded_postgres.running(home / "database") as server:
        database = server.prepare("fenbridge")
        yield database.app_url, database.owner_url


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Only one demo a folder."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotRunDemo(
                "The demo is already running from this folder: use that one, or stop it first."
            ) from error
        yield


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CannotRunDemo(
                f"Port {port} may not be used by you: choose one above 1023, as scripts/demo --port 8000."
            ) from error
        except OSError as error:
            raise CannotRunDemo(
                f"Port {port} is in use: stop what uses it, or choose another, as scripts/demo --port {min(port, 60000) + 1}."
            ) from error


def _collect_static(target: Path) -> None:
    """Copies and compresses the static files when they have changed."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
            with storage.open(name) as file:
                digest.update(name.encode() + file.read())
    stamp = target / ".made-of"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest.hexdigest())


@contextmanager
def _web(port: int) -> Iterator[None]:
    """The web server, in a session of its own: a Ctrl-C is ours to pass on."""
    command = [sys.executable, "-m", "demo.web", "moothall.web.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "2",
               "--threads", "4", "--worker-class", "gthread", "--log-level", "error", "--no-control-socket"]  # fmt: skip
    process = subprocess.Popen(command, start_new_session=True, cwd=ROOT, stdin=subprocess.PIPE)
    try:
        _wait_until_ready(process, port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + READY_WITHIN
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is never behind a proxy
    while time.monotonic() < until:
        if process.poll() is not None:
            raise CannotRunDemo("The web server stopped at once: the lines above say why.")
        try:
            with direct.open(f"http://127.0.0.1:{port}/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CannotRunDemo(f"The web server did not answer within {READY_WITHIN:.0f} seconds.")


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
