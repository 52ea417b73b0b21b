"""What a higher area lets people appeal against. Registered in AppConfig.ready(), and validated there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise as Words

from moothall.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Matter:
    """What is appealed: in whose name it was refused, who took part in that, and in which words."""

    title: str
    organisation: int
    refusal: str
    """What was refused and why, in the words it was refused in."""
    took_part: tuple[int, ...] = ()
    """People (by id) who may not decide on it."""
    names: tuple[str, ...] = ()
    """Of people in it who have no account: as those of all the others, kept out of what everybody reads."""
    url: str = ""
    before: dt.datetime | None = None
    """After this a decision comes too late: it is due by then, where its usual day is later."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of refusal. `describe` answers matters for many subjects at once, in a fixed number of queries.

    `uphold` gives what was refused, in the transaction that decides; `lock` locks what it changes, before the appeal is locked.
    """

    key: str
    label: str | Words
    remit: str | Words
    """What a body lets its board contact decide, where its delegation covers this: completes "It may decide …"."""
    describe: Callable[[Collection[str]], Mapping[str, Matter]]
    uphold: Callable[[str, Actor, dt.datetime], None]
    lock: Callable[[str], None] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Raises ValueError for a key that is taken or no word."""
    if kind.key in _kinds or not kind.key.replace("-", "").isalnum():
        raise ValueError(f"a kind of refusal cannot be called {kind.key!r}, or is already")
    _kinds[kind.key] = kind


def kind_of(key: str) -> Kind:
    """Raises KeyError for a kind that nobody registered."""
    return _kinds[key]


def kinds() -> list[Kind]:
    return list(_kinds.values())
