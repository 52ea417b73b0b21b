"""Who acts: frozen, of plain ids and permission names, so that any layer may hold it and none can change it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    VISITOR = "visitor"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` says which part of the system acts (the demo, a command); people have ids, never names."""

    kind: ActorKind
    name: str = ""
    permissions: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        return permission in self.permissions


VISITOR = Actor(ActorKind.VISITOR)
