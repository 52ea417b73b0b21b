"""Promises made, kept, given more time, passed on and released. Each in the transaction of what causes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.directory.models import Organisation, Post
from moothall.directory.selectors import team_of_post

from ..climbing import next_look
from ..models import Promise
from ..policies import can_answer_for, can_release
from ..ports import kind_of
from ..selectors import answerable, term_in
from ..types import Outcome, Owed, Rung, Step, Term, Unit
from .letters import tell_gone, tell_holders, tell_owed
from .reckoning import due_of, note, rules_of


class CannotPromise(DomainError):
    """A promise cannot be made or changed like this; the message says why."""


def make(
    *, actor: Actor, now: dt.datetime, kind: str, subject: object, organisation: Organisation, post: Post | None, owed: Owed,
    term: Term | None = None, due_at: dt.datetime | None = None, reason: str = "", ladder: Sequence[Rung] = (),
    before: dt.datetime | None = None,
) -> Promise:  # fmt: skip
    """Makes a promise, and tells who holds it; with a `reason`, where it does not speak for itself (why it is owed again).

    Due by the organisation's term for the kind, another `term`, or at a moment (`due_at`); by a moment to come
    after which it is worth nothing (`before`), where that is earlier; with another `ladder` where the kind's own
    begins with somebody who may not decide. Called inside the transaction that causes it.
    Raises RuntimeError outside one, KeyError for a kind that nobody registered, CannotPromise where what climbs is owed to nobody.
    """
    _refuse_alone()
    about = kind_of(kind)
    if about.climbs and not owed:
        raise CannotPromise(_("What climbs must be owed to somebody: a person, an address or a receipt."))
    term = term or term_in(about, organisation)
    rungs = [rung.value for rung in (ladder or about.ladder)][: None if about.climbs else 1]
    promise = Promise(
        kind=kind, subject=str(subject), organisation=organisation, post=post, team=team_of_post(post.pk, timezone.localdate(now)) if post else None,
        owed_person_id=owed.person, owed_email=owed.email, owed_receipt=owed.receipt, climbs=about.climbs, counted=about.counted,
        division=organisation.division, ladder=rungs, rung=rungs[0], starts_at=now, made_at=now,
        term_count=0 if due_at else term.count, term_unit=Unit.MOMENT if due_at else term.unit, due_at=due_at or now,
    )  # fmt: skip
    rules = rules_of(promise)
    promise.due_at = due_of(promise, rules)
    if before is not None and now < before < promise.due_at:
        promise.term_count, promise.term_unit, promise.due_at = 0, Unit.MOMENT, before
    promise.next_at = next_look(promise, rules)
    promise.save()
    step = note(promise, Step.MADE, actor=actor, now=now, reason=reason)
    tell_holders(promise, step, now=now, reason=reason)
    return promise


def keep(*, actor: Actor, now: dt.datetime, promise: Promise) -> Promise:
    """What was owed is given. Keeping it twice is keeping it once. Who may do that is for the area to say that calls this."""
    _refuse_alone()
    promise = _locked(promise)
    if promise.ended_at is None:
        _end(promise, Outcome.KEPT, now)
        note(promise, Step.KEPT, actor=actor, now=now)
    return promise


@transaction.atomic
def release(*, actor: Actor, now: dt.datetime, promise: Promise, reason: str) -> Promise:
    """Somebody above the holder says that it will not be given, and why; the person owed is told. Raises Forbidden or CannotPromise."""
    about, promise = kind_of(promise.kind), _locked_with_subject(promise)
    if not can_release(actor, promise):
        raise Forbidden(_("Only somebody above the post that holds it may release a promise."))
    if promise.ended_at is not None:
        raise CannotPromise(_("This is settled already."))
    reason = _reason(reason)
    _end(promise, Outcome.RELEASED, now)
    step = note(promise, Step.RELEASED, actor=actor, now=now, reason=reason)
    tell_owed(promise, step, now=now, reason=reason)
    if about.released is not None:
        about.released(promise.subject, now, reason)
    audit.record(actor=actor, now=now, verb="release-promise", subject=promise, organisation=promise.organisation_id)
    return promise


@transaction.atomic
def extend(*, actor: Actor, now: dt.datetime, promise: Promise, by: int, reason: str) -> Promise:
    """More time, by the kind's own rule and before it is due; the person owed is told why. Raises Forbidden or CannotPromise."""
    about, promise = kind_of(promise.kind), _locked_with_subject(promise)
    if not can_answer_for(actor, promise):
        raise Forbidden(_("Only who holds it may take more time."))
    rule = about.extension
    if rule is None or promise.extensions >= rule.times or promise.term_unit != rule.most.unit:
        raise CannotPromise(_("This cannot be given more time."))
    if promise.ended_at is not None or promise.missed_at is not None or promise.due_at <= now:
        raise CannotPromise(_("It is too late for that: more time is taken before the day, not after it."))
    if not 1 <= by <= rule.most.count:
        raise CannotPromise(
            _("Take from 1 to %(most)d %(unit)s more.") % {"most": rule.most.count, "unit": str(rule.most.unit.label)}
        )
    reason = _reason(reason)
    promise.term_count += by
    promise.extensions += 1
    promise.reminded = False
    rules = rules_of(promise)
    promise.due_at = due_of(promise, rules)
    promise.next_at = next_look(promise, rules)
    step = note(promise, Step.EXTENDED, actor=actor, now=now, reason=reason)
    tell_owed(promise, step, now=now, reason=reason)
    if about.extended is not None:
        about.extended(promise.subject, now, reason)
    audit.record(actor=actor, now=now, verb="extend-promise", subject=promise, organisation=promise.organisation_id)
    return promise


