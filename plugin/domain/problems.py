"""Problems as people can use them: the first hundred, and then that there are more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from plugin.errors import Problem

MOST_PROBLEMS = 100
MORE = Problem("", "… and more. Mend these first, then look again.")


@dataclass(slots=True)
class Problems:
    """Collects what is wrong; `found` has MOST_PROBLEMS at most, and MORE when some were left."""

    found: list[Problem] = field(default_factory=list)

    def add(self, path: str, text: str) -> None:
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(Problem(path, text))
        elif len(self.found) == MOST_PROBLEMS:
            self.found.append(MORE)

    def __bool__(self) -> bool:
        return bool(self.found)


def first_of(problems: Iterable[Problem]) -> list[Problem]:
    """The first MOST_PROBLEMS, and MORE when there are others; those are not looked for."""
    found = list(islice(problems, MOST_PROBLEMS + 1))
    if len(found) > MOST_PROBLEMS:
        found[MOST_PROBLEMS] = MORE
    return found


def escaped(key: object) -> str:
    """A key as part of a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")
