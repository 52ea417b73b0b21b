"""When a search ends: after so many seconds, after so many steps, or when somebody asks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

LEAST = 0.1
"""Seconds of a part for which nothing is left."""


@dataclass(slots=True)
class Stop:
    """Any of its limits ends the search. Only `steps` makes a plan repeatable: the clock does not promise the same twice."""

    seconds: float | None = None
    steps: int | None = None
    interrupted: bool = False
    began: float = field(default_factory=time.monotonic)
    parent: Stop | None = None
    """A part of a larger search ends when the whole is interrupted."""

    def rest(self, share: float, steps: int) -> Stop:
        """A search of this share of what is left of the seconds, and of the steps after so many, as part of this one; it begins now."""
        seconds = None if self.seconds is None else max(LEAST, (self.seconds - self.elapsed()) * share)
        left = None if self.steps is None else max(0, round((self.steps - steps) * share))
        return Stop(seconds=seconds, steps=left, parent=self)

    def interrupt(self) -> None:
        """Safe to call from a signal handler or another thread."""
        self.interrupted = True

    def asked(self) -> bool:
        """Somebody interrupted this search, or the one it is part of."""
        return self.interrupted or (self.parent is not None and self.parent.asked())

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def gone(self, steps: int) -> float:
        """How much of the search is behind, 0 to 1, after so many steps; 1 where nothing limits it."""
        by_clock = self.elapsed() / self.seconds if self.seconds else 0.0
        by_steps = steps / self.steps if self.steps else 0.0
        return min(1.0, max(by_clock, by_steps)) if self.seconds or self.steps else 1.0

    def due(self, *, share: float = 1.0, keep: float = 0.0) -> bool:
        """Interrupted, or `share` of the seconds gone, but for so many that are kept for what comes after."""
        return self.asked() or (self.seconds is not None and self.elapsed() >= share * self.seconds - keep)
