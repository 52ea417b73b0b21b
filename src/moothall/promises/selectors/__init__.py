"""Every read of promises."""

from .calendar import closed_days, holidays_end
from .lists import (
    HistoryRow,
    KeptRow,
    PromisePage,
    PromiseRow,
    StuckRow,
    kept_and_missed,
    last_promise_about,
    lines_of,
    open_in,
    open_promise_about,
    promise_for,
    stuck,
    stuck_count,
    what_i_am_owed,
    what_i_owe,
)
from .own_terms import term_in, terms_of
from .people import answerable, people_at, resting_with, whom_to_tell
from .week import WeekPart, add_own_sections, wants_week_mail, week_of, whom_the_week_concerns

__all__ = [
    "HistoryRow",
    "KeptRow",
    "PromisePage",
    "PromiseRow",
    "StuckRow",
    "WeekPart",
    "add_own_sections",
    "answerable",
    "closed_days",
    "holidays_end",
    "kept_and_missed",
    "last_promise_about",
    "lines_of",
    "open_in",
    "open_promise_about",
    "people_at",
    "promise_for",
    "resting_with",
    "stuck",
    "stuck_count",
    "term_in",
    "terms_of",
    "wants_week_mail",
    "week_of",
    "what_i_am_owed",
    "what_i_owe",
    "whom_the_week_concerns",
    "whom_to_tell",
]
