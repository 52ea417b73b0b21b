"""A kind of occasion for tests, registered as a higher area would, and the day on which they take place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from moothall.places import ports
from moothall.places.ports import Kind

TALK = "test-talk"
NOW = dt.datetime(2027, 1, 4, 10, tzinfo=dt.UTC)  # a Monday


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_kinds", dict(ports._kinds))
    ports.register(Kind(TALK, lambda ids: {each: f"/about/{each}/" for each in ids}))


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield
