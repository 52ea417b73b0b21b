"""Planning as long work: started once, carried out by a child process of a worker, kept as it improves, stored as one plan.

Nothing here holds a transaction while the solver runs. Whatever is killed, the next worker goes on from the best that was kept.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import moothall
from moothall import planner
from moothall.core import audit, work
from moothall.core.actor import Actor, system
from moothall.core.errors import Forbidden
from moothall.core.jobs import Job
from moothall.core.types import WorkState
from moothall.directory.models import Person
from moothall.directory.types import Permission

from ..models import City, Planning
from ..policies import can_plan
from ..types import NewPlan, Way
from .cities import SUFFIX
from .plans import store_plan

PLANNER = system("planning", Permission.PLAN)
SOURCE = str(Path(moothall.__file__).parents[1])
"""Where the child finds the planner, from wherever the worker was started."""
REPORT_EVERY = 1.0
"""Seconds between two signs of life."""
MOST_HISTORY = 200
SILENT_FOR = 600.0
"""Seconds without a word after which a child is given up."""

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
Lines = queue.SimpleQueue[dict[str, Any] | None]


class ChildFailed(Exception):
    """The solver ended without a plan; the message is its own."""


@transaction.atomic
def start_planning(*, actor: Actor, now: dt.datetime, city: City, seconds: int, seed: int) -> Planning:
    """One planning of a city at a time, however often it is started. Raises Forbidden."""
    if not can_plan(actor, city.organisation_id):
        raise Forbidden(_("You may not plan for this."))
    City.objects.select_for_update().get(pk=city.pk)
    started = work.start(now=now, job=Job.PLAN_CITY, key=f"plan-city-{city.pk}")
    found = Planning.objects.filter(work=started).first()
    if found is not None:
        return found
    by = Person.objects.filter(pk=actor.id).first() if actor.id else None
    planning = Planning.objects.create(
        city=city, work=started, started_by=by, started_at=now, seconds=seconds, seed=seed
    )
    audit.record(actor=actor, now=now, verb="start-planning", subject=planning, organisation=city.organisation_id)
    return planning


@transaction.atomic
def stop_planning(*, actor: Actor, now: dt.datetime, planning: Planning) -> None:
    """The best so far is finished, checked and stored. Stopping twice is stopping once. Raises Forbidden."""
    if not can_plan(actor, planning.city.organisation_id):
        raise Forbidden(_("You may not plan for this."))
    work.ask_stop(planning.work_id, now)
    audit.record(
        actor=actor, now=now, verb="stop-planning", subject=planning, organisation=planning.city.organisation_id
    )


def carry_out(*, work_id: uuid.UUID, clock: Clock) -> None:
    """Does one planning, or goes on with it, if nobody else does. Called by a worker; `clock` is read for every sign of life."""
    held = work.lease(work_id, clock())
    if held is None:
        return
    try:
        _Attempt(held, clock).run()
    except work.LeaseLost:
        return
    except ChildFailed as error:
        work.failed(held, clock(), str(error)[:2000])
    except Exception as error:  # whatever it was, an attempt failed: else it would be tried for ever
        logger.exception("planning %s failed", work_id)
        work.failed(held, clock(), _("Planning failed on our side (%(what)s).") % {"what": type(error).__name__})


class _Attempt:
    """One worker's turn at a planning, under one lease."""

    def __init__(self, held: work.Lease, clock: Clock) -> None:
        self.held, self.clock = held, clock
        self.planning = Planning.objects.select_related("city__file").get(work_id=held.work_id)
        self.spent_before = self.planning.spent

    def run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="moothall-") as name:
            folder = Path(name)
            file = self.planning.city.file
            bundle = folder / f"city{SUFFIX[file.media_type]}"
            bundle.write_bytes(bytes(file.content))
            self.problem = planner.read_bundle(bundle)
            child = self._start(folder, bundle)
            lines: Lines = queue.SimpleQueue()
            listener = threading.Thread(target=_listen, args=(child, lines), daemon=True)
            listener.start()
            try:
                self._follow(child, lines, folder)
            finally:
                child.kill()
                child.wait()
                listener.join()
                for stream in (child.stdin, child.stdout):
                    with suppress(OSError):
                        stream.close()  # type: ignore[union-attr]  # both are pipes

    def _start(self, folder: Path, bundle: Path) -> subprocess.Popen[str]:
        words = [
            str(bundle),
            str(folder / "out"),
            "--seconds",
            str(self.planning.seconds),
            "--seed",
            str(self.planning.seed),
        ]
        if self.planning.best is not None:
            _unzip(bytes(self.planning.best), folder / "begin")
            words += ["--begin", str(folder / "begin"), "--spent", str(self.planning.spent)]
        (folder / "out").mkdir()
        with (folder / "errors").open("w") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "moothall.planner.child", *words], cwd="/", text=True, start_new_session=True,
                env=os.environ | {"PYTHONPATH": SOURCE},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    def _follow(self, child: subprocess.Popen[str], lines: Lines, folder: Path) -> None:
        """Hears the child, keeps what it keeps, tells the pages, passes on a wish to stop; then stores the plan."""
        latest: dict[str, Any] = {"phase": "reading"}
        reported, heard, told_to_stop = 0.0, time.monotonic(), False
        while True:
            with suppress(queue.Empty):
                said = lines.get(timeout=REPORT_EVERY)
                heard = time.monotonic()
                if said is None or said["phase"] == "done":
                    break
                if said["phase"] == "failed":
                    raise ChildFailed(said["error"])
                if said["phase"] == "kept":
                    self._keep(folder / "out" / "best", said)
                latest = said | {"phase": "planning" if said["phase"] == "kept" else said["phase"]}
            if time.monotonic() - heard > SILENT_FOR:
                raise ChildFailed(_("The planner said nothing for ten minutes and was given up."))
            if time.monotonic() - reported >= REPORT_EVERY:
                reported = time.monotonic()
                stop = work.report(self.held, self.clock(), latest)
                if stop and not told_to_stop and child.stdin is not None:
                    told_to_stop = True
                    with suppress(OSError):
                        child.stdin.write("stop\n")
                        child.stdin.flush()
        if said is None:
            raise ChildFailed(_last_words(folder / "errors", child.wait()))
        self._store(folder / "out")

    def _keep(self, folder: Path, said: dict[str, Any]) -> None:
        """A better plan, checked, so that nothing is lost whatever happens next. Raises LeaseLost."""
        plan, _about = planner.read_plan(folder, self.problem)
        found = planner.check(self.problem, plan)
        if not found.feasible:
            raise ChildFailed(_("The planner made a plan that breaks a rule: %(why)s") % {"why": found.faults[0]})
        planning = self.planning
        if planning.value is not None and found.value < planning.value:
            return
        planning.value, planning.bound, planning.spent = found.value, said["bound"], said["seconds"]
        planning.history = [
            *planning.history,
            [round(said["seconds"], 1), round(found.value, 3), round(said["bound"], 3)],
        ][-MOST_HISTORY:]
        with transaction.atomic():
            work.report(self.held, self.clock())
            Planning.objects.filter(pk=planning.pk).update(
                best=_zip(folder),
                value=planning.value,
                bound=planning.bound,
                spent=planning.spent,
                history=planning.history,
            )

    def _store(self, out: Path) -> None:
        """One plan, in the transaction that ends the work. Raises LeaseLost."""
        together, about = planner.read_plan(out / "together", self.problem)
        baselines = {way: planner.read_plan(out / way.value, self.problem)[0] for way in (Way.ALONE, Way.FIRST_COME)}
        city = self.planning.city
        title = _("%(city)s, planned %(day)s") % {
            "city": city.title,
            "day": f"{timezone.localtime(self.planning.started_at):%-d %B %Y}",
        }
        new = NewPlan(title[:200], self.problem, together, about, baselines, places_public=False)
        now = self.clock()
        with transaction.atomic():
            work.finish(
                self.held, now, WorkState.STOPPED if about["status"] == planner.Status.STOPPED else WorkState.DONE
            )
            plan = store_plan(actor=PLANNER, now=now, new=new, city=city)
            history = [
                *self.planning.history,
                [round(about["seconds"], 1), round(about["value"], 3), round(about["bound"], 3)],
            ]
            Planning.objects.filter(pk=self.planning.pk).update(
                plan=plan,
                value=about["value"],
                bound=about["bound"],
                spent=about["seconds"],
                history=history[-MOST_HISTORY:],
                best=None,
            )


def _listen(child: subprocess.Popen[str], lines: Lines) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        with suppress(ValueError):
            lines.put(json.loads(line))
    lines.put(None)


def _last_words(errors: Path, code: int) -> str:
    text = errors.read_text(errors="replace").strip().splitlines()
    why = text[-1][:300] if text else _("it said nothing")
    return _("The planner ended with code %(code)d: %(why)s") % {"code": code, "why": why}


def _zip(folder: Path) -> bytes:
    return planner.zipped((name, (folder / name).read_bytes()) for name in ("runs.csv", "places.csv"))


def _unzip(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in ("runs.csv", "places.csv"):
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes(archive.read(name))
