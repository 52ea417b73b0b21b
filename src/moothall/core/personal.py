"""What is personal: every model says so, or says why not. One service hands it over, one erases it, one lets it expire.

A declaration stands beside the model it is about (each area's personal.py) and is registered in AppConfig.ready().
A test fails for a model that declares nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from .actor import NO_ROW


@dataclass(frozen=True, slots=True)
class Subject:
    """The person it is about, as plain ids, and the mail addresses that they have proven to be theirs: what others typed proves nothing."""

    person: int | None
    user: int | None
    emails: tuple[str, ...]
    pseudonym: str = ""


def by(field: str) -> Callable[[Subject], Q]:
    """Rows that name the person in this column, which may be empty: whoever is no person is in none of them."""
    return lambda subject: NO_ROW if subject.person is None else Q(**{field: subject.person})


class Erasure(StrEnum):
    """What erasing a person does to the rows about them."""

    DELETE = "deleted"
    BLANK = "emptied of what is personal"
    KEEP = "kept"


@dataclass(frozen=True, slots=True)
class Personal:
    """One model's declaration, in words people can read, and the queries that make them true."""

    model: type[models.Model]
    what: str
    purpose: str
    basis: str
    """The lawful basis, by the names of UK GDPR article 6."""
    kept: str
    """How long, in words; `expires` makes it so."""
    of: Callable[[Subject], Q]
    export: tuple[str, ...]
    erasure: Erasure
    why_kept: str = ""
    blank: Mapping[str, Any] = field(default_factory=dict)
    expires: Callable[[dt.datetime], Q] | None = None
    shown: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row
    """What of a row is handed over, where not all of it may be (a code that is on its way)."""


_declared: dict[type[models.Model], Personal] = {}
_impersonal: dict[type[models.Model], str] = {}


def declare(declaration: Personal) -> None:
    """Raises ValueError for a declaration that contradicts itself or another."""
    model = declaration.model
    if model in _declared or model in _impersonal:
        raise ValueError(f"{model.__name__} is declared twice")
    if declaration.erasure is Erasure.KEEP and not declaration.why_kept:
        raise ValueError(f"{model.__name__} is kept and does not say why")
    if (declaration.erasure is Erasure.BLANK) != bool(declaration.blank):
        raise ValueError(f"{model.__name__} does not say what of it is emptied")
    known = {each.attname for each in model._meta.concrete_fields} | {each.name for each in model._meta.concrete_fields}
    unknown = {name.partition("__")[0] for name in (*declaration.export, *declaration.blank)} - known
    if unknown:
        raise ValueError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    _declared[model] = declaration


def nothing_personal(model: type[models.Model], why: str) -> None:
    """This model says nothing about a person, for this reason."""
    if model in _declared or model in _impersonal or not why:
        raise ValueError(f"{model.__name__} is declared twice, or without a reason")
    _impersonal[model] = why


def declarations() -> list[Personal]:
    return list(_declared.values())


def is_declared(model: type[models.Model]) -> bool:
    return model in _declared or model in _impersonal


def export_of(subject: Subject) -> list[dict[str, Any]]:
    """All that is held about one person, with what it is for and how long it is kept. Values as JSON takes them."""
    out = []
    for each in _declared.values():
        rows = each.model._default_manager.filter(each.of(subject)).order_by("pk").values(*each.export)
        out.append({
            "what": each.what, "purpose": each.purpose, "lawful_basis": each.basis, "kept": each.kept,
            "if_you_ask_for_erasure": each.why_kept or each.erasure.value,
            "rows": [{name: _plain(value) for name, value in each.shown(row).items()} for row in rows],
        })  # fmt: skip
    return out


@transaction.atomic
def erase(subject: Subject) -> dict[str, int]:
    """Deletes or empties what each declaration says. Answers how many rows of each kind. Children before parents."""
    done = {}
    for each in sorted(_declared.values(), key=_depth, reverse=True):
        done[each.what] = _erase(each, each.of(subject))
    return done


def expire(now: dt.datetime) -> int:
    """What has been kept long enough goes, the way erasure would have it go."""
    return sum(_erase(each, each.expires(now)) for each in _declared.values() if each.expires is not None)


def _erase(each: Personal, which: Q) -> int:
    rows = each.model._default_manager.filter(which)
    if each.erasure is Erasure.DELETE:
        return rows.delete()[0]
    return rows.update(**each.blank) if each.erasure is Erasure.BLANK else 0


def _depth(each: Personal) -> int:
    """How many declared models this one points to, one after the other: what points elsewhere goes first."""

    def depth(model: type[models.Model], seen: frozenset[type[models.Model]]) -> int:
        parents = {
            field.related_model
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model in _declared and field.related_model not in seen
        }
        return 1 + max((depth(parent, seen | {model}) for parent in parents), default=0)

    return depth(each.model, frozenset({each.model}))


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | dict | type(None)) else str(value)
