"""Who acts: frozen, of plain ids and permission names, so that any layer may hold it and none can change it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

NO_ROW = Q(pk__in=[])
EVERY_ROW = ~NO_ROW
"""Not Q(): joined to another by `or`, that one means nothing instead of everything."""


class ActorKind(StrEnum):
    VISITOR = "visitor"
    PERSON = "person"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Held:
    """A permission and where it is held: in the whole city, in one organisation, or for one team of it."""

    permission: str
    organisation: int | None = None
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` says which part of the system acts (the demo, a command); people have ids, never names."""

    kind: ActorKind
    id: int | None = None
    user: int | None = None
    name: str = ""
    held: frozenset[Held] = frozenset()
    belongs_to: frozenset[int] = frozenset()
    """Organisations that a person works for today."""
    posts: frozenset[int] = frozenset()
    """Posts that a person holds today, or stands in for."""

    def may(self, permission: str, *, organisation: int | None = None, team: int | None = None) -> bool:
        """Whether the permission is held there. Without an organisation: in the whole city."""
        return any(
            held.permission == permission
            and (held.organisation is None or (held.organisation == organisation and held.team in (None, team)))
            for held in self.held
        )

    def may_somewhere(self, permission: str) -> bool:
        return any(held.permission == permission for held in self.held)

    def where(self, permission: str, *, organisation: str = "organisation_id", team: str | None = None) -> Q:
        """The rows on which the permission is held: the twin of `may`. Rows without an organisation are the city's."""
        found = NO_ROW
        for held in self.held:
            if held.permission == permission:
                if held.organisation is None:
                    return EVERY_ROW
                if held.team is None:
                    found |= Q(**{organisation: held.organisation})
                elif team is not None:
                    found |= Q(**{organisation: held.organisation, team: held.team})
        return found


VISITOR = Actor(ActorKind.VISITOR)


def system(name: str, *permissions: str) -> Actor:
    """A part of the system that acts by itself, with these permissions in the whole city."""
    return Actor(ActorKind.SYSTEM, name=name, held=frozenset(Held(each) for each in permissions))
