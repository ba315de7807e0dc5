"""`journeys sending …`: what an account has chosen."""

from __future__ import annotations

from tests.cli.conftest import Journeys

FOR = ("--user", 1)


def test_limits_are_chosen_anew_each_time_and_shown(journeys: Journeys, welcome_id: int):
    assert "any number" in journeys.does("sending", "show", *FOR)
    chosen = ("--per-hour", 500, "--messages", 3, "--days", 7, "--over", "skip")
    said = journeys.does("sending", "set", *FOR, *chosen)
    assert "At most 500 an hour are sent." in said
    assert "One person gets 3 in 7 days; then they go on without." in said
    cap = {"messages": 3, "days": 7, "over": "skip"}
    found = journeys.data("sending", "show", *FOR)
    assert found == {"per_minute": 0, "per_hour": 500, "cap": cap}
    journeys.does("sending", "set", *FOR, "--per-minute", 10)
    assert journeys.data("sending", "show", *FOR) == {"per_minute": 10, "per_hour": 0}
    assert journeys.data("sending", "show", "--user", 2) == {"per_minute": 0, "per_hour": 0}


def test_nobody_who_is_not_there_can_be_limited(journeys: Journeys, welcome_id: int):
    assert "no user 77" in journeys.refuses("sending", "set", "--user", 77, "--per-hour", 1)
