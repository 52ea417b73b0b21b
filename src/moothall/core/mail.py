"""Mail on its way out: stored in the transaction that causes it, sent by the worker, tried again, and seen when it is stuck."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from . import links
from .inbox import above_line
from .jobs import Job, defer
from .models import OutgoingMail, QuietThread
from .types import MailState

logger = logging.getLogger(__name__)

WAITS = tuple(dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440))
"""How long to wait after each failed attempt. After the last one, the message is stuck and a person must look."""
CLAIM = dt.timedelta(minutes=2)
"""A message claimed longer ago than this was claimed by a process that died: it is sent again, under the same Message-ID."""
FORGOTTEN = dt.timedelta(seconds=20)
KEPT = dt.timedelta(days=30)
SECRETS_KEPT = dt.timedelta(days=15)
STOP = "stop"


def post(
    *, to: str, subject: str, text: str, now: dt.datetime, key: str = "", secret: bool = False, reply_to: str = "",
    thread: str = "", stop_url: str = "", stoppable: bool = False, calendar: str = "",
) -> OutgoingMail | None:  # fmt: skip
    """Queues one message. With a `key`, once only. The text of a `secret` one (a code) is forgotten when it is sent. A `calendar` entry
    goes with it in a way that mail programs act on.

    A `stoppable` one is about a `thread` and goes to an address that anybody may have typed: it says how to get no more about that,
    and is not sent (None) to whoever has asked for no more.
    """
    with transaction.atomic():
        if stoppable and _quiet(thread, to):
            return None
        if key and (found := OutgoingMail.objects.filter(key=key).first()):
            return found
        mail = OutgoingMail(
            to=to, subject=" ".join(subject.split())[:250], text=text, secret=secret, key=key, made_at=now, due_at=now,
            reply_to=reply_to, thread=thread, stop_url=stop_url, calendar=calendar,
        )  # fmt: skip
        if stoppable:
            token = links.sign(STOP, mail.id.int, today=timezone.localdate(now))
            mail.stop_url = links.absolute("stop-letters", token)
            mail.text += "\n" + _("No more letters about this: %(link)s") % {"link": mail.stop_url} + "\n"
        mail.save(force_insert=True)
        defer(Job.SEND_MAIL, mail_id=str(mail.id))
        return mail


def letter_to_stop(token: str, today: dt.date) -> OutgoingMail | None:
    """The letter whose link this is; None for a token that is not ours and for a letter that is no longer kept."""
    found = links.read(STOP, token, today=today)
    if found is None or found[0] >= 2**128:
        return None
    return OutgoingMail.objects.filter(id=uuid.UUID(int=found[0])).exclude(thread="").first()


def is_quiet(letter: OutgoingMail) -> bool:
    return _quiet(letter.thread, letter.to)


def _quiet(thread: str, address: str) -> bool:
    return QuietThread.objects.filter(thread=thread, address=address.lower()).exists()


def stop(letter: OutgoingMail, now: dt.datetime) -> None:
    """No more letters to its address about what it is about. Twice is once."""
    QuietThread.objects.get_or_create(thread=letter.thread, address=letter.to.lower(), defaults={"at": now})


def deliver(mail_id: uuid.UUID, now: dt.datetime) -> bool:
    """Sends one message if it is due and nobody else sends it. Answers whether it was sent now. No lock is held meanwhile."""
    claimable = Q(state=MailState.WAITING, due_at__lte=now) | Q(state=MailState.SENDING, claimed_at__lt=now - CLAIM)
    if not OutgoingMail.objects.filter(claimable, id=mail_id).update(state=MailState.SENDING, claimed_at=now):
        return False
    mail = OutgoingMail.objects.get(id=mail_id)
    try:
        message_of(mail).send()
    except Exception as error:  # noqa: BLE001  a server's refusals are as many as servers
        _failed(mail, error, now)
        return False
    gone = {"text": ""} if mail.secret and not settings.KEEP_SENT_SECRETS else {}
    OutgoingMail.objects.filter(id=mail_id).update(
        state=MailState.SENT, sent_at=now, attempts=mail.attempts + 1, error="", **gone
    )
    return True


def message_of(mail: OutgoingMail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None, headers=headers_of(mail),
    )  # fmt: skip
    if mail.calendar:
        method = "CANCEL" if "METHOD:CANCEL" in mail.calendar else "REQUEST"
        message.attach_alternative(mail.calendar, f"text/calendar; method={method}")
    return message


def quoted(text: str) -> str:
    """Somebody's words inside a letter."""
    return "\n".join(f"> {line}" for line in text.strip().splitlines())


