"""My week: what I owe, what I am owed, and what higher areas add; and whom a letter about it concerns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Words
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moothall.core.actor import Actor
from moothall.directory.models import Leave, Membership, RoleGrant
from moothall.directory.selectors import current
from moothall.directory.types import Role

from ..models import Promise, WeekMail
from ..ports import Section, WeekLine, add_section, kind_of, sections
from ..types import ROLE_AT
from .lists import OPEN, PromiseRow, late_below, what_i_am_owed, what_i_owe


@dataclass(frozen=True, slots=True)
class WeekPart:
    """A section as it stands for somebody now."""

    key: str
    title: str | Words
    empty: str | Words
    lines: tuple[WeekLine, ...]


def week_of(actor: Actor, now: dt.datetime) -> list[WeekPart]:
    """Every part, in the order in which they were registered."""
    parts = [WeekPart(each.key, each.title, each.empty, tuple(each.lines(actor, now))) for each in sections()]
    return [each for each in parts if each.lines or each.empty]


def whom_the_week_concerns(now: dt.datetime) -> list[int]:
    """People with a line in any part, who have not stopped the letter, by id."""
    people: set[int] = set()
    for each in sections():
        people |= each.people(now)
    return sorted(people - set(WeekMail.objects.values_list("person_id", flat=True)))


def wants_week_mail(person_id: int) -> bool:
    return not WeekMail.objects.filter(person_id=person_id).exists()


def add_own_sections() -> None:
    add_section(
        Section("owe", gettext_lazy("What I owe"), gettext_lazy("Nobody waits for you. Well done."), _owe, _who_owes)
    )
    add_section(
        Section("owed", gettext_lazy("What I am owed"), gettext_lazy("Nothing that you asked for is open."), _owed, _who_is_owed)
    )  # fmt: skip
    add_section(Section("below", gettext_lazy("Late, and on its way up to me"), "", _below, _who_owes))


def _owe(actor: Actor, now: dt.datetime) -> list[WeekLine]:
    return [_line(row, f"{row.kind}: {row.title}", actor.id) for row in what_i_owe(actor, now)]


def _owed(actor: Actor, now: dt.datetime) -> list[WeekLine]:
    words = _("%(kind)s from %(organisation)s: %(title)s")
    return [
        _line(row, words % {"kind": row.kind, "organisation": row.organisation, "title": row.title})
        for row in what_i_am_owed(actor, now)
    ]


def _below(actor: Actor, now: dt.datetime) -> list[WeekLine]:
    words = _("%(kind)s: %(title)s (%(organisation)s; rests with %(rung)s)")
    return [
        WeekLine(
            words % {"kind": row.kind, "title": row.title, "rung": row.rung.label, "organisation": row.organisation},
            reverse("promise", args=[row.id]), row.due_on, row.late,
        )
        for row in late_below(actor, now)
    ]  # fmt: skip


def _line(row: PromiseRow, text: str, holder: int | None = None) -> WeekLine:
    url = row.url or reverse("promise", args=[row.id])
    act = kind_of(row.kind_key).link_for
    mail_url = act(row.subject, holder) if act else ""
    if row.ended_at is not None:
        return WeekLine(text, url, note=str(row.outcome.label), mail_url=mail_url)
    return WeekLine(text, url, row.due_on, row.late, mail_url=mail_url)


def _who_is_owed(now: dt.datetime) -> set[int]:
    owed = Promise.objects.filter(OPEN, owed_person__isnull=False)
    return set(owed.values_list("owed_person_id", flat=True))


def _who_owes(now: dt.datetime) -> set[int]:
    """Holders of posts that owe something, and roles that something has climbed to, with their deputies."""
    today = timezone.localdate(now)
    owing = Promise.objects.filter(OPEN)
    members = Membership.objects.filter(current(today), post_id__in=owing.values("post_id"))
    # Whoever it has climbed to, or looks after it where nobody holds it; their own list decides what stands in the letter.
    roles = Q(organisation_id__in=owing.values("organisation_id")) | Q(organisation__isnull=True)
    grants = RoleGrant.objects.filter(current(today), roles, role__in=[*ROLE_AT.values(), Role.ADMINISTRATOR])
    people = set(members.values_list("person_id", flat=True)) | set(grants.values_list("person_id", flat=True))
    away = Leave.objects.filter(from_on__lte=today, to_on__gte=today, person_id__in=people, deputy__isnull=False)
    return people | set(away.values_list("deputy_id", flat=True))
