"""The vocabulary of events: what they are about, what is asked, and how open they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KIND = "event"
"""Of occasions."""


class Topic(TextChoices):
    """What people look for events by."""

    DEMOCRACY = "democracy", _("Council and decisions")
    LEARNING = "learning", _("Learning and skills")
    DIGITAL = "digital", _("Digital and social media")
    WORK = "work", _("Work and money")
    HEALTH = "health", _("Health and care")
    FAMILIES = "families", _("Children and families")
    HOUSING = "housing", _("Homes and neighbourhoods")
    SAFETY = "safety", _("Safety")
    ENVIRONMENT = "environment", _("Environment and travel")
    CULTURE = "culture", _("Arts, sport and heritage")
    VOLUNTEERING = "volunteering", _("Volunteering and community")


class Phase(TextChoices):
    """When a question was asked."""

    BEFORE = "before", _("Before")
    DURING = "during", _("During")
    AFTER = "after", _("After")


class About(TextChoices):
    """What a question is about: the event's matter, or that it is closed."""

    MATTER = "matter", _("Question")
    CLOSING = "closing", _("Challenge of its being closed")


CONDUCT = "conduct"
"""The kind of refusal that can be appealed here."""
HEARING = "conduct-hearing"
"""The kind of promise: what becomes of a hearing."""


class ConductState(TextChoices):
    """How far it has come. Nobody is kept away before they were warned and heard."""

    WARNED = "warned", _("Warned")
    HEARING = "hearing", _("Being heard")
    LIMITED = "limited", _("May not come for a time")
    ENDED = "ended", _("Over")


class ConductSaid(TextChoices):
    WARNED = "warned", _("Warned")
    CALLED = "called", _("Asked for their side")
    STATED = "stated", _("Said their side")
    LIMITED = "limited", _("Limited in time")
    LIFTED = "lifted", _("May come again")
    ENDED = "ended", _("Ended without a limit")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What an organiser says of an event. Times are aware; without `capacity` there is no limit; without `closed_reason` anyone may go."""

    title: str
    about: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    venue: str = ""
    online_url: str = ""
    afar: str = ""
    """How to take part from afar, in words."""
    access: str = ""
    """Steps, loops, interpreters, breaks."""
    topics: tuple[str, ...] = ()
    capacity: int | None = None
    closes_at: dt.datetime | None = None
    cancel_by: dt.datetime | None = None
    offer_hours: int = 24
    closed_reason: str = ""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a person, or a mail address with a name; or neither."""

    person: int | None = None
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the events somebody looks for."""

    words: str = ""
    topic: str = ""
    organiser: str = ""
    """An organisation's address here."""
    from_on: dt.date | None = None
    to_on: dt.date | None = None
    online: bool = False
    mine: bool = False
    """Those one holds; also of the last month, about which there is something left to do."""


@dataclass(frozen=True, slots=True)
class Openness:
    """One fact of an event's openness record. `so` is None where it is too early to say."""

    what: str | Promise
    so: bool | None
    words: str | Promise = ""
