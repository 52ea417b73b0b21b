"""Pressed many times at the same moment, it is there once. Fails when the unique key is taken away."""

from __future__ import annotations

import pytest

from moothall.directory.models import Service
from moothall.promises.models import Promise
from moothall.promises.services import release
from moothall.voice import services
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


@pytest.mark.usefixtures("committed")
def test_released_and_answered_at_once_one_of_them_is_and_neither_waits_for_ever() -> None:
    """Both lock the case first, then its promise: the other way round the two would wait for each other."""
    world = with_directory(NOW)
    service = Service.objects.get(name="Free advice, face to face")
    dilys, sam = world.actor("line-manager"), world.actor("front-desk")
    for number in range(8):
        case = send(f"Open on Mondays, {number}", service=service)
        promise = Promise.objects.get(subject=str(case.pk))
        _done, _refused, errors = at_once([
            lambda promise=promise: release(actor=dilys, now=NOW, promise=promise, reason="It was sent twice."),
            lambda case=case: services.answer(actor=sam, now=NOW, case=case, text="From May."),
        ])  # fmt: skip
        assert errors == []
        promise.refresh_from_db()
        assert promise.ended_at is not None
