"""The planner as a child process, for a worker that must not be blocked or brought down by it.

    python -m moothall.planner.child BUNDLE OUT --seconds 60 --seed 1 [--begin PLAN] [--spent 12.5]

Standard output is one JSON object a line: {"phase": "planning", "value", "bound", "seconds", "steps"} now and then,
{"phase": "kept", ...} when OUT/best holds a better plan (written whole, then renamed), {"phase": "comparing"} while the
baselines are made, {"phase": "done"} when OUT/together, OUT/alone and OUT/first-come are there. Standard input takes the line
"stop", after which the best so far is finished; its end is the parent's end, and this process leaves at once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

from . import baseline
from .check import check
from .errors import BundleError
from .io import check_json, read_bundle, read_plan, result_json, write_plan
from .plan import Plan
from .problem import Problem
from .solve import Progress, solve
from .stop import Stop

MOST_SECONDS_ALONE = 20.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="moothall.planner.child")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--begin", type=Path)
    parser.add_argument("--spent", type=float, default=0.0)
    arguments = parser.parse_args(argv)
    stop = Stop(seconds=max(0.5, arguments.seconds - arguments.spent))
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    try:
        _run(arguments, stop)
    except BundleError as error:
        _say("failed", error=error.text(5))
        return 2
    return 0


def _run(arguments: argparse.Namespace, stop: Stop) -> None:
    problem = read_bundle(arguments.bundle)
    begin = read_plan(arguments.begin, problem)[0] if arguments.begin else None
    stop.began = time.monotonic()
    spent = arguments.spent

    def report(now: Progress) -> None:
        _say("planning", value=now.value, bound=now.bound, seconds=spent + now.seconds, steps=now.steps)

    def keep(plan: Plan, now: Progress) -> None:
        _write_whole(arguments.out / "best", problem, plan)
        _say("kept", value=now.value, bound=now.bound, seconds=spent + now.seconds, steps=now.steps)

    result = solve(problem, stop, arguments.seed, report, begin=begin, keep=keep)
    about = result_json(result, problem) | {"seconds": round(spent + result.seconds, 3)}
    write_plan(arguments.out / "together", problem, result.plan, about)
    _say("comparing", value=result.value, bound=result.bound, seconds=spent + result.seconds, steps=result.steps)
    alone = baseline.alone(problem, Stop(seconds=min(MOST_SECONDS_ALONE, spent + result.seconds)), arguments.seed)
    _write_baseline(arguments.out / "alone", problem, alone)
    _write_baseline(arguments.out / "first-come", problem, baseline.first_come(problem, arguments.seed))
    _say("done", value=result.value, bound=result.bound, seconds=spent + result.seconds, steps=result.steps)


def _write_baseline(folder: Path, problem: Problem, plan: Plan) -> None:
    about = check_json(check(problem, plan), problem)
    del about["faults"], about["fault_count"]
    write_plan(folder, problem, plan, about)


def _write_whole(folder: Path, problem: Problem, plan: Plan) -> None:
    new = folder.with_name(f"{folder.name}.new")
    write_plan(new, problem, plan, {})
    old = folder.with_name(f"{folder.name}.old")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _listen(stop: Stop) -> None:
    for line in sys.stdin:
        if line.strip() == "stop":
            stop.interrupt()
    os._exit(3)  # the parent is gone: nobody reads what would be written


def _say(phase: str, **what: Any) -> None:
    sys.stdout.write(json.dumps({"phase": phase, **what}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
