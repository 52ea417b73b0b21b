"""The inner loops that numpy cannot say without wasting most of its work. Compiled when first used, and kept beside these files; few and small, as
a large one takes minutes to compile. They leave the interpreter to others meanwhile.

    classes   the bound over classes of runs
    sets      sets of courses that people could take, whenever they are held
    making    a first plan: the best run of all, again and again
    rows      sets of runs that people could take, and prices of seats
    moves     who sits where: moves between rows, one by one and in chains
    weighing  what a new run would be worth
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path


def kept() -> Path:
    """Where what is compiled is kept: beside these files where that is allowed, otherwise in the user's own cache; not there until something was.

    numba looks only at a function's own file to see whether what it kept is stale, not at the files of what the function calls. So what is kept for one state of
    all these files has a folder of its own; what was kept for other states of them is cleared away.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    beside = Path(__file__).parent / "__pycache__"
    if not os.access(beside if beside.exists() else beside.parent, os.W_OK):
        beside = Path.home() / ".cache" / "moothall"
    here = beside / f"kernels-{state}"
    if not here.exists():
        for other in beside.glob("kernels-*"):
            shutil.rmtree(other, ignore_errors=True)
    return here
