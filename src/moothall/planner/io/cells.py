"""One cell, or one setting, from text to value: each parser returns the value or raises Wrong with the mend."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .tables import SUPPORTED_RULES, Kind

MOST_NUMBER = 1_000_000_000
LONGEST_COURSE = 4000
"""Half-days: as many as the longest term has."""
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?\Z")
_COMMA = re.compile(r"-?[0-9]+,[0-9]+\Z")
_TIMES = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")


class Wrong(Exception):
    """A cell that cannot be used: what is wrong, and the mend."""

    def __init__(self, problem: str, mend: str) -> None:
        self.problem, self.mend = problem, mend
        super().__init__(problem)


def number(text: str) -> float:
    text = text.strip()
    if _NUMBER.match(text):
        value = float(text)
        if value > MOST_NUMBER:
            raise Wrong(f"{text} is too large.", f"The most is {MOST_NUMBER:,}.")
        return value
    if not text:
        raise Wrong("the number is missing.", "Write it, 0 if none.")
    if _COMMA.match(text):
        raise Wrong(f"{text!r} has a decimal comma.", f"Write {text.replace(',', '.')}.")
    if text.startswith("-") and _NUMBER.match(text[1:]):
        raise Wrong(f"{text} is negative.", "Write 0 or more.")
    if text.lower() in {"nan", "inf", "-inf", "infinity", "+inf", "-infinity", "n/a", "na", "null", "none", "#n/a"}:
        raise Wrong(f"{text} is not a number.", "Write the number, 0 if none.")
    raise Wrong(
        f"{text[:40]!r} is not a number.", "Use digits only, with a point for decimals and no thousands separator."
    )


def count(text: str) -> int:
    value = number(text)
    if not value.is_integer():
        raise Wrong(f"{text.strip()} is not a whole number.", "Round it.")
    return int(value)


def positive(text: str) -> int:
    value = count(text)
    if value < 1:
        raise Wrong("0 is too few.", "Write 1 or more.")
    return value


def money(text: str) -> int:
    value = number(text)
    decimals = text.strip().partition(".")[2].rstrip("0")
    if len(decimals) > 2:
        raise Wrong(f"{text.strip()} has more than two decimals.", "Round it to two.")
    return round(value * 100)


def flag(text: str) -> bool:
    if text.strip() in {"0", "1"}:
        return text.strip() == "1"
    raise Wrong(
        f"{text[:40]!r} is neither 0 nor 1." if text.strip() else "the cell is empty.", "Write 1 for yes, 0 for no."
    )


def word_of(words: dict[str, int]) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if text.strip() not in words:
            raise Wrong(
                f"{text[:40]!r} is not known here." if text.strip() else "the cell is empty.",
                f"Write {' or '.join(words)}.",
            )
        return words[text.strip()]

    return parse


def words(text: str) -> tuple[str, ...]:
    """Words with spaces between them, each once, in order."""
    return tuple(sorted(set(text.replace(",", " ").replace(";", " ").lower().split())))


PARSERS: dict[Kind, tuple[Callable[[str], Any], Any]] = {
    Kind.COUNT: (count, np.int64),
    Kind.POSITIVE: (lambda text: limited(positive(text), LONGEST_COURSE), np.int64),
    Kind.MONEY: (money, np.int64),
    Kind.POINTS: (number, np.float64),
    Kind.FLAG: (flag, np.bool_),
    Kind.WORDS: (words, np.object_),
}


def scalar(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Wrong(f"{str(value)[:40]!r} is not a number.", "Write a plain number.")
    return (
        repr(value)
        if isinstance(value, float) and not value.is_integer()
        else str(int(value) if isinstance(value, float) else value)
    )


def limited(value: int, most: int) -> int:
    if value > most:
        raise Wrong(f"{value} is too many.", f"The most is {most}.")
    return value


def version(value: Any) -> int:
    if str(value).strip() not in {"1", "1.0"}:
        raise Wrong(f"version {str(value)[:20]!r} is not known.", "This planner reads version 1.")
    return 1


def currency(value: Any) -> str:
    if not (isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value.strip())):
        raise Wrong(f"{str(value)[:20]!r} is not a currency.", "Write three capital letters, as GBP.")
    return value.strip()


def share(value: Any) -> float:
    found = number(scalar(value))
    if found > 1:
        raise Wrong(f"{found:g} is more than the whole.", "Write a share from 0 to 1, as 0.3.")
    return found


def day(value: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise Wrong(f"{str(value)[:30]!r} is not a day.", "Write it as 2027-01-11.") from error


def monday(value: Any) -> dt.date:
    found = day(value)
    if found.weekday():
        raise Wrong(f"{found} is a {found:%A}.", "The term starts on a Monday.")
    return found


def timezone(value: Any) -> str:
    try:
        zoneinfo.ZoneInfo(str(value).strip())
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Wrong(f"{str(value)[:40]!r} is not a time zone.", "Write it as Europe/London.") from error
    return str(value).strip()


def listed(value: Any) -> Iterable[Any]:
    return (
        value.replace(",", " ").replace(";", " ").split()
        if isinstance(value, str)
        else value
        if isinstance(value, list)
        else [value]
    )


def days(value: Any) -> tuple[dt.date, ...]:
    return tuple(sorted({day(each) for each in listed(value)}))


def times(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = []
    for each in listed(value):
        pair = each.split("-") if isinstance(each, str) else each
        if not (
            isinstance(pair, list | tuple)
            and len(pair) == 2
            and all(isinstance(t, str) and _TIMES.match(t) for t in pair)
            and pair[0] < pair[1]
        ):
            raise Wrong(
                f"{str(each)[:40]!r} is not a pair of times.",
                "Write the start and end of each half-day of a day, as 09:30 and 12:30.",
            )
        pairs.append((pair[0], pair[1]))
    if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(pairs)):
        raise Wrong("the half-days of a day overlap.", "Write them in order of the clock.")
    return tuple(pairs)


def rules(value: Any) -> tuple[str, ...]:
    rules = tuple(str(each) for each in listed(value))
    unknown = sorted(set(rules) - SUPPORTED_RULES)
    if unknown:
        raise Wrong(
            f"these rules are not known to this planner: {', '.join(unknown)[:200]}.",
            "Remove them, or use a planner that keeps them: ignoring a hard rule would give a wrong plan.",
        )
    return rules
