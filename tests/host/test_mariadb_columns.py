"""What only MySQL and MariaDB have: charsets, collations, narrow types, storage engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.host.world import ACCOUNT_TEXT, LIST, NUMBER, TEXT, World, column

SHARD = f"oempro_subscribers_{LIST}"


@pytest.fixture(scope="module")
def mariadb_world(module_mysql_url: str) -> Iterator[World]:
    made = World(module_mysql_url).create()
    yield made
    made.engine.dispose()


@pytest.fixture
def world(mariadb_world: World) -> World:
    """Two people on a list that is made anew, as is the table of values by address."""
    mariadb_world.make_again(LIST)
    mariadb_world.subscribe({1: "ann@example.com", 2: "bob@example.com"})
    return mariadb_world


def becomes(world: World, kind: str, field: int = TEXT) -> None:
    """Change the type of a field's column."""
    with world.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {SHARD} MODIFY {column(field)} {kind}"))
    world.schema.forget()


def set_one(world: World, value: str | None, field: int = TEXT) -> str:
    """What is wrong with the value, '' when it was written."""
    with world.host() as host:
        return host.set_field(LIST, field, {1: value}).get(1, "")


@pytest.mark.parametrize(
    ("charset", "good", "bad"),
    [
        ("utf8mb3", "東京 é", "😀"),
        ("latin1", "é €", "東京"),
        ("ascii", "Oslo", "é"),
        ("koi8r", "Москва", "é"),
        ("sjis", "Oslo", "é"),
    ],
)
def test_what_a_charset_lacks_is_refused_and_equal_to_nothing(
    world: World, charset: str, good: str, bad: str
) -> None:
    becomes(world, f"LONGTEXT CHARACTER SET {charset}")
    assert set_one(world, good) == ""
    assert "cannot hold" in set_one(world, bad)
    assert world.column_of(TEXT)[1] == good
    assert world.ask(column(TEXT), "is", good)[1].truth
    assert not world.ask(column(TEXT), "is", bad)[1].truth
    assert not world.ask(column(TEXT), "contains", bad)[1].truth
    assert world.ask(column(TEXT), "is_not", bad)[1].truth
    assert world.ask(column(TEXT), "does_not_contain", bad)[1].truth


def test_a_binary_collation_minds_case_and_accents(world: World) -> None:
    becomes(world, "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    set_one(world, "Oslo")
    assert world.ask(column(TEXT), "is", "Oslo")[1].truth
    assert not world.ask(column(TEXT), "is", "oslo")[1].truth
    assert not world.ask(column(TEXT), "contains", "OSL")[1].truth


@pytest.mark.parametrize(
    ("kind", "good", "bad", "reason"),
    [
        ("VARCHAR(5)", "ééééé", "éééééé", "holds 5"),
        ("TINYTEXT", "é" * 127, "é" * 128, "255 bytes"),
        ("TEXT", "x" * 65535, "x" * 65536, "65535 bytes"),
        ("TINYINT", "-128", "128", "-128 to 127"),
        ("TINYINT UNSIGNED", "255", "-1", "0 to 255"),
        ("MEDIUMINT", "8388607", "8388608", "outside"),
        ("BIGINT", "9223372036854775807", "9223372036854775808", "outside"),
        ("DECIMAL(4,2) UNSIGNED", "99.99", "-1", "negative"),
        ("DOUBLE", "0.1", "nan", "not a number"),
        ("FLOAT UNSIGNED", "2.5", "-2.5", "negative"),
        ("YEAR", None, "2026", "does not write"),
        ("BIT(3)", None, "1", "does not write"),
        ("SET('a','b')", None, "a,b", "does not write"),
        ("BLOB", None, "a", "does not write"),
    ],
)
def test_the_limits_of_the_live_column_are_kept(
    world: World, kind: str, good: str | None, bad: str, reason: str
) -> None:
    becomes(world, kind)
    assert set_one(world, good) == ""
    assert reason in set_one(world, bad)
    held = world.column_of(TEXT)[1]
    assert held is None if good is None else str(held) == good


def test_a_column_that_cannot_be_null_cannot_be_emptied(world: World) -> None:
    with world.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {SHARD} SET {column(NUMBER)} = 1"))
    becomes(world, "INT NOT NULL", NUMBER)
    assert set_one(world, "", NUMBER) == "This field cannot be emptied."
    with world.host() as host:
        host.set_field(LIST, TEXT, {1: "x", 2: "y"})
    becomes(world, "LONGTEXT NOT NULL")
    assert set_one(world, None) == ""
    assert world.column_of(TEXT)[1] == ""


@pytest.mark.parametrize(
    "collation", ["utf8mb3_general_ci", "utf8mb4_general_ci", "latin1_swedish_ci"]
)
def test_account_values_are_met_across_collations(world: World, collation: str) -> None:
    charset = collation.split("_")[0]
    change = f"ALTER TABLE oempro_custom_field_values CONVERT TO CHARACTER SET {charset}"
    with world.engine.begin() as connection:
        connection.execute(sa.text(f"{change} COLLATE {collation}"))
    world.give_account(ACCOUNT_TEXT, {"ANN@example.com": "hers"})
    assert world.ask(column(ACCOUNT_TEXT), "is", "hers")[1].truth
    with world.host() as host:
        assert host.set_field(LIST, ACCOUNT_TEXT, {1: "new", 2: "other"}) == {}
    assert world.account_values(ACCOUNT_TEXT) == [
        ("ANN@example.com", "new"),
        ("bob@example.com", "other"),
    ]


def test_an_address_that_the_table_of_values_cannot_hold_is_refused_alone(world: World) -> None:
    world.subscribe({3: "😀@example.com"})
    change = "ALTER TABLE oempro_custom_field_values CONVERT TO CHARACTER SET utf8mb3"
    with world.engine.begin() as connection:
        connection.execute(sa.text(change))
    with world.host() as host:
        problems = host.set_field(LIST, ACCOUNT_TEXT, {1: "x", 3: "y"})
    assert list(problems) == [3]
    assert world.account_values(ACCOUNT_TEXT) == [("ann@example.com", "x")]


def test_a_table_of_values_that_asks_for_more_than_we_know_is_left_alone(world: World) -> None:
    change = "ALTER TABLE oempro_custom_field_values ADD COLUMN Mystery INT NOT NULL"
    with world.engine.begin() as connection:
        connection.execute(sa.text(change))
    with world.host() as host:
        problems = host.set_field(LIST, ACCOUNT_TEXT, {1: "x"})
    assert "Mystery" in problems[1]
    assert world.account_values(ACCOUNT_TEXT) == []


def test_the_schema_knows_tables_that_a_rollback_does_not_undo(world: World) -> None:
    with world.engine.begin() as connection:
        assert world.schema.shard(connection, LIST).transactional
        connection.execute(sa.text(f"ALTER TABLE {SHARD} ENGINE = MyISAM"))
        world.schema.forget()
        shard = world.schema.shard(connection, LIST)
    assert (shard.engine, shard.transactional) == ("myisam", False)


def test_partial_dates_and_clocks_beyond_a_day_are_read_without_harm(world: World) -> None:
    becomes(world, "DATE")
    with world.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {SHARD} SET {column(TEXT)} = '2026-00-00'"))
    assert world.ask(column(TEXT), "is_set")[1].seen == "2026-00-00"
    becomes(world, "TIME", NUMBER)
    with world.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {SHARD} SET {column(NUMBER)} = '-100:01:02'"))
    assert world.ask(column(NUMBER), "is", "-100:01:02")[1].seen == "-100:01:02"
