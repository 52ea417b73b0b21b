"""What is held about a person: handed over, and erased when they ask and the law lets it be."""

from __future__ import annotations

import datetime as dt
import json

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from moothall.accounts import services as accounts
from moothall.accounts.selectors import addresses_of
from moothall.core import audit, mail, personal
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden

from ..models import ErasureRequest, Membership, Person, RoleGrant
from ..policies import can_confirm_institution, can_manage_membership
from ..selectors.actors import not_ended
from ..selectors.people import steward_decides
from ..types import Decision, Role

MONTH = dt.timedelta(days=30)


class CannotErase(DomainError):
    """Erasing is not possible now; the message says what stands in the way."""


def my_data(*, actor: Actor, now: dt.datetime) -> bytes:
    """All that is held about the actor, as JSON with what each thing is for. Raises Forbidden."""
    if actor.id is None:
        raise Forbidden(_("Sign in first."))
    held = {"made_at": now.isoformat(), "city": settings.CITY_NAME, "held": personal.export_of(_subject(actor.id))}
    return json.dumps(held, indent=1, ensure_ascii=False).encode()


@transaction.atomic
def ask_erasure(*, actor: Actor, now: dt.datetime) -> ErasureRequest:
    """Who never worked anywhere here is erased at once; for others their institution decides within a month. Asking twice is asking once."""
    if actor.id is None:
        raise Forbidden(_("Sign in first."))
    person = Person.objects.select_for_update().get(pk=actor.id)
    found = ErasureRequest.objects.filter(person=person, decided_at__isnull=True).first()
    if found is not None:
        return found
    request = ErasureRequest.objects.create(person=person, asked_at=now, due_at=now + MONTH)
    audit.record(actor=actor, now=now, verb="ask-erasure", subject=request)
    if not Membership.objects.filter(person=person).exists() and not RoleGrant.objects.filter(person=person).exists():
        _erase(person, now)
        ErasureRequest.objects.filter(pk=request.pk).update(decision=Decision.DONE, decided_at=now)
        request.refresh_from_db()
        return request
    employers = Membership.objects.filter(person=person).values("organisation_id")
    for grant in RoleGrant.objects.filter(
        role=Role.ADMINISTRATOR, organisation_id__in=employers, to_on__isnull=True
    ).select_related("person__user"):
        if grant.person.user is not None and grant.person.user.email:
            mail.post(
                to=grant.person.user.email, now=now, key=f"erasure-{request.pk}-{grant.person_id}", subject=_("Somebody asks for their data to be erased"),
                text=_("Somebody who works or worked for your institution asks for what is held about them to be erased. The law gives you a month. Sign in and choose “Keep its record” beside your institution to decide.") + "\n",
            )  # fmt: skip
    return request


@transaction.atomic
def decide_erasure(
    *,
    actor: Actor,
    now: dt.datetime,
    today: dt.date,
    request_id: int,
    organisation_id: int | None,
    erase: bool,
    reason: str,
) -> None:
    """Erases, or refuses with a reason that the person is told. An institution's administrators decide about who works or worked
    there; without an institution, the steward, about those for whom no administrator can. Raises Forbidden or CannotErase."""
    if organisation_id is None and not can_confirm_institution(actor):
        raise Forbidden(_("Only the city's steward decides this."))
    if organisation_id is not None and not can_manage_membership(actor, organisation_id, None):
        raise Forbidden(_("Only its administrators decide this."))
    mine = (
        ErasureRequest.objects.filter(steward_decides())
        if organisation_id is None
        else ErasureRequest.objects.filter(person__memberships__organisation_id=organisation_id)
    )
    ids = mine.filter(pk=request_id, decided_at__isnull=True).values("pk")
    request = ErasureRequest.objects.select_for_update(of=("self",)).select_related("person").filter(pk__in=ids).first()
    if request is None:
        raise CannotErase(_("This is decided already."))
    person = request.person
    if not erase and not reason.strip():
        raise CannotErase(
            _("Give the reason: the person is told it, and may complain to the Information Commissioner.")
        )
    if erase and _works_or_serves(person, today):
        raise CannotErase(
            _(
                "This person still works for an institution, or has a role in the city. Note that they have left, or end the role, first; what an employer must keep about its staff cannot be erased before."
            )
        )
    to = addresses_of(person.user_id)[:1] if person.user_id else ()
    if erase:
        _erase(person, now)
    decision = Decision.DONE if erase else Decision.REFUSED
    ErasureRequest.objects.filter(pk=request.pk).update(
        decision=decision, reason=reason.strip(), decided_at=now, decided_by_id=actor.id
    )
    audit.record(
        actor=actor, now=now, verb=f"decide-erasure-{decision.value}", subject=request, organisation=organisation_id
    )
    if to and not erase:
        mail.post(
            to=to[0], now=now, subject=_("Your wish to be erased was refused"), key=f"erasure-answer-{request.pk}",
            text=_("You asked for what is held about you to be erased. It was refused, for this reason:\n\n%(reason)s\n\nIf you disagree, you may complain to the Information Commissioner's Office: ico.org.uk.") % {"reason": reason.strip()} + "\n",
        )  # fmt: skip


def _works_or_serves(person: Person, today: dt.date) -> bool:
    now = not_ended(today)
    return (
        Membership.objects.filter(now, person=person).exists() or RoleGrant.objects.filter(now, person=person).exists()
    )


def _subject(person_id: int) -> personal.Subject:
    person = Person.objects.get(pk=person_id)
    emails = addresses_of(person.user_id) if person.user_id else ()
    return personal.Subject(person_id, person.user_id, tuple(sorted(emails)), person.pseudonym)


def _erase(person: Person, now: dt.datetime) -> None:
    subject = _subject(person.pk)
    personal.erase(subject)
    Person.objects.filter(pk=person.pk).update(erased_at=now)
    if subject.user is not None:
        accounts.erase_account(user_id=subject.user)
