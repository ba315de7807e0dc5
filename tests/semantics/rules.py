"""The rules of docs/semantics.md, the tests that pin them, and the changes that break them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "semantics.md"
BREAKS = Path(__file__).with_name("breaks.toml")

_ROW = re.compile(r"^\| `(?P<id>[a-z0-9-]+)` \|.*\| (?P<tests>`[^|]*`) \|$")
_TEST = re.compile(r"`([a-z_/0-9]+\.py)::(test_\w+)`")


@dataclass(frozen=True)
class Rule:
    """`tests` are file (from the project's root) and function."""

    id: str
    tests: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Edit:
    """In `file`, `find` (which stands there once) becomes `replace`."""

    rule: str
    file: str
    find: str
    replace: str

    def applied_to(self, text: str) -> str:
        """Raises ValueError when `find` does not stand there exactly once."""
        if (times := text.count(self.find)) != 1:
            raise ValueError(f"{self.rule}: stands {times} times in {self.file}:\n{self.find}")
        return text.replace(self.find, self.replace)


@dataclass(frozen=True)
class Break:
    """Changes after which `rule` must fail: one, or several where two guards hold one rule."""

    rule: str
    edits: tuple[Edit, ...]


def rules() -> list[Rule]:
    """In the order of the page."""
    rows = (_ROW.match(line) for line in PAGE.read_text().splitlines())
    return [
        Rule(
            row["id"], tuple((f"tests/{file}", name) for file, name in _TEST.findall(row["tests"]))
        )
        for row in rows
        if row
    ]


def breaks() -> list[Break]:
    edits: dict[str, list[Edit]] = {}
    for entry in tomllib.loads(BREAKS.read_text())["break"]:
        edits.setdefault(entry["rule"], []).append(Edit(**entry))
    return [Break(rule, tuple(changes)) for rule, changes in edits.items()]


def rows_of_tables() -> int:
    """Lines of the page that stand in tables, heads and rules left out."""
    lines = PAGE.read_text().splitlines()
    return sum(line.startswith("| ") and not line.startswith("| rule |") for line in lines)


@cache
def functions_in(file: str) -> frozenset[str]:
    """The test functions that a file defines."""
    return frozenset(_functions(ast.parse((ROOT / file).read_text())))


def _functions(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name
