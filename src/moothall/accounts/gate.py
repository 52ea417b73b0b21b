"""Proving a password costs a tenth of a second of processor on purpose. The gate keeps a crowd at it from taking the pages' share."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from allauth.core.internal import ratelimit
from django.http import HttpRequest

AT_ONCE = 1
WAITING = 2
PATIENCE = 3.0
"""Seconds one waits for a turn."""


class TooBusy(Exception):
    """More people are proving passwords than this process lets in: try again in a few seconds. Nothing was counted against anyone."""


class Gate:
    """At most AT_ONCE inside, at most WAITING before it; whoever comes then is sent away at once."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._turns = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(at_once + waiting)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Raises TooBusy."""
        if not self._places.acquire(blocking=False):
            raise TooBusy
        try:
            if not self._turns.acquire(timeout=PATIENCE):
                raise TooBusy
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


password_gate = Gate()


def too_often(request: HttpRequest, action: str, limit: str, key: str | None = None) -> bool:
    """Whether something was done more often than a limit allows ("60/10m/ip", or "10/d/key" with a key), this time counted."""
    hashed = hashlib.sha256(key.encode()).hexdigest() if key else None
    return ratelimit.consume(request, app="moothall", action=action, config={action: limit}, key=hashed) is None
