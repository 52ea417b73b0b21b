"""Every write of events, and the errors it raises."""

from .asking import CannotAsk, answer, ask, hide, lock, released
from .putting_up import CannotPutUp, call_off, change, leave_behind, put_up
from .telling import CannotListen, change_interest, confirm, rate, stop, sweep_new_events, want

__all__ = [
    "CannotAsk",
    "CannotListen",
    "CannotPutUp",
    "answer",
    "ask",
    "call_off",
    "change",
    "change_interest",
    "confirm",
    "hide",
    "leave_behind",
    "lock",
    "put_up",
    "rate",
    "released",
    "stop",
    "sweep_new_events",
    "want",
]
