"""`journeys webhook test`: send one request of a step, and show it with its answer."""

from __future__ import annotations

import click

from plugin.cli.door import ACTOR, Door, door, json_option, user_option
from plugin.cli.journeys import journey_argument
from plugin.engine.trying import Person, Trial
from plugin.errors import JourneysError

#: Characters of a body that are shown.
MOST_SHOWN = 2048


@click.group()
def webhook() -> None:
    """Webhooks of journeys: try one."""


@webhook.command("test")
@journey_argument
@click.argument("step_id", type=click.IntRange(min=1), metavar="STEP")
@user_option()
@click.option(
    "--person",
    metavar="LIST:WHO",
    help="A subscriber of a list, by id or address: 1:42, 1:ann@example.com.",
)
@json_option
@door
def try_webhook(
    given: Door, journey_id: int, step_id: int, user_id: int, person: str | None, as_json: bool
) -> None:
    """Send one request of a webhook step, as the draft has it, for one person.

    Without --person somebody is made up. The receiver can tell the request by its webhook-id,
    which begins with test_. Nothing is kept; an account has 20 tries in an hour.
    """
    whose = None if person is None else _person(person)
    trial = given.services.try_webhook(user_id, journey_id, step_id, whose, ACTOR)
    if as_json:
        given.give(_as_data(trial))
    else:
        _show(given, trial)


def _person(text: str) -> Person:
    list_id, _, who = text.partition(":")
    if not (list_id.isascii() and list_id.isdecimal() and who):
        raise JourneysError("Give a person as LIST:WHO, such as 1:42 or 1:ann@example.com.")
    if who.isascii() and who.isdecimal():
        return Person(int(list_id), int(who))
    return Person(int(list_id), email=who)


def _show(given: Door, trial: Trial) -> None:
    given.say(f"{trial.request.method} {trial.request.url}")
    for name, value in trial.request.headers.items():
        given.say(f"  {name}: {value}")
    if trial.request.body:
        given.say(_text(trial.request.body))
    answer = trial.answer
    given.say(f"Answer: {answer.status or answer.error}, {answer.took_ms} ms")
    if answer.body:
        given.say(_text(answer.body))
    for name, value in trial.kept.items():
        given.say(f"Kept as {name}: {value}")


def _as_data(trial: Trial) -> dict[str, object]:
    request, answer = trial.request, trial.answer
    return {
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": _text(request.body),
        },
        "answer": {"status": answer.status, "error": answer.error, "body": _text(answer.body)},
        "kept": dict(trial.kept),
    }


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")[:MOST_SHOWN]
