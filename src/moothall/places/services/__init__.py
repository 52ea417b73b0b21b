"""Every write of places, and the errors it raises."""

from .going import CannotGo, accept, cancel, go, invite, sweep_offers
from .keeping import (
    MARKS,
    CannotMark,
    add_at_the_door,
    check_in,
    checks_in,
    close_list,
    end_calendar_key,
    keep_out,
    mark,
    new_calendar_key,
)
from .letters import entry_of
from .noticing import (
    CannotObject,
    CannotSetCover,
    appeal,
    end_cover,
    lock_objection,
    object_to,
    set_cover,
    set_notice,
    uphold,
    withdraw_objection,
)
from .occasions import CannotHold, call_off, change_occasion, make_occasion, sweep_changes

__all__ = [
    "MARKS",
    "CannotGo",
    "CannotHold",
    "CannotMark",
    "CannotObject",
    "CannotSetCover",
    "accept",
    "add_at_the_door",
    "appeal",
    "call_off",
    "cancel",
    "change_occasion",
    "check_in",
    "checks_in",
    "close_list",
    "end_calendar_key",
    "end_cover",
    "entry_of",
    "go",
    "invite",
    "keep_out",
    "lock_objection",
    "make_occasion",
    "mark",
    "new_calendar_key",
    "object_to",
    "set_cover",
    "set_notice",
    "sweep_changes",
    "sweep_offers",
    "uphold",
    "withdraw_objection",
]
