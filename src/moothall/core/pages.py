"""What pages of every area have in common: lists in parts, and files to keep."""

from __future__ import annotations

from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from . import links

T = TypeVar("T")


def or_404(row: T | None) -> T:
    """What a selector found for whoever asks. Raises Http404 for what is not there and for what they may not see, alike."""
    if row is None:
        raise Http404
    return row


def letter(purpose: str, token: str, count: int = 1) -> tuple[int, ...]:
    """The numbers in the link of a letter. Raises Http404 for one that leads nowhere."""
    return or_404(links.read(purpose, token, count, today=timezone.localdate()))


def page_of(request: HttpRequest, count: int, each: int) -> tuple[Page[int], int, str]:
    """The page of a list that is asked for, the number of the first row on it (from 0), and the rest of the query, for links to the
    other pages. A page that is not there is the nearest that is."""
    page = Paginator(range(count), each).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    return page, max(0, page.start_index() - 1), query.urlencode()


def download(content: bytes, kind: str, name: str) -> HttpResponse:
    """A file to keep, by a media type and a name (as `files.safe_name` makes them)."""
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
