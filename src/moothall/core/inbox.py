"""Mail that comes in: stored as it came before anything else is tried, understood by whoever registered for it, and otherwise held
for a person to look at. The same message stored twice is stored once."""

from __future__ import annotations

import datetime as dt
import email
import email.message
import email.utils
import hashlib
import html
import logging
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from email.header import decode_header, make_header

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from .jobs import Job, defer
from .models import IncomingMail
from .types import IncomingState

logger = logging.getLogger(__name__)

MOST = 100_000_000
"""Bytes of a message. Mail servers refuse less by themselves; what is longer all the same is kept up to here."""
LONGEST_TEXT = 200_000
LONGEST_HEADER = 20_000
FORGOTTEN = dt.timedelta(seconds=30)
ABOVE = "##-"
"""Begins the line that our letters ask to write above; nobody else begins one so."""
WROTE = re.compile(r"\n[^\n]{0,200}(wrote|schrieb|a écrit|escribió|ysgrifennodd)\s*:\s*$", re.IGNORECASE)
TAIL = 600
"""So many last letters are searched for who wrote what is quoted."""
ABSENT = re.compile(r"^\s*(automatic reply|auto(matic)?[- ]?(reply|response)|auto:|out of (the )?office|abwesenheits|réponse automatique|respuesta automática)", re.IGNORECASE)  # fmt: skip
UNSAID = ("script", "style", "head", "title")
BREAKS = ("br", "br/", "p", "/p", "div", "/div", "/tr", "/li", "/h1", "/h2", "/h3", "/h4", "/h5", "/h6", "blockquote", "/blockquote")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as far as it could be read. Nothing in it is trusted: anybody can write anything there."""

    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    references: tuple[str, ...]
    attachments: tuple[str, ...]
    """Their names."""
    automatic: bool
    """Made by a program (an absence note, a bounce): not to be answered, or two programs write to each other for ever."""
    listed: bool
    """Came through a list or a group address: somebody may have written it, or nobody in particular."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a letter, for whoever looks at it later."""

    note: str


Reader = Callable[[IncomingMail, Letter, dt.datetime], Taken | None]
_readers: list[tuple[int, Reader]] = []


def register(order: int, reader: Reader) -> None:
    """Called in AppConfig.ready(). A reader answers None for what is not for it; the lowest order is asked first."""
    _readers.append((order, reader))
    _readers.sort(key=lambda each: each[0])


def receive(raw: bytes, now: dt.datetime, *, recipient: str = "") -> IncomingMail:
    """Stores a message as it came; from then on it cannot be lost. `recipient` is the envelope's, where it is known."""
    digest = hashlib.sha256(raw[:MOST]).hexdigest()
    with transaction.atomic():
        made = IncomingMail(raw=raw[:MOST], sha256=digest, recipient=recipient[:320], received_at=now)
        IncomingMail.objects.bulk_create([made], ignore_conflicts=True)
        stored = IncomingMail.objects.get(sha256=digest)
        if stored.id == made.id:
            defer(Job.READ_MAIL, mail_id=str(stored.id))
        return stored


def handle(mail_id: uuid.UUID, now: dt.datetime) -> IncomingState:
    """Gives a message to whoever understands it, in one transaction with what they do. Handling twice is handling once."""
    with transaction.atomic():
        mail = IncomingMail.objects.select_for_update().get(id=mail_id)
        if mail.state != IncomingState.NEW:
            return IncomingState(mail.state)
        letter = read(bytes(mail.raw), mail.recipient)
        mail.sender, mail.subject, mail.message_id = letter.sender[:320], letter.subject[:500], letter.message_id[:500]
        mail.handled_at = now
        if letter.automatic:
            mail.state, mail.note = IncomingState.AUTOMATIC, "made by a program"
        else:
            taken = next((found for _, reader in _readers if (found := reader(mail, letter, now)) is not None), None)
            mail.state = IncomingState.HELD if taken is None else IncomingState.TAKEN
            mail.note = taken.note[:300] if taken else ""
        mail.save(update_fields=["sender", "subject", "message_id", "handled_at", "state", "note"])
        return IncomingState(mail.state)


