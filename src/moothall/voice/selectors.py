"""Every read of voice, and the addresses at which people without a session find their case."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from moothall.core import inbox, links
from moothall.core.actor import Actor
from moothall.core.models import IncomingMail
from moothall.core.types import IncomingState
from moothall.promises.models import Promise
from moothall.promises.ports import Line
from moothall.promises.selectors import open_promise_about, resting_with

from . import policies
from .models import Case, CaseEntry
from .types import By, Entry

AUTHOR, HOLDER = "author", "holder"


def case_for(actor: Actor, reference: str) -> Case | None:
    """None for one that is not there and for one that the actor may not see."""
    rows = Case.objects.filter(policies.visible_cases(actor), reference=reference)
    return rows.select_related("organisation", "post", "service", "author", "recorded_by").first()


def case_of(case_id: int) -> Case | None:
    return Case.objects.filter(pk=case_id).select_related("organisation", "post", "service", "author").first()


def case_by_reference(reference: str) -> Case | None:
    """For whoever has proven by a receipt that it is theirs."""
    return Case.objects.filter(reference=reference).select_related("organisation", "post", "service").first()


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case with its conversation, and the promise that runs through it (None once it is settled)."""

    case: Case
    entries: tuple[CaseEntry, ...]
    promise: Promise | None
    begun: bool
    """Its owner has done something with it."""


def page_of_case(case: Case) -> CasePage:
    """Two queries."""
    entries = tuple(case.entries.select_related("organisation").order_by("at", "pk"))
    return CasePage(case, entries, open_promise_about(case.kind, case.pk), any(each.by == By.OWNER for each in entries))


def describe(subjects: Collection[str]) -> Mapping[str, Line]:
    """What promises about cases are about. Two queries."""
    wanted = [int(each) for each in subjects]
    said = dict(CaseEntry.objects.filter(case_id__in=wanted, what=Entry.SENT).values_list("case_id", "text"))
    return {
        str(pk): Line(title, reverse("case", args=[reference]), said.get(pk, ""), thread_of(reference))
        for pk, title, reference in Case.objects.filter(pk__in=wanted).values_list("pk", "title", "reference")
    }


def thread_of(reference: str) -> str:
    return f"case-{reference}"


def link_for(subject: str, person: int | None) -> str:
    """The address for whoever holds it (a person by id), or for its author."""
    today = timezone.localdate()
    if person is None:
        return links.absolute("my-case", links.sign(AUTHOR, int(subject), today=today))
    return links.absolute("act-on-case", links.sign(HOLDER, int(subject), person, today=today))


def reply_to(subject: str, person: int | None) -> str:
    today = timezone.localdate()
    if person is None:
        return links.reply_address(links.sign(AUTHOR, int(subject), today=today))
    return links.reply_address(links.sign(HOLDER, int(subject), person, today=today))


def author_link(case: Case, now: dt.datetime) -> str:
    return links.absolute("my-case", author_token(case, now))


def author_token(case: Case, now: dt.datetime) -> str:
    return links.sign(AUTHOR, case.pk, today=timezone.localdate(now))


def author_reply_address(case: Case, now: dt.datetime) -> str:
    return links.reply_address(author_token(case, now))


def case_by_references(references: Sequence[str]) -> Case | None:
    """By our own threads, or by a message of its author's that became part of it."""
    domain = re.escape(str(settings.MAIL_DOMAIN))
    ours = [
        found[1]
        for each in references
        if (found := re.fullmatch(rf"<case-([0-9a-z]+)\.thread@{domain}>", each.lower()))
    ]
    rows = Case.objects.select_related("organisation", "post", "service", "author")
    if ours:
        return rows.filter(reference__in=ours).first()
    theirs = Q(entries__mail__message_id__in=list(references))
    return rows.filter(theirs).order_by("-received_at").first() if references else None


def my_cases(actor: Actor) -> list[Case]:
    """What somebody sent, newest first."""
    rows = Case.objects.filter(author_id=actor.id) if actor.id is not None else Case.objects.none()
    return list(rows.select_related("organisation").order_by("-received_at", "-pk")[:100])


def recorded_for(actor: Actor) -> list[Case]:
    """What was written down at somebody's desk, newest first."""
    rows = Case.objects.filter(policies.recorded_cases(actor)).select_related("organisation")
    return list(rows.order_by("-received_at", "-pk")[:50])


NOT_PLACED = (IncomingState.HELD, IncomingState.AUTOMATIC)
"""What a person may still place."""


def held_mail() -> list[IncomingMail]:
    """Mail that nobody could place, oldest first, without its bytes."""
    return list(IncomingMail.objects.filter(state=IncomingState.HELD).defer("raw").order_by("received_at", "id")[:200])


def automatic_mail() -> list[IncomingMail]:
    """What programs seem to have written, newest first: should one of them be a person, it can be placed all the same."""
    rows = IncomingMail.objects.filter(state=IncomingState.AUTOMATIC).defer("raw")
    return list(rows.order_by("-received_at", "id")[:50])


@dataclass(frozen=True, slots=True)
class HeldMail:
    mail: IncomingMail
    letter: inbox.Letter


def held_mail_for(mail_id: uuid.UUID) -> HeldMail | None:
    found = IncomingMail.objects.filter(id=mail_id, state__in=NOT_PLACED).first()
    return HeldMail(found, inbox.read(bytes(found.raw), found.recipient)) if found else None


def whom_it_is_with(page: CasePage, today: dt.date) -> list[str]:
    """Names of those it rests with today, for its owner's side."""
    if page.promise is None:
        return []
    _rung, people = resting_with(page.promise, today)
    return [each.name for each in people]
