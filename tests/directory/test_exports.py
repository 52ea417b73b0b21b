"""The directory as open data: valid by the field's own schemas, the same ids each time, and no name that nobody declared public."""

from __future__ import annotations

import csv
import io
import json
import uuid
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.test import Client

from moothall.directory.formats import read_directory
from tests.factories.world import World

from .open_referral_uk import findings


def got(client: Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer["Access-Control-Allow-Origin"] == "*"
    return json.loads(answer.content)


def all_services(client: Client) -> list[dict[str, Any]]:
    first = got(client, "/open/directory/api/services?per_page=20")
    pages = [
        got(client, f"/open/directory/api/services?per_page=20&page={number}")
        for number in range(1, first["total_pages"] + 1)
    ]
    assert [each["page_number"] for each in pages] == list(range(1, len(pages) + 1))
    assert (pages[0]["first_page"], pages[-1]["last_page"]) == (True, True)
    found = [service for each in pages for service in each["contents"]]
    assert len({each["id"] for each in found}) == len(found) == first["total_items"] > 50
    return found


def test_services_and_organisations_are_valid_hsds(fenbridge: World, client: Client, shared_data: Path) -> None:
    schemas = shared_data / "openreferral" / "hsds3" / "schema" / "compiled"
    formats = jsonschema.FormatChecker(["uuid", "email", "date"])
    for schema, records in (
        ("service_with_definitions.json", all_services(client)), ("organization_list.json", got(client, "/open/directory/api/organizations")["contents"]),
    ):  # fmt: skip
        validator = jsonschema.Draft202012Validator(json.loads((schemas / schema).read_text()), format_checker=formats)
        for record in records:
            errors = [f"{'/'.join(map(str, each.path))}: {each.message}" for each in validator.iter_errors(record)]
            assert errors == [], record["name"]
            assert not [key for key, value in record.items() if value in ("", None, [])]


def test_what_goes_out_comes_in_again(fenbridge: World, client: Client) -> None:
    """Another city's Moothall reads it: every service with its organisation, nothing at fault."""
    services = all_services(client)
    read = read_directory(json.dumps({"contents": services}).encode())
    assert read.faults == []
    assert len(read.services) == len(services)
    assert {each.name for each in read.bodies.values()} == {each["organization"]["name"] for each in services}


def test_ids_stay_and_lead_to_pages(fenbridge: World, client: Client) -> None:
    one, again = all_services(client)[0], all_services(client)[0]
    assert one == again
    assert got(client, f"/open/directory/api/services/{one['id']}") == one
    for other in (uuid.uuid4(), one["organization"]["id"]):
        assert client.get(f"/open/directory/api/services/{other}").status_code == 404


def test_services_of_one_body_and_of_one_kind(fenbridge: World, client: Client) -> None:
    every = all_services(client)
    body, kind = every[0]["organization"]["id"], every[0]["attributes"][0]["taxonomy_term"]["id"]
    ours = got(client, f"/open/directory/api/services?organization_id={body}")["contents"]
    assert ours == [each for each in every if each["organization"]["id"] == body]
    alike = got(client, f"/open/directory/api/services?taxonomy_term_id={kind}")["contents"]
    assert [each["id"] for each in alike] == [each["id"] for each in every if each.get("attributes", [{}])[0].get("taxonomy_term", {}).get("id") == kind]  # fmt: skip
    assert got(client, "/open/directory/api/services?organization_id=nonsense")["contents"] == []


def test_open_referral_uk_s_rules_are_kept(fenbridge: World, client: Client) -> None:
    def fetch(path: str) -> Any:
        answer = client.get(f"/open/directory/api/{path}")
        return json.loads(answer.content) if answer.status_code == 200 else None

    assert list(findings(fetch)) == []


@pytest.mark.parametrize(("kind", "levels"), [("Test", set()), ("Warn", {"warning"}), ("Fail", {"error", "warning"})])
def test_the_rules_judge_the_mocks_as_their_makers_do(shared_data: Path, kind: str, levels: set[str]) -> None:
    folder = shared_data / "openreferral" / "oruk_validator_mocks" / f"V3.0-UK-{kind}"
    names = {"services": "service", "organizations": "organization", "service_at_locations": "service_at_location", "taxonomies": "taxonomy", "taxonomy_terms": "taxonomy_term"}  # fmt: skip

    def fetch(path: str) -> Any:
        name, _, key = path.partition("/")
        files = ([f"{names[name]}_full", names[name]] if key else [f"{names[name]}_list"]) if name else ["api_details"]
        found = next((file for each in files if (file := folder / f"{each}.json").exists()), None)
        return json.loads(found.read_text()) if found else None

    assert {level for level, _said in findings(fetch)} == levels


def test_popolo_has_posts_and_only_names_that_are_declared_public(fenbridge: World, client: Client) -> None:
    data = got(client, "/open/directory/popolo.json")
    names = {each["name"] for each in data["persons"]}
    assert {"Kwame Abara", "Amina Yusuf"} <= names
    assert not names & {"Sam Okafor", "Priya Raman", "Ruth Adeyemi"}
    posts = {each["id"] for each in data["posts"]}
    people = {each["id"] for each in data["persons"]}
    bodies = {each["id"] for each in data["organizations"]}
    for each in data["memberships"]:
        assert each["person_id"] in people
        assert each["organization_id"] in bodies
        assert each.get("post_id", next(iter(posts))) in posts
    assert "@" not in json.dumps(data)


def test_tables_are_as_their_descriptions_say(fenbridge: World, client: Client) -> None:
    for name in ("organisations", "services"):
        about = got(client, f"/open/directory/{name}.csv-metadata.json")
        answer = client.get(f"/open/directory/{name}.csv")
        assert f"/open/directory/{name}.csv-metadata.json" in answer["Link"]
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[0] == [each["name"] for each in about["tableSchema"]["columns"]]
        assert len({row[0] for row in rows}) == len(rows) > 20
    assert client.get("/open/directory/people.csv").status_code == 404


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "per_page=100000", "page=99999999999999999999", "page=%00"]
)
def test_a_page_that_somebody_made_up_is_a_page(fenbridge: World, client: Client, query: str) -> None:
    assert "contents" in got(client, f"/open/directory/api/services?{query}")
