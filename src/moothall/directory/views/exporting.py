"""The directory as open data: the API of Open Referral, Popolo, and tables with their descriptions. Anyone may read it, from anywhere."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from moothall.core import links, tables
from moothall.core.access import public
from moothall.core.pages import download, or_404

from .. import exports, selectors

SIZE, MOST = 50, 500
HSDS = {
    "version": "HSDS-UK-3.0", "profile": "https://docs.openreferraluk.org/en/latest/",
    "openapi_url": "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/openapi.json",
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


@public
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    number, size = _paged(request)
    found = selectors.public_services(start=(number - 1) * size, count=size)
    bodies = {
        each.organisation.pk: each
        for each in selectors.public_bodies(timezone.localdate(), ids=[each.organisation_id for each in found])
    }
    contacts = exports.with_contacts(selectors.contacts_of_services(found))
    contents = [exports.service(each, bodies[each.organisation_id], contacts.get(each.pk, [])) for each in found]
    return _json(exports.page(contents, total=selectors.public_service_count(), number=number, size=size))


@public
@require_safe
def service(request: HttpRequest, service_id: int) -> HttpResponse:
    found = or_404(next(iter(selectors.public_services(pk=service_id)), None))
    (body,) = selectors.public_bodies(timezone.localdate(), ids=[found.organisation_id])
    return _json(exports.service(found, body, selectors.contacts_of_services([found])))


@public
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    number, size = _paged(request)
    found = selectors.public_bodies(timezone.localdate(), start=(number - 1) * size, count=size)
    contents = [exports.organization(each) for each in found]
    return _json(exports.page(contents, total=selectors.public_body_count(), number=number, size=size))


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
        else exports.service_rows(selectors.public_services())
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
