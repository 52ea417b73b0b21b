"""A city runs from one command; whatever is killed comes back, planning goes on within a minute, and stop leaves nothing behind."""

from __future__ import annotations

import contextlib
import http.client
import http.cookiejar
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ROOT
from tests.factories.world import bundle_zip

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="kills the embedded server"),
]


class City:
    """`moothall serve` in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "DJANGO", "MOOTHALL_S", "MOOTHALL_H"))
        } | {"PYTHONPATH": str(ROOT / "src"), "MOOTHALL_PROXIES": "1"}  # fmt: skip

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "moothall.cli", *words, "--home", str(self.home)], env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )  # fmt: skip

    def start(self) -> None:
        self.launch()
        assert until(lambda: self.status("/health/ready/") == 200, 60), self.said()

    def launch(self) -> None:
        self.log = (self.home.parent / "serve.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moothall.cli", "serve", "--home", str(self.home), "--bind", f"127.0.0.1:{self.port}"],
            env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def said(self) -> str:
        return (self.home.parent / "serve.log").read_text()

    def status(self, path: str) -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Host": "localhost"})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)
        except OSError:
            return 0

    def pids(self, what: str) -> list[int]:
        """Processes of this city alone: those whose environment or arguments name its folder or port."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    environment = (entry / "environ").read_bytes()
                except OSError:
                    continue
                mine = str(self.home) in words or str(self.home).encode() in environment
                if mine and what in words:
                    found.append(int(entry.name))
        return found

    def query(self, statement: str) -> list[tuple[object, ...]]:
        sockets = next(self.home.rglob(".s.PGSQL.5432"), None)
        folder = sockets.parent if sockets else self._short_socket()
        with psycopg.connect(
            user="moothall_owner", dbname="moothall", host=str(folder), connect_timeout=5
        ) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]

    def _short_socket(self) -> Path:
        for folder in Path(tempfile.gettempdir()).glob("moothall-*"):
            if (folder / ".s.PGSQL.5432").exists():
                return folder
        raise AssertionError("no socket")


