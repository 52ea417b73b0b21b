"""The kind of occasion and the clock of the tests of places."""

from __future__ import annotations

from tests.places.conftest import clock, kinds

__all__ = ["clock", "kinds"]
