"""“I’m going”, and what a person does with their place afterwards. Each is one transaction that locks the occasion once, late."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit, times
from moothall.core.actor import Actor, system
from moothall.core.errors import DomainError, Forbidden
from moothall.core.sweeps import one_by_one
from moothall.directory.models import Membership
from moothall.directory.selectors import Present, current, holders_of_role
from moothall.directory.types import Role
from moothall.promises.selectors import closed_days
from moothall.promises.terms import due
from moothall.promises.types import Term

from ..models import Occasion, Place
from ..policies import can_go_as, can_keep_list
from ..ports import kind_of
from ..selectors import notice_days, standing_objection
from ..types import OPEN, Goer, State, Why, WorkTime
from .letters import tell, tell_limit, tell_manager
from .moving import advance, fresh, locked, move, offers_until, store

SWEEP = system("places")
AT_ONCE = 200


class CannotGo(DomainError):
    """This cannot be done with a place as things stand; the message says why."""


class ToldByMail(CannotGo):
    """Why not is for whoever reads that address alone: nobody else learns it by typing it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """To whom it is said that somebody goes in work time, and until when they may object."""

    managers: tuple[Present, ...]
    until: dt.datetime | None


def go(*, actor: Actor, now: dt.datetime, occasion: Occasion, goer: Goer, work: WorkTime | None = None, key: str = "") -> Place:  # fmt: skip
    """“I’m going”: a place if one is free, else the next in line. Pressed again, it is what it was; the same form (`key`) that comes a
    second time, however late, changes nothing.

    In work time the team's manager is told, not asked. No field of grade takes part. Raises Forbidden or CannotGo.
    """
    if not can_go_as(actor, goer):
        raise Forbidden(_("You can say that you go only for yourself."))
    _refuse_barred(occasion, goer, now)
    return _go(actor, now, occasion, goer, work, key)


@transaction.atomic
def _go(actor: Actor, now: dt.datetime, occasion: Occasion, goer: Goer, work: WorkTime | None, key: str) -> Place:
    notice = _notice(goer, work, occasion, now)
    occasion = locked(occasion.pk)
    _refuse_closed(occasion, now)
    place = _found(occasion, goer)
    waits_in_vain = place is not None and place.state == State.WAITLISTED and offers_until(occasion, now) is None and occasion.free != 0  # fmt: skip
    if place is not None and (place.state in (State.BOOKED, State.WAITLISTED) or (key and place.key == key)) and not waits_in_vain:  # fmt: skip
        return place
    if place is not None and place.state == State.OFFERED:
        return _accept(actor, now, occasion, place)
    if place is not None and place.state in (State.ATTENDED, State.ATTENDED_PART, State.ABSENT):
        raise CannotGo(_("It has begun, and you stand on its list already."))
    place = place or Place(occasion=occasion, person_id=goer.person, email=goer.email.strip().lower(), made_at=now)
    if work is not None and place.pk and standing_objection(place) is not None:
        raise CannotGo(_("An objection stands: appeal it, or say that you go in your own time."))
    place.name = goer.name.strip() or place.name
    place.organisation_id, place.team_id = (work.organisation, work.team) if work else (None, None)
    place.noticed_at, place.notice_until = (now, notice.until) if notice.managers else (None, None)
    place.told, place.key = occasion.sequence, key
    free = occasion.free is None or occasion.free > 0
    move(occasion, place, State.BOOKED if free else State.WAITLISTED, Why.PRESSED, actor=actor, now=now)
    store(occasion)
    audit.record(actor=actor, now=now, verb="go", subject=place, organisation=occasion.organisation_id)
    tell(place, Why.PRESSED, now=now)
    for manager in notice.managers:
        tell_manager(place, manager, now=now)
    return place


