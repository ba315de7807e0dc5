"""A world for each engine test; when the test is over, the invariants must hold in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from devtools.servers import MariaDb
from tests.engine.invariants import broken
from tests.engine.places import PLACES, Place
from tests.world import World, make_tables
from tests.world_host import HostSide

#: The driver would load all authorities of the machine for each connection: 50 ms.
WITHOUT_TLS = "&ssl_disabled=true"

_numbers = count(1)
#: Of each database that is kept, by its address, the host and the place.
_hosts: dict[str, tuple[HostSide, Place]] = {}


class Kept:
    """One database for many tests: emptied for each, made anew if a test changed its tables.

    To make forty tables takes longer than most tests do, and so does compiling the same queries
    for every new engine. Numbers may go on where they were: no test relies on the first id.
    """

    def __init__(self, place: Place, new_database: Callable[[str], str]) -> None:
        self._place, self._new_database = place, new_database
        self._host: HostSide | None = None

    def empty(self) -> HostSide:
        if self._host is not None and not self._host.changed_tables:
            self._host.clear()
            self._host.go_back()
            return self._host
        self.close()
        url = self._new_database(f"engine_{next(_numbers)}")
        self._host = HostSide(url, self._place.prefix, self._place.flavour)
        make_tables(self._host)
        return self._host

    def close(self) -> None:
        if self._host is not None:
            self._host.close()


class KeptOnes:
    """The kept database of each place, made when the first test asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Kept] = {}

    def of(self, place: Place, request: pytest.FixtureRequest) -> Kept:
        if place.name not in self._known:
            self._known[place.name] = Kept(place, self._maker(place, request))
        return self._known[place.name]

    def close(self) -> None:
        for kept in self._known.values():
            kept.close()

    def _maker(self, place: Place, request: pytest.FixtureRequest) -> Callable[[str], str]:
        if place.database == "sqlite":
            return lambda name: f"sqlite:///{self._folder / name}.sqlite"
        server: MariaDb = request.getfixturevalue("mariadb")
        return lambda name: server.create_database(name) + WITHOUT_TLS


@pytest.fixture(scope="session")
def kept_ones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptOnes]:
    kept = KeptOnes(tmp_path_factory.mktemp("engine"))
    yield kept
    kept.close()


def _marks(place: Place) -> list[pytest.MarkDecorator]:
    """What needs no server is quick, but once is enough for that."""
    if place.database != "sqlite":
        return [pytest.mark.services]
    return [] if place.name == "sqlite" else [pytest.mark.thorough]


@pytest.fixture(
    params=[pytest.param(place.name, marks=_marks(place)) for place in PLACES.values()],
    ids=list(PLACES),
)
def database_url(request: pytest.FixtureRequest, kept_ones: KeptOnes) -> str:
    """A place whose tables are empty, once of each kind. Answers its database's address."""
    place = PLACES[request.param]
    host = kept_ones.of(place, request).empty()
    _hosts[host.url] = host, place
    return host.url


@pytest.fixture
def make_world(database_url: str) -> Iterator[Callable[..., World]]:
    """Makes the one world of a test that wants other settings or actions."""
    made: list[World] = []

    def make(**differently: object) -> World:
        host, place = _hosts[database_url]
        settings = {"host_prefix": place.prefix, **place.settings, **differently}
        made.append(World(host, **settings))
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
