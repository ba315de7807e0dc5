"""`journeys journey …`: look at journeys, take files in and out, turn them on and off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

import click
from rich.table import Table

from plugin.cli.door import ACTOR, Door, door, json_option, shown, user_option
from plugin.cli.outline import outline
from plugin.domain.codec import decode, encode
from plugin.engine.documents import Checker
from plugin.engine.overdue import MOST_HOURS, SPREAD_HOURS, Choice, How
from plugin.engine.reading import JourneyRow
from plugin.engine.texts import parse_text, to_json, to_yaml
from plugin.errors import InvalidDocument, Problem
from plugin.routes import words
from plugin.routes.kind_words import Wording

journey_argument = click.argument("journey_id", metavar="JOURNEY", type=click.IntRange(min=1))
file_argument = click.argument("file", metavar="FILE", type=click.File("r", encoding="utf-8"))


@click.group()
def journey() -> None:
    """Look at journeys, import and export them, turn them on and off."""


@journey.command("list")
@user_option()
@json_option
@door
def list_journeys(given: Door, user_id: int, as_json: bool) -> None:
    """List a user's journeys, last modified first."""
    rows = given.services.reading.journeys(user_id)
    if as_json:
        given.give([asdict(row) for row in rows])
    elif not rows:
        given.say(f"User {user_id} has no journeys. `journeys journey import` adds one.")
    else:
        given.console.print(_table(rows, Wording(given.services, given.services.catalog(user_id))))


def _table(rows: Sequence[JourneyRow], wording: Wording) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Id", "Journey", "Status", "Version", "Starts with"):
        table.add_column(heading, no_wrap=heading == "Id")
    for heading in ("Entered", "Inside", "Held", "Parked"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        texts = (
            str(row.journey_id),
            row.name,
            words.status(row.status).text,
            _version(row.live_number, row.draft_differs),
            wording.trigger(row.trigger).label,
            *map(words.number, (row.entered, row.active, row.held, row.parked)),
        )
        table.add_row(*map(shown, texts))
    return table


def _version(number: int | None, draft_differs: bool) -> str:
    if number is None:
        return "draft"
    return f"{number} + draft" if draft_differs else str(number)


@journey.command()
@journey_argument
@user_option()
@json_option
@door
def show(given: Door, journey_id: int, user_id: int, as_json: bool) -> None:
    """Show a journey's steps in words, with how many people are where."""
    page = given.services.reading.journey(user_id, journey_id)
    if as_json:
        given.give(asdict(page) | {"document": encode(page.document)})
        return
    wording = Wording(given.services, given.services.catalog(user_id))
    given.console.print(outline(page, wording))


@journey.command("import")
@file_argument
@user_option()
@json_option
@door
def import_file(given: Door, file: TextIO, user_id: int, as_json: bool) -> None:
    """Add a journey from FILE (JSON or YAML, - for standard input). It is off at first."""
    journey_id = given.services.authoring.import_text(user_id, file.read(), ACTOR)
    if as_json:
        given.give({"journey_id": journey_id})
        return
    given.say(
        f"Imported as journey {journey_id}, which is off."
        f" `journeys journey enable {journey_id} --user {user_id}` turns it on."
    )


@journey.command()
@journey_argument
@user_option()
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
    help="Both say the same.",
)
@door
def export(given: Door, journey_id: int, user_id: int, form: str) -> None:
    """Print a journey's draft as a file that `import` reads. Secrets go by name only."""
    document = given.services.authoring.export(user_id, journey_id)
    click.echo((to_yaml if form == "yaml" else to_json)(document).rstrip("\n"))


