"""Pressed many times at the same moment, it is there once. Fails when the unique key is taken away."""

from __future__ import annotations

import pytest

from moothall.promises.models import Promise
from moothall.voice.models import Case
from tests.directory.test_at_once import at_once
from tests.factories.world import with_directory

from .conftest import NOW
from .test_cases import send


@pytest.mark.usefixtures("committed")
def test_pressed_eight_times_at_once_it_is_there_once() -> None:
    with_directory(NOW)
    done, refused, errors = at_once([lambda: send(key="form-1")] * 8)
    assert (done, refused, errors) == (8, [], [])
    assert Case.objects.count() == Promise.objects.count() == 1
