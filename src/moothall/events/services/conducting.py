"""Disruption: a warning, a fair hearing, a limit in time, a way back, and an appeal. Nobody is kept away silently."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from moothall.appeals.selectors import link_of
from moothall.appeals.services import open_appeal, settle
from moothall.core import audit, codes, links, mail, times
from moothall.core.actor import Actor, system
from moothall.core.errors import DomainError, Forbidden
from moothall.core.sweeps import one_by_one
from moothall.places import services as places
from moothall.places.models import Place
from moothall.places.types import OPEN, Goer, State
from moothall.promises.selectors import closed_days, open_promise_about
from moothall.promises.services import keep, make
from moothall.promises.terms import due
from moothall.promises.types import Owed, Term

from ..models import Conduct, ConductEntry, Event
from ..policies import can_decide_conduct, can_warn
from ..selectors import address_of_subject, conduct_that_ended, limit_on, subject_token
from ..types import CONDUCT, HEARING, ConductSaid, ConductState

SWEEP = system("events")
TO_SPEAK = Term(5)
"""Working days that somebody has to say their side before anything is decided without it."""
LONGEST = dt.timedelta(days=182)
REMEMBERED = dt.timedelta(days=365)
"""A warning after which nothing happened is over then."""
MOST_WORDS = 4000


class CannotJudge(DomainError):
    """This cannot be done about somebody's conduct as it stands; the message says what comes first."""


@transaction.atomic
def warn(*, actor: Actor, now: dt.datetime, event: Event, place: Place, text: str) -> Conduct:
    """The first step: what happened, and what is asked of them. They are sent the words. Raises Forbidden or CannotJudge."""
    if not can_warn(actor, event):
        raise Forbidden(_("Only who holds the event may warn somebody."))
    if event.occasion.starts_at > now:
        raise CannotJudge(_("It has not begun: nothing can have happened there yet."))
    if actor.id is not None and place.person_id == actor.id:
        raise CannotJudge(_("You cannot warn yourself."))
    if not (place.person_id or place.email):
        raise CannotJudge(_("There is no address to which a warning could be sent, and nobody is warned silently."))
    conduct = Conduct.objects.create(
        reference="".join(secrets.choice(codes.LETTERS) for _each in range(8)), organisation_id=event.occasion.organisation_id, event=event, person_id=place.person_id,
        email="" if place.person_id else place.email, name=place.name, warned_by_id=actor.id, made_at=now,
    )  # fmt: skip
    _say(conduct, ConductSaid.WARNED, actor, text, now, _("%(name)s warns you about what happened at “%(title)s”. You are still welcome. In their words:"))  # fmt: skip
    audit.record(actor=actor, now=now, verb="warn", subject=conduct, organisation=conduct.organisation_id)
    return conduct


@transaction.atomic
def call(*, actor: Actor, now: dt.datetime, conduct: Conduct, text: str) -> Conduct:
    """It happened again: they are asked for their side before anything is decided, and owed a decision. Raises Forbidden or CannotJudge."""
    conduct = _locked_for(actor, conduct)
    if conduct.state != ConductState.WARNED:
        raise CannotJudge(_("They were asked for their side already."))
    conduct.state, conduct.heard_from = ConductState.HEARING, now
    conduct.save(update_fields=["state", "heard_from"])
    _say(conduct, ConductSaid.CALLED, actor, text, now, _("%(name)s thinks about keeping you from its events for a time, after “%(title)s”. First say how you see it, within five working days. Their words:"))  # fmt: skip
    owed = Owed(conduct.person_id, "" if conduct.person_id else conduct.email)
    make(
        actor=actor, now=now, kind=HEARING, subject=conduct.pk, organisation=conduct.organisation, post=None, owed=owed
    )
    audit.record(actor=actor, now=now, verb="call-hearing", subject=conduct, organisation=conduct.organisation_id)
    return conduct


@transaction.atomic
def state_side(*, actor: Actor, now: dt.datetime, conduct: Conduct, text: str) -> None:
    """The person says how they see it; at any time, also how they would come back. Who calls it has checked that it is them.

    Raises CannotJudge.
    """
    conduct = _locked(conduct.pk)
    if conduct.state == ConductState.ENDED:
        raise CannotJudge(_("This is over: you are welcome."))
    _entry(conduct, ConductSaid.STATED, actor, text, now)
    audit.record(actor=actor, now=now, verb="state-side", subject=conduct, organisation=conduct.organisation_id)


