"""The directory as open data: the API of Open Referral, Popolo, and tables with their descriptions. Anyone may read it, from anywhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from moothall.core import links, tables
from moothall.core.access import public
from moothall.core.pages import download, or_404

from .. import exports, selectors
from ..models import ContactPoint, Service
from ..selectors.exporting import ServiceFilter

SIZE, MOST = 50, 500
NOBODY = -1
"""The number of none."""
HSDS = {
    "version": "HSDS-UK-3.0", "profile": "https://docs.openreferraluk.org/en/latest/",
    "openapi_url": "https://docs.openreferraluk.org/en/latest/openapi30.json",
}  # fmt: skip


def _json(data: object) -> HttpResponse:
    """Read by any page or program: open data knows no origin."""
    return JsonResponse(data, headers={"Access-Control-Allow-Origin": "*"}, json_dumps_params={"ensure_ascii": False})


def _paged(request: HttpRequest) -> tuple[int, int]:
    """The page and its size that are asked for, within reason."""

    def number(name: str, usual: int, most: int) -> int:
        text = request.GET.get(name, "")
        return min(max(int(text), 1), most) if text.isascii() and text.isdecimal() and len(text) < 8 else usual

    return number("page", 1, 1_000_000), number("per_page", SIZE, MOST)


@public
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "directory/open_data.html", {})


@public
@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """What this API is (HSDS 3, GET /)."""
    return _json(HSDS)


def _page(request: HttpRequest, total: int, read: Callable[[int, int], Sequence[exports.Json]]) -> HttpResponse:
    """The page that is asked for of a list; `read` is given where it starts and how many."""
    number, size = _paged(request)
    return _json(exports.page(read((number - 1) * size, size), total=total, number=number, size=size))


def _number(request: HttpRequest, name: str, kind: str) -> int | None:
    """What a filter names; nothing where it is not there. One that leads nowhere finds nothing."""
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        return exports.pk_of(kind, uuid.UUID(text)) or NOBODY
    except ValueError:
        return NOBODY


def _services(found: Sequence[Service]) -> list[exports.Json]:
    today = timezone.localdate()
    bodies = {each.organisation.pk: each for each in selectors.public_bodies(today, ids=[each.organisation_id for each in found])}  # fmt: skip
    contacts = exports.with_contacts(selectors.contacts_of_services(found))
    return [exports.service(each, bodies[each.organisation_id], contacts.get(each.pk, [])) for each in found]


def _places(found: Sequence[ContactPoint]) -> list[exports.Json]:
    services = _services([each.service for each in found if each.service])
    return [{**exports.at_location(each), "service": service} for each, service in zip(found, services)]


@public
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    which = ServiceFilter(
        organisation=_number(request, "organization_id", "organisation"),
        kind=_number(request, "taxonomy_term_id", "kind"),
    )
    total = selectors.public_service_count(which)
    return _page(
        request, total, lambda start, size: _services(selectors.public_services(which, start=start, count=size))
    )


@public
@require_safe
def service(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    pk = or_404(exports.pk_of("service", key))
    found = or_404(next(iter(_services(selectors.public_services(ServiceFilter(pk=pk)))), None))
    return _json(found)


@public
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    return _page(request, selectors.public_body_count(), lambda start, size: [
        exports.organization(each) for each in selectors.public_bodies(today, start=start, count=size)
    ])  # fmt: skip


@public
@require_safe
def organisation(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """With its services, as HSDS wants it of one."""
    pk = or_404(exports.pk_of("organisation", key))
    body = or_404(next(iter(selectors.public_bodies(timezone.localdate(), ids=[pk])), None))
    given = [
        {name: value for name, value in each.items() if name != "organization"}
        for each in _services(selectors.public_services(ServiceFilter(organisation=pk)))
    ]
    return _json(exports.without_nothing({**exports.organization(body), "services": given}))


@public
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    total = selectors.public_place_count()
    return _page(request, total, lambda start, size: _places(selectors.public_places(start=start, count=size)))


@public
@require_safe
def place(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    pk = or_404(exports.pk_of("place", key))
    return _json(or_404(next(iter(_places(selectors.public_places(pk=pk))), None)))


@public
@require_safe
def taxonomies(request: HttpRequest) -> HttpResponse:
    return _page(request, 1, lambda start, _size: [] if start else [exports.taxonomy()])


@public
@require_safe
def taxonomy(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    if str(key) != exports.taxonomy_id():
        raise Http404
    return _json(exports.taxonomy(selectors.all_types()))


@public
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    found = selectors.all_types()
    return _page(request, len(found), lambda start, size: [exports.term(each) for each in found[start : start + size]])


@public
@require_safe
def term(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    pk = or_404(exports.pk_of("kind", key))
    return _json(exports.term(or_404(next((each for each in selectors.all_types() if each.pk == pk), None))))


@public
@require_safe
def popolo(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    return _json(exports.popolo(
        selectors.public_bodies(today), selectors.public_posts(), selectors.public_memberships(today), selectors.public_grants(today)
    ))  # fmt: skip


@public
@require_safe
def table(request: HttpRequest, name: str) -> HttpResponse:
    """organisations or services, as CSV."""
    if name not in exports.COLUMNS:
        raise Http404
    rows = (
        exports.organisation_rows(selectors.public_bodies(timezone.localdate()))
        if name == "organisations"
        else exports.service_rows(selectors.public_services(ServiceFilter()))
    )
    header = [column for column, _kind, _about in exports.COLUMNS[name]]
    answer = download(tables.written(header, rows), tables.WRITTEN, f"{name}.csv")
    answer["Link"] = (
        f'<{links.absolute("directory-table-about", name)}>; rel="describedby"; type="application/csvm+json"'
    )
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@public
@require_safe
def table_about(request: HttpRequest, name: str) -> HttpResponse:
    """The description of a table (CSV on the Web)."""
    if name not in exports.COLUMNS:
        raise Http404
    return _json(exports.csvw(name, links.absolute("directory-table", name), settings.CITY_NAME))
