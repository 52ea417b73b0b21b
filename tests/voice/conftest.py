"""Fenbridge as the demo has it: its institutions, who is in charge of what, and the people one can be. Made once a file; what a test
changes is taken back at its end."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.db import transaction

from tests.factories.world import World, with_directory

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

NOW = dt.datetime(2027, 1, 4, 10, tzinfo=dt.UTC)  # a Monday


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture(scope="module")
def fenbridge(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW):
            made = with_directory(NOW)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def world(fenbridge: World) -> Iterator[World]:
    with transaction.atomic():
        yield copy.deepcopy(fenbridge)
        transaction.set_rollback(True)
