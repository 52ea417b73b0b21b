"""Occasions and places as they are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from moothall.appeals.models import Appeal
from moothall.appeals.selectors import last_appeal_about
from moothall.core import links
from moothall.core.actor import Actor
from moothall.directory.selectors import Present, person_to_tell

from .. import policies
from ..models import CalendarKey, Objection, Occasion, Place, PlaceStep
from ..ports import urls_of
from ..types import LISTED, OBJECTION, OPEN, State

HOLDER = "place"
"""What a link lets do whoever has it: with their own place what they could do signed in."""
MANAGER = "notice"
"""Place and person: with a notice, what a manager can do."""


def occasion_of(occasion_id: int) -> Occasion | None:
    return Occasion.objects.filter(pk=occasion_id).select_related("organisation").first()


def kept_occasion_for(actor: Actor, occasion_id: int) -> Occasion | None:
    """None for one that is not there and for one whose list the actor does not keep."""
    rows = Occasion.objects.filter(policies.keepable_occasions(actor), pk=occasion_id)
    return rows.select_related("organisation").first()


def _places() -> QuerySet[Place]:
    return Place.objects.select_related("occasion__organisation", "person", "organisation", "team")


def place_of(place_id: int) -> Place | None:
    """For whoever has proven by a link that it is theirs."""
    return _places().filter(pk=place_id).first()


def own_place_for(actor: Actor, place_id: int) -> Place | None:
    """None for one that is not there and for another's."""
    if actor.id is None:
        return None
    return _places().filter(pk=place_id, person_id=actor.id).first()


def noticed_place_for(actor: Actor, place_id: int) -> Place | None:
    """None for one that is not there and for one of which the actor has no notice."""
    return _places().filter(policies.noticed_places(actor), pk=place_id).first()


def my_place_in(actor: Actor, occasion_id: int) -> Place | None:
    if actor.id is None:
        return None
    return _places().filter(occasion_id=occasion_id, person_id=actor.id).first()


@dataclass(frozen=True, slots=True)
class PlacePage:
    """A place as its holder sees it."""

    place: Place
    url: str
    """Of the page about what they go to."""
    ahead: int
    """Who waits before them."""
    objection: Objection | None
    history: tuple[PlaceStep, ...]


def page_of_place(place: Place) -> PlacePage:
    """Four queries at most."""
    occasion = place.occasion
    ahead = 0
    if place.state == State.WAITLISTED:
        before = Q(queued_at__lt=place.queued_at) | Q(queued_at=place.queued_at, pk__lt=place.pk)
        ahead = Place.objects.filter(before, occasion=occasion, state=State.WAITLISTED).count()
    history = tuple(place.history.order_by("number"))
    return PlacePage(place, url_of(occasion), ahead, last_objection(place), history)


def last_objection(place: Place) -> Objection | None:
    """The one that stands, else the last."""
    rows = Objection.objects.filter(place=place).select_related("rule", "instead", "made_by", "organisation")
    return rows.order_by(F("ended_at").desc(nulls_first=True), "-pk").first()


def standing_objection(place: Place) -> Objection | None:
    found = last_objection(place)
    return found if found is not None and found.ended_at is None else None


def appeal_about(objection: Objection | None) -> Appeal | None:
    """The last appeal against it."""
    return last_appeal_about(OBJECTION, objection.pk) if objection is not None else None


