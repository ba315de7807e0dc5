"""Hosts for the tests of the adapter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host.world import World


@pytest.fixture
def fresh_world(database_url: str) -> Iterator[World]:
    """A host of one's own, whose tables may be changed."""
    made = World(database_url).create()
    yield made
    made.engine.dispose()


@pytest.fixture
def world(shared_world: World) -> World:
    """A host with nobody on its lists, for tests that change rows only."""
    return shared_world.begin_anew()


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("mariadb", marks=pytest.mark.services)],
    ids=["sqlite", "mariadb"],
)
def shared_world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A host for all tests of a module together."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("host")
        url = f"sqlite:///{folder / 'host.sqlite'}"
    else:
        url = request.getfixturevalue("module_mysql_url")
    made = World(url).create()
    yield made
    made.engine.dispose()
