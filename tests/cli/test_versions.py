"""`journeys journey …`: update, discard, publish, versions, restore."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Journeys
from tests.cli.test_journeys import named
from tests.world_host import HostSide

FOR = ("--user", 1)

WAITING = """
format: 1
name: Slow
trigger: {type: ListSubscription, params: {list_ids: [1]}}
steps:
  - {action: Wait, params: {amount: 2, unit: days}}
  - {action: UpdateCustomFieldValue, params: {field: 4, value: gold}}
"""
EDITED = """
format: 1
name: Slow
trigger: {type: ListSubscription, params: {list_ids: [1]}}
time_zone: Europe/Oslo
steps:
  - {id: 2, action: UpdateCustomFieldValue, params: {field: 4, value: silver}}
  - {action: Wait, params: {amount: 1, unit: hours}}
"""


@pytest.fixture
def slow(journeys: Journeys, host: HostSide) -> int:
    """A journey that is on, with two people at its wait."""
    journey_id: int = journeys.data("journey", "import", "-", *FOR, given=WAITING)["journey_id"]
    journeys.does("journey", "enable", journey_id, *FOR)
    journeys.does("enroll", journey_id, *FOR, "--list", 1, *named(host.subscribe(2)))
    journeys.does("worker", "--burst")
    return journey_id


def test_a_draft_is_edited_looked_at_published_and_people_go_over(journeys: Journeys, slow: int):
    assert journeys.does("journey", "update", slow, "-", *FOR, given=EDITED) == (
        "The draft is at revision 2. `journeys journey publish 1 --user 1` publishes it.\n"
    )
    assert journeys.does("journey", "publish", slow, *FOR, "--preview").splitlines() == [
        "Version 2 would be the draft at revision 2.",
        "  Settings changed: time zone",
        "  Step 2 Update field changed: value",
        "  Step 3 Wait added",
        "  Step 1 Wait removed",
        "2 people inside.",
        "  2 people at step 1 Wait: the step is gone, on to step 2",
    ]
    assert journeys.does("journey", "publish", slow, *FOR) == (
        "Version 2 is published. 2 people inside go over to it.\n"
    )
    assert "Going over to version 2: 0 of 2 people moved, 2 still to go" in journeys.does(
        "journey", "show", slow, *FOR
    )
    journeys.does("worker", "--burst")
    page = journeys.data("journey", "show", slow, *FOR)
    assert page["changeover"]["state"] == "done"
    assert (page["changeover"]["moved"], page["changeover"]["left"]) == (2, 0)
    assert page["counts"]["2"] == {"here": 0, "passed": 2}
    assert "Going over" not in journeys.does("journey", "show", slow, *FOR)
    told = journeys.does("history", 1, *FOR)
    assert "Moved to version 2: step 1 is gone, on to Update field" in told


def test_people_leave_with_their_step_if_asked_to(journeys: Journeys, slow: int):
    journeys.does("journey", "update", slow, "-", *FOR, given=EDITED)
    preview = journeys.data("journey", "publish", slow, *FOR, "--preview", "--removed", "exit")
    assert [going["word"] for going in preview["goings"]] == ["leaves"]
    done = journeys.data("journey", "publish", slow, *FOR, "--removed", "exit")
    assert done == {"number": 2, "people": 2}
    journeys.does("worker", "--burst")
    assert "2 left with their step" in journeys.does("journey", "show", slow, *FOR)
    assert "Left the journey: left with their step" in journeys.does("history", 1, *FOR)


def test_versions_are_listed_and_an_old_one_is_brought_back(journeys: Journeys, slow: int):
    journeys.does("journey", "update", slow, "-", *FOR, given=EDITED)
    journeys.does("journey", "publish", slow, *FOR)
    lines = journeys.does("journey", "versions", slow, *FOR).splitlines()
    assert lines[0].startswith("Version 2  ")
    assert lines[0].endswith(" UTC by cli, live")
    assert lines[1:5] == [
        "  Settings changed: time zone",
        "  Step 2 Update field changed: value",
        "  Step 3 Wait added",
        "  Step 1 Wait removed",
    ]
    assert lines[5].startswith("Version 1  ")
    assert [row["live"] for row in journeys.data("journey", "versions", slow, *FOR)] == [
        True,
        False,
    ]
    assert journeys.does("journey", "revert", slow, 1, *FOR) == (
        "Version 1 is the draft, at revision 3. `journeys journey publish 1 --user 1` publishes"
        " it.\n"
    )
    assert journeys.data("journey", "list", *FOR)[0]["draft_differs"] is True
    assert journeys.does("journey", "discard", slow, *FOR) == (
        "The draft is what is published, at revision 4.\n"
    )
    assert journeys.data("journey", "list", *FOR)[0]["draft_differs"] is False


def test_what_cannot_be_done_is_said_in_one_sentence(journeys: Journeys, slow: int):
    assert journeys.refuses("journey", "publish", slow, *FOR) == (
        "The draft of “Slow” is what is published already."
    )
    stale = ("journey", "update", slow, "-", *FOR, "--revision", 7)
    assert "is at revision 1, and yours began at 7" in journeys.refuses(*stale, given=EDITED)
    assert journeys.refuses("journey", "revert", slow, 9, *FOR) == "“Slow” has no version 9."
    unknown = EDITED.replace("id: 2", "id: 99")
    assert "/steps/0/id: This journey has no step 99" in journeys.refuses(
        "journey", "update", slow, "-", *FOR, given=unknown
    )


def test_the_preview_of_a_draft_with_faults_names_them_and_exits_with_1(
    journeys: Journeys, slow: int
):
    wrong = EDITED.replace("field: 4", "field: 99")
    journeys.does("journey", "update", slow, "-", *FOR, given=wrong)
    result = journeys("journey", "publish", slow, *FOR, "--preview")
    assert result.exit_code == 1
    assert "It cannot be published: /steps/0/params/field" in result.stdout


def test_a_draft_that_was_never_published_has_no_versions(journeys: Journeys):
    journey_id = journeys.data("journey", "import", "-", *FOR, given=WAITING)["journey_id"]
    assert journeys.does("journey", "versions", journey_id, *FOR) == "Never published.\n"
    assert journeys.does("journey", "publish", journey_id, *FOR) == "Version 1 is published.\n"
