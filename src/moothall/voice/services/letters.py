"""Letters to who sent something: that it is there, and every change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from moothall.core import mail, times
from moothall.directory.selectors import person_to_tell
from moothall.promises.selectors import open_promise_about

from ..models import Case
from ..receipts import receipt_of
from ..selectors import author_link, author_reply_address, thread_of
from ..types import Decision, Entry


def address_of(case: Case) -> str:
    """Where its author is written to; empty for who has a receipt only."""
    if case.author_id is not None:
        person = person_to_tell(case.author_id)
        return person.email if person else ""
    return case.author_email


def acknowledge(case: Case, *, now: dt.datetime) -> None:
    """That it is stored, with whom it is, and by when they answer."""
    owed = open_promise_about(case.kind, case.pk)
    assert owed is not None
    day = times.last_day(owed.due_at)
    why = _(" The directory chose them by its words “%(words)s”; if they are the wrong ones, say so with the link below.") % {"words": case.found_by} if case.found_by else ""  # fmt: skip
    text = _("We have what you sent. It is with %(organisation)s, who owe you an answer by the end of %(day)s.%(why)s") % {"organisation": case.organisation.name, "day": day, "why": why}  # fmt: skip
    receipt = _("Your receipt, should you lose this mail: %(receipt)s") % {"receipt": receipt_of(case.reference)}
    post(case, [text, receipt], key="sent", now=now)


def tell(case: Case, what: Entry, words: str, *, key: str, now: dt.datetime) -> None:
    """A change, in the words of who made it."""
    about = {"organisation": case.organisation.name, "decision": str(Decision(case.decision).label)}
    said = {
        Entry.ASKED: _("%(organisation)s has a question for you. They still owe you an answer by the same day."),
        Entry.HANDED_OVER: _("What you sent was passed on. It is with %(organisation)s now; the day by which you are owed an answer stays the same. The reason:"),
        Entry.ANSWERED: _("%(organisation)s has answered you:"),
        Entry.DECIDED: _("%(organisation)s has decided. %(decision)s. Their reason:"),
        Entry.REPLIED: _("%(organisation)s has written to you:"),
    }[what] % about  # fmt: skip
    more = _("If that does not settle it, you may ask once that they look again, with the link below.") if what in (Entry.ANSWERED, Entry.DECIDED) and case.reopened_at is None else ""  # fmt: skip
    post(case, [said, mail.quoted(words), more], key=key, now=now)


def post(case: Case, parts: Sequence[str], *, key: str, now: dt.datetime) -> None:
    to = address_of(case)
    if not to:
        return
    reply = author_reply_address(case, now)
    parts = [*parts, case.title, _("All of it, and what you can do: %(link)s") % {"link": author_link(case, now)}]
    mail.post(
        to=to, subject=case.title, text=mail.paragraphs(parts, answerable=reply), now=now, key=f"case-{case.pk}-{key}", reply_to=reply, thread=thread_of(case.reference),
        stoppable=case.author_id is None,
    )  # fmt: skip
