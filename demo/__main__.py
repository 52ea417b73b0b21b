"""`scripts/demo`: the fictional city of Fenbridge on this machine, planned on the spot, served until Ctrl-C.

Exit codes: 0 stopped by hand; 2 something stands in the way, said in one sentence.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from moothall.cli import serving
from moothall.core import embedded_postgres
from moothall.core.errors import DomainError
from moothall.processes.supervisor import Supervisor, children_of

ROOT = Path(__file__).parent.parent


class CannotRunDemo(DomainError):
    """Something stands in the way; the message is one sentence with the mend."""


def main() -> int:
    arguments = _arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_interrupt)
    try:
        run(arguments.home.resolve(), arguments.port, browser=arguments.browser)
    except KeyboardInterrupt:
        pass
    except DomainError as error:
        say(str(error))
        return 2
    except OSError as error:
        say(f"{error.filename or 'The demo'}: {error.strerror or error}. Free what is in the way and start again.")
        return 2
    say("\nStopped. Nothing is left running.")
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
        serving.refuse_busy_port("127.0.0.1", port)
        app_url, owner_url, server = stack.enter_context(_database(home))
        os.environ |= {
            "DATABASE_URL": app_url, "DATABASE_OWNER_URL": owner_url, "MOOTHALL_STATIC": str(home / "static"),
            "DJANGO_SETTINGS_MODULE": "moothall.settings.demo", "MOOTHALL_URL": f"http://localhost:{port}",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        }  # fmt: skip
        serving.prepare(os.environ)
        import django

        django.setup()
        from . import city  # its models are there only now

        city.make_people()
        if not city.has_a_current_plan():
            city.make(home / "city", say)
        city.make_the_rest()
        watch = serving.watch_database(server) if server else None
        supervisor = Supervisor(children_of(os.environ, bind=f"127.0.0.1:{port}", web_processes=2), say, watch)
        serving.run(supervisor, "127.0.0.1", port, lambda: _opened(f"http://localhost:{port}", browser=browser))


def _opened(address: str, *, browser: bool) -> None:
    say(f"\nFenbridge is open: {address}\nBe anybody there with one click: {address}/demo/\nCtrl-C stops it.")
    screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if browser and sys.stdout.isatty() and screen:
        webbrowser.open(address)


@contextmanager
def _database(home: Path) -> Iterator[tuple[str, str, embedded_postgres.Server | None]]:
    """The app's and the owner's address: DATABASE_URL's where it is set, otherwise of the embedded server."""
    url = os.environ.get("DATABASE_URL", "")
    if url:
        say("Using the database that DATABASE_URL names ...")
        yield url, os.environ.get("DATABASE_OWNER_URL") or url, None
        return
    say("Starting the database ...")
    with embedded_postgres.running(home / "database") as server:
        database = server.prepare("fenbridge")
        yield database.app_url, database.owner_url, server


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


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
