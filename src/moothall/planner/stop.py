"""When a search ends: after so many seconds, after so many steps, or when somebody asks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stop:
    """Any of its limits ends the search. Only `steps` makes a plan repeatable: the clock does not promise the same twice."""

    seconds: float | None = None
    steps: int | None = None
    interrupted: bool = False
    began: float = field(default_factory=time.monotonic)
    parent: Stop | None = None
    """A part of a larger search ends when the whole is interrupted."""

    def interrupt(self) -> None:
        """Safe to call from a signal handler or another thread."""
        self.interrupted = True

    def asked(self) -> bool:
        """Somebody interrupted this search, or the one it is part of."""
        return self.interrupted or (self.parent is not None and self.parent.asked())

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def due(self, *, share: float = 1.0) -> bool:
        """Interrupted, or `share` of the seconds gone."""
        return self.asked() or (self.seconds is not None and self.elapsed() >= share * self.seconds)
