"""The import contracts of setup.cfg: each is broken on purpose, and the linter must say so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MODULES = (
    "cli/__init__",
    "testing",
    "worker",
    "jobs",
    "app",
    "routes/__init__",
    "hooks/__init__",
    "storage/__init__",
    "host/__init__",
    "wakeup",
    "engine/__init__",
    "engine/actions/__init__",
    "engine/actions/wait",
    "engine/actions/webhook",
    "engine/triggers/__init__",
    "engine/triggers/manual",
    "domain/__init__",
    "domain/program",
    "domain/codec",
    "settings",
    "errors",
)

RINGS = "Rings"
PURE = "The domain does no I/O"
NO_DRIVERS = "The engine meets the world through ports only"
KINDS = "A kind never imports another kind"
ALONE = "The product knows nothing of its demo"
KNOTS = "No cycles anywhere"

# Which module imports what, and the contract that this breaks.
BREAKS = [
    ("testing", "plugin.cli", RINGS),
    ("worker", "plugin.jobs", RINGS),
    ("app", "plugin.worker", RINGS),
    ("app", "plugin.jobs", RINGS),
    ("app", "plugin.cli", RINGS),
    ("routes/__init__", "plugin.storage", RINGS),
    ("hooks/__init__", "plugin.host", RINGS),
    ("storage/__init__", "plugin.host", RINGS),
    ("wakeup", "plugin.app", RINGS),
    ("engine/__init__", "plugin.storage", RINGS),
    ("domain/program", "plugin.engine", RINGS),
    ("errors", "plugin.domain", RINGS),
    ("errors", "plugin.settings", RINGS),
    ("domain/program", "plugin.settings", PURE),
    ("engine/__init__", "plugin.settings", NO_DRIVERS),
    ("domain/program", "sqlalchemy", PURE),
    ("domain/program", "marshmallow", PURE),
    ("engine/__init__", "requests", NO_DRIVERS),
    ("engine/actions/wait", "rq", NO_DRIVERS),
    ("engine/actions/webhook", "plugin.engine.actions.wait", KINDS),
    ("engine/triggers/manual", "plugin.engine.actions.wait", KINDS),
    ("app", "demo", ALONE),
    ("domain/program", "tests.oracles", ALONE),
]


# Every layer may look down, and the adapters and kinds may use what they are made for.
FINE = [
    ("cli/__init__", "plugin.worker"),
    ("jobs", "plugin.worker"),
    ("worker", "plugin.app"),
    ("app", "plugin.storage"),
    ("app", "plugin.wakeup"),
    ("storage/__init__", "sqlalchemy"),
    ("host/__init__", "plugin.domain.program"),
    ("routes/__init__", "plugin.engine"),
    ("engine/actions/wait", "plugin.engine"),
    ("engine/actions/wait", "marshmallow"),
    ("domain/codec", "plugin.domain.program"),
    ("domain/codec", "plugin.errors"),
    ("settings", "plugin.errors"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A package `plugin` with every layer, nothing in it, under the project's own contracts."""
    (tmp_path / "setup.cfg").write_text((ROOT / "setup.cfg").read_text())
    for name in ("__init__", *MODULES):
        path = tmp_path / "plugin" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def lint(tree: Path) -> str:
    """What the linter prints about this tree, as one line of words."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False
    )
    return " ".join(done.stdout.split()) + done.stderr


def add(tree: Path, module: str, target: str) -> None:
    with (tree / "plugin" / f"{module}.py").open("a") as file:
        file.write(f"import {target}\n")


def test_layers_that_keep_the_rules_break_nothing(tree: Path):
    for module, target in FINE:
        add(tree, module, target)
    assert "6 kept, 0 broken" in lint(tree)


@pytest.mark.parametrize(("module", "target", "contract"), BREAKS)
def test_an_import_that_a_contract_forbids_is_found(tree: Path, module, target, contract):
    add(tree, module, target)
    assert contract in lint(tree).split("Broken contracts")[1]


def test_two_modules_that_import_each_other_are_found(tree: Path):
    add(tree, "domain/program", "plugin.domain.codec")
    add(tree, "domain/codec", "plugin.domain.program")
    assert KNOTS in lint(tree).split("Broken contracts")[1]


def test_a_package_that_is_no_layer_is_found(tree: Path):
    (tree / "plugin" / "utils.py").touch()
    assert "utils" in lint(tree).split("Broken contracts")[-1]
    assert "0 broken" not in lint(tree)
