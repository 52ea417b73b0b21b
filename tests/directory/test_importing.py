"""Whole directories brought in: looked at first, taken whole or not at all unless asked, the rest given back with reasons."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from moothall.core import imports
from moothall.core.errors import DomainError
from moothall.core.models import Import, Work
from moothall.core.types import ImportState, WorkState
from moothall.directory import selectors, services
from moothall.directory.formats import read_directory
from moothall.directory.formats.reading import CannotReadDirectory
from moothall.directory.models import ContactPoint, Identifier, Organisation, Relationship, Service
from moothall.directory.types import OrganisationKind, Reach, Relation
from tests.factories.world import ALL, World, people_only
from tests.web.checked_client import CheckedClient


def WORLD() -> World:  # noqa: N802  found by its name (conftest)
    made = people_only()
    services.load_taxonomy(actor=ALL, now=timezone.now())
    return made


def service(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"s{number}", "name": f"Service {number}", "status": "active", "description": "What it does",
        "organization": {"id": "o1", "name": "Harbour Help", "description": "Helps", "website": "https://harbour.example", "email": "hello@harbour.example"},
    } | more  # fmt: skip


def page(*contents: dict[str, Any]) -> bytes:
    return json.dumps({"total_items": len(contents), "total_pages": 1, "contents": list(contents)}).encode()


def taken(fenbridge: World, content: bytes, name: str = "file.json", *, only_right: bool = False) -> Import:
    steward, now = fenbridge.actor("city-steward"), timezone.now()
    about = services.open_directory_import(actor=steward, now=now, content=content, name=name)
    work = services.start_taking_directory(actor=steward, now=now, about=about, only_right=only_right)
    imports.carry_out(work.id, timezone.now)
    about.refresh_from_db()
    return about


def test_services_come_with_their_organisation_and_are_found_by_everyday_words(fenbridge: World) -> None:
    about = taken(fenbridge, page(service(1, name="Street lights", phones=[{"number": "01632 960000"}]), service(2)))
    assert (about.state, about.taken, about.refused) == (ImportState.TAKEN, 3, 0)
    body = Organisation.objects.get(name="Harbour Help")
    assert (body.slug, body.confirmed_at is not None) == ("harbour-help", True)
    lights = Service.objects.get(name="Street lights")
    assert lights.service_type is not None
    assert lights.service_type.key == "street-lighting"
    assert ContactPoint.objects.filter(service=lights, value="01632 960000").exists()
    hits = selectors.find(ALL, "lamp post not working").hits
    assert any(each.organisation == "Harbour Help" for each in hits[0].providers)


def test_taken_again_nothing_is_doubled_and_what_changed_is_changed(fenbridge: World) -> None:
    taken(fenbridge, page(service(1, name="Old name"), service(2)))
    taken(fenbridge, page(service(1, name="New name"), service(2)))
    assert Organisation.objects.filter(name="Harbour Help").count() == 1
    assert sorted(Service.objects.filter(organisation__name="Harbour Help").values_list("name", flat=True)) == [
        "New name",
        "Service 2",
    ]
    assert ContactPoint.objects.filter(organisation__name="Harbour Help", value="hello@harbour.example").count() == 1


def test_what_an_administrator_keeps_is_left_as_they_wrote_it(fenbridge: World) -> None:
    taken(
        fenbridge,
        page(
            service(
                1,
                organization={
                    "id": "o9",
                    "name": "fenbridge advice centre",
                    "description": "Not so",
                    "website": "https://wrong.example",
                },
            )
        ),
    )
    charity = Organisation.objects.get(slug="advice-centre")
    assert (charity.name, charity.website) == ("Fenbridge Advice Centre", "")
    assert Service.objects.filter(organisation=charity, name="Service 1").exists()


def test_with_a_fault_nothing_is_taken_unless_asked_and_the_rest_comes_back(fenbridge: World) -> None:
    content = page(
        service(1),
        service(2, name=""),
        service(3, email="nonsense"),
        service(4, status="sleeping"),
        service(5, assured_date="soon"),
    )
    refused = taken(fenbridge, content)
    assert refused.state == ImportState.OPEN
    assert not Service.objects.exists()
    assert Work.objects.get().state == WorkState.FAILED
    about = taken(fenbridge, content, only_right=True)
    assert (about.taken, about.refused) == (2, 4)
    rest = bytes(about.rest.content).decode("utf-8-sig") if about.rest else ""
    for said in (
        "name: it is missing",
        "nonsense is not a mail address",
        "sleeping is not a status",
        "soon is not a day",
    ):
        assert said in rest


def test_a_service_without_its_organisation_is_a_row_that_comes_back(fenbridge: World) -> None:
    """Not dropped, and not counted as taken: it says why, and gives the row back."""
    nobody = {"id": "s2", "name": "Nobody's", "status": "active", "organization_id": "o404"}
    content = page(service(1), nobody, service(3, organization={"id": "o9", "name": ""}))
    assert taken(fenbridge, content).state == ImportState.OPEN
    about = taken(fenbridge, content, only_right=True)
    assert (about.taken, about.refused) == (2, 2)
    rest = bytes(about.rest.content).decode("utf-8-sig") if about.rest else ""
    assert "its organisation is not in the file as it should be" in rest
    assert '""id"": ""s2""' in rest
    # Known here from before, it need not come again.
    later = {"id": "s5", "name": "Later", "status": "active", "organization_id": "o1"}
    assert taken(fenbridge, page(later), "later.json").taken == 1
    assert Service.objects.get(name="Later").organisation.name == "Harbour Help"


def test_whatever_stands_in_a_list_comes_back_with_its_reason(fenbridge: World) -> None:
    about = taken(fenbridge, page(service(1), 1, None, "x"), only_right=True)  # type: ignore[arg-type]
    assert (about.taken, about.refused) == (2, 3)
    nested = {"id": "o7", "name": "Nesting Trust", "description": "Helps", "services": [{"id": "s7", "name": "Inside", "status": "active"}, "no service"]}  # fmt: skip
    assert taken(fenbridge, json.dumps(nested).encode(), "one.json").state == ImportState.OPEN
    about = taken(fenbridge, json.dumps(nested).encode(), "one.json", only_right=True)
    assert about.refused == 1


def test_a_second_list_numbered_from_one_does_not_overwrite_the_first(fenbridge: World) -> None:
    taken(
        fenbridge,
        b"id,name,website\n1,Alpha Charity,https://alpha.example\n2,Beta Charity,https://beta.example\n",
        "charities.csv",
    )
    about = taken(fenbridge, b"id,name,website\n1,Gamma Clinic,https://gamma.example\n", "clinics.csv", only_right=True)
    assert (about.taken, about.refused) == (0, 1)
    assert Organisation.objects.filter(name="Alpha Charity").exists()


def test_two_of_one_name_are_not_taken_for_one(fenbridge: World) -> None:
    about = taken(
        fenbridge,
        b"name,email\nSt Mary's Church,a@church.example\nSt Mary's Church,b@church.example\n",
        "c.csv",
        only_right=True,
    )
    assert (about.taken, about.refused) == (1, 1)
    taken(fenbridge, b"ods-code,name\nA1,St Mary's School\nB2,St Mary's School\n", "s.csv")
    assert Organisation.objects.filter(name="St Mary's School").count() == 2


def test_a_number_that_an_unconfirmed_body_claims_swallows_nobody(fenbridge: World) -> None:
    stranger = Organisation.objects.get(name="Another Charity")
    Organisation.objects.filter(pk=stranger.pk).update(confirmed_at=None)
    Identifier.objects.create(organisation=stranger, scheme="GB-CHC", value="1234567")
    taken(fenbridge, b"charity-number,name\n1234567,River Hospice\n", "h.csv")
    assert Organisation.objects.filter(name="River Hospice", confirmed_at__isnull=False).exists()


def test_a_kind_is_taken_as_it_is_named_or_comes_back(fenbridge: World) -> None:
    about = taken(
        fenbridge,
        b"name,kind,website\nNight Club,Community group,https://a.example\nStar,Spaceship,https://b.example\n",
        "k.csv",
        only_right=True,
    )
    assert (about.taken, about.refused) == (1, 1)
    assert Organisation.objects.get(name="Night Club").kind == OrganisationKind.COMMUNITY
    taken(fenbridge, b"name,kind\nNight Club,Charity\n", "k.csv")
    assert Organisation.objects.get(name="Night Club").kind == OrganisationKind.CHARITY
    taken(fenbridge, b"name,website\nNight Club,https://a.example\n", "k.csv")
    assert Organisation.objects.get(name="Night Club").kind == OrganisationKind.CHARITY, (
        "a list without kinds says nothing of them"
    )


def test_a_body_of_any_name_that_nobody_confirmed_is_not_taken_for_the_real_one(fenbridge: World) -> None:
    stranger = Organisation.objects.get(name="Another Charity")
    Organisation.objects.filter(pk=stranger.pk).update(confirmed_at=None)
    taken(
        fenbridge, page(service(1, organization={"id": "o1", "name": "Another Charity", "description": "The real one"}))
    )
    assert Service.objects.get(name="Service 1").organisation_id != stranger.pk


def test_what_somebody_assured_is_not_overwritten_and_what_ended_begins_again(fenbridge: World) -> None:
    today = timezone.localdate()
    taken(fenbridge, page(service(1), service(2, status="inactive")))
    one = Service.objects.get(name="Service 1")
    assert Service.objects.get(name="Service 2").ended_on == today
    services.save_service(
        actor=ALL, now=timezone.now(), today=today, organisation=one.organisation, service=one, name="In our words", about="", service_type="", post=None,
        regime="", fees="", eligibility="",
    )  # fmt: skip
    services.add_contact(
        actor=ALL,
        now=timezone.now(),
        today=today,
        organisation=one.organisation,
        reach=Reach.PHONE,
        value="01632 960123",
    )
    about = taken(fenbridge, page(service(1), service(2)), "again.json")
    assert about.taken == 2  # the body and the second service
    assert not Service.objects.filter(name="Service 1").exists()
    assert Service.objects.get(name="Service 2").ended_on is None
    values = ContactPoint.objects.filter(organisation=one.organisation).values_list("value", flat=True)
    assert sorted(values) == ["01632 960123", "hello@harbour.example"]


def test_rows_of_several_files_have_numbers_of_their_own(fenbridge: World) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.json", page(service(1), service(2, name="")))
        archive.writestr("b.json", page(service(3), service(4)))
    about = taken(fenbridge, out.getvalue(), "two.zip", only_right=True)
    assert (about.taken, about.refused) == (4, 1)


def test_merged_bodies_lead_on_to_their_successor(fenbridge: World, client: CheckedClient) -> None:
    content = b"local-authority-code,official-name,start-date,end-date,replaced-by\nOLD,Old District Council,1974-04-01,2021-03-31,NEW\nNEW,New Unitary Council,2021-04-01,,\nGONE,Vanished Council,1974-04-01,1990-01-01,\n"
    taken(fenbridge, content, "councils.csv")
    old = Organisation.objects.get(name="Old District Council")
    assert Relationship.objects.get(organisation=old, relation=Relation.REPLACED_BY).other.name == "New Unitary Council"
    assert "Its place was taken by" in client.get(f"/organisations/{old.slug}/").content.decode()
    assert not Organisation.objects.filter(name="Vanished Council").exists()
    assert old.kind == OrganisationKind.COUNCIL


def test_only_the_steward_brings_directories(fenbridge: World, client: CheckedClient) -> None:
    for role in ("administrator", "coordinator"):
        with pytest.raises(DomainError):
            services.open_directory_import(
                actor=fenbridge.actor(role), now=timezone.now(), content=page(service(1)), name="x.json"
            )
        client.force_login(fenbridge.users[role])
        assert client.get("/directory/bring/").status_code == 403


def test_looked_at_and_taken_on_the_web(fenbridge: World, client: CheckedClient) -> None:
    client.force_login(fenbridge.users["city-steward"])
    answer = client.post("/directory/bring/", {"file": io.BytesIO(page(service(1), service(2, name="")))})
    look = answer["Location"]
    shown = client.get(look).content.decode()
    assert "New services: 1" in shown
    assert "Rows that cannot be taken as they are: 1" in shown
    assert not Service.objects.exists()
    client.post(look, {"take": "right"})
    assert "It is being taken" in client.get(look).content.decode()
    imports.carry_out(Work.objects.get().id, timezone.now)
    assert "Taken: 2. Not taken: 1." in client.get(look).content.decode()
    assert client.get(look + "rest.csv").status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"[]",
        b"[[",
        b"\xff\xfe\x00",
        b"a\n1\n",
        b"PK\x03\x04nonsense",
        b"{" * 100_000,
    ],
)
def test_what_is_no_directory_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(CannotReadDirectory) as caught:
        read_directory(content)
    assert len(str(caught.value)) > 20


def every_file(folder: Path) -> list[Path]:
    return sorted(
        each for name in ("openreferral", "orgs", "malformed") for each in (folder / name).rglob("*") if each.is_file()
    )


def test_every_real_and_every_malformed_file_is_read_or_refused_in_words(shared_data: Path) -> None:
    files = every_file(shared_data)
    assert len(files) > 400
    read = 0
    for file in files:
        try:
            found = read_directory(file.read_bytes(), file.name)
        except CannotReadDirectory:
            continue
        read += 1
        for fault in found.faults:
            assert fault.row > 0
            assert fault.problem
            assert fault.mend
    assert read > 50


def test_real_lists_and_api_answers_are_taken(fenbridge: World, shared_data: Path) -> None:
    for name, least in (
        ("orgs/uk_la/packages/uk_la_future/uk_local_authorities_future.csv", 380), ("orgs/nhs_trusts/trust.json", 230),
        ("openreferral/hsds3/examples/tabular.json", 2), ("openreferral/oruk_validator_mocks/V3.0-UK-Test/service_list_data.json", 2),
    ):  # fmt: skip
        file = shared_data / name
        about = taken(fenbridge, file.read_bytes(), file.name, only_right=True)
        assert about.state == ImportState.TAKEN, name
        assert about.taken >= least, name
    assert Identifier.objects.filter(scheme="GB-NHS").count() > 200
    assert Relationship.objects.filter(relation=Relation.REPLACED_BY).count() > 30
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for table in sorted((shared_data / "openreferral/hsds3/examples/csv").glob("*.csv")):
            archive.write(table, table.name)
    assert taken(fenbridge, out.getvalue(), "hsds.zip", only_right=True).taken == 2
