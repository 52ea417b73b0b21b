"""Letters about promises: to whoever it rests with, and to the person owed. Each once, whatever runs twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import links, mail, times
from moothall.directory.selectors import Present, person_to_tell

from ..models import Promise, PromiseStep
from ..ports import Line, kind_of
from ..selectors import answerable, whom_to_tell
from ..types import Rung, Step


def tell_holders(promise: Promise, step: PromiseStep, *, now: dt.datetime, reason: str = "") -> None:
    """Whoever it rests with now; when it is handed over, everybody who answers for it, as all of it is new to them."""
    today = timezone.localdate(now)
    everybody = step.what == Step.HANDED_OVER
    told = answerable(promise, today) if everybody else whom_to_tell(promise, today)
    line = _line(promise)
    due = _("due %(day)s") % {"day": times.last_day(promise.due_at)}
    for rung, person in told:
        text = _holder_text(promise, Step(step.what), rung, reason)
        _send(
            promise,
            line,
            person.email,
            person.person_id,
            text,
            now,
            key=f"promise-{promise.pk}-{step.number}-{person.person_id}",
            more=due,
        )


def tell_gone(promise: Promise, step: PromiseStep, before: Sequence[Present], *, now: dt.datetime, reason: str) -> None:
    """Whoever answered for it until it was handed over, and does no more: that there is nothing left for them to do."""
    still = {person.person_id for _rung, person in answerable(promise, timezone.localdate(now))}
    line = _line(promise)
    for person in before:
        if line is not None and person.email and person.person_id not in still:
            parts = [_("This went on to %(organisation)s. There is nothing left for you to do.") % {"organisation": promise.organisation.name}, _why(reason), line.title]  # fmt: skip
            mail.post(
                to=person.email, subject=_subject(line, _("with somebody else now")), text=mail.paragraphs(parts), now=now, thread=line.thread,
                key=f"promise-{promise.pk}-{step.number}-gone-{person.person_id}",
            )  # fmt: skip


def tell_holders_anew(promise: Promise, *, now: dt.datetime, key: str, said: str, text: str) -> None:
    """Something new about what they owe or owed: words of the person owed, for everybody who answers for it."""
    line = _line(promise)
    for _rung, person in answerable(promise, timezone.localdate(now)):
        parts = [said, mail.quoted(text)]
        _send(promise, line, person.email, person.person_id, parts, now, key=f"{key}-{person.person_id}")


def tell_owed(promise: Promise, step: PromiseStep, *, now: dt.datetime, reason: str = "") -> None:
    """The person owed, where there is an address."""
    text = _owed_text(promise, Step(step.what), reason)
    _send(promise, _line(promise), _address(promise), None, text, now, key=f"promise-{promise.pk}-{step.number}-owed")


def _line(promise: Promise) -> Line | None:
    """What it is about; None where that is gone, and nothing is left to write of."""
    return kind_of(promise.kind).describe([promise.subject]).get(promise.subject)


def _send(
    promise: Promise, line: Line | None, to: str, person: int | None, parts: list[str], now: dt.datetime, *, key: str, more: str = ""
) -> None:  # fmt: skip
    """One letter to a holder (by id) or to the person owed (None), with what it is about and where they can act."""
    if line is None or not to:
        return
    kind = kind_of(promise.kind)
    link = kind.link_for(promise.subject, person) if kind.link_for else links.site(line.url)
    reply = kind.reply_to(promise.subject, person) if kind.reply_to else ""
    holder = person is not None
    parts = [
        *parts, mail.quoted(line.text) if holder and line.text else line.title,
        (_("Deal with it here, without signing in (this link is yours alone, do not pass it on):") if holder else _("See where it stands:")) + f"\n{link}",
        _("Or answer this mail: what you write is sent to the person who wrote, as your answer.") if holder and reply else "",
    ]  # fmt: skip
    mail.post(
        to=to, subject=_subject(line, more), text=mail.paragraphs(parts, answerable=reply), now=now, key=key, reply_to=reply, thread=line.thread,
        stoppable=bool(line.thread) and not holder and bool(promise.owed_email),
    )  # fmt: skip


def _address(promise: Promise) -> str:
    if promise.owed_email:
        return promise.owed_email
    person = person_to_tell(promise.owed_person_id) if promise.owed_person_id is not None else None
    return person.email if person else ""


def _holder_text(promise: Promise, what: Step, rung: Rung, reason: str) -> list[str]:
    about = {
        "label": _label(promise), "day": times.last_day(promise.due_at), "organisation": promise.organisation.name, "post": promise.post.title if promise.post else "",
        "rung": str(rung.label), "holder": str(Rung(promise.ladder[0]).label),
    }  # fmt: skip
    opening = {
        Step.REMINDED: _("A reminder: %(organisation)s owes %(label)s by the end of %(day)s."),
        Step.CLIMBED: _("%(organisation)s owed %(label)s by %(day)s and has not given it. It now rests with %(rung)s: with you."),
        Step.HANDED_OVER: _("This was handed to %(organisation)s. It owes %(label)s by the end of %(day)s."),
        Step.EXTENDED: _("%(label)s is due on %(day)s now."),
        Step.MOVED: _("A bank holiday moves %(label)s to the end of %(day)s."),
        Step.MISSED: _("%(label)s was due on %(day)s."),
    }.get(what, _("%(organisation)s owes %(label)s by the end of %(day)s.")) % about  # fmt: skip
    held = (
        _("It is held by the post: %(post)s.")
        if promise.post
        else _("No post is named for it, so the institution’s administrators hold it.")
        if promise.is_a_post_s
        else _("It is held by %(holder)s.")
    )
    if what not in (Step.CLIMBED, Step.HANDED_OVER) and rung != promise.ladder[0]:
        held += " " + _("Nobody is there today, or can be reached by mail, so this comes to you: %(rung)s.")
    return [_sentence(opening), held % about, _why(reason)]


def _owed_text(promise: Promise, what: Step, reason: str) -> list[str]:
    about = {
        "label": _label(promise), "day": times.last_day(promise.due_at), "organisation": promise.organisation.name, "rung": str(Rung(promise.rung).label),
    }  # fmt: skip
    opening = {
        Step.CLIMBED: _("%(organisation)s owed you %(label)s by %(day)s. It has not come, so it has gone up: it now rests with %(rung)s. You need not do anything; if it is missed again it goes on up, and we tell you each time."),
        Step.EXTENDED: _("%(organisation)s takes longer than it promised: %(label)s is now due by the end of %(day)s."),
        Step.MOVED: _("A bank holiday has been announced, so %(label)s is now due by the end of %(day)s."),
        Step.RELEASED: _("%(organisation)s will not give you %(label)s. Somebody above the post that owed it has decided so, for the reason below. You may ask once that they look again."),
        Step.HANDED_OVER: _("What you sent was passed on to %(organisation)s. The day stays: %(label)s is due by the end of %(day)s."),
    }.get(what, _("%(organisation)s owes you %(label)s by the end of %(day)s.")) % about  # fmt: skip
    if what is Step.CLIMBED and promise.rung == Rung.PUBLIC:
        opening = _("%(organisation)s owed you %(label)s by %(day)s. Nobody there, nor the city’s steward, has given it. It stays on the public list of what is stuck until they do.") % about  # fmt: skip
    return [_sentence(opening), _why(reason)]


def _why(reason: str) -> str:
    return _("The reason given:") + "\n\n" + mail.quoted(reason) if reason else ""


def _subject(line: Line, more: str = "") -> str:
    title = line.title if len(line.title) <= 120 else line.title[:119] + "…"
    return f"{title} ({more})" if more else title


def _label(promise: Promise) -> str:
    """Of its kind, as it stands in the middle of a sentence."""
    label = str(kind_of(promise.kind).label)
    return label[:1].lower() + label[1:]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
