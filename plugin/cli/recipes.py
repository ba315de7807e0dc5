"""`journeys recipes …`: journeys that come along, and one of them made for a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.table import Table

from plugin.cli.door import ACTOR, Door, door, json_option, shown, user_option
from plugin.domain.catalog import Catalog
from plugin.domain.recipe import Choice, Recipe, Value

_SHOWN_STEP = "  " * 2


@click.group()
def recipes() -> None:
    """Journeys that come along, to be made with your own lists and e-mails."""


@recipes.command("list")
@json_option
@door
def list_recipes(given: Door, as_json: bool) -> None:
    """List the recipes."""
    found = given.services.recipes.all()
    if as_json:
        given.give([{"name": r.name, "title": r.title, "about": r.about} for r in found])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Recipe", "Title", "About"):
        table.add_column(heading, no_wrap=heading == "Recipe")
    for recipe in found:
        table.add_row(*map(shown, (recipe.name, recipe.title, recipe.about)))
    given.console.print(table)


@recipes.command()
@click.argument("name")
@user_option(required=False)
@json_option
@door
def show(given: Door, name: str, user_id: int | None, as_json: bool) -> None:
    """Show what a recipe does and what is to be chosen; with --user, what would be taken."""
    book = given.services.recipes
    recipe = book.get(name)
    likely: Mapping[str, Value] = {}
    catalog = None
    if user_id is not None:
        likely = book.prepare(user_id, name, {}).chosen
        catalog = given.services.catalog(user_id)
    if as_json:
        given.give(asdict(recipe) | {"likely": dict(likely)})
        return
    given.console.print(shown(recipe.title, "bold"))
    given.say(recipe.about)
    for choice in recipe.choices.values():
        given.say(f"  {_choice(choice, likely, catalog)}")
    for line in _steps(recipe.journey["steps"], _SHOWN_STEP):
        given.say(line)


def _choice(choice: Choice, likely: Mapping[str, Value], catalog: Catalog | None) -> str:
    value = likely.get(choice.name)
    taken = "" if catalog is None else f": {_named(choice, value, catalog)}"
    left = " (may be left out)" if choice.optional else ""
    return f"{choice.name}, {choice.kind}: {choice.label}{left}{taken}"


def _named(choice: Choice, value: Value | None, catalog: Catalog) -> str:
    """What is chosen, as people call it."""
    match choice.kind, value:
        case _, None:
            return "none"
        case "list", int():
            return f"{value} “{catalog.list_name(value)}”"
        case "email", int():
            return f"{value} “{catalog.email_name(value)}”"
        case "tag", int():
            return f"{value} “{catalog.tag_name(value)}”"
        case "segment", int():
            return f"{value} “{catalog.segment_name(value)}”"
        case "field", int():
            return f"{value} “{catalog.label(f'CustomField{value}')}”"
        case _:
            return str(value)


def _steps(steps: Sequence[Mapping[str, Any]], indent: str) -> list[str]:
    lines: list[str] = []
    for step in steps:
        lines.append(f"{indent}{step['action']}: {step.get('notes', '')}")
        for name, body in step.get("branches", {}).items():
            lines.append(f"{indent}  {name}:")
            lines += _steps(body, f"{indent}    ")
    return lines


@click.command("from-recipe")
@click.argument("name")
@user_option()
@click.option("--list", "list_id", type=click.IntRange(min=1), help="The first list to be chosen.")
@click.option(
    "--email", "emails", type=click.IntRange(min=1), multiple=True, help="E-mails, in their order."
)
@click.option(
    "--choose", "choices", multiple=True, metavar="NAME=VALUE", help="Any choice by its name."
)
@json_option
@door
def from_recipe(given: Door, /, name: str, user_id: int, as_json: bool, **options: Any) -> None:
    """Make a journey of the recipe NAME; it is off at first. What is not chosen is guessed."""
    book = given.services.recipes
    recipe = book.get(name)
    chosen = _chosen(recipe, **options)
    prepared = book.prepare(user_id, name, chosen)
    journey_id = book.make(user_id, name, chosen, ACTOR)
    if as_json:
        given.give({"journey_id": journey_id, "chosen": dict(prepared.chosen)})
        return
    catalog = given.services.catalog(user_id)
    for choice in recipe.choices.values():
        value = prepared.chosen.get(choice.name)
        given.say(f"{choice.label}: {_named(choice, value, catalog)}")
    given.say(
        f"Made journey {journey_id}, which is off."
        f" `journeys journey enable {journey_id} --user {user_id}` turns it on."
    )


def _chosen(
    recipe: Recipe, list_id: int | None, emails: Sequence[int], choices: Sequence[str]
) -> dict[str, Value]:
    """The options as choices. More e-mails than the recipe has are a fault."""
    of_kind: dict[str, list[str]] = {"list": [], "email": []}
    for choice in recipe.choices.values():
        of_kind.setdefault(choice.kind, []).append(choice.name)
    chosen: dict[str, Value] = {}
    if list_id is not None:
        chosen[of_kind["list"][0]] = list_id
    if len(emails) > len(of_kind["email"]):
        raise click.UsageError(f"This recipe has {len(of_kind['email'])} e-mails to choose.")
    chosen |= dict(zip(of_kind["email"], emails, strict=False))
    for text in choices:
        name, is_one, value = text.partition("=")
        if not is_one:
            raise click.UsageError("Choose by NAME=VALUE.")
        known = recipe.choices.get(name)
        as_text = known is not None and known.kind == "text"
        chosen[name] = value if as_text or not value.isdecimal() else int(value)
    return chosen
