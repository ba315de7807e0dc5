"""The host's tables and the sample data in them."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, func, inspect, select

from demo.database import open_engine
from demo.fields import FieldSpec, pack_options, unpack_options
from demo.sample_account import LISTS
from demo.sample_data import OldData, list_sizes, load
from demo.schema import build_schema
from demo.schema_parts import FIELD_KINDS
from tests.demo.conftest import NOW


def count(connection, table):
    return connection.scalar(select(func.count()).select_from(table))


def test_five_thousand_subscribers_are_there_within_five_seconds(engine):
    began = time.monotonic()
    tables = load(engine, "oempro_", now=NOW)
    assert time.monotonic() - began < 5
    with engine.connect() as connection:
        assert sum(count(connection, tables.shard(row[0])) for row in LISTS) == 5000
        assert count(connection, tables.users) == 3
        assert count(connection, tables.subscriber_lists) == 6
        assert count(connection, tables.emails) == 17
        assert count(connection, tables.campaigns) == 3


@pytest.mark.parametrize("total", [0, 1, 10, 333, 5000])
def test_the_lists_share_exactly_the_subscribers_asked_for(total):
    assert sum(list_sizes(total).values()) == total


def test_the_same_moment_gives_the_same_people(tables, engine, tmp_path):
    other = open_engine(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    load(other, "oempro_", subscribers=300, now=NOW)
    query = select(tables.shard(3))
    with engine.connect() as one, other.connect() as two:
        assert one.execute(query).all() == two.execute(query).all()
    other.dispose()


def test_loading_again_changes_nothing(tables, engine):
    shard = tables.shard(1)
    with engine.begin() as connection:
        connection.execute(shard.update().values(EmailAddress="same@example.com"))
    load(engine, tables.prefix, subscribers=300, now=NOW)
    with engine.connect() as connection:
        assert set(connection.scalars(select(shard.c.EmailAddress))) == {"same@example.com"}


def test_a_list_that_was_deleted_stays_deleted(tables, engine):
    tables.shard(3).drop(engine)
    load(engine, tables.prefix, subscribers=300, now=NOW)
    assert not inspect(engine).has_table("oempro_subscribers_3")


def test_a_database_of_an_earlier_demo_is_recognised(tables, engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE oempro_users DROP COLUMN Fax")
    with pytest.raises(OldData, match="oempro_users has no column Fax"):
        load(engine, tables.prefix, subscribers=300, now=NOW)


def test_the_sample_lists_show_every_behaviour(tables, engine):
    with engine.connect() as connection:
        lists = {row.ListID: row for row in connection.execute(select(tables.subscriber_lists))}
        scopes = {
            (bool(row.RelListID), bool(row.RelOwnerUserID))
            for row in connection.execute(select(tables.suppression_list))
        }
        responders = connection.execute(select(tables.auto_responders)).all()
        keys = set(connection.scalars(select(tables.users.c.APIKey)))
    assert (lists[3].OptInSubscribeTo, lists[3].OptOutUnsubscribeFrom) == (1, 1)
    assert lists[2].OptInMode == "Double" and lists[4].OptOutScope == "All lists"
    assert scopes == {(True, True), (False, True), (False, False)}
    assert {row.RelListID for row in responders} == {4}
    assert len(keys) == 3 and "" not in keys


def test_another_prefix_lives_beside_the_first(tables, engine):
    other = load(engine, "mail5_", subscribers=20, now=NOW)
    names = set(inspect(engine).get_table_names())
    assert {"oempro_subscribers_1", "mail5_subscribers_1", "mail5_users"} <= names
    with engine.connect() as connection:
        assert sum(count(connection, other.shard(row[0])) for row in LISTS) == 20


def test_every_kind_of_field_is_on_one_list_in_its_own_column(tables, engine):
    columns = {
        c["name"]: str(c["type"]) for c in inspect(engine).get_columns("oempro_subscribers_3")
    }
    mine = [field for field in tables.fields if field.list_id == 3]
    assert {field.kind for field in mine} == set(FIELD_KINDS)
    by_type = {field.data_type: columns[field.column] for field in mine}
    assert by_type["number"] == "INTEGER"
    assert by_type["decimal"] == "NUMERIC(12, 2)"
    assert (by_type["date"], by_type["time"]) == ("DATE", "TIME")
    assert (by_type["datetime"], by_type["timestamp"]) == ("DATETIME", "TIMESTAMP")
    assert by_type["enum"].startswith("VARCHAR")


def test_account_fields_have_values_by_address_and_no_column(tables, engine):
    account = [field for field in tables.fields if field.is_global]
    assert len(account) == 2
    columns = {c["name"] for c in inspect(engine).get_columns("oempro_subscribers_1")}
    assert not columns & {field.column for field in account}
    with engine.connect() as connection:
        lists = set(connection.scalars(select(tables.custom_field_values.c.RelListID)))
    assert lists == {0}


def test_people_are_of_many_kinds(engine):
    tables = load(engine, "oempro_", now=NOW)
    shard = tables.shard(1)
    with engine.connect() as connection:
        rows = connection.execute(select(shard)).mappings().all()
    statuses = Counter(row["SubscriptionStatus"] for row in rows)
    assert statuses["Subscribed"] > statuses["Unsubscribed"] > 0
    assert {row["BounceType"] for row in rows} == {"Not Bounced", "Soft", "Hard"}
    first_names = [row["CustomField1"] for row in rows]
    assert None in first_names and "" in first_names
    assert any(name and len(name) > 200 for name in first_names)
    assert any(name and "🎉" in name for name in first_names)
    assert all("@example." in row["EmailAddress"] for row in rows)
    never = [r["UnsubscriptionDate"] for r in rows if r["SubscriptionStatus"] == "Subscribed"]
    assert set(never) == {"0000-00-00 00:00:00"}


def test_addresses_and_fields_compare_without_case(tables, engine):
    shard = tables.shard(1)
    with engine.connect() as connection:
        address = connection.scalar(select(shard.c.EmailAddress).limit(1))
        assert connection.scalar(
            select(func.count()).where(shard.c.EmailAddress == address.swapcase())
        )
        oslo = select(func.count()).where(shard.c.CustomField3 == "OSLO")
        assert connection.scalar(oslo) == connection.scalar(
            select(func.count()).where(shard.c.CustomField3 == "Oslo")
        )


def test_opens_reach_back_ninety_days_and_agree_with_the_totals(engine):
    tables = load(engine, "oempro_", now=NOW)
    opens = tables.stats_open.c
    with engine.connect() as connection:
        oldest, newest = connection.execute(
            select(func.min(opens.OpenDate), func.max(opens.OpenDate))
        ).one()
        robots = connection.scalar(select(func.count()).where(opens.IsAutomated == 1))
        per_campaign = dict(
            connection.execute(
                select(opens.RelCampaignID, func.count()).group_by(opens.RelCampaignID)
            ).all()
        )
        totals = dict(
            connection.execute(
                select(tables.campaigns.c.CampaignID, tables.campaigns.c.TotalOpens)
            ).all()
        )
        weekdays = set(connection.scalars(select(opens.OpenDatew)))
    assert oldest < (NOW - timedelta(days=85)).strftime("%Y-%m-%d")
    assert (
        (NOW - timedelta(days=2)).strftime("%Y-%m-%d") < newest <= NOW.strftime("%Y-%m-%d %H:%M:%S")
    )
    assert per_campaign == totals
    assert 0 < robots < sum(totals.values()) / 5
    assert weekdays == set(range(1, 8))


def test_a_field_survives_its_row_in_the_host():
    for field in build_schema("x_").fields:
        assert FieldSpec.from_row(field.row()) == field
    meta = json.loads(FieldSpec(1, 1, "A", "A", data_type="enum", options=("a", "b")).row()["Meta"])
    assert meta == {"SQLDataType": "enum", "SQLDataTypeValues": ["a", "b"]}


def test_options_are_packed_as_the_host_packs_them():
    packed = pack_options(("one", "two"), "two")
    assert packed == "[[one]||[one]],,,[[two]||[two]]*"
    assert unpack_options(packed) == ("one", "two")
    assert unpack_options("") == ()


def test_users_have_three_groups_three_zones_and_no_plain_password(tables, engine):
    with engine.connect() as connection:
        rows = connection.execute(select(tables.users)).mappings().all()
        permissions = dict(
            connection.execute(
                select(tables.user_groups.c.GroupName, tables.user_groups.c.Permissions)
            ).all()
        )
    assert len({row["TimeZone"] for row in rows}) == 3
    assert all("journeys-demo" not in row["Password"] for row in rows)
    assert all("Plugin.octjourneys" in text.split(",") for text in permissions.values())
    assert "Campaign.Create" not in permissions["Editors"].split(",")


def test_a_plain_engine_can_create_a_shard_too():
    engine = create_engine("sqlite://")
    shard = build_schema(
        "x_", fields=[FieldSpec(7, 2, "Shoe size", "Shoe", data_type="number")]
    ).shard(2)
    shard.create(engine)
    assert "CustomField7" in {c["name"] for c in inspect(engine).get_columns("x_subscribers_2")}
    engine.dispose()
