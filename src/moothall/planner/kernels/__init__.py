"""The inner loops that numpy cannot say without wasting most of its work. Compiled when first used, and kept beside these files; few and small, as
a large one takes minutes to compile. They leave the interpreter to others meanwhile.

    classes   the bound over classes of runs
    courses   the bound over courses, each with all its runs
    sets      sets of courses that people could take, whenever they are held
    making    a first plan: the best run of all, again and again
    rows      sets of runs that people could take, and prices of seats
    moves     who sits where: moves between rows, one by one and in chains
    weighing  what a new run would be worth
    opening   where new runs are looked for, and how the best is put on
    steps     exchange of runs, step by step
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path

WHOLE = "whole"
"""A file that says that everything was compiled."""
WEEK = 7 * 86400.0


@cache
def kept() -> Path:
    """Where what is compiled is kept: beside these files where that is allowed, otherwise in the user's own cache; not there until something was.

    numba looks only at a function's own file to see whether what it kept is stale, not at the files of what the function calls. So what is kept for one state of
    all these files has a folder of its own. Their dates are part of it, as numba goes by them: of a copy nothing that is kept would be used.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(version("numba").encode())
    for path in sources:
        digest.update(f"{path.name} {path.stat().st_mtime_ns}".encode() + path.read_bytes())
    state = digest.hexdigest()[:16]
    beside = Path(__file__).parent / "__pycache__"
    if not os.access(beside if beside.exists() else beside.parent, os.W_OK):
        beside = Path.home() / ".cache" / "moothall"
    return beside / f"kernels-{state}"


def compiles_first() -> bool:
    """Whether the planner was not used here before: it is compiled then, which takes about a minute, once."""
    whole = kept() / WHOLE
    if not whole.exists():
        return True
    if os.access(whole, os.W_OK):
        os.utime(whole)  # it was used now: see `now_compiled`
    return False


def now_compiled() -> None:
    """Everything was called once. What was kept for other states of these files, and was not used for a week, is cleared away."""
    here = kept()
    if here.exists():
        (here / WHOLE).touch()
    for other in here.parent.glob("kernels-*"):
        used = other / WHOLE if (other / WHOLE).exists() else other
        if other != here and time.time() - used.stat().st_mtime > WEEK:
            shutil.rmtree(other, ignore_errors=True)
