"""Commands about people: enroll them by hand, and tell what happened to them and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from plugin.cli.door import Door, door, json_option, user_option
from plugin.cli.finding import by_email, by_enrollment
from plugin.cli.journeys import journey_argument
from plugin.cli.telling import tell
from plugin.domain.codec import encode
from plugin.errors import NotFound
from plugin.routes.kind_words import Wording

#: Of one address, the last so many passages through journeys are told.
PASSAGES = 20


@click.command()
@journey_argument
@user_option()
@click.option(
    "--list",
    "list_id",
    type=click.IntRange(min=1),
    required=True,
    metavar="ID",
    help="The list on which they stand.",
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
@door
def enroll(
    given: Door,
    journey_id: int,
    user_id: int,
    list_id: int,
    ids: Sequence[int],
    addresses: Sequence[str],
) -> None:
    """Let subscribers of a list into an enabled journey, by its own re-entry rule.

    Name them by --subscriber or --email, each as often as you like.
    """
    if not ids and not addresses:
        raise click.UsageError("Name somebody by --subscriber or --email.")
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
