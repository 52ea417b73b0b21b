"""The worker: quick jobs (mail) and long ones (planning), each queue with places of its own, so that none waits behind another.

python -m moothall.processes.worker
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal

import django

from .supervisor import leave_with_the_parent

PLACES = {"quick": 4, "long": 1}
"""How many jobs of each queue (core.jobs.Queue) run at once."""


def main() -> None:
    leave_with_the_parent()
    django.setup()
    asyncio.run(_run())
    # Threads of long work would hold the interpreter back; what they do is safe to leave at any moment.
    logging.shutdown()
    os._exit(0)


async def _run() -> None:
    from moothall.core.jobs import work_on  # there only after setup()

    working = asyncio.create_task(work_on(PLACES))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    await asyncio.wait([working])


if __name__ == "__main__":
    main()
