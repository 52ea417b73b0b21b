"""What every request passes through: a reference to quote when something goes wrong, and one place where Forbidden becomes 403."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from moothall.core.errors import Forbidden

from . import errors

Handler = Callable[[HttpRequest], HttpResponse]

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_reference: ContextVar[str] = ContextVar("reference", default="-")


def reference(handler: Handler) -> Handler:
    """Gives the request a short reference, which error pages show, logs carry and the answer's header repeats."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.reference = "".join(secrets.choice(LETTERS) for _ in range(8))  # type: ignore[attr-defined]
        # Not taken back at the end: Django logs a failed request after the middleware, and the next request sets its own.
        _reference.set(request.reference)  # type: ignore[attr-defined]
        response = handler(request)
        response["X-Reference"] = request.reference  # type: ignore[attr-defined]
        return response

    return handle


def forbidden(handler: Handler) -> Handler:
    """A service or selector that refuses the actor answers 403, whatever view called it."""

    class Handle:
        def __call__(self, request: HttpRequest) -> HttpResponse:
            return handler(request)

        def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
            return errors.permission_denied(request, exception) if isinstance(exception, Forbidden) else None

    return Handle()


class AddReference(logging.Filter):
    """Puts the current request's reference into each log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = _reference.get()
        return True
