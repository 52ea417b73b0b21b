"""Conduct: what was said to whom, and who may not come for a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from moothall.appeals.models import Appeal
from moothall.appeals.selectors import last_appeal_about
from moothall.core import links
from moothall.core.actor import Actor
from moothall.directory.models import Person
from moothall.directory.selectors import person_to_tell
from moothall.places.types import Goer
from moothall.promises.models import Promise
from moothall.promises.ports import Line
from moothall.promises.selectors import open_promise_about

from ..models import Conduct, ConductEntry
from ..policies import can_decide_conduct, visible_conduct
from ..types import CONDUCT, HEARING, ConductState

SUBJECT = "conduct"
"""What a link lets do: as the person it is about, read it, speak and appeal."""


def conduct_for(actor: Actor, reference: str) -> Conduct | None:
    """None for one that is not there and for one that the actor has no part in."""
    rows = Conduct.objects.filter(visible_conduct(actor), reference=reference)
    return rows.select_related("organisation", "event__occasion", "person", "warned_by").first()


def conduct_of(conduct_id: int) -> Conduct | None:
    return Conduct.objects.filter(pk=conduct_id).select_related("organisation", "event__occasion", "person").first()


@dataclass(frozen=True, slots=True)
class ConductPage:
    conduct: Conduct
    entries: tuple[ConductEntry, ...]
    promise: Promise | None
    decides: bool
    appeal: Appeal | None


def page_of_conduct(actor: Actor, conduct: Conduct) -> ConductPage:
    """Three queries."""
    entries = tuple(conduct.entries.order_by("at", "pk"))
    return ConductPage(
        conduct, entries, open_promise_about(HEARING, conduct.pk), can_decide_conduct(actor, conduct), last_appeal_about(CONDUCT, conduct.pk)
    )  # fmt: skip


def conduct_in(actor: Actor, organisation: int) -> list[Conduct]:
    """What the actor may see of it in an institution, newest first."""
    rows = Conduct.objects.filter(visible_conduct(actor), organisation_id=organisation).select_related("person", "event__occasion")  # fmt: skip
    return list(rows.order_by("-made_at", "-pk")[:100])


def limit_on(goer: Goer, organisation: int, at: dt.datetime) -> tuple[str, dt.datetime] | None:
    """From whose events somebody is kept at that moment, and until when: by their account and by their address alike."""
    if goer.person is not None:
        mine = Q(person_id=goer.person) | Q(email__in=addresses_of(goer.person))
    else:
        email = goer.email.strip().lower()
        mine = Q(email=email) | Q(person__email__iexact=email) | Q(person__user__email__iexact=email)
    rows = Conduct.objects.filter(mine, organisation_id=organisation, state=ConductState.LIMITED, until__gt=at)
    found = rows.values_list("organisation__name", "until").first()
    return (found[0], found[1]) if found and found[1] else None


def addresses_of(person: int) -> list[str]:
    """The addresses that are a person's, in small letters."""
    found = Person.objects.filter(pk=person).values_list("email", "user__email").first() or ()
    return [each.lower() for each in found if each]


def name_of_subject(conduct: Conduct) -> str:
    return conduct.person.name if conduct.person else conduct.name or conduct.email.partition("@")[0]


def address_of_subject(conduct: Conduct) -> str:
    if conduct.person_id is None:
        return conduct.email
    found = person_to_tell(conduct.person_id)
    return found.email if found else ""


def subject_token(conduct_id: int) -> str:
    return links.sign(SUBJECT, conduct_id, today=timezone.localdate())


def describe_conduct(subjects: Collection[str]) -> Mapping[str, Line]:
    """What promises about hearings are about. One query."""
    rows = Conduct.objects.filter(pk__in=[int(each) for each in subjects]).select_related("event__occasion")
    return {
        str(each.pk): Line(
            each.event.occasion.title, reverse("conduct", args=[each.reference]), "", f"conduct-{each.reference}"
        )
        for each in rows
    }


def conducts_of(ids: Collection[int]) -> list[Conduct]:
    return list(Conduct.objects.filter(pk__in=ids).select_related("event__occasion", "organisation").order_by("pk"))


def conduct_that_ended(now: dt.datetime, warned_before: dt.datetime) -> list[int]:
    """Limits whose time is over, and warnings of that age, by id."""
    over = Q(state=ConductState.LIMITED, until__lte=now) | Q(state=ConductState.WARNED, made_at__lte=warned_before)
    return list(Conduct.objects.filter(over).order_by("pk").values_list("pk", flat=True)[:200])
