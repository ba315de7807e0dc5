"""`journeys why`: what was decided about one person, and why they did not get in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import asdict
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from plugin.cli.door import Door, door, json_option, shown, user_option
from plugin.cli.finding import by_email
from plugin.cli.telling import tell
from plugin.domain.catalog import Catalog
from plugin.domain.codec import encode
from plugin.engine.reading import PersonPage, Reported
from plugin.errors import CannotEvaluate, NotFound
from plugin.routes import words
from plugin.routes.kind_words import Wording

#: The last so many passages and events are told.
PASSAGES, EVENTS = 20, 50

#: What became of an event that did nothing, or has not yet.
FATES = {
    "new": "not looked at yet: `journeys worker` does",
    "no_journey": "no journey that was on waits for such an event",
    "automated": "a machine did it: that counts nowhere",
    "too_old": "told too late to let anybody in",
    "unknown_subscriber": "they were not on the list any more",
    "not_subscribed": "they had left the list again",
    "subscribed_again": "they had subscribed again since",
    "list_missing": "the list was gone",
    "loop": "journeys started one another in a circle",
    "entry_criteria": "held: the entry criteria cannot be asked for now",
}


@click.command()
@user_option()
@click.option("--email", metavar="ADDRESS", required=True, help="The person.")
@click.option(
    "--journey", "journey_id", type=click.IntRange(min=1), metavar="ID", help="This journey only."
)
@json_option
@door
def why(given: Door, user_id: int, email: str, journey_id: int | None, as_json: bool) -> None:
    """Tell why a person went the way they went, with the values seen, or did not get in.

    First their passages, step by step; then the events that were reported of them, with what came
    of each; then the journeys that let in nobody of that address and how those refuse.
    """
    pages = _passages(given, user_id, email, journey_id)
    events = _events(given, user_id, email)
    if not pages and not events:
        raise NotFound(f"Nothing is known of {email} among the lists of user {user_id}.")
    if as_json:
        told = [asdict(page) | {"document": encode(page.document)} for _, page in pages]
        given.give({"passages": told, "events": [asdict(event) for event in events]})
        return
    catalog = given.services.catalog(user_id)
    for _, page in pages:
        for line in tell(page, Wording(given.services, catalog)):
            given.say(line)
    for line in _told(events, catalog):
        given.say(line)
    been = {journey for journey, _ in pages}
    for text in _not_in(given, user_id, journey_id, been):
        given.say(text)


def _passages(
    given: Door, user_id: int, email: str, journey_id: int | None
) -> Sequence[tuple[int, PersonPage]]:
    """Each with its journey's id."""
    try:
        found = by_email(given, user_id, email, PASSAGES)
    except NotFound:
        return []
    reading = given.services.reading
    chosen = [ids for ids in found if journey_id in (None, ids[0])]
    return [(ids[0], reading.person(user_id, *ids)) for ids in chosen]


def _events(given: Door, user_id: int, email: str) -> Sequence[Reported]:
    """Of the rows with this address, on the lists of the user."""
    people = []
    with given.services.begin() as work:
        for list_id in work.host.catalog(user_id).lists:
            try:
                subscriber = work.host.find(list_id, email)
            except CannotEvaluate:
                continue
            if subscriber is not None:
                people.append((list_id, subscriber.subscriber_id))
    return given.services.reading.reported(user_id, people, EVENTS)


def _told(events: Sequence[Reported], catalog: Catalog) -> Iterator[Text]:
    if events:
        yield shown("Events", "bold")
    zone = ZoneInfo(catalog.zone)
    for event in events:
        at = event.occurred_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
        on = catalog.list_name(event.list_id)
        line = shown(f"  {at}  ", "dim").append_text(shown(f"{event.type} on {on}"))
        yield line.append_text(shown(f"  → {_fate(event, catalog)}", "cyan"))


def _fate(event: Reported, catalog: Catalog) -> str:
    if event.entered:
        names = [f"“{catalog.journey_name(i)}”" for i in dict.fromkeys(event.entered)]
        return "let them into " + ", ".join(names)
    if event.state == "routed":
        return "let them in nowhere: the journeys that wait for it refused, or have nobody to enter"
    known = FATES.get(event.reason or event.state)
    return known or words.plain(event.reason or event.state).lower()


def _not_in(given: Door, user_id: int, journey_id: int | None, been: Set[int]) -> Iterator[str]:
    """Of each journey that they are not in: whether it is on, whom it lets in, and whom it has
    refused so far. Refusals are counted by journey, not by person."""
    for row in given.services.reading.journeys(user_id):
        if journey_id not in (None, row.journey_id) or row.journey_id in been:
            continue
        page = given.services.reading.journey(user_id, row.journey_id)
        if row.status != "enabled":
            yield f"Not in “{row.name}”: it is {words.status(row.status).text.lower()}."
            continue
        reentry = words.reentry(page.document.reentry).lower()
        refused = [f"{n:,} {words.refusal(reason)}" for reason, n in page.refusals.items()]
        so_far = "; refused so far: " + ", ".join(refused) if refused else "; it has refused nobody"
        criteria = ", by entry criteria" if page.document.entry_criteria else ""
        yield f"Not in “{row.name}”: it lets people in {reentry}{criteria}{so_far}."
