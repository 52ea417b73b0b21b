"""Who must stay: cover rules, their arithmetic for one absence, and when somebody can go instead."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from moothall.core import times
from moothall.core.actor import Actor
from moothall.directory.models import Leave, Membership, Organisation, Team
from moothall.directory.selectors import current

from .. import policies
from ..cover import hours_of
from ..models import CoverRule, NoticePeriod, Occasion, Place
from ..types import Count, State, Stated

USUAL_NOTICE = 2
"""Working days to object in, where an organisation has set no number of its own."""
ALTERNATIVES = 20
NOTHING = Stated()


def notice_days(organisation: int) -> int:
    found = NoticePeriod.objects.filter(organisation_id=organisation).values_list("days", flat=True).first()
    return found or USUAL_NOTICE


def team_size(team: Team, today: dt.date) -> int:
    return Membership.objects.filter(current(today), team=team).count()


def rules_of_team(team: int) -> list[CoverRule]:
    """Those in force."""
    return list(CoverRule.objects.filter(team_id=team, ended_at__isnull=True).order_by("from_time", "pk"))


RuledTeam = tuple[Team, list[CoverRule]]


def ruled_teams(actor: Actor, organisation: Organisation) -> list[RuledTeam]:
    """The organisation's teams whose cover the actor may set, with their rules. Two queries."""
    return [each for each in all_ruled_teams(organisation) if policies.can_keep_cover(actor, organisation.pk, each[0].pk)]  # fmt: skip


def all_ruled_teams(organisation: Organisation) -> list[RuledTeam]:
    """Every team with its rules, for whoever is bound by them. Two queries."""
    teams = list(Team.objects.filter(organisation=organisation).order_by("name", "pk"))
    rules: dict[int, list[CoverRule]] = {}
    for rule in CoverRule.objects.filter(team__in=teams, ended_at__isnull=True).order_by("from_time", "pk"):
        rules.setdefault(rule.team_id, []).append(rule)
    return [(team, rules.get(team.pk, [])) for team in teams]


def rule_for(place: Place, occasion: Occasion) -> CoverRule | None:
    """The rule of their team that speaks of that time and was in force before they said that they go; of several the one that asks
    for most."""
    if place.team_id is None or place.noticed_at is None:
        return None
    zone = times.zone()
    rules = CoverRule.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=place.noticed_at), team_id=place.team_id, set_at__lt=place.noticed_at
    )
    speaking = [
        rule
        for rule in rules
        if hours_of(rule.weekdays, rule.from_time, rule.to_time, occasion.starts_at, occasion.ends_at, zone)
    ]
    return max(speaking, key=lambda rule: (rule.minimum, -rule.pk), default=None)


def count_for(place: Place, occasion: Occasion, rule: CoverRule, stated: Stated = NOTHING) -> Count:
    """The arithmetic of their team on those days of an occasion that the rule speaks of, should they go. Of several the worst. Three queries
    a day.

    Away are those on leave that day, and those who go somewhere else in work time while it lasts, within the hours of the rule.
    """
    assert place.team_id is not None, "only who goes in a team’s time is counted"
    assert place.organisation_id is not None
    team, worst = place.team_id, None
    spoken_of = hours_of(rule.weekdays, rule.from_time, rule.to_time, occasion.starts_at, occasion.ends_at, times.zone())  # fmt: skip
    for day, first, last in spoken_of:
        members = set(Membership.objects.filter(current(day), team_id=team).values_list("person_id", flat=True))
        on_leave = Leave.objects.filter(
            organisation_id=place.organisation_id, from_on__lte=day, to_on__gte=day, person_id__in=members
        )
        elsewhere = Place.objects.filter(
            team_id=team, person_id__in=members, state__in=[State.BOOKED, State.OFFERED],
            occasion__starts_at__lt=last, occasion__ends_at__gt=first,
        )  # fmt: skip
        away = {*on_leave.values_list("person_id", flat=True), *elsewhere.values_list("person_id", flat=True)}
        away.discard(place.person_id or 0)
        found = Count(len(members), len(away), stated.away, rule.minimum, stated.needed)
        worst = found if worst is None or found.left < worst.left else worst
    assert worst is not None
    return worst


def instead_of(place: Place, now: dt.datetime) -> Occasion | None:
    """The next of the same series to which they could go: a seat is free, and enough of their team would stay."""
    occasion = place.occasion
    if not occasion.series:
        return None
    others = Occasion.objects.filter(series=occasion.series, called_off_at__isnull=True, closes_at__gt=now)
    for other in others.exclude(pk=occasion.pk).order_by("starts_at")[:ALTERNATIVES]:
        if other.free == 0:
            continue
        rule = rule_for(place, other)
        if rule is None or not count_for(place, other, rule).falls_short:
            return other
    return None


def running_notices(actor: Actor, now: dt.datetime, count: int = 50) -> list[Place]:
    """Who of the actor's team goes somewhere, as long as they may object, soonest first."""
    rows = Place.objects.filter(
        policies.noticed_places(actor), notice_until__gt=now, state__in=[State.BOOKED, State.WAITLISTED, State.OFFERED]
    )
    rows = rows.select_related("occasion__organisation", "person", "team", "organisation")
    return list(rows.order_by("notice_until", "pk")[:count])


def noticed_teams(now: dt.datetime) -> set[int]:
    """In whose time somebody goes while a notice runs."""
    rows = Place.objects.filter(notice_until__gt=now, team__isnull=False)
    return {team for team in rows.values_list("team_id", flat=True) if team is not None}
