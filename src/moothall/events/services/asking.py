"""Questions before, during and after an event, and challenges of its being closed: each is owed an answer, in public."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit, codes, links, mail
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.models import Membership, Post
from moothall.directory.selectors import current, person_to_tell
from moothall.promises.models import Promise
from moothall.promises.selectors import open_promise_about
from moothall.promises.services import keep, make
from moothall.promises.types import Owed

from ..models import Event, Question
from ..policies import can_answer, can_keep_event
from ..selectors import CLOSING, QUESTION
from ..types import About, Asker

LONGEST = 4000


class CannotAsk(DomainError):
    """A question cannot be put or answered like this; the message says why."""


@transaction.atomic
def ask(
    *, actor: Actor, now: dt.datetime, event: Event, text: str, asker: Asker, about: About = About.MATTER, key: str = ""
) -> Question:  # fmt: skip
    """A question to whoever holds the event, or a challenge of its being closed, which is the board contact's to answer.

    The same words from the same form (`key`) are there once. Raises CannotAsk.
    """
    text = _words(text, _("Write your question."))
    if about is About.CLOSING and not event.closed_reason:
        raise CannotAsk(_("This event is open: there is nothing to challenge. Press “I’m going”."))
    key = hashlib.sha256("\0".join([key, str(event.pk), text, asker.email, str(asker.person)]).encode()).hexdigest() if key else ""  # fmt: skip
    found = Question.objects.filter(key=key).first() if key else None
    if found is not None:
        return found
    try:
        with transaction.atomic():
            question = Question.objects.create(
                event=event, about=about, text=text, person_id=asker.person, name=asker.name.strip()[:200], email=asker.email.strip().lower(), reference=_reference(),
                key=key, asked_at=now,
            )  # fmt: skip
    except IntegrityError:
        return Question.objects.get(key=key)  # sent twice at one moment
    occasion = event.occasion
    owed = Owed(asker.person, "" if asker.person else question.email, "" if asker.person or question.email else question.reference)  # fmt: skip
    kind = CLOSING if about is About.CLOSING else QUESTION
    make(
        actor=actor, now=now, kind=kind, subject=question.pk, organisation=occasion.organisation, post=_post(event, now) if kind == QUESTION else None, owed=owed, before=occasion.starts_at
    )  # fmt: skip
    _tell(question, now, "asked", [_("Your question is with %(name)s, who owe you an answer in public.") % {"name": occasion.organisation.name}, mail.quoted(text)], _("Your question: %(title)s"))  # fmt: skip
    audit.record(actor=actor, now=now, verb=f"ask-{about.value}", subject=question, organisation=occasion.organisation_id)  # fmt: skip
    return question


@transaction.atomic
def answer(*, actor: Actor, now: dt.datetime, question: Question, text: str) -> Question:
    """The answer that was owed, for everybody to read. Answered again, it is put better. Raises Forbidden or CannotAsk."""
    question = _locked(question.pk)
    if not can_answer(actor, question, _promise(question)):
        raise Forbidden(_("Only whoever holds the event, and those above them, may answer."))
    first = not question.answer
    question.answer, question.answered_at = _words(text, _("Write the answer.")), now
    question.answered_by = question.event.occasion.organisation
    question.save(update_fields=["answer", "answered_at", "answered_by"])
    promise = _promise(question)
    if promise is not None:
        keep(actor=actor, now=now, promise=promise)
    if first:
        name = {"name": question.event.occasion.organisation.name}
        _tell(question, now, "answered", [_("%(name)s has answered you:") % name, mail.quoted(question.answer)], _("Answered: %(title)s"))  # fmt: skip
    audit.record(actor=actor, now=now, verb="answer-question", subject=question, organisation=question.event.occasion.organisation_id)  # fmt: skip
    return question


@transaction.atomic
def hide(*, actor: Actor, now: dt.datetime, question: Question, reason: str) -> None:
    """Its words are not shown any more; the reason stands in their place. What is owed stays owed. Raises Forbidden or CannotAsk."""
    question = _locked(question.pk)
    if not can_keep_event(actor, question.event):
        raise Forbidden(_("Only whoever holds the event may do that."))
    if not reason.strip():
        raise CannotAsk(_("Say why: it stands in place of the words."))
    question.hidden_reason = reason.strip()[:300]
    question.save(update_fields=["hidden_reason"])
    name = {"reason": question.hidden_reason}
    _tell(question, now, "hidden", [_("Your words are not shown on the page, for this reason: %(reason)s. You are still owed an answer.") % name], _("Your question: %(title)s"))  # fmt: skip
    audit.record(actor=actor, now=now, verb="hide-question", subject=question, organisation=question.event.occasion.organisation_id)  # fmt: skip


def lock(subject: str) -> None:
    _locked(int(subject))


def released(subject: str, now: dt.datetime, reason: str) -> None:
    """Released from above: the reason is the answer that everybody reads."""
    question = _locked(int(subject))
    question.answer, question.answered_at, question.answered_by = reason, now, question.event.occasion.organisation
    question.save(update_fields=["answer", "answered_at", "answered_by"])


def _promise(question: Question) -> Promise | None:
    return open_promise_about(CLOSING if question.about == About.CLOSING else QUESTION, question.pk)


def _post(event: Event, now: dt.datetime) -> Post | None:
    """Its host's, where they have one there: promises are held by posts."""
    host = event.occasion.host_id
    rows = Membership.objects.filter(current(timezone.localdate(now)), organisation_id=event.occasion.organisation_id, post__isnull=False)  # fmt: skip
    member = rows.filter(person_id=host).select_related("post").first() if host is not None else None
    return member.post if member else None


def _tell(question: Question, now: dt.datetime, key: str, parts: list[str], subject: str) -> None:
    person = person_to_tell(question.person_id) if question.person_id is not None else None
    to = person.email if person else question.email
    if not to:
        return
    title = {"title": question.event.occasion.title}
    link = links.absolute("event", question.event.reference) + f"#question-{question.pk}"
    mail.post(
        to=to, subject=subject % title, text=mail.paragraphs([*parts, link]), now=now, key=f"question-{question.pk}-{key}", thread=f"question-{question.reference}",
        stoppable=question.person_id is None,
    )  # fmt: skip


def _words(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise CannotAsk(missing)
    if len(text) > LONGEST:
        raise CannotAsk(_("This is longer than %(most)d characters. Shorten it.") % {"most": LONGEST})
    return text


def _reference() -> str:
    return "".join(secrets.choice(codes.LETTERS) for _each in range(8))


def _locked(question_id: int) -> Question:
    found = Question.objects.select_for_update(of=("self",)).select_related("event__occasion__organisation")
    return found.get(pk=question_id)