def failed(mail_id: uuid.UUID, now: dt.datetime, error: Exception) -> None:
    """A reader stumbled: a person looks at the message."""
    logger.exception("incoming mail %s could not be read", mail_id)
    IncomingMail.objects.filter(id=mail_id, state=IncomingState.NEW).update(
        state=IncomingState.HELD, handled_at=now, note=f"could not be read by itself ({type(error).__name__})"
    )


def sweep_inbox(now: dt.datetime) -> int:
    """Defers again what was stored and forgotten."""
    waiting = IncomingMail.objects.filter(Q(state=IncomingState.NEW), received_at__lt=now - FORGOTTEN)
    found = list(waiting.order_by("received_at").values_list("id", flat=True)[:200])
    for mail_id in found:
        defer(Job.READ_MAIL, mail_id=str(mail_id))
    return len(found)


def read(raw: bytes, recipient: str = "") -> Letter:
    """As much as can be understood of any bytes; never raises."""
    try:
        message = email.message_from_bytes(raw)
    except Exception:  # noqa: BLE001  the standard parser raises whatever it stumbles over
        message = email.message_from_bytes(b"\n" + raw[:LONGEST_TEXT])
    name, sender = _address(_raw(message, "From"))
    to = [
        _address(part)[1]
        for field in ("To", "Cc", "Delivered-To", "X-Original-To")
        for part in _header(message, field).split(",")
    ]
    recipients = tuple(dict.fromkeys(each for each in [recipient.strip().lower(), *to] if each))
    references = re.findall(r"<[^<>\s]+>", " ".join([_header(message, "References"), _header(message, "In-Reply-To")]))
    subject, precedence = " ".join(_header(message, "Subject").split()), _header(message, "Precedence").strip().lower()
    automatic = (
        _header(message, "Auto-Submitted").strip().lower() not in ("", "no")
        or precedence == "auto_reply"
        or any(_header(message, each) for each in ("X-Autoreply", "X-Autorespond", "X-Autoresponder"))
        or bool(ABSENT.match(subject))
        or message.get_content_type() == "multipart/report"
        or (_header(message, "Return-Path").strip() == "<>" and not sender)
        or sender.startswith(("mailer-daemon@", "postmaster@"))
    )
    listed = precedence in ("list", "bulk", "junk") or any(_header(message, each) for each in ("List-Id", "List-Unsubscribe"))  # fmt: skip
    text, attachments = _content(message)
    return Letter(
        sender, name, recipients, subject, _without_quotes(text), _header(message, "Message-ID").strip(), tuple(dict.fromkeys(references)), attachments,
        automatic, listed,
    )  # fmt: skip


def _header(message: email.message.Message, name: str) -> str:
    """A malformed header is read as if it were not there."""
    try:
        return _words(_raw(message, name))
    except Exception:  # noqa: BLE001
        return ""


def _raw(message: email.message.Message, name: str) -> str:
    try:
        return str(message.get(name) or "")[:LONGEST_HEADER]
    except Exception:  # noqa: BLE001
        return ""


def _words(text: str) -> str:
    return _clean(str(make_header(decode_header(text))))


def _address(text: str) -> tuple[str, str]:
    """(name, address), parsed before the name is decoded: it may hold commas."""
    try:
        name, address = email.utils.parseaddr(_clean(text))
        name = _words(name)
    except Exception:  # noqa: BLE001
        return "", ""
    address = address.strip().lower()
    return " ".join(name.split())[:200], address if re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) else ""


