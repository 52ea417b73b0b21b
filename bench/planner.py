"""The planner beside both baselines, and beside what anybody could have taken instead; every plan checked by shared/tools/check_plan.py.

usage: scripts/bench planner [--people 200 1000 10000] [--seeds 1 2 3 4 5] [--seconds 60] [--shape make-city] [--beside highs cp-sat alns] [--only-together]
       scripts/bench planner --growth [--people 200 1000 10000 100000]

One process a plan, as a coordinator runs it: seconds and peak memory are the whole process's, reading and writing included. Cities are those of shared/tools/make_city.py, or of
bench/shapes.py (--shape). The gap is to the plan's own bound; to the best bound that any way here has proven for the city; and for make_city.py's seed 1 also to the best that is known
(shared/planning.md). --growth makes a first plan at each size (one step) and fits seconds and memory to a power of the people.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.shapes import SHAPES

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("MOOTHALL_SHARED", ROOT.parent / "shared"))
PEERS = ROOT / ".venv-peers" / "bin" / "python"
PARQUET_ABOVE = 50_000
KNOWN = {200: 6_019.0, 1_000: 29_555.0, 10_000: 316_860.0, 100_000: 3_171_000.0, 1_000_000: 32_495_237.0}
"""The best bounds that shared/planning.md knows of make_city.py's seed 1, by people."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench planner")
    parser.add_argument("--people", type=int, nargs="+", default=[200, 1000, 10000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--shape", nargs="+", choices=("make-city", *SHAPES), default=["make-city"])
    parser.add_argument("--beside", nargs="+", choices=("highs", "cp-sat", "alns"), default=[])
    parser.add_argument("--only-together", action="store_true", help="no baselines")
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.seconds, options.beside, not options.only_together)
        if options.growth:
            print(json.dumps(bench.growth(options.people, options.seeds[0]), indent=1))
            return
        rows = []
        for shape in options.shape:
            for people in options.people:
                for seed in options.seeds:
                    rows.append(bench.one(shape, people, seed))
                    print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    means = [_mean(rows, shape, people) for shape in options.shape for people in options.people]
    print(json.dumps({"seconds_given": options.seconds, "means": means, "rows": rows}, indent=1))


class Bench:
    """Cities and plans in a folder."""

    def __init__(self, folder: Path, seconds: float, beside: list[str], baselines: bool) -> None:
        self.folder, self.seconds, self.beside, self.baselines = folder, seconds, beside, baselines

    def city(self, shape: str, people: int, seed: int) -> Path:
        out = self.folder / f"{shape}-{people}-{seed}"
        parquet = ["--parquet"] if people > PARQUET_ABOVE else []
        words = ["-m", "bench.shapes", shape] if shape in SHAPES else [str(SHARED / "tools" / "make_city.py")]
        line = [sys.executable, *words, str(people), str(seed), str(out), *parquet]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        return out

    def one(self, shape: str, people: int, seed: int) -> dict[str, Any]:
        city, given = self.city(shape, people, seed), ["--seconds", str(self.seconds), "--seed", str(seed)]
        ways = {"together": self._moothall(city, "together", "plan", *given)}
        if self.baselines:
            ways["alone"] = self._moothall(city, "alone", "baseline", "--kind", "alone", *given)
            ways["first_come"] = self._moothall(city, "first", "baseline", "--kind", "first-come", "--seed", str(seed))
        for way in self.beside:
            line = [str(PEERS), "-m", "bench.peers", way, str(city), str(self.folder / way), *given]
            ways[way] = self._measured(line, city, self.folder / way)
        bounds = [way["bound"] for way in ways.values() if way.get("bound")]
        if shape == "make-city" and seed == 1 and people in KNOWN:
            bounds.append(KNOWN[people])
        best = min(bounds, default=math.inf)
        for name, way in ways.items():
            if way["value"] is not None and way["value"] > best * (1 + 1e-9):
                raise SystemExit(f"{name} found {way['value']} in {city.name}, above the bound {best}: one of them is wrong.")  # fmt: skip
        for way in ways.values():
            if way["value"] is not None:
                way["gap_to_best_bound"] = round(max(0.0, 1 - way["value"] / best), 4)
        return {"shape": shape, "people": people, "seed": seed, "best_bound": best, **ways}

    def _moothall(self, city: Path, name: str, command: str, *words: str) -> dict[str, Any]:
        out = self.folder / name
        line = [sys.executable, "-m", "moothall", command, str(city), *words, "--out", str(out), "--json"]
        return self._measured(line, city, out)

    def _measured(self, line: list[str], city: Path, out: Path) -> dict[str, Any]:
        """One process: what it says, and what it took. Memory is what it and its children held together at most, looked at ten times a second."""
        began, most = time.monotonic(), 0
        with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(line, stdout=said, stderr=errors, text=True, cwd=ROOT)
            while process.poll() is None:
                most = max(most, _held(process.pid))
                time.sleep(0.1)
            seconds = time.monotonic() - began
            said.seek(0)
            errors.seek(0)
            text = said.read()
            if process.returncode or "{" not in text:
                return {"value": None, "why": errors.read()[-300:] or f"exit code {process.returncode}", "seconds": round(seconds, 1), "peak_mb": most}  # fmt: skip
        about = json.loads(text[text.index("{") :])
        if about["value"] is None:
            return {"value": None, "why": about["why"], "seconds": round(seconds, 1), "peak_mb": most}
        checked = subprocess.run(
            [sys.executable, SHARED / "tools" / "check_plan.py", city, out], capture_output=True, text=True, check=False
        )
        return {
            "value": about["value"], "bound": about.get("bound"), "gap": about.get("gap"), "needs_met": about["needs_met"], "needs": about["needs"], "cost": about["cost"],
            "feasible": json.loads(checked.stdout)["feasible"], "seconds": round(seconds, 1), "peak_mb": most,
            **({"built_seconds": about["built_seconds"]} if "built_seconds" in about else {}),
        }  # fmt: skip

    def growth(self, sizes: list[int], seed: int) -> dict[str, Any]:
        rows = []
        for people in sizes:
            city = self.city("make-city", people, seed)
            found = self._moothall(city, "first-plan", "plan", "--steps", "1", "--seed", str(seed))
            if found["value"] is None:
                raise SystemExit(f"No first plan of {people} people: {found['why']}")
            rows.append({"people": people, **{key: found[key] for key in ("value", "gap", "feasible", "seconds", "peak_mb")}})  # fmt: skip
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
        large = [row for row in rows if row["people"] >= 1000]
        return {
            "first_plan": rows,
            "seconds_grow_as_people_to_the": _power(large, "seconds"),
            "memory_grows_as_people_to_the": _power(large, "peak_mb"),
        }


def _held(pid: int) -> int:
    """Megabytes of a process and its children; what they share is counted once (proportional set size)."""
    total = 0
    try:
        total += int(next(line for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:")).split()[1])  # fmt: skip
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += 1024 * sum(_held(int(child)) for child in (task / "children").read_text().split())
    except (OSError, StopIteration):
        pass  # it has just ended
    return total // 1024


def _power(rows: list[dict[str, Any]], key: str) -> float | None:
    """The slope of the logarithms, by least squares, from 1,000 people on: below, loading the program is most of it."""
    if len(rows) < 2:
        return None
    x, y = [math.log(row["people"]) for row in rows], [math.log(row[key]) for row in rows]
    return round(statistics.linear_regression(x, y).slope, 2)


def _mean(rows: list[dict[str, Any]], shape: str, people: int) -> dict[str, Any]:
    mine = [row for row in rows if (row["shape"], row["people"]) == (shape, people)]
    out: dict[str, Any] = {"shape": shape, "people": people, "seeds": len(mine)}
    for way in ("together", "alone", "first_come", "highs", "cp-sat", "alns"):
        made = [row[way] for row in mine if way in row and row[way]["value"] is not None]
        if not made:
            continue
        out[way] = {
            "plans": len(made), "all_feasible": all(each["feasible"] for each in made),
            **{key: round(statistics.mean(each[key] for each in made), 4) for key in ("value", "gap", "gap_to_best_bound", "seconds", "peak_mb") if made[0].get(key) is not None},
            "share_of_together": round(statistics.mean(row[way]["value"] / max(1e-9, row["together"]["value"] or 1e-9) for row in mine if way in row and row[way]["value"] is not None), 3),
        }  # fmt: skip
    return out


if __name__ == "__main__":
    main()
