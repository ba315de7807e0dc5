"""The rule for tests/engine: the same tests in every place, none left out, counts printed.

A place is a database with a host in it: see tests/engine/places.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import permutations

import pytest

#: In the order in which they are told.
DATABASES = ("sqlite", "sqlite_api", "mariadb", "mariadb_v4")
FOLDER = "tests/engine/"
BRACKETS = re.compile(r"\[(.*)\]$")


class EngineSuite:
    """A pytest plugin; the numbers it keeps are those of the process that prints the summary."""

    def __init__(self) -> None:
        #: test name without its database, per database
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.passed: dict[str, int] = defaultdict(int)
        self.skipped: set[str] = set()
        self.problems: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note on each engine test which database it is for; reports carry the note."""
        for item in items:
            if item.nodeid.startswith(FOLDER):
                params = item.callspec.params if hasattr(item, "callspec") else {}
                item.user_properties.append(("database", params.get("database_url", "none")))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once it has been called, or left out."""
        database = dict(report.user_properties).get("database")
        if database is None:
            return
        self.seen[str(database)].add(without(str(database), report.nodeid))
        self.skipped |= {report.nodeid} if report.skipped else set()
        self.passed[str(database)] += report.when == "call" and report.passed

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run when the rule is broken; a run that was cut short proves nothing."""
        worker = hasattr(session.config, "workerinput")
        if worker or session.shouldstop or session.shouldfail:
            return
        self.problems = self.find_problems()
        if self.problems and session.exitstatus in (0, 1):
            session.exitstatus = 1

    def find_problems(self) -> list[str]:
        """A sentence for each way in which the rule is broken."""
        found = [f"{name} was skipped" for name in sorted(self.skipped)]
        found += [f"{name} does not ask for database_url" for name in sorted(self.seen["none"])]
        ran = self.ran()
        for here, there in permutations(ran, 2):
            alone = sorted(self.seen[here] - self.seen[there])
            found += [f"{name} ran on {here} but not on {there}" for name in alone]
        return found

    def ran(self) -> list[str]:
        return [database for database in DATABASES if self.seen[database]]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the counts, and what is wrong."""
        ran = self.ran()
        if ran or self.problems:
            counts = [f"{database} {self.passed[database]} passed" for database in ran]
            same = len({frozenset(self.seen[database]) for database in ran}) == 1
            verdict = (
                ("ids identical" if same else "ids differ") if len(ran) > 1 else "one database"
            )
            terminalreporter.write_line(
                f"engine suite: {', '.join([*counts, verdict])}, {len(self.skipped)} skipped"
            )
        for problem in self.problems:
            terminalreporter.write_line(f"engine suite: {problem}", red=True)


def without(database: str, name: str) -> str:
    """The test's name without the database among its parameters."""
    match = BRACKETS.search(name)
    if match is None:
        return name
    parts = match.group(1).split("-")
    if database in parts:
        parts.remove(database)
    return name[: match.start()] + (f"[{'-'.join(parts)}]" if parts else "")
