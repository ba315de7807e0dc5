"""Every test here is a proof: none of them runs but by `make proof`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from devtools.servers import MariaDb
from tests.conftest import empty_database
from tests.engine.conftest import WITHOUT_TLS
from tests.proofs.page import commit as checked_out
from tests.world import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/proofs/"):
            item.add_marker("proof")


@pytest.fixture
def commit() -> str:
    """What was checked out when the proof began."""
    return checked_out()


@pytest.fixture
def make_world(mariadb: MariaDb) -> Iterator[Callable[..., World]]:
    """Makes the one world of a proof, on MariaDB, with the settings that it wants."""
    databases = empty_database(mariadb)
    made: list[World] = []

    def make(**settings: object) -> World:
        made.append(World(next(databases) + WITHOUT_TLS, **settings))
        return made[0]

    yield make
    for world in made:
        world.close()
        world.host.close()
    next(databases, None)