def hand_over(
    *, actor: Actor, now: dt.datetime, promise: Promise, organisation: Organisation, post: Post | None, reason: str,
    ladder: Sequence[Rung] = (),
) -> Promise:  # fmt: skip
    """Another post, or another body, owes it from now on. The day stays: who was owed an answer by Friday is owed it by Friday. With another
    `ladder` where those there have another one above them; it begins at its foot, unless it was missed already.

    What was missed already stays as high as it has climbed. Who may do that is for the area to say that calls this. Raises CannotPromise.
    """
    _refuse_alone()
    promise = _locked(promise)
    if promise.ended_at is not None:
        raise CannotPromise(_("This is settled already."))
    reason, today = _reason(reason), timezone.localdate(now)
    if promise.due_at <= now and promise.missed_by_id is None:
        promise.missed_by_id = promise.organisation_id  # the sweep had not looked yet
    before = [person for _rung, person in answerable(promise, today) if person.person_id != actor.id]
    promise.organisation, promise.post = organisation, post
    if ladder:
        promise.ladder = [rung.value for rung in ladder]
        promise.rung = (
            promise.rung if promise.missed_at is not None and promise.rung in promise.ladder else promise.ladder[0]
        )
    promise.team = team_of_post(post.pk, today) if post else None
    promise.next_at = next_look(promise, rules_of(promise))
    step = note(promise, Step.HANDED_OVER, actor=actor, now=now, reason=reason)
    tell_holders(promise, step, now=now, reason=reason)
    tell_gone(promise, step, before, now=now, reason=reason)
    audit.record(actor=actor, now=now, verb="hand-over-promise", subject=promise, organisation=organisation.pk)
    return promise


def _end(promise: Promise, outcome: Outcome, now: dt.datetime) -> None:
    if now > promise.due_at and promise.missed_at is None:
        promise.missed_at = promise.due_at  # the sweep had not looked yet
    promise.outcome, promise.ended_at, promise.next_at = outcome, now, None


def _locked(promise: Promise) -> Promise:
    found = Promise.objects.select_for_update(of=("self",)).select_related("organisation", "post")
    return found.get(pk=promise.pk)


def _locked_with_subject(promise: Promise) -> Promise:
    """What it is about before the promise itself, as whoever answers does: in another order the two would wait for each other."""
    lock = kind_of(promise.kind).lock
    if lock is not None:
        lock(promise.subject)
    return _locked(promise)


def _reason(text: str) -> str:
    if not text.strip():
        raise CannotPromise(_("Give the reason: the person it is owed to is told it."))
    return text.strip()


def _refuse_alone() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a promise changes in the transaction of what changes it")
