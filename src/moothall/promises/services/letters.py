"""Letters about promises: to whoever it rests with, and to the person owed. Each once, whatever runs twice."""

from __future__ import annotations

import datetime as dt

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from moothall.core import links, mail
from moothall.core.inbox import above_line
from moothall.directory.selectors import Present, person_to_tell

from ..models import Promise, PromiseStep
from ..ports import Kind, Line, kind_of
from ..selectors import resting_with
from ..terms import last_day_of
from ..types import Rung, Step


def tell_holders(promise: Promise, step: PromiseStep, *, now: dt.datetime, reason: str = "") -> int:
    """Whoever it rests with now, however few. Answers how many letters."""
    kind, line = _about(promise)
    if kind is None or line is None:
        return 0
    rung, people = resting_with(promise, timezone.localdate(now))
    told = 0
    for person in people:
        if person.email:
            link = kind.link_for(promise.subject, person.person_id) if kind.link_for else _here(line.url)
            reply = kind.reply_to(promise.subject, person.person_id) if kind.reply_to else ""
            text = _holder_text(promise, Step(step.what), rung, kind, line, reason, link, reply)
            mail.post(
                to=person.email, subject=_subject(line, _("due %(day)s") % {"day": _day(promise.due_at)}), text=text, now=now,
                key=f"promise-{promise.pk}-{step.number}-{person.person_id}", reply_to=reply, thread=line.thread,
            )  # fmt: skip
            told += 1
    return told


def tell_holders_anew(promise: Promise, *, now: dt.datetime, key: str, said: str, text: str) -> None:
    """Something new about what they owe: words of the person owed."""
    kind, line = _about(promise)
    if kind is None or line is None:
        return
    for person in resting_with(promise, timezone.localdate(now))[1]:
        if person.email:
            link = kind.link_for(promise.subject, person.person_id) if kind.link_for else _here(line.url)
            reply = kind.reply_to(promise.subject, person.person_id) if kind.reply_to else ""
            parts = [said, _quoted(text), line.title, _("Deal with it here: %(link)s") % {"link": link}]
            if reply:
                parts.insert(0, above_line(_("Write your answer above this line")))
            mail.post(
                to=person.email, subject=_subject(line), text="\n\n".join(parts) + "\n", now=now, key=f"{key}-{person.person_id}", reply_to=reply,
                thread=line.thread,
            )  # fmt: skip


def tell_owed(promise: Promise, step: PromiseStep, *, now: dt.datetime, reason: str = "") -> bool:
    """The person owed, where there is an address. Answers whether there was."""
    kind, line = _about(promise)
    address = _address(promise)
    if kind is None or line is None or not address:
        return False
    link = kind.link_for(promise.subject, None) if kind.link_for else _here(line.url)
    reply = kind.reply_to(promise.subject, None) if kind.reply_to else ""
    text = _owed_text(promise, Step(step.what), kind, line, reason, link)
    if reply:
        text = above_line(_("Write above this line")) + "\n\n" + text
    mail.post(
        to=address, subject=_subject(line), text=text, now=now, key=f"promise-{promise.pk}-{step.number}-owed", reply_to=reply,
        thread=line.thread,
    )  # fmt: skip
    return True


def _about(promise: Promise) -> tuple[Kind | None, Line | None]:
    kind = kind_of(promise.kind)
    return kind, kind.describe([promise.subject]).get(promise.subject)


def _address(promise: Promise) -> str:
    if promise.owed_email:
        return promise.owed_email
    person: Present | None = person_to_tell(promise.owed_person_id) if promise.owed_person_id is not None else None
    return person.email if person else ""


