"""With whom a promise rests at a rung, on a day: looked up each time, so that vacancies, leave and deputies count."""

from __future__ import annotations

import datetime as dt

from moothall.directory import selectors as directory
from moothall.directory.selectors import Present
from moothall.directory.types import Role

from ..models import Promise
from ..types import ROLE_AT, Rung


def people_at(promise: Promise, rung: Rung, today: dt.date) -> list[Present]:
    """Nobody for the public list, and where a rung is empty. Where no post is named, the institution's administrators hold it."""
    if rung is Rung.POST:
        if promise.post_id is not None:
            return directory.holders_of_post(promise.post_id, today)
        return directory.holders_of_role(Role.ADMINISTRATOR, promise.organisation_id, None, today)
    if rung is Rung.PUBLIC:
        return []
    role = ROLE_AT[rung]
    organisation = None if role is Role.CITY_STEWARD else promise.organisation_id
    team = promise.team_id if role is Role.LINE_MANAGER else None
    if role is Role.LINE_MANAGER and team is None:
        return []
    return directory.holders_of_role(role, organisation, team, today)


def resting_with(promise: Promise, today: dt.date) -> tuple[Rung, list[Present]]:
    """Where it rests and who is there. A vacant post is looked after by the first rung above that is not empty."""
    for rung in map(Rung, promise.ladder[promise.ladder.index(promise.rung) :]):
        people = people_at(promise, rung, today)
        if people or rung is Rung.PUBLIC:
            return rung, people
    return Rung(promise.rung), []


def whom_to_tell(promise: Promise, today: dt.date) -> list[tuple[Rung, Present]]:
    """Whoever it rests with; where none of them has an address, whoever above has one as well."""
    found: list[tuple[Rung, Present]] = []
    for rung in map(Rung, promise.ladder[promise.ladder.index(promise.rung) :]):
        found += [(rung, each) for each in people_at(promise, rung, today)]
        if any(each.email for _rung, each in found):
            break
    return found


def answerable(promise: Promise, today: dt.date) -> list[tuple[Rung, Present]]:
    """Everybody who answers for it: whoever holds it and those it has climbed to, each once; where nobody is there, the first above."""
    reached = promise.ladder[: promise.ladder.index(promise.rung) + 1]
    found: dict[int, tuple[Rung, Present]] = {}
    for rung in map(Rung, reached):
        for person in people_at(promise, rung, today):
            found.setdefault(person.person_id, (rung, person))
    if not found:
        rung, people = resting_with(promise, today)
        found = {each.person_id: (rung, each) for each in people}
    return list(found.values())
