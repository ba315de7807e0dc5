"""A world for each engine test; when the test is over, the invariants must hold in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from devtools.servers import MariaDb
from tests.engine.invariants import broken
from tests.world import World, make_tables
from tests.world_host import HostSide

#: The driver would load all authorities of the machine for each connection: 50 ms.
WITHOUT_TLS = "&ssl_disabled=true"

_numbers = count(1)
#: Of each database that is kept, by its address.
_hosts: dict[str, HostSide] = {}


class Kept:
    """One database for many tests: emptied for each, made anew if a test changed its tables.

    To make forty tables takes longer than most tests do, and so does compiling the same queries
    for every new engine. Numbers may go on where they were: no test relies on the first id.
    """

    def __init__(self, new_database: Callable[[str], str]) -> None:
        self._new_database = new_database
        self._host: HostSide | None = None

    def empty(self) -> HostSide:
        if self._host is not None and not self._host.changed_tables:
            self._host.clear()
            return self._host
        self.close()
        self._host = HostSide(self._new_database(f"engine_{next(_numbers)}"))
        make_tables(self._host)
        return self._host

    def close(self) -> None:
        if self._host is not None:
            self._host.close()


@pytest.fixture(scope="session")
def kept_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("engine")
    kept = Kept(lambda name: f"sqlite:///{folder / name}.sqlite")
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def kept_mariadb(mariadb: MariaDb) -> Iterator[Kept]:
    kept = Kept(lambda name: mariadb.create_database(name) + WITHOUT_TLS)
    yield kept
    kept.close()


@pytest.fixture(
    params=["sqlite", pytest.param("mariadb", marks=pytest.mark.services)],
    ids=["sqlite", "mariadb"],
)
def database_url(request: pytest.FixtureRequest) -> str:
    """A database whose tables are empty, once of each kind."""
    kept: Kept = request.getfixturevalue(f"kept_{request.param}")
    host = kept.empty()
    _hosts[host.url] = host
    return host.url


@pytest.fixture
def make_world(database_url: str) -> Iterator[Callable[..., World]]:
    """Makes the one world of a test that wants other settings or actions."""
    made: list[World] = []

    def make(**differently: object) -> World:
        made.append(World(_hosts[database_url], **differently))
        return made[0]

    yield make
    try:
        for world in made:
            assert broken(world) == []
    finally:
        for world in made:
            world.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A host with two users and three lists, nobody on them, and no journeys."""
    return make_world()
