"""Who somebody is, once a request: plain ids and permission names, from their memberships, their roles and those they stand in for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q

from moothall.core.actor import VISITOR, Actor, ActorKind, Held

from ..models import Person, RoleGrant
from ..types import OF_THE_RECORD, ROLES, Permission, Role


def not_ended(day: dt.date, at: str = "") -> Q:
    """Rows with from and to that hold on a day or will later: `to_on` is the first day they no longer do. `at` leads to them from
    another table ("memberships__")."""
    return Q(**{f"{at}to_on__isnull": True}) | Q(**{f"{at}to_on__gt": day})


def current(day: dt.date, at: str = "") -> Q:
    """Rows with from and to that hold on a day."""
    return Q(**{f"{at}from_on__lte": day}) & not_ended(day, at)


def own_or_deputised(person: Any, today: dt.date) -> Q:
    """Roles of one's own, and of whoever is on leave today (its last day included) and named one as deputy, in the organisation that
    the leave is from: what somebody is elsewhere, or in the city, passes to nobody."""
    away = Q(
        person__leaves__deputy=person, person__leaves__from_on__lte=today, person__leaves__to_on__gte=today,
        person__leaves__organisation=F("organisation"),
    )  # fmt: skip
    return Q(person=person) | away


def permissions_of(role: Role, *, deputised: bool, confirmed: bool) -> frozenset[Permission]:
    """What a role lets one do as it is held: a deputy never gives roles, and a role of an institution that nobody has confirmed
    reaches no further than that institution's own record."""
    held = ROLES[role].permissions
    if deputised:
        held -= {Permission.GRANT_ROLES}
    return held if confirmed else held & OF_THE_RECORD


ACTOR = """
SELECT p.id,
  (SELECT coalesce(array_agg(ARRAY[g.role, g.organisation_id::text, g.team_id::text, (g.person_id <> p.id)::text,
                                   (g.organisation_id IS NULL OR o.confirmed_at IS NOT NULL)::text]), '{}')
     FROM directory_rolegrant g LEFT JOIN directory_organisation o ON o.id = g.organisation_id
    WHERE (g.person_id = p.id OR (g.person_id, g.organisation_id) IN (
             SELECT l.person_id, l.organisation_id FROM directory_leave l
              WHERE l.deputy_id = p.id AND l.from_on <= %(today)s AND l.to_on >= %(today)s))
      AND g.from_on <= %(today)s AND (g.to_on IS NULL OR g.to_on > %(today)s)),
  (SELECT coalesce(array_agg(m.organisation_id), '{}')
     FROM directory_membership m
    WHERE m.person_id = p.id AND m.from_on <= %(today)s AND (m.to_on IS NULL OR m.to_on > %(today)s)),
  (SELECT coalesce(array_agg(m.post_id), '{}')
     FROM directory_membership m
    WHERE m.post_id IS NOT NULL AND m.from_on <= %(today)s AND (m.to_on IS NULL OR m.to_on > %(today)s)
      AND (m.person_id = p.id OR (m.person_id, m.organisation_id) IN (
             SELECT l.person_id, l.organisation_id FROM directory_leave l
              WHERE l.deputy_id = p.id AND l.from_on <= %(today)s AND l.to_on >= %(today)s)))
FROM directory_person p WHERE p.user_id = %(user)s OR p.id = %(person)s
"""
"""In SQL, as every page of everybody who is signed in begins with it: the ORM takes longer to write it than the database to answer.
A test holds it against `own_or_deputised` and `current`."""


def actor_for_user(user_id: int, today: dt.date) -> Actor:
    """One query. A user who has not said their name yet is a person without an id, who may do only that."""
    mine = Held(Permission.OWN_ACCOUNT)
    row = _read(today, user=user_id)
    if row is None:
        return Actor(ActorKind.PERSON, user=user_id, held=frozenset({mine}))
    return _acting(row, user_id)


def actor_for_person(person_id: int, today: dt.date, *, user_id: int | None = None) -> Actor:
    """Somebody the system writes to or acts for: what they would be if they signed in today. Raises KeyError for who is not there."""
    row = _read(today, person=person_id)
    if row is None:
        raise KeyError(person_id)
    return _acting(row, user_id)


def actor_by_letter(person_id: int | None, today: dt.date) -> Actor | None:
    """Who opens the link in a letter of theirs: what they would be if they signed in today; a visitor where it was written to an address
    only (no person, or 0); None for who is erased."""
    if not person_id:
        return VISITOR
    if not Person.objects.filter(pk=person_id, erased_at__isnull=True).exists():
        return None
    return actor_for_person(person_id, today)


def _read(today: dt.date, *, user: int | None = None, person: int | None = None) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(ACTOR, {"user": user, "person": person, "today": today})
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _acting(row: tuple[Any, ...], user_id: int | None) -> Actor:
    mine = Held(Permission.OWN_ACCOUNT)
    person, grants, works, posts = row
    held = {
        Held(permission, int(organisation) if organisation else None, int(team) if team else None)
        for role, organisation, team, deputised, confirmed in grants
        for permission in permissions_of(Role(role), deputised=deputised == "true", confirmed=confirmed == "true")
    }
    return Actor(
        ActorKind.PERSON,
        person,
        user_id,
        held=frozenset({mine, *held}),
        belongs_to=frozenset(works),
        posts=frozenset(posts),
    )


@dataclass(frozen=True, slots=True)
class RightRow:
    """A role somebody has, in words: what it is, where, since when, by whom, for whom they stand in, and what it lets them do."""

    role: Role
    place: str
    since: dt.date
    granted_by: str
    stands_in_for: str
    confirmed: bool

    @property
    def about(self) -> str:
        return str(ROLES[self.role].about)

    @property
    def may(self) -> list[str]:
        held = permissions_of(self.role, deputised=bool(self.stands_in_for), confirmed=self.confirmed)
        return [str(permission.label) for permission in Permission if permission in held]


def rights_of(actor: Actor, today: dt.date) -> list[RightRow]:
    """Every role the actor acts by today, and why."""
    if actor.id is None:
        return []
    rows = (
        RoleGrant.objects.filter(own_or_deputised(actor.id, today) & current(today))
        .select_related("organisation", "team", "granted_by", "person")
        .order_by("from_on", "pk")
        .distinct()
    )
    return [
        RightRow(
            Role(row.role), ", ".join(str(each) for each in (row.team, row.organisation) if each), row.from_on,
            row.granted_by.name if row.granted_by else "", "" if row.person_id == actor.id else row.person.name, row.organisation is None or row.organisation.confirmed_at is not None,
        )
        for row in rows
    ]  # fmt: skip
