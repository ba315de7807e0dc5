"""The v4 flavour as the server keeps it: engine, charset, types, zero dates; v5 beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from demo.database import open_engine
from demo.home import PREFIX
from demo.host import create_host
from demo.sample_data import load
from demo.schema import HostTables, build_schema
from tests.demo.conftest import NOW, Browser, KeepingBridge

OTHER = "mail4_"
LATER = {
    "subscriber_lists": {"Options", "ArchivedAt", "ActiveSubscriberCount", "LastActivityAt"},
    "subscribers_1": {"SubscriptionSource", "SubscriptionSourceRef", "OptInIP"},
    "emails": {"Options", "DeletedAt", "CreatedAt"},
    "users": {"RateLimits", "AuthToken", "2FA_Enabled"},
    "custom_fields": {"Meta"},
    "stats_open": {"OpenDatew", "IsAutomated"},
}


@pytest.fixture(scope="module")
def old(module_mysql_url) -> Iterator[tuple[Engine, HostTables]]:
    """A v4 host under a prefix of its own, and a v5 host beside it in the same database."""
    engine = open_engine(module_mysql_url)
    tables = load(engine, OTHER, subscribers=200, now=NOW, flavour="v4")
    load(engine, PREFIX, subscribers=50, now=NOW)
    yield engine, tables
    engine.dispose()


def told(engine, query, **values):
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def columns(engine, table):
    query = """SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, COLUMN_DEFAULT AS preset,
        IS_NULLABLE AS nullable, COLLATION_NAME AS collation FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :name"""
    return {row["name"]: row for row in told(engine, query, name=table)}


def test_every_table_is_myisam_in_three_byte_unicode(old):
    engine, _ = old
    query = """SELECT TABLE_NAME AS name, ENGINE AS engine, TABLE_COLLATION AS collation
        FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"""
    hosts = [row for row in told(engine, query) if not row["name"].startswith("demo_")]
    assert len(hosts) > 40
    for row in hosts:
        v4 = row["name"].startswith(OTHER)
        assert row["engine"] == ("MyISAM" if v4 else "InnoDB"), row
        expected = ("utf8_unicode_ci", "utf8mb3_unicode_ci") if v4 else ("utf8mb4_unicode_ci",)
        assert row["collation"] in expected, row


def test_dates_of_subscribers_and_lists_are_days_and_zero_stands_for_never(old):
    engine, _ = old
    shard = columns(engine, f"{OTHER}subscribers_1")
    for name in ("SubscriptionDate", "UnsubscriptionDate", "OptInDate"):
        assert (shard[name]["type"], shard[name]["nullable"]) == ("date", "NO")
        assert shard[name]["preset"].strip("'") == "0000-00-00"
    created = columns(engine, f"{OTHER}subscriber_lists")["CreatedOn"]
    assert (created["type"], created["preset"].strip("'")) == ("date", "0000-00-00")
    since = columns(engine, f"{OTHER}users")["UserSince"]
    assert since["preset"].strip("'") == "0000-00-00 00:00:00"
    assert columns(engine, f"{PREFIX}subscribers_1")["SubscriptionDate"]["type"] == "datetime"


def test_zero_dates_are_stored_as_values(old):
    engine, tables = old
    shard = tables.shard(1)
    with engine.connect() as connection:
        days = {
            row[0]
            for row in connection.execute(
                shard.select().with_only_columns(shard.c.UnsubscriptionDate)
            )
        }
    assert "0000-00-00" in days and len(days) > 1
    assert all(len(day) == 10 for day in days)


def test_custom_fields_are_text_whatever_their_kind(old):
    engine, _ = old
    found = columns(engine, f"{OTHER}subscribers_3")
    types = {row["type"] for name, row in found.items() if name.startswith("CustomField")}
    assert types == {"text"}
    assert "longtext" in {row["type"] for row in columns(engine, f"{PREFIX}subscribers_3").values()}


@pytest.mark.parametrize("table", LATER)
def test_columns_that_came_later_are_missing(old, table):
    engine, _ = old
    assert not LATER[table] & set(columns(engine, OTHER + table))
    assert LATER[table] <= set(columns(engine, PREFIX + table))


def test_the_host_says_its_version(old):
    engine, tables = old
    with engine.connect() as connection:
        (row,) = connection.execute(tables.options.select()).mappings().all()
    assert (row["OptionName"], row["OptionValue"][:2]) == ("PRODUCT_VERSION", "4.")


def test_all_pages_open_on_an_old_host_and_people_come_and_go(old, templates):
    engine, _ = old
    bridge = KeepingBridge()
    app = create_host(engine, OTHER, bridge, "session secret", flavour="v4")
    app.jinja_env.bytecode_cache = templates
    manager = Browser(app.test_client())
    manager.log_in("manager")
    typed = {
        "EmailAddress": "new@example.com",
        "CustomField1": "Zoë 🎉",
        "CustomField4": "1990-05-31",
    }
    person = manager.send("/lists/1/subscribe", "/lists/1/subscribe", **typed).location
    for path in ("/", "/lists", "/lists/1", "/lists/4/autoresponders", "/lists/3/settings", person):
        assert manager.get(path).status_code == 200, path
    assert "1990-05-31" in manager.get(person).text and "Zoë ?" in manager.get(person).text
    manager.send(person, f"{person}/play", what="opened", email=3)
    manager.send(person, f"{person}/unsubscribe")
    assert [event.type for event in bridge.events] == ["subscription", "open", "unsubscription"]


def test_on_sqlite_the_flavour_shapes_columns_and_types(engine):
    tables = load(engine, OTHER, subscribers=50, now=NOW, flavour="v4")
    shard = tables.shard(3)
    assert "SubscriptionSource" not in shard.c and "IsAutomated" not in tables.stats_open.c
    with engine.connect() as connection:
        names = {
            row[1]: row[2] for row in connection.exec_driver_sql(f"PRAGMA table_info({shard.name})")
        }
    assert (names["SubscriptionDate"], names["CustomField16"]) == ("DATE", "TEXT")


def test_v5_is_what_one_gets_without_asking():
    assert build_schema("x_").flavour.name == "v5"
    assert build_schema("x_", flavour="v4").shard(1) is not build_schema("x_").shard(1)
