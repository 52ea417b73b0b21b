"""HSDS 3 and Open Referral UK 3: single records, lists and pages as an API answers them, and the tables of HSDS as JSON or CSV.

https://docs.openreferral.org/en/v3.0.0/  https://docs.openreferraluk.org/en/latest/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from ..types import OrganisationKind, Reach
from .rows import LONGEST, LONGEST_KEY, BodyRow, Contact, DirectoryRows, ServiceRow, contact_faults, day_of, words

STATUS = {"active": False, "temporarily closed": False, "inactive": True, "defunct": True}
"""HSDS's words for a service's status, and whether it has ended."""
Record = Mapping[str, Any]


NOT_BODIES = {
    "taxonomy",
    "taxonomy_terms",
    "term_uri",
    "location_type",
    "latitude",
    "version",
    "profile",
    "resources",
    "path",
    "$schema",
    "properties",
    "addresses",
    "transportation",
}


def is_open_referral(data: object) -> bool:
    """By the fields that only its records have."""
    first = next(iter(records(data)), None)
    if first is None:
        return isinstance(data, dict) and isinstance(data.get("contents"), list)
    return bool(first.keys() & {"organization", "organization_id", "services", "service"}) or _looks_like_body(first)


def _looks_like_body(record: Record) -> bool:
    return (
        {"id", "name"} <= record.keys()
        and not record.keys() & NOT_BODIES
        and bool(record.keys() & {"description", "website"})
    )


def records(data: object) -> Iterable[Record]:
    """The records of an answer: of a page's `contents`, of a list of pages, or the one that it is."""
    return (each for each in _entries(data) if isinstance(each, dict))


def _entries(data: object) -> Iterable[object]:
    """The same, with what stands in the place of a record and is none."""
    if isinstance(data, list):
        for each in data:
            yield from _entries(each)
    elif isinstance(data, dict) and isinstance(data.get("contents"), list):
        yield from data["contents"]
    else:
        yield data


def read(data: object, found: DirectoryRows) -> None:
    """Adds every record; what is wrong with one is a fault of its row."""
    for record in _entries(data):
        row = found.next_row()
        if not isinstance(record, dict):
            _no_record(row, record, found)
            continue
        raw = json.dumps(record, ensure_ascii=False)[:4000]
        if (
            "organization" in record
            or "organization_id" in record
            or ("status" in record and "service_at_locations" in record)
        ):
            _service(row, record, found, raw)
        elif "service" in record and "name" not in record:
            _nested_service(row, record, found, raw)
        else:
            _body(row, record, found, raw)
            services = record.get("services")
            for service in services if isinstance(services, list) else []:
                if isinstance(service, dict):
                    _service(row, {**service, "organization_id": record.get("id")}, found, raw)
                else:
                    _no_record(row, service, found)


def _no_record(row: int, what: object, found: DirectoryRows) -> None:
    found.fault(row, "", _("%(what)s is no organisation and no service.") % {"what": str(what)[:60]}, _("Give each as an object with its fields, or leave it out."), str(what)[:200])  # fmt: skip


def _nested_service(row: int, record: Record, found: DirectoryRows, raw: str) -> None:
    service = record.get("service")
    if isinstance(service, dict):
        _service(row, service, found, raw)
    else:
        found.fault(
            row, "service", _("it names no service."), _("Give the service with its place, or a list of services."), raw
        )


def _body(row: int, record: Record, found: DirectoryRows, raw: str) -> str:
    key, name = _key(record.get("id")), words(record.get("name"), LONGEST)
    if not key:
        found.fault(row, "organization.id", _("it is missing."), _("Give each organisation an id that stays."), raw)
    if not name:
        found.fault(row, "organization.name", _("it is missing."), _("Give the organisation's name."), raw)
    contacts = _contacts(row, record, found, raw, "organization.")
    numbers = tuple(
        (scheme, value)
        for each in _list(record, "organization_identifiers")
        if (scheme := words(each.get("identifier_scheme"), 20).upper())
        and (value := words(each.get("identifier"), 80).upper())
    )
    website = words(record.get("website") or record.get("url"), LONGEST)
    found.add(BodyRow(
        row, key, name, OrganisationKind.OTHER, words(record.get("description")), website if website.startswith(("http://", "https://")) else "",
        numbers, tuple(contacts), _key(record.get("parent_organization_id")),
    ))  # fmt: skip
    return key


