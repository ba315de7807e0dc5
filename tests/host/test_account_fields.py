"""Fields of the whole account: one value per address, in a table of their own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from plugin.domain.criteria import Rule
from plugin.errors import CannotEvaluate
from tests.host.world import (
    ACCOUNT_LANGUAGE,
    ACCOUNT_TEXT,
    FOREIGN_ACCOUNT_TEXT,
    LIST,
    NOW,
    OTHER_LIST,
    TEXT,
    World,
    column,
)


def test_existing_values_are_changed_and_missing_ones_are_made(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "Bob@Example.com", 3: "cy@example.com"})
    world.give_account(ACCOUNT_TEXT, {"ANN@example.com": "old", "dee@example.com": "hers"})
    with world.host() as host:
        assert host.set_field(LIST, ACCOUNT_TEXT, {1: "one", 2: "two", 3: "three"}) == {}
    assert world.account_values(ACCOUNT_TEXT) == [
        ("ANN@example.com", "one"),
        ("dee@example.com", "hers"),
        ("Bob@Example.com", "two"),
        ("cy@example.com", "three"),
    ]


def test_a_value_that_was_set_is_seen_on_every_list_of_the_account(world: World) -> None:
    world.subscribe({1: "ann@example.com"})
    world.subscribe({8: "Ann@example.com", 9: "bob@example.com"}, OTHER_LIST)
    with world.host() as host:
        host.set_field(LIST, ACCOUNT_TEXT, {1: "hello"})
        values = host.values(OTHER_LIST, [8, 9], ["Note", column(ACCOUNT_TEXT)])
    assert values == {
        8: {"Note": "hello", column(ACCOUNT_TEXT): "hello"},
        9: {"Note": None, column(ACCOUNT_TEXT): None},
    }
    assert world.ask(column(ACCOUNT_TEXT), "is", "HELLO", list_id=OTHER_LIST)[8].truth


def test_other_fields_and_values_kept_for_one_list_are_left_alone(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "bob@example.com"})
    world.give_account(ACCOUNT_TEXT, {"ann@example.com": "old", "bob@example.com": "old"})
    world.give_account(ACCOUNT_LANGUAGE, {"ann@example.com": "en", "bob@example.com": "de"})
    values = world.tables.custom_field_values
    of_a_list = {"RelFieldID": ACCOUNT_TEXT, "RelListID": OTHER_LIST, "ValueText": "stray"}
    with world.engine.begin() as connection:
        connection.execute(sa.insert(values), [of_a_list | {"EmailAddress": "ann@example.com"}])
    assert world.ask(column(ACCOUNT_TEXT), "is", "old")[1].truth
    with world.host() as host:
        host.set_field(LIST, ACCOUNT_TEXT, {1: "x", 2: "y"})
    assert [value for _, value in world.account_values(ACCOUNT_LANGUAGE)] == ["en", "de"]
    assert [value for _, value in world.account_values(ACCOUNT_TEXT)] == ["x", "y", "stray"]


def test_emptying_changes_what_is_there_and_makes_nothing_new(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "bob@example.com"})
    world.give_account(ACCOUNT_TEXT, {"ann@example.com": "old"})
    with world.host() as host:
        host.set_field(LIST, ACCOUNT_TEXT, {1: "", 2: ""})
    assert world.account_values(ACCOUNT_TEXT) == [("ann@example.com", "")]
    assert world.ask(column(ACCOUNT_TEXT), "is_not_set")[1].truth


def test_addresses_that_only_the_collation_takes_for_one_stay_two_people(world: World) -> None:
    world.subscribe({1: "jose@example.com", 2: "josé@example.com"})
    world.give_account(ACCOUNT_TEXT, {"josé@example.com": "his own"})
    answers = world.ask(column(ACCOUNT_TEXT), "is", "his own")
    assert (answers[1].truth, answers[1].seen) == (False, None)
    assert (answers[2].truth, answers[2].seen) == (True, "his own")
    with world.host() as host:
        host.set_field(LIST, ACCOUNT_TEXT, {1: "for jose"})
    assert world.account_values(ACCOUNT_TEXT) == [
        ("josé@example.com", "his own"),
        ("jose@example.com", "for jose"),
    ]
    with world.host() as host:
        host.set_field(LIST, ACCOUNT_TEXT, {1: "again"})
    assert world.account_values(ACCOUNT_TEXT) == [
        ("josé@example.com", "his own"),
        ("jose@example.com", "again"),
    ]


def test_of_two_values_for_one_address_the_newest_counts_and_both_are_set(world: World) -> None:
    world.subscribe({1: "ann@example.com"})
    world.give_account(ACCOUNT_TEXT, {"ann@example.com": "old"})
    world.give_account(ACCOUNT_TEXT, {"Ann@example.com": "new"})
    assert world.ask(column(ACCOUNT_TEXT), "is_set")[1].seen == "new"
    with world.host() as host:
        host.set_field(LIST, ACCOUNT_TEXT, {1: "newest"})
    values = [value for _, value in world.account_values(ACCOUNT_TEXT)]
    assert values == ["newest", "newest"]


def test_two_rows_of_a_list_with_one_address_share_one_value(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "Ann@Example.com"})
    with world.host() as host:
        assert host.set_field(LIST, ACCOUNT_TEXT, {1: "x", 2: "x"}) == {}
    assert [value for _, value in world.account_values(ACCOUNT_TEXT)] == ["x"]


def test_options_of_an_account_field_are_kept(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "bob@example.com"})
    with world.host() as host:
        problems = host.set_field(LIST, ACCOUNT_LANGUAGE, {1: "en", 2: "fr"})
    assert list(problems) == [2]
    assert world.account_values(ACCOUNT_LANGUAGE) == [("ann@example.com", "en")]


def test_rules_on_two_account_fields_and_a_list_field_are_answered_together(world: World) -> None:
    world.subscribe({1: "ann@example.com", 2: "bob@example.com"}, CustomField101="Oslo")
    world.give_account(ACCOUNT_TEXT, {"ann@example.com": "x", "bob@example.com": "y"})
    world.give_account(ACCOUNT_LANGUAGE, {"bob@example.com": "de"})
    rules = [
        Rule(column(ACCOUNT_TEXT), "is", "x"),
        Rule(column(TEXT), "is", "Oslo"),
        Rule(column(ACCOUNT_LANGUAGE), "is_not", "de"),
    ]
    with world.host() as host:
        answers = host.answers(LIST, [1, 2], rules, NOW)
    assert [answer.truth for answer in answers[1]] == [True, True, True]
    assert [answer.truth for answer in answers[2]] == [False, True, False]


def test_the_field_of_another_account_does_not_exist(world: World) -> None:
    world.subscribe({1: "ann@example.com"})
    world.give_account(FOREIGN_ACCOUNT_TEXT, {"ann@example.com": "secret"})
    with pytest.raises(CannotEvaluate) as refused:
        world.ask(column(FOREIGN_ACCOUNT_TEXT), "is_set")
    assert refused.value.code == "field_missing"
    with world.host() as host, pytest.raises(CannotEvaluate):
        host.set_field(LIST, FOREIGN_ACCOUNT_TEXT, {1: "x"})
    with world.host() as host:
        assert host.values(LIST, [1], ["ForeignNote"]) == {1: {"ForeignNote": None}}
    assert world.account_values(FOREIGN_ACCOUNT_TEXT) == [("ann@example.com", "secret")]


def test_a_host_without_the_table_of_values_has_no_account_fields(fresh_world: World) -> None:
    fresh_world.subscribe({1: "ann@example.com"})
    with fresh_world.engine.begin() as connection:
        fresh_world.tables.custom_field_values.drop(connection)
    with pytest.raises(CannotEvaluate) as refused:
        fresh_world.ask(column(ACCOUNT_TEXT), "is_set")
    assert refused.value.code == "field_missing"
    assert "doctor" in str(refused.value)


def test_values_without_a_key_of_their_own_are_met_by_the_bytes_of_the_address(
    fresh_world: World,
) -> None:
    world = fresh_world
    fold, binary = (
        ("NOCASE", "BINARY") if world.is_sqlite else ("utf8mb4_unicode_ci", "utf8mb4_bin")
    )
    with world.engine.begin() as connection:
        world.tables.custom_field_values.drop(connection)
        connection.execute(
            sa.text(
                f"CREATE TABLE {world.prefix}custom_field_values (RelFieldID INTEGER,"
                f" RelListID INTEGER, EmailAddress VARCHAR(250) COLLATE {fold},"
                f" ValueText TEXT COLLATE {binary})"
            )
        )
    world.subscribe({1: "jose@example.com", 2: "josé@example.com", 3: "cy@example.com"})
    world.give_account(ACCOUNT_TEXT, {"JOSE@example.com": "a", "josé@example.com": "b"})
    world.give_account(ACCOUNT_LANGUAGE, {"JOSE@example.com": "en"})
    with world.host() as host:
        assert host.set_field(LIST, ACCOUNT_TEXT, {1: "x", 3: "z"}) == {}
        read = host.values(LIST, [1, 2, 3], ["Note", "Language"])
    assert read == {
        1: {"Note": "x", "Language": "en"},
        2: {"Note": "b", "Language": None},
        3: {"Note": "z", "Language": None},
    }


def test_a_value_that_the_host_wants_to_be_owned_gets_its_owner(fresh_world: World) -> None:
    fresh_world.subscribe({1: "ann@example.com"})
    table = f"{fresh_world.prefix}custom_field_values"
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN RelOwnerUserID INTEGER"))
    with fresh_world.host() as host:
        host.set_field(LIST, ACCOUNT_TEXT, {1: "x"})
    with fresh_world.engine.begin() as connection:
        owners = connection.execute(sa.text(f"SELECT RelOwnerUserID FROM {table}")).all()
    assert [tuple(row) for row in owners] == [(1,)]
