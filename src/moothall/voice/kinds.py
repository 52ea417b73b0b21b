"""The promises of voice: an answer to what people send."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from moothall.promises.ports import Kind, register
from moothall.promises.types import Extension, Term

from . import selectors, services
from .types import CaseKind


def register_all() -> None:
    register(Kind(
        CaseKind.IDEA.value, _("An answer to an idea"), selectors.describe, Term(10), longest=20, extension=Extension(Term(10)), lock=services.lock, released=services.released, extended=services.extended,
        link_for=selectors.link_for, reply_to=selectors.reply_to,
    ))  # fmt: skip
    register(Kind(
        CaseKind.CORRECTION.value, _("An answer to a correction"), selectors.describe, Term(5), longest=10, extension=Extension(Term(5)), lock=services.lock, released=services.released, extended=services.extended,
        link_for=selectors.link_for, reply_to=selectors.reply_to,
    ))  # fmt: skip
