"""What a higher area brings: its kinds of promises, and its part of My week. Registered in AppConfig.ready(), and validated there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise as Words
from django.utils.translation import gettext as _

from moothall.core.actor import Actor

from .types import LADDER, Extension, Rung, Term


@dataclass(frozen=True, slots=True)
class Line:
    """One promise in a list or a letter: what it is about, and where it is dealt with. For those who may see it, never for the public."""

    title: str
    url: str
    text: str = ""
    """What was written, for letters."""
    thread: str = ""
    """What letters about it share."""


EACH_RUNG = Term(5)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of promise.

    `describe` answers lines for many subjects at once, in a fixed number of queries. A kind that does not `climb` only reminds:
    what is owed to nobody in particular. The first of the `ladder` owes it: a post, or a role (an appeal is the board contact's). `released` is called in the transaction that releases one.
    """

    key: str
    label: str | Words
    describe: Callable[[Collection[str]], Mapping[str, Line]]
    term: Term
    longest: int = 0
    """The most that an organisation may set for itself, in the term's units; 0 where the term is everybody's."""
    climbs: bool = True
    counted: bool = True
    ladder: tuple[Rung, ...] = LADDER
    each_rung: Term = EACH_RUNG
    remind_days: int = 1
    extension: Extension | None = None
    lock: Callable[[str], None] | None = None
    """Locks the subject; called before the promise itself is locked."""
    released: Callable[[str, dt.datetime, str], None] | None = None
    extended: Callable[[str, dt.datetime, str], None] | None = None
    """Called in the transaction that gives it more time, with the reason."""
    link_for: Callable[[str, int | None], str] | None = None
    """The address at which a person (by id; None: who is owed) sees a subject and can act on it without signing in."""
    reply_to: Callable[[str, int | None], str] | None = None
    """The address at which their reply by mail is understood; empty where no mail comes in."""

    @property
    def possible(self) -> str:
        """What an organisation may set for itself, in words."""
        return _("%(label)s: choose from 1 to %(most)d.") % {"label": str(self.label), "most": self.longest}


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Raises ValueError for a kind that contradicts itself or another."""
    if kind.key in _kinds:
        raise ValueError(f"two kinds of promises are called {kind.key}")
    order = [LADDER.index(rung) for rung in kind.ladder]
    if not order or order != sorted(set(order)) or kind.ladder[0] is Rung.PUBLIC:
        raise ValueError(f"the ladder of {kind.key} does not begin with somebody and go up")
    if kind.climbs and len(order) < 2:
        raise ValueError(f"{kind.key} climbs and has nowhere to go")
    if kind.counted and not kind.climbs:
        raise ValueError(f"{kind.key} only reminds, so it is not counted as kept or missed")
    if kind.extension is not None and kind.extension.most.unit is not kind.term.unit:
        raise ValueError(f"{kind.key} is extended in other units than it is due in")
    if kind.longest and not kind.term.count <= kind.longest:
        raise ValueError(f"{kind.key} lets nobody keep its own term")
    if kind.term.count < 1 or kind.each_rung.count < 1 or kind.remind_days < 0:
        raise ValueError(f"{kind.key} has a term of no time")
    _kinds[kind.key] = kind


def kind_of(key: str) -> Kind:
    """Raises KeyError for a kind that nobody registered."""
    return _kinds[key]


def kinds() -> list[Kind]:
    return list(_kinds.values())


@dataclass(frozen=True, slots=True)
class WeekLine:
    """A line of My week: what, by when, and the page on which one can act."""

    text: str
    url: str
    due_on: dt.date | None = None
    late: bool = False
    note: str = ""
    mail_url: str = ""
    """The address in a letter, where one can act without signing in; empty for the page itself."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of My week. `lines` answers what concerns a person; `people` all whom it concerns now (by id), so that nobody else is
    written to; `empty` says what no line means (left empty, the part is not there without one)."""

    key: str
    title: str | Words
    empty: str | Words
    lines: Callable[[Actor, dt.datetime], list[WeekLine]]
    people: Callable[[dt.datetime], set[int]]


_sections: dict[str, Section] = {}


def add_section(section: Section) -> None:
    """Raises ValueError for a key that is taken."""
    if section.key in _sections:
        raise ValueError(f"two parts of My week are called {section.key}")
    _sections[section.key] = section


def sections() -> list[Section]:
    return list(_sections.values())
