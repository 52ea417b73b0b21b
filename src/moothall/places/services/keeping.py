"""The list at the door: who was there, by the code shown there or by the list; and who brought somebody without having said so before."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from moothall.core import audit, codes
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.models import Person

from ..models import CalendarKey, Occasion, Place, PlaceStep
from ..policies import can_keep_list
from ..types import HOLDING, Goer, State, Why
from .going import pass_on
from .letters import tell
from .moving import fresh, locked, move, move_all, store

EARLY = dt.timedelta(minutes=60)
LATE = dt.timedelta(days=30)
MARKS = (State.ATTENDED, State.ATTENDED_PART, State.ABSENT)


class CannotMark(DomainError):
    """Attendance cannot be noted like this; the message says why."""


@transaction.atomic
def check_in(*, actor: Actor, now: dt.datetime, place: Place, code: str) -> Place:
    """With the code that is shown at the door. Who calls it has checked whose it is. Raises CannotMark."""
    occasion = locked(place.occasion_id)
    place = fresh(place, occasion)
    _refuse_time(occasion, now)
    if not secrets.compare_digest(codes.plain(code), occasion.code):
        raise CannotMark(_("That is not the code that is shown there."))
    if place.state == State.ATTENDED:
        return place
    if place.state not in (State.BOOKED, State.ABSENT, State.ATTENDED_PART):
        raise CannotMark(_("You have no place here. Ask who keeps the list: there may be room."))
    move(occasion, place, State.ATTENDED, Why.CHECKED_IN, actor=actor, now=now)
    store(occasion)
    audit.record(actor=actor, now=now, verb="check-in", subject=place, organisation=occasion.organisation_id)
    return place


@transaction.atomic
def mark(*, actor: Actor, now: dt.datetime, occasion: Occasion, marks: Mapping[int, State]) -> int:
    """Who was there, for part of it, or not: by place. Answers how many changed. Raises Forbidden or CannotMark."""
    occasion = _locked_for(actor, occasion, now)
    changed = 0
    for place in Place.objects.filter(occasion=occasion, pk__in=list(marks)).order_by("pk"):
        to = marks[place.pk]
        if to not in MARKS or place.state == to:
            continue
        if place.state not in (State.BOOKED, *MARKS):
            raise CannotMark(_("Somebody you marked has given up their place meanwhile. Look at the list again."))
        place.occasion = occasion
        move(occasion, place, to, Why.LIST, actor=actor, now=now)
        changed += 1
    store(occasion)
    audit.record(actor=actor, now=now, verb="mark-attendance", subject=occasion, organisation=occasion.organisation_id)
    return changed


@transaction.atomic
def add_at_the_door(*, actor: Actor, now: dt.datetime, occasion: Occasion, goer: Goer) -> Place:
    """Somebody who came without a place, and for whom there is room. Raises Forbidden or CannotMark."""
    occasion = _locked_for(actor, occasion, now)
    rows = Place.objects.filter(occasion=occasion)
    found = (rows.filter(person_id=goer.person) if goer.person else rows.filter(person__isnull=True, email__iexact=goer.email) if goer.email else rows.none()).first()  # fmt: skip
    place = found or Place(occasion=occasion, person_id=goer.person, email=goer.email.strip().lower(), name=goer.name.strip(), made_at=now, told=occasion.sequence)  # fmt: skip
    place.occasion = occasion
    if occasion.free == 0 and (not found or place.state not in HOLDING):
        raise CannotMark(_("No seat is free. Mark first who did not come."))
    if not found or place.state in (State.DECLINED, State.CANCELLED_BY_PERSON, State.WAITLISTED, State.INVITED, State.OFFERED):  # fmt: skip
        move(occasion, place, State.BOOKED, Why.LIST, actor=actor, now=now)
    if place.state == State.BOOKED:
        move(occasion, place, State.ATTENDED, Why.LIST, actor=actor, now=now)
    store(occasion)
    audit.record(actor=actor, now=now, verb="add-at-the-door", subject=place, organisation=occasion.organisation_id)
    return place


@transaction.atomic
def close_list(*, actor: Actor, now: dt.datetime, occasion: Occasion) -> int:
    """Whoever was not marked was not there. Answers how many. Raises Forbidden or CannotMark."""
    occasion = _locked_for(actor, occasion, now)
    if occasion.ends_at > now:
        raise CannotMark(_("It is not over yet."))
    missing = list(Place.objects.filter(occasion=occasion, state=State.BOOKED))
    move_all(occasion, missing, State.ABSENT, Why.LIST, actor=actor, now=now)
    waiting = list(Place.objects.filter(occasion=occasion, state__in=[State.OFFERED, State.WAITLISTED, State.INVITED]))
    move_all(occasion, waiting, State.DECLINED, Why.EXPIRED, actor=actor, now=now)
    occasion.list_closed_at = now
    occasion.save(update_fields=["list_closed_at", "taken", "waiting"])
    audit.record(actor=actor, now=now, verb="close-list", subject=occasion, organisation=occasion.organisation_id)
    return len(missing)


@transaction.atomic
def keep_out(*, actor: Actor, now: dt.datetime, place: Place) -> None:
    """After a hearing, somebody may not come for a time: their place goes to the next in line. Called by the area that heard them."""
    occasion = locked(place.occasion_id)
    place = fresh(place, occasion)
    if place.state in (State.BOOKED, State.WAITLISTED, State.OFFERED, State.INVITED):
        move(occasion, place, State.DECLINED, Why.CONDUCT, actor=actor, now=now)
        tell(place, Why.CONDUCT, now=now)
        pass_on(occasion, actor=actor, now=now)


@transaction.atomic
def let_in_again(*, actor: Actor, now: dt.datetime, place: Place) -> None:
    """They should never have been kept out: who had a seat has one again, above capacity if need be, and who waited waits where they did.
    Called by the area that heard their appeal."""
    occasion = locked(place.occasion_id)
    place = fresh(place, occasion)
    steps = list(PlaceStep.objects.filter(place=place).order_by("-number")[:2])
    over = occasion.called_off_at is not None or occasion.ends_at <= now
    if len(steps) < 2 or steps[0].why != Why.CONDUCT or steps[1].state not in (*HOLDING, State.WAITLISTED) or over:
        return
    since, waited = place.queued_at, steps[1].state == State.WAITLISTED
    move(occasion, place, State.WAITLISTED if waited else State.BOOKED, Why.APPEAL, actor=actor, now=now)
    if waited:
        place.queued_at = since
        place.save(update_fields=["queued_at"])
    tell(place, Why.APPEAL, now=now)
    pass_on(occasion, actor=actor, now=now)


@transaction.atomic
def new_calendar_key(*, actor: Actor, now: dt.datetime) -> str:
    """The secret of one's own feed: a new one, which makes the old address worthless. Raises Forbidden."""
    if actor.id is None:
        raise Forbidden(_("Sign in first."))
    key = codes.random_letters(32)
    row, _made = CalendarKey.objects.update_or_create(person=Person.objects.get(pk=actor.id), defaults={"key": key, "made_at": now})  # fmt: skip
    audit.record(actor=actor, now=now, verb="new-calendar-address", subject=row)
    return key


