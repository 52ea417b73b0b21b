"""The root of the errors that a person may cause and mend."""

from __future__ import annotations


class DomainError(Exception):
    """A rule said no. The message is for the person who asked, in words, with the mend.

    Services raise subclasses of their own; pages show the message on the form, commands print it.
    """


class Forbidden(DomainError):
    """The actor may not do this. Pages answer 403."""
