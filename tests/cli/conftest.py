"""A host on SQLite with Journeys beside it, and the `journeys` command as people call it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from plugin.cli import main
from plugin.hooks.signing import new_secret
from plugin.storage.database import make_engine
from plugin.storage.migrating import migrate
from tests.world_host import HostSide


@dataclass
class Journeys:
    """`journeys …` in this process, with the settings in `environment` and nothing else."""

    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: object, given: str | bytes | None = None) -> Result:
        """Run a command. Whatever is raised besides an orderly exit is the test's failure."""
        result = CliRunner().invoke(
            main, [str(a) for a in arguments], input=given, env=self.environment
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def does(self, *arguments: object, given: str | None = None) -> str:
        """Run a command that succeeds; answers what it printed."""
        result = self(*arguments, given=given)
        assert result.exit_code == 0, result.output
        return result.stdout

    def data(self, *arguments: object, given: str | None = None) -> Any:
        """The same, for its JSON."""
        return json.loads(self.does(*arguments, "--json", given=given))

    def refuses(self, *arguments: object, given: str | bytes | None = None) -> str:
        """Run a command that fails with exit code 1; answers its one message."""
        result = self(*arguments, given=given)
        assert (result.exit_code, result.stdout) == (1, ""), result.output
        assert result.stderr.startswith("Error: ")
        assert "Traceback" not in result.stderr
        return result.stderr.removeprefix("Error: ").rstrip("\n")


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Settings without fault, for a database file that does not exist yet."""
    return {
        "JOURNEYS_DATABASE_URL": f"sqlite:///{tmp_path / 'host.sqlite'}",
        "JOURNEYS_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "JOURNEYS_HOOK_SECRETS": new_secret(),
        "JOURNEYS_HANDOVER_SECRET": "a secret of the tests, long enough to be none to guess",
        "JOURNEYS_PUBLIC_URL": "https://host.example.com/",
    }


@pytest.fixture
def outside(settings: Mapping[str, str]) -> Journeys:
    """The command where there is no host yet, and where nothing is installed."""
    return Journeys(dict(settings))


def complete_host(url: str) -> HostSide:
    """A host without people; with those tables, too, that only the doctor looks at."""
    side = HostSide(url)
    side.create()
    side.fill()
    side.tables.metadata.create_all(side.engine)
    return side


@pytest.fixture(scope="session")
def made_host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a complete host with Journeys' tables beside it, to be copied."""
    path = tmp_path_factory.mktemp("host") / "host.sqlite"
    complete_host(f"sqlite:///{path}").close()
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine, "jny_")
    engine.dispose()
    assert not Path(f"{path}-wal").exists()  # all of it is in the file
    return path


@pytest.fixture
def host(settings: Mapping[str, str], made_host: Path) -> Iterator[HostSide]:
    """The host's tables, without people, and Journeys' tables beside them."""
    url = settings["JOURNEYS_DATABASE_URL"]
    copyfile(made_host, url.removeprefix("sqlite:///"))
    side = HostSide(url)
    yield side
    side.close()


@pytest.fixture
def journeys(host: HostSide, settings: Mapping[str, str]) -> Journeys:
    """The command where everything is in order."""
    return Journeys(dict(settings))


#: Decides, writes a field, and posts to an address that is refused at once.
WELCOME = """
format: 1
name: Welcome
trigger: {type: ListSubscription, params: {list_ids: [1]}}
steps:
  - id: 1
    action: Decision
    params: {criteria: {all: [{field: CustomField3, operator: is, value: Oslo}]}}
    branches:
      "true":
        - {id: 2, action: UpdateCustomFieldValue, params: {field: 4, value: gold}}
      "false": []
  - {id: 3, action: Webhook, params: {url: "http://127.0.0.1:9/hook"}}
"""


@pytest.fixture
def welcome() -> str:
    return WELCOME


@pytest.fixture
def welcome_id(journeys: Journeys, welcome: str) -> int:
    """The journey, imported and turned on."""
    journey_id: int = journeys.data("journey", "import", "-", "--user", 1, given=welcome)[
        "journey_id"
    ]
    journeys.does("journey", "enable", journey_id, "--user", 1)
    return journey_id
