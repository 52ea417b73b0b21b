"""Which role does what: the app's reads and writes, the owner's migrates."""

from __future__ import annotations

from typing import Any


class OwnerMigrates:
    """Tables are made and changed through the alias `owner` only; everything else goes through `default`."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"
