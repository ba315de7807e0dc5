"""What a text consists of when it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plugin.domain.merge_tags.helpers import Helper

#: How a condition compares. `set` asks whether there is a value at all.
Comparison = Literal["set", "=", "!=", ">", "<", ">=", "<="]


@dataclass(frozen=True, slots=True)
class Tag:
    """One place for a value. `helpers` in the order in which they act.

    `raw`: not escaped for HTML. `breaks`: line ends become visible in HTML. `fallback` None: none.
    """

    scope: str
    name: str
    fallback: str | None = None
    raw: bool = False
    breaks: bool = False
    helpers: tuple[Helper, ...] = ()


@dataclass(frozen=True, slots=True)
class Random:
    """Made-up signs or names. `kind` as in `%Random:kind:length%`."""

    kind: str
    length: int
    mark: str
    helpers: tuple[Helper, ...] = ()


@dataclass(frozen=True, slots=True)
class Spin:
    """One of several variants."""

    variants: tuple[Nodes, ...]
    mark: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A question about one value. `operand` is fixed text."""

    tag: Tag
    comparison: Comparison
    operand: str = ""


@dataclass(frozen=True, slots=True)
class If:
    condition: Condition
    then: Nodes
    other: Nodes = ()


Node = str | Tag | Random | Spin | If
Nodes = tuple[Node, ...]
