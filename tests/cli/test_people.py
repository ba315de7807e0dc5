"""`journeys enroll` and `journeys history`: who goes in, and what became of them and why."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Journeys
from tests.world_host import CITY, LEVEL, HostSide

FOR = ("--user", 1)


@pytest.fixture
def people(host: HostSide) -> list[int]:
    """Somebody in Oslo, somebody in Rome."""
    return host.subscribe(
        [
            {"EmailAddress": "anna@example.com", "CustomField3": "Oslo"},
            {"EmailAddress": "bert@example.com", "CustomField3": "Rome"},
        ]
    )


def enroll(journeys: Journeys, journey_id: int, *who: object) -> str:
    return journeys.does("enroll", journey_id, *FOR, "--list", 1, *who).rstrip("\n")


def test_subscribers_enter_by_id_and_by_address(
    journeys: Journeys, host: HostSide, welcome_id: int, people: list[int]
):
    said = enroll(journeys, welcome_id, "--subscriber", people[0], "--email", "BERT@example.com")
    assert said == "2 entered, 0 refused by the re-entry rule, 0 not on list 1."
    journeys.does("worker", "--burst")
    assert host.values(LEVEL) == {people[0]: "gold", people[1]: None}


def test_who_is_inside_is_refused_and_who_is_unknown_is_counted(
    journeys: Journeys, welcome_id: int, people: list[int]
):
    enroll(journeys, welcome_id, "--subscriber", people[0])
    said = enroll(
        journeys,
        welcome_id,
        *("--subscriber", people[0], "--subscriber", people[1], "--subscriber", 999),
        *("--email", "nobody@example.com"),
    )
    assert said == "1 entered, 1 refused by the re-entry rule, 2 not on list 1."


def test_lists_of_others_are_refused(journeys: Journeys, host: HostSide, welcome_id: int):
    host.subscribe(1, list_id=9)
    for who in (("--subscriber", 1), ("--email", "person1@example.com")):
        refusal = journeys.refuses("enroll", welcome_id, *FOR, "--list", 9, *who)
        assert refusal == "There is no list 9."


def test_a_journey_that_is_off_takes_nobody(journeys: Journeys, welcome_id: int, people: list[int]):
    journeys.does("journey", "disable", welcome_id, *FOR)
    refusal = journeys.refuses("enroll", welcome_id, *FOR, "--list", 1, "--subscriber", people[0])
    assert refusal == "“Welcome” is disabled. Turn it on first."


def test_somebody_must_be_named(journeys: Journeys, welcome_id: int):
    assert journeys("enroll", welcome_id, *FOR, "--list", 1).exit_code == 2
    assert journeys("history", *FOR).exit_code == 2
    assert journeys("history", 1, "--email", "a@example.com", *FOR).exit_code == 2


def test_the_history_tells_every_step_and_why(
    journeys: Journeys, welcome_id: int, people: list[int]
):
    enroll(journeys, welcome_id, "--subscriber", people[0])
    journeys.does("worker", "--burst")
    lines = journeys.does("history", 1, *FOR).splitlines()
    assert lines[0] == "anna@example.com  on List 1"
    assert lines[1].startswith("“Welcome”, version 1 · enrollment 1 · entered ")
    assert lines[1].endswith(" UTC (by hand or API)")
    assert lines[2].startswith("Ended, finished · ")
    told = [line[27:] if line.startswith("  20") else line for line in lines[3:]]
    assert told[:4] == [
        "Decision: City is “Oslo”  → True",
        "      This is so: ✓",
        "        ✓ City is “Oslo”  (seen: “Oslo”)",
        "Set “Level” to “gold”",
    ]
    assert told[4] == "Webhook: POST to 127.0.0.1:9/hook"
    assert told[5].startswith("      POST http://127.0.0.1:9/hook: ")
    assert "no answer (" in told[6]


def test_a_rule_that_does_not_hold_shows_what_was_seen(
    journeys: Journeys, host: HostSide, welcome_id: int, people: list[int]
):
    host.change([people[0]], CustomField3=None)
    enroll(journeys, welcome_id, "--subscriber", people[0], "--subscriber", people[1])
    journeys.does("worker", "--burst")
    told = [journeys.does("history", id_, *FOR) for id_ in (1, 2)]
    assert "✗ City is “Oslo”  (seen: not set)" in told[0]
    assert "✗ City is “Oslo”  (seen: “Rome”)" in told[1]


@pytest.mark.parametrize("scope", ["person", "subscriber"])
def test_a_person_is_found_by_address_with_all_passages(
    journeys: Journeys, host: HostSide, welcome_id: int, people: list[int], scope: str
):
    journeys.environment["JOURNEYS_REENTRY_SCOPE"] = scope
    for _ in range(2):
        enroll(journeys, welcome_id, "--subscriber", people[0])
        journeys.does("worker", "--burst")
    pages = journeys.data("history", "--email", "Anna@example.com", *FOR)
    assert [page["row"]["enrollment_id"] for page in pages] == [1, 2]
    actions = [moment["action"] for moment in pages[0]["moments"]]
    assert actions == ["Decision", "UpdateCustomFieldValue", "Webhook"]
    rule = pages[0]["moments"][0]["detail"]["rules"][0]
    assert (rule["truth"], rule["seen"]) == (True, "Oslo")


def test_strangers_and_their_people_are_not_told(
    journeys: Journeys, welcome_id: int, people: list[int]
):
    enroll(journeys, welcome_id, "--subscriber", people[0])
    assert journeys.refuses("history", 1, "--user", 2) == "User 2 has no enrollment 1."
    refusal = journeys.refuses("history", "--email", "anna@example.com", "--user", 2)
    assert refusal == "anna@example.com has never been in a journey of user 2."


def test_values_cannot_play_tricks_on_the_terminal(
    journeys: Journeys, host: HostSide, welcome_id: int, people: list[int]
):
    host.change([people[0]], **{f"CustomField{CITY}": "\x1b[2J[bold]Oslo"})
    enroll(journeys, welcome_id, "--subscriber", people[0])
    journeys.does("worker", "--burst")
    told = journeys.does("history", 1, *FOR)
    assert "[bold]Oslo" in told
    assert "\x1b" not in told


OF_MANY = """
format: 1
name: Many
trigger: {type: Manual}
steps:
  - {id: 1, action: Wait, params: {amount: 1, unit: days}}
