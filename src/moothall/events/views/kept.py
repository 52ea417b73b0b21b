"""A page that is the same for everybody until something on it changes: written once, handed out with a fresh nonce."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

MOST = 8
HERE = secrets.token_hex(8)
"""Stands where the nonce goes."""
_pages: OrderedDict[tuple[str, str, str], str] = OrderedDict()


def kept(request: HttpRequest, stamp: str, write: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """For requests without a cookie, so that nothing on the page is anybody's own. `stamp` is another one whenever the page would be."""
    key = (request.path, stamp, get_language() or "")
    nonce = str(request.csp_nonce)  # type: ignore[attr-defined]
    found = _pages.get(key)
    if found is not None:
        return HttpResponse(found.replace(HERE, nonce))
    answer = write(request)
    if answer.status_code == 200 and nonce:
        _pages[key] = answer.content.decode().replace(nonce, HERE)
        while len(_pages) > MOST:
            _pages.popitem(last=False)
    return answer
