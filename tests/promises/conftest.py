"""A kind of promise for tests, registered as a higher area would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping

import pytest
import time_machine

from moothall.promises import ports
from moothall.promises.ports import Kind, Line
from moothall.promises.types import Extension, Term

ANSWER, NOTE = "test-answer", "test-note"
NOW = dt.datetime(2027, 1, 4, 10, tzinfo=dt.UTC)  # a Monday


def describe(subjects: Collection[str]) -> Mapping[str, Line]:
    return {each: Line(f"About {each}", f"/about/{each}/", "The words", thread=f"about-{each}") for each in subjects}


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_kinds", dict(ports._kinds))
    ports.register(Kind(ANSWER, "An answer", describe, Term(5), extension=Extension(Term(3))))
    ports.register(Kind(NOTE, "A note to look at", describe, Term(5), climbs=False, counted=False))


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield
