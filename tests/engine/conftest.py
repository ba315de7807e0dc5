"""A world for each engine test; when the test is over, the invariants must hold in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from shutil import copyfile

import pytest

from devtools.servers import MariaDb
from tests.engine.invariants import broken
from tests.world import World, make_tables
from tests.world_host import HostSide

_numbers = count(1)


class KeptDatabase:
    """One MariaDB database for many tests: emptied for each, made anew if its tables changed.

    To make forty tables takes longer than most tests do. Numbers go on where they were, so a test
    cannot rely on the first id to be 1.
    """

    def __init__(self, server: MariaDb) -> None:
        self._server = server
        self._name = ""

    def empty(self) -> str:
        """Its address."""
        if not self._name:
            self._name = f"engine_{next(_numbers)}"
            return self._server.create_database(self._name)
        host = HostSide(self._server.url_of(self._name))
        host.clear()
        host.close()
        return self._server.url_of(self._name)

    def drop(self) -> None:
        if self._name:
            self._server.drop_database(self._name)
        self._name = ""


@pytest.fixture(scope="session")
def kept_database(mariadb: MariaDb) -> KeptDatabase:
    return KeptDatabase(mariadb)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with empty tables, to be copied: that is quicker than to make them."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    host = HostSide(f"sqlite:///{path}")
    make_tables(host)
    with host.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    host.close()
    return path


@pytest.fixture(
    params=["sqlite", pytest.param("mariadb", marks=pytest.mark.services)],
    ids=["sqlite", "mariadb"],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database whose tables, if it has any, are empty; once of each kind."""
    if request.param == "sqlite":
        path = copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "journeys.sqlite")
        return f"sqlite:///{path}"
    kept: KeptDatabase = request.getfixturevalue("kept_database")
    return kept.empty()


@pytest.fixture
def make_world(database_url: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., World]]:
    """Makes the one world of a test that wants other settings or actions."""
    made: list[World] = []

    def make(**differently: object) -> World:
        made.append(World(database_url, **differently))
        return made[0]

    yield make
    try:
        for world in made:
            assert broken(world) == []
    finally:
        for world in made:
            world.close()
        if not all(world.is_sqlite or not world.host.changed_tables for world in made):
            request.getfixturevalue("kept_database").drop()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A host with two users and three lists, nobody on them, and no journeys."""
    return make_world()
