"""What the doctor says about a host in order and about hosts that are not."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from plugin.host.doctor import Finding, checks
from plugin.host.server import Server
from plugin.settings import Settings
from plugin.storage.tables import Tables
from tests.host.world import LIST, World
from tests.world_host import HostSide

IDS = ["J101", "J102", "J103", "J104", "J105", "J106", "J107", "J108", "J109", "J110", "J111"]


def own_tables(prefix: str = "jny_") -> dict[str, list[str]]:
    tables = Tables(prefix).metadata.tables.values()
    return {table.name: [column.name for column in table.columns] for table in tables}


def examined(world: World, **settings: str) -> list[Finding]:
    asked = Settings(world.url, **({"host_prefix": world.prefix} | settings))
    return checks(world.engine, asked, own_tables(asked.table_prefix))


def about(findings: list[Finding], which: str) -> list[Finding]:
    return [finding for finding in findings if finding.id == which]


def run(world: World, statement: str) -> None:
    with world.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_a_host_in_order_passes_every_check(world: World) -> None:
    findings = examined(world)
    assert [(finding.id, finding.level) for finding in findings] == [(i, "ok") for i in IDS]


def test_it_is_still_in_order_once_our_tables_are_there(fresh_world: World) -> None:
    Tables("jny_").metadata.create_all(fresh_world.engine)
    assert {finding.level for finding in examined(fresh_world)} == {"ok"}


def test_a_wrong_prefix_is_found(world: World) -> None:
    (finding,) = about(examined(world, host_prefix="other_"), "J101")
    assert finding.level == "error"
    assert "other_users" in finding.sentence
    assert "JOURNEYS_HOST_PREFIX" in finding.hint


def test_missing_columns_are_named(fresh_world: World) -> None:
    run(fresh_world, f"ALTER TABLE oempro_subscribers_{LIST} DROP COLUMN BounceType")
    run(fresh_world, "ALTER TABLE oempro_custom_fields DROP COLUMN FieldName")
    (finding,) = about(examined(fresh_world), "J102")
    assert finding.level == "error"
    assert f"oempro_subscribers_{LIST}.BounceType" in finding.sentence
    assert "oempro_custom_fields.FieldName" in finding.sentence


def test_a_feature_that_is_off_is_a_warning_with_the_reason(fresh_world: World) -> None:
    run(fresh_world, "DROP TABLE oempro_custom_field_values")
    ok, warning = about(examined(fresh_world), "J102")
    assert (ok.level, warning.level) == ("ok", "warning")
    assert "oempro_custom_field_values" in warning.sentence
    assert "whole account" in warning.hint


@pytest.mark.parametrize(
    ("statement", "name", "hint"),
    [
        ("DROP TABLE oempro_emails", "oempro_emails", "e-mails"),
        ("DROP TABLE oempro_campaigns", "oempro_campaigns", "campaigns"),
        ("ALTER TABLE oempro_stats_link DROP COLUMN LinkURL", "oempro_stats_link.LinkURL", "held"),
        (
            "ALTER TABLE oempro_stats_open DROP COLUMN IsAutomated",
            "oempro_stats_open.IsAutomated",
            "robots",
        ),
    ],
)
def test_what_rules_about_mail_lack_is_said(
    fresh_world: World, statement: str, name: str, hint: str
) -> None:
    run(fresh_world, statement)
    _, warning = about(examined(fresh_world), "J102")
    assert (warning.level, warning.sentence) == ("warning", f"{name} is missing.")
    assert hint in warning.hint
    assert about(examined(fresh_world), "J109")[0].level == "ok"


@pytest.mark.parametrize(
    ("version", "level"),
    [
        (Server("MySQL", (5, 7, 44), "utf8mb4", True, False), "warning"),
        (Server("MariaDB", (10, 11, 6), "utf8mb4", True, True), "ok"),
    ],
)
def test_a_server_that_cannot_skip_locked_rows_gets_one_worker(version: Server, level: str) -> None:
    from plugin.host.doctor import _skip_locked

    assert _skip_locked(version).level == level


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("8.0.36-0ubuntu0.22.04.1", (8, 0, 36)),
        ("5.5.5-10.11.6-MariaDB-log", (10, 11, 6)),
        ("10.6.22-MariaDB", (10, 6, 22)),
        ("strange", (0,)),
    ],
)
def test_versions_are_read_in_all_their_forms(text: str, version: tuple[int, ...]) -> None:
    from plugin.host.server import _version

    assert _version(text) == version


def test_tables_that_are_not_innodb_or_not_utf8mb4_are_named(mysql_url: str) -> None:
    world = World(mysql_url).create()
    shard = f"oempro_subscribers_{LIST}"
    run(world, f"ALTER TABLE {shard} ENGINE = MyISAM")
    run(world, f"ALTER TABLE {shard} CONVERT TO CHARACTER SET utf8mb3")
    findings = examined(world)
    (engines,) = about(findings, "J104")
    (charsets,) = about(findings, "J105")
    assert (engines.level, charsets.level) == ("warning", "warning")
    assert f"{shard} (myisam)" in engines.sentence
    assert shard in charsets.sentence
    world.engine.dispose()


def test_what_a_host_of_the_v4_era_loses_is_said(mysql_url: str) -> None:
    host = HostSide(mysql_url, "mailer_", "v4")
    host.create()
    host.fill()
    findings = checks(host.engine, Settings(mysql_url, host_prefix="mailer_"), own_tables())
    host.close()
    said = {finding.id: finding for finding in findings if finding.level == "warning"}
    assert sorted(said) == ["J102", "J104", "J105", "J111"]
    assert "at least once" in said["J104"].hint
    assert "Emoji" in said["J105"].hint
    assert "subscribers_1.SubscriptionDate" in said["J111"].sentence
    hints = {finding.sentence: finding.hint for finding in about(findings, "J102")}
    assert "kept as text" in hints["mailer_custom_fields.Meta is missing."]
    assert "robots" in hints["mailer_stats_link.IsAutomated is missing."]


def test_a_database_user_without_the_right_to_update_is_found(mysql_url: str) -> None:
    world = World(mysql_url).create()
    name = sa.make_url(mysql_url).database
    reader = sa.make_url(mysql_url).set(username=f"{name}_reader", password="only-reads")
    run(world, f"CREATE USER {name}_reader IDENTIFIED BY 'only-reads'")
    run(world, f"GRANT SELECT ON {name}.* TO {name}_reader")
    limited = World(reader.render_as_string(hide_password=False))
    (finding,) = about(examined(limited), "J109")
    assert finding.level == "error"
    assert "UPDATE" in finding.sentence
    limited.engine.dispose()
    run(world, f"DROP USER {name}_reader")
    world.engine.dispose()


def test_sessions_that_cut_values_silently_are_found(mysql_url: str) -> None:
    world = World(mysql_url).create()
    lax = sa.create_engine(mysql_url, connect_args={"init_command": "SET SESSION sql_mode = ''"})
    found = about(checks(lax, Settings(mysql_url), own_tables()), "J105")
    assert [finding.level for finding in found] == ["error"]
    assert "not strict" in found[0].sentence
    lax.dispose()
    world.engine.dispose()


def test_a_foreign_table_with_one_of_our_names_is_a_clash(fresh_world: World) -> None:
    run(fresh_world, "CREATE TABLE jny_journeys (JourneyID INTEGER, JourneyName VARCHAR(10))")
    (finding,) = about(examined(fresh_world), "J106")
    assert (finding.level, "jny_journeys" in finding.sentence) == ("error", True)


def test_a_prefix_that_begins_as_the_hosts_does_is_a_warning(world: World) -> None:
    (finding,) = about(examined(world, table_prefix="oempro_jny_"), "J106")
    assert finding.level == "warning"


@pytest.mark.parametrize(("ahead", "level"), [(0, "ok"), (4, "ok"), (-60, "warning")])
def test_clocks_that_differ_are_found(world: World, ahead: int, level: str) -> None:
    settings = Settings(world.url)
    found = checks(world.engine, settings, wall_clock=lambda: time.time() + ahead)
    (finding,) = about(found, "J107")
    assert finding.level == level


def test_a_zone_that_does_not_exist_is_found(world: World) -> None:
    (finding,) = about(examined(world, host_time_zone="Mars/Olympus"), "J108")
    assert finding.level == "error"
    assert "Mars/Olympus" in finding.sentence


def test_a_host_without_a_list_is_not_tried(world: World) -> None:
    run(world, "DELETE FROM oempro_subscriber_lists")
    (finding,) = about(examined(world), "J109")
    assert finding.level == "warning"


def test_nothing_is_changed_by_the_checks(world: World) -> None:
    world.subscribe({1: "ann@example.com"}, CustomField101="Oslo")
    world.give_account(401, {"ann@example.com": "x"})
    examined(world)
    assert world.column_of(101) == {1: "Oslo"}
    assert world.account_values(401) == [("ann@example.com", "x")]


def test_how_lists_are_written_to_is_told(world: World) -> None:
    (by_sql,) = about(examined(world), "J110")
    assert "do not start" in by_sql.sentence
    assert "JOURNEYS_HOST_WRITES=api" in by_sql.sentence
    (by_call,) = about(
        examined(world, host_writes="api", host_api_url="https://host/api.php"), "J110"
    )
    assert "https://host/api.php" in by_call.sentence
