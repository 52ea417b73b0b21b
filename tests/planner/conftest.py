"""The town that tests of the planner share: nothing changes a Problem, so it is read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from moothall.planner import Problem, read_bundle, shards
from tests.factories.bundles import write_town


@pytest.fixture(scope="session")
def town_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def town(town_folder: Path) -> Problem:
    return read_bundle(town_folder)


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The town is planned in three parts."""
    monkeypatch.setattr(shards, "SHARD", 50)
