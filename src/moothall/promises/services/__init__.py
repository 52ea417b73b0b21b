"""Every write of promises, and the errors it raises."""

from .calendar import CannotImportHolidays, import_holidays, read_holidays
from .letters import tell_holders_anew
from .own_terms import CannotSetTerms, set_terms
from .promising import CannotPromise, extend, hand_over, keep, make, release
from .sweeping import climb, sweep_promises
from .weekly import stop_week_mail, sweep_week_mail, want_week_mail

__all__ = [
    "CannotImportHolidays",
    "CannotPromise",
    "CannotSetTerms",
    "climb",
    "extend",
    "hand_over",
    "import_holidays",
    "keep",
    "make",
    "read_holidays",
    "release",
    "set_terms",
    "stop_week_mail",
    "sweep_promises",
    "sweep_week_mail",
    "tell_holders_anew",
    "want_week_mail",
]
