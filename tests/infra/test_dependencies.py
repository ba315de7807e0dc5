"""Dependencies: everything that is imported is declared, locked and installed as locked."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from devtools import lock

ROOT = Path(__file__).resolve().parents[2]
OURS = {"bench", "demo", "devtools", "migrations", "plugin", "tests"}
# Exists for the type checker only.
STUBS = {"_typeshed"}
PINS = re.compile(r"^([a-z0-9-]+)==(\S+)$", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return dict(PINS.findall(path.read_text()))


def imported_by(*folders: str) -> dict[str, set[str]]:
    """The foreign packages that these folders import, each with the files that do."""
    found: dict[str, set[str]] = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in (name.partition(".")[0] for name in names):
                if name not in OURS | STUBS and name not in sys.stdlib_module_names:
                    found.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    return found


def undeclared(found: dict[str, set[str]], locked: set[str]) -> dict[str, set[str]]:
    owners = packages_distributions()
    return {
        name: files
        for name, files in found.items()
        if not {lock.canonicalize_name(owner) for owner in owners.get(name, ())} & locked
    }


def test_the_product_and_its_demo_import_only_what_their_lock_file_holds():
    assert undeclared(imported_by("plugin", "migrations", "demo"), set(pins(lock.LOCK))) == {}


def test_tests_and_tools_import_only_what_the_lock_files_hold():
    both = {*pins(lock.LOCK), *pins(lock.DEV_LOCK)}
    assert undeclared(imported_by("tests", "bench", "devtools"), both) == {}


def test_what_is_installed_is_what_is_locked():
    locked = {**pins(lock.LOCK), **pins(lock.DEV_LOCK)}
    assert {name: version(name) for name in locked} == locked


def test_the_lock_files_are_what_make_lock_would_write():
    assert {path: path.read_text() for path in lock.texts()} == lock.texts()


def test_a_lock_file_holds_versions_and_nothing_else():
    for path in (lock.LOCK, lock.DEV_LOCK):
        body = path.read_text().splitlines()[1:]
        assert body, path
        assert [line for line in body if not PINS.fullmatch(line)] == []


@pytest.mark.parametrize("asked", ["no-such-package-anywhere", "flask<1"])
def test_a_requirement_that_is_not_met_here_cannot_be_locked(asked):
    with pytest.raises(LookupError, match=re.escape(asked)):
        lock.closure([asked])
