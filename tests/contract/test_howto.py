"""The examples of the how-tos: taken from the pages as they stand, and used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from click.testing import CliRunner

from demo.schema import build_schema
from devtools.page_world import HOST_PREFIX, MANAGER, PageWorld, empty_world
from plugin.app import Parts, build
from plugin.cli import main
from plugin.domain.codec import decode
from plugin.domain.criteria import (
    ActivityRule,
    JourneyRule,
    ListRule,
    MessageRule,
    Rule,
    SegmentRule,
    SentRule,
    SuppressionRule,
    TagRule,
    rules,
)
from plugin.domain.criteria_codec import decode_criteria
from plugin.domain.recipe import filled
from plugin.domain.recipe_codec import decode_recipe
from plugin.engine.surroundings import Surroundings
from plugin.engine.texts import parse_text
from plugin.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
HOWTO = ROOT / "docs" / "howto" / "add-an-action.md"
JOURNEY = ROOT / "docs" / "howto" / "write-a-journey.md"
RECIPES = ROOT / "docs" / "howto" / "recipes.md"
PACKAGE = "shop_actions"
LIST = 1
#: Already the next day where the list's owner lives.
LATE = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)


def blocks(language: str, page: Path = HOWTO) -> list[str]:
    """The page's blocks of code in this language."""
    parts = page.read_text("utf-8").split("```")[1::2]
    return [
        part.removeprefix(f"{language}\n") for part in parts if part.startswith(f"{language}\n")
    ]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The example in a package of one file, which Python can import."""
    assert f"JOURNEYS_ACTION_PACKAGES={PACKAGE}" in HOWTO.read_text("utf-8")
    folder = tmp_path / "beside" / PACKAGE
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (source,) = blocks("python")
    (folder / "stamp_date.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(folder.parent)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    folder = tmp_path / "world"
    folder.mkdir()
    return empty_world(folder)


def settings_with_package(world: PageWorld) -> Settings:
    given = vars(world.settings) | {"action_packages": (PACKAGE,)}
    return Settings(**given)


def run(world: PageWorld, *words: str, text: str | None = None, packages: str = PACKAGE) -> Any:
    """A command with the settings of the world and of the page."""
    environment = {
        "JOURNEYS_DATABASE_URL": world.settings.database_url,
        "JOURNEYS_ENCRYPTION_KEYS": ",".join(world.settings.encryption_keys),
        "JOURNEYS_ACTION_PACKAGES": packages,
    }
    return CliRunner().invoke(main, words, input=text, env=environment)


@pytest.mark.usefixtures("package")
def test_the_example_runs_for_everybody_at_once(world: PageWorld):
    (journey,) = blocks("yaml")
    around = Surroundings(clock=lambda _: LATE, sleep=lambda _: None)
    services = build(settings_with_package(world), Parts(around=around))
    journey_id = services.authoring.import_text(MANAGER, journey, "cli")
    services.authoring.enable(MANAGER, journey_id, "cli")
    ids = world.subscribers(LIST)
    services.enrolling.enroll(MANAGER, journey_id, LIST, ids)
    while services.executor.tick():
        pass
    shard = build_schema(HOST_PREFIX).shard(LIST)
    query = sa.select(shard.c.CustomField4).where(shard.c.SubscriberID.in_(ids))
    with world.engine.connect() as connection:
        stamped = {str(value) for value in connection.scalars(query)}
    assert len(ids) > 1
    assert stamped == {"2026-06-01"}


@pytest.mark.usefixtures("package")
def test_lint_knows_the_example_and_says_what_the_page_says(world: PageWorld):
    (journey,) = blocks("yaml")
    fine = run(world, "journey", "lint", "-", "--user", str(MANAGER), text=journey)
    assert (fine.exit_code, fine.output) == (0, "No faults found.\n")
    wrong = journey.replace("field: 4", "field: 99")
    faulty = run(world, "journey", "lint", "-", "--user", str(MANAGER), text=wrong)
    assert faulty.exit_code == 1
    assert f"`{faulty.output.strip()}`" in HOWTO.read_text("utf-8")


@pytest.mark.usefixtures("package")
def test_the_reference_describes_the_example(world: PageWorld, tmp_path: Path):
    done = run(world, "docs", "--package", PACKAGE, "--to", str(tmp_path / "reference"))
    assert done.exit_code == 0, done.output
    page = (tmp_path / "reference" / "actions.md").read_text("utf-8")
    assert "## StampDate" in page
    assert "Write the present date into a field of each person." in page


def test_the_example_passes_our_own_lint(package: Path):
    command = [sys.executable, "-m", "ruff", "--quiet"]
    for words in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        ask = [
            *command,
            *words,
            "--config",
            str(ROOT / "ruff.toml"),
            str(package / "stamp_date.py"),
        ]
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_journey_can_be_turned_on(world: PageWorld):
    (journey,) = blocks("yaml", JOURNEY)
    user = ("--user", str(MANAGER))
    linted = run(world, "journey", "lint", "-", *user, text=journey, packages="")
    assert (linted.exit_code, linted.output) == (0, "No faults found.\n")
    imported = run(world, "journey", "import", "-", "--json", *user, text=journey, packages="")
    journey_id = str(json.loads(imported.output)["journey_id"])
    enabled = run(world, "journey", "enable", journey_id, *user, packages="")
    assert enabled.exit_code == 0, enabled.output


def test_the_examples_of_rules_are_rules():
    lines = [line for block in blocks("text", JOURNEY) for line in block.strip().splitlines()]
    read = [decode_criteria(yaml.safe_load(line)) for line in lines]
    forms = {type(rule) for tree in read for rule in rules(tree)}
    asked = {Rule, ListRule, TagRule, ActivityRule}
    assert forms == asked | {MessageRule, SentRule, JourneyRule, SegmentRule, SuppressionRule}


def test_the_example_of_a_recipe_is_one():
    (file,) = blocks("yaml", RECIPES)
    recipe = decode_recipe("hello", parse_text(file))
    for choices in ({"list": 1, "hello": 2}, {"list": 1, "hello": 2, "tag": 3}):
        steps = decode(filled(recipe, choices)).steps
        assert [step.action for step in steps] == ["SendEmail", "AddTag"][: len(choices) - 1]
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", RECIPES.read_text("utf-8"), re.M))
    assert {path.stem for path in (ROOT / "plugin" / "recipes").glob("*.yaml")} <= listed


def test_the_readmes_journey_has_no_faults(world: PageWorld):
    parts = (ROOT / "README.md").read_text("utf-8").split("```")[1::2]
    texts = [textwrap.dedent(f"   {part.removeprefix('yaml')}") for part in parts]
    (journey,) = [text for text in texts if "format: 1" in text]
    linted = run(world, "journey", "lint", "-", "--user", "1", text=journey, packages="")
    note = "Note: /steps/1: This list's autoresponders will not start: "  # as by SQL in this world
    said = [line for line in linted.output.splitlines() if not line.startswith(note)]
    assert (linted.exit_code, said) == (0, ["No faults found."])
