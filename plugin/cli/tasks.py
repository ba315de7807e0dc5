"""Commands about what was ordered for many people: how far it has come, pause, resume, cancel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from plugin.cli.door import ACTOR, Door, door, json_option, user_option
from plugin.engine.reading import TaskRow
from plugin.routes import words

#: What came of those whom an order to let many in has looked at, in this order.
FIGURES = {
    "entered": "entered",
    "refused": "refused by the re-entry rule",
    "turned_away": "refused by the entry criteria",
    "unfit": "do not fit the criteria of the order",
    "undecided": "cannot be told about",
}
_task = click.argument("task_id", metavar="TASK", type=click.IntRange(min=1))


@click.group(invoke_without_command=True)
@user_option(required=False)
@click.option(
    "--journey", "journey_id", type=click.IntRange(min=1), metavar="ID", help="Only of this one."
)
@json_option
@click.pass_context
def tasks(
    context: click.Context, user_id: int | None, journey_id: int | None, as_json: bool
) -> None:
    """Tell how far what was ordered for many people has come, newest first; or PAUSE, RESUME or
    CANCEL one of the orders."""
    if context.invoked_subcommand is not None:
        return
    if user_id is None:
        raise click.UsageError("Missing option '--user'.")
    given = context.find_object(Door)
    assert given is not None
    rows = given.services.reading.tasks(user_id, journey_id)
    if as_json:
        given.give([asdict(row) for row in rows])
        return
    for line in _tasks(rows):
        given.say(line)


def _tasks(rows: Sequence[TaskRow]) -> Iterator[str]:
    for row in rows:
        what = f"{row.kind}{f' of {row.cause}' if row.cause else ''}"
        far = f"{words.number(row.done)} of {words.number(row.people)}"
        told = f"{what} in journey {row.journey_id}, {far}, {_state(row)}, by {row.actor}"
        yield f"{row.task_id}: {told}{_figures(row)}"
        if row.halted_text:
            yield f"   {row.halted_text}"
    if not rows:
        yield "Nothing was ordered."


def _state(row: TaskRow) -> str:
    if row.error == "cancelled":
        return "cancelled"
    if row.error:
        return f"given up ({row.error})"
    if row.finished_at:
        return "done"
    return f"halted ({row.halted})" if row.halted else "under way"


def _figures(row: TaskRow) -> str:
    told = [f"{words.number(row.figures[name])} {FIGURES[name]}" for name in _told(row)]
    return f": {', '.join(told)}" if told else ""


def _told(row: TaskRow) -> Sequence[str]:
    return [name for name in FIGURES if row.figures.get(name)]


@click.command()
@_task
@user_option()
@door
def pause(given: Door, task_id: int, user_id: int) -> None:
    """Let a task rest after the batch that is under way, until somebody resumes it."""
    given.services.bulk.pause(user_id, task_id, ACTOR)
    given.say(f"Task {task_id} is paused.")


@click.command()
@_task
@user_option()
@door
def resume(given: Door, task_id: int, user_id: int) -> None:
    """Let a task go on that was paused, or that waits for something, at once."""
    given.services.bulk.resume(user_id, task_id, ACTOR)
    given.say(f"Task {task_id} goes on.")


@click.command()
@_task
@user_option()
@door
def cancel(given: Door, task_id: int, user_id: int) -> None:
    """End a task where it is. What it has done stays done."""
    given.services.bulk.cancel(user_id, task_id, ACTOR)
    given.say(f"Task {task_id} is cancelled.")


TASKS = (pause, resume, cancel)
