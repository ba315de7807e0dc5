"""`journeys journey …`: list, show, import, export, lint, enable, disable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Journeys
from tests.world_host import HostSide

FOR = ("--user", 1)


def test_a_file_goes_in_is_turned_on_and_off_and_is_listed(
    journeys: Journeys, welcome: str, tmp_path: Path
):
    assert journeys.does("journey", "list", *FOR).startswith("User 1 has no journeys.")
    file = tmp_path / "welcome.yaml"
    file.write_text(welcome)
    assert journeys.does("journey", "import", file, *FOR) == (
        "Imported as journey 1, which is off. `journeys journey enable 1 --user 1` turns it on.\n"
    )
    assert journeys.data("journey", "list", *FOR)[0]["status"] == "disabled"
    assert journeys.does("journey", "enable", 1, *FOR) == (
        "“Welcome” is on. People enter from now on.\n"
    )
    row = journeys.data("journey", "list", *FOR)[0]
    assert (row["journey_id"], row["name"], row["status"]) == (1, "Welcome", "enabled")
    assert (row["live_number"], row["draft_differs"]) == (1, False)
    assert journeys.does("journey", "disable", 1, *FOR) == (
        "“Welcome” is off. 0 people inside, frozen where they stand.\n"
    )
    assert journeys.data("journey", "list", *FOR)[0]["status"] == "disabled"


def test_the_list_is_a_table_of_the_users_own_journeys(journeys: Journeys, welcome_id: int):
    heading, line = journeys.does("journey", "list", *FOR).splitlines()
    assert heading.split()[:6] == ["Id", "Journey", "Status", "Version", "Starts", "with"]
    assert heading.split()[6:] == ["Entered", "Inside", "Held", "Parked"]
    assert line.split()[:4] == [str(welcome_id), "Welcome", "Enabled", "1"]
    assert journeys.data("journey", "list", "--user", 2) == []


def test_show_draws_the_steps_with_their_words_and_figures(
    journeys: Journeys, host: HostSide, welcome_id: int
):
    ids = host.subscribe([{"CustomField3": "Oslo"}, {"CustomField3": "Rome"}])
    journeys.does("enroll", welcome_id, *FOR, "--list", 1, *named(ids))
    journeys.does("worker", "--burst")
    lines = [
        line.rstrip() for line in journeys.does("journey", "show", welcome_id, *FOR).splitlines()
    ]
    assert lines[0] == f"Welcome  journey {welcome_id} · enabled · version 1"
    assert lines[1] == "may enter again: once at a time · whoever unsubscribes leaves"
    assert lines[2:] == [
        "├── Subscribes to a list  Subscribes to List 1  (2 entered)",
        "├── 1 Decision  City is “Oslo”  (1 true · 1 false)",
        "│   ├── True:  (1 person, 50 %)",
        "│   │   └── 2 Update field  Set Level to “gold”  (1 passed)",
        "│   └── False:  (1 person, 50 %)  nothing: people go on below",
        "├── 3 Webhook  POST to 127.0.0.1:9/hook  (2 passed · 2 undelivered)",
        "└── End · 2 finished",
    ]


def named(ids: list[int]) -> list[object]:
    return [part for id_ in ids for part in ("--subscriber", id_)]


def test_show_as_json_holds_the_document_and_the_counts(journeys: Journeys, welcome_id: int):
    page = journeys.data("journey", "show", welcome_id, *FOR)
    assert page["name"] == "Welcome"
    assert [step["action"] for step in page["document"]["steps"]] == ["Decision", "Webhook"]
    assert page["counts"] == {}


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_exported_can_be_imported_and_says_the_same(
    journeys: Journeys, welcome_id: int, form: str
):
    text = journeys.does("journey", "export", welcome_id, *FOR, "--format", form)
    assert text.startswith("{") == (form == "json")
    again = journeys.data("journey", "import", "-", *FOR, given=text)["journey_id"]
    copies = [
        json.loads(journeys.does("journey", "export", id_, *FOR, "--format", "json"))
        for id_ in (welcome_id, again)
    ]
    assert without_ids(copies[0]) == without_ids(copies[1])
    assert copies[0] != copies[1], "a copy's steps have ids of their own"


def without_ids(data: object) -> object:
    match data:
        case dict():
            return {key: without_ids(value) for key, value in data.items() if key != "id"}
        case list():
            return [without_ids(value) for value in data]
    return data


def test_lint_finds_nothing_in_a_good_file(journeys: Journeys, welcome: str):
    assert journeys.does("journey", "lint", "-", given=welcome) == "No faults found.\n"
    assert journeys.data("journey", "lint", "-", *FOR, given=welcome) == []


def test_lint_tells_each_fault_with_its_place_and_fails(journeys: Journeys, welcome: str):
    bad = welcome.replace("operator: is", "operator: sounds_like").replace("Webhook", "Telegram")
    result = journeys("journey", "lint", "-", given=bad)
    assert (result.exit_code, result.stderr) == (1, "")
    places = [line.partition(": ")[0] for line in result.stdout.splitlines()]
    assert places == ["/steps/0/params/criteria/all/0/operator", "/steps/1/action"]
    found = json.loads(journeys("journey", "lint", "-", "--json", given=bad).stdout)
    assert [problem["path"] for problem in found] == places


def test_lint_has_notes_that_are_no_faults(journeys: Journeys):
    text = yaml_of_a_subscribe_step()
    said = journeys.does("journey", "lint", "-", *FOR, given=text)
    assert said.startswith("Note: /steps/0: This list's autoresponders will not start")
    assert said.endswith("No faults found.\n")
    assert journeys.data("journey", "lint", "-", *FOR, given=text) == []


def yaml_of_a_subscribe_step() -> str:
    steps = [{"action": "Subscribe", "params": {"list_id": 1}}]
    trigger = {"type": "Manual"}
    return json.dumps({"format": 1, "name": "Notes", "trigger": trigger, "steps": steps})


def test_lint_for_a_user_finds_lists_and_fields_that_are_not_there(
    journeys: Journeys, welcome: str
):
    bad = welcome.replace("CustomField3", "CustomField99").replace("[1]", "[77]")
    assert journeys.does("journey", "lint", "-", given=bad) == "No faults found.\n"
    result = journeys("journey", "lint", "-", *FOR, given=bad)
    assert result.exit_code == 1
    assert "There is no field CustomField99." in result.stdout
    assert "77" in result.stdout


def test_lint_does_not_need_an_installed_database(journeys: Journeys, welcome: str):
    journeys.environment["JOURNEYS_TABLE_PREFIX"] = "nothing_"
    assert journeys.does("journey", "lint", "-", given=welcome) == "No faults found.\n"


def test_names_cannot_play_tricks_on_the_terminal(journeys: Journeys, welcome: str):
    tricky = "\x1b]0;owned\x07[red]Sale[/red]"
    text = welcome.replace("name: Welcome", f"name: {json.dumps(tricky)}")
    journeys.does("journey", "import", "-", *FOR, given=text)
    for command in (("list",), ("show", 1), ("enable", 1)):
        shown = journeys.does("journey", *command, *FOR)
        assert "[red]Sale[/red]" in shown
        assert "\x1b" not in shown
        assert "\x07" not in shown


def test_the_audit_says_that_it_was_the_command_line(
    journeys: Journeys, host: HostSide, welcome_id: int
):
    journeys.does("journey", "disable", welcome_id, *FOR)
    with host.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT actor, act FROM jny_audit ORDER BY id").all()
    assert [tuple(row) for row in rows] == [
        ("cli", "journey.import"),
        ("cli", "journey.publish"),
        ("cli", "journey.enable"),
        ("cli", "journey.disable"),
    ]
