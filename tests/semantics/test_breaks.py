"""Each rule of docs/semantics.md is guarded: broken on purpose, its test turns red.

A copy of the project is changed in one place, and the rule's test is run in it on SQLite.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.semantics.rules import ROOT, Break, breaks, rules

COPIED = ("plugin", "tests", "demo", "devtools", "migrations", "setup.cfg", "manifest.json")
SECONDS = 100
#: pytest's own words for how it ended.
ALL_PASSED, SOME_FAILED = 0, 1

TESTS = {rule.id: rule.tests for rule in rules()}


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is, to be broken and mended again."""
    place = tmp_path_factory.mktemp("broken")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            leave_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, place / name, ignore=leave_out)
        else:
            shutil.copy(source, place / name)
    return place


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    return subprocess.run(
        [sys.executable, *words],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def run_tests_of(rule: str, place: Path) -> subprocess.CompletedProcess[str]:
    tests = [f"{file}::{name}" for file, name in TESTS[rule]]
    options = ["-q", "-x", "-m", "not services", "-p", "no:randomly", "-p", "no:cacheprovider"]
    return run(place, "-m", "pytest", *options, *tests)


def test_a_copy_runs_its_own_code(copy: Path) -> None:
    done = run(copy, "-c", "import plugin; print(plugin.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(copy)


@pytest.mark.parametrize("one", breaks(), ids=lambda one: one.rule)
def test_the_test_of_a_broken_rule_turns_red(copy: Path, one: Break) -> None:
    whole = {edit.file: (copy / edit.file).read_text() for edit in one.edits}
    try:
        for edit in one.edits:
            file = copy / edit.file
            file.write_text(edit.applied_to(file.read_text()))
        done = run_tests_of(one.rule, copy)
    finally:
        for name, text in whole.items():
            (copy / name).write_text(text)
    assert done.returncode == SOME_FAILED, done.stdout + done.stderr
    assert "\nFAILED " in done.stdout, f"it cannot even be run:\n{done.stdout}"


@pytest.mark.parametrize("rule", {tests[0][0]: rule for rule, tests in TESTS.items()}.values())
def test_unbroken_the_tests_are_green(copy: Path, rule: str) -> None:
    """Else the redness of the others would say nothing. One rule of each file is enough."""
    done = run_tests_of(rule, copy)
    assert done.returncode == ALL_PASSED, done.stdout
