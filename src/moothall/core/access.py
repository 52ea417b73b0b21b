"""The mark that every view carries: who may call it. A view without one fails a test, and is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from .actor import Actor, ActorKind
from .errors import Forbidden

View = TypeVar("View", bound=Callable[..., HttpResponse])

PUBLIC = "public"
OWN_ACCOUNT = "own-account"
"""What everyone who is signed in may do: see and change what is their own."""


def public(view: View) -> View:
    """Anyone may call this view, without signing in."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def allow(permission: str, *, newcomers: bool = False) -> Callable[[View], View]:
    """Only who holds this permission somewhere. On what, selectors decide; visitors are asked to sign in first.

    Who has signed in but not said their name yet is asked for it first, except on pages for `newcomers`.
    """

    def marked(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            actor = actor_of(request)
            if actor.kind is ActorKind.VISITOR:
                return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else "/")
            if actor.id is None and not newcomers:
                return redirect("welcome")
            if not actor.may_somewhere(permission):
                raise Forbidden(_("You may not do this."))
            return view(request, *args, **kwargs)

        checked.access = str(permission)  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return marked


def actor_of(request: HttpRequest) -> Actor:
    """Who asks: put there by middleware, once a request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def access_of(view: object) -> str | None:
    """The mark of a view, or None where it has none."""
    return getattr(view, "access", None)
