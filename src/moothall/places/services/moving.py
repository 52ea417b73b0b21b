"""What every change of a place goes through: the occasion's row is locked first, the counts follow the states, history is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import F

from moothall.core.actor import Actor

from ..models import Occasion, Place, PlaceStep
from ..types import HOLDING, State, Why

SOON = dt.timedelta(minutes=15)
"""A place that becomes free so shortly before the start is offered to nobody: who comes may sit down."""


def locked(occasion_id: int) -> Occasion:
    """Whoever changes who comes locks the occasion first, and then nothing but its places and what is owed about them."""
    return Occasion.objects.select_for_update().get(pk=occasion_id)


def fresh(place: Place, occasion: Occasion) -> Place:
    """As it stands now that the occasion is locked."""
    found = Place.objects.select_related("person", "organisation", "team").get(pk=place.pk)
    found.occasion = occasion
    return found


def move(
    occasion: Occasion, place: Place, to: State, why: Why, *, actor: Actor, now: dt.datetime, until: dt.datetime | None = None
) -> Place:  # fmt: skip
    """Changes the place, counts it, and writes its history. The occasion is locked; whoever called stores it (`store`)."""
    was = place.state if place.pk else None
    place.state, place.changed_at, place.offered_until = to, now, until
    if to is State.WAITLISTED:
        place.queued_at = now
    number, place.steps = place.steps, place.steps + 1
    place.save()
    step = PlaceStep(place=place, number=number, state=to, why=why, at=now, actor_kind=actor.kind, actor_id=actor.id)
    step.save(force_insert=True)
    occasion.taken += (to in HOLDING) - (was in HOLDING)
    occasion.waiting += (to is State.WAITLISTED) - (was == State.WAITLISTED)
    return place


def store(occasion: Occasion) -> None:
    """Its counts, as they are now."""
    occasion.save(update_fields=["taken", "waiting"])


def move_all(
    occasion: Occasion, places: Sequence[Place], to: State, why: Why, *, actor: Actor, now: dt.datetime
) -> None:
    """The same for many, in two statements. The occasion is locked; its counts follow."""
    for each in places:
        occasion.taken += (to in HOLDING) - (each.state in HOLDING)
        occasion.waiting -= each.state == State.WAITLISTED
    steps = [
        PlaceStep(place=each, number=each.steps, state=to, why=why, at=now, actor_kind=actor.kind, actor_id=actor.id)
        for each in places
    ]
    rows = Place.objects.filter(pk__in=[each.pk for each in places])
    rows.update(state=to, steps=F("steps") + 1, changed_at=now, offered_until=None)
    PlaceStep.objects.bulk_create(steps, batch_size=1000)


def offers_until(occasion: Occasion, now: dt.datetime) -> dt.datetime | None:
    """Until when a seat that becomes free now would be offered; None where it is too late for that."""
    until = min(now + dt.timedelta(hours=occasion.offer_hours), occasion.starts_at, occasion.closes_at)
    return until if until - now >= SOON and occasion.called_off_at is None else None


def advance(occasion: Occasion, *, actor: Actor, now: dt.datetime) -> list[Place]:
    """Offers every free seat to the next in line. The occasion is locked. Answers those who are offered one now."""
    free, until = occasion.free, offers_until(occasion, now)
    if not occasion.waiting or until is None:
        return []
    queue = Place.objects.filter(occasion=occasion, state=State.WAITLISTED).select_related("person", "organisation", "team")  # fmt: skip
    next_in_line = list(queue.order_by("queued_at", "pk")[: occasion.waiting if free is None else free])
    for place in next_in_line:
        place.occasion = occasion
        move(occasion, place, State.OFFERED, Why.FREED, actor=actor, now=now, until=until)
    return next_in_line
