"""A resident finds who is in charge in their own words, misspelt ones too, and reads by when an answer is due."""

from __future__ import annotations

import pytest
from django.utils import timezone

from moothall.directory import selectors, services
from moothall.directory.models import Organisation, Regime, Service, ServiceType
from tests.factories.world import ALL, World
from tests.web.checked_client import CheckedClient


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("street light out", "street-lighting"), ("strete lite out", "street-lighting"), ("my mum's care assessment", "adult-care-assessment"),
        ("fly tipping", "fly-tipping"), ("fli tiping", "fly-tipping"), ("noisy building site", "building-noise"), ("potohle", "potholes"), ("libary", "libraries"),
    ],
)  # fmt: skip
def test_everyday_words_find_the_kind_of_service(fenbridge: World, typed: str, key: str) -> None:
    assert key in [each.type_key for each in selectors.find(ALL, typed).hits[:3]]


def test_whom_to_call_in_danger_stands_first_wherever_the_service_is_read(
    fenbridge: World, client: CheckedClient
) -> None:
    kind = ServiceType.objects.get(key="urgent-care")
    service = Service.objects.create(organisation=Organisation.objects.get(slug="city-council"), name="Night doctor", service_type=kind)  # fmt: skip
    for path in (f"/services/{service.pk}/", "/services/kinds/urgent-care/"):
        assert kind.urgent in client.get(path).content.decode()
    assert "call 999" not in client.get("/services/kinds/street-lighting/").content.decode()


def test_how_long_an_answer_may_take_is_the_steward_s_to_word(fenbridge: World, client: CheckedClient) -> None:
    client.force_login(fenbridge.users["city-steward"])
    page = "/directory/regimes/local-government/"
    shown = client.get(page)
    sent = {name: getattr(Regime.objects.get(key="local-government"), name) for name in ("name", "acknowledged", "answered", "second", "afterwards", "afterwards_url", "source")}  # fmt: skip
    assert sent["answered"] in shown.content.decode()
    assert client.post(page, sent | {"answered": "within 8 working days", "source": ""}).status_code == 422
    assert client.post(page, sent | {"answered": "within 8 working days"}).status_code == 302
    services.load_taxonomy(actor=ALL, now=timezone.now())  # a new version leaves it as it is worded here
    assert "within 8 working days" in client.get("/services/kinds/street-lighting/").content.decode()
    assert client.post("/directory/regimes/new/", sent | {"name": "Water companies"}).status_code == 302
    assert Regime.objects.get(name="Water companies").key == "water-companies"


def test_who_has_several_kinds_of_work_finds_them_under_one_word(fenbridge: World, client: CheckedClient) -> None:
    client.force_login(fenbridge.users["city-steward"])
    page = client.get("/work/").content.decode()
    assert "My work" in client.get("/").content.decode()
    assert 'href="/running/"' in page
    assert 'href="/desk/"' in page
    client.force_login(fenbridge.users["front-desk"])
    assert 'href="/desk/"' in client.get("/").content.decode()
