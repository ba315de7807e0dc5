"""Files of recipes, as plain data, read strictly: what is not understood is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from plugin.domain.problems import Problems, escaped
from plugin.domain.recipe import Choice, ChoiceKind, FieldType, Recipe, references
from plugin.errors import InvalidDocument, Problem

FORMAT = 1
KINDS: tuple[str, ...] = get_args(ChoiceKind)

_KEYS = {"recipe", "title", "about", "choices", "journey"}
_CHOICE_KEYS = {"kind", "label", "like", "of", "type", "optional", "default"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}\Z")
#: Kinds of which each belongs to a list.
_OF_LISTS = ("field", "tag", "segment")


def decode_recipe(name: str, data: object) -> Recipe:
    """Raises InvalidDocument. The journey itself is checked when it has been made."""
    problems = Problems()
    if not isinstance(data, Mapping):
        raise InvalidDocument([Problem("", "A recipe is a mapping.")])
    _known(data, _KEYS, "", problems)
    if data.get("recipe") != FORMAT:
        problems.add("/recipe", f"The form of recipes is {FORMAT}.")
    title, about = (_text(data, key, "", problems) for key in ("title", "about"))
    choices = _choices(data.get("choices"), problems)
    journey = data.get("journey")
    if not isinstance(journey, Mapping):
        problems.add("/journey", "A recipe has a journey.")
        journey = {}
    _check_references(journey, choices, problems)
    if problems:
        raise InvalidDocument(problems.found)
    return Recipe(name, title, about, choices, journey)


def _choices(data: object, problems: Problems) -> dict[str, Choice]:
    if not isinstance(data, Mapping):
        problems.add("/choices", "Choices are a mapping of names.")
        return {}
    made: dict[str, Choice] = {}
    for name, given in data.items():
        path = f"/choices/{escaped(name)}"
        if not isinstance(name, str) or not _NAME.match(name) or not isinstance(given, Mapping):
            problems.add(path, "A choice is a mapping, and its name small letters, digits and _.")
            continue
        made[name] = _choice(name, given, path, problems)
    for name, choice in made.items():
        of = made.get(choice.of or "")
        if choice.of is not None and (of is None or of.kind != "list"):
            problems.add(f"/choices/{name}/of", "Name a choice that is a list.")
    return made


def _choice(name: str, data: Mapping[Any, Any], path: str, problems: Problems) -> Choice:
    _known(data, _CHOICE_KEYS, path, problems)
    kind: Any = data.get("kind")
    if kind not in KINDS:
        problems.add(f"{path}/kind", f"Known kinds: {', '.join(KINDS)}.")
        kind = "text"
    like = data.get("like", [])
    if not isinstance(like, list) or not all(isinstance(x, str) and x.islower() for x in like):
        problems.add(f"{path}/like", "Parts of names are a list of texts in small letters.")
        like = []
    type_ = data.get("type", "any")
    if type_ not in get_args(FieldType) or (type_ != "any" and kind != "field"):
        problems.add(f"{path}/type", "A field is of the type any or date; nothing else has a type.")
    of = data.get("of")
    if (of is not None) != (kind in _OF_LISTS):
        problems.add(f"{path}/of", "Fields, tags and segments are of a list; nothing else is.")
    optional = data.get("optional", False)
    if not isinstance(optional, bool):
        problems.add(f"{path}/optional", "Optional is true or false.")
    default = data.get("default")
    if not _suits(kind, default):
        problems.add(f"{path}/default", "A text, a number or a column of the kind's, or none.")
    label = _text(data, "label", path, problems)
    return Choice(name, kind, label, tuple(like), of, type_, bool(optional), default)


def _suits(kind: str, default: object) -> bool:
    """Texts and numbers must have a default: nothing else says what is meant."""
    match kind:
        case "text":
            return isinstance(default, str) and default != ""
        case "number":
            return type(default) is int
        case "field":
            return default is None or isinstance(default, str)
        case _:
            return default is None


def _check_references(
    journey: Mapping[str, Any], choices: Mapping[str, Choice], problems: Problems
) -> None:
    """Each names a choice, and each choice is named by one."""
    used: set[str] = set()
    for name, column in references(journey):
        used.add(name)
        choice = choices.get(name)
        if choice is None:
            problems.add("/journey", f"There is no choice {name}.")
        elif column and choice.kind != "field":
            problems.add("/journey", f"Only a field has a column, and {name} is none.")
    for name in sorted(_needed(journey)):
        if name in choices and choices[name].optional:
            text = f"{name} is optional, but stands where nothing can be left out."
            problems.add("/journey", text)
    for name in sorted(choices.keys() - used):
        problems.add(f"/choices/{name}", "Nothing in the journey needs this choice.")


def _needed(data: Any) -> Iterator[str]:
    """The choices that stand in no member of a list: such as are always needed."""
    match data:
        case str():
            yield from (name for name, _ in references(data))
        case Mapping():
            for value in data.values():
                yield from _needed(value)
        case list() if not any(isinstance(one, Mapping) for one in data):
            yield from (name for name, _ in references(data))
        case _:
            return


def _text(data: Mapping[Any, Any], key: str, path: str, problems: Problems) -> str:
    found = data.get(key)
    if isinstance(found, str) and found.strip():
        return " ".join(found.split())
    problems.add(f"{path}/{key}", "Say it in words.")
    return ""


def _known(data: Mapping[Any, Any], keys: set[str], path: str, problems: Problems) -> None:
    for key in data:
        if key not in keys:
            choices = ", ".join(sorted(keys))
            problems.add(f"{path}/{escaped(key)}", f"Unknown key. Known here: {choices}.")
