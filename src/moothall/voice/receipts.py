"""Receipts: a case's reference with letters that only this site can add. Who has it, sees the case as its author."""

from __future__ import annotations

from moothall.core import codes

REFERENCE = 8
SEAL = 12


def new_reference() -> str:
    return codes.random_letters(REFERENCE)


def receipt_of(reference: str) -> str:
    """As it is printed: five times four letters."""
    return codes.in_fours(reference + codes.sealed("receipt", reference, SEAL))


def read_receipt(text: str) -> str | None:
    """The reference, or None for what is no receipt of ours."""
    code = codes.plain(text)
    reference = code[:REFERENCE]
    return reference if len(code) == REFERENCE + SEAL and codes.plain(receipt_of(reference)) == code else None
