"""Every read of appeals, and the addresses at which people without a session find theirs."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from moothall.core import codes, links
from moothall.core.actor import Actor
from moothall.directory.models import Delegation, Organisation, Person
from moothall.directory.selectors import holders_of_role, person_to_tell
from moothall.directory.types import Role
from moothall.promises.models import Promise
from moothall.promises.ports import Line
from moothall.promises.selectors import last_promise_about, open_promise_about

from . import policies
from .models import Appeal, AppealEntry, Remit
from .ports import kind_of, kinds
from .types import Answer, Ruling, Side

PARTY = "appeal"
"""What a link lets do: speak in an appeal as the person (by id; 0 for who appealed by mail)."""
DECISION, COMPLIANCE = "appeal", "comply-or-explain"
"""Kinds of promises."""


def appeal_for(actor: Actor, reference: str) -> Appeal | None:
    """None for one that is not there and for one that the actor may not see."""
    return _appeals().filter(policies.visible_appeals(actor), reference=reference).first()


def appeal_of(appeal_id: int) -> Appeal | None:
    return _appeals().filter(pk=appeal_id).first()


def _appeals() -> QuerySet[Appeal]:
    return Appeal.objects.select_related("organisation", "heard_at", "appellant", "delegation")


def open_appeal_about(kind: str, subject: object) -> Appeal | None:
    return _appeals().filter(kind=kind, subject=str(subject), ruling=Ruling.OPEN).first()


def last_appeal_about(kind: str, subject: object) -> Appeal | None:
    return _appeals().filter(kind=kind, subject=str(subject)).order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class AppealPage:
    """An appeal with all that was said, as somebody sees it, and what they can do."""

    appeal: Appeal
    kind: str
    entries: tuple[AppealEntry, ...]
    side: Side | None
    promise: Promise | None
    """Of the decision, or of complying or explaining: what is owed now."""
    decides: bool
    answers: bool
    binding: Delegation | None
    """By which a decision to uphold would bind."""
    heard: tuple[bool, bool]
    """Whether who appealed, and who refused, have said something."""


def page_of_appeal(actor: Actor, appeal: Appeal, side: Side | None = None) -> AppealPage:
    """`side` where a link says on which side somebody speaks who has no account."""
    entries = tuple(appeal.entries.select_related("person", "organisation").order_by("at", "pk"))
    deciding = open_promise_about(DECISION, appeal.pk)
    answering = open_promise_about(COMPLIANCE, appeal.pk)
    said = {each.side for each in entries}
    return AppealPage(
        appeal, str(kind_of(appeal.kind).label), entries, side or policies.side_of(actor, appeal), deciding or answering,
        policies.can_decide(actor, appeal, deciding), policies.can_answer_decision(actor, appeal, answering), delegation_for(appeal.organisation_id, appeal.kind),
        (Side.APPELLANT.value in said, Side.BODY.value in said),
    )  # fmt: skip


def delegation_for(organisation: int, kind: str) -> Delegation | None:
    """The delegation in force by which that body's board contact decides on such refusals alone."""
    remit = Remit.objects.filter(delegation__organisation_id=organisation, delegation__to_on__isnull=True, kinds__contains=[kind])  # fmt: skip
    found = remit.select_related("delegation").first()
    return found.delegation if found else None


def remit_of(organisation: Organisation) -> tuple[Delegation | None, list[str]]:
    """The delegation in force, and the kinds of refusals it covers."""
    delegation = Delegation.objects.filter(organisation=organisation, to_on__isnull=True).first()
    remit = Remit.objects.filter(delegation=delegation).first() if delegation else None
    return delegation, list(remit.kinds) if remit else []


def conflicted(organisation: int, people: Collection[int], today: dt.date) -> bool:
    """Whether nobody could decide there: no board contact, or each of them took part."""
    contacts = {each.person_id for each in holders_of_role(Role.BOARD_CONTACT, organisation, None, today)}
    return not contacts - set(people)


@dataclass(frozen=True, slots=True)
class PublicRow:
    """A decided appeal as everybody sees it: no names."""

    kind: str
    organisation: str
    slug: str
    heard_by: str
    decided_on: dt.date
    ruling: Ruling
    text: str
    minute: str
    answer: Answer
    answer_text: str
    """What the body said that had to comply or explain."""
    owed: bool
    """It has not answered yet."""


def published(*, start: int = 0, count: int = 50, organisation: Organisation | None = None) -> list[PublicRow]:
    rows = _published(organisation).select_related("organisation", "heard_at", "delegation")
    return [
        PublicRow(
            str(kind_of(each.kind).label), each.organisation.name, each.organisation.slug, each.heard_at.name if each.heard_at_id != each.organisation_id else "",
            timezone.localdate(each.decided_at), Ruling(each.ruling), each.public_text, each.delegation.minute if each.delegation else "", Answer(each.answer),
            each.public_answer, each.ruling == Ruling.ASKED and not each.answer,
        )
        for each in rows.order_by("-decided_at", "-pk")[start : start + count]
        if each.decided_at
    ]  # fmt: skip


