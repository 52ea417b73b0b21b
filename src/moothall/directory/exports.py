"""The directory in the field's standards: Open Referral (HSDS 3, which Open Referral UK 3 narrows), Popolo, and CSV with its CSVW
description. Pure functions from rows to JSON-able objects and bytes; ids are the same every time (UUIDs made of our own addresses).

https://docs.openreferral.org/en/v3.0.0/  https://www.popoloproject.com/specs/  https://www.w3.org/TR/tabular-data-primer/
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from moothall.core import links

from .models import ContactPoint, Membership, Post, RoleGrant, Service, ServiceType
from .selectors.exporting import PublicBody
from .types import ROLES, Reach, Role

Json = dict[str, Any]
TAXONOMY = "Moothall services"
TAXONOMY_VERSION = "1.0"
"""Ours, and no standard's: it goes up when a kind of service goes, or comes to mean something else."""


def id_of(kind: str, pk: int | str) -> str:
    """A UUID that stays. Of a number it is one that leads back to it (version 8 of RFC 9562: which site and kind, then the number)."""
    if isinstance(pk, str):
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{links.site('/')}{kind}/{pk}"))
    return str(uuid.UUID(bytes=_mark(kind) + pk.to_bytes(7)))


def pk_of(kind: str, key: uuid.UUID) -> int | None:
    """The number that `id_of` made this of; None for ids of other kinds and sites."""
    return int.from_bytes(key.bytes[9:]) if key.bytes[:9] == _mark(kind) else None


def _mark(kind: str) -> bytes:
    mark = bytearray(hashlib.sha256(f"{links.site('/')}{kind}".encode()).digest()[:9])
    mark[6], mark[8] = 0x80 | mark[6] & 0x0F, 0x80 | mark[8] & 0x3F  # version and variant
    return bytes(mark)


def without_nothing(record: Json) -> Json:
    """HSDS leaves out what is not known."""
    return {key: value for key, value in record.items() if value not in ("", None, [], ())}


