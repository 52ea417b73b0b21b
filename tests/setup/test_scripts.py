"""The scripts a newcomer runs: what stands in the way is one clear sentence and exit code 2."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "dirname", "cat", "cksum", "flock", "df", "awk", "mktemp", "rm", "tail", "env")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The scripts and the lock as a fresh clone has them, in a path with spaces."""
    folder = tmp_path / "my clone"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    shutil.copy(ROOT / "requirements.lock", folder)
    return folder


def run(checkout: Path, *, tools: Path, script: str = "scripts/bootstrap") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / script)], env={"PATH": str(tools)}, capture_output=True, text=True, cwd="/", check=False
    )


def tools(tmp_path: Path, **programs: str) -> Path:
    """A PATH with the plain tools and these programs (name -> shell text) only."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    for name, text in programs.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


def test_without_python_or_with_an_old_one_it_says_which_is_needed(checkout: Path, tmp_path: Path) -> None:
    done = run(checkout, tools=tools(tmp_path, python3="exit 1"))
    assert done.returncode == 2
    assert "Moothall needs Python 3.11 or newer" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (checkout / ".venv").exists()


def test_without_venv_it_says_how_to_get_it(checkout: Path, tmp_path: Path) -> None:
    python = f'case "$2" in *venv*) exit 1;; esac; exec "{sys.executable}" "$@"'
    done = run(checkout, tools=tools(tmp_path, python3=python))
    assert done.returncode == 2
    assert "sudo apt install python3-venv" in done.stderr


def test_on_a_full_disk_it_says_how_much_is_needed(checkout: Path, tmp_path: Path) -> None:
    full = "echo Filesystem 1024-blocks Used Available Capacity Mounted; echo /dev/x 100 90 10240 99% /"
    done = run(checkout, tools=tools(tmp_path, python3=f'exec "{sys.executable}" "$@"', df=full))
    assert done.returncode == 2
    assert "1.5 GB" in done.stderr
    assert "10 MB are free" in done.stderr


def test_when_the_libraries_cannot_be_had_it_says_so_and_leaves_no_stamp(checkout: Path, tmp_path: Path) -> None:
    failing = 'case "$*" in *pip*) echo "no network" >&2; exit 1;; esac; exec "' + sys.executable + '" "$@"'
    uv = "echo no network >&2; exit 1"
    done = run(checkout, tools=tools(tmp_path, python3=failing, uv=uv))
    assert done.returncode == 2
    assert "no network" in done.stderr
    assert "could not be installed" in done.stderr
    assert not (checkout / ".venv" / "moothall-stamp").exists()


def test_an_environment_that_is_there_is_used_as_it_is_without_network(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    found = tools(tmp_path, python3="exit 1", uv="exit 1")
    lock = (checkout / "requirements.lock").read_bytes()
    wanted = subprocess.run(["cksum"], input=lock, capture_output=True, check=True).stdout.decode().strip()
    (checkout / ".venv" / "moothall-stamp").write_text(wanted)
    done = run(checkout, tools=found)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_busy_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([str(ROOT / "scripts" / "demo"), "--port", str(port), "--home", str(tmp_path / "home"), "--no-browser"],
                              capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False)  # fmt: skip
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        f"Port {port} is in use: stop what uses it, or choose another, as {port + 1 if port < 60000 else 60001}."
    ]


def test_the_scripts_work_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(ROOT / "scripts" / "moothall"), "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Plan a city's training together" in done.stdout
