"""Fenbridge in the database: made by the same commands and the same service a coordinator's city would be."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.utils import timezone

from moothall import planner
from moothall.core.actor import VISITOR
from moothall.programme.models import Plan
from moothall.programme.selectors import latest_plan
from moothall.programme.services import publish_plan, take_city
from moothall.programme.types import NewPlan, Way

from . import directory, fenbridge, happenings, people, voices
from .__main__ import ROOT, CannotRunDemo
from .people import DEMO

SECONDS = 12
SEED = 1

Say = Callable[[str], None]


def make_people() -> None:
    """One of each kind, to be with one click."""
    people.make(timezone.now())


def make_the_rest() -> None:
    """Who is in charge, what people have sent, and what is on."""
    now = timezone.now()
    directory.make(now)
    voices.make(now)
    happenings.make(now)


def has_a_current_plan() -> bool:
    """There is a plan, and its term is not over."""
    plan = latest_plan(VISITOR)
    return plan is not None and plan.starts_on + dt.timedelta(weeks=plan.weeks) > timezone.localdate()


def make(folder: Path, say: Say) -> Plan:
    """Writes the bundle, plans it three ways, and publishes the plan."""
    starts_on = fenbridge.term_start(timezone.localdate())
    bundle = folder / "bundle"
    write(bundle, starts_on)
    problem = planner.read_bundle(bundle)
    say(
        f"Fenbridge: {len(problem.people):,} people of {len(problem.organisations)} institutions need training, {len(problem.need_person):,} needs in all."
    )
    say(
        f"Planning their term together, and for comparison each institution alone: about {SECONDS + 5} seconds on two cores ..."
    )
    plans = _plan(bundle, folder)
    say("Publishing the plan ...")
    together, about = planner.read_plan(plans[Way.TOGETHER], problem)
    baselines = {way: planner.read_plan(plans[way], problem)[0] for way in (Way.ALONE, Way.FIRST_COME)}
    title = f"Fenbridge, term of {starts_on:%B %Y}"
    new = NewPlan(title=title, problem=problem, plan=together, about=about, baselines=baselines, places_public=True)
    content = planner.zipped((each.name, each.read_bytes()) for each in sorted(bundle.iterdir()))
    uploaded = take_city(
        actor=DEMO, now=timezone.now(), title=title, organisation=None, content=content, name="fenbridge.zip"
    )
    return publish_plan(actor=DEMO, now=timezone.now(), new=new, city=uploaded)


def write(folder: Path, starts_on: dt.date, *, scale: float = 1.0) -> None:
    tables, planning = fenbridge.bundle(starts_on, scale=scale)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in planner.files_of(tables, planning, name="fenbridge"):
        (folder / name).write_bytes(content)


def _plan(bundle: Path, folder: Path) -> dict[Way, Path]:
    """The `moothall` commands, side by side; the plan's own progress is shown."""
    plans = {way: folder / way.value for way in Way}
    commands = {
        Way.TOGETHER: ["plan", str(bundle), "--seconds", str(SECONDS)],
        Way.ALONE: ["baseline", str(bundle), "--kind", "alone", "--seconds", str(SECONDS)],
        Way.FIRST_COME: ["baseline", str(bundle), "--kind", "first-come"],
    }
    running: dict[Way, subprocess.Popen[str]] = {}
    try:
        for way, words in commands.items():
            running[way] = subprocess.Popen(
                [sys.executable, "-m", "moothall.cli", *words, "--seed", str(SEED), "--out", str(plans[way])],
                cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
                stderr=None if way is Way.TOGETHER else subprocess.PIPE,
            )  # fmt: skip
        for way, process in running.items():
            _, errors = process.communicate()
            if process.returncode:
                raise CannotRunDemo(
                    f"Planning ({way.label}) did not work: {(errors or 'the lines above say why').strip().splitlines()[-1]}"
                )
    finally:
        for process in running.values():
            if process.poll() is None:
                process.kill()
                process.wait()
    return plans
