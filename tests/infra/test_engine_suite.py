"""The rule that engine tests run alike on both databases is itself enforced."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]

CONFTEST = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import pytest
from tests.engine_suite import EngineSuite

def pytest_configure(config):
    config.pluginmanager.register(EngineSuite())

@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(request):
    return request.param
"""


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Run pytest on one engine test file with this text and these options."""
    pytester.makeconftest(CONFTEST)
    folder = pytester.mkdir("tests") / "engine"
    folder.mkdir()

    def run(text: str, *options: str) -> pytest.RunResult:
        (folder / "test_it.py").write_text(f"import pytest\n{text}")
        common = ("-p", "no:randomly", "-p", "no:cacheprovider", "--import-mode=importlib")
        start = pytester.runpytest_subprocess if "-n2" in options else pytester.runpytest_inprocess
        return start(*common, *options)

    return run


TWO = """
@pytest.mark.parametrize("size", [1, 2])
def test_size(database_url, size):
    assert size
"""


def test_equal_runs_are_counted_per_database(run):
    result = run(TWO)
    result.stdout.fnmatch_lines(
        ["engine suite: sqlite 2 passed, mariadb 2 passed, ids identical, 0 skipped"]
    )
    assert result.ret == 0


def test_a_run_on_one_database_alone_is_fine(run):
    result = run(TWO, "-k", "sqlite")
    result.stdout.fnmatch_lines(["engine suite: sqlite 2 passed, one database, 0 skipped"])
    assert result.ret == 0


def test_a_test_that_is_missing_on_one_database_fails_the_run(run):
    result = run(TWO, "-k", "sqlite or 2")
    result.stdout.fnmatch_lines(["*test_size[[]1] ran on sqlite but not on mariadb"])
    assert result.ret == 1


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["one process", "two processes"])
def test_a_skipped_engine_test_fails_the_run(run, options):
    skip = "def test_it(database_url):\n    if database_url == 'mariadb': pytest.skip('later')\n"
    result = run(skip, *options)
    result.stdout.fnmatch_lines(
        [
            "engine suite: sqlite 1 passed, mariadb 0 passed, ids identical, 1 skipped",
            "engine suite: *test_it[[]mariadb] was skipped",
        ]
    )
    assert result.ret == 1


def test_an_engine_test_without_a_database_fails_the_run(run):
    result = run("def test_it(): pass\n")
    result.stdout.fnmatch_lines(["engine suite: *test_it does not ask for database_url"])
    assert result.ret == 1


def test_a_failing_engine_test_still_fails_the_run(run):
    result = run("def test_it(database_url): assert database_url == 'sqlite'\n")
    result.stdout.fnmatch_lines(["engine suite: sqlite 1 passed, mariadb 0 passed, ids identical*"])
    assert result.ret == 1
