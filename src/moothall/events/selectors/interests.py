"""What somebody hosts, wants to hear of, and has near."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.functions import Coalesce

from moothall.core import links
from moothall.core.actor import Actor
from moothall.places.models import Place

from ..models import Event, Interest
from ..types import Topic
from .events import AHEAD, FIELDS, INTEREST, EventRow, row_of


def interest_of(actor: Actor) -> Interest | None:
    return Interest.objects.filter(person_id=actor.id).first() if actor.id is not None else None


def interest_by_id(interest_id: int) -> Interest | None:
    return Interest.objects.filter(pk=interest_id).first()


def interest_token(interest: Interest, today: dt.date) -> str:
    return links.sign(INTEREST, interest.pk, today=today)


def fitting(interest: Interest) -> Q:
    """Events that fit what somebody wants to hear of."""
    found = Q(topics__overlap=interest.topics) if interest.topics else Q()
    return found & Q(occasion__venue__icontains=interest.near) if interest.near else found


def fits(interest: Interest, event: Event) -> bool:
    """The same of one event."""
    wanted = not interest.topics or bool(set(interest.topics) & set(event.topics))
    return wanted and interest.near.lower() in event.occasion.venue.lower()


def latest_news() -> dt.datetime | None:
    found: dt.datetime | None = Event.objects.aggregate(latest=Max("news_at"))["latest"]
    return found


def interests_behind(count: int) -> tuple[dt.datetime | None, list[tuple[Interest, dt.datetime]]]:
    """The moment of the latest news, and confirmed interests that were not told of it yet, each with when they were told last. Two queries."""
    latest = latest_news()
    rows = Interest.objects.filter(confirmed_at__isnull=False).annotate(told=Coalesce("told_until", "confirmed_at"))
    behind = rows.filter(told__lt=latest).order_by("pk")[:count] if latest is not None else []
    return latest, [(each, told_last(each)) for each in behind]


def told_last(interest: Interest) -> dt.datetime:
    """Until when they were told of what was news: since they said yes at the latest."""
    told = interest.told_until or interest.confirmed_at
    assert told is not None, "only who has said yes is told"
    return told


def news_since(moment: dt.datetime, now: dt.datetime) -> list[Event]:
    """What became news after that moment and is worth telling of now: open, not called off, still to come; soonest first."""
    worth = Event.objects.filter(
        news_at__gt=moment, closed_reason="", occasion__called_off_at__isnull=True, occasion__starts_at__gt=now, occasion__organisation__confirmed_at__isnull=False,
    )  # fmt: skip
    return list(worth.select_related("occasion__organisation").order_by("occasion__starts_at", "pk"))


def news_for(interest: Interest, told: dt.datetime, news: Iterable[Event]) -> list[Event]:
    return [each for each in news if each.news_at is not None and each.news_at > told and fits(interest, each)]


def near(actor: Actor, now: dt.datetime, count: int = 5) -> list[EventRow]:
    """Open events of the next fortnight that fit somebody's interests and to which they do not go yet."""
    interest = interest_of(actor)
    if interest is None or actor.id is None:
        return []
    mine = Place.objects.filter(occasion_id=OuterRef("occasion_id"), person_id=actor.id)
    rows = Event.objects.filter(
        fitting(interest), ~Exists(mine), closed_reason="", occasion__called_off_at__isnull=True, occasion__organisation__confirmed_at__isnull=False,
        occasion__starts_at__gt=now, occasion__starts_at__lt=now + AHEAD,
    )  # fmt: skip
    return [row_of(each) for each in rows.order_by("occasion__starts_at", "pk")[:count].values_list(*FIELDS)]


def who_is_interested() -> set[int]:
    return {each for each in Interest.objects.filter(person__isnull=False).values_list("person_id", flat=True) if each}


def topic_words(topics: Collection[str]) -> list[str]:
    return [str(Topic(each).label) for each in topics if each in Topic.values]
