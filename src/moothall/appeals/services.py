"""Every write of appeals, and the errors it raises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit, mail, times
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.models import Organisation
from moothall.directory.selectors import people_to_tell
from moothall.promises.ports import kind_of as promise_kind
from moothall.promises.services import hand_over, keep, make, tell_holders_anew
from moothall.promises.types import Owed, Rung

from .models import Appeal, AppealEntry, Remit
from .policies import can_answer_decision, can_decide, can_set_remit, is_appellant
from .ports import kind_of, kinds
from .selectors import (
    COMPLIANCE,
    DECISION,
    address_of_appellant,
    answering_promise,
    conflicted,
    deciding_promise,
    delegation_for,
    last_appeal_about,
    link_of,
    names_of,
    names_within,
    new_reference,
    open_appeal_about,
    remit_of,
    thread_of,
)
from .types import Answer, Ruling, Said, Side

LONGEST = 10_000
FROM_THE_STEWARD = (Rung.STEWARD, Rung.PUBLIC)


class CannotAppeal(DomainError):
    """An appeal cannot be opened or carried on like this; the message says why."""


class NamesSomebody(CannotAppeal):
    """Words for everybody hold what may be a name of somebody in this appeal; the message says which."""


@transaction.atomic
def open_appeal(
    *, actor: Actor, now: dt.datetime, kind: str, subject: object, text: str, appellant: int | None, email: str = ""
) -> Appeal:
    """Turns to the board contact: they owe a decision in words. Appealing twice while one is open is appealing once.

    Where there is no board contact who had no part in it, the city's steward decides. Who calls it has checked that the refusal is the
    appellant's. Raises CannotAppeal, or KeyError for a kind or subject that is not there.
    """
    text = _words(text, _("Say why it is not right, in your own words."))
    kind_s = kind_of(kind)
    if kind_s.lock is not None:
        kind_s.lock(str(subject))
    found = open_appeal_about(kind, subject)
    if found is not None:
        return found
    last = last_appeal_about(kind, subject)
    if last is not None and last.ruling != Ruling.WITHDRAWN:
        raise CannotAppeal(_("This was decided already; the decision stands on its page."))
    matter = kind_s.describe([str(subject)])[str(subject)]
    appeal = Appeal.objects.create(
        reference=new_reference(), kind=kind, subject=str(subject), title=matter.title[:250], refusal=matter.refusal, organisation_id=matter.organisation,
        heard_at_id=matter.organisation, appellant_id=appellant, appellant_email=email.strip().lower(), took_part=sorted(set(matter.took_part)), opened_at=now,
    )  # fmt: skip
    _say(appeal, Said.OPENED, Side.APPELLANT, actor, text, now)
    headless = conflicted(matter.organisation, _kept_out(appeal), timezone.localdate(now))
    promise = make(
        actor=actor, now=now, kind=DECISION, subject=appeal.pk, organisation=appeal.organisation, post=None, owed=_owed(appeal),
        ladder=FROM_THE_STEWARD if headless else (), before=matter.before,
    )  # fmt: skip
    about = {"name": appeal.organisation.name, "day": times.last_day(promise.due_at)}  # fmt: skip
    said = _("Your appeal is with the city’s steward, as nobody on the board of %(name)s could decide on it. They hear both sides and owe you a decision, in words, by %(day)s.") if headless else _("Your appeal is with the board contact of %(name)s. They hear both sides and owe you a decision, in words, by %(day)s.")  # fmt: skip
    _tell_appellant(appeal, now, "opened", [said % about])
    _tell_body(appeal, now, "opened", [_("Somebody appealed against what you refused. Say how you see it: the board contact hears both sides. In their words:"), mail.quoted(text)])  # fmt: skip
    audit.record(actor=actor, now=now, verb="open-appeal", subject=appeal, organisation=appeal.organisation_id)
    return appeal


@transaction.atomic
def state(*, actor: Actor, now: dt.datetime, appeal: Appeal, side: Side, text: str) -> None:
    """One side says how it sees it. Who calls it has checked on which side they speak. Raises CannotAppeal."""
    appeal = _locked(appeal.pk)
    _refuse_decided(appeal)
    entry = _say(appeal, Said.STATED, side, actor, _words(text, _("Write what you want to say.")), now)
    promise = deciding_promise(appeal)
    if promise is not None:
        said = _("Who appealed has written:") if side is Side.APPELLANT else _("Who refused has written:")
        tell_holders_anew(promise, now=now, key=f"appeal-entry-{entry.pk}", said=said, text=entry.text)
    audit.record(actor=actor, now=now, verb="state-in-appeal", subject=appeal, organisation=appeal.organisation_id)


@transaction.atomic
def ask(*, actor: Actor, now: dt.datetime, appeal: Appeal, text: str) -> None:
    """Whoever decides asks both sides; the day stays. Raises Forbidden or CannotAppeal."""
    appeal = _locked_for_board(actor, appeal)
    entry = _say(appeal, Said.ASKED, Side.BOARD, actor, _words(text, _("Write the question.")), now)
    said = [_("Who decides on the appeal asks:"), mail.quoted(entry.text)]
    _tell_appellant(appeal, now, f"entry-{entry.pk}", said)
    _tell_body(appeal, now, f"entry-{entry.pk}", said)
    audit.record(actor=actor, now=now, verb="ask-in-appeal", subject=appeal, organisation=appeal.heard_at_id)


@transaction.atomic
def pass_on(*, actor: Actor, now: dt.datetime, appeal: Appeal, organisation: Organisation, reason: str) -> None:
    """Who has an interest in it leaves it to another body's board contact, with the reason; the day stays.

    Raises Forbidden or CannotAppeal.
    """
    appeal = _locked_for_board(actor, appeal)
    reason = _words(reason, _("Say why you pass it on."))
    if organisation.confirmed_at is None or conflicted(organisation.pk, _kept_out(appeal), timezone.localdate(now)):
        raise CannotAppeal(_("%(name)s has no board contact who could decide on it. Choose another.") % {"name": organisation.name})  # fmt: skip
    if organisation.pk == appeal.heard_at_id:
        raise CannotAppeal(_("It is with them already."))
    if actor.id is not None:
        appeal.recused = sorted({*appeal.recused, actor.id})
    appeal.heard_at = organisation
    appeal.save(update_fields=["heard_at", "recused"])
    entry = _say(appeal, Said.PASSED_ON, Side.BOARD, actor, reason, now)
    promise = deciding_promise(appeal)
    assert promise is not None
    hand_over(actor=actor, now=now, promise=promise, organisation=organisation, post=None, reason=reason, ladder=promise_kind(DECISION).ladder)  # fmt: skip
    _tell_appellant(appeal, now, f"entry-{entry.pk}", [_("Your appeal was passed on to the board contact of %(name)s, who has no interest in it. The day stays. The reason:") % {"name": organisation.name}, mail.quoted(reason)])  # fmt: skip
    audit.record(actor=actor, now=now, verb="pass-on-appeal", subject=appeal, organisation=organisation.pk)


@transaction.atomic
def decide(
    *,
    actor: Actor,
    now: dt.datetime,
    appeal: Appeal,
    uphold: bool,
    reason: str,
    public_text: str,
    no_name: bool = False,
) -> Appeal:
    """Decides in words. Upheld inside the delegation that the body has adopted, what was refused is given in this transaction; outside it
    the body owes to comply or explain.

    Raises Forbidden, CannotAppeal, or NamesSomebody where somebody of the appeal may stand in what everybody reads, unless whoever
    writes says that it is `no_name`.
    """
    kind = kind_of(appeal.kind)
    if kind.lock is not None:
        kind.lock(appeal.subject)
    appeal = _locked_for_board(actor, appeal)
    reason = _words(reason, _("Give the reason: both sides are sent your words."))
    public_text = _public(
        appeal, public_text, _("Say in public what you decided and why, without names."), no_name=no_name
    )
    binding = delegation_for(appeal.organisation_id, appeal.kind) if uphold else None
    appeal.ruling = (Ruling.UPHELD if binding else Ruling.ASKED) if uphold else Ruling.NOT_UPHELD
    appeal.delegation, appeal.decided_at, appeal.decided_by_id, appeal.public_text = binding, now, actor.id, public_text
    appeal.save(update_fields=["ruling", "delegation", "decided_at", "decided_by", "public_text"])
    entry = _say(appeal, Said.DECIDED, Side.BOARD, actor, reason, now)
    promise = deciding_promise(appeal)
    assert promise is not None
    keep(actor=actor, now=now, promise=promise)
    if binding is not None:
        kind.uphold(appeal.subject, actor, now)
    elif uphold:
        make(actor=actor, now=now, kind=COMPLIANCE, subject=appeal.pk, organisation=appeal.organisation, post=None, owed=_owed(appeal), reason=reason)  # fmt: skip
    said = [_decided(appeal), mail.quoted(entry.text)]
    _tell_appellant(appeal, now, "decided", said)
    _tell_body(appeal, now, "decided", said)
    audit.record(actor=actor, now=now, verb=f"decide-appeal-{appeal.ruling}", subject=appeal, organisation=appeal.organisation_id)  # fmt: skip
    return appeal


@transaction.atomic
def answer_decision(
    *, actor: Actor, now: dt.datetime, appeal: Appeal, comply: bool, public_text: str, no_name: bool = False
) -> Appeal:
    """The body that was asked does what was decided, or explains in public why not. Raises Forbidden, CannotAppeal, or NamesSomebody as
    `decide` does."""
    kind = kind_of(appeal.kind)
    if kind.lock is not None:
        kind.lock(appeal.subject)
    appeal = _locked(appeal.pk)
    promise = answering_promise(appeal)
    if not can_answer_decision(actor, appeal, promise):
        raise Forbidden(_("Only whoever answers for the institution may do that."))
    assert promise is not None
    text = _public(appeal, public_text, _("Say it in public, without names: what you do, or why you do not."), no_name=no_name)  # fmt: skip
    appeal.answer = Answer.COMPLIED if comply else Answer.EXPLAINED
    appeal.answered_at, appeal.public_answer = now, text
    appeal.save(update_fields=["answer", "answered_at", "public_answer"])
    entry = _say(appeal, Said.COMPLIED if comply else Said.EXPLAINED, Side.BODY, actor, text, now)
    keep(actor=actor, now=now, promise=promise)
    if comply:
        kind.uphold(appeal.subject, actor, now)
    name = {"name": appeal.organisation.name}
    said = _("%(name)s complies with the decision on your appeal:") if comply else _("%(name)s does not do what was decided on your appeal, and explains:")  # fmt: skip
    _tell_appellant(appeal, now, f"entry-{entry.pk}", [said % name, mail.quoted(text)])
    audit.record(actor=actor, now=now, verb="answer-decision", subject=appeal, organisation=appeal.organisation_id)
    return appeal


@transaction.atomic
def withdraw(*, actor: Actor, now: dt.datetime, appeal: Appeal) -> None:
    """Who appealed wants no decision any more. Raises Forbidden or CannotAppeal."""
    appeal = _locked(appeal.pk)
    if not is_appellant(actor, appeal):
        raise Forbidden(_("Only who appealed can withdraw it."))
    _refuse_decided(appeal)
    _end(appeal, Ruling.WITHDRAWN, Said.WITHDRAWN, Side.APPELLANT, _("Withdrawn by who appealed."), actor, now)


def settle(*, actor: Actor, now: dt.datetime, kind: str, subject: object, text: str) -> None:
    """What was refused is allowed now, so nothing is left to decide. Called in the transaction that allows it, with its subject locked."""
    found = open_appeal_about(kind, subject)
    if found is not None:
        _end(_locked(found.pk), Ruling.SETTLED, Said.SETTLED, Side.BODY, text, actor, now)


def _end(appeal: Appeal, ruling: Ruling, what: Said, side: Side, text: str, actor: Actor, now: dt.datetime) -> None:
    appeal.ruling, appeal.decided_at = ruling, now
    appeal.save(update_fields=["ruling", "decided_at"])
    _say(appeal, what, side, actor, text, now)
    promise = deciding_promise(appeal)
    if promise is not None:
        keep(actor=actor, now=now, promise=promise)
    _tell_appellant(appeal, now, ruling.value, [str(ruling.label) + ".", text])
    audit.record(actor=actor, now=now, verb=f"end-appeal-{ruling.value}", subject=appeal, organisation=appeal.organisation_id)  # fmt: skip


def _public(appeal: Appeal, text: str, missing: str, *, no_name: bool) -> str:
    text = _words(text, missing)
    found = () if no_name else names_within(text, names_of(appeal))
    if found:
        said = _("This may name somebody: %(names)s. Everybody reads it. Take it out, or say that it is nobody’s name.")
        raise NamesSomebody(said % {"names": ", ".join(found)})
    return text


def lock(subject: str) -> None:
    """Appeals are locked before their promises, and after what they are about."""
    _locked(int(subject))


def released(subject: str, now: dt.datetime, reason: str) -> None:
    """The decision was released from above: the appeal ends with that reason, in public. Called in the transaction that releases it."""
    appeal = _locked(int(subject))
    appeal.ruling, appeal.decided_at, appeal.public_text = Ruling.NOT_UPHELD, now, _("Released from above, with a reason to who appealed.")  # fmt: skip
    appeal.save(update_fields=["ruling", "decided_at", "public_text"])
    AppealEntry.objects.create(appeal=appeal, what=Said.DECIDED, side=Side.BOARD, organisation=appeal.heard_at, text=reason, at=now)  # fmt: skip


def compliance_released(subject: str, now: dt.datetime, reason: str) -> None:
    """Released from above: the reason is the explanation that everybody reads. Called in the transaction that releases it."""
    appeal = _locked(int(subject))
    appeal.answer, appeal.answered_at, appeal.public_answer = Answer.EXPLAINED, now, reason
    appeal.save(update_fields=["answer", "answered_at", "public_answer"])
    AppealEntry.objects.create(appeal=appeal, what=Said.EXPLAINED, side=Side.BODY, organisation=appeal.organisation, text=reason, at=now)  # fmt: skip


@transaction.atomic
def set_remit(*, actor: Actor, now: dt.datetime, organisation: Organisation, covered: Collection[str]) -> None:
    """Which refusals the delegation in force covers. Raises Forbidden or CannotAppeal."""
    if not can_set_remit(actor, organisation.pk):
        raise Forbidden(_("Only its administrators say what an institution’s delegation covers."))
    delegation, _covered = remit_of(organisation)
    if delegation is None:
        raise CannotAppeal(_("Record the delegation first: its minute, and what it says."))
    known = [each.key for each in kinds()]
    remit, _made = Remit.objects.update_or_create(delegation=delegation, defaults={"kinds": [each for each in known if each in covered]})  # fmt: skip
    audit.record(actor=actor, now=now, verb="set-remit", subject=remit, organisation=organisation.pk)


def _kept_out(appeal: Appeal) -> set[int]:
    """Who may not decide on it."""
    return {*appeal.took_part, *appeal.recused, *([appeal.appellant_id] if appeal.appellant_id else [])}


def _decided(appeal: Appeal) -> str:
    name = {"name": appeal.organisation.name}
    if appeal.ruling == Ruling.UPHELD:
        return _("The appeal is upheld, and that binds %(name)s: what was refused is given now. The reason:") % name
    if appeal.ruling == Ruling.ASKED:
        return _("The appeal is upheld. %(name)s has not delegated such decisions, so it must comply within ten days, or explain in public why not. The reason:") % name  # fmt: skip
    return _("The appeal is not upheld. The reason:")


def _say(appeal: Appeal, what: Said, side: Side, actor: Actor, text: str, now: dt.datetime) -> AppealEntry:
    organisation = {Side.APPELLANT: None, Side.BODY: appeal.organisation, Side.BOARD: appeal.heard_at}[side]
    return AppealEntry.objects.create(
        appeal=appeal, what=what, side=side, person_id=actor.id, organisation=organisation, text=text, at=now
    )


def _words(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise CannotAppeal(missing)
    if len(text) > LONGEST:
        raise CannotAppeal(_("This is longer than %(most)d characters. Shorten it.") % {"most": LONGEST})
    return text


def _owed(appeal: Appeal) -> Owed:
    return Owed(appeal.appellant_id, "" if appeal.appellant_id else appeal.appellant_email)


def _tell_appellant(appeal: Appeal, now: dt.datetime, key: str, parts: list[str]) -> None:
    to = address_of_appellant(appeal)
    if to:
        _write(appeal, to, appeal.appellant_id or 0, now, f"{key}-appellant", parts)


def _tell_body(appeal: Appeal, now: dt.datetime, key: str, parts: list[str]) -> None:
    for person in people_to_tell(appeal.took_part):
        _write(appeal, person.email, person.person_id, now, f"{key}-{person.person_id}", parts)


def _write(appeal: Appeal, to: str, person: int, now: dt.datetime, key: str, parts: list[str]) -> None:
    link = _("All of it, and what you can say (this link is yours alone):") + f"\n{link_of(appeal.pk, person)}"
    mail.post(
        to=to, subject=_("Appeal: %(title)s") % {"title": appeal.title}, text=mail.paragraphs([*parts, link]), now=now, key=f"appeal-{appeal.pk}-{key}",
        thread=thread_of(appeal.reference),
    )  # fmt: skip


def _refuse_decided(appeal: Appeal) -> None:
    if appeal.ruling != Ruling.OPEN:
        raise CannotAppeal(_("This appeal is over."))


def _locked_for_board(actor: Actor, appeal: Appeal) -> Appeal:
    appeal = _locked(appeal.pk)
    _refuse_decided(appeal)
    if not can_decide(actor, appeal, deciding_promise(appeal)):
        raise Forbidden(_("Only a board contact who took no part in it decides on an appeal."))
    return appeal


def _locked(appeal_id: int) -> Appeal:
    found = Appeal.objects.select_for_update(of=("self",)).select_related("organisation", "heard_at", "delegation")
    return found.get(pk=appeal_id)
