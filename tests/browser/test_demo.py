"""The demo as a newcomer meets it: it starts again quickly, refuses a second one beside it, and leaves nothing running."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from .conftest import ROOT, Demo

pytestmark = pytest.mark.browser


def plan_shown(demo: Demo) -> str:
    with urllib.request.urlopen(demo.address + "/programme/") as page:
        return str(page.url)


def processes_of(demo: Demo) -> list[str]:
    """Command lines of whatever still works for this demo."""
    listed = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(demo.home) in words or f"127.0.0.1:{demo.port}" in words:
            listed.append(words)
    return listed


def test_ctrl_c_leaves_nothing_running_and_the_next_start_finds_the_same_plan(demo: Demo) -> None:
    before = plan_shown(demo)
    home = str(demo.home)
    second = subprocess.run(
        [str(ROOT / "scripts" / "demo"), "--port", "1", "--home", home, "--no-browser"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert second.stdout == "The demo is already running from this folder: use that one, or stop it first.\n"
    assert processes_of(demo)
    said = demo.stop()
    assert demo.process.returncode == 0
    assert "Stopped. Nothing is left running." in said
    assert not re.search(r"Traceback|Error|ERROR", said)
    assert processes_of(demo) == []
    demo.start()
    assert plan_shown(demo) == before


def test_killed_without_mercy_it_starts_again_with_the_same_plan(demo: Demo) -> None:
    before = plan_shown(demo)
    os.kill(demo.process.pid, signal.SIGKILL)
    postmaster = next(Path(demo.home, "database").rglob("postmaster.pid"))
    os.kill(int(postmaster.read_text().splitlines()[0]), signal.SIGKILL)
    demo.process.communicate(timeout=20)  # ends when the web server, which holds the other end, has left by itself
    demo.start()
    assert plan_shown(demo) == before