def _content(message: email.message.Message) -> tuple[str, tuple[str, ...]]:
    """The first part of plain text, else the first of HTML without its tags; and the names of what is attached."""
    plain, marked, attached = "", "", []
    try:
        parts = list(message.walk())
    except Exception:  # noqa: BLE001
        parts = [message]
    for part in parts:
        try:
            kind, name = part.get_content_type(), part.get_filename()
            if part.get_content_disposition() == "attachment" or (name and kind not in ("text/plain", "text/html")):
                attached.append(_clean(str(name or kind))[:100])
                continue
            if kind not in ("text/plain", "text/html") or (plain and marked):
                continue
            payload = part.get_payload(decode=True)
            content = _decoded(payload, part.get_content_charset()) if isinstance(payload, bytes) else str(payload or "")  # fmt: skip
        except Exception:  # noqa: BLE001  one part that cannot be read does not hide the others
            continue
        if kind == "text/plain":
            plain = plain or _clean(content).strip()
        else:
            marked = marked or _clean(_untagged(content[: 5 * LONGEST_TEXT]))
    return plain or marked, tuple(dict.fromkeys(attached))


def _decoded(payload: bytes, charset: str | None) -> str:
    for each in (charset, "utf-8", "cp1252"):
        try:
            if each:
                return payload.decode(each)
        except (LookupError, UnicodeError):
            continue
    return payload.decode("utf-8", "replace")


def _untagged(content: str) -> str:
    """One pass, whatever somebody made of it."""
    out, at, small = [], 0, content.lower()
    while (begins := content.find("<", at)) >= 0:
        out.append(content[at:begins])
        ends = content.find(">", begins)
        if ends < 0:
            at = begins
            break
        words = small[begins + 1 : min(ends, begins + 40)].split()
        tag, at = words[0] if words else "", ends + 1
        if tag in UNSAID:
            closed = small.find(f"</{tag}", at)
            at = content.find(">", closed) + 1 if closed >= 0 else len(content)
            if not at:
                break
        elif tag in BREAKS:
            out.append("\n")
    return html.unescape("".join([*out, content[at:]]))


def _clean(text: str) -> str:
    """Without what PostgreSQL cannot store: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _without_quotes(text: str) -> str:
    """What somebody wrote, above, below or between what they quote, without the letter of ours that they answer."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ours = next((number for number, line in enumerate(lines) if line.lstrip("> \t").startswith(f"{ABOVE} ")), None)
    if ours is None:
        while lines and (lines[-1].startswith(">") or not lines[-1].strip()):
            lines.pop()
        return _cut(_unattributed("\n".join(lines)))
    quoted = lines[ours].lstrip().startswith(">")
    above = lines[:ours]
    while above and not above[-1].strip("> \t"):
        above.pop()
    # Where our letter is not marked as quoted, all that follows is ours; else what is not marked is theirs.
    below = [line for line in lines[ours + 1 :] if not line.lstrip().startswith(">")] if quoted else []
    return _cut("\n\n".join(filter(None, (_unattributed("\n".join(above)), "\n".join(below).strip()))))


def _unattributed(text: str) -> str:
    """Without the line that says who wrote what is quoted next."""
    text = "\n" + text.rstrip()
    return (text[:-TAIL] + WROTE.sub("", text[-TAIL:])).strip() if len(text) > TAIL else WROTE.sub("", text).strip()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "\n\n[…]"


def above_line(words: str) -> str:
    """The first line of a letter that can be answered by mail."""
    return f"{ABOVE} {words} -##"


def is_ours(address: str) -> bool:
    """The address that mail comes in by, with or without a token."""
    local, _, domain = str(settings.MAIL_IN).lower().rpartition("@")
    theirs, _, at = address.lower().rpartition("@")
    return bool(domain) and at == domain and theirs.split("+")[0] == local


def token_in(letter: Letter) -> str:
    """The token of the address a reply came back to; empty where there is none."""
    for each in letter.recipients:
        if is_ours(each) and "+" in each:
            return each.rpartition("@")[0].partition("+")[2]
    return ""
