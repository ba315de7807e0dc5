"""install, migrate, keys, demo and the command itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from click.testing import CliRunner
from cryptography.fernet import Fernet

from plugin import __version__
from plugin.cli import demo as demo_module
from plugin.cli import main
from plugin.hooks.signing import secret_key
from plugin.storage.migrating import SCRIPTS
from plugin.storage.tables import Tables
from tests.cli.conftest import Journeys, complete_host
from tests.world_host import HostSide

#: Every migration, oldest first.
ALL = ", ".join(sorted(path.name[:4] for path in (SCRIPTS / "versions").glob("0*.py")))


def tables_of(url: str) -> set[str]:
    engine = sa.create_engine(url)
    found = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_install_makes_every_table_and_lets_the_doctor_speak(
    outside: Journeys, settings: dict[str, str]
):
    complete_host(settings["JOURNEYS_DATABASE_URL"]).close()
    shown = outside.does("install")
    assert shown.startswith(f"Applied {ALL}: the tables are up to date.\n")
    assert "✓ J003  Our tables, prefix “jny_”, are up to date." in shown
    assert set(Tables("jny_").metadata.tables) < tables_of(settings["JOURNEYS_DATABASE_URL"])


def test_install_again_changes_nothing(journeys: Journeys):
    assert journeys.does("install").startswith("The tables are up to date.\n")


def test_install_takes_the_prefix_from_the_settings(outside: Journeys, settings: dict[str, str]):
    complete_host(settings["JOURNEYS_DATABASE_URL"]).close()
    outside.environment["JOURNEYS_TABLE_PREFIX"] = "mail_"
    outside.does("install")
    assert set(Tables("mail_").metadata.tables) < tables_of(settings["JOURNEYS_DATABASE_URL"])


def test_install_beside_no_host_fails_and_says_what_is_missing(outside: Journeys):
    result = outside("install")
    assert result.exit_code == 1
    assert "✗ J101  The host's tables" in result.stdout
    assert "JOURNEYS_HOST_PREFIX" in result.stdout


def test_migrate_check_tells_what_waits_and_changes_nothing(
    outside: Journeys, settings: dict[str, str]
):
    result = outside("migrate", "--check")
    assert (result.exit_code, result.stdout) == (1, f"Waiting: {ALL}\n")
    assert not tables_of(settings["JOURNEYS_DATABASE_URL"])
    assert outside.does("migrate") == f"Applied {ALL}: the tables are up to date.\n"
    assert outside.does("migrate", "--check") == "The tables are up to date.\n"


def test_keys_are_fresh_and_fit_into_a_configuration_file(
    host: HostSide, settings: dict[str, str], tmp_path: Path
):
    nothing = Journeys()
    first, second = yaml.safe_load(nothing.does("keys")), yaml.safe_load(nothing.does("keys"))
    assert not set(map(str, first.values())) & set(map(str, second.values()))
    Fernet(first["encryption_keys"][0])
    secret_key(first["hook_secrets"][0])
    file = tmp_path / "journeys.yaml"
    public = {name: settings[f"JOURNEYS_{name.upper()}"] for name in ("database_url", "public_url")}
    file.write_text(yaml.safe_dump(first | public))
    findings = Journeys({"JOURNEYS_CONFIG": str(file)}).data("doctor")
    assert {f["level"] for f in findings if f["id"] in ("J004", "J005", "J006")} == {"ok"}


def test_the_version_is_told():
    assert CliRunner().invoke(main, ["--version"]).output == f"journeys {__version__}\n"


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_explains_itself_without_any_settings(name: str):
    shown = CliRunner().invoke(main, [name, "--help"] if name != "demo" else ["--help"])
    assert shown.exit_code == 0
    assert "Usage: journeys" in shown.output


def test_without_the_source_the_demo_says_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(demo_module, "ROOT", tmp_path)
    assert "part of the source only" in Journeys().refuses("demo")


def test_the_demo_takes_its_own_options():
    result = CliRunner().invoke(main, ["demo", "--help"])
    assert result.exit_code == 0
    assert "--port" in result.output