def published_count(organisation: Organisation | None = None) -> int:
    return _published(organisation).count()


def _published(organisation: Organisation | None) -> QuerySet[Appeal]:
    rows = Appeal.objects.exclude(public_text="")
    return rows.filter(organisation=organisation) if organisation is not None else rows


@dataclass(frozen=True, slots=True)
class Rulings:
    """How many there are of each, for everybody."""

    open: int
    by_ruling: tuple[tuple[Ruling, int], ...]


def rulings(organisation: Organisation | None = None) -> Rulings:
    rows = Appeal.objects.filter(organisation=organisation) if organisation is not None else Appeal.objects.all()
    found = dict(rows.values_list("ruling").annotate(count=Count("pk")).order_by("ruling"))
    return Rulings(found.get("", 0), tuple((each, found[each]) for each in Ruling if each and each in found))


def my_appeals(actor: Actor, count: int = 50) -> list[Appeal]:
    """Opened by somebody, or in which they took part, newest first."""
    if actor.id is None:
        return []
    mine = Q(appellant_id=actor.id) | Q(took_part__contains=[actor.id])
    return list(_appeals().filter(mine).order_by("-opened_at", "-pk")[:count])


def describe(subjects: Collection[str]) -> Mapping[str, Line]:
    """What promises about appeals are about. Two queries."""
    wanted = [int(each) for each in subjects]
    said: dict[int, str] = {}
    for pk, text in AppealEntry.objects.filter(appeal_id__in=wanted).order_by("at", "pk").values_list("appeal_id", "text"):  # fmt: skip
        said.setdefault(pk, text)
    return {
        str(pk): Line(title, reverse("appeal", args=[reference]), said.get(pk, ""), thread_of(reference))
        for pk, title, reference in Appeal.objects.filter(pk__in=wanted).values_list("pk", "title", "reference")
    }


def thread_of(reference: str) -> str:
    return f"appeal-{reference}"


def link_for(subject: str, person: int | None) -> str:
    """The address at which somebody (by id), or who appealed, speaks without signing in."""
    if person is None:
        found = Appeal.objects.filter(pk=int(subject)).values_list("appellant_id", flat=True).first()
        return link_of(int(subject), found or 0)
    return link_of(int(subject), person)


def link_of(appeal_id: int, person: int) -> str:
    return links.absolute("act-on-appeal", links.sign(PARTY, appeal_id, person, today=timezone.localdate()))


def address_of_appellant(appeal: Appeal) -> str:
    if appeal.appellant_id is None:
        return appeal.appellant_email
    found = person_to_tell(appeal.appellant_id)
    return found.email if found else ""


def names_of(appeal: Appeal) -> list[str]:
    """Of who appealed, of who took part, and of whoever said something in it."""
    said = appeal.entries.filter(person__isnull=False).values_list("person_id", flat=True)
    ids = {*appeal.took_part, *said, *filter(None, (appeal.appellant_id,))}
    found = list(Person.objects.filter(pk__in=ids).exclude(name="").order_by("pk").values_list("name", flat=True))
    matter = kind_of(appeal.kind).describe([appeal.subject]).get(appeal.subject)
    return [*found, *filter(None, (appeal.appellant_email, *(matter.names if matter else ())))]


def names_within(text: str, names: Iterable[str]) -> list[str]:
    """Which of these stand in a text: a whole name however it is written, or its last word as a word with its capital. A first name alone
    is too often a month or a verb."""
    found = []
    for name in names:
        last = name.split()[-1]
        whole = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
        if whole or (
            last[:1].isupper() and len(last.strip(".")) > 1 and re.search(rf"(?<!\w){re.escape(last)}(?!\w)", text)
        ):
            found.append(name if whole else last)
    return found


def new_reference() -> str:
    """Not to be guessed, easily read out."""
    while True:
        made = "".join(secrets.choice(codes.LETTERS) for _ in range(8))
        if not Appeal.objects.filter(reference=made).exists():
            return made


def remit_choices() -> list[tuple[str, str]]:
    """Every kind of refusal, in words."""
    return [(each.key, str(each.remit)) for each in kinds()]


def deciding_promise(appeal: Appeal) -> Promise | None:
    return open_promise_about(DECISION, appeal.pk)


def answering_promise(appeal: Appeal) -> Promise | None:
    return open_promise_about(COMPLIANCE, appeal.pk)


def last_decision_promise(appeal: Appeal) -> Promise | None:
    return last_promise_about(DECISION, appeal.pk)
