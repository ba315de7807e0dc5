"""The map of the host's tables: what it keeps, when it looks again, how threads share it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from plugin.host.cache import Cache
from plugin.host.fields import unpacked
from plugin.host.schema import HostSchema
from tests.host.world import (
    CITY,
    DAY,
    DECIMAL,
    INSTANT,
    LEVEL,
    LIST,
    MOMENT,
    NUMBER,
    TEXT,
    World,
    column,
)


def test_the_columns_of_a_list_have_the_families_of_their_types(world: World) -> None:
    with world.engine.begin() as connection:
        columns = world.schema.shard(connection, LIST).columns
    families = {f: columns[column(f)].family for f in (TEXT, NUMBER, DECIMAL, DAY, MOMENT, INSTANT)}
    assert families == {
        TEXT: "text",
        NUMBER: "integer",
        DECIMAL: "decimal",
        DAY: "date",
        MOMENT: "datetime",
        INSTANT: "timestamp",
    }
    assert (columns[column(DECIMAL)].precision, columns[column(DECIMAL)].scale) == (12, 2)
    assert columns["EmailAddress"].max_characters == 250
    assert not columns["EmailAddress"].nullable
    assert not columns["SubscriberID"].must_be_given
    assert columns["EmailAddress"].must_be_given
    assert not columns["SubscriptionIP"].must_be_given
    level = columns[column(LEVEL)]
    assert (level.family, level.choices) == (
        ("text", ()) if world.is_sqlite else ("choice", ("bronze", "gold"))
    )
    charset = None if world.is_sqlite else "utf8mb4"
    collation = None if world.is_sqlite else "utf8mb4_unicode_ci"
    text = columns[column(TEXT)]
    assert (text.charset, text.collation) == (charset, collation)


def test_the_hosts_choices_are_known_from_its_definitions(world: World) -> None:
    with world.engine.begin() as connection:
        definitions = world.schema.definitions(connection, LIST)
    assert definitions[CITY].options == ("Oslo", "São Paulo")
    assert definitions[LEVEL].options == ("bronze", "gold")
    assert definitions[TEXT].options == ()


@pytest.mark.parametrize(
    ("packed", "values"),
    [
        ("[[Oslo]||[0301]],,,[[Bergen]||[4601]]*", ("0301", "4601")),
        ("[[one]||[1]]", ("1",)),
        ("[[a,b]||[a,b]]", ("a,b",)),
        ("[[]||[]]", ("",)),
        ("", ()),
        ("Oslo,,,Bergen", ()),
        ("[[Oslo]||[0301]],,,rubbish", ()),
    ],
)
def test_the_hosts_packed_options_are_unpacked_or_not_used(
    packed: str, values: tuple[str, ...]
) -> None:
    assert unpacked(packed) == values


def test_a_cache_looks_again_when_its_entry_is_old_or_does_not_suit() -> None:
    time = [0.0]
    looks: list[float] = []

    def look() -> int:
        looks.append(time[0])
        return len(looks)

    cache: Cache[str, int] = Cache(5.0, lambda: time[0])
    assert [cache.get("a", look), cache.get("a", look)] == [1, 1]
    time[0] = 4.9
    assert cache.get("a", look) == 1
    assert cache.get("a", look, lambda kept: kept > 1) == 2
    time[0] = 10.0
    assert cache.get("a", look) == 3
    cache.clear()
    assert cache.get("a", look) == 4
    assert looks == [0.0, 4.9, 10.0, 10.0]


def test_threads_may_share_a_schema(world: World) -> None:
    world.subscribe({1: "ann@example.com"}, CustomField101="Oslo")
    world.schema = HostSchema(world.prefix, seconds=0)

    def ask(_: int) -> bool | None:
        return world.ask(column(TEXT), "is", "Oslo")[1].truth

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(24))) == [True] * 24
