"""Whatever a person gets wrong is one clear line on standard error, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Journeys

LIST = ("journey", "list", "--user", 1)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("DATABASE_URL", "", "Set JOURNEYS_DATABASE_URL"),
        ("TICK_ROW", "1", "JOURNEYS_TICK_ROW is not a setting of Journeys."),
        ("TICK_ROWS", "many", "JOURNEYS_TICK_ROWS must be a number"),
        ("CONFIG", "/no/such/file.yaml", "JOURNEYS_CONFIG names /no/such/file.yaml"),
        ("DATABASE_URL", "nonsense", "JOURNEYS_DATABASE_URL cannot be read. It looks like"),
        ("DATABASE_URL", "oracle://x/y", "must begin with mysql+pymysql:// or sqlite://"),
        ("DATABASE_URL", "mysql://u@h/d", "with the driver's name"),
        ("DATABASE_URL", "mysql+pymysql://u@127.0.0.1:1/x", "The database is away"),
        ("DATABASE_URL", "sqlite:////no/such/folder/x", "unable to open database file"),
        ("TABLE_PREFIX", "other_", "Run `journeys install`"),
        ("HOST_PREFIX", "other_", "Run `journeys doctor`"),
        ("HOST_TIME_ZONE", "Moon/Base", "JOURNEYS_HOST_TIME_ZONE is “Moon/Base”"),
        ("ENCRYPTION_KEYS", "short", "JOURNEYS_ENCRYPTION_KEYS must hold Fernet keys"),
        ("ACTION_PACKAGES", "no_such_package", "no_such_package is no package"),
        ("REDIS_URL", "nonsense", "JOURNEYS_REDIS_URL cannot be read. It looks like"),
        ("ACTION_PACKAGES", "json", "no module of json declares an action"),
        ("ACTION_PACKAGES", "string", "string is no package"),
    ],
)
def test_a_wrong_setting_is_one_line(
    journeys: Journeys, welcome: str, name: str, value: str, text: str
):
    journeys.environment[f"JOURNEYS_{name}"] = value
    lint = ("journey", "lint", "-", "--user", 1)
    command = LIST if name in ("TABLE_PREFIX",) else lint
    message = journeys.refuses(*command, given=welcome)
    assert text in message
    assert "\n" not in message


def test_a_database_user_that_is_turned_away_is_one_line(journeys: Journeys, mysql_url: str):
    scheme, _, place = mysql_url.partition("://")
    journeys.environment["JOURNEYS_DATABASE_URL"] = f"{scheme}://nobody:wrong@{place.split('@')[1]}"
    message = journeys.refuses(*LIST)
    assert "Access denied" in message
    assert "wrong" not in message


def test_a_database_that_is_not_there_is_one_line(journeys: Journeys, mysql_url: str):
    base = mysql_url.rpartition("/")[0]
    journeys.environment["JOURNEYS_DATABASE_URL"] = f"{base}/no_such_database"
    assert "no_such_database" in journeys.refuses(*LIST)


@pytest.mark.parametrize(
    "command", [("show",), ("export",), ("enable",), ("disable",)], ids=lambda c: c[0]
)
def test_unknown_and_foreign_journeys_are_refused_alike(
    journeys: Journeys, welcome_id: int, command: tuple[str]
):
    unknown = journeys.refuses("journey", *command, 999, "--user", 1)
    foreign = journeys.refuses("journey", *command, welcome_id, "--user", 2)
    assert unknown.replace("999", "?") == foreign.replace(str(welcome_id), "?")


def test_a_missing_user_is_a_question_of_usage(journeys: Journeys):
    result = journeys("journey", "list")
    assert result.exit_code == 2
    assert "Missing option '--user'" in result.stderr


def test_a_file_that_is_not_there_is_a_question_of_usage(journeys: Journeys):
    result = journeys("journey", "import", "nothing.yaml", "--user", 1)
    assert result.exit_code == 2
    assert "No such file" in result.stderr


@pytest.mark.parametrize("command", ["import", "lint"])
def test_a_file_that_is_not_text_is_one_line(journeys: Journeys, command: str, tmp_path: Path):
    file = tmp_path / "journey.yaml"
    file.write_bytes(b"name: \xff\xfe")
    assert journeys.refuses("journey", command, file, "--user", 1) == "The file is not UTF-8 text."


def test_every_fault_of_an_imported_file_has_a_line_of_its_own(journeys: Journeys):
    bad = "format: 2\ntrigger: {type: Nothing}\nsteps: [{action: Wait, params: {amount: 0}}]\n"
    lines = journeys.refuses("journey", "import", "-", "--user", 1, given=bad).splitlines()
    assert lines[0] == "The journey cannot be used as it is:"
    assert "  /format: The format must be 1." in lines


def test_broken_yaml_is_told_with_its_place(journeys: Journeys):
    message = journeys.refuses("journey", "import", "-", "--user", 1, given="name: [\n")
    assert "Line 2, column 1" in message


def test_turning_on_twice_is_refused_in_words(journeys: Journeys, welcome_id: int):
    message = journeys.refuses("journey", "enable", welcome_id, "--user", 1)
    assert message == "“Welcome” is enabled already."
