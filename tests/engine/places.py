"""The places in which every engine test runs: a database, a host of some age, a way of writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Place:
    """`prefix` is of the host's tables, `flavour` their generation; `settings` are our own."""

    name: str
    database: str  #: sqlite or mariadb
    prefix: str = "oempro_"
    flavour: str = "v5"
    settings: Mapping[str, Any] = field(default_factory=dict)


PLACES = {
    place.name: place
    for place in (
        Place("sqlite", "sqlite"),
        Place("mariadb", "mariadb"),
        #: tables that cannot be rolled back, days instead of moments, three-byte text
        Place("mariadb_v4", "mariadb", prefix="mailer_", flavour="v4"),
        #: Subscribing, unsubscribing and deleting by the host's API. Not on MariaDB: the tests of
        #: all that differs by the way of writing choose it themselves (modes.py), in every place.
        Place(
            "sqlite_api",
            "sqlite",
            prefix="mailer_",
            settings={"host_writes": "api", "host_api_url": "https://host.example.com/"},
        ),
    )
}
