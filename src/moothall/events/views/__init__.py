"""Pages of events."""

from .conduct import appeal_conduct, conduct, conducts, my_conduct, warn
from .going import ask, go, hide_question, interest, question, rate, tell_me
from .hosting import after, again, call_off, change_event, new_event
from .importing import source, sources
from .reading import atom, calendar, event, event_calendar, events, machine

__all__ = [
    "after",
    "again",
    "appeal_conduct",
    "ask",
    "atom",
    "calendar",
    "call_off",
    "change_event",
    "conduct",
    "conducts",
    "event",
    "event_calendar",
    "events",
    "go",
    "hide_question",
    "interest",
    "machine",
    "my_conduct",
    "new_event",
    "question",
    "rate",
    "source",
    "sources",
    "tell_me",
    "warn",
]
