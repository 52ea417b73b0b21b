"""Fetching mail from a mailbox: each message is stored before it is marked as seen there, so a crash between the two fetches it again
and stores it once."""

from __future__ import annotations

import datetime as dt
import imaplib
import logging
from collections.abc import Callable
from typing import Protocol

from django.conf import settings

from .inbox import MOST, receive
from .jobs import Job, defer

logger = logging.getLogger(__name__)

SECONDS = 20
AT_ONCE = 200


class Mailbox(Protocol):
    """Where it is (settings.env.Imap)."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def tls(self) -> bool: ...
    @property
    def folder(self) -> str: ...


def sweep_mailbox(now: dt.datetime) -> int:
    """Asks the worker to look, where there is a mailbox: the sweep itself never waits for a network."""
    if not settings.IMAP.host:
        return 0
    defer(Job.FETCH_MAIL)
    return 1


def fetch(where: Mailbox, clock: Callable[[], dt.datetime]) -> int:
    """Stores what is unseen. Answers how many. Raises OSError or imaplib.IMAP4.error where the mailbox cannot be reached."""
    kind = imaplib.IMAP4_SSL if where.tls else imaplib.IMAP4
    with kind(where.host, where.port, timeout=SECONDS) as box:
        box.login(where.user, where.password)
        done, _ = box.select(f'"{where.folder}"')
        if done != "OK":
            raise imaplib.IMAP4.error(f"there is no folder {where.folder}")
        _, found = box.uid("search", "UNSEEN")
        stored = 0
        for uid in (found[0] or b"").split()[:AT_ONCE]:
            _, parts = box.uid("fetch", uid.decode(), f"(BODY.PEEK[]<0.{MOST}>)")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is None:
                logger.warning("message %s of the mailbox could not be fetched", uid.decode())
                continue
            receive(raw, clock())
            box.uid("store", uid.decode(), "+FLAGS.SILENT", "(\\Seen)")
            stored += 1
        return stored