def _service(row: int, record: Record, found: DirectoryRows, raw: str) -> None:
    organisation = record.get("organization")
    body = (
        _body(row, organisation, found, raw) if isinstance(organisation, dict) else _key(record.get("organization_id"))
    )
    key, name = _key(record.get("id")), words(record.get("name"), LONGEST)
    for missing, column in ((not key, "id"), (not name, "name"), (not body, "organization_id")):
        if missing:
            found.fault(
                row,
                column,
                _("it is missing."),
                _("A service needs it (HSDS 3: id, name, status and its organisation)."),
                raw,
            )
    status = words(record.get("status"), 40).lower() or "active"
    if status not in STATUS:
        found.fault(row, "status", _("%(what)s is not a status.") % {"what": status}, _("Write active, inactive, defunct or temporarily closed."), raw)  # fmt: skip
    try:
        assured_on = day_of(record.get("assured_date"))
    except ValueError as error:
        assured_on = None
        found.fault(
            row, "assured_date", _("%(what)s is not a day.") % {"what": error}, _("Write it as 2026-11-30."), raw
        )
    terms = [_term(each) for each in _list(record, "attributes")]
    contacts = _contacts(row, record, found, raw, "")
    found.add(ServiceRow(
        row, key, body, name, words(record.get("description")), tuple(contacts), words(record.get("fees_description") or record.get("fees"), LONGEST),
        words(record.get("eligibility_description"), LONGEST), assured_on, STATUS.get(status, False), tuple(filter(None, terms)), raw,
    ))  # fmt: skip


def _term(attribute: Record) -> str:
    term = attribute.get("taxonomy_term")
    return words(term.get("name") if isinstance(term, Mapping) else attribute.get("value"), LONGEST)


def _contacts(row: int, record: Record, found: DirectoryRows, raw: str, prefix: str) -> list[Contact]:
    contacts: list[Contact] = []
    for phone in [
        *_list(record, "phones"),
        *(each for contact in _list(record, "contacts") for each in _list(contact, "phones")),
    ]:
        number = words(phone.get("number"), 60)
        if number:
            contacts.append((Reach.PHONE, number, words(phone.get("description"), LONGEST)))
    if words(record.get("email")):
        contacts.append((Reach.MAIL, words(record.get("email"), LONGEST), ""))
    if words(record.get("url")):
        contacts.append((Reach.WEB, words(record.get("url"), LONGEST), ""))
    for at in [*_list(record, "service_at_locations"), *({"location": each} for each in _list(record, "locations"))]:
        location = at.get("location")
        if not isinstance(location, Mapping):
            continue
        for address in _list(location, "addresses"):
            lines = [
                words(address.get(each), LONGEST)
                for each in ("address_1", "address_2", "city", "state_province", "postal_code")
            ]
            if any(lines):
                contacts.append(
                    (Reach.PLACE, ", ".join(filter(None, lines))[:400], words(location.get("name"), LONGEST))
                )
    good = []
    for each in dict.fromkeys(contacts):
        wrong = list(contact_faults([each]))
        for column, problem, mend in wrong:
            found.fault(row, prefix + column, problem, mend, raw)
        if not wrong:
            good.append(each)
    return good


def _list(record: object, name: str) -> list[Record]:
    value = record.get(name) if isinstance(record, Mapping) else None
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _key(value: object) -> str:
    text = words(value, LONGEST)
    return f"hsds:{text}"[:LONGEST_KEY] if text else ""


def from_tables(tables: Mapping[str, list[dict[str, str]]]) -> list[Record]:
    """The tables of HSDS (organizations, services, phones …) as the records they stand for."""
    of_body: dict[str, dict[str, Any]] = {each.get("id", ""): {**each} for each in tables.get("organizations", [])}
    of_service: dict[str, dict[str, Any]] = {each.get("id", ""): {**each} for each in tables.get("services", [])}
    for name in ("phones", "contacts", "organization_identifiers"):
        for each in tables.get(name, []):
            for owners, column in ((of_service, "service_id"), (of_body, "organization_id")):
                owner = owners.get(each.get(column, ""))
                if owner is not None and each.get(column):
                    owner.setdefault(name, []).append(each)
                    break
    return [
        *of_body.values(),
        *({**each, "organization_id": each.get("organization_id")} for each in of_service.values()),
    ]
