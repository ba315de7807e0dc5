"""Commands for the admin: how things stand, figures, and what is let go of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table

from plugin.cli.door import ACTOR, Door, door, json_option, shown, user_option
from plugin.cli.journeys import journey_argument
from plugin.engine.housekeeping_port import PARTS, Keeping, Part
from plugin.engine.reading import Dated, Health
from plugin.errors import NotFound
from plugin.routes import words
from plugin.storage.computing import Computing, Difference
from plugin.storage.previewing import expected

#: What each part of retention is about, and what its rows are called.
PART_WORDS = {
    "history": ("history, deliveries and data of passages that are over", "passages"),
    "tries": ("single tries of their deliveries", "tries"),
    "events": ("events that are done with", "events"),
    "tasks": ("tasks that are finished", "tasks"),
    "audit": ("the audit", "rows"),
    "sessions": ("sessions that nobody uses", "sessions"),
}
#: A week back, by default.
DAYS = timedelta(days=6)


@click.command()
@json_option
@door
def health(given: Door, as_json: bool) -> None:
    """Tell what waits, who is late and by how much, and which workers are alive."""
    found = given.services.reading.health()
    if as_json:
        given.give(asdict(found))
    else:
        for line in _health(found):
            given.say(line)


def _health(found: Health) -> Iterator[str]:
    lag = words.lasting(found.oldest_due_seconds)
    late = f", the first of them for {lag}" if found.due_now else ""
    yield f"Due now: {words.people(found.due_now)}{late}"
    if found.due_now:
        shares = [f"{p} %: {words.lasting(s)}" for p, s in found.lag_percentiles.items()]
        yield f"Lag by account: {', '.join(shares)}"
    yield f"Held: {words.people(found.held)}. Parked: {words.people(found.parked)}"
    for cause, n in sorted(found.parked_causes.items()):
        yield f"  {cause}: {words.number(n)}"
    yield f"Events waiting: {words.number(found.inbox_waiting)}"
    yield f"Deliveries waiting: {words.number(found.deliveries_waiting)}"
    for one in found.running:
        yield (
            f"Under way: {one.kind} of journey {one.journey_id} (user {one.user_id}),"
            f" {words.number(one.done)} of {words.people(one.people)}"
        )
    if found.outage is not None and found.outage.finished_at is None:
        yield f"Catching up since {found.outage.noticed_at:%Y-%m-%d %H:%M UTC}"
    for name, seen_at in found.workers:
        yield f"Worker {name}, seen {words.lasting((found.at - seen_at).total_seconds())} ago"
    if not found.workers:
        yield "No worker was seen: nobody moves. `journeys worker` starts one."


@click.group()
def figures() -> None:
    """Look at the figures of journeys, and compute them again from the history."""


@figures.command("show")
@journey_argument
@user_option()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day, UTC; a week back.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, UTC; today.")
@click.option("--version", type=click.IntRange(min=1), metavar="NUMBER", help="Of this version.")
@json_option
@door
def show(
    given: Door,
    /,
    journey_id: int,
    user_id: int,
    as_json: bool,
    version: int | None,
    **days: datetime | None,
) -> None:
    """Tell what was counted, by day, version, step and branch."""
    since, until = days["since"], days["until"]
    last = until.date() if until else datetime.now(UTC).date()
    span = (since.date() if since else last - DAYS, last)
    rows = given.services.reading.by_day(user_id, journey_id, span, version)
    if as_json:
        given.give([asdict(row) for row in rows])
    elif not rows:
        given.say(f"Nothing was counted from {span[0]} to {span[1]}.")
    else:
        given.console.print(_dated(rows))


def _dated(rows: Sequence[Dated]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Day", "Version", "Step", "Figure", "Remark", "Number"):
        table.add_column(heading, justify="right" if heading == "Number" else "left")
    for row in rows:
        version, step = row.version or "", row.step_id or ""
        texts = (row.counted_on, version, step, row.figure, row.remark, words.number(row.n))
        table.add_row(*(shown(str(text)) for text in texts))
    return table


@figures.command("rebuild")
@click.argument("journey_id", metavar="[JOURNEY]", type=click.IntRange(min=1), required=False)
@click.option("--all", "of_all", is_flag=True, help="Of every journey of every user.")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 where they differ.")
@door
@click.pass_context
def rebuild(
    ctx: click.Context, given: Door, journey_id: int | None, of_all: bool, check: bool
) -> None:
    """Compute the figures of a JOURNEY again, and correct those that differ.

    They are computed from where people are, the history and the deliveries, and from what was
    written down when old history was let go of. Refusals and results of steps are only counted.
    Workers may go on meanwhile.
    """
    if (journey_id is None) != of_all:
        raise click.UsageError("Name a JOURNEY, or --all.")
    computing = Computing(given.database, given.tables)
    known = [one for one in computing.journeys() if of_all or one[1] == journey_id]
    if not known:
        raise NotFound(f"There is no journey {journey_id}.")
    differ = 0
    for user_id, one in known:
        found = computing.differences(user_id, one)
        differ += len(found)
        for difference in found:
            given.say(_difference(one, difference))
        if found and not check:
            computing.correct(user_id, one, found, ACTOR)
    given.say(_outcome(differ, check))
    ctx.exit(1 if check and differ else 0)


def _difference(journey_id: int, d: Difference) -> str:
    at = f"step {d.step_id}" if d.step_id else "the whole journey"
    what = f"{d.figure} {d.remark}".rstrip()
    return f"Journey {journey_id}, {at}: {what} is counted as {d.counted} and is {d.meant}."


def _outcome(differ: int, check: bool) -> str:
    if not differ:
        return "The figures agree with the history."
    figures = "1 figure" if differ == 1 else f"{differ:,} figures"
    return f"{figures} {'would be' if check else 'were'} corrected."


@click.command()
@click.option("--preview", is_flag=True, help="Count, too, what workers will let go of by now.")
@json_option
@door
def retention(given: Door, preview: bool, as_json: bool) -> None:
    """Tell how long what is kept; workers let go of what is older, an hour after it is, at most.

    Nobody inside a journey is touched, nor who may enter again, nor any figure.
    """
    kept = Keeping(given.settings.kept_days)
    now = datetime.now(UTC)
    counted: Mapping[Part, int] = {}
    if preview:
        counted = expected(given.database, given.tables, kept, now)
    if as_json:
        days = {part: kept.days[part] for part in PARTS}
        given.give({"days": days, "expected": counted} if preview else {"days": days})
        return
    for part in PARTS:
        given.say(_kept(part, kept.days[part], counted))


def _kept(part: Part, days: int, counted: Mapping[Part, int]) -> str:
    text, unit = PART_WORDS[part]
    goes = f": {words.number(counted[part])} {unit} are older" if part in counted else ""
    return f"{text[0].upper()}{text[1:]}, {days:,} days{goes}."
