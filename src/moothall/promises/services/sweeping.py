"""The sweep: whatever is overdue is reminded of, or goes up, once, however late and by however many at a time."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from moothall.core.actor import system
from moothall.core.sweeps import one_by_one

from ..climbing import advance
from ..models import Promise
from ..selectors import people_at
from ..types import Step
from .letters import tell_holders, tell_owed
from .reckoning import note, rules_of

SWEEP = system("promises")
AT_ONCE = 500
LATER = dt.timedelta(hours=1)


def sweep_promises(now: dt.datetime) -> int:
    """Answers how many steps were taken. A promise that fails is logged, and does not hold up the others."""
    due = Promise.objects.filter(next_at__lte=now).order_by("next_at", "pk").values_list("pk", flat=True)[:AT_ONCE]

    def later(promise_id: int) -> None:
        """Those that fail never stand before all others."""
        Promise.objects.filter(pk=promise_id, ended_at__isnull=True).update(next_at=now + LATER)

    return one_by_one("promise", list(due), lambda promise_id: climb(promise_id, now), later)


@transaction.atomic
def climb(promise_id: int, now: dt.datetime) -> int:
    """Takes every step of one promise whose time has come, unless somebody else is at it. Answers how many."""
    promise = (
        Promise.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(pk=promise_id, next_at__lte=now)
        .select_related("organisation", "post")
        .first()
    )
    if promise is None:
        return 0
    today = timezone.localdate(now)
    events = advance(promise, now, rules_of(promise), lambda rung: bool(people_at(promise, rung, today)))
    # Each step stands in history as it was; one letter says where it is now.
    last, owed = None, None
    rung = promise.rung
    for event in events:
        promise.rung = event.rung
        last = note(promise, event.what, actor=SWEEP, now=now, scheduled_at=event.scheduled_at)
        owed = last if event.what is Step.CLIMBED else owed
    promise.rung = rung
    if last is not None:
        tell_holders(promise, last, now=now)
    if owed is not None:
        tell_owed(promise, owed, now=now)
    return len(events)
