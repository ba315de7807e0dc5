"""The doctor: each fault has an id, a sentence and a hint; errors alone make it fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from plugin.storage.database import make_engine
from plugin.storage.tables import Tables
from tests.cli.conftest import Journeys, complete_host
from tests.world_host import HostSide


def findings(journeys: Journeys) -> dict[str, dict[str, str]]:
    """By id; of several with one id the gravest."""
    found = json.loads(journeys("doctor", "--json").stdout)
    order = ["ok", "warning", "error"]
    return {f["id"]: f for f in sorted(found, key=lambda f: order.index(f["level"]))}


def seen(settings: dict[str, str], ago: timedelta) -> None:
    """A worker gave its last sign of life so long ago."""
    engine = make_engine(settings["JOURNEYS_DATABASE_URL"])
    at = datetime.now(UTC) - ago
    row = {"worker": "w", "started_at": at, "seen_at": at, "ticks": 1}
    with engine.begin() as connection:
        connection.execute(sa.insert(Tables("jny_").workers).values(row))
    engine.dispose()


def test_where_all_is_well_it_says_so(journeys: Journeys, host: HostSide, settings: dict[str, str]):
    seen(settings, timedelta(seconds=5))
    shown = journeys.does("doctor")
    assert shown.endswith("All is well.\n"), shown
    assert "✓ J009  Workers seen within the last minute: 1." in shown


def test_its_ids_are_in_order_and_every_hint_belongs_to_a_fault(journeys: Journeys):
    found = json.loads(journeys("doctor", "--json").stdout)
    ids = [finding["id"] for finding in found]
    assert ids == sorted(ids)
    assert ids[:9] == [f"J00{n}" for n in range(1, 10)]
    assert [f for f in found if f["hint"] and f["level"] == "ok"] == []


def test_warnings_alone_do_not_fail_it(journeys: Journeys):
    shown = journeys.does("doctor")
    assert "! J009  No worker was seen for a minute: nobody moves on." in shown
    assert "→ Start `journeys worker`" in shown
    assert shown.endswith("1 warning.\n")


def test_a_worker_of_an_hour_ago_is_no_worker(journeys: Journeys, settings: dict[str, str]):
    seen(settings, timedelta(hours=1))
    assert findings(journeys)["J009"]["level"] == "warning"


@pytest.mark.parametrize(
    ("name", "value", "id_", "level", "sentence"),
    [
        ("TICK_ROWS", "many", "J001", "error", "JOURNEYS_TICK_ROWS must be a number"),
        ("TICK_ROW", "1", "J001", "error", "JOURNEYS_TICK_ROW is not a setting"),
        ("REENTRY_SCOPE", "planet", "J001", "error", "JOURNEYS_REENTRY_SCOPE must be"),
        ("DATABASE_URL", "", "J001", "error", "Set JOURNEYS_DATABASE_URL"),
        ("DATABASE_URL", "nonsense", "J002", "error", "JOURNEYS_DATABASE_URL cannot be read"),
        ("DATABASE_URL", "oracle://x/y", "J002", "error", "The database URL must begin with"),
        ("DATABASE_URL", "sqlite:////no/such/folder/x", "J002", "error", "unable to open"),
        ("DATABASE_URL", "mysql+pymysql://u@127.0.0.1:1/x", "J002", "error", "is away"),
        ("DATABASE_URL", "mysql://u@127.0.0.1:1/x", "J002", "error", "driver's name"),
        ("TABLE_PREFIX", "other_", "J003", "error", "Migrations wait: 0001, 0002, "),
        ("TABLE_PREFIX", "Jny_", "J003", "error", "JOURNEYS_TABLE_PREFIX must be"),
        ("ENCRYPTION_KEYS", "", "J004", "error", "There is no encryption key"),
        ("ENCRYPTION_KEYS", "short", "J004", "error", "is not a Fernet key"),
        ("HOOK_SECRETS", "", "J005", "warning", "There is no hook secret"),
        ("HOOK_SECRETS", "whsec_AAAA", "J005", "error", "A hook secret cannot be used"),
        ("HANDOVER_SECRET", "", "J006", "warning", "nobody can open the pages"),
        ("HANDOVER_SECRET", "short", "J006", "error", "short enough to be guessed"),
        ("PUBLIC_URL", "", "J007", "warning", "not kept to https"),
        ("PUBLIC_URL", "http://host.example.com/", "J007", "warning", "not kept to https"),
        ("PUBLIC_URL", "http://127.0.0.1:5300", "J007", "ok", "on this machine only"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "J008", "warning", "Redis does not answer"),
        ("REDIS_URL", "nonsense", "J008", "warning", "Redis does not answer"),
        ("HOST_PREFIX", "other_", "J101", "error", "are not in this database"),
        ("HOST_TIME_ZONE", "Moon/Base", "J108", "error", "which is no time zone"),
    ],
)
def test_a_setting_that_is_wrong_is_found(
    journeys: Journeys, name: str, value: str, id_: str, level: str, sentence: str
):
    journeys.environment[f"JOURNEYS_{name}"] = value
    found = findings(journeys)[id_]
    assert found["level"] == level
    assert sentence in found["sentence"]
    assert found["hint"] or level == "ok" or id_ == "J003"
    assert journeys("doctor").exit_code == (1 if level == "error" else 0)


def test_what_cannot_be_looked_at_is_left_out(journeys: Journeys):
    journeys.environment["JOURNEYS_DATABASE_URL"] = "mysql+pymysql://u@127.0.0.1:1/x"
    assert set(findings(journeys)) == {f"J00{n}" for n in (1, 2, 4, 5, 6, 7, 8)}


def test_a_password_is_not_shown(journeys: Journeys):
    journeys.environment["JOURNEYS_DATABASE_URL"] = "mysql+pymysql://u:secret-word@127.0.0.1:1/x"
    assert "secret-word" not in journeys("doctor").output


@pytest.mark.services
def test_a_redis_that_answers_is_well(journeys: Journeys, redis_url: str):
    journeys.environment["JOURNEYS_REDIS_URL"] = redis_url
    assert findings(journeys)["J008"]["level"] == "ok"


def test_on_mariadb_it_finds_the_same_to_be_well(journeys: Journeys, mysql_url: str):
    complete_host(mysql_url).close()
    journeys.environment["JOURNEYS_DATABASE_URL"] = mysql_url
    shown = journeys.does("install")
    assert shown.endswith("1 warning.\n"), shown
    assert journeys.does("doctor").count("✓") == shown.count("✓")
