"""How long a start takes: the demo cold (from an empty folder to the open page) and warm, and an empty database server's.

usage: scripts/bench start [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench start")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    cold, warm, server_cold, server_warm = [], [], [], []
    for _ in range(rounds):
        folder = Path(tempfile.mkdtemp())
        folder.chmod(0o755)
        try:
            cold.append(_demo(folder / "home"))
            warm.append(_demo(folder / "home"))
            server_cold.append(_server(folder / "server"))
            server_warm.append(_server(folder / "server"))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    figures = {"demo_cold": cold, "demo_warm": warm, "database_cold": server_cold, "database_warm": server_warm}
    print(
        json.dumps(
            {
                name: {"median": round(statistics.median(each), 2), "all": [round(x, 2) for x in each]}
                for name, each in figures.items()
            },
            indent=1,
        )
    )


def _demo(home: Path) -> float:
    began = time.monotonic()
    process = subprocess.Popen([ROOT / "scripts" / "demo", "--port", "8765", "--home", home, "--no-browser"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, start_new_session=True)  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if "is open:" in line:
            break
    seconds = time.monotonic() - began
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    return seconds


def _server(home: Path) -> float:
    script = f"from pathlib import Path\nfrom moothall.core.embedded_postgres import running\nimport time\nb = time.monotonic()\nwith running(Path({str(home)!r})):\n    print(time.monotonic() - b)"
    return float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
