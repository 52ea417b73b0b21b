"""Sending: stored, placed with its owner and promised an answer in one transaction; sent twice, there once."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit
from moothall.core.actor import VISITOR, Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.core.models import IncomingMail
from moothall.directory.models import Organisation, Post, Service
from moothall.directory.selectors import owner_of, team_of_post
from moothall.directory.services import own_organisation
from moothall.promises.services import make
from moothall.promises.types import Owed

from ..models import Case, CaseEntry
from ..policies import can_record_for_others, desks_of
from ..receipts import new_reference
from ..types import Author, By, CameBy, CaseKind, Entry
from .letters import acknowledge

logger = logging.getLogger(__name__)

LONGEST = 20_000
TITLE = 120


class CannotSend(DomainError):
    """What was sent cannot be taken like this; the message says why."""


@dataclass(frozen=True, slots=True)
class To:
    """Who something is for: chosen by whoever sent it, or found in the directory by its words."""

    organisation: Organisation
    service: Service | None = None
    post: Post | None = None
    found_by: str = ""


@transaction.atomic
def send(
    *, actor: Actor, now: dt.datetime, kind: CaseKind, text: str, author: Author, came_by: CameBy, key: str = "", service: Service | None = None,
    organisation: Organisation | None = None, mail: IncomingMail | None = None, desk: int | None = None,
) -> Case:  # fmt: skip
    """Takes what somebody sends. `key` names the form or message: the same words from it sent again answer the case that is there. `desk` is the
    organisation at whose desk it was written down.

    Raises CannotSend where there are no words, or more than a form takes (a mail is taken whole); Forbidden where the actor may not
    record for others.
    """
    for_others = came_by in (CameBy.IN_PERSON, CameBy.PHONE, CameBy.LETTER)
    if for_others and not can_record_for_others(actor):
        raise Forbidden(_("You may not record what others say."))
    if desk is not None and desk not in desks_of(actor):
        raise Forbidden(_("You do not sit at this desk."))
    text = text.strip()
    if not text:
        raise CannotSend(_("Write what you want to say."))
    if len(text) > LONGEST and mail is None:
        raise CannotSend(
            _("This is longer than %(most)d characters. Send the most important part.") % {"most": LONGEST}
        )
    key = _once(key, kind, text, author) if key else ""
    found = Case.objects.filter(key=key).first() if key else None
    if found is not None:
        return found
    to = _owner(kind, text, service, organisation, now)
    try:
        with transaction.atomic():
            case = Case.objects.create(
                reference=new_reference(), key=key, kind=kind, title=title_of(text), came_by=came_by, author_id=author.person,
                author_name=author.name.strip(), author_email=author.email.strip().lower(), recorded_by_id=actor.id if for_others else None, recorded_at_id=desk if for_others else None,
                organisation=to.organisation, post=to.post, team=team_of_post(to.post.pk, timezone.localdate(now)) if to.post else None, service=to.service,
                found_by=to.found_by[:200], received_at=now,
            )  # fmt: skip
    except IntegrityError:
        found = Case.objects.filter(key=key).first() if key else None  # sent twice at one moment
        if found is None:
            raise
        return found
    CaseEntry.objects.create(
        case=case, what=Entry.SENT, by=By.AUTHOR, person_id=author.person, text=text, at=now, mail=mail
    )
    promise(case, actor=actor, now=now)
    acknowledge(case, now=now)
    audit.record(actor=actor, now=now, verb=f"send-{kind.value}", subject=case, organisation=to.organisation.pk)
    return case


def _once(key: str, kind: CaseKind, text: str, author: Author) -> str:
    """The form and what was written in it: other words from the same form (a page that was kept, the next person at a desk) are another
    case."""
    written = "\0".join([key, kind.value, text, author.name.strip(), author.email.strip().lower(), str(author.person)])
    return hashlib.sha256(written.encode()).hexdigest()


def promise(case: Case, *, actor: Actor, now: dt.datetime, reason: str = "") -> None:
    """An answer is owed (again, for this reason): to the person, to the address they gave, or to whoever has the receipt."""
    owed = Owed(
        case.author_id,
        "" if case.author_id else case.author_email,
        "" if case.author_id or case.author_email else case.reference,
    )
    make(
        actor=actor,
        now=now,
        kind=case.kind,
        subject=case.pk,
        organisation=case.organisation,
        post=case.post,
        owed=owed,
        reason=reason,
    )


def confirmed(organisation: Organisation) -> Organisation:
    """Only a body that the city has confirmed can owe anybody anything: what it owes is public. Raises CannotSend for another."""
    if organisation.confirmed_at is None:
        raise CannotSend(
            _("%(name)s is not confirmed yet, so nothing can be sent to it.") % {"name": organisation.name}
        )
    return organisation


def post_for(kind: CaseKind, service: Service | None) -> Post | None:
    """An idea is for the post that gives the service; a correction for those who keep the organisation's record, whom no post names."""
    return service.post if service is not None and kind is not CaseKind.CORRECTION else None


def title_of(text: str) -> str:
    """The first sentence or line, shortened at a word."""
    first = " ".join(text.strip().splitlines()[0].split())
    end = min((place + 1 for mark in (". ", "? ", "! ") if (place := first.find(mark)) > 0), default=len(first))
    first = first[:end]
    return first if len(first) <= TITLE else first[:TITLE].rsplit(" ", 1)[0] + " …"


def _owner(
    kind: CaseKind, text: str, service: Service | None, organisation: Organisation | None, now: dt.datetime
) -> To:
    if service is not None:
        return To(confirmed(service.organisation), service, post_for(kind, service))
    if organisation is not None:
        return To(confirmed(organisation))
    try:
        with transaction.atomic():
            found = owner_of(VISITOR, text)
    except DatabaseError:
        # Whatever is wrong with search, what was sent is stored, and a person places it.
        logger.exception("the directory could not say whose this is")
        found = None
    if found is None:
        return To(own_organisation(now=now))
    return To(found.organisation, found.service, post_for(kind, found.service), found.words)
