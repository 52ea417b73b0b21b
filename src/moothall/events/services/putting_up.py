"""An event put up, changed and called off; and what it leaves behind."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import replace

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from moothall.core import audit, codes
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.models import Organisation
from moothall.places import services as places
from moothall.places.types import NewOccasion

from ..models import Event
from ..policies import can_host, can_keep_event
from ..types import KIND, NewEvent, Topic


class CannotPutUp(DomainError):
    """An event cannot be put up or changed like this; the message says why."""


@transaction.atomic
def put_up(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, new: NewEvent, again_of: Event | None = None
) -> Event:
    """An event in an institution's name, by anybody who works there. It is open to everybody unless it publishes a reason.

    With `again_of` it is another one of the same series. Raises Forbidden, CannotPutUp or CannotHold.
    """
    if not can_host(actor, organisation.pk):
        raise Forbidden(_("Only who works there puts something up in an institution’s name."))
    if new.ends_at <= now:
        raise CannotPutUp(_("It is over already: give the day on which it will be."))
    _refuse_bad(new)
    series = _series(again_of)
    occasion = places.make_occasion(actor=actor, now=now, new=_occasion(new, organisation.pk, actor.id, series))
    event = Event.objects.create(
        occasion=occasion, reference=new_reference(new.title), about=new.about.strip(), topics=list(new.topics), afar=new.afar.strip(), access=new.access.strip(),
        closed_reason=new.closed_reason.strip(), made_at=now, changed_at=now,
    )  # fmt: skip
    audit.record(actor=actor, now=now, verb="put-up-event", subject=event, organisation=organisation.pk)
    return event


@transaction.atomic
def change(*, actor: Actor, now: dt.datetime, event: Event, new: NewEvent) -> Event:
    """Whoever is going is told of another time, place or title, and their calendar is brought up to date.

    Raises Forbidden, CannotPutUp or CannotHold.
    """
    if not can_keep_event(actor, event):
        raise Forbidden(_("Only its host, and who keeps the institution’s record, may do that."))
    _refuse_bad(new)
    before = event.occasion
    if new.ends_at <= now < before.ends_at:
        raise CannotPutUp(_("That day is over already: give the day on which it will be, or call it off."))
    new = replace(
        new, offer_hours=before.offer_hours, cancel_by=new.cancel_by or new.starts_at - (before.starts_at - before.cancel_by),
        closes_at=new.closes_at or (None if before.closes_at == before.ends_at else min(before.closes_at, new.ends_at)),
    )  # fmt: skip
    places.change_occasion(actor=actor, now=now, occasion=before, new=_occasion(new, before.organisation_id, before.host_id, before.series))  # fmt: skip
    event = Event.objects.select_for_update(of=("self",)).get(pk=event.pk)
    event.about, event.topics, event.afar, event.access = new.about.strip(), list(new.topics), new.afar.strip(), new.access.strip()  # fmt: skip
    event.closed_reason, event.changed_at = new.closed_reason.strip(), now
    event.save(update_fields=["about", "topics", "afar", "access", "closed_reason", "changed_at"])
    audit.record(actor=actor, now=now, verb="change-event", subject=event, organisation=before.organisation_id)
    return event


@transaction.atomic
def call_off(*, actor: Actor, now: dt.datetime, event: Event, why: str) -> None:
    """Everybody who has, waits for or was offered a place is told, and why. Raises Forbidden, CannotPutUp or CannotHold."""
    if not can_keep_event(actor, event):
        raise Forbidden(_("Only its host, and who keeps the institution’s record, may do that."))
    if not why.strip():
        raise CannotPutUp(_("Say why it is called off: everybody who was going is sent your words."))
    places.call_off(actor=actor, now=now, occasion=event.occasion, why=why)
    Event.objects.filter(pk=event.pk).update(changed_at=now)
    audit.record(actor=actor, now=now, verb="call-off-event", subject=event, organisation=event.occasion.organisation_id)  # fmt: skip


@transaction.atomic
def leave_behind(
    *, actor: Actor, now: dt.datetime, event: Event, notes: str, slides_url: str, recording_url: str
) -> None:
    """What who was not there can read and see. Raises Forbidden."""
    if not can_keep_event(actor, event):
        raise Forbidden(_("Only its host, and who keeps the institution’s record, may do that."))
    Event.objects.filter(pk=event.pk).update(
        notes=notes.strip(), slides_url=slides_url.strip(), recording_url=recording_url.strip(), changed_at=now
    )
    audit.record(actor=actor, now=now, verb="leave-behind", subject=event, organisation=event.occasion.organisation_id)


def _occasion(new: NewEvent, organisation: int, host: int | None, series: str) -> NewOccasion:
    return NewOccasion(
        KIND, organisation, new.title.strip(), new.starts_at, new.ends_at, new.capacity, new.venue.strip(), new.online_url.strip(), host, new.closes_at,
        new.cancel_by, new.offer_hours, series,
    )  # fmt: skip


def _series(again_of: Event | None) -> str:
    """Of the first one; made with the second."""
    if again_of is None:
        return ""
    occasion = again_of.occasion
    if not occasion.series:
        occasion.series = codes.random_letters(12)
        occasion.save(update_fields=["series"])
    return occasion.series


def _refuse_bad(new: NewEvent) -> None:
    if not new.title.strip() or not new.about.strip():
        raise CannotPutUp(_("Give it a title, and say in a few words what it is."))
    if not (new.venue.strip() or new.online_url.strip()):
        raise CannotPutUp(_("Say where it is: a place, an address on the web, or both."))
    if new.ends_at - new.starts_at > dt.timedelta(days=31):
        raise CannotPutUp(_("It lasts more than a month. Put up each day by itself."))
    if not set(new.topics) <= set(Topic.values):
        raise CannotPutUp(_("Choose topics from the list."))


def new_reference(title: str) -> str:
    """A part of its address: its title, and letters that nobody guesses for another of the same title."""
    return f"{slugify(title)[:60].strip('-') or 'event'}-{''.join(secrets.choice(codes.LETTERS) for _each in range(5))}"
