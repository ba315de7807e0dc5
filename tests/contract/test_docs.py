"""The reference pages are fresh, and nothing that people can set or meet is missing from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from plugin.cli import main
from plugin.cli.docs import REFERENCE, reference
from plugin.cli.docs_settings import remarks
from plugin.domain.operators import OPERATORS
from plugin.engine import actions, triggers
from plugin.engine.kinds import Action, TriggerKind, find
from plugin.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("actions.md", "triggers.md", "operators.md", "settings.md", "doctor.md", "cli.md")


def text(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    for word, command in group.commands.items():
        yield f"{name} {word}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")


def test_the_pages_say_what_the_code_says_today():
    fresh = reference(click.Context(main, info_name="journeys"))
    assert tuple(fresh) == PAGES
    assert [name for name in PAGES if text(name) != fresh[name]] == [], "run `journeys docs`"


def test_the_command_that_checks_them_agrees():
    result = CliRunner().invoke(main, ["docs", "--check"])
    assert (result.exit_code, result.output) == (0, "The reference pages are fresh.\n")


def test_a_stale_or_missing_page_is_found(tmp_path: Path):
    def check():
        return CliRunner().invoke(main, ["docs", "--check", "--to", str(tmp_path)])

    assert check().exit_code == 1
    CliRunner().invoke(main, ["docs", "--to", str(tmp_path)])
    assert check().exit_code == 0
    (tmp_path / "settings.md").write_text("# Settings\n")
    (tmp_path / "cli.md").unlink()
    result = check()
    assert result.exit_code == 1
    assert result.stderr == "Error: Stale: settings.md, cli.md. Run `journeys docs`.\n"


def test_no_page_is_left_over_from_something_that_is_gone():
    assert {path.name for path in REFERENCE.glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("kind", list(find(Action, actions)), ids=lambda kind: kind.name)
def test_every_action_is_described(kind: type[Action]):
    section = text("actions.md").partition(f"\n## {kind.name}\n")[2].partition("\n## ")[0]
    assert f"“{kind.label}”" in section
    for name, field in kind.Params().fields.items():
        assert f"| `{field.data_key or name}` |" in section


@pytest.mark.parametrize("kind", list(find(TriggerKind, triggers)), ids=lambda kind: kind.name)
def test_every_trigger_is_described(kind: type[TriggerKind]):
    section = text("triggers.md").partition(f"\n## {kind.name}\n")[2].partition("\n## ")[0]
    assert f"“{kind.label}”" in section
    for name, field in kind.Params().fields.items():
        assert f"| `{field.data_key or name}` |" in section


def test_every_operator_is_described():
    assert [name for name in OPERATORS if f"| `{name}` |" not in text("operators.md")] == []


def test_every_setting_is_described_with_a_remark():
    names = [field.name for field in fields(Settings)]
    assert [name for name in names if f"`{PREFIX}{name.upper()}`" not in text("settings.md")] == []
    assert [name for name in names if not remarks()[name]] == []


def test_every_id_of_the_doctor_is_described():
    sources = [*(ROOT / "plugin/cli").glob("*.py"), ROOT / "plugin/host/doctor.py"]
    ids = {id_ for path in sources for id_ in re.findall(r'"(J\d{3})"', path.read_text())}
    assert len(ids) >= 18
    assert [id_ for id_ in sorted(ids) if f"\n## {id_}\n" not in text("doctor.md")] == []


def test_every_command_and_every_option_is_described():
    found = dict(commands(main, "journeys"))
    assert {"journeys install", "journeys journey lint", "journeys worker"} <= set(found)
    for name, command in found.items():
        section = text("cli.md").partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert command.help and command.help.partition("\n")[0] in section, name
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert f"`{option.opts[0]}`" in section, name
                assert option.help, f"{name} {option.opts[0]} says nothing of itself"


def test_away_from_the_source_a_folder_must_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("plugin.cli.docs.REFERENCE", tmp_path / "docs" / "reference")
    result = CliRunner().invoke(main, ["docs"])
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "Name another folder with --to." in result.stderr
