"""Shards planned by the workers of a Dask cluster: the extra `cluster`.

The scheduler gives a shard whose worker was lost to another by itself, as often as its own setting `distributed.scheduler.allowed-failures` says.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from typing import Any

from .errors import PlannerError
from .solve import Progress
from .stop import Stop
from .workers import Answer, Task, plan

WAIT = 10.0
"""Seconds for the scheduler and a first worker to be there."""
LISTEN = 2.0
"""Seconds after which a worker sees that its shard is ready and listens no more for being told to stop."""


class NoCluster(PlannerError):
    """The cluster cannot be used: what is wanting."""


class Cluster:
    """The workers of the scheduler at an address, as tcp://10.0.0.1:8786; what more of them come meanwhile is used too. Raises NoCluster."""

    tries = 1  # the scheduler has tried already

    def __init__(self, address: str) -> None:
        try:
            import distributed  # an extra, and a second to load
        except ImportError:
            raise NoCluster("Planning with a cluster needs the extra `cluster`: pip install 'moothall[cluster]'.") from None  # fmt: skip
        self._gone = (OSError, distributed.client.ClosedClientError)
        """What is raised where the scheduler is gone."""
        self.died: tuple[type[BaseException], ...] = (*self._gone, distributed.scheduler.KilledWorker, CancelledError)
        try:
            self._client = distributed.Client(address, timeout=WAIT, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise NoCluster(f"There is no scheduler at {address}: {error}") from None
        try:
            self._client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError:
            self._client.close()
            raise NoCluster(f"The scheduler at {address} has no workers: start some (dask worker {address}).") from None
        try:
            self._client.run(_can_plan)
        except Exception as error:  # noqa: BLE001  whatever stands in the way there
            self._client.close()
            raise NoCluster(f"The workers of {address} cannot load the planner: install the same moothall there ({str(error).splitlines()[0]}).") from None  # fmt: skip
        self._told: deque[tuple[int, Progress]] = deque()
        self._topic = f"moothall-{uuid.uuid4().hex}"
        self._over = distributed.Event(self._topic, client=self._client)
        self._client.subscribe_topic(self._topic, self._hear)
        self._executor = self._client.get_executor(pure=False)
        self._count = 1

    def _hear(self, event: tuple[float, Any]) -> None:
        number, value, bound, seconds, steps = event[1]
        self._told.append((number, Progress(value, bound, seconds, steps)))

    def count(self) -> int:
        # The scheduler is gone, or its connections are being closed: what is given to it now is lost.
        with contextlib.suppress(*self._gone, RuntimeError):
            self._count = max(1, sum(self._client.nthreads().values()))
        return self._count

    def submit(self, task: Task) -> Future[Answer]:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # so that whoever takes over has it at once
            future: Future[Answer] = self._executor.submit(_plan, task, self._topic)
        return future

    def told(self) -> Iterator[tuple[int, Progress]]:
        while self._told:
            yield self._told.popleft()

    def gone(self) -> bool:
        """What is submitted while the client looks in vain for its scheduler is neither done nor called off, also not when the client closes."""
        return bool(self._client.status == "closed")

    def stop(self) -> None:
        with contextlib.suppress(*self._gone):
            self._over.set()

    def close(self) -> None:
        with contextlib.suppress(*self._gone):
            self._client.unsubscribe_topic(self._topic)
            self._executor.shutdown(wait=False)
        self._client.close()


def _can_plan() -> None:
    """On a worker: to be found there at all."""


def _plan(task: Task, topic: str) -> Answer:
    """On a worker."""
    import distributed  # as above

    worker = distributed.get_worker()
    over, whole, ready = distributed.Event(topic, client=distributed.get_client()), Stop(), threading.Event()

    def listen() -> None:
        while not ready.is_set():
            if over.wait(timeout=LISTEN):
                whole.interrupt()
                return

    def tell(now: Progress) -> None:
        worker.log_event(topic, [task.number, float(now.value), float(now.bound), now.seconds, int(now.steps)])

    threading.Thread(target=listen, name="stop", daemon=True).start()
    try:
        return plan(task, whole, tell)
    finally:
        ready.set()
