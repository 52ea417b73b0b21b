"""The planner beside both baselines, on seeded cities of shared/tools/make_city.py, every plan checked by shared/tools/check_plan.py.

usage: scripts/bench planner [--people 200 1000 10000] [--seeds 1 2 3 4 5] [--seconds 20]

One process a plan, as a coordinator runs it: seconds and peak memory are the whole process's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("MOOTHALL_SHARED", ROOT.parent / "shared"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench planner")
    parser.add_argument("--people", type=int, nargs="+", default=[200, 1000, 10000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for people in options.people:
            for seed in options.seeds:
                rows.append(_one(Path(folder), people, seed, options.seconds))
                print(json.dumps(rows[-1]), file=sys.stderr)
    print(
        json.dumps(
            {
                "seconds_given": options.seconds,
                "means": [_mean(rows, people) for people in options.people],
                "rows": rows,
            },
            indent=1,
        )
    )


def _one(folder: Path, people: int, seed: int, seconds: float) -> dict[str, Any]:
    city = folder / f"{people}-{seed}"
    subprocess.run(
        [sys.executable, SHARED / "tools" / "make_city.py", str(people), str(seed), city],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    together = _run(city, folder / "together", "plan", "--seconds", str(seconds), "--seed", str(seed))
    alone = _run(city, folder / "alone", "baseline", "--kind", "alone", "--seconds", str(seconds), "--seed", str(seed))
    first = _run(city, folder / "first", "baseline", "--kind", "first-come", "--seed", str(seed))
    better = max(alone["value"], first["value"])
    return {
        "people": people,
        "seed": seed,
        "together": together,
        "alone": alone,
        "first_come": first,
        "times_the_better_baseline": round(together["value"] / better, 3),
    }


def _run(city: Path, out: Path, command: str, *words: str) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    line = [sys.executable, "-c", MEASURED, command, str(city), *words, "--out", str(out), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=True, cwd=ROOT)
    wall = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer, memory = done.stdout.rsplit("\n", 2)[0], int(done.stdout.rsplit("\n", 2)[1])
    said = json.loads(answer)
    checked = subprocess.run(
        [sys.executable, SHARED / "tools" / "check_plan.py", city, out], capture_output=True, text=True, check=False
    )
    return {
        "value": said["value"], "bound": said.get("bound"), "gap": said.get("gap"), "needs_met": said["needs_met"], "needs": said["needs"],
        "cost": said["cost"], "feasible": json.loads(checked.stdout)["feasible"], "seconds": round(wall, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1), "peak_mb": round(memory / 1024),
    }  # fmt: skip


MEASURED = """
import resource, sys
from moothall.cli.__main__ import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


def _mean(rows: list[dict[str, Any]], people: int) -> dict[str, Any]:
    mine = [row for row in rows if row["people"] == people]

    def mean(way: str, key: str) -> float:
        return round(statistics.mean(row[way][key] for row in mine), 4)

    return {
        "people": people, "seeds": len(mine), "value": mean("together", "value"), "bound": mean("together", "bound"), "gap": mean("together", "gap"),
        "alone": mean("alone", "value"), "first_come": mean("first_come", "value"), "seconds": mean("together", "seconds"),
        "peak_mb": max(row["together"]["peak_mb"] for row in mine), "all_feasible": all(row[way]["feasible"] for row in mine for way in ("together", "alone", "first_come")),
        "least_times_the_better_baseline": min(row["times_the_better_baseline"] for row in mine),
    }  # fmt: skip


if __name__ == "__main__":
    main()
