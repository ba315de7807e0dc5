"""`journeys figures`, `retention`, `health` and `why`."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from plugin.storage.tables import Tables
from tests.cli.conftest import Journeys
from tests.world_host import HostSide

FOR = ("--user", 1)


@pytest.fixture
def anna(journeys: Journeys, host: HostSide, welcome_id: int) -> int:
    """She has entered by hand and passed the first steps."""
    (who,) = host.subscribe([{"EmailAddress": "anna@example.com", "CustomField3": "Oslo"}])
    journeys.does("enroll", welcome_id, *FOR, "--list", 1, "--subscriber", who)
    journeys.does("worker", "--burst")
    return who


def test_figures_agree_with_the_history(journeys: Journeys, welcome_id: int, anna: int):
    said = journeys.does("figures", "rebuild", welcome_id, "--check")
    assert said == "The figures agree with the history.\n"


def test_figures_that_differ_are_shown_and_corrected(
    journeys: Journeys, host: HostSide, welcome_id: int, anna: int
):
    counters = Tables("jny_").counters
    with host.engine.begin() as connection:
        entered = counters.c.figure == "entered"
        connection.execute(sa.update(counters).where(entered).values(n=5))
    checked = journeys("figures", "rebuild", "--all", "--check")
    assert checked.exit_code == 1
    assert "entered is counted as 5 and is 1." in checked.stdout
    assert "1 figure would be corrected." in checked.stdout
    assert "1 figure was" not in checked.stdout
    assert "1 figures" not in checked.stdout
    assert "were corrected" in journeys.does("figures", "rebuild", welcome_id)
    journeys.does("figures", "rebuild", welcome_id, "--check")
    with host.engine.connect() as connection:
        acts = connection.execute(sa.select(Tables("jny_").audit.c.act)).scalars().all()
    assert acts.count("figures_rebuilt") == 1


def test_figures_of_days_are_shown_by_branch(journeys: Journeys, welcome_id: int, anna: int):
    rows = journeys.data("figures", "show", welcome_id, *FOR)
    told = {(r["version"], r["step_id"], r["figure"], r["remark"], r["n"]) for r in rows}
    assert (1, 1, "left", "branch:true", 1) in told
    assert (1, 0, "entered", "", 1) in told
    assert "branch:true" in journeys.does("figures", "show", welcome_id, *FOR)
    old = ("--since", "2020-01-01", "--until", "2020-01-02")
    assert journeys.data("figures", "show", welcome_id, *FOR, *old) == []


def test_retention_says_how_long_and_how_much(journeys: Journeys, host: HostSide, anna: int):
    said = journeys.does("retention")
    assert "History, deliveries and data of passages that are over, 365 days.\n" in said
    old = sa.update(Tables("jny_").enrollments).values(kept_since=sa.text("'2020-01-01'"))
    with host.engine.begin() as connection:
        connection.execute(old)
    told = journeys.data("retention", "--preview")
    assert told["days"]["audit"] == 1095
    assert told["expected"] == {
        "history": 1,
        "tries": 0,
        "events": 0,
        "tasks": 0,
        "audit": 0,
        "sessions": 0,
    }
    assert ": 1 passages are older." in journeys.does("retention", "--preview")


def test_events_are_kept_as_long_as_repeats_must_be_known(journeys: Journeys):
    journeys.environment["JOURNEYS_KEEP_EVENTS_DAYS"] = "29"
    assert "30 or more" in journeys.refuses("retention")
    journeys.environment["JOURNEYS_KEEP_EVENTS_DAYS"] = "30"
    assert journeys.data("retention")["days"]["events"] == 31
    journeys.environment["JOURNEYS_EVENT_DAYS"] = "90"
    assert journeys.data("retention")["days"]["events"] == 91


def test_health_says_what_waits(journeys: Journeys, host: HostSide, welcome_id: int):
    (who,) = host.subscribe(1)
    journeys.does("enroll", welcome_id, *FOR, "--list", 1, "--subscriber", who)
    found = journeys.data("health")
    assert (found["due_now"], found["held"], found["tasks_open"]) == (1, 0, 0)
    said = journeys.does("health")
    assert "Due now: 1 person, the first of them for" in said
    assert "No worker was seen" in said


def test_why_tells_each_decision_with_the_values_seen(journeys: Journeys, anna: int):
    said = journeys.does("why", *FOR, "--email", "anna@example.com")
    assert "seen: “Oslo”" in said
    assert "Webhook" in said


def test_why_tells_what_came_of_events_and_how_other_journeys_refuse(
    journeys: Journeys, host: HostSide, welcome_id: int
):
    (who,) = host.subscribe([{"EmailAddress": "rita@example.com"}])
    inbox = Tables("jny_").inbox
    row = {
        "source": b"test",
        "event_id": b"one",
        "body_hash": b"0" * 16,
        "type": "open",
        "list_id": 1,
        "subscriber_id": who,
        "occurred_at": sa.func.current_timestamp(),
        "received_at": sa.func.current_timestamp(),
        "data": {},
        "state": "ignored",
        "reason": "no_journey",
        "hops": 0,
    }
    with host.engine.begin() as connection:
        connection.execute(sa.insert(inbox).values(**row))
    said = journeys.does("why", *FOR, "--email", "rita@example.com")
    assert "no journey that was on waits for such an event" in said
    assert "Not in “Welcome”: it lets people in once" in said
    told = journeys.data("why", *FOR, "--email", "rita@example.com")
    assert [event["reason"] for event in told["events"]] == ["no_journey"]
    journeys.does("journey", "disable", welcome_id, *FOR)
    said = journeys.does("why", *FOR, "--email", "rita@example.com")
    assert "Not in “Welcome”: it is disabled." in said


def test_why_of_somebody_unknown_or_on_lists_of_others(journeys: Journeys, host: HostSide):
    said = journeys.refuses("why", *FOR, "--email", "nobody@example.com")
    assert said == "Nothing is known of nobody@example.com among the lists of user 1."
