"""What a higher area brings: its kinds of occasions, and reasons for which somebody may not come. Registered in AppConfig.ready()."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from .types import Goer


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of occasion. `urls` answers the addresses of the pages of many occasions (by id) at once, in a fixed number of queries.

    `bar` answers in words why somebody may not come to an occasion (by its id and its organisation's) now; empty where they may.
    """

    key: str
    urls: Callable[[Collection[int]], Mapping[int, str]]
    bar: Callable[[Goer, int, int, dt.datetime], str] | None = None
    limit: Callable[[Goer, int, dt.datetime], str] | None = None
    """Why somebody may not come to an organisation's (by id) occasions that begin then: for their ears alone; empty where they may."""
    conduct: Callable[[int], str] | None = None
    """The address at which whoever keeps the list says to somebody (by their place) what they did."""
    afterwards: Callable[[str], str] | None = None
    """The address at which who was there says how it was, by the token of their place."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Raises ValueError for a key that is taken."""
    if kind.key in _kinds:
        raise ValueError(f"two kinds of occasions are called {kind.key}")
    _kinds[kind.key] = kind


def kind_of(key: str) -> Kind:
    """Raises KeyError for a kind that nobody registered."""
    return _kinds[key]


def urls_of(occasions: Collection[tuple[str, int]]) -> dict[int, str]:
    """By occasion, for many of any kind: (kind, id)."""
    found: dict[int, str] = {}
    for key in {kind for kind, _id in occasions}:
        found |= kind_of(key).urls([each for kind, each in occasions if kind == key])
    return found
