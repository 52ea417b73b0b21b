"""The rules of Open Referral UK 3 as its validator applies them: what must be (errors), and what should be (warnings).

Read off the mock answers its makers test it with: in those that pass, warn and fail, these are the differences.
https://openreferraluk.org/developers
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

Fetch = Callable[[str], Any]
"""The JSON at an address below the API's, or None where there is nothing."""
Finding = tuple[str, str]

MUST, SHOULD = "error", "warning"
LISTS = (
    (MUST, "services", ("id", "name", "status")), (SHOULD, "organizations", ("id", "name", "description")),
    (SHOULD, "service_at_locations", ("id", "location", "service")), (SHOULD, "taxonomies", ("id", "name", "description")),
    (SHOULD, "taxonomy_terms", ("id", "name", "description")),
)  # fmt: skip
PAGE = {
    "total_items": int,
    "total_pages": int,
    "page_number": int,
    "size": int,
    "first_page": bool,
    "last_page": bool,
    "empty": bool,
    "contents": list,
}
WEB = {"url", "website", "uri", "term_uri", "logo", "openapi_url", "profile"}


def findings(fetch: Fetch) -> Iterator[Finding]:
    about = fetch("") or {}
    if not str(about.get("version", "")).startswith("HSDS-UK-3"):
        yield MUST, "/: the version is not HSDS-UK-3"
    for field in ("profile", "openapi_url"):
        if field not in about:
            yield MUST, f"/: no {field}"
    yield from ((MUST, f"/: {said}") for said in wrong_values(about))
    for level, name, required in LISTS:
        page = fetch(name)
        if page is None:
            yield level, f"/{name} is not there"
            continue
        yield from ((level, f"/{name}: {said}") for said in _wrong_page(page))
        for record in page.get("contents", []):
            yield from ((level, f"/{name}: {said}") for said in _wrong_record(record, required))
        first = next(iter(page.get("contents", [])), None)
        if first is None or "id" not in first:
            continue
        one = fetch(f"{name}/{first['id']}")
        if one is None or one.get("id") != first["id"]:
            yield level, f"/{name}/{first['id']} does not answer that record"
        else:
            yield from ((level, f"/{name}/{{id}}: {said}") for said in _wrong_record(one, required))


def _wrong_page(page: dict[str, Any]) -> Iterator[str]:
    for field, kind in PAGE.items():
        if not isinstance(page.get(field), kind):
            yield f"the page's {field} is missing or no {kind.__name__}"
            return
    if page["empty"] != (not page["contents"]):
        yield "the page does not say whether there is anything on it"
    if page["first_page"] != (page["page_number"] == 1) or page["last_page"] != (page["page_number"] >= page["total_pages"]):  # fmt: skip
        yield "the page does not say where in the list it is"


def _wrong_record(record: dict[str, Any], required: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{field} is missing" for field in required if not record.get(field))
    yield from wrong_values(record)


def wrong_values(value: Any, field: str = "") -> Iterator[str]:
    """Addresses and ids that are none, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from wrong_values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from wrong_values(inner, field)
    elif isinstance(value, str):
        if field in WEB and not (urlsplit(value).scheme in ("http", "https") and urlsplit(value).netloc):
            yield f"{field}: {value} is no web address"
        if field in ("email", "assurer_email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
            yield f"{field}: {value} is no mail address"
        if field == "id" or field in ("organization_id", "parent_id", "link_id"):
            try:
                uuid.UUID(value)
            except ValueError:
                yield f"{field}: {value} is no UUID"
