"""The three ways in which lists are written to, in whatever place a test runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plugin.host.columns import HostTable
from tests.world import World
from tests.world_host import OTHER_LIST

MODES = ("at_once", "later", "by_call")
API_URL = "http://10.0.0.5:8080/api.php"

#: Tables of the host that change together with those of lists.
BESIDE = ("stats_unsubscription", "stats_activity", "suppression_list")

MakeWorld = Callable[..., World]


def at_once(make_world: MakeWorld, **more: Any) -> World:
    """In the step's transaction: by SQL, in tables that can be rolled back."""
    made = make_world(**{"host_writes": "tables", "host_api_url": "", **more})
    _kept_by(made, "InnoDB")
    return made


def later(make_world: MakeWorld, patch: pytest.MonkeyPatch, **more: Any) -> World:
    """After the commit: by SQL, in tables that cannot be rolled back. SQLite has none such."""
    made = make_world(**{"host_writes": "tables", "host_api_url": "", **more})
    if made.is_sqlite:
        patch.setattr(HostTable, "transactional", property(lambda table: False))
    _kept_by(made, "MyISAM")
    return made


def later_on(make_world: MakeWorld, patch: pytest.MonkeyPatch, **more: Any) -> World:
    """By SQL; the second list alone is in a table that cannot be rolled back, or said to be."""
    made = make_world(**{"host_writes": "tables", "host_api_url": "", **more})
    name = made.host.shards[OTHER_LIST].name
    if made.is_sqlite:
        patch.setattr(HostTable, "transactional", property(lambda table: table.name != name))
    elif made.host.tables.flavour.engine != "MyISAM":
        made.host.keep_in("MyISAM", [name])
    return made


def by_call(make_world: MakeWorld, **more: Any) -> World:
    """By calls of the host's API."""
    return make_world(**{"host_writes": "api", "host_api_url": API_URL, **more})


def _kept_by(world: World, engine: str) -> None:
    """Lists in tables of this storage engine."""
    if not world.is_sqlite and engine != world.host.tables.flavour.engine:
        tables = [shard.name for shard in world.host.shards.values()]
        if engine == "InnoDB":
            tables += [getattr(world.host.tables, name).name for name in BESIDE]
        world.host.keep_in(engine, tables)