def until(what: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if what():
                return True
        except (psycopg.Error, AssertionError):
            pass
        time.sleep(0.2)
    return False


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    above = Path(tempfile.mkdtemp(prefix="a city "))
    above.chmod(0o755)
    made = City(above / "home")
    try:
        made.start()
        yield made
    finally:
        if made.process.poll() is None:
            os.killpg(made.process.pid, signal.SIGKILL)
            made.process.wait()
        made.log.close()
        shutil.rmtree(above, ignore_errors=True)


def test_first_settings_are_written_for_their_owner_only(city: City) -> None:
    file = city.home / "moothall.env"
    assert file.stat().st_mode & 0o077 == 0
    assert re.search(r"^MOOTHALL_SECRET_KEY=\S{60,}$", file.read_text(), re.MULTILINE)
    assert city.command("serve", "--bind", "127.0.0.1:1").returncode == 2
    assert "runs from this folder already" in city.command("serve").stderr


def test_the_doctor_says_what_is_missing_and_how_to_mend_it(city: City) -> None:
    assert until(lambda: "1 thing to mend" in city.command("doctor").stdout, 30), city.command("doctor").stdout
    found = city.command("doctor")
    assert found.returncode == 1, found.stdout + found.stderr
    assert "WRONG  city steward: there is none" in found.stdout
    named = city.command("steward", "ingrid@fenbridge.example", "--name", "Ingrid Larsen")
    assert re.search(r"\b\w{4}-\w{4}-\w{4}\b", named.stdout), named.stdout + named.stderr
    assert until(lambda: city.command("doctor").returncode == 0, 30), city.command("doctor").stdout


ALIVE = "SELECT 1 FROM core_work WHERE state = 'done' OR (state = 'running' AND seen_at > now() - interval '3 seconds')"


def test_planning_goes_on_whatever_is_killed(city: City) -> None:
    """Web, worker, solver and database, one after the other, while a city is planned; then it is still one plan."""
    script = (
        "import django; django.setup()\n"
        "from django.utils import timezone\n"
        "from moothall.core.actor import system\n"
        "from moothall.programme import services\n"
        "import sys\n"
        "actor = system('tests', 'plan')\n"
        "city = services.take_city(actor=actor, now=timezone.now(), title='Spring', organisation=None, content=sys.stdin.buffer.read(), name='c.zip')\n"
        "services.start_planning(actor=actor, now=timezone.now(), city=city, seconds=20, seed=1)\n"
    )
    from moothall.cli.serving import environment_of

    address = next(iter(_database_of(city)))
    environment = environment_of(city.home) | city.environment | {"DATABASE_URL": address}
    subprocess.run([sys.executable, "-c", script], env=environment, input=bundle_zip(), check=True, capture_output=True)
    assert until(lambda: bool(city.query("SELECT 1 FROM programme_planning WHERE best IS NOT NULL")), 40), city.said()
    ((before,),) = city.query("SELECT value FROM programme_planning")
    for what in ("processes.worker", "processes.web", "pginstall/bin/postgres"):
        for pid in city.pids(what):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        killed = time.monotonic()
        assert until(lambda: city.status("/health/ready/") == 200, 40), f"after {what}: {city.said()}"
        assert until(lambda: bool(city.query(ALIVE)), 60), f"after {what}: {city.said()}"
        assert time.monotonic() - killed < 60
    assert until(lambda: bool(city.query("SELECT 1 FROM core_work WHERE state = 'done'")), 90), city.said()
    ((plans, value),) = city.query("SELECT count(*), max(value) FROM programme_plan")
    assert plans == 1
    assert value >= before  # type: ignore[operator]
    assert "started again" in city.said()


def _database_of(city: City) -> Iterator[str]:
    sockets = next(city.home.rglob(".s.PGSQL.5432"), None)
    folder = sockets.parent if sockets else city._short_socket()
    yield f"postgresql://moothall_app@/moothall?host={str(folder).replace(' ', '%20')}"


SUBMISSIONS, KILLS = 500, 10


def kill_in_turn(city: City, kills: int, share: Callable[[], float]) -> None:
    """Web, database and worker one after the other, spread over what is being done: `share` of it is, from 0 to 1."""
    whats = itertools.cycle(("processes.web", "pginstall/bin/postgres", "processes.worker"))
    for number in range(kills):
        assert until(lambda: share() >= (number + 1) / (kills + 2), 240), city.said()  # noqa: B023
        for pid in city.pids(next(whats)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Sender(threading.Thread):
    """Somebody who presses “Send” until they are told that it is there, each idea from a phone of its own."""

    def __init__(self, city: City, numbers: Iterable[int]) -> None:
        super().__init__(daemon=True)
        self.city, self.numbers = city, numbers
        self.acknowledged: dict[int, str] = {}
        """The key of each, once it was acknowledged."""
        self.again = 0

    def run(self) -> None:
        for number in self.numbers:
            cookies = http.cookiejar.CookieJar()
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(cookies)
            )
            key = token = ""
            while number not in self.acknowledged:
                try:
                    if not key:
                        page = self._ask(opener, number, None)
                        key, token = (
                            found(r'name="key" value="([0-9a-f]+)"', page),
                            found(r'name="csrfmiddlewaretoken" value="(\w+)"', page),
                        )
                    sent = {"csrfmiddlewaretoken": token, "key": key, "kind": "idea", "text": idea(number), "email": "", "name": "", "service": "", "organisation": ""}  # fmt: skip
                    answer = self._ask(opener, number, urllib.parse.urlencode(sent).encode())
                    assert "We have what you sent" in answer, answer[:2000]
                    self.acknowledged[number] = key
                except (OSError, http.client.HTTPException):  # no answer, half an answer, or “not now”
                    self.again += 1
                    time.sleep(0.2)

    def _ask(self, opener: urllib.request.OpenerDirector, number: int, data: bytes | None) -> str:
        address = f"http://127.0.0.1:{self.city.port}/send/"
        request = urllib.request.Request(
            address, data, {"Host": "localhost", "X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"}
        )
        with opener.open(request, timeout=20) as answer:
            return str(answer.read().decode())


def idea(number: int) -> str:
    return f"Idea number {number}: lights in the park"


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, page[:2000]
    return match[1]


def test_whatever_is_killed_each_acknowledged_idea_is_there_once_with_its_promise(city: City) -> None:
    """Web, worker and database are killed ten times while 500 ideas are sent."""
    senders = [Sender(city, range(start, SUBMISSIONS, 4)) for start in range(4)]
    for each in senders:
        each.start()
    kill_in_turn(city, KILLS, lambda: sum(len(each.acknowledged) for each in senders) / SUBMISSIONS)
    for each in senders:
        each.join(180)
        assert not each.is_alive(), city.said()
    keys = [key for each in senders for key in each.acknowledged.values()]
    assert len(set(keys)) == SUBMISSIONS
    assert sum(each.again for each in senders) > 0, "nothing was in the way: the kills proved nothing"
    there = city.query("SELECT e.text, c.id FROM voice_case c JOIN voice_caseentry e ON e.case_id = c.id WHERE e.what = 'sent'")  # fmt: skip
    assert sorted(str(text) for text, _ in there) == sorted(idea(number) for number in range(SUBMISSIONS))
    ids = {str(number) for _, number in there}
    assert sorted(str(each) for (each,) in city.query("SELECT subject FROM promises_promise WHERE kind = 'idea'")) == sorted(ids)  # fmt: skip
    ((entries,),) = city.query("SELECT count(*) FROM voice_caseentry WHERE what = 'sent'")
    assert entries == SUBMISSIONS


def test_a_backup_is_restored_elsewhere_table_by_table(city: City) -> None:
    file = city.home.parent / "city.backup"
    written = city.command("backup", str(file))
    assert written.returncode == 0, written.stderr
    other = City(city.home.parent / "other")
    other.home.mkdir()
    shutil.copy(city.home / "moothall.env", other.home)
    restored = other.command("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert "each table as it was" in restored.stdout
    assert "holds tables already" in other.command("restore", str(file)).stderr


def test_stop_leaves_nothing_behind(city: City) -> None:
    stopped = city.command("stop")
    assert (stopped.returncode, stopped.stdout.strip()) == (0, "Stopped."), stopped.stderr + city.said()
    assert city.process.wait(20) == 0
    assert until(lambda: city.pids("moothall.processes") == [] and city.pids("postgres") == [], 10)
    assert "does not run from this folder" in city.command("stop").stdout


@pytest.fixture
def another() -> Iterator[City]:
    above = Path(tempfile.mkdtemp(prefix="a city "))
    above.chmod(0o755)
    made = City(above / "home")
    yield made
    made.log.close()
    shutil.rmtree(above, ignore_errors=True)


@pytest.mark.parametrize("seconds", [0.6, 2.5, 5.0])
def test_stopped_while_it_starts_it_leaves_nothing_behind(another: City, seconds: float) -> None:
    another.launch()
    time.sleep(seconds)
    stopped = another.command("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert another.process.wait(30) == 0, another.said()
    assert until(lambda: another.pids("moothall.processes") == [] and another.pids("postgres") == [], 15)


def test_killed_itself_it_is_not_said_to_run_and_its_database_is_stopped(another: City) -> None:
    another.start()
    os.kill(another.process.pid, signal.SIGKILL)
    another.process.wait()
    assert until(lambda: another.pids("moothall.processes") == [], 30), "each leaves with its parent"
    assert "does not run from this folder" in another.command("stop").stdout
    assert until(lambda: another.pids("postgres") == [], 15)
