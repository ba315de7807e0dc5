"""What was opened and not yet closed while a text is read: conditions, wrappers, choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from plugin.domain.merge_tags.helpers import Helper
from plugin.domain.merge_tags.inside import wrapped
from plugin.domain.merge_tags.tree import Condition, If, Node, Nodes, Random, Spin, Tag

#: Conditions, wrappers and choices in one another.
MOST_LEVELS = 5

Kind = Literal["if", "case", "spin", "text"]


@dataclass(slots=True)
class Frame:
    """`bodies` are what came since the opening and since each separator; `marks` are the texts of
    the opening and the separators, for the case that it is never closed."""

    kind: Kind
    position: int
    marks: list[str]
    condition: Condition | None = None
    wrapper: Helper | None = None
    bodies: list[list[Node]] = field(default_factory=lambda: [[]])

    @property
    def body(self) -> list[Node]:
        return self.bodies[-1]

    def part(self, mark: str) -> None:
        """A separator: what follows is another body."""
        self.marks.append(mark)
        self.bodies.append([])

    def as_text(self) -> Iterator[Node]:
        """As if opening and separators were plain text."""
        for mark, body in zip(self.marks, self.bodies, strict=True):
            yield mark
            yield from body

    def closed(self, mark: str) -> Iterable[Node]:
        """What it has become. `mark` tells places of chance apart."""
        if self.condition is not None:
            then, *other = map(joined, self.bodies)
            return (If(self.condition, then, other[0] if other else ()),)
        if self.wrapper is not None:
            return _in_case(self.body, self.wrapper)
        return (Spin(tuple(map(joined, self.bodies)), mark),)


def joined(nodes: Iterable[Node]) -> Nodes:
    """Neighbouring texts become one; empty ones go."""
    found: list[Node] = []
    texts: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            texts.append(node)
        else:
            if text := "".join(texts):
                found.append(text)
            texts = []
            found.append(node)
    if text := "".join(texts):
        found.append(text)
    return tuple(found)


def _in_case(nodes: Iterable[Node], wrapper: Helper) -> Nodes:
    """A wrapper acts on what it encloses before that is made harmless for its place."""
    return tuple(_node_in_case(node, wrapper) for node in nodes)


def _node_in_case(node: Node, wrapper: Helper) -> Node:
    match node:
        case str():
            return wrapper.run(node, None)
        case Tag():
            return wrapped(node, wrapper)
        case Random():
            return replace(node, helpers=(*node.helpers, wrapper))
        case Spin():
            return replace(node, variants=tuple(_in_case(v, wrapper) for v in node.variants))
        case If():
            then, other = _in_case(node.then, wrapper), _in_case(node.other, wrapper)
            return replace(node, then=then, other=other)
