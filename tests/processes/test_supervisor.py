"""What dies is started again, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from moothall.processes.supervisor import Child, Supervisor

STAYS = "import time; time.sleep(600)"
ENDS = "pass"
LEAVES = "from moothall.processes.supervisor import leave_with_the_parent; leave_with_the_parent(); import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


def child(code: str) -> Child:
    return Child("thing", [sys.executable, "-c", code], dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)})


def until(what: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


def test_what_is_killed_is_started_again() -> None:
    said: list[str] = []
    thing = child(STAYS)
    supervisor = Supervisor([thing], said.append)
    supervisor.start()
    assert thing.process is not None
    first = thing.process.pid
    os.kill(first, signal.SIGKILL)

    def looked() -> bool:
        supervisor.look()
        return thing.process is not None and thing.process.pid != first

    assert until(looked)
    assert said == ["The thing process ended (code -9); it is started again."]
    supervisor.stop()
    assert thing.process is not None
    assert thing.process.poll() is not None


def test_what_dies_at_once_is_started_less_and_less_often() -> None:
    thing = child(ENDS)
    supervisor = Supervisor([thing], lambda _: None)
    supervisor.start()

    def looked() -> bool:
        supervisor.look()
        return thing.deaths >= 3

    assert until(looked)
    assert thing.due - time.monotonic() > 1.0
    supervisor.stop()


def test_a_child_leaves_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    parent = child(
        "import os, signal, sys\nfrom pathlib import Path\nfrom moothall.processes.supervisor import Child, Supervisor\n"
        f"thing = Child('thing', [sys.executable, '-c', {LEAVES!r}], dict(os.environ))\n"
        f"s = Supervisor([thing], print); s.start(); Path({str(pid_file)!r}).write_text(str(thing.process.pid))\n"
        "import time; time.sleep(1); os.kill(os.getpid(), signal.SIGKILL)"
    )
    supervisor = Supervisor([parent], lambda _: None)
    supervisor.start()
    assert until(lambda: pid_file.exists() and pid_file.read_text() != "")
    pid = int(pid_file.read_text())
    assert until(lambda: not _alive(pid))
    supervisor.stop()


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
    except OSError:
        return False


def test_what_does_not_listen_is_ended(monkeypatch: object) -> None:
    thing = child(DEAF)
    supervisor = Supervisor([thing], lambda _: None)
    supervisor.start()
    time.sleep(1)
    import moothall.processes.supervisor as module

    patience, module.PATIENCE = module.PATIENCE, 1.0
    try:
        supervisor.stop()
    finally:
        module.PATIENCE = patience
    assert thing.process is not None
    assert thing.process.returncode == -signal.SIGKILL
