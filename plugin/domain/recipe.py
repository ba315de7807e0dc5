"""Recipes: journeys with open choices, such as a list or an e-mail, to be made for an account.

In the journey of a recipe a value `$name` stands for what is chosen under that name: an id, a text
or a number. `$name.column` is the `CustomField<ID>` by which rules and dates call a field. A choice
may be optional: without it, every member of a list that needs it is left out, be it a step with
its branches, a rule or an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

ChoiceKind = Literal["list", "email", "field", "tag", "segment", "text", "number"]
#: What a field must hold: any text, or days.
FieldType = Literal["any", "date"]
Value = int | str

REFERENCE = re.compile(r"\$([a-z][a-z0-9_]*)(\.column)?\Z")


@dataclass(frozen=True, slots=True)
class Choice:
    """One open choice. `like`: parts of names, in lower case, that make a thing of the account the
    likely one. `of`: the choice of the list to which a field, tag or segment belongs. `default`: of
    a text, a number, or a field: then the column that is taken when no field is likely."""

    name: str
    kind: ChoiceKind
    label: str
    like: tuple[str, ...] = ()
    of: str | None = None
    field_type: FieldType = "any"
    optional: bool = False
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """`journey` is a document as plain data, with references to choices in it."""

    name: str  #: the file's: lower case, digits and hyphens
    title: str
    about: str
    choices: Mapping[str, Choice]
    journey: Mapping[str, Any]


def filled(recipe: Recipe, chosen: Mapping[str, Value]) -> dict[str, Any]:
    """The document as plain data. `chosen` has a value for all choices but optional ones."""
    made: dict[str, Any] = _filled(recipe.journey, chosen)
    return made


def references(data: Any) -> Iterator[tuple[str, bool]]:
    """Every reference in reading order: the name, and whether the column is meant."""
    match data:
        case str() if found := REFERENCE.match(data):
            yield found[1], found[2] is not None
        case Mapping():
            for value in data.values():
                yield from references(value)
        case list():
            for value in data:
                yield from references(value)
        case _:
            return


def _filled(data: Any, chosen: Mapping[str, Value]) -> Any:
    match data:
        case str() if found := REFERENCE.match(data):
            value = chosen[found[1]]
            return f"CustomField{value}" if found[2] and isinstance(value, int) else value
        case Mapping():
            return {key: _filled(value, chosen) for key, value in data.items()}
        case list():
            return [_filled(one, chosen) for one in data if _is_whole(one, chosen)]
        case _:
            return data


def _is_whole(data: Any, chosen: Mapping[str, Value]) -> bool:
    """Whether all is chosen that a member of a list needs by itself. Members of lists within it
    look after themselves; a list of plain values is one value."""
    match data:
        case str() if found := REFERENCE.match(data):
            return found[1] in chosen
        case Mapping():
            return all(_is_whole(value, chosen) for value in data.values())
        case list():
            return all(_is_whole(one, chosen) for one in data if not isinstance(one, Mapping))
        case _:
            return True
