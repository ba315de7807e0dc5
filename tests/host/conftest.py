"""Hosts for the tests of the adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import empty_database
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


MARIADB = pytest.param("mariadb", marks=pytest.mark.services, id="mariadb")
V4 = pytest.param("mariadb_v4", marks=pytest.mark.services, id="mariadb_v4")


@pytest.fixture(scope="module", params=["sqlite", MARIADB])
def shared_world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A host for all tests of a module together."""
    yield from _made(request, tmp_path_factory)


@pytest.fixture(scope="module", params=["sqlite", MARIADB, V4])
def world_of_any_age(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The same, and also as an Oempro 4."""
    yield from _made(request, tmp_path_factory)


def _made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    flavour = "v4" if request.param == "mariadb_v4" else "v5"
    for url in _addresses(request, tmp_path_factory):
        made = World(url, flavour=flavour).create()
        yield made
        made.engine.dispose()


def _addresses(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """One address, of a database that is gone afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('host') / 'host.sqlite'}"
    else:
        yield from empty_database(request.getfixturevalue("mariadb"))
