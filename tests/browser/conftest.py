"""Journeys run against the real thing: scripts/demo in a process of its own, in a folder of its own, in a real Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Demo:
    """`scripts/demo`, started and stopped as a newcomer does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://localhost:{self.port}"

    def start(self) -> float:
        """Until it says it is open. Answers the seconds it took."""
        began = time.monotonic()
        self.process = subprocess.Popen([str(ROOT / "scripts" / "demo"), "--port", str(self.port), "--home", str(self.home), "--no-browser"],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", start_new_session=True)  # fmt: skip
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "is open:" in line:
                return time.monotonic() - began
        raise AssertionError("the demo did not open:\n" + "".join(said))

    def stop(self) -> str:
        """Ctrl-C, as the terminal sends it: to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)
        out, _ = self.process.communicate(timeout=30)
        return out


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    # Not under pytest's own folder, which only root may enter: the database would move elsewhere, out of the tests' sight.
    home = Path(tempfile.mkdtemp(prefix="the demo "))
    home.chmod(0o755)
    demo = Demo(home)
    try:
        demo.start()
        yield demo
        if demo.process.poll() is None:
            demo.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return {"executable_path": os.environ.get("MOOTHALL_CHROMIUM", "/usr/bin/chromium"), "args": FLAGS}


@pytest.fixture(scope="session")
def base_url(demo: Demo) -> str:
    return demo.address
