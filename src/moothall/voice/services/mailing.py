"""Mail about cases: a reply goes to its case by the address it came back to or by what it refers to; other mail is a new idea."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import inbox, links
from moothall.core.actor import VISITOR, Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.core.inbox import Letter, Taken
from moothall.core.models import IncomingMail
from moothall.core.types import IncomingState
from moothall.directory.models import Organisation
from moothall.directory.selectors import actor_for_person

from ..models import Case
from ..policies import can_answer_case, can_look_at_held_mail
from ..selectors import AUTHOR, HOLDER, NOT_PLACED, case_by_references, case_of
from ..types import Author, CameBy, CaseKind
from . import answering
from .letters import address_of
from .sending import send

MOST_A_DAY = 20
"""Messages from one address, after which what answers nothing is held."""


class CannotPlaceMail(DomainError):
    """What was asked for a held message is not possible; the message says why."""


def read_letter(mail: IncomingMail, letter: Letter, now: dt.datetime) -> Taken | None:
    """What a letter means here. None: nothing that can be known, so a person looks at it."""
    today = timezone.localdate(now)
    token = inbox.token_in(letter)
    if token:
        holder, author = links.read(HOLDER, token, 2, today=today), links.read(AUTHOR, token, today=today)
        if holder is not None:
            return _from_holder(case_of(holder[0]), holder[1], mail, letter, now)
        if author is not None:
            return _from_author(case_of(author[0]), mail, letter, now)
        return None
    case = case_by_references(letter.references)
    if case is not None:
        # Anybody can write any sender. As its author, one adds words; as its owner, one would answer in a body's name: that needs the token.
        known = letter.sender and letter.sender == address_of(case).lower()
        return _from_author(case, mail, letter, now) if known else None
    meant = letter.sender and letter.text and not letter.listed and any(map(inbox.is_ours, letter.recipients))
    if meant and not _too_many(letter.sender, now):
        return Taken(f"new case {_new_idea(mail, letter, now).reference}")
    return None


def _from_holder(case: Case | None, person: int, mail: IncomingMail, letter: Letter, now: dt.datetime) -> Taken | None:
    if case is None or not letter.text:
        return None
    try:
        actor = actor_for_person(person, timezone.localdate(now))
    except KeyError:
        return None
    if not can_answer_case(actor, case):
        return None
    answering.answer(actor=actor, now=now, case=case, text=_said(letter), mail=mail)
    return Taken(f"answer in case {case.reference}")


def _from_author(case: Case | None, mail: IncomingMail, letter: Letter, now: dt.datetime) -> Taken | None:
    if case is None or not letter.text:
        return None
    actor = actor_for_person(case.author_id, timezone.localdate(now)) if case.author_id else VISITOR
    answering.reply(actor=actor, now=now, case=case, text=_said(letter), mail=mail)
    return Taken(f"reply in case {case.reference}")


def _new_idea(mail: IncomingMail, letter: Letter, now: dt.datetime, organisation: Organisation | None = None) -> Case:
    subject = letter.subject.strip()
    text = _said(letter) if not subject or letter.text.startswith(subject) else f"{subject}\n\n{_said(letter)}"
    return send(
        actor=VISITOR, now=now, kind=CaseKind.IDEA, text=text, author=Author(None, letter.sender_name, letter.sender), came_by=CameBy.MAIL,
        key=f"mail-{mail.sha256}", organisation=organisation, mail=mail,
    )  # fmt: skip


def _too_many(sender: str, now: dt.datetime) -> bool:
    """Anybody can write any sender: what comes in floods is held, so that it neither owes nor writes to somebody who never wrote."""
    return IncomingMail.objects.filter(sender=sender, received_at__gt=now - dt.timedelta(days=1)).count() >= MOST_A_DAY


def _said(letter: Letter) -> str:
    """Their words, and what came with them that is not passed on."""
    if not letter.attachments:
        return letter.text
    return f"{letter.text}\n\n" + _("[Came with it, and is not passed on: %(names)s]") % {"names": ", ".join(letter.attachments)}  # fmt: skip


def take_held_mail(*, actor: Actor, now: dt.datetime, mail: IncomingMail, organisation: Organisation) -> Case:
    """A person says whose it is: it becomes an idea for them, with a promise. Raises Forbidden or CannotPlaceMail."""
    locked = _held(actor, mail)
    letter = inbox.read(bytes(locked.raw), locked.recipient)
    if not letter.text:
        raise CannotPlaceMail(_("There are no words in it that could be passed on. Put it aside, with the reason."))
    case = _new_idea(locked, letter, now, organisation)
    _close(actor, locked, IncomingState.TAKEN, f"new case {case.reference}", now)
    return case


def put_mail_aside(*, actor: Actor, now: dt.datetime, mail: IncomingMail, reason: str) -> None:
    """It asks for nothing; it stays, with the reason. Raises Forbidden or CannotPlaceMail."""
    locked = _held(actor, mail)
    if not reason.strip():
        raise CannotPlaceMail(_("Say why it asks for nothing."))
    _close(actor, locked, IncomingState.PUT_ASIDE, reason.strip(), now)


def _held(actor: Actor, mail: IncomingMail) -> IncomingMail:
    if not can_look_at_held_mail(actor):
        raise Forbidden(_("Only the city’s steward looks at mail that could not be placed."))
    locked = IncomingMail.objects.select_for_update().get(id=mail.id)
    if locked.state not in NOT_PLACED:
        raise CannotPlaceMail(_("Somebody has dealt with this message already."))
    return locked


def _close(actor: Actor, mail: IncomingMail, state: IncomingState, note: str, now: dt.datetime) -> None:
    IncomingMail.objects.filter(id=mail.id).update(state=state, note=note[:300], handled_at=now, handled_by=actor.id)