def paragraphs(parts: Sequence[str], *, answerable: str = "") -> str:
    """A letter of these parts, those that say nothing left out; where it can be answered by mail (`answerable`, the reply's address),
    it begins with the line to write above."""
    above = [above_line(_("Write your answer above this line"))] if answerable else []
    return "\n\n".join(part for part in (*above, *parts) if part) + "\n"


def headers_of(mail: OutgoingMail) -> dict[str, str]:
    """Every letter has an id of its own; those about one thing refer to the same, which no letter has (RFC 5322, 3.6.4)."""
    headers = {"Message-ID": f"<{mail.id}@{settings.MAIL_DOMAIN}>", "Auto-Submitted": "auto-generated"}
    if mail.thread:
        root = f"<{mail.thread}.thread@{settings.MAIL_DOMAIN}>"
        headers |= {"References": root, "In-Reply-To": root}
    if mail.stop_url:
        headers |= {"List-Unsubscribe": f"<{mail.stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def _failed(mail: OutgoingMail, error: Exception, now: dt.datetime) -> None:
    final = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        code >= 500 for code, _reason in error.recipients.values()
    )
    stuck = final or mail.attempts >= len(WAITS)
    due = now if stuck else now + WAITS[mail.attempts]
    OutgoingMail.objects.filter(id=mail.id, state=MailState.SENDING, claimed_at=mail.claimed_at).update(
        state=MailState.STUCK if stuck else MailState.WAITING,
        attempts=mail.attempts + 1,
        due_at=due,
        error=reason(error),
    )
    logger.warning("mail %s was not sent (attempt %d): %s", mail.id, mail.attempts + 1, type(error).__name__)


def reason(error: Exception) -> str:
    """Why, without the address: a refusal repeats it, and errors are shown to whoever runs the site."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _reason in error.recipients.values()})
        return f"The mail server refused the address ({', '.join(map(str, codes))})."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server answered {error.smtp_code}."
    if isinstance(error, OSError | smtplib.SMTPException):
        return f"The mail server could not be reached ({type(error).__name__})."
    return f"The message could not be made ({type(error).__name__})."


def send_again(mail_id: uuid.UUID, now: dt.datetime) -> bool:
    """Puts a stuck message back into the queue, from the first wait on."""
    with transaction.atomic():
        found = OutgoingMail.objects.filter(id=mail_id, state=MailState.STUCK).update(
            state=MailState.WAITING, attempts=0, due_at=now
        )
        if found:
            defer(Job.SEND_MAIL, mail_id=str(mail_id))
        return bool(found)


def sweep_mail(now: dt.datetime) -> int:
    """Defers again what is due and was forgotten, and forgets what was sent long ago."""
    due = Q(state=MailState.WAITING, due_at__lt=now - FORGOTTEN) | Q(
        state=MailState.SENDING, claimed_at__lt=now - CLAIM
    )
    waiting = list(OutgoingMail.objects.filter(due).order_by("due_at").values_list("id", flat=True)[:200])
    for mail_id in waiting:
        defer(Job.SEND_MAIL, mail_id=str(mail_id))
    OutgoingMail.objects.filter(state=MailState.SENT, sent_at__lt=now - KEPT).delete()
    # A code older than it works is no use to anybody but a thief.
    OutgoingMail.objects.filter(secret=True, made_at__lt=now - SECRETS_KEPT).exclude(text="").update(
        text="", state=MailState.STUCK
    )
    return len(waiting)


def mail_in_trouble(count: int = 50) -> list[OutgoingMail]:
    """What is stuck or was refused at least once, oldest first."""
    trouble = Q(state=MailState.STUCK) | Q(state__in=[MailState.WAITING, MailState.SENDING], attempts__gt=0)
    return list(OutgoingMail.objects.filter(trouble).order_by("made_at")[:count])
