"""By when an organisation owes what it promises."""

from __future__ import annotations

from moothall.directory.models import Organisation

from ..models import OwnTerm
from ..ports import Kind, kinds
from ..types import Term


def term_in(kind: Kind, organisation: Organisation) -> Term:
    """The organisation's own, else the kind's."""
    if not kind.longest:
        return kind.term
    own = OwnTerm.objects.filter(organisation=organisation, kind=kind.key).values_list("count", flat=True).first()
    return Term(own, kind.term.unit) if own else kind.term


def terms_of(organisation: Organisation) -> list[tuple[Kind, Term]]:
    """Of every kind for which it may set its own. One query."""
    own = dict(OwnTerm.objects.filter(organisation=organisation).values_list("kind", "count"))
    return [
        (each, Term(own.get(each.key, each.term.count), each.term.unit)) for each in kinds() if each.longest
    ]  # fmt: skip
