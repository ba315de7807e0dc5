"""A small demo host on SQLite, with a bridge that keeps what it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from demo.bridge import HandOver, MenuItem
from demo.database import open_engine
from demo.events import Event
from demo.host import create_host
from demo.sample_account import DEMO_PASSWORD
from demo.sample_data import load
from demo.schema import HostTables, build_schema
from demo.signing import new_secret
from demo.users import User
from tests.conftest import empty_database

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class KeepingBridge:
    """A bridge without an add-on behind it: it remembers the events it was told."""

    events: list[Event] = field(default_factory=list)

    def menu(self, location: str, user: User) -> list[MenuItem]:
        return [MenuItem("octjourneys", "Journeys")] if location == "User.Campaigns" else []

    def hand_over(self, user: User, home: str) -> HandOver:
        return HandOver("/journeys/session", f"token of {user.username}")

    def report(self, events: Sequence[Event]) -> None:
        self.events += events


class Browser:
    """A Flask client that fills in the CSRF token of the page it looked at last."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def get(self, path: str, **options: object) -> TestResponse:
        return self._client.get(path, **options)

    def send(self, page: str, path: str, **values: object) -> TestResponse:
        """Loads `page`, then posts the values to `path` with the token found there."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert found, f"{page} has no form"
        return self._client.post(path, data={"csrf": found[1], **values})

    def log_in(self, username: str = "manager", password: str = DEMO_PASSWORD) -> TestResponse:
        return self.send("/login", "/login", username=username, password=password)


def addresses(database: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """One address, of an empty database of that kind that is gone afterwards."""
    if database == "sqlite":
        folder = request.getfixturevalue("tmp_path_factory").mktemp("shared")
        yield f"sqlite:///{folder / 'host.sqlite3'}"
    else:
        yield from empty_database(request.getfixturevalue("mariadb"))


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory) -> Path:
    """A database with the sample data, to be copied: that is quicker than to fill one anew."""
    path = tmp_path_factory.mktemp("demo") / "filled.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    load(engine, "oempro_", subscribers=300, now=NOW)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def engine(tmp_path) -> Iterator[Engine]:
    """An empty database."""
    engine = open_engine(f"sqlite:///{tmp_path / 'demo.sqlite3'}")
    yield engine
    engine.dispose()


@pytest.fixture
def tables(engine, tmp_path, filled_file) -> HostTables:
    """Fills `engine` with 300 subscribers."""
    copyfile(filled_file, tmp_path / "demo.sqlite3")
    return build_schema("oempro_")


@pytest.fixture
def bridge() -> KeepingBridge:
    return KeepingBridge()


@pytest.fixture
def secret() -> str:
    return new_secret()


@pytest.fixture(scope="session")
def templates(tmp_path_factory) -> FileSystemBytecodeCache:
    """Compiled templates, so that not every test compiles them anew."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(engine, tables, bridge, secret, templates) -> Flask:
    app = create_host(engine, tables.prefix, bridge, "session secret", lambda: secret)
    app.jinja_env.bytecode_cache = templates
    return app


@pytest.fixture
def browser(app) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def manager(browser) -> Browser:
    assert browser.log_in("manager").status_code == 302
    return browser
