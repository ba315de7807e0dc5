"""A text that was read: which values it asks for, and what it becomes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from plugin.domain.merge_tags.places import Place
from plugin.domain.merge_tags.rendering import written
from plugin.domain.merge_tags.scopes import NOW
from plugin.domain.merge_tags.tree import If, Node, Nodes, Spin, Tag


@dataclass(frozen=True, slots=True)
class TagProblem:
    """Something that looks like a tag and is none. `position` counts characters from 0."""

    position: int
    text: str

    def __str__(self) -> str:
        return f"At character {self.position + 1}: {self.text}"


@dataclass(frozen=True, slots=True)
class Template:
    """A text that was read. What could not be understood is in `problems` and stays text."""

    parts: Nodes
    problems: tuple[TagProblem, ...] = ()

    @property
    def tags(self) -> frozenset[tuple[str, str]]:
        """Scope and name of each value that `render` may ask for; `NOW` is one of them."""
        found = list(_tags(self.parts))
        dated = any(helper.dated for tag in found for helper in tag.helpers)
        now = {NOW} if dated else frozenset()
        return frozenset((tag.scope, tag.name) for tag in found) | now

    @property
    def constant(self) -> bool:
        """Whether every output is the same."""
        return all(isinstance(part, str) for part in self.parts)

    def render(self, values: Mapping[tuple[str, str], object], place: Place, seed: str = "") -> str:
        """The text with its values; one that is missing, None or '' gives way to the fallback.

        Chance follows from `seed`: the same seed, the same output. Raises BadTemplate when the
        output is longer than 65,536 bytes of UTF-8.
        """
        return written(self.parts, values, place, seed)


def _tags(nodes: Iterable[Node]) -> Iterator[Tag]:
    for node in nodes:
        match node:
            case Tag():
                yield node
            case Spin():
                for variant in node.variants:
                    yield from _tags(variant)
            case If():
                yield node.condition.tag
                yield from _tags(node.then)
                yield from _tags(node.other)
            case _:
                pass