def _holder_text(
    promise: Promise, what: Step, rung: Rung, kind: Kind, line: Line, reason: str, link: str, reply: str
) -> str:
    about = {
        "label": _lowered(str(kind.label)), "day": _day(promise.due_at), "organisation": promise.organisation.name, "post": promise.post.title if promise.post else _("no post"),
        "rung": str(rung.label),
    }  # fmt: skip
    opening = {
        Step.REMINDED: _("A reminder: %(organisation)s owes %(label)s by the end of %(day)s."),
        Step.CLIMBED: _("%(organisation)s owed %(label)s by %(day)s and has not given it. It now rests with %(rung)s: with you."),
        Step.HANDED_OVER: _("This was handed to %(organisation)s. It owes %(label)s by the end of %(day)s."),
        Step.EXTENDED: _("%(label)s is due on %(day)s now."),
        Step.MOVED: _("A bank holiday moves %(label)s to the end of %(day)s."),
        Step.MISSED: _("%(label)s was due on %(day)s."),
    }.get(what, _("%(organisation)s owes %(label)s by the end of %(day)s.")) % about  # fmt: skip
    held = _("It is held by the post: %(post)s.") % about
    if what is not Step.CLIMBED and rung is not Rung.POST:
        held += " " + _("Nobody is in that post today, so this comes to you: %(rung)s.") % about
    parts = [above_line(_("Write your answer above this line")), _sentence(opening), held, line.title]
    parts = parts if reply else parts[1:]
    if line.text:
        parts.append(_quoted(line.text))
    if reason:
        parts.append(_("The reason given:") + "\n\n" + _quoted(reason))
    parts.append(
        _("Deal with it here, without signing in (this link is yours alone, do not pass it on):") + f"\n{link}"
    )
    if reply:
        parts.append(_("Or answer this mail: what you write is sent to the person who wrote, as your answer."))
    return "\n\n".join(parts) + "\n"


def _owed_text(promise: Promise, what: Step, kind: Kind, line: Line, reason: str, link: str) -> str:
    about = {
        "label": _lowered(str(kind.label)), "day": _day(promise.due_at), "organisation": promise.organisation.name, "rung": str(Rung(promise.rung).label),
    }  # fmt: skip
    opening = {
        Step.CLIMBED: _("%(organisation)s owed you %(label)s by %(day)s. It has not come, so it has gone up: it now rests with %(rung)s. You need not do anything; if it is missed again it goes on up, and we tell you each time."),
        Step.EXTENDED: _("%(organisation)s takes longer than it promised: %(label)s is now due by the end of %(day)s."),
        Step.MOVED: _("A bank holiday has been announced, so %(label)s is now due by the end of %(day)s."),
        Step.RELEASED: _("%(organisation)s will not give you %(label)s. Somebody above the post that owed it has decided so, and must tell you why."),
        Step.HANDED_OVER: _("What you sent was passed on to %(organisation)s. The day stays: %(label)s is due by the end of %(day)s."),
    }.get(what, _("%(organisation)s owes you %(label)s by the end of %(day)s.")) % about  # fmt: skip
    if what is Step.CLIMBED and promise.rung == Rung.PUBLIC:
        opening = _("%(organisation)s owed you %(label)s by %(day)s. Nobody there, nor the city’s steward, has given it. It stays on the public list of what is stuck until they do.") % about  # fmt: skip
    parts = [_sentence(opening), line.title]
    if reason:
        parts.append(_("The reason given:") + "\n\n" + _quoted(reason))
    parts.append(_("See where it stands:") + f"\n{link}")
    return "\n\n".join(parts) + "\n"


def _subject(line: Line, more: str = "") -> str:
    title = line.title if len(line.title) <= 120 else line.title[:119] + "…"
    return f"{title} ({more})" if more else title


def _day(due_at: dt.datetime) -> str:
    day = last_day_of(due_at, timezone.get_default_timezone())
    return formats.date_format(day, "l j F Y")


def _lowered(text: str) -> str:
    """A label as it stands in the middle of a sentence."""
    return text[:1].lower() + text[1:]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.strip().splitlines())


def _here(path: str) -> str:
    return links.site(path)
