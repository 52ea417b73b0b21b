"""My week by mail: on Mondays from seven, to everybody it has a line for, once."""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from moothall.core import audit, links, mail, times
from moothall.core.actor import Actor
from moothall.core.errors import Forbidden
from moothall.directory.selectors import Present, actor_for_person, people_to_tell

from ..models import WeekMail, WeekRun
from ..ports import WeekLine
from ..selectors import WeekPart, week_of, whom_the_week_concerns

logger = logging.getLogger(__name__)

FROM = dt.time(7)
AT_ONCE = 100
STOP = "week"


def sweep_week_mail(now: dt.datetime) -> int:
    """Writes the week's next letters. Answers how many."""
    local = now.astimezone(times.zone())
    monday = local.date() - dt.timedelta(days=local.weekday())
    if local < dt.datetime.combine(monday, FROM, times.zone()):
        return 0
    with transaction.atomic():
        # A week in which nothing ran until Thursday still has its letter.
        run, _made = WeekRun.objects.get_or_create(monday=monday)
        run = WeekRun.objects.select_for_update().get(pk=run.pk)
        if run.finished_at is not None:
            return 0
        left = [person for person in whom_the_week_concerns(now) if person > run.after]
        written = sum(_written(person, monday, now) for person in people_to_tell(left[:AT_ONCE]))
        run.after = left[:AT_ONCE][-1] if left else run.after
        run.finished_at = now if len(left) <= AT_ONCE else None
        run.save(update_fields=["after", "finished_at"])
        return written


def _written(person: Present, monday: dt.date, now: dt.datetime) -> bool:
    """A letter that cannot be written is logged, and does not hold up the others."""
    try:
        with transaction.atomic():
            return _write(person, monday, now)
    except Exception:
        logger.exception("the weekly letter to person %s was not written", person.person_id)
        return False


def _write(person: Present, monday: dt.date, now: dt.datetime) -> bool:
    actor = actor_for_person(person.person_id, timezone.localdate(now))
    parts = [part for part in week_of(actor, now) if part.lines]
    if not parts:
        return False
    token = links.sign(STOP, person.person_id, today=monday)
    stop = links.absolute("week-mail", token)
    text = mail.paragraphs([
        *map(_part, parts), _("All of it: %(link)s") % {"link": links.absolute("my-week")}, _("No more of these letters: %(link)s") % {"link": stop}
    ])  # fmt: skip
    count = sum(len(part.lines) for part in parts)
    mail.post(
        to=person.email, now=now, key=f"week-{monday.isoformat()}-{person.person_id}", thread=f"week-{person.person_id}", stop_url=stop, text=text,
        subject=_("Your week in %(city)s: %(count)d open") % {"city": settings.CITY_NAME, "count": count},
    )  # fmt: skip
    return True


def _part(part: WeekPart) -> str:
    return "\n\n".join([str(part.title).upper(), *map(_said, part.lines)])


def _said(line: WeekLine) -> str:
    when = ""
    if line.due_on is not None:
        day = formats.date_format(line.due_on, "l j F")
        when = (_("was due on %(day)s, and is late") if line.late else _("due by the end of %(day)s")) % {"day": day}
    said = "; ".join(each for each in (line.text, when, line.note) if each)
    return f"* {said}\n  {links.site(line.mail_url or line.url)}"


@transaction.atomic
def stop_week_mail(*, actor: Actor, now: dt.datetime, person_id: int) -> None:
    """No more letters to this person. Stopping twice is stopping once."""
    _stopped, made = WeekMail.objects.get_or_create(person_id=person_id, defaults={"stopped_at": now})
    if made:
        audit.record(actor=actor, now=now, verb="stop-week-mail", subject=_stopped)


@transaction.atomic
def want_week_mail(*, actor: Actor, now: dt.datetime) -> None:
    """Letters again. Raises Forbidden."""
    if actor.id is None:
        raise Forbidden(_("Sign in first."))
    found = WeekMail.objects.filter(person_id=actor.id).first()
    if found is not None:
        audit.record(actor=actor, now=now, verb="want-week-mail", subject=found)
        found.delete()
