"""The vocabulary of places: the states of a seat in anything one can attend, and why it changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

OBJECTION = "objection"
"""The kind of refusal that can be appealed here."""


class State(TextChoices):
    """Where a place stands. What it was before is in its history."""

    INVITED = "invited", _("Invited")
    BOOKED = "booked", _("Going")
    WAITLISTED = "waitlisted", _("On the waiting list")
    OFFERED = "offered", _("A place is offered")
    DECLINED = "declined", _("Not going")
    CANCELLED_BY_PERSON = "cancelled", _("Cancelled")
    CANCELLED_WITH = "cancelled-with", _("Cancelled with the event")
    ATTENDED = "attended", _("Was there")
    ATTENDED_PART = "attended-part", _("Was there for part of it")
    ABSENT = "absent", _("Was not there")


HOLDING = (State.BOOKED, State.OFFERED, State.ATTENDED, State.ATTENDED_PART)
"""States that take a seat."""
GOING = (State.BOOKED, State.ATTENDED, State.ATTENDED_PART)
OPEN = (State.INVITED, State.BOOKED, State.WAITLISTED, State.OFFERED)
"""States of somebody who may still come."""
LISTED = (State.BOOKED, State.ATTENDED, State.ATTENDED_PART, State.ABSENT)
"""States of whoever stands on the list at the door."""

NEXT: dict[State, tuple[State, ...]] = {
    State.INVITED: (State.BOOKED, State.WAITLISTED, State.DECLINED, State.CANCELLED_WITH),
    State.WAITLISTED: (State.OFFERED, State.BOOKED, State.DECLINED, State.CANCELLED_BY_PERSON, State.CANCELLED_WITH),
    State.OFFERED: (State.BOOKED, State.DECLINED, State.CANCELLED_BY_PERSON, State.CANCELLED_WITH),
    State.BOOKED: (
        State.CANCELLED_BY_PERSON, State.DECLINED, State.CANCELLED_WITH, State.ATTENDED, State.ATTENDED_PART, State.ABSENT,
    ),
    State.DECLINED: (State.BOOKED, State.WAITLISTED, State.CANCELLED_WITH),
    State.CANCELLED_BY_PERSON: (State.BOOKED, State.WAITLISTED),
    State.CANCELLED_WITH: (),
    State.ATTENDED: (State.ATTENDED_PART, State.ABSENT),
    State.ATTENDED_PART: (State.ATTENDED, State.ABSENT),
    State.ABSENT: (State.ATTENDED, State.ATTENDED_PART),
}  # fmt: skip
"""What each state may become. The database refuses everything else."""


class Why(TextChoices):
    """What made a place change."""

    PRESSED = "pressed", _("Said “I’m going”")
    INVITED = "invited", _("Was invited")
    FREED = "freed", _("A place became free")
    ACCEPTED = "accepted", _("Took the offered place")
    REFUSED = "refused", _("Did not want the place")
    EXPIRED = "expired", _("Did not answer the offer in time")
    CHANGED_MIND = "changed-mind", _("Cannot come")
    LATE = "late", _("Cannot come, said after the last day for that")
    OBJECTION = "objection", _("An objection stands")
    APPEAL = "appeal", _("An appeal was upheld")
    CALLED_OFF = "called-off", _("The event was called off")
    CHECKED_IN = "checked-in", _("Checked in with the code")
    LIST = "list", _("By the list at the door")
    CONDUCT = "conduct", _("May not come for a time, after a hearing")


@dataclass(frozen=True, slots=True)
class Goer:
    """Who wants to go: a person of the directory, or a mail address with a name."""

    person: int | None = None
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class WorkTime:
    """That somebody goes in the time of an employer, in one of its teams."""

    organisation: int
    team: int | None


@dataclass(frozen=True, slots=True)
class NewOccasion:
    """What an area says of something one can attend. Without `capacity` there is no limit."""

    kind: str
    organisation: int
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    capacity: int | None = None
    venue: str = ""
    online_url: str = ""
    host: int | None = None
    closes_at: dt.datetime | None = None
    cancel_by: dt.datetime | None = None
    offer_hours: int = 24
    series: str = ""


@dataclass(frozen=True, slots=True)
class NewCover:
    """A cover rule: so many of a team must be there, on these weekdays (0 is Monday) between these times."""

    minimum: int
    weekdays: tuple[int, ...]
    from_time: dt.time
    to_time: dt.time


@dataclass(frozen=True, slots=True)
class Stated:
    """What a manager says that no record here knows: so many more away (sick, say), so many more needed (an inspection), and why."""

    away: int = 0
    needed: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """The arithmetic of a cover rule for one team at one time, with somebody gone."""

    team: int
    away: int
    """Known here: on leave, or with a place elsewhere in work time."""
    stated_away: int
    minimum: int
    stated_needed: int

    @property
    def left(self) -> int:
        """Who would be there if the person goes."""
        return self.team - self.away - self.stated_away - 1

    @property
    def needed(self) -> int:
        return self.minimum + self.stated_needed

    @property
    def falls_short(self) -> bool:
        return self.left < self.needed
