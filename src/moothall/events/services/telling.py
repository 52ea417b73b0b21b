"""Who wants to hear of new events is told, once each; and what those say who were there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moothall.core import audit, links, mail, times
from moothall.core.actor import Actor
from moothall.core.errors import DomainError
from moothall.core.sweeps import one_by_one
from moothall.directory.models import Person
from moothall.directory.selectors import person_to_tell
from moothall.places.models import Place
from moothall.places.selectors import holder_token, whom_to_tell
from moothall.places.types import GOING

from ..models import Event, Feedback, Interest
from ..selectors import interest_token, interests_behind, latest_news, news_for, news_since, told_last
from ..types import Topic

WAIT = dt.timedelta(minutes=15)
"""A new event is told of only after this: until then its organiser may see what is wrong with it."""
AT_ONCE = 50
LETTERS = 500
"""Interests looked at in one sweep."""
AFTER = dt.timedelta(hours=12)


class CannotListen(DomainError):
    """An interest or an opinion cannot be noted like this; the message says why."""


@transaction.atomic
def want(*, actor: Actor, now: dt.datetime, topics: Collection[str], near: str, email: str = "") -> Interest:
    """Letters about new events that fit. For an address that somebody types, whoever reads it there has to say yes first.

    Raises CannotListen.
    """
    if not set(topics) <= set(Topic.values):
        raise CannotListen(_("Choose topics from the list."))
    chosen = [each for each in Topic.values if each in topics]
    said = {"topics": chosen, "near": near.strip()[:100]}
    if actor.id is not None:
        interest, _made = Interest.objects.update_or_create(person=Person.objects.get(pk=actor.id), defaults={**said, "confirmed_at": now}, create_defaults={**said, "made_at": now, "confirmed_at": now})  # fmt: skip
        audit.record(actor=actor, now=now, verb="want-events", subject=interest)
        return interest
    address = email.strip().lower()
    if not address:
        raise CannotListen(_("Give the mail address to which we write."))
    interest, made = Interest.objects.get_or_create(email=address, defaults={**said, "made_at": now})
    if not made and interest.confirmed_at is None:
        Interest.objects.filter(pk=interest.pk).update(**said)
    link = links.absolute("interest", interest_token(interest, timezone.localdate(now)))
    mail.post(
        to=address, subject=_("New events: do you want these letters?"), now=now, key=f"interest-{interest.pk}-{timezone.localdate(now)}", thread=f"interest-{interest.pk}",
        text=mail.paragraphs([_("Somebody, you we hope, asked for letters about new events at this address. If you want them, say so here; if not, do nothing."), link]),
    )  # fmt: skip
    return interest


@transaction.atomic
def confirm(*, now: dt.datetime, interest: Interest) -> None:
    """Whoever reads the address says yes. Twice is once. Who calls it has checked the link."""
    Interest.objects.filter(pk=interest.pk, confirmed_at__isnull=True).update(confirmed_at=now)


@transaction.atomic
def change_interest(*, now: dt.datetime, interest: Interest, topics: Collection[str], near: str) -> None:
    """Other topics or another place, by the link in a letter. Who calls it has checked the link."""
    Interest.objects.filter(pk=interest.pk).update(topics=[each for each in Topic.values if each in topics], near=near.strip()[:100])  # fmt: skip


@transaction.atomic
def stop(*, actor: Actor, now: dt.datetime, interest: Interest) -> None:
    """No more letters; nothing is kept. Who calls it has checked whose it is. Twice is once."""
    audit.record(actor=actor, now=now, verb="stop-events", subject=interest)
    Interest.objects.filter(pk=interest.pk).delete()


def sweep_new_events(now: dt.datetime) -> int:
    """Tells of new events, each interest in one letter about all that are new to it. Answers how many letters.

    What is new is made news first, and then each interest is told of what became news since it was told last, in a transaction of its
    own: whoever dies on the way has told some, and the next sweep tells the others.
    """
    _make_news(now)
    latest, behind = interests_behind(LETTERS)
    if latest is None or not behind:
        return 0
    news = news_since(min(told for _interest, told in behind), now)
    due = [interest.pk for interest, told in behind if news_for(interest, told, news)]
    others = Interest.objects.filter(pk__in=[each.pk for each, _told in behind if each.pk not in due])
    others.filter(Q(told_until__isnull=True) | Q(told_until__lt=latest)).update(told_until=latest)
    return one_by_one("the letter about new events to interest", due, lambda pk: _tell_news(pk, latest, news, now))


@transaction.atomic
def _make_news(now: dt.datetime) -> None:
    """Moments of news only ever rise, whoever sweeps beside: who was told until one has missed nothing before it."""
    ready = Event.objects.filter(news_at__isnull=True, made_at__lt=now - WAIT, occasion__organisation__confirmed_at__isnull=False)  # fmt: skip
    if not ready.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7413)")
    last = latest_news()
    at = max(now, last + dt.timedelta(microseconds=1)) if last is not None else now
    Event.objects.filter(pk__in=list(ready.order_by("made_at", "pk").values_list("pk", flat=True)[:AT_ONCE])).update(news_at=at)  # fmt: skip


@transaction.atomic
def _tell_news(interest_id: int, latest: dt.datetime, news: Sequence[Event], now: dt.datetime) -> int:
    """One letter, once, whoever else is at it."""
    rows = Interest.objects.filter(pk=interest_id, confirmed_at__isnull=False)
    interest = rows.select_for_update(skip_locked=True).first()
    if interest is None or (told := told_last(interest)) >= latest:
        return 0
    Interest.objects.filter(pk=interest_id).update(told_until=latest)
    events = news_for(interest, told, news)
    person = person_to_tell(interest.person_id) if interest.person_id is not None else None
    to = person.email if person else interest.email
    if not to or not events:
        return 0
    lines = [
        "\n".join([
            each.occasion.title, times.span(each.occasion.starts_at, each.occasion.ends_at), each.occasion.venue or _("Online"), each.occasion.organisation.name,
            links.absolute("event", each.reference),
        ]) for each in events
    ]  # fmt: skip
    stop_at = links.absolute("interest", interest_token(interest, timezone.localdate(now)))
    count = len(events)
    mail.post(
        to=to, now=now, key=f"new-events-{interest.pk}-{latest.timestamp():.6f}", thread=f"interest-{interest.pk}", stop_url=stop_at,
        subject=ngettext("A new event for you: %(title)s", "%(count)d new events for you", count) % {"count": count, "title": events[0].occasion.title},
        text=mail.paragraphs([_("These are new, and fit what you want to hear of. Anyone may go."), *lines, _("Other topics, or no more of these letters: %(link)s") % {"link": stop_at}]),
    )  # fmt: skip
    return 1


def sweep_how_it_was(now: dt.datetime) -> int:
    """The morning after, those who were there (or had a place, where nobody kept the list) are asked two questions. Answers how many events."""
    ended = Event.objects.filter(
        rated_at__isnull=True, occasion__called_off_at__isnull=True, occasion__ends_at__lt=now - AFTER, occasion__ends_at__gt=now - 7 * AFTER
    )  # fmt: skip
    found = list(ended.order_by("occasion__ends_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return one_by_one("the questions about event", found, lambda event_id: _ask_all(event_id, now))


@transaction.atomic
def _ask_all(event_id: int, now: dt.datetime) -> int:
    """Everybody who was there, once, whoever else is at it."""
    rows = Event.objects.filter(pk=event_id, rated_at__isnull=True).select_related("occasion")
    event = rows.select_for_update(of=("self",), skip_locked=True).first()
    if event is None:
        return 0
    there = Place.objects.filter(occasion=event.occasion, state__in=GOING).select_related("occasion__organisation", "person")  # fmt: skip
    for place in there.order_by("pk"):
        ask_how_it_was(place, now)
    Event.objects.filter(pk=event_id).update(rated_at=now)
    return 1


def ask_how_it_was(place: Place, now: dt.datetime) -> None:
    to = whom_to_tell(place)
    if to is None:
        return
    title = {"title": place.occasion.title}
    link = links.absolute("rate-event", holder_token(place, timezone.localdate(now)))
    parts = [_("You were at “%(title)s”. Was it worth coming, and what should be different next time? Two questions:") % title, link, _("What you say is counted without your name.")]  # fmt: skip
    mail.post(
        to=to.email, subject=_("How was it? %(title)s") % title, text=mail.paragraphs(parts), now=now, key=f"rate-{place.pk}", thread=f"place-{place.pk}",
        stoppable=place.person_id is None,
    )  # fmt: skip


@transaction.atomic
def rate(*, actor: Actor, now: dt.datetime, place: Place, worth: int, text: str) -> Feedback:
    """Two answers of somebody who was there; said again, they replace what was said. Who calls it has checked whose place it is.

    Raises CannotListen.
    """
    if place.occasion.ends_at > now:
        raise CannotListen(_("It is not over yet."))
    if place.state not in GOING:
        raise CannotListen(_("Only who had a place can say how it was."))
    if not 1 <= worth <= 5:
        raise CannotListen(_("Choose from 1 to 5."))
    found, _made = Feedback.objects.update_or_create(place=place, defaults={"worth": worth, "text": text.strip()[:4000], "at": now})  # fmt: skip
    audit.record(actor=actor, now=now, verb="rate-event", subject=found, organisation=place.occasion.organisation_id)
    return found
