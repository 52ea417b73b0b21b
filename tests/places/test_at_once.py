"""Many who press at the same moment: exactly as many seats are given as there are. Each fails when the occasion is not locked."""

from __future__ import annotations

import pytest

from moothall.core.actor import VISITOR
from moothall.places import services
from moothall.places.models import Occasion, Place, PlaceStep
from moothall.places.types import Goer, State
from tests.directory.test_at_once import at_once
from tests.factories.world import people_only

from .conftest import NOW
from .test_places import HOUR, counted, go, talk

pytestmark = pytest.mark.usefixtures("committed")


def test_forty_people_want_the_last_five_places() -> None:
    world = people_only(NOW)
    for _round in range(3):
        occasion = talk(world, capacity=5)
        done, refused, errors = at_once([lambda who=who, where=occasion: go(where, f"p{who}") for who in range(40)])
        assert (done, refused, errors) == (40, [], [])
        assert Place.objects.filter(occasion=occasion, state=State.BOOKED).count() == 5
        counted(occasion)


def test_one_who_presses_eight_times_has_one_place() -> None:
    occasion = talk(people_only(NOW), capacity=5)
    done, refused, errors = at_once([lambda: go(occasion, "ines")] * 8)
    assert (done, refused, errors) == (8, [], [])
    assert PlaceStep.objects.count() == 1
    counted(occasion)


def test_given_up_and_run_out_at_the_same_moment_each_seat_is_offered_once() -> None:
    world = people_only(NOW)
    occasion = talk(world, capacity=4)
    for who in range(12):
        go(occasion, f"p{who}")
    going = list(Place.objects.filter(occasion=occasion, state=State.BOOKED))
    later = NOW + 25 * HOUR
    for place in going[:2]:
        services.cancel(actor=VISITOR, now=NOW, place=place)
    done, _refused, errors = at_once([
        *(lambda place=place: services.cancel(actor=VISITOR, now=later, place=place) for place in going),
        *[lambda: services.sweep_offers(later)] * 3,
        lambda: services.go(actor=VISITOR, now=later, occasion=occasion, goer=Goer(None, "late@home.example")),
    ])  # fmt: skip
    assert errors == []
    assert done == 8
    services.sweep_offers(later)
    counted(occasion)
    occasion = Occasion.objects.get(pk=occasion.pk)
    assert occasion.taken == 4
    for place in Place.objects.filter(occasion=occasion):
        assert place.steps == place.history.count() <= 3
