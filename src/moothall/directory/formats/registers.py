"""Public lists of organisations: councils, colleges, trusts, forces, government bodies. Their columns are known by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from ..types import OrganisationKind, Reach
from .rows import LONGEST, LONGEST_KEY, BodyRow, Contact, DirectoryRows, contact_faults, day_of, words

# (the column that holds a list's own number, kind of body, scheme of org-id.guide or nothing)
NUMBERS: tuple[tuple[str, OrganisationKind, str], ...] = (
    ("local-authority-code", OrganisationKind.COUNCIL, ""), ("local-authority-eng", OrganisationKind.COUNCIL, "GB-LAE"), ("local-authority-nir", OrganisationKind.COUNCIL, "GB-LANI"),
    ("local-authority-sct", OrganisationKind.COUNCIL, "GB-LAS"), ("principal-local-authority", OrganisationKind.COUNCIL, "GB-PLA"), ("combined-authority", OrganisationKind.COUNCIL, ""),
    ("snac-code", OrganisationKind.COUNCIL, ""), ("further-education-college-uk", OrganisationKind.COLLEGE, ""), ("police-force", OrganisationKind.POLICE, ""),
    ("force-id", OrganisationKind.POLICE, ""), ("government-organisation", OrganisationKind.OTHER, "GB-GOR"), ("organisationcode", OrganisationKind.NHS, "GB-NHS"),
    ("ods-code", OrganisationKind.NHS, "GB-NHS"), ("charity-number", OrganisationKind.CHARITY, "GB-CHC"), ("company-number", OrganisationKind.OTHER, "GB-COH"),
    ("ukprn", OrganisationKind.COLLEGE, "GB-UKPRN"), ("id", OrganisationKind.OTHER, ""), ("reference", OrganisationKind.OTHER, ""),
)  # fmt: skip
NAMES = (
    "official-name",
    "name",
    "nice-name",
    "force-name",
    "trust-name",
    "health-board",
    "organisationname",
    "organisation",
    "organization",
    "la-name",
)
KINDS = ("organisation-kind", "kind")
WEBSITES = ("website", "home-page-url", "homepage", "url")
MAILS = ("main-contact-email", "email", "e-mail")
PHONES = ("telephone-number-1", "telephone", "phone")
ADDRESSES = (("address-line-1", "address-line-2", "town", "city", "county", "postcode"), ("address1", "address2", "city", "county", "postcode"), ("address",))  # fmt: skip
ENDS, SUCCESSORS = ("end-date", "closed"), ("replaced-by", "successor")


def simple(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def read(rows: Sequence[tuple[int, Mapping[str, object]]], found: DirectoryRows, *, sure: bool = True) -> bool:
    """Adds every row as a body. Answers whether these were rows of organisations at all: by a column of names and, unless the file is
    `sure` to be a table of something, another that only organisations have."""
    header = {simple(name) for _number, row in rows[:50] for name in row}
    name_columns = [each for each in NAMES if each in header]
    number = next((each for each in NUMBERS if each[0] in header), None)
    known = (number is not None and number[0] not in ("id", "reference")) or header & {*WEBSITES, *MAILS, *PHONES}
    if not name_columns or not (sure or known):
        return False
    before = found.read
    for row, values in rows:
        found.read = before + row
        _body(found.read, {simple(name): value for name, value in values.items()}, name_columns, number, found)
    return True


def _body(
    row: int, cells: Mapping[str, object], name_columns: Sequence[str], number: tuple[str, OrganisationKind, str] | None, found: DirectoryRows
) -> None:  # fmt: skip
    raw = ", ".join(words(value, LONGEST) for value in cells.values())[:4000]
    name = next((text for each in name_columns if (text := words(cells.get(each), LONGEST))), "")
    code = words(cells.get(number[0]), 60) if number else ""
    if not name:
        found.fault(row, name_columns[0], _("it is empty."), _("Give the organisation's name."), raw)
        return
    key = _key(number, code) if number and code else f"name:{simple(name)}"
    try:
        ends = next((day for each in ENDS if (day := day_of(cells.get(each)))), None)
    except ValueError as error:
        found.fault(row, "end-date", _("%(what)s is not a day.") % {"what": error}, _("Write it as 2026-11-30."), raw)
        return
    said = _first(cells, KINDS).casefold()
    kind = next((each for each in OrganisationKind if said in (each.value, str(each.label).casefold())), None)
    if said and kind is None:
        found.fault(row, "kind", _("%(what)s is not a kind of organisation.") % {"what": said[:60]}, _("Write one of: %(all)s.") % {"all": ", ".join(OrganisationKind.values)}, raw)  # fmt: skip
        return
    website = _first(cells, WEBSITES)
    contacts: list[Contact] = [(Reach.WEB, website, "")] if website else []
    contacts += [(Reach.MAIL, mail, "")] if (mail := _first(cells, MAILS)) else []
    contacts += (
        [(Reach.PHONE, phone, "")] if (phone := _first(cells, PHONES)) and sum(map(str.isdigit, phone)) >= 3 else []
    )
    lines = next(
        (
            text
            for columns in ADDRESSES
            if (text := ", ".join(filter(None, (words(cells.get(each), LONGEST) for each in columns))))
        ),
        "",
    )
    contacts += [(Reach.PLACE, lines[:400], "")] if lines else []
    good = []
    for each in contacts:
        wrong = list(contact_faults([each]))
        for column, problem, mend in wrong:
            found.fault(row, column, problem, mend, raw)
        good += [] if wrong else [each]
    successors = (
        tuple(_key(number, each) for each in re.split(r"[;,\s]+", _first(cells, SUCCESSORS)) if each) if number else ()
    )
    found.add(BodyRow(
        row, key, name, kind or (number[1] if number else OrganisationKind.OTHER), "", website if any(each[0] is Reach.WEB for each in good) else "",
        ((number[2], code.upper()),) if number and number[2] and code else (), tuple(each for each in good if each[0] is not Reach.WEB), "", successors, ends,
    ))  # fmt: skip


def _key(number: tuple[str, OrganisationKind, str] | None, code: str) -> str:
    return f"{number[0] if number else 'name'}:{code}"[:LONGEST_KEY]


def _first(cells: Mapping[str, object], columns: Sequence[str]) -> str:
    return next((text for each in columns if (text := words(cells.get(each), LONGEST))), "")
