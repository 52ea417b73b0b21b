"""Starts processes, restarts those that die, and stops all of them when it is stopped. Knows no Django."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

SUPERVISED = "MOOTHALL_SUPERVISED"
PATIENCE = 12.0
"""Seconds a process has to leave by itself."""
SLOWEST = 15.0
"""Seconds between two starts of something that dies at once, at most."""


@dataclass(slots=True)
class Child:
    """One process that should run. It finds a pipe as its standard input; the pipe's end means that the supervisor is gone."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    due: float = 0.0
    born: float = field(default=0.0)


def leave_with_the_parent() -> None:
    """Called by a child: a thread that ends it when its supervisor has ended, however that happened. Started by hand or by systemd,
    it has none, and stays."""
    if os.environ.get(SUPERVISED) != "yes":
        return
    threading.Thread(target=_wait_for_the_end, args=(os.getpid(),), daemon=True).start()


def _wait_for_the_end(pid: int) -> None:
    while os.read(0, 1):
        pass
    os.kill(pid, signal.SIGTERM)
    time.sleep(PATIENCE)
    os.kill(pid, signal.SIGKILL)


class Supervisor:
    """`watch` is called now and then, for what else must be kept alive (the embedded database)."""

    def __init__(
        self, children: Sequence[Child], say: Callable[[str], None], watch: Callable[[], None] | None = None
    ) -> None:
        self.children, self.say, self.watch = list(children), say, watch
        self.stopping = threading.Event()

    def start(self) -> None:
        for child in self.children:
            self._start(child)

    def run(self) -> None:
        """Until `stopping` is set. Raises nothing for a child's death: it is said, and the child started again."""
        while not self.stopping.wait(0.5):
            self.look()

    def look(self) -> None:
        """Once around: what died is started again, later each time it dies young."""
        if self.watch is not None:
            self.watch()
        now = time.monotonic()
        for child in self.children:
            process = child.process
            if process is not None and process.poll() is not None:
                young = now - child.born < 30
                child.deaths = child.deaths + 1 if young else 1
                child.due = now + min(SLOWEST, 0.5 * 2 ** (child.deaths - 1))
                _close(child)
                child.process = None
                self.say(f"The {child.name} process ended (code {process.returncode}); it is started again.")
            if child.process is None and now >= child.due:
                self._start(child)

    def stop(self) -> None:
        """Asks all to leave, the last started first, and ends those that do not."""
        self.stopping.set()
        for child in reversed(self.children):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + PATIENCE
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
            _close(child)

    def _start(self, child: Child) -> None:
        # A session of its own: a Ctrl-C on the terminal is the supervisor's to pass on.
        child.process = subprocess.Popen(
            list(child.words),
            env={**child.environment, SUPERVISED: "yes"},
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )
        child.born = time.monotonic()


def _close(child: Child) -> None:
    if child.process is not None and child.process.stdin is not None:
        child.process.stdin.close()


def children_of(environment: Mapping[str, str], *, bind: str, web_processes: int) -> list[Child]:
    """The three that make a running Moothall."""
    python = sys.executable

    def child(name: str, *words: str) -> Child:
        return Child(name, [python, "-m", f"moothall.processes.{name}", *words], environment)

    return [child("worker"), child("sweep"), child("web", "--bind", bind, "--workers", str(web_processes))]
