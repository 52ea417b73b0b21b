"""Cover rules set beforehand, and objections: in writing, in time, and only where the arithmetic of a rule falls short."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.appeals.selectors import link_of
from moothall.appeals.services import open_appeal, settle
from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.models import Organisation, Team

from ..models import CoverRule, NoticePeriod, Objection, Occasion, Place
from ..policies import can_keep_cover, can_object, can_set_notice, can_withdraw
from ..selectors import count_for, instead_of, rule_for, standing_objection, team_size
from ..types import OBJECTION, Goer, NewCover, State, Stated, Why
from .going import CannotGo, limit_of, pass_on, renew_notice
from .letters import arithmetic, tell, tell_objection
from .moving import fresh, locked, move, store

MOST_WORDS = 4000


class CannotObject(DomainError):
    """The objection does not count; the message says why, with the arithmetic."""


class CannotSetCover(DomainError):
    """The rule cannot be set like this; the message says what is possible."""


@transaction.atomic
def set_cover(*, actor: Actor, now: dt.datetime, team: Team, new: NewCover) -> CoverRule:
    """A rule counts for whoever says after now that they go. Raises Forbidden or CannotSetCover."""
    if not can_keep_cover(actor, team.organisation_id, team.pk):
        raise Forbidden(_("Only who leads the team, or keeps the institution’s record, says how many must stay."))
    if new.minimum < 1 or not new.weekdays or not set(new.weekdays) <= set(range(7)):
        raise CannotSetCover(_("Say how many must stay, at least one, and on which days."))
    if new.to_time <= new.from_time:
        raise CannotSetCover(_("The hours must end after they start."))
    size = team_size(team, timezone.localdate(now))
    if new.minimum > size:
        raise CannotSetCover(_("Only %(size)d work in the team: no more can have to stay.") % {"size": size})
    rule = CoverRule.objects.create(
        team=team, organisation_id=team.organisation_id, minimum=new.minimum, weekdays=sorted(set(new.weekdays)), from_time=new.from_time,
        to_time=new.to_time, set_at=now, set_by_id=actor.id,
    )  # fmt: skip
    audit.record(actor=actor, now=now, verb="set-cover", subject=rule, organisation=team.organisation_id)
    return rule


@transaction.atomic
def end_cover(*, actor: Actor, now: dt.datetime, rule: CoverRule) -> None:
    """It counts for nobody who says after now that they go. Raises Forbidden."""
    if not can_keep_cover(actor, rule.organisation_id, rule.team_id):
        raise Forbidden(_("Only who leads the team, or keeps the institution’s record, says how many must stay."))
    if CoverRule.objects.filter(pk=rule.pk, ended_at__isnull=True).update(ended_at=now):
        audit.record(actor=actor, now=now, verb="end-cover", subject=rule, organisation=rule.organisation_id)


@transaction.atomic
def set_notice(*, actor: Actor, now: dt.datetime, organisation: Organisation, days: int) -> None:
    """How many working days managers there have to object. Raises Forbidden or CannotSetCover."""
    if not can_set_notice(actor, organisation.pk):
        raise Forbidden(_("Only its administrators say how long a notice runs."))
    if not 1 <= days <= 10:
        raise CannotSetCover(_("Choose from 1 to 10 working days."))
    NoticePeriod.objects.update_or_create(organisation=organisation, defaults={"days": days})
    audit.record(actor=actor, now=now, verb="set-notice", subject=organisation, organisation=organisation.pk)


@transaction.atomic
def object_to(*, actor: Actor, now: dt.datetime, place: Place, text: str, stated: Stated) -> Objection:
    """A manager objects: while the notice runs, on a rule set before, in writing, and only if its arithmetic falls short. What they state
    (sickness, an inspection) stands until it is appealed. The seat goes to the next in line.

    Raises Forbidden or CannotObject.
    """
    occasion = locked(place.occasion_id)
    place = fresh(place, occasion)
    if not can_object(actor, place):
        raise Forbidden(_("Only who leads their team may object, and nobody about themselves."))
    text = text.strip()
    if not text or len(text) > MOST_WORDS:
        raise CannotObject(_("Write why, in at most %(most)d characters: they are sent your words.") % {"most": MOST_WORDS})  # fmt: skip
    if place.seated:
        raise CannotObject(_("An appeal was upheld about this: nobody below the board contact can undo it."))
    if place.state not in (State.BOOKED, State.WAITLISTED, State.OFFERED):
        raise CannotObject(_("They are not going as it stands."))
    if place.notice_until is None or place.notice_until <= now:
        raise CannotObject(_("The notice is over. Silence is yes: they go."))
    rule = rule_for(place, occasion)
    if rule is None:
        raise CannotObject(_("No cover rule of your team speaks of that time, or it was set only after they said that they go. So there is no ground for an objection: they go."))  # fmt: skip
    count = count_for(place, occasion, rule, stated)
    if min(stated.away, stated.needed) < 0 or max(stated.away, stated.needed) > count.team:
        raise CannotObject(_("Write numbers from 0 to %(team)d: so many work in the team.") % {"team": count.team})
    if not count.falls_short:
        raise CannotObject(_("That does not count, as enough of your team stay.") + " " + arithmetic(count))
    objection = Objection.objects.create(
        place=place, rule=rule, organisation_id=rule.organisation_id, team_id=rule.team_id, made_by_id=actor.id, made_at=now, text=text, team_size=count.team, away=count.away, stated_away=stated.away,
        minimum=count.minimum, stated_needed=stated.needed, instead=instead_of(place, now),
    )  # fmt: skip
    move(occasion, place, State.DECLINED, Why.OBJECTION, actor=actor, now=now)
    tell_objection(place, objection, count, now=now)
    pass_on(occasion, actor=actor, now=now)
    audit.record(actor=actor, now=now, verb="object", subject=objection, organisation=place.organisation_id)
    return objection


@transaction.atomic
def withdraw_objection(*, actor: Actor, now: dt.datetime, place: Place) -> Place:
    """The manager was wrong, or things have changed: the person goes if a seat is free, else they wait in front of all others.

    Raises Forbidden or CannotObject.
    """
    occasion = locked(place.occasion_id)
    place = fresh(place, occasion)
    objection = standing_objection(place)
    if objection is None:
        raise CannotObject(_("No objection stands."))
    if not can_withdraw(actor, objection):
        raise Forbidden(_("Only who leads their team may do that."))
    _give_up(objection, place, _("Your manager has withdrawn the objection."), actor=actor, now=now)
    settle(actor=actor, now=now, kind=OBJECTION, subject=objection.pk, text=_("The objection was withdrawn."))
    audit.record(actor=actor, now=now, verb="withdraw-objection", subject=objection, organisation=place.organisation_id)
    return place


def let_objections_lapse(occasion: Occasion, *, actor: Actor, now: dt.datetime) -> None:
    """It is at another time now, and an objection is about one time: they go again, or wait in front, and their manager may look at the
    new time as at any. The occasion is locked and stored."""
    standing = Objection.objects.filter(place__occasion=occasion, ended_at__isnull=True).select_related("place")
    for objection in standing.order_by("pk"):
        place = fresh(objection.place, occasion)
        why = _("It is at another time now, and the objection was about the time before.")
        _give_up(objection, place, why, actor=actor, now=now, anew=True)
        settle(actor=actor, now=now, kind=OBJECTION, subject=objection.pk, text=why)


def _give_up(objection: Objection, place: Place, reason: str, *, actor: Actor, now: dt.datetime, anew: bool = False) -> None:  # fmt: skip
    """The objection stands no more: who declined because of it goes if a seat is free, else waits in front of all others. `anew`: their
    manager has notice of the new time."""
    _set_aside(objection, now)
    occasion = place.occasion
    may_come = occasion.called_off_at is None and occasion.ends_at > now and not limit_of(occasion, Goer(place.person_id, place.email))  # fmt: skip
    if place.state == State.DECLINED and may_come:
        free = occasion.free is None or occasion.free > 0
        move(occasion, place, State.BOOKED if free else State.WAITLISTED, Why.PRESSED, actor=actor, now=now)
        if not free:
            place.queued_at = place.made_at
            place.save(update_fields=["queued_at"])
        store(occasion)
        if anew:
            place.told = occasion.sequence  # this letter says it
            place.save(update_fields=["told"])
            renew_notice(place, now)
        tell(place, Why.PRESSED, now=now, reason=reason)


@transaction.atomic
def appeal(*, actor: Actor, now: dt.datetime, place: Place, text: str) -> str:
    """Turns against the objection that stands, in one step. Answers the address at which the person follows it. Who calls it has checked whose it is.

    Raises CannotGo or CannotAppeal.
    """
    objection = standing_objection(place)
    if objection is None:
        raise CannotGo(_("No objection stands against your going."))
    opened = open_appeal(actor=actor, now=now, kind=OBJECTION, subject=objection.pk, text=text, appellant=place.person_id)  # fmt: skip
    return link_of(opened.pk, place.person_id or 0)


def lock_objection(subject: str) -> None:
    """The occasion before the appeal, as whoever changes a place does."""
    occasion = Objection.objects.filter(pk=int(subject)).values_list("place__occasion_id", flat=True).get()
    locked(occasion)


def uphold(subject: str, actor: Actor, now: dt.datetime) -> None:
    """The appeal against an objection is upheld: the person is seated, above capacity if need be, and nobody below can undo it. Called in
    the transaction that decides, with the occasion locked."""
    objection = Objection.objects.select_related("place").get(pk=int(subject))
    occasion = locked(objection.place.occasion_id)
    place = fresh(objection.place, occasion)
    _set_aside(objection, now)
    place.seated = True
    place.organisation_id, place.team_id, place.noticed_at, place.notice_until = objection.organisation_id, objection.team_id, None, None  # fmt: skip
    waits = place.state in (State.DECLINED, State.WAITLISTED, State.OFFERED)
    if waits and occasion.called_off_at is None and occasion.ends_at > now:
        move(occasion, place, State.BOOKED, Why.APPEAL, actor=actor, now=now)
        store(occasion)
        tell(place, Why.APPEAL, now=now)
    else:
        place.save(update_fields=["seated", "organisation", "team", "noticed_at", "notice_until"])


def _set_aside(objection: Objection, now: dt.datetime) -> None:
    if objection.ended_at is None:
        Objection.objects.filter(pk=objection.pk).update(ended_at=now)
