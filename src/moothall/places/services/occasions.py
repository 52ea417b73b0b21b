"""Occasions made, changed and called off: for the areas whose events and runs they are."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from moothall.core import audit, codes
from moothall.core.actor import Actor, system
from moothall.core.errors import DomainError, Forbidden
from moothall.core.sweeps import one_by_one

from ..models import Occasion, Place
from ..policies import can_host, can_keep_list
from ..ports import kind_of
from ..types import OPEN, NewOccasion, State, Why
from .going import renew_notice
from .letters import said_of, tell, tell_change
from .moving import advance, fresh, locked, move_all, store
from .noticing import let_objections_lapse

SWEEP = system("places")
AT_ONCE = 200
OTHER_TIME = dt.timedelta(hours=1)
"""Moved by so much, it is at another time, about which an objection said nothing."""
MOST_KEPT = 20
"""Changes of which an occasion knows what it said before."""


class CannotHold(DomainError):
    """An occasion cannot be made or changed like this; the message says why."""


def make_occasion(*, actor: Actor, now: dt.datetime, new: NewOccasion) -> Occasion:
    """Something one can attend. Called in the transaction of the area whose it is.

    Raises Forbidden, CannotHold, or KeyError for a kind that nobody registered.
    """
    kind_of(new.kind)
    if not can_host(actor, new.organisation):
        raise Forbidden(_("Only who works there puts something up in an institution’s name."))
    occasion = Occasion(kind=new.kind, organisation_id=new.organisation, code=codes.random_letters(6), made_at=now, changed_at=now)  # fmt: skip
    _write(occasion, new)
    occasion.save(force_insert=True)
    audit.record(actor=actor, now=now, verb="make-occasion", subject=occasion, organisation=new.organisation)
    return occasion


def change_occasion(*, actor: Actor, now: dt.datetime, occasion: Occasion, new: NewOccasion) -> Occasion:
    """Another time, place, title or number of seats. Whoever is going is told, and their calendar entry is brought up to date; seats
    that are there now are offered to the next in line.

    Called in the transaction of the area whose it is. Raises Forbidden or CannotHold.
    """
    occasion = locked(occasion.pk)
    _refuse(actor, occasion)
    if occasion.called_off_at is not None:
        raise CannotHold(_("It is called off. Put it up again as a new one."))
    before, when = said_of(occasion), (occasion.starts_at, occasion.ends_at)
    _write(occasion, new)
    moved = (occasion.starts_at, occasion.ends_at) != when
    elsewhen = max(abs(occasion.starts_at - when[0]), abs(occasion.ends_at - when[1])) >= OTHER_TIME
    if said_of(occasion) != before:
        occasion.was = [*occasion.was, {"sequence": occasion.sequence, **before}][-MOST_KEPT:]
        occasion.sequence += 1
        occasion.changed_at = now
        occasion.moved = occasion.sequence if moved else occasion.moved
    occasion.save()
    if elsewhen:
        let_objections_lapse(occasion, actor=actor, now=now)
    late = Place.objects.filter(occasion=occasion, state=State.OFFERED, offered_until__gt=occasion.starts_at)
    late.update(offered_until=max(now, occasion.starts_at))
    for place in advance(occasion, actor=actor, now=now):
        tell(place, Why.FREED, now=now)
    store(occasion)
    audit.record(actor=actor, now=now, verb="change-occasion", subject=occasion, organisation=occasion.organisation_id)
    return occasion


def call_off(*, actor: Actor, now: dt.datetime, occasion: Occasion, why: str = "") -> Occasion:
    """Everybody who has, waits for or was offered a place is told, and why; it goes from their calendars. Calling off twice is calling off
    once.

    Called in the transaction of the area whose it is. Raises Forbidden or CannotHold.
    """
    occasion = locked(occasion.pk)
    _refuse(actor, occasion)
    if occasion.called_off_at is not None:
        return occasion
    if occasion.ends_at <= now:
        raise CannotHold(_("It is over already."))
    places = list(Place.objects.filter(occasion=occasion, state__in=OPEN))
    move_all(occasion, places, State.CANCELLED_WITH, Why.CALLED_OFF, actor=actor, now=now)
    occasion.called_off_at, occasion.changed_at, occasion.sequence = now, now, occasion.sequence + 1
    occasion.called_off_why = why.strip()[:500]
    occasion.save()
    audit.record(actor=actor, now=now, verb="call-off", subject=occasion, organisation=occasion.organisation_id)
    return occasion


def sweep_changes(now: dt.datetime) -> int:
    """Tells of changes, some at a time: each place knows which one it was told of last. Answers how many were told."""
    concerned = Q(state__in=OPEN) | Q(state=State.CANCELLED_WITH)
    waiting = Place.objects.filter(concerned, told__lt=F("occasion__sequence"))
    found = list(waiting.order_by("occasion__starts_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return one_by_one("the letter about a change to place", found, lambda place_id: _tell_of_change(place_id, now))


@transaction.atomic
def _tell_of_change(place_id: int, now: dt.datetime) -> int:
    occasion = locked(Place.objects.values_list("occasion_id", flat=True).get(pk=place_id))
    place = fresh(Place(pk=place_id), occasion)
    if place.told >= occasion.sequence:
        return 0
    since, place.told = place.told, occasion.sequence
    place.save(update_fields=["told"])
    if since < occasion.moved and place.state in OPEN:
        renew_notice(place, now)
    tell_change(place, since, now=now)
    return 1


def _write(occasion: Occasion, new: NewOccasion) -> None:
    if new.ends_at <= new.starts_at:
        raise CannotHold(_("It must end after it starts."))
    if new.capacity is not None and new.capacity < 1:
        raise CannotHold(_("There must be at least one place, or no limit."))
    occasion.title, occasion.starts_at, occasion.ends_at = new.title, new.starts_at, new.ends_at
    occasion.venue, occasion.online_url, occasion.capacity = new.venue, new.online_url, new.capacity
    occasion.host_id, occasion.series, occasion.offer_hours = new.host, new.series, new.offer_hours
    occasion.closes_at = min(new.closes_at or new.ends_at, new.ends_at)
    occasion.cancel_by = new.cancel_by or new.starts_at - dt.timedelta(hours=24)


def _refuse(actor: Actor, occasion: Occasion) -> None:
    if not can_keep_list(actor, occasion):
        raise Forbidden(_("Only its host, and who keeps the institution’s record, may do that."))
