"""The plan as a download: files that any program can read, and a note on how to check them."""

from __future__ import annotations

import csv
import io

from moothall import planner

from .types import NewPlan, Way

WITH_PLACES = """This zip holds a city's term of training, as Moothall planned it.

bundle/   what was planned for: people (pseudonyms), needs, courses, venues, trainers, money
plan/     runs.csv, places.csv and plan.json: the plan
compared/ the same term planned by each institution alone, and first come first served
shares.csv  what each institution pays, together and alone

To check it against every rule: moothall check bundle plan
"""

WITHOUT_PLACES = """This zip holds a city's term of training, as Moothall planned it.

plan/     runs.csv and plan.json: what runs, when, where and with which trainer (a pseudonym)
shares.csv  what each institution pays

Who has which place is not published: it would say what single people need to learn.
"""


def package_of(new: NewPlan) -> bytes:
    """A zip, the same bytes for the same plan. Places, the bundle and single institutions' people only where they may be public."""
    files: dict[str, bytes] = {"README.txt": (WITH_PLACES if new.places_public else WITHOUT_PLACES).encode()}
    for name, text in planner.plan_files(new.problem, new.plan, dict(new.about)).items():
        if name != "places.csv" or new.places_public:
            files[f"plan/{name}"] = text.encode()
    files["shares.csv"] = _shares_csv(new)
    if new.places_public:
        for name, content in planner.bundle_files(new.problem):
            files[f"bundle/{name}"] = content
        for way in (Way.ALONE, Way.FIRST_COME):
            found = planner.check_json(planner.check(new.problem, new.baselines[way]), new.problem)
            for name, text in planner.plan_files(new.problem, new.baselines[way], found).items():
                files[f"compared/{way.value}/{name}"] = text.encode()
    return planner.zipped(iter(files.items()))


FULL = """This zip holds a city's term of training, as Moothall planned it, with the bundle and everybody's places under pseudonyms.
It is for the city's coordinators. Do not pass it on.

To check it against every rule: moothall check bundle plan
"""


def full_package_of(new: NewPlan) -> bytes:
    """The bundle and the whole plan, for coordinators."""
    files: dict[str, bytes] = {"README.txt": FULL.encode(), "shares.csv": _shares_csv(new)}
    for name, text in planner.plan_files(new.problem, new.plan, dict(new.about)).items():
        files[f"plan/{name}"] = text.encode()
    for name, content in planner.bundle_files(new.problem):
        files[f"bundle/{name}"] = content
    return planner.zipped(iter(files.items()))


def _shares_csv(new: NewPlan) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["organisation", "cost", "alone_cost"])
    alone = planner.shares(new.problem, new.baselines[Way.ALONE])
    for mine, without in zip(planner.shares(new.problem, new.plan), alone):
        writer.writerow([mine.organisation, f"{mine.cost / 100:.2f}", f"{without.cost / 100:.2f}"])
    return out.getvalue().encode()
