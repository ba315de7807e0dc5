"""What tests may ask for: private servers, empty databases, a browser.

Each process that runs tests starts its own servers, when the first test asks for them; that takes
under a second. A server that is not installed is an error: tests are deselected by marker (see
`make quick`), never skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from devtools.process import ServerError, find_program
from devtools.servers import MariaDb, RedisServer, private_mariadb, private_redis
from tests.engine_suite import EngineSuite

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Found by what a test asks for, so that nobody has to remember the marker.
MARKER_OF_FIXTURE = {
    "mariadb": "services",
    "redis_server": "services",
    "chromium": "browser",
}
# Needs no server, and yet takes long: left out of `make quick`, never of `make test`.
THOROUGH = (
    "tests/cli/",
    "tests/engine/test_changeover_crashes.py",
    "tests/engine/test_crashes.py",
    "tests/engine/test_membership_crashes.py",
    "tests/engine/test_oracle.py",
    "tests/engine/test_run_on.py",
    "tests/engine/test_workers.py",
    "tests/hooks/test_transport_limits.py",
    "tests/host/test_gone.py",
    "tests/infra/",
    "tests/semantics/test_breaks.py",
    "tests/storage/test_reading_statements.py",
    "tests/contract/test_schema.py",
    "tests/unit/test_merge_tags_sizes.py",
    "tests/unit/test_strict_yaml.py",
    "tests/unit/test_waits_zones.py",
)
# A machine without a screen, without a network and often without a user but root.
BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
BROWSER_SECONDS = 15

hypothesis.settings.register_profile("journeys", deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "quick", hypothesis.settings.get_profile("journeys"), max_examples=20
)
hypothesis.settings.load_profile("journeys")

_database_numbers = count(1)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(EngineSuite(), "engine-suite")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        if item.nodeid.startswith(THOROUGH):
            item.add_marker("thorough")


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    """A running MariaDB server of our own. Kill one only that you started yourself."""
    with private_mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A running Redis server of our own; `redis_url` is an emptied one for each test."""
    with private_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Address of a Redis that holds nothing."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture
def mysql_url(mariadb: MariaDb) -> Iterator[str]:
    """SQLAlchemy's address of an empty MariaDB database, gone after the test."""
    yield from empty_database(mariadb)


@pytest.fixture(scope="module")
def module_mysql_url(mariadb: MariaDb) -> Iterator[str]:
    """The same for all tests of a module together."""
    yield from empty_database(mariadb)


def empty_database(server: MariaDb) -> Iterator[str]:
    name = f"test_{next(_database_numbers)}"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """SQLAlchemy's address of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'journeys.sqlite'}"


@pytest.fixture(
    params=["sqlite", pytest.param("mariadb", marks=pytest.mark.services)],
    ids=["sqlite", "mariadb"],
)
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once of each kind; every test under tests/engine asks for it."""
    fixture = {"sqlite": "sqlite_url", "mariadb": "mysql_url"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser's program."""
    path = find_program("chromium", "chromium-browser", "google-chrome")
    if path is None:
        raise ServerError("Chromium is not installed. Run `make services` as root.")
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER_OPTIONS))
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a browser window of its own: no cookies, gone after the test."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(BROWSER_SECONDS * 1000)
        yield context.new_page()
