"""What signing in, uploading and planning on the web cost: queries, CPU a request, bytes; memory of each process; and whether a crowd
at the sign-in page takes the other pages' share.

usage: scripts/bench people [--people 10000] [--seconds 8]

Starts a city of its own with `moothall serve`, on the embedded database, in a folder that is removed afterwards. Prints JSON.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parent.parent
PASSWORD = "three otters on a barge"
ROUNDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench people")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args()
    above = Path(tempfile.mkdtemp(prefix="moothall-bench-"))
    above.chmod(0o755)
    try:
        print(json.dumps(measure(above, options.people, options.seconds), indent=1))
    finally:
        shutil.rmtree(above, ignore_errors=True)


def measure(above: Path, people: int, seconds: float) -> dict[str, Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = above / "home"
    began = time.monotonic()
    serve = subprocess.Popen(
        [sys.executable, "-m", "moothall.cli", "serve", "--home", str(home), "--bind", f"127.0.0.1:{port}"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip
    try:
        while get(port, "/health/ready/")[0] != 200:
            time.sleep(0.1)
        first_start = time.monotonic() - began
        inside = json.loads(
            subprocess.run(
                [sys.executable, "-m", "bench.people_inside", str(home), str(people)],
                cwd=ROOT,
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        return {
            "first start, seconds": round(first_start, 1), **inside,
            "memory, MB": memory(home), "crowd": crowd(port, seconds),
        }  # fmt: skip
    finally:
        serve.terminate()
        serve.wait(30)


def get(port: int, path: str, *, method: str = "GET", body: str = "", cookie: str = "") -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Host": "localhost", "Cookie": cookie} | (
        {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    )
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("Set-Cookie") or ""
    except OSError:
        return 0, b"", ""
    finally:
        connection.close()


def memory(home: Path) -> dict[str, float]:
    """Private and shared memory of each process of the city (PSS), by what it is."""
    out: dict[str, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if "moothall.processes" not in words or str(home).encode() not in (entry / "environ").read_bytes():
                    continue
                found = re.search(r"^Pss:\s+(\d+)", (entry / "smaps_rollup").read_text(), re.MULTILINE)
            except OSError:
                continue
            name = words.split("moothall.processes.")[1].split()[0] + f" {entry.name}"
            out[name] = round(int(found.group(1)) / 1024, 1) if found else 0.0
    return out


def crowd(port: int, seconds: float) -> dict[str, Any]:
    """Two hundred sign-ins a second with wrong passwords, while one visitor reads: the visitor's times beside those without a crowd."""
    page = get(port, "/account/sign-in/")
    token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page[1])
    assert token
    cookie = page[2].split(";")[0]
    alone = readings(port, seconds / 2)
    stop, sent = threading.Event(), []

    def attack(number: int) -> None:
        while not stop.is_set():
            body = urlencode(
                {
                    "csrfmiddlewaretoken": token.group(1).decode(),
                    "login": f"p{number}@x.example",
                    "password": "wrong guess",
                }
            )
            began = time.monotonic()
            sent.append(get(port, "/account/sign-in/", method="POST", body=body, cookie=cookie)[0])
            stop.wait(max(0.0, 0.1 - (time.monotonic() - began)))

    threads = [threading.Thread(target=attack, args=(i,), daemon=True) for i in range(20)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    crowded = readings(port, seconds)
    lasted = time.monotonic() - began
    stop.set()
    for thread in threads:
        thread.join(5)
    return {
        "sign-ins a second": round(len(sent) / lasted), "answers": {str(code): sent.count(code) for code in sorted(set(sent))},
        "page alone, ms (median, 95 %)": alone, "page in the crowd, ms (median, 95 %)": crowded, "ratio of medians": round(crowded[0] / alone[0], 1),
    }  # fmt: skip


def readings(port: int, seconds: float) -> tuple[float, float]:
    times, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        assert get(port, "/organisations/")[0] == 200
        times.append(1000 * (time.monotonic() - began))
        time.sleep(0.02)
    return round(statistics.median(times), 1), round(sorted(times)[int(0.95 * len(times))], 1)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "src")]))
    main()
