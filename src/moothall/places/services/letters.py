"""Letters about places: each once, with the calendar entry put in, brought up to date or taken away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.core import calendars, links, mail, times
from moothall.directory.selectors import Present

from ..models import Objection, Occasion, Place
from ..selectors import holder_token, manager_token, name_of, url_of, whom_to_tell
from ..types import Count, State, Why


def tell(place: Place, why: Why, *, now: dt.datetime, reason: str = "", calendar: bool = True) -> None:
    """Whoever has the place: what became of it, in one letter for each step. Stores that their calendar was told."""
    said = _said(place, why)
    parts = [said, *([_("The reason given:"), mail.quoted(reason)] if reason else []), _when_and_where(place.occasion), _what_now(place, why)]  # fmt: skip
    write(place, _subject(place, why), parts, now=now, key=f"place-{place.pk}-{place.steps}", calendar=calendar)


def tell_change(place: Place, since: int, *, now: dt.datetime) -> None:
    """What they go to is at another time, somewhere else, or called off: what changed since they were told last (of that sequence)."""
    occasion = place.occasion
    off = occasion.called_off_at is not None
    if off:
        why = [_("The reason given:"), mail.quoted(occasion.called_off_why)] if occasion.called_off_why else []
        when = _("It would have been: %(when)s.") % {"when": times.span(occasion.starts_at, occasion.ends_at)}
        parts = [_("%(title)s is called off.") % {"title": occasion.title}, *why, when]
    else:
        now_so = _("%(title)s has changed. This is how it stands now:") % {"title": occasion.title}
        parts = [now_so, _when_and_where(occasion), _before(occasion, since)]
    subject = (_("Called off: %(title)s") if off else _("Changed: %(title)s")) % {"title": occasion.title}
    write(place, subject, parts, now=now, key=f"place-{place.pk}-change-{occasion.sequence}")


def said_of(occasion: Occasion) -> dict[str, str]:
    """What somebody who is going must know of when it changes, by field."""
    return {
        "title": occasion.title, "starts_at": occasion.starts_at.isoformat(), "ends_at": occasion.ends_at.isoformat(), "venue": occasion.venue,
        "online_url": occasion.online_url,
    }  # fmt: skip


def _before(occasion: Occasion, since: int) -> str:
    """In words, what it said to who was told of that sequence last, where it was otherwise."""
    was = next((each for each in occasion.was if each["sequence"] >= since), None)
    if was is None:
        return ""
    says = said_of(occasion)
    lines = [_("It was called: %(title)s") % {"title": was["title"]}] if was["title"] != says["title"] else []
    if (was["starts_at"], was["ends_at"]) != (says["starts_at"], says["ends_at"]):
        span = times.span(dt.datetime.fromisoformat(was["starts_at"]), dt.datetime.fromisoformat(was["ends_at"]))
        lines.append(_("It was to be: %(when)s") % {"when": span})
    if was["venue"] != says["venue"]:
        lines.append(_("It was to be at: %(venue)s") % {"venue": was["venue"] or _("Online")})
    if was["online_url"] != says["online_url"]:
        lines.append(_("The address to join from afar is another one.") if was["online_url"] and says["online_url"] else _("Joining from afar has changed."))  # fmt: skip
    return "\n".join(lines)


def write(place: Place, subject: str, parts: Sequence[str], *, now: dt.datetime, key: str, calendar: bool = True) -> None:  # fmt: skip
    """One letter to whoever has the place. Where their calendar has, or should have, an entry, it comes with it."""
    to = whom_to_tell(place)
    if to is None:
        return
    link = links.absolute("place", holder_token(place, timezone.localdate(now)))
    entry = _entry(place, to.email, now) if calendar else ""
    stranger = place.person_id is None
    mail.post(
        to=to.email, subject=subject, now=now, key=key, thread=f"place-{place.pk}", calendar=entry, stoppable=stranger,
        text=mail.paragraphs([*parts, _("Your place, and what you can do (this link is yours alone):") + f"\n{link}"]),
    )  # fmt: skip


def _entry(place: Place, to: str, now: dt.datetime) -> str:
    """The calendar entry that makes theirs right; empty where it is right. Noted on the place."""
    wanted = place.state == State.BOOKED and place.occasion.called_off_at is None
    if not wanted and not place.entered:
        return ""
    text = calendars.invitation(entry_of(place, called_off=not wanted, attendee=to, changed_at=now))
    place.entry, place.entered = place.entry + 1, wanted
    place.save(update_fields=["entry", "entered"])
    return text


def entry_of(place: Place, *, called_off: bool, changed_at: dt.datetime, attendee: str = "", sequence: int | None = None) -> calendars.Entry:  # fmt: skip
    """Somebody's own entry: one uid whatever happens, each one sent with a higher sequence."""
    occasion = place.occasion
    url = links.site(url_of(occasion))  # never the link of the place: calendars are shown to others
    return calendars.Entry(
        calendars.uid_of("place", place.uid), place.entry if sequence is None else sequence, changed_at, occasion.starts_at, occasion.ends_at, occasion.title,
        occasion.venue or _("Online"), url, occasion.online_url, called_off, attendee=attendee,
    )  # fmt: skip


def tell_limit(occasion: Occasion, email: str, words: str, *, now: dt.datetime) -> None:
    """To an address that somebody typed: why whoever reads it may not come."""
    mail.post(to=email.strip().lower(), subject=occasion.title, text=mail.paragraphs([words]), now=now, key=f"limit-{occasion.pk}-{email.strip().lower()}"[:120])  # fmt: skip


