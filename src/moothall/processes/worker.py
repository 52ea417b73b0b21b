"""The worker: quick jobs (mail) and long ones (planning), each queue with places of its own, so that none waits behind another.

python -m moothall.processes.worker
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress

import django
from procrastinate import App

from .supervisor import leave_with_the_parent

logger = logging.getLogger(__name__)

PLACES = {"quick": 4, "long": 1}
"""How many jobs of each queue (core.jobs.Queue) run at once."""
GRACE = 4.0
"""Seconds for jobs to end when the worker is told to. Long work needs none: it goes on from its checkpoint."""


def main() -> None:
    leave_with_the_parent()
    django.setup()
    asyncio.run(_run())
    # Threads of long work would hold the interpreter back; what they do is safe to leave at any moment.
    logging.shutdown()
    os._exit(0)


async def _run() -> None:
    from procrastinate.contrib.django import app  # there only after setup()

    working = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with working.open_async():
        tasks = [asyncio.create_task(_work(working, queue, at_once)) for queue, at_once in PLACES.items()]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: [task.cancel() for task in tasks])
        # One that ends takes the other along: the supervisor starts both again.
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _work(working: App, queue: str, at_once: int) -> None:
    await working.run_worker_async(
        queues=[queue], name=queue, concurrency=at_once, install_signal_handlers=False, shutdown_graceful_timeout=GRACE,
        fetch_job_polling_interval=2.0, update_heartbeat_interval=5.0, delete_jobs="successful",
    )  # fmt: skip


if __name__ == "__main__":
    main()
