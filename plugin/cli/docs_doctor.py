"""Reference page of the doctor: every finding that a check can make, read from the source."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType

from plugin.cli import checks as our_checks
from plugin.cli import doctor as command
from plugin.cli.docs_text import mark, page, table
from plugin.host import doctor as host_checks

_MODULES: Sequence[ModuleType] = (our_checks, command, host_checks)


def doctor_page() -> str:
    found = sorted({finding for module in _MODULES for finding in _findings(module)})
    parts = [
        f"## {id_}\n\n{table(('Level', 'Says', 'What to do'), rows)}"
        for id_, rows in _by_id(found).items()
    ]
    intro = (
        "What `journeys doctor` can find. Errors make it exit with code 1. `…` stands for what"
        " it saw. J0xx are about Journeys itself, J1xx about the host."
    )
    return page("Doctor", intro, *parts)


def _by_id(
    found: Sequence[tuple[str, str, str, str]],
) -> Mapping[str, Sequence[tuple[str, str, str]]]:
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for id_, level, says, hint in found:
        rows.setdefault(id_, []).append((mark(level), says, hint))
    return rows


def _findings(module: ModuleType) -> Iterator[tuple[str, str, str, str]]:
    """The arguments of each `Finding(…)` in the module's source."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            id_, level, says, *hint = map(_text, given)
            yield id_, level, says, hint[0] if hint else ""


def _text(node: ast.expr) -> str:
    """The text that an expression makes, `…` for what is known only when it runs."""
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=values):
            return "".join(map(_text, values))
        case _:
            return "…"
