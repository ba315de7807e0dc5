"""Lists, fields and columns that are gone, foreign, or named by somebody with bad intent."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from plugin.domain.criteria import Rule
from plugin.errors import CannotEvaluate, HostMismatch
from plugin.settings import BadSettings
from tests.host.world import (
    ACCOUNT_TEXT,
    FIELDS,
    FOREIGN_FIELD,
    LIST,
    NOW,
    OTHER_LISTS_FIELD,
    TEXT,
    World,
    column,
)

ATTACKS = [
    "CustomField101; DROP TABLE oempro_users",
    "CustomField101` OR 1=1 -- ",
    'CustomField101" OR 1=1 -- ',
    "CustomField0101",
    "CustomField",
    "CustomField-1",
    "CustomField１０１",
    "CustomField99999999999999999999",
    "customfield101",
    "Password",
    "SubscriberID, (SELECT Password FROM oempro_users)",
    "subscribers_1.EmailAddress",
    "*",
    "",
]


@pytest.fixture
def ann(world: World) -> World:
    """One subscriber whose field says Oslo, asked about once, so that the schema is known."""
    return with_ann(world)


@pytest.fixture
def changing(fresh_world: World) -> World:
    """The same on a host whose tables may be changed."""
    return with_ann(fresh_world)


def with_ann(world: World) -> World:
    world.subscribe({1: "ann@example.com"}, CustomField101="Oslo")
    assert world.ask(column(TEXT), "is", "Oslo")[1].truth
    return world


def run(world: World, statement: str) -> None:
    with world.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_a_column_that_was_dropped_since_the_last_look_is_a_missing_field(changing: World) -> None:
    run(changing, f"ALTER TABLE oempro_subscribers_{LIST} DROP COLUMN {column(TEXT)}")
    with pytest.raises(CannotEvaluate) as refused:
        changing.ask(column(TEXT), "is", "Oslo")
    assert refused.value.code == "field_missing"
    assert column(TEXT) in str(refused.value)
    with changing.host() as host, pytest.raises(CannotEvaluate) as refused:
        host.set_field(LIST, TEXT, {1: "x"})
    assert refused.value.code == "field_missing"


def test_a_write_to_a_column_that_was_just_dropped_says_so(changing: World) -> None:
    run(changing, f"ALTER TABLE oempro_subscribers_{LIST} DROP COLUMN {column(TEXT)}")
    with changing.host() as host, pytest.raises(CannotEvaluate) as refused:
        host.set_field(LIST, TEXT, {1: "x"})
    assert refused.value.code == "field_missing"


def test_merge_tags_of_a_column_that_was_dropped_have_no_value(changing: World) -> None:
    run(changing, f"ALTER TABLE oempro_subscribers_{LIST} DROP COLUMN {column(TEXT)}")
    run(changing, f"DELETE FROM oempro_custom_fields WHERE CustomFieldID = {TEXT}")
    changing.time[0] += 10
    with changing.host() as host:
        assert host.values(LIST, [1], ["Anything"]) == {1: {"Anything": None}}


def test_a_list_whose_table_was_dropped_since_the_last_look_is_missing(changing: World) -> None:
    run(changing, f"DROP TABLE oempro_subscribers_{LIST}")
    with changing.host() as host:
        calls = [
            lambda: host.answers(LIST, [1], [Rule("EmailAddress", "is_set")], NOW),
            lambda: host.subscribers(LIST, [1]),
            lambda: host.find(LIST, "ann@example.com"),
            lambda: host.values(LIST, [1], ["EmailAddress"]),
            lambda: host.set_field(LIST, TEXT, {1: "x"}),
            lambda: host.set_field(LIST, ACCOUNT_TEXT, {1: "x"}),
        ]
        for call in calls:
            with pytest.raises(CannotEvaluate) as refused:
                call()
            assert refused.value.code == "list_missing"


def test_a_field_that_was_deleted_is_missed_when_the_last_look_is_old(ann: World) -> None:
    ann.ask(column(ACCOUNT_TEXT), "is_set")
    run(ann, f"DELETE FROM oempro_custom_fields WHERE CustomFieldID = {ACCOUNT_TEXT}")
    ann.time[0] += 10
    with pytest.raises(CannotEvaluate) as refused:
        ann.ask(column(ACCOUNT_TEXT), "is_set")
    assert refused.value.code == "field_missing"


def test_a_field_made_a_moment_ago_is_found_at_once(changing: World) -> None:
    run(changing, f"ALTER TABLE oempro_subscribers_{LIST} ADD COLUMN CustomField999 INTEGER")
    row = FIELDS[0].row() | {"CustomFieldID": 999, "MergeTagAlias": "Fresh"}
    with changing.engine.begin() as connection:
        connection.execute(sa.insert(changing.tables.custom_fields), [row])
    assert changing.ask("CustomField999", "is_not_set")[1].truth
    with changing.host() as host:
        assert host.set_field(LIST, 999, {1: "5"}) == {}
        assert host.values(LIST, [1], ["Fresh"]) == {1: {"Fresh": "5"}}


@pytest.mark.parametrize("field", [OTHER_LISTS_FIELD, FOREIGN_FIELD, 12345])
def test_a_field_of_another_list_or_account_does_not_exist(ann: World, field: int) -> None:
    with pytest.raises(CannotEvaluate) as refused:
        ann.ask(column(field), "is_set")
    assert refused.value.code == "field_missing"
    with ann.host() as host, pytest.raises(CannotEvaluate):
        host.set_field(LIST, field, {1: "x"})


def test_a_foreign_fields_name_is_no_way_to_a_column_of_ones_own_list(ann: World) -> None:
    """The column is there, but the host says that its field is another account's."""
    run(ann, f"UPDATE oempro_custom_fields SET RelOwnerUserID = 2 WHERE CustomFieldID = {TEXT}")
    ann.time[0] += 10
    with pytest.raises(CannotEvaluate):
        ann.ask(column(TEXT), "is_set")


@pytest.mark.parametrize("name", ATTACKS)
def test_a_strange_name_is_a_missing_field_and_nothing_else(ann: World, name: str) -> None:
    with pytest.raises(CannotEvaluate) as refused:
        ann.ask(name, "is_set")
    assert refused.value.code == "field_missing"
    with ann.host() as host:
        assert host.values(LIST, [1], [name]) == {1: {name: None}}
    assert ann.ask(column(TEXT), "is", "Oslo")[1].truth


@pytest.mark.parametrize(
    "value",
    [
        "' OR '1'='1",
        '" OR 1=1 -- ',
        "x'; DROP TABLE oempro_users; -- ",
        "\\' OR 1=1 -- ",
        "%s",
        "?",
    ],
)
@pytest.mark.parametrize("operator", ["is", "contains", "begins_with", "ends_with"])
def test_a_strange_value_is_only_a_value(ann: World, operator: str, value: str) -> None:
    assert not ann.ask(column(TEXT), operator, value)[1].truth
    with ann.host() as host:
        assert host.set_field(LIST, TEXT, {1: value}) == {}
        assert host.find(LIST, value) is None
    assert ann.ask(column(TEXT), operator, value)[1].truth
    assert ann.column_of(TEXT) == {1: value}


@pytest.mark.parametrize(
    ("operator", "value"),
    [("is", 7), ("is like", "x"), ("equals", "7 OR 1=1"), ("on", "today"), ("in_last_days", "7")],
)
def test_a_rule_that_cannot_be_read_has_no_answer(ann: World, operator: str, value: Any) -> None:
    with pytest.raises(CannotEvaluate) as refused:
        ann.ask(column(TEXT), operator, value)
    assert refused.value.code == "rule_invalid"


@pytest.mark.parametrize("list_id", ["1", "1; DROP TABLE x", 1.0, True, -1])
def test_a_list_is_named_by_a_whole_number_only(ann: World, list_id: Any) -> None:
    with ann.host() as host, pytest.raises(TypeError):
        host.subscribers(list_id, [1])


def test_a_wrong_prefix_is_said_to_be_one(ann: World) -> None:
    expected = pytest.raises(HostMismatch, match="other_")
    with ann.as_set(prefix="other_") as wrong, wrong.host() as host, expected:
        host.owners([LIST])


def test_a_shard_without_a_needed_column_is_no_host_of_ours(changing: World) -> None:
    run(changing, f"ALTER TABLE oempro_subscribers_{LIST} DROP COLUMN SubscriptionStatus")
    with changing.host() as host, pytest.raises(HostMismatch, match="SubscriptionStatus"):
        host.subscribers(LIST, [1])


def test_a_column_that_this_host_does_not_keep_is_a_missing_field(changing: World) -> None:
    run(changing, f"ALTER TABLE oempro_subscribers_{LIST} DROP COLUMN OptInDate")
    with pytest.raises(CannotEvaluate, match="OptInDate"):
        changing.ask("OptInDate", "is_set")


def test_a_zone_that_does_not_exist_is_a_wrong_setting(ann: World) -> None:
    expected = pytest.raises(BadSettings, match="Mars/Olympus")
    with ann.as_set(zone="Mars/Olympus") as wrong, expected, wrong.host():
        pass
