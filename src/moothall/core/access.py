"""The mark that every view carries: who may call it. A view without one fails a test, and is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])

PUBLIC = "public"


def public(view: View) -> View:
    """Anyone may call this view, without signing in."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def access_of(view: object) -> str | None:
    """The mark of a view, or None where it has none."""
    return getattr(view, "access", None)
