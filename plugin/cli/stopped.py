"""Commands about people who are held or parked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

import click
from rich.table import Table

from plugin.cli.door import ACTOR, Door, door, json_option, shown, user_option
from plugin.cli.journeys import journey_argument
from plugin.engine.reading import CauseGroup
from plugin.engine.tasks_port import Act, Order
from plugin.routes import words

DONE = {"retry": "tried again", "skip": "sent past the step", "end": "ended"}


@click.command()
@click.argument("journey_id", metavar="[JOURNEY]", type=click.IntRange(min=1), required=False)
@user_option()
@json_option
@door
def parked(given: Door, journey_id: int | None, user_id: int, as_json: bool) -> None:
    """List who is held or parked, by cause and step; of all journeys unless one is named."""
    groups = given.services.reading.stopped(user_id, journey_id)
    if as_json:
        given.give([asdict(group) for group in groups])
    elif not groups:
        given.say("Nobody is held or parked.")
    else:
        given.console.print(_groups(groups))


def _groups(groups: Sequence[CauseGroup]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Journey", "Step", "State", "Cause", "People", "Since", "Why"):
        table.add_column(heading, justify="right" if heading == "People" else "left")
    for g in groups:
        since = g.since.strftime("%Y-%m-%d %H:%M UTC")
        texts = (f"{g.journey_id} {g.journey_name}", str(g.step_id), words.state(g.state).text)
        more = (g.cause, words.number(g.people), since, g.cause_text)
        table.add_row(*map(shown, (*texts, *more)))
    return table


@click.command()
@click.argument("act", type=click.Choice(["retry", "skip", "end"]))
@journey_argument
@user_option()
@click.option(
    "--enrollment", "enrollment_id", type=click.IntRange(min=1), metavar="ID", help="One of them."
)
@click.option("--cause", metavar="CODE", help="All who are stopped for this cause.")
@click.option(
    "--step", "step_id", type=click.IntRange(min=1), metavar="ID", help="Of those, at this step."
)
@door
def redrive(
    given: Door,
    /,
    act: str,
    journey_id: int,
    user_id: int,
    **whom: Any,
) -> None:
    """Let people who are held or parked try the step again, SKIP it, or END.

    Name one by --enrollment, or all of a --cause as `journeys parked` shows it. Many are moved by
    the workers, a thousand at a time; `journeys tasks` tells how far they have come.
    """
    enrollment_id, cause, step_id = whom["enrollment_id"], whom["cause"], whom["step_id"]
    if (enrollment_id is None) == (cause is None):
        raise click.UsageError("Name one: an --enrollment, or a --cause.")
    redriving, kind = given.services.redriving, cast(Act, act)
    if enrollment_id is not None:
        redriving.one(user_id, journey_id, enrollment_id, kind, ACTOR)
        given.say(f"Enrollment {enrollment_id} is {DONE[act]}.")
        return
    order = Order(user_id, journey_id, kind, ACTOR, 0, cause, step_id)
    ordered = redriving.all(order)
    given.say(f"{words.people(ordered.people)} to be {DONE[act]}: task {ordered.task_id}.")
