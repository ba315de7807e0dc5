"""How many messages an account sends, and how many one person gets."""

from __future__ import annotations

from typing import Any

import click

from plugin.cli.door import ACTOR, Door, door, json_option, user_option
from plugin.domain.send_rates import (
    MOST_DAYS,
    MOST_MESSAGES,
    MOST_RATE,
    OVER_CAP,
    Cap,
    SendLimits,
    SendRate,
)
from plugin.errors import JourneysError

_RATE = click.IntRange(0, MOST_RATE)


@click.group()
def sending() -> None:
    """An account's limits on messages: a send rate, and a cap for each person."""


@sending.command("show")
@user_option()
@json_option
@door
def show_limits(given: Door, user_id: int, as_json: bool) -> None:
    """What an account has chosen for all of its journeys."""
    with given.services.begin() as work:
        limits = work.sending.limits(user_id)
    if as_json:
        given.give(limits.as_data())
        return
    for line in in_words(limits):
        given.say(line)


@sending.command("set")
@user_option()
@click.option("--per-minute", type=_RATE, default=0, help="Messages a minute; 0: any number.")
@click.option("--per-hour", type=_RATE, default=0, help="Messages an hour; 0: any number.")
@click.option("--messages", type=click.IntRange(0, MOST_MESSAGES), default=0, help="To one person.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=7, help="In so many days.")
@click.option("--over", type=click.Choice(OVER_CAP), default="wait", help="What then happens.")
@door
def set_limits(given: Door, /, user_id: int, **chosen: Any) -> None:
    """Choose all of it anew: what is left out has no limit.

    Who had as many messages as they may have waits until the oldest of them is old enough, goes on
    without this one, or leaves the journey. A step may choose otherwise.
    """
    rate, messages = SendRate(chosen["per_minute"], chosen["per_hour"]), chosen["messages"]
    cap = Cap(messages, chosen["days"], chosen["over"]) if messages else None
    limits = SendLimits(rate, cap)
    with given.services.begin() as work:
        if user_id not in work.host.accounts([user_id]):
            raise JourneysError(f"The host has no user {user_id}.")
        now = work.store.now()
        work.sending.choose(user_id, limits, now)
        work.library.note(user_id, ACTOR, "sending.set", None, now)
    for line in in_words(limits):
        given.say(line)


def in_words(limits: SendLimits) -> list[str]:
    rate, cap = limits.rate, limits.cap
    parts = [(rate.per_minute, "a minute"), (rate.per_hour, "an hour")]
    most = " and ".join(f"{n:,} {unit}" for n, unit in parts if n)
    lines = [f"At most {most} are sent." if most else "Any number is sent in a minute."]
    if cap is None:
        return [*lines, "One person gets any number."]
    then = {"wait": "then they wait", "skip": "then they go on without", "end": "then they leave"}
    return [*lines, f"One person gets {cap.messages:,} in {cap.days:,} days; {then[cap.over]}."]