@transaction.atomic
def end_calendar_key(*, actor: Actor, now: dt.datetime) -> None:
    """No feed any more. Ending twice is ending once."""
    found = CalendarKey.objects.filter(person_id=actor.id).first() if actor.id is not None else None
    if found is not None:
        audit.record(actor=actor, now=now, verb="end-calendar-address", subject=found)
        found.delete()


def checks_in(occasion: Occasion, now: dt.datetime) -> bool:
    """Whether attendance can be noted now."""
    return occasion.called_off_at is None and occasion.starts_at - EARLY <= now <= occasion.ends_at + LATE


def _locked_for(actor: Actor, occasion: Occasion, now: dt.datetime) -> Occasion:
    if not can_keep_list(actor, occasion):
        raise Forbidden(_("Only its host, and who keeps the institution’s record, keeps the list."))
    occasion = locked(occasion.pk)
    _refuse_time(occasion, now)
    return occasion


def _refuse_time(occasion: Occasion, now: dt.datetime) -> None:
    if occasion.called_off_at is not None:
        raise CannotMark(_("It was called off."))
    if now < occasion.starts_at - EARLY:
        raise CannotMark(_("It has not begun: attendance is noted from an hour before."))
    if now > occasion.ends_at + LATE:
        raise CannotMark(_("It is over for more than a month: the list stays as it is."))
