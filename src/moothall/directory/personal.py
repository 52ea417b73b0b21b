"""What the directory holds about a person."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from moothall.core.personal import Erasure, Personal, Subject, declare, nothing_personal

from .models import (
    ContactPoint,
    DataSharingAgreement,
    Delegation,
    ErasureRequest,
    Identifier,
    Invitation,
    Leave,
    Membership,
    Organisation,
    Person,
    Post,
    Regime,
    Relationship,
    Responsibility,
    RoleGrant,
    SearchPhrase,
    SearchWord,
    Service,
    ServiceType,
    Team,
)

PUBLIC_TASK = "public task (article 6(1)(e)); for charities their legitimate interest (6(1)(f))"
CONTRACT = "to give people what they asked for (article 6(1)(b))"


def _person(subject: Subject) -> Q:
    return Q(person_id=subject.person)


def declare_all() -> None:
    declare(Personal(
        Person, "Your name and address", "so that colleagues and you yourself know who is meant", PUBLIC_TASK, "until you ask for erasure",
        of=lambda subject: Q(pk=subject.person), export=("name", "email", "pseudonym", "made_at"),
        erasure=Erasure.BLANK, blank={"name": "", "email": "", "user_id": None, "erased_at": dt.datetime(1970, 1, 1, tzinfo=dt.UTC)},
    ))  # fmt: skip
    declare(Personal(
        Membership, "Where you work and worked", "to know who belongs to which institution, and since when", PUBLIC_TASK, "six years after the end, by number only once you are erased",
        of=_person, export=("organisation__name", "team__name", "post__title", "reference", "from_on", "to_on", "shows_name", "shows_email"),
        erasure=Erasure.BLANK, blank={"reference": "", "shows_name": False, "shows_email": False},
        expires=lambda now: Q(to_on__lt=(now - dt.timedelta(days=6 * 365)).date()) & ~Q(reference=""),
    ))  # fmt: skip
    declare(Personal(
        RoleGrant, "Roles you have and had", "to know who may do what, and who could", PUBLIC_TASK, "as long as what was done with them",
        of=_person, export=("role", "organisation__name", "team__name", "from_on", "to_on", "granted_at"),
        erasure=Erasure.KEEP, why_kept="Kept, by number only: who answered for what must stay known; with your name erased the number leads to nobody.",
    ))  # fmt: skip
    declare(Personal(
        Leave, "When you are away", "so that somebody stands in for you", PUBLIC_TASK, "a year after the end",
        of=_person, export=("from_on", "to_on", "organisation__name"),
        erasure=Erasure.DELETE, expires=lambda now: Q(to_on__lt=(now - dt.timedelta(days=365)).date()),
    ))  # fmt: skip
    declare(Personal(
        Invitation, "Invitations to you", "to let you join", CONTRACT, "a year",
        of=_person, export=("channel", "made_at", "expires_at", "used_at"), erasure=Erasure.DELETE,
        expires=lambda now: Q(made_at__lt=now - dt.timedelta(days=365)),
    ))  # fmt: skip
    declare(Personal(
        ErasureRequest, "Your wishes to be erased", "to show that the law was kept", "legal obligation (article 6(1)(c))", "six years, by number only once you are erased",
        of=_person, export=("asked_at", "due_at", "decision", "reason", "decided_at"), erasure=Erasure.KEEP,
        why_kept="Kept, by number only, to show that the law was kept.",
    ))  # fmt: skip
    nothing_personal(Organisation, "Bodies, not people.")
    nothing_personal(Team, "Groups, not people: who is in them stands in Membership.")
    nothing_personal(Post, "Posts, not people: who holds them stands in Membership.")
    nothing_personal(DataSharingAgreement, "Between bodies; who recorded it stands in the audit too.")
    nothing_personal(Service, "What bodies do; the post that answers leads to its holder through Membership.")
    nothing_personal(Responsibility, "Between bodies.")
    nothing_personal(Relationship, "Between bodies.")
    nothing_personal(Identifier, "Numbers of bodies in public registers.")
    nothing_personal(Delegation, "A resolution of a board about its contact's seat, not about who sits there.")
    nothing_personal(
        ContactPoint, "Numbers and addresses of bodies, services and posts: functional ones, so the form asks."
    )
    for each in (Regime, ServiceType, SearchPhrase, SearchWord):
        nothing_personal(each, "Words about public services.")
