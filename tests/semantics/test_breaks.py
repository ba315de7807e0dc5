"""Each rule of docs/semantics.md is guarded: broken on purpose, its test turns red.

A copy of the project is changed in one place, and the rule's test is run in it on SQLite.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.semantics.rules import ROOT, Break, breaks, rules

COPIED = ("plugin", "tests", "demo", "devtools", "migrations", "setup.cfg", "manifest.json")
SECONDS = 100
OPTIONS = ("-q", "-x", "-m", "not services", "-p", "no:randomly", "-p", "no:cacheprovider")
#: pytest's own words for how it ended.
ALL_PASSED, SOME_FAILED = 0, 1

TESTS = {rule.id: rule.tests for rule in rules()}


@dataclass(frozen=True)
class Copy:
    """The project as it is, to be broken and mended again, and who runs tests in it."""

    place: Path
    runner: subprocess.Popen[str]

    def run(self, *arguments: str) -> tuple[int, str]:
        """How pytest ended, and what it wrote."""
        assert self.runner.stdin and self.runner.stdout
        self.runner.stdin.write(json.dumps([SECONDS, *OPTIONS, *arguments]) + "\n")
        self.runner.stdin.flush()
        code, output = json.loads(self.runner.stdout.readline())
        return code, output

    def run_tests_of(self, rule: str) -> tuple[int, str]:
        return self.run(*(f"{file}::{name}" for file, name in TESTS[rule]))


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    place = tmp_path_factory.mktemp("broken")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            leave_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, place / name, ignore=leave_out)
        else:
            shutil.copy(source, place / name)
    # What is compiled is kept, and found to be old by the text itself: two texts of a file may
    # have the same size and second.
    made = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    subprocess.run([*made, *(name for name in COPIED if "." not in name)], cwd=place, check=True)
    with running(place) as runner:
        yield Copy(place, runner)


@contextmanager
def running(place: Path) -> Iterator[subprocess.Popen[str]]:
    environment = dict(os.environ)
    environment.pop("PYTEST_XDIST_WORKER", None)
    words = [sys.executable, str(Path(__file__).with_name("forking.py")), str(place)]
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as runner:
        yield runner


def test_a_copy_runs_its_own_code(copy: Copy) -> None:
    """Else nothing that is broken there would turn a test red."""
    test = copy.place / "test_where.py"
    test.write_text("import plugin, tests\n\ndef test_where():\n    print(plugin, tests)\n")
    code, output = copy.run("-s", test.name)
    assert code == ALL_PASSED, output
    assert output.count(str(copy.place / "plugin")) == 1
    assert output.count(str(copy.place / "tests")) == 1


@pytest.mark.parametrize("one", breaks(), ids=lambda one: one.rule)
def test_the_test_of_a_broken_rule_turns_red(copy: Copy, one: Break) -> None:
    whole = {edit.file: (copy.place / edit.file).read_text() for edit in one.edits}
    try:
        for edit in one.edits:
            file = copy.place / edit.file
            file.write_text(edit.applied_to(file.read_text()))
        code, output = copy.run_tests_of(one.rule)
    finally:
        for name, text in whole.items():
            (copy.place / name).write_text(text)
    assert code == SOME_FAILED, output
    assert "\nFAILED " in output, f"it cannot even be run:\n{output}"


@pytest.mark.parametrize("rule", {tests[0][0]: rule for rule, tests in TESTS.items()}.values())
def test_unbroken_the_tests_are_green(copy: Copy, rule: str) -> None:
    """Else the redness of the others would say nothing. One rule of each file is enough."""
    code, output = copy.run_tests_of(rule)
    assert code == ALL_PASSED, output
