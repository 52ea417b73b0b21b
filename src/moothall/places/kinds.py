"""What places registers: that an objection can be appealed, and its parts of My week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moothall.appeals import ports as appeals
from moothall.appeals.ports import Matter
from moothall.core import links, times
from moothall.core.actor import Actor
from moothall.directory.selectors import managers_of_teams
from moothall.promises.ports import Section, WeekLine, add_section

from . import selectors, services
from .models import Objection, Place
from .selectors import PlaceRow
from .services.letters import arithmetic
from .types import OBJECTION, State


def register_all() -> None:
    appeals.register(appeals.Kind(
        OBJECTION, gettext_lazy("An objection to somebody’s going"),
        gettext_lazy("whether somebody goes to an event or a course, over a manager’s objection"), describe, services.uphold, services.lock_objection,
    ))  # fmt: skip
    add_section(Section("going", gettext_lazy("Where I am going"), "", _going, selectors.who_goes))
    add_section(Section("notices", gettext_lazy("Who of my team is going"), "", _notices, _who_leads))


def describe(subjects: Collection[str]) -> Mapping[str, Matter]:
    """Two queries."""
    found = selectors.objections_of([int(each) for each in subjects])
    return {
        str(each.pk): Matter(
            each.place.occasion.title, each.organisation_id,
            f"{each.text}\n\n" + arithmetic(each.count),
            tuple(filter(None, (each.made_by_id,))), url=reverse("place", args=[selectors.holder_token(each.place, timezone.localdate())]),
            before=each.place.occasion.starts_at,
        )
        for each in found
    }  # fmt: skip


def _going(actor: Actor, now: dt.datetime) -> list[WeekLine]:
    return [_line(row, now) for row in selectors.my_places(actor, now)]


def _line(row: PlaceRow, now: dt.datetime) -> WeekLine:
    starts = times.short(row.occasion.starts_at)
    place, state = row.place, State(row.place.state)
    note = "" if state is State.BOOKED else str(state.label)
    if state is State.OFFERED and place.offered_until:
        note = _("a place is offered to you until %(until)s") % {"until": times.short(place.offered_until)}  # fmt: skip
    link = reverse("place", args=[selectors.holder_token(place, timezone.localdate(now))])
    return WeekLine(f"{starts}: {row.occasion.title}", link, note=note, mail_url=links.site(link))


def _notices(actor: Actor, now: dt.datetime) -> list[WeekLine]:
    return [
        *(_notice(actor, each, now) for each in selectors.running_notices(actor, now)),
        *(_objected(actor, each, now) for each in selectors.my_objections(actor, now)),
    ]


def _objected(actor: Actor, objection: Objection, now: dt.datetime) -> WeekLine:
    place = objection.place
    words = _("You object to %(name)s’s going to %(title)s") % {
        "name": selectors.name_of(place),
        "title": place.occasion.title,
    }
    token = selectors.manager_token(place, actor.id or 0, timezone.localdate(now))
    note = _("you can withdraw it as long as it has not begun")
    return WeekLine(words, reverse("notice", args=[place.pk]), note=note, mail_url=links.absolute("act-on-notice", token))  # fmt: skip


def _notice(actor: Actor, place: Place, now: dt.datetime) -> WeekLine:
    words = _("%(name)s goes to %(title)s") % {"name": selectors.name_of(place), "title": place.occasion.title}
    token = selectors.manager_token(place, actor.id or 0, timezone.localdate(now))
    note = _("you need do nothing")
    return WeekLine(words, reverse("notice", args=[place.pk]), note=note, mail_url=links.absolute("act-on-notice", token))  # fmt: skip


def _who_leads(now: dt.datetime) -> set[int]:
    return managers_of_teams(selectors.noticed_teams(now), timezone.localdate(now)) | selectors.who_objects(now)