"""


@pytest.fixture
def many(journeys: Journeys, host: HostSide) -> int:
    """A journey that is on; three of Oslo and two of Rome are on the list."""
    journey_id: int = journeys.data("journey", "import", "-", *FOR, given=OF_MANY)["journey_id"]
    journeys.does("journey", "enable", journey_id, *FOR)
    host.subscribe([{"CustomField3": city} for city in ("Oslo", "Oslo", "Rome", "Oslo", "Rome")])
    return journey_id


def test_all_who_fit_are_let_in_after_a_preview(journeys: Journeys, many: int) -> None:
    oslo = "all: [{field: CustomField3, operator: is, value: Oslo}]"
    command = ("enroll", many, *FOR, "--list", 1, "--criteria", "-")
    seen = journeys.does(*command, "--preview", given=oslo)
    assert seen == "5 people subscribed; of 5 looked at, 3 fit by now.\n"
    assert journeys.does("tasks", *FOR) == "Nothing was ordered.\n"
    said = journeys.does(*command, given=oslo)
    assert said == "5 people to be looked at: task 1.\n"
    told = f"1: enroll in journey {many}, 5 of 5, done, by cli"
    assert journeys.does("tasks", *FOR, "--journey", many) == (
        f"{told}: 3 entered, 2 do not fit the criteria of the order\n"
    )
    journeys.does("worker", "--burst")  # an order yields to whoever is late
    said = journeys.does("enroll", many, *FOR, "--list", 1, "--all")
    assert said == "5 people to be looked at: task 2.\n"
    (task, _) = journeys.data("tasks", *FOR)
    assert (task["figures"]["entered"], task["figures"]["refused"]) == (2, 3)


def test_an_order_is_paused_resumed_and_cancelled(
    journeys: Journeys, many: int, host: HostSide
) -> None:
    journeys.does("enroll", many, *FOR, "--list", 1, "--all")
    with host.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE jny_tasks SET finished_at=NULL, after_id=0, done=0, place=NULL,"
            " next_at=ordered_at"
        )
    assert journeys.does("tasks", "pause", 1, *FOR) == "Task 1 is paused.\n"
    told = journeys.does("tasks", *FOR)
    assert "0 of 5, halted (paused), by cli\n   Paused by hand." in told
    assert journeys.does("tasks", "resume", 1, *FOR) == "Task 1 goes on.\n"
    assert "under way" in journeys.does("tasks", *FOR)
    assert journeys.does("tasks", "cancel", 1, *FOR) == "Task 1 is cancelled.\n"
    assert "0 of 5, cancelled, by cli" in journeys.does("tasks", *FOR)
    assert journeys.refuses("tasks", "resume", 1, *FOR) == "Task 1 is over."
    assert journeys.refuses("tasks", "pause", 1, "--user", 2) == "There is no task 1."


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("--list", 1),
        ("--list", 1, "--all", "--subscriber", 1),
        ("--list", 1, "--list", 2, "--subscriber", 1),
        ("--list", 1, "--subscriber", 1, "--preview"),
    ],
)
def test_who_is_meant_must_be_clear(
    journeys: Journeys, many: int, more: tuple[object, ...]
) -> None:
    assert journeys("enroll", many, *FOR, *more).exit_code == 2


def test_the_orders_of_an_account_are_told_to_that_account(journeys: Journeys) -> None:
    assert journeys("tasks").exit_code == 2
