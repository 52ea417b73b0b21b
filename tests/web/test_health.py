"""Monitors are told whether a process lives and whether it can serve; logs carry no words of people."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.test import Client

from moothall.core.logs import AddReference, JsonLines
from moothall.core.personal import declarations


@pytest.mark.django_db
def test_a_process_says_that_it_lives_and_that_it_can_serve(client: Client) -> None:
    assert client.get("/health/live/").json() == {"live": True}
    assert client.get("/health/ready/").json() == {"ready": True}


def test_a_process_without_its_database_lives_and_is_not_ready(
    client: Client, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pytest-django refuses the database here, as a server that is away would."""
    from django.db import DatabaseError, connection

    def away() -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(connection, "cursor", away)
    assert client.get("/health/live/").status_code == 200
    answer = client.get("/health/ready/")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})


def test_a_line_of_the_log_is_json_and_repeats_nothing_that_somebody_typed() -> None:
    try:
        int("ruth@home.example")
    except ValueError:
        record = logging.LogRecord(
            "moothall.x", logging.ERROR, __file__, 1, "it failed: %s", ("thing",), sys.exc_info()
        )
    AddReference().filter(record)
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["logger"], line["message"], line["error"]) == (
        "error",
        "moothall.x",
        "it failed: thing",
        "ValueError",
    )
    assert "test_health.py" in line["at_lines"]
    assert "ruth" not in json.dumps(line)


def test_what_is_held_about_people_is_a_public_page_made_of_the_declarations(client: Client) -> None:
    page = client.get("/privacy/").content.decode()
    for each in declarations():
        assert each.what in page.replace("&#39;", "'")
