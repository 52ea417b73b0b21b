"""Codes that people carry: on paper, read out on the phone, typed by hand. No letter in them looks like another; capitals, spaces and hyphens make no difference."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def random_letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def plain(code: str) -> str:
    """As it was made, however it was typed."""
    return "".join(each for each in code.lower() if each.isascii() and each.isalnum())


def sealed(purpose: str, text: str, count: int = 12) -> str:
    """So many letters that only this site can make of a text: 12 are 59 bits."""
    digest = hmac.new(f"moothall.{purpose}:{settings.SECRET_KEY}".encode(), text.encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest)
    return "".join(LETTERS[(number // 31**place) % 31] for place in range(count))


def in_fours(code: str) -> str:
    """Four letters at a time, as people read them out."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