@transaction.atomic
def limit(*, actor: Actor, now: dt.datetime, conduct: Conduct, days: int, text: str) -> Conduct:
    """They may not come to the institution's events for so many days, half a year at most. Only after a hearing, by somebody else than who
    warned them. The places they have go to the next in line.

    Raises Forbidden or CannotJudge.
    """
    conduct = _locked_for(actor, conduct)
    if conduct.state != ConductState.HEARING or conduct.heard_from is None:
        raise CannotJudge(_("Ask for their side first: nobody is kept away unheard."))
    spoken = conduct.entries.filter(what=ConductSaid.STATED, at__gte=conduct.heard_from).exists()
    closed = closed_days(conduct.organisation.division)
    if not spoken and due(conduct.heard_from, TO_SPEAK, closed, times.zone()) > now:
        raise CannotJudge(_("They have five working days to say their side, and have not spoken yet."))
    if not 1 <= days <= LONGEST.days:
        raise CannotJudge(_("Choose from 1 to 182 days."))
    conduct.state, conduct.until, conduct.decided_by_id = ConductState.LIMITED, now + dt.timedelta(days=days), actor.id
    conduct.save(update_fields=["state", "until", "decided_by"])
    said = _("You may not come to events of %(name)s until %(until)s. You may appeal, and you may say at any time how you would come back. The reason:")  # fmt: skip
    _say(conduct, ConductSaid.LIMITED, actor, text, now, said)
    _kept(conduct, actor, now)
    theirs = _places_of(conduct, now).filter(occasion__starts_at__lt=conduct.until, state__in=OPEN)
    for place in theirs.order_by("occasion_id"):
        places.keep_out(actor=actor, now=now, place=place)
    audit.record(actor=actor, now=now, verb="limit", subject=conduct, organisation=conduct.organisation_id)
    return conduct


@transaction.atomic
def lift(*, actor: Actor, now: dt.datetime, conduct: Conduct, text: str) -> None:
    """They may come again, before the time is over. Raises Forbidden or CannotJudge."""
    conduct = _locked_for(actor, conduct)
    if conduct.state != ConductState.LIMITED:
        raise CannotJudge(_("They may come as it is."))
    _end(conduct, now)
    _say(conduct, ConductSaid.LIFTED, actor, text, now, _("You may come to events of %(name)s again. Welcome back. In their words:"))  # fmt: skip
    settle(actor=actor, now=now, kind=CONDUCT, subject=conduct.pk, text=text.strip())
    audit.record(actor=actor, now=now, verb="lift-limit", subject=conduct, organisation=conduct.organisation_id)


@transaction.atomic
def end_without(*, actor: Actor, now: dt.datetime, conduct: Conduct, text: str) -> None:
    """After a warning or a hearing, nothing more comes of it. Raises Forbidden or CannotJudge."""
    conduct = _locked_for(actor, conduct)
    if conduct.state not in (ConductState.WARNED, ConductState.HEARING):
        raise CannotJudge(_("This is decided already."))
    _end(conduct, now)
    _say(conduct, ConductSaid.ENDED, actor, text, now, _("%(name)s leaves it at that: you are welcome at its events. In their words:"))  # fmt: skip
    _kept(conduct, actor, now)
    audit.record(actor=actor, now=now, verb="end-conduct", subject=conduct, organisation=conduct.organisation_id)


@transaction.atomic
def appeal_limit(*, actor: Actor, now: dt.datetime, conduct: Conduct, text: str) -> str:
    """The person turns to the board contact. Answers the address at which they follow it. Who calls it has checked that it is them.

    Raises CannotJudge or CannotAppeal.
    """
    if conduct.state != ConductState.LIMITED:
        raise CannotJudge(_("You may come as it is: there is nothing to appeal."))
    opened = open_appeal(actor=actor, now=now, kind=CONDUCT, subject=conduct.pk, text=text, appellant=conduct.person_id, email=conduct.email)  # fmt: skip
    return link_of(opened.pk, conduct.person_id or 0)


def uphold_conduct(subject: str, actor: Actor, now: dt.datetime) -> None:
    """The appeal is upheld: they may come again. Called in the transaction that decides."""
    conduct = _locked(int(subject))
    if conduct.state == ConductState.LIMITED:
        _end(conduct, now)
        _say(conduct, ConductSaid.LIFTED, actor, _("Your appeal was upheld."), now, _("You may come to events of %(name)s again. Welcome back. In their words:"))  # fmt: skip
        them = Goer(conduct.person_id, conduct.email)
        for place in _places_of(conduct, now).filter(state=State.DECLINED).select_related("occasion").order_by("occasion_id"):  # fmt: skip
            if limit_on(them, conduct.organisation_id, place.occasion.starts_at) is None:
                places.let_in_again(actor=actor, now=now, place=place)


