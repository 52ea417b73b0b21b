"""What places hold about a person."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from moothall.core.personal import Erasure, Personal, Subject, by, declare, nothing_personal

from .models import CalendarKey, CoverRule, NoticePeriod, Objection, Occasion, Place, PlaceStep

YEARS = dt.timedelta(days=2 * 365)
TASK = "public task (article 6(1)(e)); for charities their legitimate interest (6(1)(f))"


def _theirs(subject: Subject) -> Q:
    return by("person")(subject) | Q(person__isnull=True, email__in=subject.emails)


def declare_all() -> None:
    declare(Personal(
        Place, "Where you said that you go", "so that you have a seat, and who keeps the list knows you", TASK, "two years; then without your name and address",
        of=_theirs, export=("occasion__title", "occasion__starts_at", "state", "name", "email", "organisation__name", "made_at", "changed_at"),
        erasure=Erasure.BLANK, blank={"person": None, "name": "", "email": "", "organisation": None, "team": None, "notice_until": None},
        expires=lambda now: Q(occasion__ends_at__lt=now - YEARS) & (Q(person__isnull=False) | ~Q(name="", email="")),
    ))  # fmt: skip
    declare(Personal(
        Objection, "Objections to your going", "so that both sides know what was objected, and an appeal can be decided", TASK, "two years",
        of=lambda subject: by("place__person")(subject) | by("made_by")(subject), export=("place__occasion__title", "text", "made_at", "ended_at"),
        erasure=Erasure.BLANK, blank={"text": "(erased)", "made_by": None},
        expires=lambda now: Q(place__occasion__ends_at__lt=now - YEARS) & ~Q(text="(erased)"),
    ))  # fmt: skip
    declare(Personal(
        CalendarKey, "The address of your own calendar", "so that your calendar shows where you go", TASK, "until you end it",
        of=by("person"), export=("made_at",), erasure=Erasure.DELETE,
    ))  # fmt: skip
    declare(Personal(
        Occasion, "What you put up for others to attend", "so that its list is kept, and questions reach you", TASK, "as long as the event is in the record",
        of=by("host"), export=("title", "starts_at", "organisation__name", "made_at"), erasure=Erasure.BLANK, blank={"host": None},
    ))  # fmt: skip
    declare(Personal(
        CoverRule, "How many of a team must stay, as you set it", "so that an objection and an appeal can be judged", TASK, "as long as somebody may appeal by it",
        of=by("set_by"), export=("team__name", "minimum", "set_at", "ended_at"), erasure=Erasure.BLANK, blank={"set_by": None},
    ))  # fmt: skip
    nothing_personal(PlaceStep, "references and states; an id stands for a person")
    nothing_personal(NoticePeriod, "a number of days")
