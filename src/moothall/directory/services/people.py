"""People of an institution: added, moved, closed; nothing of what was is overwritten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar, cast

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import audit, imports
from moothall.core.actor import Actor
from moothall.core.errors import DomainError, Forbidden
from moothall.core.models import Import, Work
from moothall.core.tables import read_table
from moothall.core.work import Tell

from ..models import Leave, Membership, Organisation, Person, Post, RoleGrant, Team, new_pseudonym
from ..policies import can_manage_membership, can_record_leave
from ..selectors import actor_for_person
from ..selectors.actors import not_ended
from ..selectors.roster import COLUMNS, judged
from ..types import Judged, Level, NewPerson
from .organisations import make_teams

MOST_AHEAD, MOST_BACK = dt.timedelta(days=366), dt.timedelta(days=366)
BATCH = 2_000
Named = TypeVar("Named", Team, Post)
PEOPLE = "people"
"""The kind of import that takes people."""


class CannotChangePeople(DomainError):
    """What was asked for a person is not possible; the message says why."""


@transaction.atomic
def introduce(*, actor: Actor, now: dt.datetime, name: str, email: str) -> Person:
    """Somebody who has just signed in for the first time says what they are called. Doing it twice is doing it once."""
    if actor.user is None:
        raise Forbidden(_("Sign in first."))
    person, made = Person.objects.get_or_create(
        user_id=actor.user,
        defaults={"pseudonym": new_pseudonym(), "name": name.strip(), "email": email.lower(), "made_at": now},
    )
    if made:
        audit.record(actor=Actor(actor.kind, person.pk), now=now, verb="introduce", subject=person)
    return person


@transaction.atomic
def change_own_name(*, actor: Actor, now: dt.datetime, name: str) -> None:
    """Raises Forbidden."""
    if actor.id is None:
        raise Forbidden(_("Sign in first."))
    Person.objects.filter(pk=actor.id).update(name=name.strip())
    audit.record(actor=actor, now=now, verb="change-own-name", subject=Person(pk=actor.id))


@transaction.atomic
def add_person(*, actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation, new: NewPerson) -> Person:
    """One person, typed. Raises Forbidden or CannotChangePeople, with what a row of a file would be refused for."""
    _refuse(actor, organisation)
    Organisation.objects.select_for_update().get(
        pk=organisation.pk
    )  # two additions at once are judged one after the other
    row = {
        "name": new.name, "email": new.email, "reference": new.reference, "team": new.team, "post": new.post, "level": new.level,
        "starts_on": new.starts_on.isoformat() if new.starts_on else "",
    }  # fmt: skip
    good, faults = judged(organisation, [(1, row)], today)
    if faults:
        raise CannotChangePeople(str(faults[0]))
    if good[0].effect != "new":
        raise CannotChangePeople(
            _("This address or staff number is %(name)s's, who works here already.")
            % {"name": good[0].known.person.name}
        )
    return _take(actor, now, today, organisation, good[0])


def start_taking_people(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, about: Import, mapping: Mapping[str, str], only_right: bool
) -> Work:  # fmt: skip
    """Queues the taking of a file's rows; with `only_right`, those with faults come back as a file; without, any fault refuses all.

    Started twice, it is one. Raises Forbidden or CannotImport.
    """
    _refuse(actor, organisation)
    return imports.start_taking(now=now, about=about, actor=actor.id, only_right=only_right, mapping=mapping)


def stop_taking_people(*, actor: Actor, now: dt.datetime, organisation: Organisation, about: Import) -> None:
    """Raises Forbidden."""
    _refuse(actor, organisation)
    imports.ask_stop(about=about, now=now)


def take_people(about: Import, now: dt.datetime, tell: Tell) -> None:
    """Stores the rows of a file. Raises Forbidden, CannotReadTable, CannotImport or CannotChangePeople."""
    today = timezone.localdate(now)
    actor = actor_for_person(int(about.asked["actor"]), today)
    # Two files at once are judged one after the other.
    organisation = Organisation.objects.select_for_update().get(pk=int(about.organisation_id or 0))
    _refuse(actor, organisation)
    table = read_table(bytes(about.file.content))
    tell("reading", 0, len(table.rows))
    good, faults = judged(organisation, imports.named(table, COLUMNS, about.mapping), today)
    if faults and not about.asked["only_right"]:
        raise CannotChangePeople(
            _("Some rows have faults, so nothing was taken. Mend them, or take only the rows that are right.")
        )
    new = [each for each in good if each.known is None]
    known = [each for each in good if each.known is not None]
    for start in range(0, len(new), BATCH):
        tell("storing", start, len(good))
        _add_all(actor, now, today, organisation, new[start : start + BATCH])
    for number, each in enumerate(known, len(new)):
        tell("storing", number, len(good))
        _take(actor, now, today, organisation, each)
    why = imports.reasons(faults)
    rest = [(row, why[number]) for number, row in zip(table.numbers, table.rows) if number in why]
    imports.close(about=about, header=table.header, rest=rest, taken=len(good), now=now)
    audit.record(actor=actor, now=now, verb="take-people", subject=about, organisation=organisation.pk)


def _add_all(
    actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation, judged: Sequence[Judged]
) -> None:
    """New people, in a handful of statements."""
    teams = _teams(organisation, [each.person.team for each in judged])
    posts = _posts(organisation, [(each.person.post, each.person.level) for each in judged])
    people = Person.objects.bulk_create(
        [
            Person(pseudonym=new_pseudonym(), name=each.person.name, email=each.person.email, made_at=now)
            for each in judged
        ]
    )
    Membership.objects.bulk_create(
        [
            Membership(
                person=person, organisation=organisation, team=teams.get(each.person.team.lower()), post=posts.get(each.person.post.lower()),
                reference=each.person.reference, from_on=each.person.starts_on or today,
            )
            for person, each in zip(people, judged)
        ]
    )  # fmt: skip
    audit.record_all(actor=actor, now=now, verb="add-person", subjects=people, organisation=organisation.pk)


def _take(actor: Actor, now: dt.datetime, today: dt.date, organisation: Organisation, judged: Judged) -> Person:
    new, known = judged.person, cast(Membership | None, judged.known)
    if known is None:
        person = Person.objects.create(pseudonym=new_pseudonym(), name=new.name, email=new.email, made_at=now)
        Membership.objects.create(
            person=person, organisation=organisation, team=_team(organisation, new.team), post=_post(organisation, new.post, new.level),
            reference=new.reference, from_on=new.starts_on or today,
        )  # fmt: skip
        audit.record(actor=actor, now=now, verb="add-person", subject=person, organisation=organisation.pk)
        return person
    person = known.person
    if judged.effect == "same":
        return person
    if person.user_id is None:  # whoever has an account says themselves what they are called
        Person.objects.filter(pk=person.pk).update(name=new.name, email=new.email or person.email)
    if judged.effect == "moved":
        team = _team(organisation, new.team) if new.team else known.team
        post = _post(organisation, new.post, new.level) if new.post else known.post
        _move(known, team, post, new.reference or known.reference, today)
    elif new.reference:
        Membership.objects.filter(pk=known.pk).update(reference=new.reference)
    audit.record(
        actor=actor, now=now, verb=f"take-{judged.effect}-person", subject=person, organisation=organisation.pk
    )
    return person


def _team(organisation: Organisation, name: str) -> Team | None:
    return _teams(organisation, [name]).get(name.lower())


def _post(organisation: Organisation, title: str, level: Level) -> Post | None:
    return _posts(organisation, [(title, level)]).get(title.lower())


def _teams(organisation: Organisation, names: Iterable[str]) -> dict[str, Team]:
    """Those of these names, however they are written; made where there is none. Two or four statements."""
    wanted = {name.lower(): name for name in names if name}
    found = _called(Team.objects.filter(organisation=organisation), "name", wanted)
    missing = [name for key, name in wanted.items() if key not in found]
    return found | {each.name.lower(): each for each in (make_teams(organisation, missing) if missing else [])}


def _posts(organisation: Organisation, titles: Iterable[tuple[str, Level]]) -> dict[str, Post]:
    """As `_teams`; a post keeps the level it has."""
    wanted = {title.lower(): (title, level) for title, level in titles if title}
    found = _called(Post.objects.filter(organisation=organisation), "title", wanted)
    missing = [Post(organisation=organisation, title=title, level=level) for key, (title, level) in wanted.items() if key not in found]  # fmt: skip
    return found | {each.title.lower(): each for each in Post.objects.bulk_create(missing)}


def _called(rows: QuerySet[Named], field: str, wanted: Collection[str]) -> dict[str, Named]:
    """By their names in small letters; of several the oldest."""
    if not wanted:
        return {}
    rows = rows.annotate(small=Lower(field)).filter(small__in=list(wanted)).order_by("-pk")
    return {str(getattr(each, field)).lower(): each for each in rows}


def _move(old: Membership, team: Team | None, post: Post | None, reference: str, on: dt.date) -> None:
    """The old membership ends, a new one begins. One that began that very day (or later) was never lived: it is only corrected."""
    if old.from_on >= on:
        Membership.objects.filter(pk=old.pk).update(team=team, post=post, reference=reference)
        return
    Membership.objects.filter(pk=old.pk).update(to_on=on)
    Membership.objects.create(
        person_id=old.person_id,
        organisation_id=old.organisation_id,
        team=team,
        post=post,
        reference=reference,
        from_on=on,
        to_on=old.to_on,
    )


@transaction.atomic
def move_person(
    *,
    actor: Actor,
    now: dt.datetime,
    today: dt.date,
    organisation: Organisation,
    person_id: int,
    team: str,
    post: str,
    level: Level,
) -> None:
    """To another team or post, from today; what was stays in the history. Raises Forbidden or CannotChangePeople."""
    _refuse(actor, organisation)
    old = _open(organisation, person_id, today)
    _move(old, _team(organisation, team), _post(organisation, post, level), old.reference, today)
    audit.record(actor=actor, now=now, verb="move-person", subject=old.person, organisation=organisation.pk)


@transaction.atomic
def close_membership(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, person_id: int, today: dt.date, last_day: dt.date
) -> None:
    """The person leaves: membership and roles there end after `last_day`. Nothing is deleted. Raises Forbidden or CannotChangePeople."""
    _refuse(actor, organisation)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two administrators cannot close each other
    old = _open(organisation, person_id, today)
    if not today - 10 * MOST_BACK <= last_day <= today + MOST_AHEAD:
        raise CannotChangePeople(_("The last day must lie within the next year, or in the years just past."))
    ends = last_day + dt.timedelta(days=1)
    if ends < old.from_on:
        raise CannotChangePeople(
            _("The last day cannot be before the first (%(day)s).") % {"day": old.from_on.isoformat()}
        )
    roles = RoleGrant.objects.filter(not_ended(ends), person_id=person_id, organisation=organisation)
    if roles.filter(role="administrator").exists() and not _other_administrators(organisation, person_id, today):
        raise CannotChangePeople(_("This is the institution's only administrator. Give somebody else that role first."))
    Membership.objects.filter(pk=old.pk).update(to_on=ends)
    roles.filter(from_on__gt=ends).update(from_on=ends)
    roles.update(to_on=ends)
    Leave.objects.filter(deputy_id=person_id, organisation=organisation, to_on__gte=ends).update(deputy=None)
    audit.record(actor=actor, now=now, verb="close-membership", subject=old.person, organisation=organisation.pk)


def _other_administrators(organisation: Organisation, person_id: int, today: dt.date) -> bool:
    others = RoleGrant.objects.filter(
        not_ended(today),
        organisation=organisation,
        role="administrator",
        person__user__is_active=True,
    )
    return others.exclude(person_id=person_id).exists()


@transaction.atomic
def record_leave(
    *,
    actor: Actor,
    now: dt.datetime,
    organisation: Organisation,
    person_id: int,
    today: dt.date,
    from_on: dt.date,
    to_on: dt.date,
    deputy_id: int | None,
) -> Leave:
    """Away from one day to another, both included; the deputy acts meanwhile. Raises Forbidden or CannotChangePeople."""
    member = _open(organisation, person_id, today)
    if not can_record_leave(actor, organisation.pk, member.team_id, person_id):
        raise Forbidden(_("You may not say who is away there."))
    if to_on < from_on:
        raise CannotChangePeople(_("The last day away must not be before the first."))
    if to_on < today:
        raise CannotChangePeople(_("These days are over already."))
    if not today - MOST_BACK <= from_on <= to_on <= today + MOST_AHEAD or to_on - from_on > MOST_AHEAD:
        raise CannotChangePeople(_("Note a year at most, and nothing that is long past or far away."))
    if deputy_id is not None and deputy_id == actor.id and person_id != actor.id:
        raise CannotChangePeople(
            _("You cannot make yourself somebody's deputy. Ask them, or another administrator, to note it.")
        )
    if deputy_id == person_id:
        raise CannotChangePeople(_("Nobody can stand in for themselves. Choose a colleague."))
    if deputy_id is not None:
        _open(organisation, deputy_id, today)
        if Leave.objects.filter(person_id=deputy_id, from_on__lte=to_on, to_on__gte=from_on).exists():
            raise CannotChangePeople(_("That colleague is away in those days as well. Choose another."))
    if Leave.objects.filter(
        person_id=person_id, organisation=organisation, from_on__lte=to_on, to_on__gte=from_on
    ).exists():
        raise CannotChangePeople(_("These days are noted already, wholly or in part. End that first."))
    leave = Leave.objects.create(
        person_id=person_id,
        deputy_id=deputy_id,
        organisation=organisation,
        from_on=from_on,
        to_on=to_on,
        recorded_at=now,
    )
    audit.record(actor=actor, now=now, verb="record-leave", subject=leave, organisation=organisation.pk)
    return leave


@transaction.atomic
def end_leave(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, person_id: int, leave_id: int, today: dt.date
) -> None:
    """Back early, or it was a mistake: from today on nobody stands in. Raises Forbidden or CannotChangePeople."""
    leave = Leave.objects.filter(pk=leave_id, organisation=organisation, person_id=person_id).first()
    if leave is None:
        raise CannotChangePeople(_("This is not noted any more."))
    if leave.to_on < today:
        raise CannotChangePeople(_("That is over already."))
    member = _open(organisation, person_id, today)
    if not can_record_leave(actor, organisation.pk, member.team_id, person_id):
        raise Forbidden(_("You may not say who is away there."))
    audit.record(actor=actor, now=now, verb="end-leave", subject=leave, organisation=organisation.pk)
    if leave.from_on >= today:
        leave.delete()
    else:
        Leave.objects.filter(pk=leave.pk).update(to_on=today - dt.timedelta(days=1))


def _open(organisation: Organisation, person_id: int, today: dt.date) -> Membership:
    found = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("person", "team", "post")
        .filter(not_ended(today), organisation=organisation, person_id=person_id)
    )
    member = found.order_by("-from_on").first()
    if member is None:
        raise CannotChangePeople(_("This person does not work here any more."))
    return member


def _refuse(actor: Actor, organisation: Organisation) -> None:
    if not can_manage_membership(actor, organisation.pk, None):
        raise Forbidden(_("Only its administrators change who works in an institution."))


@transaction.atomic
def open_people_import(
    *, actor: Actor, now: dt.datetime, organisation: Organisation, content: bytes, name: str
) -> Import:
    """Keeps the file; nothing of it is stored as people yet. Raises Forbidden, CannotTakeFile or CannotReadTable."""
    _refuse(actor, organisation)
    opened = imports.open_import(
        kind=PEOPLE, content=content, name=name, now=now, owner=actor.id, organisation=organisation.pk
    )
    read_table(content)
    return opened