@transaction.atomic
def invite(*, actor: Actor, now: dt.datetime, occasion: Occasion, goer: Goer) -> Place:
    """Whoever keeps the list asks somebody to come. They take no seat until they say that they go. Raises Forbidden or CannotGo."""
    if not can_keep_list(actor, occasion):
        raise Forbidden(_("Only its host, and who keeps the institution’s record, may do that."))
    occasion = locked(occasion.pk)
    _refuse_closed(occasion, now)
    place = _found(occasion, goer)
    if place is not None:
        return place
    place = Place(occasion=occasion, person_id=goer.person, email=goer.email.strip().lower(), name=goer.name.strip(), made_at=now, told=occasion.sequence)  # fmt: skip
    move(occasion, place, State.INVITED, Why.INVITED, actor=actor, now=now)
    audit.record(actor=actor, now=now, verb="invite-to-occasion", subject=place, organisation=occasion.organisation_id)
    tell(place, Why.INVITED, now=now)
    return place


@transaction.atomic
def accept(*, actor: Actor, now: dt.datetime, place: Place) -> Place:
    """Takes the place that is offered, or says yes to an invitation. Who calls it has checked whose it is. Raises CannotGo."""
    occasion = locked(place.occasion_id)
    place = fresh(place, occasion)
    _refuse_closed(occasion, now)
    if place.state == State.BOOKED:
        return place
    if place.state == State.INVITED:
        free = occasion.free is None or occasion.free > 0
        move(occasion, place, State.BOOKED if free else State.WAITLISTED, Why.ACCEPTED, actor=actor, now=now)
        store(occasion)
        tell(place, Why.ACCEPTED, now=now)
        return place
    return _accept(actor, now, occasion, place)


def _accept(actor: Actor, now: dt.datetime, occasion: Occasion, place: Place) -> Place:
    if place.state != State.OFFERED:
        raise CannotGo(_("No place is offered to you now."))
    if place.offered_until is not None and place.offered_until <= now:
        raise CannotGo(_("The offer is over: the place goes to the next in line. Press “I’m going” to wait again."))
    move(occasion, place, State.BOOKED, Why.ACCEPTED, actor=actor, now=now)
    store(occasion)
    audit.record(actor=actor, now=now, verb="accept-place", subject=place, organisation=occasion.organisation_id)
    tell(place, Why.ACCEPTED, now=now)
    return place


@transaction.atomic
def cancel(*, actor: Actor, now: dt.datetime, place: Place) -> Place:
    """“I cannot come”: the seat is offered to the next in line at once. Cancelling twice is cancelling once.

    Who calls it has checked whose it is. Raises CannotGo.
    """
    occasion = locked(place.occasion_id)
    place = fresh(place, occasion)
    if place.state in (State.CANCELLED_BY_PERSON, State.DECLINED, State.CANCELLED_WITH):
        return place
    if occasion.ends_at <= now or place.state not in (State.BOOKED, State.WAITLISTED, State.OFFERED, State.INVITED):
        raise CannotGo(_("It is over: there is nothing to cancel any more."))
    if place.state in (State.OFFERED, State.INVITED):
        move(occasion, place, State.DECLINED, Why.REFUSED, actor=actor, now=now)
        tell(place, Why.REFUSED, now=now)
    else:
        late = place.state == State.BOOKED and now > occasion.cancel_by
        why = Why.LATE if late else Why.CHANGED_MIND
        move(occasion, place, State.CANCELLED_BY_PERSON, why, actor=actor, now=now)
        tell(place, why, now=now)
    pass_on(occasion, actor=actor, now=now)
    audit.record(actor=actor, now=now, verb="cancel-place", subject=place, organisation=occasion.organisation_id)
    return place


def pass_on(occasion: Occasion, *, actor: Actor, now: dt.datetime) -> None:
    """What became free is offered to the next in line, who are told. The occasion is locked; its counts are stored."""
    for each in advance(occasion, actor=actor, now=now):
        tell(each, Why.FREED, now=now)
    store(occasion)


