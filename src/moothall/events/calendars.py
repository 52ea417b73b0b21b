"""Events as calendars read them: to subscribe to, or one to keep."""

from __future__ import annotations

from collections.abc import Iterable

from moothall.core.calendars import Entry, feed, uid_of
from moothall.core.links import absolute

from .selectors import EventRow, topic_words


def calendar_of(name: str, rows: Iterable[EventRow], url: str = "") -> bytes:
    """Called-off ones stay in it as such, so that they vanish from the calendars of those who subscribe."""
    return feed(name, [_entry(each) for each in rows], url=url)


def _entry(row: EventRow) -> Entry:
    link = absolute("event", row.reference)
    return Entry(
        uid_of("event", row.uid), row.sequence, row.changed_at, row.starts_at, row.ends_at, row.title, row.venue, link, f"{row.about}\n\n{row.organisation}\n{link}",
        row.called_off, tuple(topic_words(row.topics)),
    )  # fmt: skip
