"""Who is there today: holders of posts and of roles. Whoever is on leave is represented by their deputy there, or is not there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q

from ..models import Leave, Membership, Person, RoleGrant, Team
from ..types import Role
from .actors import current


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who can be told. `email` is the address of their account, or the one their institution knows; it may be empty."""

    person_id: int
    name: str
    email: str


def holders_of_post(post_id: int, today: dt.date) -> list[Present]:
    """Nobody where the post is vacant, or everybody in it is away without a deputy."""
    rows = Membership.objects.filter(current(today), post_id=post_id).values_list("person_id", "organisation_id")
    return _present(rows, today)


def holders_of_role(role: Role, organisation_id: int | None, team_id: int | None, today: dt.date) -> list[Present]:
    """Of a role held for that team, in that organisation, or (without one) in the city."""
    where = Q(organisation_id__isnull=True) if organisation_id is None else Q(organisation_id=organisation_id)
    where &= Q(team_id__isnull=True) if team_id is None else Q(team_id=team_id)
    rows = RoleGrant.objects.filter(current(today), where, role=role)
    return _present(rows.values_list("person_id", "organisation_id"), today)


def managers_of_teams(teams: Collection[int], today: dt.date) -> set[int]:
    """Who leads one of these teams today, or stands in, by id."""
    rows = RoleGrant.objects.filter(current(today), role=Role.LINE_MANAGER, team_id__in=teams)
    return {each.person_id for each in _present(rows.values_list("person_id", "organisation_id"), today)}


def team_of_post(post_id: int, today: dt.date) -> Team | None:
    """The team in which its holder works; of several, the one who has been there longest."""
    rows = Membership.objects.filter(current(today), post_id=post_id, team__isnull=False).select_related("team")
    found = rows.order_by("from_on", "pk").first()
    return found.team if found else None


def person_to_tell(person_id: int) -> Present | None:
    """None for who is erased."""
    found = Person.objects.filter(pk=person_id, erased_at__isnull=True).select_related("user").first()
    return _row(found) if found else None


def people_to_tell(person_ids: Iterable[int]) -> list[Present]:
    """Those of them who have an address and are not erased, by id."""
    people = Person.objects.filter(pk__in=list(person_ids), erased_at__isnull=True).select_related("user")
    return [row for row in map(_row, people.order_by("pk")) if row.email]


def _present(rows: Iterable[tuple[int, int | None]], today: dt.date) -> list[Present]:
    wanted = list(rows)
    organisations = {organisation for _, organisation in wanted if organisation is not None}
    today_s = Leave.objects.filter(from_on__lte=today, to_on__gte=today, organisation_id__in=organisations)
    deputies: dict[tuple[int, int | None], int | None] = {
        (leave.person_id, leave.organisation_id): leave.deputy_id for leave in today_s
    }
    there: set[int] = set()
    for person, organisation in wanted:
        stands_there = deputies.get((person, organisation), person)
        # A deputy who is away from there themselves represents nobody.
        if stands_there is not None and (stands_there == person or (stands_there, organisation) not in deputies):
            there.add(stands_there)
    people = Person.objects.filter(pk__in=there, erased_at__isnull=True).select_related("user")
    return [_row(person) for person in people.order_by("pk")]


def _row(person: Person) -> Present:
    return Present(person.pk, person.name, (person.user.email if person.user else "") or person.email)
