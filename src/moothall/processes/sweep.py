"""The sweep: looks every few seconds for what is due, whatever else happened.

python -m moothall.processes.sweep
"""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading

import django
from django.db import close_old_connections
from django.utils import timezone

from .supervisor import leave_with_the_parent

logger = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds."""


def main() -> None:
    leave_with_the_parent()
    django.setup()
    from moothall.core import sweeps  # models are there only after setup()

    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    last: dict[str, dt.datetime] = {}
    while not over.wait(EVERY):
        close_old_connections()
        sweeps.sweep(timezone.now(), last)
        sweeps.note_swept(timezone.now())


if __name__ == "__main__":
    main()
