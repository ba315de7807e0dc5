"""Commands about people: enroll them by hand, and tell what happened to them and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import IO, Any

import click

from plugin.cli.door import ACTOR, Door, door, json_option, user_option
from plugin.cli.finding import by_email, by_enrollment
from plugin.cli.journeys import journey_argument
from plugin.cli.telling import tell
from plugin.domain.codec import encode
from plugin.domain.criteria import Criteria
from plugin.domain.criteria_codec import decode_criteria
from plugin.engine.bulk import Wish
from plugin.engine.texts import parse_text
from plugin.errors import NotFound
from plugin.routes import words
from plugin.routes.kind_words import Wording

#: Of one address, the last so many passages through journeys are told.
PASSAGES = 20


@click.command()
@journey_argument
@user_option()
@click.option(
    "--list",
    "lists",
    multiple=True,
    type=click.IntRange(min=1),
    required=True,
    metavar="ID",
    help="The list on which they stand; several with --all or --criteria.",
)
@click.option(
    "--subscriber",
    "ids",
    multiple=True,
    type=click.IntRange(min=1),
    metavar="ID",
    help="A subscriber of that list, by id.",
)
@click.option(
    "--email",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help="A subscriber of that list, by address.",
)
@click.option("--all", "everybody", is_flag=True, help="Everybody who is Subscribed.")
@click.option(
    "--criteria",
    type=click.File("r", encoding="utf-8"),
    metavar="FILE",
    help="All who are Subscribed and fit these criteria (YAML or JSON), - for standard input.",
)
@click.option("--preview", is_flag=True, help="Only tell how many of them there are by now.")
@door
def enroll(given: Door, /, journey_id: int, user_id: int, **whom: Any) -> None:
    """Let subscribers of a list into an enabled journey, by its own re-entry rule.

    Name them by --subscriber or --email, each as often as you like. Or let in many: --all, or all
    who fit --criteria. The workers do that in batches; `journeys tasks` tells how far they have
    come.
    """
    lists, ids, addresses = whom["lists"], whom["ids"], whom["addresses"]
    many = whom["everybody"] + (whom["criteria"] is not None)
    if many + bool(ids or addresses) != 1:
        text = "Name somebody by --subscriber or --email, or all by --all or --criteria."
        raise click.UsageError(text)
    if many:
        wish = Wish(lists, _criteria(whom["criteria"]), ACTOR)
        _many(given, (user_id, journey_id), wish, whom["preview"])
    elif len(lists) > 1 or whom["preview"]:
        raise click.UsageError("Several lists and --preview go with --all or --criteria.")
    else:
        _few(given, (user_id, journey_id), lists[0], ids, addresses)


def _criteria(file: IO[str] | None) -> Criteria | None:
    return decode_criteria(parse_text(file.read())) if file is not None else None


def _many(given: Door, journey: tuple[int, int], wish: Wish, preview: bool) -> None:
    if not preview:
        ordered = given.services.bulk.order(*journey, wish)
        given.say(f"{words.people(ordered.people)} to be looked at: task {ordered.task_id}.")
        return
    seen = given.services.bulk.preview(*journey, wish)
    given.say(
        f"{words.people(seen.on_lists)} subscribed; of {words.number(seen.looked_at)} looked at,"
        f" {words.number(seen.fit)} fit by now"
        + (f", {words.number(seen.undecided)} cannot be told about." if seen.undecided else ".")
    )


def _few(
    given: Door,
    journey: tuple[int, int],
    list_id: int,
    ids: Sequence[int],
    addresses: Sequence[str],
) -> None:
    user_id, journey_id = journey
    found = _ids(given, user_id, list_id, addresses)
    enrolled = given.services.enrolling.enroll(user_id, journey_id, list_id, [*ids, *found])
    unknown = enrolled.unknown + len(set(addresses)) - len(found)
    others = [
        (enrolled.turned_away, "refused by the entry criteria"),
        (enrolled.undecided, "cannot be told about yet: try again when the rules can be asked"),
    ]
    given.say(
        f"{enrolled.entered} entered, {enrolled.refused} refused by the re-entry rule,"
        + "".join(f" {n} {what}," for n, what in others if n)
        + f" {unknown} not on list {list_id}."
    )


def _ids(given: Door, user_id: int, list_id: int, addresses: Sequence[str]) -> Sequence[int]:
    """The subscribers with these addresses; one statement for each."""
    with given.services.begin() as work:
        if work.host.owners([list_id]).get(list_id) != user_id:
            raise NotFound(f"There is no list {list_id}.")
        found = [work.host.find(list_id, address) for address in dict.fromkeys(addresses)]
    return [subscriber.subscriber_id for subscriber in found if subscriber]


@click.command()
@click.argument("enrollment_id", metavar="[ENROLLMENT]", type=click.IntRange(min=1), required=False)
@click.option("--email", metavar="ADDRESS", help="Tell all passages of this person instead.")
@user_option()
@json_option
@door
def history(
    given: Door, enrollment_id: int | None, email: str | None, user_id: int, as_json: bool
) -> None:
    """Tell what happened to somebody: every step and why, each rule with the value seen."""
    if (enrollment_id is None) == (email is None):
        raise click.UsageError("Name one: an ENROLLMENT, or a person by --email.")
    found = (
        by_enrollment(given, user_id, enrollment_id)
        if enrollment_id is not None
        else by_email(given, user_id, email or "", PASSAGES)
    )
    pages = [given.services.reading.person(user_id, *ids) for ids in found]
    if as_json:
        given.give([asdict(page) | {"document": encode(page.document)} for page in pages])
        return
    catalog = given.services.catalog(user_id)
    for page in pages:
        for line in tell(page, Wording(given.services, catalog)):
            given.say(line)
