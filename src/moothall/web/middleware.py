"""What every request passes through: a reference to quote when something goes wrong, and one place where Forbidden becomes 403."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from moothall.accounts.gate import TooBusy
from moothall.core import codes, logs
from moothall.core.actor import VISITOR
from moothall.core.errors import Forbidden
from moothall.directory.selectors import actor_for_user

from . import errors

Handler = Callable[[HttpRequest], HttpResponse]


def reference(handler: Handler) -> Handler:
    """Gives the request a short reference, which error pages show, logs carry and the answer's header repeats."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.reference = codes.random_letters(8)  # type: ignore[attr-defined]
        # Not taken back at the end: Django logs a failed request after the middleware, and the next request sets its own.
        logs.reference.set(request.reference)  # type: ignore[attr-defined]
        response = handler(request)
        response["X-Reference"] = request.reference  # type: ignore[attr-defined]
        return response

    return handle


def actor(handler: Handler) -> Handler:
    """Who asks, once a request. Visitors cost no query."""

    def handle(request: HttpRequest) -> HttpResponse:
        user_id = request.user.pk if SESSION_KEY in request.session else None
        request.actor = actor_for_user(user_id, timezone.localdate()) if user_id is not None else VISITOR  # type: ignore[attr-defined]
        return handler(request)

    return handle


def refusals(handler: Handler) -> Handler:
    """A service or selector that refuses the actor answers 403, whatever view called it; a crowd at the gate is asked to wait."""

    class Handle:
        def __call__(self, request: HttpRequest) -> HttpResponse:
            return handler(request)

        def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
            if isinstance(exception, Forbidden):
                return errors.permission_denied(request, exception)
            return errors.too_busy(request) if isinstance(exception, TooBusy) else None

    return Handle()
