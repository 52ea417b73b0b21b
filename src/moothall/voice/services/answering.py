"""What is done with a case: asked, passed on, answered, decided; replied to and reopened by its author, who is told of every change."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.core.models import IncomingMail
from moothall.directory.models import Organisation, Service
from moothall.directory.selectors import team_of_post
from moothall.promises.selectors import last_promise_about, open_promise_about
from moothall.promises.services import hand_over as hand_over_promise
from moothall.promises.services import keep, tell_holders_anew

from ..models import Case, CaseEntry
from ..policies import can_answer_case
from ..types import DECISIONS, By, CaseKind, CaseState, Decision, Entry
from .letters import tell
from .sending import LONGEST, confirmed, post_for, promise


class CannotAnswer(DomainError):
    """This cannot be done with the case as it stands; the message says why."""


@transaction.atomic
def answer(*, actor: Actor, now: dt.datetime, case: Case, text: str, mail: IncomingMail | None = None) -> Case:
    """The answer that was owed, in words. After it, more words to the author are only a letter. Raises Forbidden or CannotAnswer."""
    case = _locked_for_owner(actor, case)
    settled = case.state == CaseState.SETTLED
    entry = _say(case, Entry.REPLIED if settled else Entry.ANSWERED, By.OWNER, actor, text, now, mail)
    if not settled:
        _settle(case, Decision.ANSWERED, actor, now)
    tell(case, Entry(entry.what), entry.text, key=f"entry-{entry.pk}", now=now)
    audit.record(actor=actor, now=now, verb="answer-case", subject=case, organisation=case.organisation_id)
    return case


@transaction.atomic
def decide(*, actor: Actor, now: dt.datetime, case: Case, decision: Decision, text: str) -> Case:
    """Yes, in part or no, with a written reason. Raises Forbidden or CannotAnswer."""
    case = _locked_for_owner(actor, case)
    _refuse_settled(case)
    if decision not in DECISIONS:
        raise CannotAnswer(_("Choose yes, in part, or no."))
    entry = _say(case, Entry.DECIDED, By.OWNER, actor, text, now)
    _settle(case, decision, actor, now)
    tell(case, Entry.DECIDED, entry.text, key=f"entry-{entry.pk}", now=now)
    audit.record(actor=actor, now=now, verb="decide-case", subject=case, organisation=case.organisation_id)
    return case


@transaction.atomic
def ask(*, actor: Actor, now: dt.datetime, case: Case, text: str) -> Case:
    """A question to the author; the day on which they are owed an answer stays. Raises Forbidden or CannotAnswer."""
    case = _locked_for_owner(actor, case)
    _refuse_settled(case)
    entry = _say(case, Entry.ASKED, By.OWNER, actor, text, now)
    case.state = CaseState.ASKED
    case.save(update_fields=["state"])
    tell(case, Entry.ASKED, entry.text, key=f"entry-{entry.pk}", now=now)
    audit.record(actor=actor, now=now, verb="ask-author", subject=case, organisation=case.organisation_id)
    return case


@transaction.atomic
def hand_over(
    *, actor: Actor, now: dt.datetime, case: Case, organisation: Organisation, service: Service | None, reason: str
) -> Case:
    """To whoever is really in charge, with the reason; the day stays. Raises Forbidden, CannotAnswer or CannotSend."""
    case = _locked_for_owner(actor, case)
    _refuse_settled(case)
    _refuse_same(case, organisation, service)
    entry = _say(case, Entry.HANDED_OVER, By.OWNER, actor, reason, now)
    _move(case, organisation, service, entry.text, actor, now)
    tell(case, Entry.HANDED_OVER, entry.text, key=f"entry-{entry.pk}", now=now)
    audit.record(actor=actor, now=now, verb="hand-over-case", subject=case, organisation=organisation.pk)
    return case


@transaction.atomic
def place(*, actor: Actor, now: dt.datetime, case: Case, organisation: Organisation, service: Service | None) -> Case:
    """Its author says whom it is for, as long as nobody has done anything with it. Who calls it has checked that it is the author.

    Raises CannotAnswer or CannotSend.
    """
    case = _locked(case.pk)
    if case.entries.filter(by=By.OWNER).exists() or case.state != CaseState.OPEN:
        raise CannotAnswer(_("They have begun to deal with it already. Write to them: they can pass it on."))
    _refuse_same(case, organisation, service)
    entry = _say(case, Entry.PLACED, By.AUTHOR, actor, organisation.name, now)
    _move(
        case,
        organisation,
        service,
        _("The author says that it is for %(name)s.") % {"name": organisation.name},
        actor,
        now,
    )
    audit.record(actor=actor, now=now, verb="place-case", subject=entry, organisation=organisation.pk)
    return case


@transaction.atomic
def reply(*, actor: Actor, now: dt.datetime, case: Case, text: str, mail: IncomingMail | None = None) -> Case:
    """The author writes: an answer to a question, or more about it. Who calls it has checked that it is the author. Raises CannotAnswer."""
    case = _locked(case.pk)
    entry = _say(case, Entry.REPLIED, By.AUTHOR, actor, text, now, mail)
    if case.state == CaseState.ASKED:
        case.state = CaseState.OPEN
        case.save(update_fields=["state"])
    promised = last_promise_about(case.kind, case.pk)  # a settled case has its readers still
    if promised is not None:
        tell_holders_anew(
            promised, now=now, key=f"entry-{entry.pk}", said=_("The author has written:"), text=entry.text
        )
    audit.record(actor=actor, now=now, verb="reply-in-case", subject=case, organisation=case.organisation_id)
    return case


@transaction.atomic
def reopen(*, actor: Actor, now: dt.datetime, case: Case, text: str) -> Case:
    """The author asks, once, that they look again, and is owed another answer. Who calls it has checked that it is the author.

    Raises CannotAnswer.
    """
    case = _locked(case.pk)
    if case.state != CaseState.SETTLED:
        raise CannotAnswer(_("This is still open: write to them."))
    if case.reopened_at is not None:
        raise CannotAnswer(_("This was looked at again already, which can be asked once."))
    entry = _say(case, Entry.REOPENED, By.AUTHOR, actor, text, now)
    case.state, case.decision, case.settled_at, case.reopened_at = CaseState.OPEN, Decision.NONE, None, now
    case.save(update_fields=["state", "decision", "settled_at", "reopened_at"])
    promise(case, actor=actor, now=now, reason=entry.text)
    audit.record(actor=actor, now=now, verb="reopen-case", subject=case, organisation=case.organisation_id)
    return case


def lock(subject: str) -> None:
    """Cases are locked before their promises, whoever begins."""
    _locked(subject)


def extended(subject: str, now: dt.datetime, reason: str) -> None:
    """Its promise was given more time: the reason stands in the case, for whoever has only a receipt too."""
    case = _locked(subject)
    CaseEntry.objects.create(
        case=case, what=Entry.EXTENDED, by=By.OWNER, organisation=case.organisation, text=reason, at=now
    )


def released(subject: str, now: dt.datetime, reason: str) -> None:
    """Its promise was released from above: the case ends with that reason. Called in the transaction that releases it."""
    case = _locked(subject)
    CaseEntry.objects.create(
        case=case, what=Entry.RELEASED, by=By.OWNER, organisation=case.organisation, text=reason, at=now
    )
    case.state, case.decision, case.settled_at = CaseState.SETTLED, Decision.RELEASED, now
    case.save(update_fields=["state", "decision", "settled_at"])


def _say(
    case: Case, what: Entry, by: By, actor: Actor, text: str, now: dt.datetime, mail: IncomingMail | None = None
) -> CaseEntry:
    text = text.strip()
    if not text:
        raise CannotAnswer(
            _("Write the reason: it is sent in your words.") if by is By.OWNER else _("Write what you want to say.")
        )
    if len(text) > LONGEST and mail is None:
        raise CannotAnswer(_("This is longer than %(most)d characters. Shorten it.") % {"most": LONGEST})
    organisation = case.organisation if by is By.OWNER else None
    return CaseEntry.objects.create(
        case=case, what=what, by=by, person_id=actor.id, organisation=organisation, text=text, at=now, mail=mail
    )


def _settle(case: Case, decision: Decision, actor: Actor, now: dt.datetime) -> None:
    case.state, case.decision, case.settled_at = CaseState.SETTLED, decision, now
    case.save(update_fields=["state", "decision", "settled_at"])
    promised = open_promise_about(case.kind, case.pk)
    if promised is not None:
        keep(actor=actor, now=now, promise=promised)


def _move(
    case: Case, organisation: Organisation, service: Service | None, reason: str, actor: Actor, now: dt.datetime
) -> None:
    post, organisation = post_for(CaseKind(case.kind), service), confirmed(organisation)
    case.organisation, case.service, case.post, case.found_by = organisation, service, post, ""
    case.team = team_of_post(post.pk, timezone.localdate(now)) if post else None
    case.state = CaseState.OPEN
    case.save(update_fields=["organisation", "service", "post", "team", "found_by", "state"])
    promised = open_promise_about(case.kind, case.pk)
    if promised is not None:
        hand_over_promise(actor=actor, now=now, promise=promised, organisation=organisation, post=post, reason=reason)


def _refuse_same(case: Case, organisation: Organisation, service: Service | None) -> None:
    if organisation.pk == case.organisation_id and (service.pk if service else None) == case.service_id:
        raise CannotAnswer(_("It is with them already."))


def _refuse_settled(case: Case) -> None:
    if case.state == CaseState.SETTLED:
        raise CannotAnswer(_("This is settled already. What you write now would be only a letter: use “Answer”."))


def _locked_for_owner(actor: Actor, case: Case) -> Case:
    case = _locked(case.pk)
    if not can_answer_case(actor, case):
        raise Forbidden(_("Only whoever it is with, and those above them, may do that."))
    return case


def _locked(case_id: int | str) -> Case:
    return Case.objects.select_for_update(of=("self",)).select_related("organisation", "post").get(pk=case_id)