def sweep_offers(now: dt.datetime) -> int:
    """Offers whose time is over go to the next in line, and so do places of people who were erased. Answers how many."""
    nobody_s = Q(person__isnull=True, email="", name="", state__in=OPEN, occasion__ends_at__gt=now)
    over = Place.objects.filter(Q(state=State.OFFERED, offered_until__lte=now) | nobody_s)
    found = list(over.order_by("offered_until", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return one_by_one("the offer of place", found, lambda place_id: _expire(place_id, now))


@transaction.atomic
def _expire(place_id: int, now: dt.datetime) -> int:
    occasion = locked(Place.objects.values_list("occasion_id", flat=True).get(pk=place_id))
    place = fresh(Place(pk=place_id), occasion)
    nobody_s = place.person_id is None and not (place.email or place.name) and place.state in OPEN
    if not nobody_s and (place.state != State.OFFERED or place.offered_until is None or place.offered_until > now):
        return 0
    move(occasion, place, State.DECLINED, Why.EXPIRED, actor=SWEEP, now=now)
    tell(place, Why.EXPIRED, now=now)
    pass_on(occasion, actor=SWEEP, now=now)
    return 1


def _found(occasion: Occasion, goer: Goer) -> Place | None:
    rows = Place.objects.filter(occasion=occasion)
    if goer.person is not None:
        found = rows.filter(person_id=goer.person).first()
    else:
        found = rows.filter(person__isnull=True, email__iexact=goer.email.strip()).first()
    if found is not None:
        found.occasion = occasion
    return found


def _notice(goer: Goer, work: WorkTime | None, occasion: Occasion, now: dt.datetime) -> Notice:
    """Whom to tell, and until when they may object: so many working days of the employer, and never after it has begun."""
    if work is None or goer.person is None:
        return Notice((), None)
    today = timezone.localdate(now)
    member = (
        Membership.objects.filter(current(today), person_id=goer.person, organisation_id=work.organisation)
        .select_related("organisation")
        .first()
    )
    if member is None:
        raise CannotGo(_("You do not work there any more, so you go in your own time."))
    if work.team != member.team_id:
        raise CannotGo(_("You work in another team now. Look at the page again."))
    if work.team is None:
        return Notice((), None)
    managers = holders_of_role(Role.LINE_MANAGER, work.organisation, work.team, today)
    managers = [each for each in managers if each.person_id != goer.person]
    if not managers:
        return Notice((), None)
    closed = closed_days(member.organisation.division)
    until = due(now, Term(notice_days(work.organisation)), closed, times.zone())
    return Notice(tuple(managers), min(until, occasion.starts_at))


def renew_notice(place: Place, now: dt.datetime) -> None:
    """It is at another time: whoever leads their team is told anew, and may object anew. The occasion is locked."""
    if place.organisation_id is None or place.person_id is None or place.seated:
        return
    try:
        notice = _notice(Goer(place.person_id), WorkTime(place.organisation_id, place.team_id), place.occasion, now)
    except CannotGo:
        return  # they work elsewhere now: nobody there is to be told
    if notice.managers:
        place.noticed_at, place.notice_until = place.noticed_at or now, notice.until
        place.save(update_fields=["noticed_at", "notice_until"])
        for manager in notice.managers:
            tell_manager(place, manager, now=now)


def _refuse_barred(occasion: Occasion, goer: Goer, now: dt.datetime) -> None:
    kind = kind_of(occasion.kind)
    limit = limit_of(occasion, goer)
    if limit and goer.person is None:
        tell_limit(occasion, goer.email, limit, now=now)
        raise ToldByMail(_("Look into your mail: we have written to you about this."))
    why = limit or (kind.bar(goer, occasion.pk, occasion.organisation_id, now) if kind.bar else "")
    if why:
        raise CannotGo(why)


def limit_of(occasion: Occasion, goer: Goer) -> str:
    """That somebody may not come for a time, in words; empty for everybody else."""
    kind = kind_of(occasion.kind)
    return kind.limit(goer, occasion.organisation_id, occasion.starts_at) if kind.limit else ""


def _refuse_closed(occasion: Occasion, now: dt.datetime) -> None:
    if occasion.called_off_at is not None:
        raise CannotGo(_("It is called off."))
    if occasion.closes_at <= now:
        raise CannotGo(_("It is too late to say that you go: that was possible until it closed."))
