"""A new action is one file in a package of the admin's own: everything knows it then."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.app import build
from plugin.settings import Settings
from tests.cli.conftest import Journeys
from tests.world_host import CITY, HostSide

FOR = ("--user", 1)

SHOUT = '''
"""Write a word in capitals into the city of each person."""

from marshmallow import Schema, fields, validate

from plugin.domain.enrollment import Next
from plugin.engine.kinds import Action


class Shout(Action):
    """As loud as letters can be."""

    name = "Shout"
    label = "Shout"
    icon = "field"
    family = "data"
    example = {"word": "hey"}

    class Params(Schema):
        word = fields.String(required=True, validate=validate.Length(min=1, max=20))

    def summary(self, catalog):
        return f"Shout {self.params['word'].upper()}"

    def run(self, batch, work):
        loud = self.params["word"].upper()
        people = [person.subscriber_id for person in batch.subscribers.values()]
        work.host.set_field(batch.list_id, 3, dict.fromkeys(people, loud))
        return dict.fromkeys(batch.subscribers, Next({"said": loud}))
'''

JOURNEY = """
format: 1
name: Loud
trigger: {type: Manual}
steps: [{id: 1, action: Shout, params: {word: hello}}]
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A folder with one file, which can be imported while the test runs."""
    name = "loud_actions"
    (tmp_path / name).mkdir()
    (tmp_path / name / "shout.py").write_text(SHOUT)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for module in [m for m in sys.modules if m.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.fixture
def loud(journeys: Journeys, package: str) -> Journeys:
    journeys.environment["JOURNEYS_ACTION_PACKAGES"] = package
    return journeys


def test_without_the_setting_nobody_knows_it(journeys: Journeys, package: str):
    result = journeys("journey", "lint", "-", given=JOURNEY)
    assert result.exit_code == 1
    assert result.stdout == "/steps/0/action: No installed module declares “Shout”.\n"


def test_the_registry_knows_it_beside_our_own(loud: Journeys):
    services = build(Settings.from_mapping(loud.environment))
    assert "Shout" in services.actions
    assert "Wait" in services.actions
    assert services.actions.load("Shout", {"word": "hey"}).params == {"word": "hey"}


def test_lint_accepts_it_and_checks_its_settings(loud: Journeys):
    assert loud.does("journey", "lint", "-", *FOR, given=JOURNEY) == "No faults found.\n"
    result = loud("journey", "lint", "-", given=JOURNEY.replace("word:", "words:"))
    assert result.exit_code == 1
    assert "/steps/0/params/word: Missing data for required field." in result.stdout
    assert "/steps/0/params/words: Unknown field." in result.stdout


def test_the_executor_runs_it_and_the_history_tells_it(loud: Journeys, host: HostSide):
    journey_id = loud.data("journey", "import", "-", *FOR, given=JOURNEY)["journey_id"]
    loud.does("journey", "enable", journey_id, *FOR)
    ids = host.subscribe(3)
    services = build(Settings.from_mapping(loud.environment))
    services.enrolling.enroll(1, journey_id, 1, ids)
    assert services.executor.tick() == 3
    assert host.values(CITY) == dict.fromkeys(ids, "HELLO")
    assert "1 Shout  Shout HELLO  (3 passed)" in loud.does("journey", "show", journey_id, *FOR)
    told = loud.does("history", 1, *FOR)
    assert "Shout: Shout HELLO" in told
    assert "Said: HELLO" in told


def test_the_generated_docs_describe_it(package: str, tmp_path: Path):
    folder = tmp_path / "reference"
    command = ("docs", "--to", folder, "--package", package)
    said = Journeys().does(*command)
    assert said == f"Wrote 6 pages to {folder}.\n"
    page = (folder / "actions.md").read_text()
    section = page.partition("\n## Shout\n")[2].partition("\n## ")[0]
    assert "Write a word in capitals into the city of each person." in section
    assert "As loud as letters can be." in section
    assert "| `word` | text | required | length 1 to 20 |" in section
    assert "Example, shown as “Shout HEY”:" in section
    assert "\n## Wait\n" in page
    Journeys().does(*command, "--check")


def test_a_file_that_does_not_compile_is_told_in_one_line(
    journeys: Journeys, package: str, tmp_path: Path
):
    (tmp_path / package / "shout.py").write_text("class Shout(\n")
    journeys.environment["JOURNEYS_ACTION_PACKAGES"] = package
    message = journeys.refuses("journey", "lint", "-", given=JOURNEY)
    assert message.startswith(f"JOURNEYS_ACTION_PACKAGES: {package} is no package that can be")