def _places_of(conduct: Conduct, now: dt.datetime) -> QuerySet[Place]:
    """Theirs in what the institution still holds."""
    mine = {"person_id": conduct.person_id} if conduct.person_id else {"person__isnull": True, "email__iexact": conduct.email}  # fmt: skip
    return Place.objects.filter(occasion__organisation_id=conduct.organisation_id, occasion__starts_at__gt=now, **mine)


def lock_conduct(subject: str) -> None:
    _locked(int(subject))


def conduct_released(subject: str, now: dt.datetime, reason: str) -> None:
    """Released from above: a hearing that nobody decides is no hearing, so it ends."""
    conduct = _locked(int(subject))
    if conduct.state == ConductState.HEARING:
        _end(conduct, now)
        ConductEntry.objects.create(conduct=conduct, what=ConductSaid.ENDED, text=reason, at=now)


def words_of_limits(ids: Collection[int]) -> dict[int, str]:
    """The reason of each limit."""
    rows = ConductEntry.objects.filter(conduct_id__in=ids, what=ConductSaid.LIMITED).order_by("at", "pk")
    return dict(rows.values_list("conduct_id", "text"))


def sweep_conduct(now: dt.datetime) -> int:
    """Limits whose time is over, and warnings that are a year old, end by themselves; whom it is about is told."""
    return one_by_one("conduct", conduct_that_ended(now, now - REMEMBERED), lambda conduct_id: _run_out(conduct_id, now))  # fmt: skip


@transaction.atomic
def _run_out(conduct_id: int, now: dt.datetime) -> int:
    conduct = _locked(conduct_id)
    if conduct.state == ConductState.LIMITED and conduct.until is not None and conduct.until <= now:
        _end(conduct, now)
        _say(conduct, ConductSaid.LIFTED, SWEEP, _("The time is over."), now, _("You may come to events of %(name)s again. Welcome back. In their words:"))  # fmt: skip
    elif conduct.state == ConductState.WARNED and conduct.made_at <= now - REMEMBERED:
        _end(conduct, now)
        _say(conduct, ConductSaid.ENDED, SWEEP, _("It is a year old."), now, _("The warning of %(name)s is over. In their words:"))  # fmt: skip
    else:
        return 0  # somebody was faster
    return 1


def _end(conduct: Conduct, now: dt.datetime) -> None:
    conduct.state, conduct.ended_at = ConductState.ENDED, now
    conduct.save(update_fields=["state", "ended_at"])


def _kept(conduct: Conduct, actor: Actor, now: dt.datetime) -> None:
    promise = open_promise_about(HEARING, conduct.pk)
    if promise is not None:
        keep(actor=actor, now=now, promise=promise)


def _entry(conduct: Conduct, what: ConductSaid, actor: Actor, text: str, now: dt.datetime) -> ConductEntry:
    text = text.strip()
    if not text or len(text) > MOST_WORDS:
        raise CannotJudge(_("Write it in words, in at most %(most)d characters.") % {"most": MOST_WORDS})
    return ConductEntry.objects.create(conduct=conduct, what=what, person_id=actor.id, text=text, at=now)


def _say(conduct: Conduct, what: ConductSaid, actor: Actor, text: str, now: dt.datetime, said: str) -> None:
    """Into the record, and to the person: nothing is done to them that they are not told."""
    entry = _entry(conduct, what, actor, text, now)
    to = address_of_subject(conduct)
    if not to:
        return
    about = {"name": conduct.organisation.name, "title": conduct.event.occasion.title, "until": times.until(conduct.until) if conduct.until else ""}  # fmt: skip
    link = _("All of it, and what you can say (this link is yours alone):") + "\n" + links.absolute("my-conduct", subject_token(conduct.pk))  # fmt: skip
    mail.post(
        to=to, subject=_("About “%(title)s”") % about, text=mail.paragraphs([said % about, mail.quoted(entry.text), link]), now=now,
        key=f"conduct-{conduct.pk}-{entry.pk}", thread=f"conduct-{conduct.reference}",
    )  # fmt: skip


def _locked_for(actor: Actor, conduct: Conduct) -> Conduct:
    conduct = _locked(conduct.pk)
    if not can_decide_conduct(actor, conduct):
        raise Forbidden(_("Only who keeps the institution’s record or sponsors it decides, and never who gave the warning."))  # fmt: skip
    return conduct


def _locked(conduct_id: int) -> Conduct:
    found = Conduct.objects.select_for_update(of=("self",)).select_related("organisation", "event__occasion", "person")
    return found.get(pk=conduct_id)
