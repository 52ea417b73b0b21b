"""Every write of voice, and the errors it raises."""

from .answering import CannotAnswer, answer, ask, decide, extended, hand_over, lock, place, released, reopen, reply
from .mailing import CannotPlaceMail, put_mail_aside, read_letter, take_held_mail
from .sending import CannotSend, send

__all__ = [
    "CannotAnswer",
    "CannotPlaceMail",
    "CannotSend",
    "answer",
    "ask",
    "decide",
    "extended",
    "hand_over",
    "lock",
    "place",
    "put_mail_aside",
    "read_letter",
    "released",
    "reopen",
    "reply",
    "send",
    "take_held_mail",
]
