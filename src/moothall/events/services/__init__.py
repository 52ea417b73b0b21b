"""Every write of events, and the errors it raises."""

from .asking import CannotAsk, answer, ask, hide, lock, released
from .bringing_in import CannotBringIn, add_source, end_source, fetch_source, sweep_sources, take_source
from .putting_up import CannotPutUp, call_off, change, leave_behind, put_up
from .telling import CannotListen, change_interest, confirm, rate, stop, sweep_new_events, want

__all__ = [
    "CannotAsk",
    "CannotBringIn",
    "CannotListen",
    "CannotPutUp",
    "add_source",
    "answer",
    "ask",
    "call_off",
    "change",
    "change_interest",
    "confirm",
    "end_source",
    "fetch_source",
    "hide",
    "leave_behind",
    "lock",
    "put_up",
    "rate",
    "released",
    "stop",
    "sweep_new_events",
    "sweep_sources",
    "take_source",
    "want",
]
