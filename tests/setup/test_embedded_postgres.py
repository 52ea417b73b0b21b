"""The database that comes with the wheel: whatever happened to it before, the next start works and harms nobody."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from moothall.core.embedded_postgres import CannotStartDatabase, _Place, running

pytestmark = pytest.mark.journey

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    """A short folder that a plain user may enter: pytest's own are deep, and root's are closed."""
    path = Path(f"/tmp/moothall test {os.getpid()}")
    shutil.rmtree(path, ignore_errors=True)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def postmaster(home: Path) -> int:
    return int((_Place.of(home).data / "postmaster.pid").read_text().splitlines()[0])


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def write_note(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (t text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [str(row[0]) for row in connection.execute("SELECT t FROM note")]


def test_it_starts_in_a_path_with_spaces_and_stops_when_the_last_user_leaves(home: Path) -> None:
    with running(home) as first:
        pid = postmaster(home)
        first.prepare("a")
        with running(home):
            assert postmaster(home) == pid
        assert alive(pid)
        assert first.prepare("a").name == "a"
    assert not alive(pid)


def test_a_killed_server_loses_nothing(home: Path) -> None:
    with running(home) as server:
        url = server.prepare("a").owner_url
        write_note(url, "kept")
        os.kill(postmaster(home), signal.SIGKILL)
        time.sleep(0.3)
        with running(home):
            assert notes(url) == ["kept"]
    with running(home):
        assert notes(url) == ["kept"]


def test_a_stale_pid_file_that_names_a_stranger_harms_neither(home: Path) -> None:
    with running(home) as server:
        url = server.prepare("a").owner_url
        write_note(url, "kept")
        kept = (_Place.of(home).data / "postmaster.pid").read_text().splitlines()
    place = _Place.of(home)
    stranger = subprocess.Popen(["sleep", "60"], user=place.user)
    try:
        (place.data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *kept[1:]]) + "\n")
        with running(home):
            assert notes(url) == ["kept"]
            assert stranger.poll() is None
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_two_starts_at_once_give_one_server(home: Path) -> None:
    script = f"import sys, time; sys.path.insert(0, {str(ROOT / 'src')!r})\nfrom pathlib import Path\nfrom moothall.core.embedded_postgres import running\nwith running(Path({str(home)!r})) as s:\n    s.prepare('a'); print('ready', flush=True); sys.stdin.read()"
    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    pid = postmaster(home)
    processes[0].kill()  # a user that dies without leaving does not stop the others' server
    processes[1].communicate("")
    assert alive(pid)
    processes[2].communicate("")
    assert not alive(pid)
    for process in processes:
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def test_threads_of_one_process_share_it_too(home: Path) -> None:
    pids: list[int] = []

    def use() -> None:
        with running(home):
            pids.append(postmaster(home))
            time.sleep(0.5)

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pids)) == 1
    assert not alive(pids[0])


@pytest.mark.parametrize("after", [0.3, 0.8])
def test_an_interrupt_while_it_starts_leaves_no_server(after: float, home: Path) -> None:
    script = f"import sys, time; sys.path.insert(0, {str(ROOT / 'src')!r})\nfrom pathlib import Path\nfrom moothall.core.embedded_postgres import running\nprint('go', flush=True)\nwith running(Path({str(home)!r})):\n    time.sleep(30)"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    time.sleep(0.2)
    assert not [
        each
        for each in Path("/proc").glob("[0-9]*/cmdline")
        if os.fsencode(home) in _read(each) and b"postgres" in _read(each)
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_long_path_gets_a_short_socket(home: Path) -> None:
    deep = home / ("deep-" * 12) / ("deeper-" * 10)
    with running(deep) as server:
        assert len(os.fsencode(server.sockets)) < 100
        assert server.prepare("a").name == "a"
    shutil.rmtree(server.sockets, ignore_errors=True)


def test_half_a_database_is_made_anew(home: Path) -> None:
    place = _Place.of(home)
    (place.home / "pg.new").mkdir()
    (place.home / "pg.new" / "PG_VERSION").write_text("18")
    with running(home) as server:
        assert server.prepare("a").name == "a"


def test_somebody_else_s_folder_is_not_used(home: Path) -> None:
    home.mkdir(mode=0o755)
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    (home / "socket").symlink_to(elsewhere)
    with pytest.raises(CannotStartDatabase, match="belongs to somebody else"), running(home):
        pass


def test_a_database_that_cannot_start_says_why(home: Path) -> None:
    with running(home):
        pass
    place = _Place.of(home)
    with (place.data / "postgresql.conf").open("a") as config:
        config.write("no_such_setting = 1\n")
    with pytest.raises(CannotStartDatabase, match=r"no_such_setting|configuration file"), running(home):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server to another user")
def test_under_a_folder_only_root_may_enter_it_runs_elsewhere_and_changes_no_mode(home: Path) -> None:
    home.mkdir(mode=0o700)
    with running(home / "data") as server:
        assert server.prepare("a").name == "a"
        assert str(server.sockets).startswith("/var/lib/moothall/")
    assert home.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(server.sockets.parent)
