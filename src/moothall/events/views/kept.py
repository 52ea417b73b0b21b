"""A page that is the same for everybody until something on it changes: written once and packed once, for whoever comes."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

MOST = 8
_pages: OrderedDict[tuple[str, str, str], tuple[bytes, bytes]] = OrderedDict()
"""As it is, and packed."""


def kept(request: HttpRequest, stamp: str, write: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """For requests without a cookie, so that nothing on the page is anybody's own. `stamp` is another one whenever the page would be."""
    key = (request.path, stamp, get_language() or "")
    found = _pages.get(key)
    if found is None:
        answer = write(request)
        if answer.status_code != 200:
            return answer
        found = _pages[key] = answer.content, gzip.compress(answer.content, mtime=0)
        while len(_pages) > MOST:
            _pages.popitem(last=False)
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(found[1], headers={"Content-Encoding": "gzip"}) if packs else HttpResponse(found[0])
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer
