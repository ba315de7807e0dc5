"""Owners, zones, catalogs, subscribers and the values of merge tags."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from demo.column_types import ZERO_DATETIME
from plugin.domain.catalog import HostField
from plugin.domain.enrollment import Subscriber
from tests.host.world import (
    ACCOUNT_LANGUAGE,
    ACCOUNT_TEXT,
    CLOCK,
    DAY,
    DECIMAL,
    FIELDS,
    FOREIGN_LIST,
    LIST,
    MOMENT,
    NUMBER,
    OTHER_LIST,
    OWNER,
    STRANGER,
    TEXT,
    World,
    column,
)


def test_the_owner_of_each_known_list_is_found(world: World) -> None:
    with world.host() as host:
        assert host.owners([LIST, FOREIGN_LIST, 99]) == {LIST: OWNER, FOREIGN_LIST: STRANGER}
        assert host.owners([]) == {}


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("Europe/Oslo", "Europe/Oslo"),
        ("(GMT+01:00) Berlin", "UTC"),
        ("", "UTC"),
        ("../../etc/passwd", "UTC"),
    ],
)
def test_a_zone_that_does_not_exist_is_utc(world: World, zone: str, meant: str) -> None:
    users = world.tables.users
    with world.engine.begin() as connection:
        connection.execute(users.update().where(users.c.UserID == OWNER).values(TimeZone=zone))
    with world.host() as host:
        assert host.zone(OWNER) == meant


def test_the_zone_of_an_unknown_user_is_utc(world: World) -> None:
    with world.host() as host:
        assert host.zone(STRANGER) == "UTC"
        assert host.zone(99) == "UTC"


def test_a_catalog_holds_what_one_account_owns(world: World) -> None:
    with world.host() as host:
        catalog = host.catalog(OWNER)
        strangers = host.catalog(STRANGER)
    assert (catalog.user_id, catalog.zone) == (OWNER, "Europe/Oslo")
    assert {i: known.name for i, known in catalog.lists.items()} == {1: "List 1", 2: "List 2"}
    assert set(catalog.fields) == {field.id for field in FIELDS if field.owner_id == OWNER}
    assert catalog.fields[TEXT] == HostField(TEXT, "Anything", "Anything", LIST, "Single line")
    assert catalog.fields[ACCOUNT_LANGUAGE].list_id is None
    assert (catalog.emails, catalog.campaigns) == ({}, {})
    assert set(strangers.lists) == {FOREIGN_LIST}
    assert set(strangers.fields) == {field.id for field in FIELDS if field.owner_id == STRANGER}


def test_a_catalog_names_the_accounts_emails_and_campaigns(world: World) -> None:
    tables = world.tables
    emails = [(1, OWNER, "Welcome 🌷", None), (2, STRANGER, "Theirs", None), (3, OWNER, "", None)]
    emails += [(4, OWNER, "Deleted", "2026-05-31 22:30:00"), (5, OWNER, "Kept", ZERO_DATETIME)]
    with world.engine.begin() as connection:
        names = ("EmailID", "RelUserID", "EmailName", "DeletedAt")
        rows = [dict(zip(names, row, strict=True)) for row in emails]
        connection.execute(sa.insert(tables.emails), rows)
        campaigns = [(7, OWNER, "Spring"), (8, STRANGER, "Theirs")]
        names = ("CampaignID", "RelOwnerUserID", "CampaignName")
        rows = [dict(zip(names, row, strict=True)) for row in campaigns]
        connection.execute(sa.insert(tables.campaigns), rows)
    with world.host() as host:
        catalog = host.catalog(OWNER)
    assert catalog.emails == {1: "Welcome 🌷", 3: "", 5: "Kept"}
    assert catalog.campaigns == {7: "Spring"}
    assert (catalog.email_name(1), catalog.campaign_name(8)) == ("Welcome 🌷", "campaign 8 (gone)")


@pytest.mark.parametrize("table", ["emails", "campaigns"])
def test_a_host_without_emails_or_campaigns_has_none_to_name(
    fresh_world: World, table: str
) -> None:
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TABLE oempro_{table}"))
    with fresh_world.host() as host:
        assert getattr(host.catalog(OWNER), table) == {}


def test_emails_are_read_also_where_the_host_keeps_no_deleted_ones(fresh_world: World) -> None:
    with fresh_world.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE oempro_emails DROP COLUMN DeletedAt"))
        row = {"EmailID": 1, "RelUserID": OWNER, "EmailName": "Welcome"}
        connection.execute(sa.text(_INSERT_EMAIL), row)
    with fresh_world.host() as host:
        assert host.catalog(OWNER).emails == {1: "Welcome"}


_INSERT_EMAIL = (
    "INSERT INTO oempro_emails (EmailID, RelUserID, EmailName) VALUES"
    " (:EmailID, :RelUserID, :EmailName)"
)


def test_the_catalog_of_nobody_is_empty(world: World) -> None:
    with world.host() as host:
        catalog = host.catalog(99)
    assert (catalog.lists, catalog.fields, catalog.zone) == ({}, {}, "UTC")


def test_subscribers_are_read_and_those_who_are_gone_left_out(world: World) -> None:
    world.subscribe({1: "ann@example.com"}, BounceType="Soft")
    with world.host() as host:
        expected = {1: Subscriber(1, "ann@example.com", "Subscribed", "Soft")}
        assert host.subscribers(LIST, [1, 2]) == expected
        assert host.subscribers(LIST, []) == {}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("ann@example.com", 1),
        ("ANN@EXAMPLE.COM", 1),
        ("ann@example.com ", None),
        ("josé@example.com", 2),
        ("jose@example.com", None),
        ("JOSÉ@example.com", None),
        ("nobody@example.com", None),
        ("%", None),
        ("a\ud83d@example.com", None),
        ("", None),
    ],
)
def test_a_person_is_found_by_the_bytes_of_the_address(
    world: World, address: str, found: int | None
) -> None:
    world.subscribe({1: "Ann@Example.com", 2: "josé@example.com"})
    with world.host() as host:
        person = host.find(LIST, address)
    assert (person.subscriber_id if person else None) == found


def test_merge_tags_find_columns_aliases_and_numbers(world: World) -> None:
    world.subscribe(
        {1: "ann@example.com"},
        SubscriptionDate="2026-05-31 22:30:00",
        **{
            column(TEXT): "x" * 1000,
            column(NUMBER): 0,
            column(DECIMAL): 9.5,
            column(DAY): "0000-00-00",
            column(MOMENT): "2026-05-31 22:30:00",
            column(CLOCK): "09:30:00",
        },
    )
    world.give_account(ACCOUNT_TEXT, {"ANN@example.com": "hers"})
    expected = {
        "EmailAddress": "ann@example.com",
        "SubscriptionDate": "2026-05-31 22:30:00",
        "OptInDate": None,
        "Anything": "x" * 1000,
        "Orders": "0",
        "Amount": "9.50",
        "Birthday": None,
        "Appointment": "2026-05-31 22:30:00",
        "TeaTime": "09:30:00",
        column(NUMBER): "0",
        "Level": None,
        "Note": "hers",
        "Language": None,
        "Elsewhere": None,
        "NoSuchThing": None,
    }
    with world.host() as host:
        assert host.values(LIST, [1, 2], expected) == {1: expected}
        assert host.values(LIST, [], expected) == {}


def test_a_lists_own_field_goes_before_one_of_the_account_with_the_same_alias(
    world: World,
) -> None:
    world.subscribe({1: "ann@example.com"}, CustomField101="of the list")
    world.subscribe({1: "ann@example.com"}, OTHER_LIST)
    world.give_account(ACCOUNT_TEXT, {"ann@example.com": "of the account"})
    fields = world.tables.custom_fields
    with world.engine.begin() as connection:
        chosen = fields.c.CustomFieldID.in_([TEXT, ACCOUNT_TEXT])
        connection.execute(fields.update().where(chosen).values(MergeTagAlias="Same"))
    with world.host() as host:
        assert host.values(LIST, [1], ["Same"]) == {1: {"Same": "of the list"}}
        assert host.values(OTHER_LIST, [1], ["Same"]) == {1: {"Same": "of the account"}}


def test_a_long_value_is_cut_where_it_is_kept_as_seen(world: World) -> None:
    world.subscribe({1: "ann@example.com"}, CustomField101="ø" * 100_000)
    seen = world.ask(column(TEXT), "contains", "ø" * 1000)[1].seen
    assert seen == "ø" * 249 + "…"


def test_any_prefix_will_do(database_url: str) -> None:
    world = World(database_url, prefix="my-mail.").create()
    world.subscribe({1: "ann@example.com", 2: "bob@example.com"}, CustomField101="Oslo")
    world.give_account(ACCOUNT_TEXT, {"bob@example.com": "x"})
    assert world.ask(column(TEXT), "is", "Oslo")[1].truth
    assert world.ask(column(ACCOUNT_TEXT), "is_set")[2].truth
    with world.host() as host:
        assert host.set_field(LIST, TEXT, {1: "a", 2: "b"}) == {}
        assert host.set_field(LIST, ACCOUNT_TEXT, {1: "c", 2: "d"}) == {}
        assert host.values(LIST, [2], ["Anything", "Note"]) == {2: {"Anything": "b", "Note": "d"}}
        assert host.catalog(OWNER).lists
    world.engine.dispose()


def test_a_host_without_optional_columns_still_works(fresh_world: World) -> None:
    fresh_world.subscribe({1: "ann@example.com"}, CustomField101="Oslo")
    missing = {
        "users": ["TimeZone"],
        "custom_fields": ["IsGlobal", "MergeTagAlias", "ValidationMethod", "FieldOptions", "Meta"],
    }
    with fresh_world.engine.begin() as connection:
        for table, columns in missing.items():
            for name in columns:
                change = f"ALTER TABLE {fresh_world.prefix}{table} DROP COLUMN {name}"
                connection.execute(sa.text(change))
        lacks = fresh_world.schema.lacks(connection)
    assert {feature.name for feature in lacks} == {
        "zones",
        "account tags",
        "aliases",
        "validation",
        "data types",
        "global fields",
    }
    assert fresh_world.ask(column(TEXT), "is", "oslo")[1].truth
    with fresh_world.host() as host:
        assert host.zone(OWNER) == "UTC"
        assert TEXT in host.catalog(OWNER).fields
        assert host.set_field(LIST, TEXT, {1: "x"}) == {}
        assert host.values(LIST, [1], ["Anything", column(TEXT)]) == {
            1: {"Anything": None, column(TEXT): "x"}
        }