def page(contents: Sequence[Json], *, total: int, number: int, size: int) -> Json:
    """A page of a list, as the API of HSDS 3 answers it."""
    pages = max(1, -(-total // size))
    return {
        "total_items": total, "total_pages": pages, "page_number": number, "size": len(contents), "first_page": number == 1, "last_page": number >= pages,
        "empty": not contents, "contents": list(contents),
    }  # fmt: skip


def organization(body: PublicBody) -> Json:
    """An organisation with its identifiers, phones and the address of its record."""
    row = body.organisation
    return without_nothing({
        "id": id_of("organisation", row.pk), "name": row.name, "description": row.about or row.get_kind_display(), "website": row.website, "uri": links.absolute("organisation", row.slug),
        "email": next((each.value for each in body.contacts if each.reach == Reach.MAIL), ""),
        "parent_organization_id": id_of("organisation", body.parent) if body.parent else "", "phones": phones(body.contacts),
        "organization_identifiers": [
            {"id": id_of("identifier", each.pk), "identifier_scheme": each.scheme, "identifier_type": each.scheme, "identifier": each.value} for each in body.identifiers
        ],
    })  # fmt: skip


def service(row: Service, body: PublicBody, contacts: Sequence[ContactPoint]) -> Json:
    """A service with the organisation that delivers it, as Open Referral UK wants it: whole, not by reference."""
    kind = row.service_type
    attribute = {"id": id_of("attribute", row.pk), "link_id": id_of("service", row.pk), "link_entity": "service", "taxonomy_term": term(kind)} if kind else {}  # fmt: skip
    return without_nothing({
        "id": id_of("service", row.pk), "organization_id": id_of("organisation", row.organisation_id), "name": row.name,
        "description": row.about or (kind.about if kind else row.name), "status": "defunct" if row.ended_on else "active",
        "url": links.absolute("service", row.pk), "email": next((each.value for each in contacts if each.reach == Reach.MAIL), ""),
        "fees_description": row.fees, "eligibility_description": row.eligibility, "assured_date": row.assured_on.isoformat() if row.assured_on else "",
        "phones": phones(contacts), "organization": organization(body),
        "attributes": [attribute] if attribute else [],
        "contacts": [{"id": id_of("post", row.post.pk), "title": row.post.title}] if row.post else [],
        "service_at_locations": [at_location(each) for each in contacts if each.reach == Reach.PLACE],
    })  # fmt: skip


def term(kind: ServiceType) -> Json:
    """A kind of service, as a term of our taxonomy."""
    return without_nothing({
        "id": id_of("kind", kind.pk), "code": kind.key, "name": kind.name, "description": kind.about or kind.name, "taxonomy": TAXONOMY,
        "term_uri": links.absolute("service-type", kind.key),
    })  # fmt: skip


def taxonomy(kinds: Sequence[ServiceType] | None = None) -> Json:
    """The one there is; with its terms where they are given."""
    about = {
        "id": taxonomy_id(), "name": TAXONOMY, "description": "Public services of a city, with the everyday words people use for them",
        "uri": links.absolute("open-directory"), "version": TAXONOMY_VERSION,
    }  # fmt: skip
    return about | ({"taxonomy_terms": [term(each) for each in kinds]} if kinds is not None else {})


def taxonomy_id() -> str:
    return id_of("taxonomy", TAXONOMY)


def phones(contacts: Iterable[ContactPoint]) -> list[Json]:
    return [
        without_nothing({"id": id_of("contact", each.pk), "number": each.value, "type": "text" if each.reach == Reach.TEXT else "voice", "description": each.note})
        for each in contacts if each.reach in (Reach.PHONE, Reach.TEXT)
    ]  # fmt: skip


def at_location(contact: ContactPoint) -> Json:
    """A place as it is written, which has no parts."""
    location = {
        "id": id_of("location", contact.pk),
        "location_type": "physical",
        "name": contact.value[:200],
        "description": contact.note or contact.value,
    }
    return {"id": id_of("place", contact.pk), "location": location}


def popolo(
    bodies: Sequence[PublicBody], posts: Sequence[Post], memberships: Sequence[Membership], grants: Sequence[RoleGrant]
) -> Json:
    """Organisations, listed posts, public roles and whoever holds them in public: Popolo's words. People have only their names."""
    people: dict[int, Json] = {}

    def person(held: Membership | RoleGrant) -> str:
        key = id_of("person", held.person_id)
        people.setdefault(held.person_id, {"id": key, "name": held.person.name})
        return key

    held = [
        without_nothing({
            "id": id_of("membership", each.pk), "person_id": person(each), "organization_id": id_of("organisation", each.organisation_id), "post_id": id_of("post", each.post_id or 0),
            "role": each.post.title if each.post else "", "start_date": each.from_on.isoformat(), "end_date": each.to_on.isoformat() if each.to_on else "",
        })
        for each in memberships
    ]  # fmt: skip
    held += [
        without_nothing({
            "id": id_of("role", each.pk), "person_id": person(each), "organization_id": id_of("organisation", each.organisation_id or 0), "role": str(Role(each.role).label),
            "start_date": each.from_on.isoformat(), "end_date": each.to_on.isoformat() if each.to_on else "",
        })
        for each in grants if ROLES[Role(each.role)].public
    ]  # fmt: skip
    return {
        "organizations": [
            without_nothing({
                "id": id_of("organisation", each.organisation.pk), "name": each.organisation.name, "classification": each.organisation.kind, "parent_id": id_of("organisation", each.parent) if each.parent else "",
                "identifiers": [{"scheme": i.scheme, "identifier": i.value} for i in each.identifiers], "sources": [{"url": links.absolute("organisation", each.organisation.slug)}],
            })
            for each in bodies
        ],
        "posts": [{"id": id_of("post", each.pk), "label": each.title, "role": each.level, "organization_id": id_of("organisation", each.organisation_id)} for each in posts],
        "persons": list(people.values()), "memberships": held,
    }  # fmt: skip


COLUMNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "organisations": (
        ("id", "string", "The same in every export"), ("name", "string", "As people know it"), ("kind", "string", "council, nhs, police, college, charity and so on"),
        ("website", "anyURI", "Its own website"), ("identifiers", "string", "In public registers, by org-id.guide, separated by spaces"), ("page", "anyURI", "Its page here"),
        ("assured_on", "date", "When somebody last said that it is so"),
    ),
    "services": (
        ("id", "string", "The same in every export"), ("name", "string", "What it is called"), ("organisation_id", "string", "Who delivers it"), ("organisation", "string", "Its name"),
        ("kind", "string", "Which kind of service, by the taxonomy"), ("post", "string", "The post that answers for it"), ("page", "anyURI", "Its page here"),
        ("assured_on", "date", "When somebody last said that it is so"),
    ),
}  # fmt: skip
"""Of each CSV: name, datatype of XML Schema, and what it is."""


def organisation_rows(bodies: Iterable[PublicBody]) -> Iterable[list[str]]:
    for each in bodies:
        row = each.organisation
        yield [
            id_of("organisation", row.pk), row.name, row.kind, row.website, " ".join(f"{i.scheme}-{i.value}" for i in each.identifiers), links.absolute("organisation", row.slug),
            row.assured_on.isoformat() if row.assured_on else "",
        ]  # fmt: skip


def service_rows(services: Iterable[Service]) -> Iterable[list[str]]:
    for each in services:
        yield [
            id_of("service", each.pk), each.name, id_of("organisation", each.organisation_id), each.organisation.name, each.service_type.key if each.service_type else "",
            each.post.title if each.post else "", links.absolute("service", each.pk), each.assured_on.isoformat() if each.assured_on else "",
        ]  # fmt: skip


def csvw(name: str, url: str, city: str) -> Json:
    """The description that belongs beside a CSV (CSV on the Web)."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "url": url, "dc:title": f"{name.capitalize()} of {city}", "dc:license": {"@id": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"},
        "tableSchema": {
            "columns": [{"name": column, "titles": column, "datatype": kind, "dc:description": about} for column, kind, about in COLUMNS[name]], "primaryKey": "id",
        },
    }  # fmt: skip


def with_contacts(contacts: Iterable[ContactPoint]) -> dict[int, list[ContactPoint]]:
    """By their service."""
    found: dict[int, list[ContactPoint]] = {}
    for each in contacts:
        found.setdefault(each.service_id or 0, []).append(each)
    return found
