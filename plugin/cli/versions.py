"""`journeys journey update | discard | publish | versions | revert`: from draft to version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TextIO

import click
from rich.text import Text

from plugin.cli.door import ACTOR, Door, door, json_option, shown, user_option
from plugin.cli.journeys import file_argument, journey_argument
from plugin.domain.fates import Removed
from plugin.engine.publishing import Preview, Published
from plugin.routes import change_words, words
from plugin.routes.kind_words import Wording


@click.command()
@journey_argument
@file_argument
@user_option()
@click.option(
    "--revision",
    type=click.IntRange(min=1),
    metavar="N",
    help="Refuse when the draft is not at this revision any more. `show --json` tells it.",
)
@door
def update(given: Door, journey_id: int, file: TextIO, user_id: int, revision: int | None) -> None:
    """Replace a journey's draft by FILE (- for standard input). People inside notice nothing.

    Steps keep their ids; steps without one are new.
    """
    if revision is None:
        revision = given.services.reading.journey(user_id, journey_id).draft_revision
    editing, text = given.services.editing, file.read()
    made = editing.update_text(user_id, journey_id, text, ACTOR, revision)
    given.say(f"The draft is at revision {made}. {_how_to_publish(journey_id, user_id)}")


@click.command()
@journey_argument
@user_option()
@door
def discard(given: Door, journey_id: int, user_id: int) -> None:
    """Throw a journey's draft away: it is again what is published."""
    revision = given.services.editing.discard(user_id, journey_id, ACTOR)
    given.say(f"The draft is what is published, at revision {revision}.")


@click.command()
@journey_argument
@click.argument("number", metavar="VERSION", type=click.IntRange(min=1))
@user_option()
@door
def revert(given: Door, journey_id: int, number: int, user_id: int) -> None:
    """Make an old VERSION the draft of a journey. It is published like any other draft."""
    revision = given.services.editing.revert(user_id, journey_id, number, ACTOR)
    how = _how_to_publish(journey_id, user_id)
    given.say(f"Version {number} is the draft, at revision {revision}. {how}")


def _how_to_publish(journey_id: int, user_id: int) -> str:
    return f"`journeys journey publish {journey_id} --user {user_id}` publishes it."


@click.command()
@journey_argument
@user_option()
@json_option
@door
def versions(given: Door, journey_id: int, user_id: int, as_json: bool) -> None:
    """List a journey's versions, newest first: who published what when, and what changed."""
    rows = given.services.reading.versions(user_id, journey_id)
    if as_json:
        given.give([asdict(row) for row in rows])
        return
    wording = Wording(given.services, given.services.catalog(user_id))
    if not rows:
        given.say("Never published.")
    for row in rows:
        at = f"{row.published_at:%Y-%m-%d %H:%M:%S} UTC"
        live = ", live" if row.live else ""
        head = shown(f"Version {row.number}", "bold")
        given.say(head.append_text(shown(f"  {at} by {row.published_by}{live}", "dim")))
        for found in row.changes:
            given.say(f"  {change_words.change(found, wording)}")


removed_option = click.option(
    "--removed",
    type=click.Choice(["next", "exit"]),
    default="next",
    show_default=True,
    help="Where people go whose step is gone: to the next one below that is still there, or out.",
)


@click.command()
@journey_argument
@user_option()
@removed_option
@click.option("--preview", is_flag=True, help="Change nothing: say what would become of whom.")
@json_option
@door
def publish(
    given: Door, journey_id: int, user_id: int, removed: Removed, preview: bool, as_json: bool
) -> None:
    """Publish a journey's draft. People inside go over to it, whether it is on or off.

    With --preview exit code 1 says that the draft cannot be published.
    """
    of, services = (user_id, journey_id), given.services
    if not preview:
        done = services.publishing.publish(*of, ACTOR, removed)
        over = f" {words.people(done.people)} inside go over to it." if done.people else ""
        _give(given, done, as_json, [shown(f"Version {done.number} is published.{over}")])
        return
    found = services.publishing.preview(*of, removed)
    _give(given, found, as_json, _told(found, Wording(services, services.catalog(user_id))))
    click.get_current_context().exit(1 if found.problems else 0)


def _give(given: Door, found: Preview | Published, as_json: bool, lines: Iterable[Text]) -> None:
    if as_json:
        given.give(asdict(found))
        return
    for line in lines:
        given.say(line)


def _told(found: Preview, wording: Wording) -> Iterator[Text]:
    revision = f"the draft at revision {found.draft_revision}"
    yield shown(f"Version {found.number} would be {revision}.", "bold")
    for change in found.changes:
        yield shown(f"  {change_words.change(change, wording)}")
    yield shown(f"{words.people(found.people)} inside.", "bold")
    for going in found.goings:
        yield shown(f"  {change_words.going(going, wording)}")
    for problem in found.problems:
        yield shown(f"It cannot be published: {problem}", "red")


VERSIONS = (update, discard, publish, versions, revert)
