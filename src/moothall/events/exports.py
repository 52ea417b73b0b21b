"""Events for machines: schema.org Event, and Atom.

https://schema.org/Event  https://www.rfc-editor.org/rfc/rfc4287
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.feedgenerator import Atom1Feed

from moothall.core import times
from moothall.core.links import absolute

from .selectors import EventRow, topic_words

Json = dict[str, Any]
CONTEXT = "https://schema.org"


def event(row: EventRow) -> Json:
    """One event, without its context."""
    link = absolute("event", row.reference)
    mode = "Mixed" if row.online and row.venue else "Online" if row.online else "Offline"
    where: list[Json] = [{"@type": "Place", "name": row.venue, "address": row.venue}] if row.venue else []
    where += [{"@type": "VirtualLocation", "url": link}] if row.online else []
    return {
        "@type": "Event", "@id": link, "url": link, "identifier": row.uid, "name": row.title, "description": row.about,
        "startDate": row.starts_at.astimezone(times.zone()).isoformat(), "endDate": row.ends_at.astimezone(times.zone()).isoformat(),
        "eventStatus": f"{CONTEXT}/{'EventCancelled' if row.called_off else 'EventScheduled'}", "eventAttendanceMode": f"{CONTEXT}/{mode}EventAttendanceMode",
        "location": where[0] if len(where) == 1 else where, "organizer": {"@type": "Organization", "name": row.organisation, "url": absolute("organisation", row.slug)},
        "isAccessibleForFree": True, "publicAccess": not row.closed, "keywords": topic_words(row.topics), "dateModified": row.changed_at.isoformat(),
    } | ({} if row.free is None else {"remainingAttendeeCapacity": row.free})  # fmt: skip


def events(rows: Iterable[EventRow]) -> Json:
    """Many, as one document of linked data."""
    return {"@context": CONTEXT, "@graph": [event(each) for each in rows]}


def one(row: EventRow) -> Json:
    return {"@context": CONTEXT} | event(row)


def atom(name: str, rows: Iterable[EventRow], *, url: str, feed_url: str) -> bytes:
    """As news: the newest first is for the caller to see to."""
    feed = Atom1Feed(title=name, link=url, description="", language="en-gb", feed_url=feed_url, feed_guid=feed_url)
    for row in rows:
        link = absolute("event", row.reference)
        when = times.span(row.starts_at, row.ends_at)
        feed.add_item(
            title=row.title, link=link, description=f"{when}. {row.venue or 'Online'}. {row.about}", unique_id=f"urn:uuid:{row.uid}", pubdate=row.made_at,
            updateddate=row.changed_at, author_name=row.organisation, categories=topic_words(row.topics),
        )  # fmt: skip
    return feed.writeString("utf-8").encode()
