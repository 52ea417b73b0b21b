"""A crowd that proves passwords does not take the pages' share of the processor."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.test import Client

from moothall.accounts import gate


def test_one_is_inside_two_wait_and_the_fourth_is_sent_away_at_once() -> None:
    door, inside, go = gate.Gate(at_once=1, waiting=2), threading.Event(), threading.Event()
    passed: list[int] = []

    def pass_through(number: int) -> None:
        with door.passing():
            inside.set()
            go.wait(5)
            passed.append(number)

    threads = [threading.Thread(target=pass_through, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    inside.wait(5)
    while door._places._value:  # type: ignore[attr-defined]  # until all three stand in line
        pass
    with pytest.raises(gate.TooBusy), door.passing():
        pass
    go.set()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [0, 1, 2]
    with door.passing():
        pass


@pytest.mark.django_db
def test_whoever_finds_a_crowd_is_asked_to_come_again_and_nothing_is_counted(client: Client, monkeypatch: Any) -> None:
    full = gate.Gate(at_once=0, waiting=0)
    monkeypatch.setattr("moothall.accounts.views.password_gate", full)
    answer = client.post("/account/sign-in/", {"login": "a@b.example", "password": "x"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert client.get("/account/sign-in/").status_code == 200