@journey.command()
@file_argument
@user_option(required=False)
@json_option
@door
@click.pass_context
def lint(ctx: click.Context, given: Door, file: TextIO, user_id: int | None, as_json: bool) -> None:
    """Say what is wrong with FILE (- for standard input), each fault with its place.

    With --user also what keeps that user from turning it on, such as lists and fields that are
    not there, and notes on what is good to know. Exit code 1 when there is a fault.
    """
    problems, notes = _problems(given, file.read(), user_id)
    if as_json:
        given.give([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            given.say(str(problem))
        for note in notes:
            given.say(f"Note: {note}")
        if not problems:
            given.say("No faults found.")
    ctx.exit(1 if problems else 0)


def _problems(
    given: Door, text: str, user_id: int | None
) -> tuple[Sequence[Problem], Sequence[Problem]]:
    """Faults, and notes."""
    services = given.services
    checker = Checker(services.actions, services.triggers)
    try:
        document = decode(parse_text(text))
    except InvalidDocument as wrong:
        return wrong.problems, ()
    if user_id is None:
        return checker.shape(document), ()
    with services.begin() as work:
        problems = services.publishing.faults(work, user_id, document)
    return problems, checker.notes(document, services.catalog(user_id))


@journey.command()
@journey_argument
@user_option()
@click.option(
    "--overdue",
    type=click.Choice(["now", "spread", "skip", "end"]),
    help="What becomes of those whose time came meanwhile. Unless named: now, and spread over an"
    " hour if they are more than 100.",
)
@click.option(
    "--hours",
    type=click.IntRange(1, MOST_HOURS),
    default=SPREAD_HOURS,
    show_default=True,
    metavar="N",
    help="With `--overdue spread`: over so many hours.",
)
@click.option("--preview", is_flag=True, help="Only say who is overdue, by step.")
@door
def enable(
    given: Door, journey_id: int, user_id: int, overdue: How | None, hours: int, preview: bool
) -> None:
    """Publish a journey's draft and let people in; those inside go on."""
    if preview:
        found = given.services.reading.overdue(user_id, journey_id)
        for step_id, people in sorted(found.items()):
            given.say(f"Step {step_id}: {words.people(people)} overdue.")
        if not found:
            given.say("Nobody is overdue.")
        return
    choice = Choice(overdue, hours) if overdue else None
    given.services.authoring.enable(user_id, journey_id, ACTOR, choice)
    given.say(_state(given, user_id, journey_id, "on. People enter from now on"))


@journey.command()
@journey_argument
@user_option()
@door
def disable(given: Door, journey_id: int, user_id: int) -> None:
    """Let nobody in; people inside freeze where they stand until it is turned on again."""
    given.services.authoring.disable(user_id, journey_id, ACTOR)
    inside = given.services.reading.inside(user_id, journey_id).people
    frozen = f"off. {words.people(inside)} inside, frozen where they stand"
    given.say(_state(given, user_id, journey_id, frozen))


@journey.command()
@journey_argument
@user_option()
@door
def archive(given: Door, journey_id: int, user_id: int) -> None:
    """Turn a journey off and put it out of sight; people inside leave as `archived`."""
    inside = given.services.reading.inside(user_id, journey_id).people
    given.services.archiving.archive(user_id, journey_id, ACTOR)
    leave = f"{words.people(inside)} inside, who leave"
    given.say(_state(given, user_id, journey_id, f"archived. {leave}"))


@journey.command()
@journey_argument
@user_option()
@door
def restore(given: Door, journey_id: int, user_id: int) -> None:
    """Bring an archived journey back into sight. It is off, and nobody is inside."""
    given.services.archiving.restore(user_id, journey_id, ACTOR)
    given.say(_state(given, user_id, journey_id, "back, and off"))


@journey.command()
@journey_argument
@user_option()
@click.option("--preview", is_flag=True, help="Only say what would be lost.")
@door
def delete(given: Door, journey_id: int, user_id: int, preview: bool) -> None:
    """Delete an archived journey for good, with its people's history."""
    name = given.services.reading.journey(user_id, journey_id).name
    weight = given.services.reading.weight(user_id, journey_id)
    lost = (
        f"{words.number(weight.people)} passages, {words.number(weight.lines)} lines of history,"
        f" {words.number(weight.deliveries)} deliveries, {words.number(weight.versions)} versions"
    )
    if preview:
        given.say(f"With “{name}” go {lost}.")
        return
    given.services.archiving.delete(user_id, journey_id, ACTOR)
    given.say(f"“{name}” is being deleted, with {lost}.")


def _state(given: Door, user_id: int, journey_id: int, now: str) -> str:
    page: Any = given.services.reading.journey(user_id, journey_id)
    return f"“{page.name}” is {now}."
