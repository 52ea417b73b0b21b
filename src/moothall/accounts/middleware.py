"""How long a sign-in lasts: a while after the last page, and never longer than a fortnight."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

IDLE = 12 * 3600
ABSOLUTE = 14 * 24 * 3600
NOTED_EVERY = 300
"""Seconds between two notes of when somebody was last seen: not a write a page."""
BEGAN, SEEN = "signed_in_at", "seen_at"


def session_limits(handler: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Ends sessions that are too old or lay idle too long. Costs nothing to visitors, and one write in five minutes to others."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and SESSION_KEY in request.session:
            now = int(time.time())
            began, seen = request.session.get(BEGAN, 0), request.session.get(SEEN, 0)
            if not began:
                request.session[BEGAN] = request.session[SEEN] = now
            elif now - began > ABSOLUTE or now - seen > IDLE:
                logout(request)
            elif now - seen > NOTED_EVERY:
                request.session[SEEN] = now
        return handler(request)

    return handle
