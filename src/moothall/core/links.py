"""Tokens in mail: a few numbers and a signature, in letters that survive mail addresses, capitals and hands.

They stand in links that let somebody do one thing without signing in, and in the addresses that replies come back to.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re

from django.conf import settings
from django.urls import reverse

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FIRST_DAY = dt.date(2026, 1, 1)
LIVES = dt.timedelta(days=120)
TOKEN = re.compile(r"^[a-z]+(-[0-9a-z]+)+$")


def sign(purpose: str, *numbers: int, today: dt.date) -> str:
    """A token for these numbers (not negative), by its day. `purpose` is a word of small letters."""
    body = "-".join([purpose, *map(_written, (*numbers, max(0, (today - FIRST_DAY).days)))])
    return f"{body}-{_seal(body)}"


def read(purpose: str, token: str, count: int = 1, *, today: dt.date) -> tuple[int, ...] | None:
    """The `count` numbers, or None for a token that is not ours, for something else, or older than LIVES."""
    token = token.strip().lower()
    body, _, seal = token.rpartition("-")
    if not TOKEN.match(token) or len(token) > 100 or not hmac.compare_digest(seal, _seal(body)):
        return None
    said, *written = body.split("-")
    *numbers, day = (int(each, 36) for each in written)
    made_on = FIRST_DAY + dt.timedelta(days=day)
    right = said == purpose and len(numbers) == count and today - made_on <= LIVES
    return tuple(numbers) if right else None


def absolute(name: str, *args: object) -> str:
    """The whole address of a page, for mail."""
    return settings.SITE_URL + reverse(name, args=args)


def site(path: str) -> str:
    """The whole address of a path."""
    return path if path.startswith("http") else str(settings.SITE_URL) + path


def reply_address(token: str) -> str:
    """The address a reply comes back to; empty where no mail comes in (MOOTHALL_MAIL_IN)."""
    local, _, domain = str(settings.MAIL_IN).rpartition("@")
    return f"{local}+{token}@{domain}" if domain else ""


def _written(number: int) -> str:
    out = ""
    while True:
        number, digit = divmod(number, 36)
        out = DIGITS[digit] + out
        if not number:
            return out


def _seal(body: str) -> str:
    digest = hmac.new(f"moothall.links:{settings.SECRET_KEY}".encode(), body.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()
