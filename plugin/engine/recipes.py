"""The recipes that come along, and journeys made of them with what an account has.

Where nothing is chosen, the likely thing is taken: by its name, else the first that will do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

from plugin.domain.catalog import SUBSCRIBER_COLUMNS, Catalog
from plugin.domain.recipe import Choice, Recipe, Value, filled
from plugin.domain.recipe_codec import decode_recipe
from plugin.engine.texts import parse_text
from plugin.errors import InvalidDocument, NotFound, Problem

#: Where the files are: a folder of data beside this package.
_FOLDER = "plugin", "recipes"
_SUFFIX = ".yaml"
_WANTED = {
    "list": "a list",
    "email": "an e-mail",
    "field": "a field",
    "tag": "a tag",
    "segment": "a segment",
    "text": "a text",
    "number": "a whole number",
}
_DATE_FIELD = "Date field"


class Importing(Protocol):
    """What of engine.services.Authoring is needed."""

    def import_text(self, user_id: int, text: str, actor: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recipe with what is chosen. `lacking`: what an account must have before it can be made."""

    recipe: Recipe
    chosen: Mapping[str, Value]
    lacking: Sequence[Problem]


class RecipeBook:
    """`catalog`: what a host user has. All verbs are for one user."""

    def __init__(self, catalog: Callable[[int], Catalog], authoring: Importing) -> None:
        self._catalog, self._authoring = catalog, authoring

    def all(self) -> Sequence[Recipe]:
        """By title."""
        return sorted(_book().values(), key=lambda recipe: recipe.title)

    def get(self, name: str) -> Recipe:
        """Raises NotFound."""
        try:
            return _book()[name]
        except KeyError:
            known = ", ".join(sorted(_book()))
            raise NotFound(f"There is no recipe “{name}”. There are: {known}.") from None

    def prepare(self, user_id: int, name: str, given: Mapping[str, Value]) -> Prepared:
        """What is given, and the likely things for the rest.

        Raises NotFound; InvalidDocument for a choice that the recipe does not have, or a value of
        the wrong kind. Whether the account has what is given is said when the journey is checked.
        """
        recipe = self.get(name)
        catalog = self._catalog(user_id)
        if wrong := list(_wrong(recipe, given)):
            raise InvalidDocument(wrong)
        chosen = dict(given)
        lacking: list[Problem] = []
        for choice in recipe.choices.values():
            if choice.name in chosen:
                continue
            likely = _likely(choice, catalog, recipe, chosen)
            if likely is not None:
                chosen[choice.name] = likely
            elif not choice.optional:
                text = f"{choice.label}: the account has no such {choice.kind}. Make one first."
                lacking.append(Problem(f"/choices/{choice.name}", text))
        return Prepared(recipe, chosen, lacking)

    def text(self, user_id: int, name: str, given: Mapping[str, Value]) -> str:
        """The journey as a document in JSON. Raises as `prepare`, and InvalidDocument when the
        account lacks something."""
        prepared = self.prepare(user_id, name, given)
        if prepared.lacking:
            raise InvalidDocument(prepared.lacking)
        return json.dumps(filled(prepared.recipe, prepared.chosen), ensure_ascii=False)

    def make(self, user_id: int, name: str, given: Mapping[str, Value], actor: str) -> int:
        """Add the journey, turned off; answers its id. Raises as `text`."""
        return self._authoring.import_text(user_id, self.text(user_id, name, given), actor)


@lru_cache(maxsize=1)
def _book() -> Mapping[str, Recipe]:
    """Every recipe by its name. Raises InvalidDocument for a file that is none."""
    package, folder = _FOLDER
    found: dict[str, Recipe] = {}
    for file in files(package).joinpath(folder).iterdir():
        if file.name.endswith(_SUFFIX):
            name = file.name.removesuffix(_SUFFIX)
            found[name] = decode_recipe(name, parse_text(file.read_text("utf-8")))
    return found


def _wrong(recipe: Recipe, given: Mapping[str, Value]) -> Iterator[Problem]:
    for name, value in given.items():
        choice = recipe.choices.get(name)
        if choice is None:
            known = ", ".join(recipe.choices)
            yield Problem(f"/choices/{name}", f"Unknown choice. This recipe has: {known}.")
        elif not _fits(choice, value):
            yield Problem(f"/choices/{name}", f"Choose {_WANTED[choice.kind]}.")


def _fits(choice: Choice, value: Value) -> bool:
    """A field may be a column that every subscriber has, by its name."""
    if choice.kind == "text":
        return isinstance(value, str) and value != ""
    if choice.kind == "field" and isinstance(value, str):
        return value in SUBSCRIBER_COLUMNS
    return type(value) is int and value > 0


def _likely(
    choice: Choice, catalog: Catalog, recipe: Recipe, chosen: Mapping[str, Value]
) -> Value | None:
    """The thing of the account that is meant, most likely; None when there is none."""
    if choice.kind in ("text", "number"):
        return choice.default
    names = dict(_candidates(choice, catalog, chosen))
    if choice.kind == "list":
        names = _with_fields(names, choice, catalog, recipe) or names
    fitting = [i for part in choice.like for i, name in names.items() if part in name.lower()]
    # Two e-mails of one recipe are two different ones, if there are so many.
    taken = {v for n, v in chosen.items() if recipe.choices[n].kind == choice.kind}
    fresh = [i for i in fitting if i not in taken]
    if choice.optional or choice.default is not None:
        return fresh[0] if fresh else choice.default
    in_turn = [*fresh, *(i for i in names if i not in taken), *names]
    return in_turn[0] if in_turn else None


def _with_fields(
    names: Mapping[int, str], choice: Choice, catalog: Catalog, recipe: Recipe
) -> dict[int, str]:
    """Those lists that have what must be chosen of them."""
    needed = [
        one
        for one in recipe.choices.values()
        if one.of == choice.name and not one.optional and one.default is None
    ]
    return {
        i: name
        for i, name in names.items()
        if all(any(_candidates(one, catalog, {choice.name: i})) for one in needed)
    }


def _candidates(
    choice: Choice, catalog: Catalog, chosen: Mapping[str, Value]
) -> Iterator[tuple[int, str]]:
    """What the account has of the kind, by id with its name."""
    if choice.kind == "list":
        yield from ((i, one.name) for i, one in catalog.lists.items())
    elif choice.kind == "email":
        yield from catalog.emails.items()
    elif choice.of is not None:
        yield from _of_list(choice, catalog, chosen.get(choice.of))


def _of_list(choice: Choice, catalog: Catalog, list_id: Value | None) -> Iterator[tuple[int, str]]:
    """Fields, tags and segments of the chosen list; fields of the account are of every list."""
    if choice.kind == "tag":
        tags = catalog.tags.values()
        yield from ((tag.tag_id, tag.name) for tag in tags if tag.list_id == list_id)
    elif choice.kind == "segment":
        for segment in catalog.segments.values():
            if segment.list_id == list_id and segment.readable:
                yield segment.segment_id, segment.name
    else:
        for field in catalog.fields.values():
            right = choice.field_type == "any" or field.kind == _DATE_FIELD
            if right and field.list_id in (list_id, None):
                yield field.field_id, field.name