def tell_manager(place: Place, manager: Present, *, now: dt.datetime) -> None:
    """That somebody of the team goes: told, not asked."""
    if not manager.email or place.notice_until is None:
        return
    about = {
        "name": name_of(place), "title": place.occasion.title, "until": times.until(place.notice_until), "team": place.team.name if place.team else "",
        "organisation": place.occasion.organisation.name,
    }  # fmt: skip
    said = _("%(name)s goes to “%(title)s” by %(organisation)s in work time. You need do nothing: silence is yes.")
    if place.state == State.WAITLISTED:
        said = _("%(name)s waits for a place in “%(title)s” by %(organisation)s, in work time. You need do nothing: silence is yes.")  # fmt: skip
    rule = _("Only where fewer of %(team)s would stay than its cover rule asks for may you object: in writing, until %(until)s.")  # fmt: skip
    link = links.absolute("act-on-notice", manager_token(place, manager.person_id, timezone.localdate(now)))
    parts = [said % about, _when_and_where(place.occasion), rule % about + f"\n{link}"]
    mail.post(
        to=manager.email, subject=_("%(name)s goes to: %(title)s") % about, text=mail.paragraphs(parts), now=now,
        key=f"notice-{place.pk}-{place.steps}-{place.told}-{manager.person_id}", thread=f"notice-{place.pk}",
    )  # fmt: skip


def arithmetic(count: Count) -> str:
    """A cover rule's arithmetic, in words."""
    parts = [_("In the team: %(team)d."), _("Away then: %(away)d.")]
    parts += [_("Away too, as their manager says: %(stated_away)d.")] if count.stated_away else []
    parts += [_("Left if this one goes: %(left)d."), _("Must stay by the rule: %(minimum)d.")]
    parts += [_("Needed besides, as their manager says: %(stated_needed)d.")] if count.stated_needed else []
    about = {
        "team": count.team, "away": count.away, "stated_away": count.stated_away, "left": max(0, count.left), "minimum": count.minimum,
        "stated_needed": count.stated_needed,
    }  # fmt: skip
    return " ".join(parts) % about


def arithmetic_of(objection: Objection | None) -> str:
    """As it was when they objected."""
    return arithmetic(objection.count) if objection is not None else ""


def tell_objection(place: Place, objection: Objection, count: Count, *, now: dt.datetime) -> None:
    """That an objection stands: on which rule, with which arithmetic, when they can go instead, and how to appeal."""
    title = {"title": place.occasion.title}
    parts = [
        _("Your manager objects to your going to “%(title)s” in working time, and so you do not have the place any more. In their words:") % title, mail.quoted(objection.text),
        _("The cover rule was set before you said that you go. Its arithmetic:") + " " + arithmetic(count),
        (_("You could go here instead: %(title)s, %(when)s.") % {"title": objection.instead.title, "when": times.moment(objection.instead.starts_at)}) if objection.instead else "",
        _("If that is not right, appeal in one step with the link below. Who decides is the board contact, not your manager. Or go in your own time."),
    ]  # fmt: skip
    write(place, _("An objection to: %(title)s") % title, parts, now=now, key=f"place-{place.pk}-{place.steps}")


def _said(place: Place, why: Why) -> str:
    words = {
        Why.INVITED: _("You are invited to %(title)s."),
        Why.FREED: _("A place in %(title)s is free, and it is offered to you until %(until)s. Take it with the link below; after that it goes to the next in line."),
        Why.EXPIRED: _("You did not take the place that was offered to you in %(title)s in time. It went to the next in line."),
        Why.REFUSED: _("You do not want the place in %(title)s. It goes to the next in line."),
        Why.CHANGED_MIND: _("You have given up your place in %(title)s."),
        Why.LATE: _("You have given up your place in %(title)s, after the last day for that. Next time say it earlier: somebody else could have come."),
        Why.APPEAL: _("Your appeal was upheld. You have a place in %(title)s, and nobody below the board contact can take it away.") if place.seated else _("Your appeal was upheld. You have your place in %(title)s again."),
        Why.CONDUCT: _("You may not come to %(title)s. You were told why, and how to appeal."),
    }  # fmt: skip
    if place.state == State.WAITLISTED:
        said = _("You are on the waiting list for %(title)s. When a place is free it is offered to you by mail.")
    elif place.state == State.BOOKED and why is not Why.APPEAL:
        said = _("You are going to %(title)s.")
    else:
        said = words.get(why, _("Your place in %(title)s has changed."))
    until = times.moment(place.offered_until) if place.offered_until else ""
    return said % {"title": place.occasion.title, "until": until}


def _what_now(place: Place, why: Why) -> str:
    if place.state == State.BOOKED:
        notice = _("Your manager is told, not asked. Until %(until)s they may object, and only where too few of your team would stay.") % {"until": times.until(place.notice_until)} if place.notice_until and why is not Why.APPEAL else ""  # fmt: skip
        by = place.occasion.cancel_by
        cancel = _("If you cannot come, say so by %(by)s, so that somebody else can.") % {"by": times.moment(by)} if by > place.changed_at else _("If you cannot come, say so, so that somebody else can.")  # fmt: skip
        return " ".join(filter(None, (notice, cancel)))
    return ""


def _subject(place: Place, why: Why) -> str:
    title = {"title": place.occasion.title}
    if place.state == State.BOOKED:
        return _("You are going: %(title)s") % title
    if place.state == State.OFFERED:
        return _("A place is free: %(title)s") % title
    if place.state == State.WAITLISTED:
        return _("On the waiting list: %(title)s") % title
    if place.state == State.INVITED:
        return _("You are invited: %(title)s") % title
    return _("Not going: %(title)s") % title


def _when_and_where(occasion: Occasion) -> str:
    lines = [occasion.title, times.span(occasion.starts_at, occasion.ends_at), occasion.venue]
    lines += [_("From afar: %(url)s") % {"url": occasion.online_url}] if occasion.online_url else []
    return "\n".join(filter(None, lines))
