"""Who plans the shards of a country: processes of this machine here, or the workers of a Dask cluster (`cluster`).

Each plans one shard at a time, tells how far it is, and ends with what it has when told so. One that dies takes only its own shard with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol

import numpy as np

from .options import options_of
from .plan import Result
from .problem import Floats, Problem
from .solve import Progress, solve
from .stop import Stop


class Task(NamedTuple):
    """One shard to plan, `seconds` long or so many `steps`, and prices of money at which to bound it."""

    number: int
    problem: Problem
    seconds: float | None
    steps: int | None
    seed: int
    prices: Floats


Answer = tuple[Result, Floats]
"""A shard's plan, and [prices] what its people could gain at most at each price of money."""


class Workers(Protocol):
    """Plan shards side by side. What a shard's future raises when its worker died is one of `died`."""

    died: tuple[type[BaseException], ...]
    tries: int
    """So often in all is a shard to be given to them whose worker died."""

    def count(self) -> int:
        """How many there are now."""

    def submit(self, task: Task) -> Future[Answer]:
        """To a worker that has nothing to do; no more at a time than there are workers."""

    def told(self) -> Iterator[tuple[int, Progress]]:
        """What came since it was last asked: number of a shard, and how far it is."""

    def gone(self) -> bool:
        """Whether nothing that was given to them will ever come back."""

    def stop(self) -> None:
        """Those under way end with what they have."""

    def close(self) -> None:
        """Nothing more is wanted of them."""


def plan(task: Task, whole: Stop, tell: Callable[[Progress], None]) -> Answer:
    """What a worker does with a shard. Interrupting `whole` ends it."""
    from .bound import Lagrangian, Prices  # compiles: loaded where a plan is made

    stop = Stop(seconds=task.seconds, steps=task.steps, parent=whole)
    result = solve(task.problem, stop, task.seed, tell, tighten=False)
    lagrangian = Lagrangian(task.problem, options_of(task.problem))
    nothing = np.zeros(len(task.problem.venues)), np.zeros(len(task.problem.trainers))
    gained = []
    for price in task.prices.tolist():
        seats = lagrangian.seat_prices(Prices(price, *nothing))[0]
        gained.append(lagrangian.best_sets(seats, np.zeros(len(lagrangian.options))))
    return result, np.array(gained)


@dataclass(eq=False)
class _Process:
    """A process of its own, and the line to it."""

    pool: ProcessPoolExecutor
    ours: Connection
    theirs: Connection | None
    future: Future[Answer] | None = None

    @classmethod
    def started(cls) -> _Process:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        return cls(ProcessPoolExecutor(1, context, initializer=_begin, initargs=(theirs,)), ours, theirs)

    def submit(self, task: Task) -> Future[Answer]:
        # A new process begins with Ctrl-C blocked, as it is for us alone, and it comes to us afterwards.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.future = self.pool.submit(_plan, task)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if self.theirs is not None:
            self.theirs.close()  # the process has its own by now; so we see when that is gone
            self.theirs = None
        return self.future

    def ready(self) -> bool:
        """It has nothing to do, or is dead."""
        return self.future is None or self.future.done()

    def told(self) -> Iterator[tuple[int, Progress]]:
        try:
            while self.ours.poll():
                yield self.ours.recv()
        except (EOFError, OSError):
            return

    def stop(self) -> None:
        try:
            self.ours.send("stop")
        except OSError:
            return  # it is gone

    def close(self) -> None:
        running = list((self.pool._processes or {}).values())
        self.pool.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.terminate()
        self.ours.close()
        if self.theirs is not None:
            self.theirs.close()


class Processes:
    """So many processes of this machine. Each has a line of its own: what one that was killed left half said or locked cannot hold up another."""

    died: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    tries = 3

    def __init__(self, count: int | None = None) -> None:
        """As many as there are processors, unless told."""
        self._all = [_Process.started() for _ in range(count or os.cpu_count() or 1)]

    def count(self) -> int:
        return len(self._all)

    def submit(self, task: Task) -> Future[Answer]:
        at = next(i for i, process in enumerate(self._all) if process.ready())
        try:
            return self._all[at].submit(task)
        except BrokenProcessPool:  # it died in its last shard, or since
            self._all[at].close()
            self._all[at] = _Process.started()
            return self._all[at].submit(task)

    def told(self) -> Iterator[tuple[int, Progress]]:
        for process in self._all:
            yield from process.told()

    def gone(self) -> bool:
        return False  # where processes die, what was given to them says so

    def stop(self) -> None:
        for process in self._all:
            process.stop()

    def close(self) -> None:
        for process in self._all:
            process.close()


_whole = Stop()
_ours: Connection


def _begin(line: Connection) -> None:
    """In a new process: Ctrl-C is for its parent, which says when to stop."""
    global _ours
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _ours = line
    threading.Thread(target=_listen, name="parent", daemon=True).start()


def _listen() -> None:
    try:
        while _ours.recv() == "stop":
            _whole.interrupt()
    except (EOFError, OSError):
        os._exit(1)  # the parent is gone: nobody is there to take an answer


def _plan(task: Task) -> Answer:
    return plan(task, _whole, lambda now: _ours.send((task.number, now)))
