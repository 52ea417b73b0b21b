"""When something is wrong, a page says so, with a reference that the log has too."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from moothall.core.errors import Forbidden

pytestmark = pytest.mark.django_db


def test_a_page_that_is_not_there_says_so_with_a_reference(client: Client) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert answer["X-Reference"] in answer.content.decode()


def test_a_failure_of_ours_is_a_page_and_the_log_has_its_reference(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.web.checked_client import CheckedClient

    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("moothall.directory.selectors.organisations", fail)
    client = CheckedClient(raise_request_exception=False)
    from moothall.core.logs import AddReference

    caplog.handler.addFilter(AddReference())
    with caplog.at_level(logging.ERROR):
        answer = client.get("/organisations/")
    assert answer.status_code == 500
    assert "not your fault" in answer.content.decode()
    assert "boom" not in answer.content.decode()
    assert any(getattr(record, "reference", "") == answer["X-Reference"] for record in caplog.records)


def test_forbidden_becomes_403_whatever_the_view(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    def refuse(*_: object) -> None:
        raise Forbidden("no")

    monkeypatch.setattr("moothall.directory.selectors.organisations", refuse)
    assert client.get("/organisations/").status_code == 403


@pytest.mark.parametrize("address", ["/", "/organisations/", "/programme/", "/programme/how-it-is-worked-out/"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_pages_that_only_show_take_no_other_method(address: str, method: str, client: Client) -> None:
    assert getattr(client, method)(address).status_code == 405