def url_of(occasion: Occasion) -> str:
    """Of the page about it."""
    return urls_of([(occasion.kind, occasion.pk)])[occasion.pk]


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One line of where somebody goes."""

    place: Place
    occasion: Occasion
    url: str


def my_places(actor: Actor, now: dt.datetime, count: int = 100) -> list[PlaceRow]:
    """Where somebody goes, waits or is offered a place, soonest first; what was called off stays until its day is over."""
    if actor.id is None:
        return []
    states = [*OPEN, State.CANCELLED_WITH, State.DECLINED]
    rows = _places().filter(person_id=actor.id, occasion__ends_at__gt=now, state__in=states)
    return _rows(list(rows.order_by("occasion__starts_at", "pk")[:count]))


def past_places(actor: Actor, now: dt.datetime, count: int = 50) -> list[PlaceRow]:
    """Where somebody was, or had a place, the latest first."""
    if actor.id is None:
        return []
    rows = _places().filter(person_id=actor.id, occasion__ends_at__lte=now)
    return _rows(list(rows.order_by("-occasion__starts_at", "pk")[:count]))


def who_goes(now: dt.datetime) -> set[int]:
    """People (by id) with a line in where they are going."""
    rows = Place.objects.filter(person__isnull=False, occasion__ends_at__gt=now, state__in=[*OPEN, State.CANCELLED_WITH, State.DECLINED])  # fmt: skip
    return {person for person in rows.values_list("person_id", flat=True) if person is not None}


def objections_of(ids: Collection[int]) -> list[Objection]:
    rows = Objection.objects.filter(pk__in=ids).select_related("place__occasion", "place__organisation")
    return list(rows.order_by("pk"))


def _standing(now: dt.datetime) -> QuerySet[Objection]:
    """Objections against going somewhere that is still to come."""
    return Objection.objects.filter(ended_at__isnull=True, place__occasion__starts_at__gt=now, place__occasion__called_off_at__isnull=True)  # fmt: skip


def my_objections(actor: Actor, now: dt.datetime, count: int = 50) -> list[Objection]:
    """Those one made that stand and can still withdraw, soonest first."""
    rows = (
        _standing(now)
        .filter(policies.withdrawable_objections(actor), made_by_id=actor.id)
        .select_related("place__occasion", "place__person")
    )
    return list(rows.order_by("place__occasion__starts_at", "pk")[:count])


def who_objects(now: dt.datetime) -> set[int]:
    """People (by id) whose objection stands."""
    return {each for each in _standing(now).values_list("made_by_id", flat=True) if each is not None}


def _rows(places: list[Place]) -> list[PlaceRow]:
    urls = urls_of([(each.occasion.kind, each.occasion_id) for each in places])
    return [PlaceRow(each, each.occasion, urls[each.occasion_id]) for each in places]


@dataclass(frozen=True, slots=True)
class ListRow:
    """Somebody on the list at the door."""

    place: Place
    name: str
    email: str
    employer: str


def list_of(occasion: Occasion) -> list[ListRow]:
    """Who comes, by name. For whoever keeps the list."""
    return _listed(occasion, [*LISTED, State.INVITED])


def queue_of(occasion: Occasion) -> list[ListRow]:
    """Who waits, first come first; before them those who are offered a place."""
    return _listed(occasion, [State.OFFERED, State.WAITLISTED])


def _listed(occasion: Occasion, states: list[State]) -> list[ListRow]:
    rows = Place.objects.filter(occasion=occasion, state__in=states).select_related("person__user", "organisation")
    queue = states[0] is State.OFFERED
    order = ("state", "queued_at", "pk") if queue else ("pk",)
    found = [ListRow(each, _name(each), _email(each), each.organisation.name if each.organisation else "") for each in rows.order_by(*order)]  # fmt: skip
    return found if queue else sorted(found, key=lambda row: (row.name.lower(), row.place.pk))


def _name(place: Place) -> str:
    return place.person.name if place.person else place.name or place.email.partition("@")[0]


def _email(place: Place) -> str:
    if place.person is None:
        return place.email
    user = place.person.user
    return (user.email if user else "") or place.person.email


def whom_to_tell(place: Place) -> Present | None:
    """Who has the place, where there is an address."""
    if place.person_id is None:
        return Present(0, place.name, place.email) if place.email else None
    found = person_to_tell(place.person_id)
    return found if found is not None and found.email else None


def name_of(place: Place) -> str:
    return _name(place)


def holder_token(place: Place, today: dt.date) -> str:
    return links.sign(HOLDER, place.pk, today=today)


def manager_token(place: Place, person: int, today: dt.date) -> str:
    return links.sign(MANAGER, place.pk, person, today=today)


def calendar_key_of(actor: Actor) -> str:
    """The secret in the address of one's own feed; empty where there is none."""
    return CalendarKey.objects.filter(person_id=actor.id).values_list("key", flat=True).first() or "" if actor.id else ""  # fmt: skip


def places_by_calendar_key(key: str, since: dt.datetime) -> list[PlaceRow] | None:
    """What stands in the feed of that secret; None where it is nobody's."""
    owner = CalendarKey.objects.filter(key=key).values_list("person_id", flat=True).first()
    if owner is None:
        return None
    rows = _places().filter(person_id=owner, occasion__ends_at__gt=since, entry__gt=0)
    return _rows(list(rows.order_by("occasion__starts_at", "pk")[:500]))
