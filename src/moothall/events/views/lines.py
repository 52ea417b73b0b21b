"""Events as lines of a list. What a line says changes seldom, so it is written once and kept; how many places are free is put in anew."""

from __future__ import annotations

import datetime as dt
import functools
import secrets
from collections.abc import Iterable
from typing import Any

from django.template import engines
from django.utils.translation import get_language
from markupsafe import Markup

from moothall.core import times

from ..selectors import EventLine

MOST = 10_000
HERE = secrets.token_hex(8)
"""Stands in a line where the places go: letters that no title holds."""


def by_day(found: Iterable[tuple[EventLine, int | None, int]]) -> list[tuple[str, Markup]]:
    """In their order: a day in the city's zone, and the lines of that day."""
    language = get_language() or ""
    days: dict[dt.date, list[str]] = {}
    for line, free, waiting in found:
        day, before, after = _line(line, language)
        days.setdefault(day, []).extend(
            (before, "" if line.called_off or line.closed else _free(free, waiting, language), after)
        )
    return [(_day(day, language), Markup("".join(parts))) for day, parts in days.items()]


@functools.lru_cache(MOST)
def _line(line: EventLine, language: str) -> tuple[dt.date, str, str]:
    before, _here, after = str(_components().line(line, HERE)).partition(HERE)
    return line.starts_at.astimezone(times.zone()).date(), before, after


@functools.lru_cache(MOST)
def _free(free: int | None, waiting: int, language: str) -> str:
    return "; " + str(_components().free({"free": free, "waiting": waiting}))


@functools.lru_cache(MOST)
def _day(day: dt.date, language: str) -> str:
    return times.day(day)


def _components() -> Any:
    backend: Any = engines["jinja2"]
    return backend.env.get_template("components/events.html").module
