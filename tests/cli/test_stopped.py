"""`journeys parked`, `redrive`, `tasks`, and journeys that are archived and deleted."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Journeys
from tests.world_host import HostSide

FOR = ("--user", 1)
STUCK = """
format: 1
name: Stuck
trigger: {type: Manual}
steps:
  - id: 1
    action: Decision
    params: {criteria: {all: [{field: CustomField3, operator: is, value: x}]}}
  - {id: 2, action: Wait, params: {amount: 1, unit: days}}
"""


@pytest.fixture
def stuck(journeys: Journeys, host: HostSide) -> int:
    """A journey in which two people are parked."""
    given = STUCK
    journey_id: int = journeys.data("journey", "import", "-", *FOR, given=given)["journey_id"]
    journeys.does("journey", "enable", journey_id, *FOR)
    first, second = host.subscribe(2)
    who = ("--subscriber", first, "--subscriber", second)
    journeys.does("enroll", journey_id, *FOR, "--list", 1, *who)
    with host.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE jny_enrollments SET state='parked', due_at=NULL, cause='broken',"
            " cause_text='It broke.'"
        )
    return journey_id


def test_who_is_parked_is_listed_by_cause(journeys: Journeys, stuck: int):
    assert "broken" in journeys.does("parked", *FOR)
    (group,) = journeys.data("parked", stuck, *FOR)
    assert (group["people"], group["cause"], group["cause_text"]) == (2, "broken", "It broke.")
    assert journeys.does("parked", "--user", 2) == "Nobody is held or parked.\n"


def test_one_and_all_are_driven_on(journeys: Journeys, stuck: int):
    said = journeys.does("redrive", "skip", stuck, *FOR, "--enrollment", 1)
    assert said == "Enrollment 1 is sent past the step.\n"
    said = journeys.does("redrive", "retry", stuck, *FOR, "--cause", "broken")
    assert said == "1 person to be tried again: task 1.\n"
    assert journeys.does("parked", *FOR) == "Nobody is held or parked.\n"
    told = journeys.does("tasks", *FOR)
    assert told == f"1: retry of broken in journey {stuck}, 1 of 1, done, by cli\n"
    journeys.does("worker", "--burst")
    assert "tried again by hand" in journeys.does("history", 2, *FOR)


def test_somebody_must_be_named_and_be_there(journeys: Journeys, stuck: int):
    assert journeys("redrive", "end", stuck, *FOR).exit_code == 2
    refusal = journeys.refuses("redrive", "end", stuck, *FOR, "--cause", "other")
    assert refusal == "Nobody is held or parked like that any more."


def test_a_journey_is_archived_restored_and_deleted(journeys: Journeys, stuck: int):
    said = journeys.does("journey", "archive", stuck, *FOR)
    assert said == "“Stuck” is archived. 2 people inside, who leave.\n"
    assert journeys.does("journey", "restore", stuck, *FOR) == "“Stuck” is back, and off.\n"
    assert "Archive it first" in journeys.refuses("journey", "delete", stuck, *FOR)
    journeys.does("journey", "archive", stuck, *FOR)
    lost = "2 passages, 2 lines of history, 0 deliveries, 1 versions"
    assert journeys.does("journey", "delete", stuck, *FOR, "--preview") == (
        f"With “Stuck” go {lost}.\n"
    )
    assert journeys.does("journey", "delete", stuck, *FOR) == (
        f"“Stuck” is being deleted, with {lost}.\n"
    )
    assert journeys.data("journey", "list", *FOR) == []


def test_who_is_overdue_is_told_before_turning_on(journeys: Journeys, host: HostSide, stuck: int):
    journeys.does("journey", "disable", stuck, *FOR)
    assert journeys.does("journey", "enable", stuck, *FOR, "--preview") == "Nobody is overdue.\n"
    with host.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE jny_enrollments SET state='active', frozen_due_at='2020-01-01 00:00:00.000000',"
            " cause=NULL, cause_text=NULL"
        )
    said = journeys.does("journey", "enable", stuck, *FOR, "--preview")
    assert said == "Step 1: 2 people overdue.\n"
    journeys.does("journey", "enable", stuck, *FOR, "--overdue", "end")
    journeys.does("worker", "--burst")
    (row,) = journeys.data("journey", "list", *FOR)
    assert (row["entered"], row["active"]) == (2, 0)
