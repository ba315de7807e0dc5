"""One person's history: what happened, and why."""

from __future__ import annotations

import pytest

from devtools.page_world import MANAGER, PageWorld
from plugin.engine.reading import PeopleFilter
from tests.web.conftest import Visit, text_of


def history(world: PageWorld, visit: Visit, name: str, number: int, **wanted: object) -> str:
    """The page of this subscriber in this journey, their last visit."""
    journey_id = world.journeys[name]
    found = world.services.reading.people(
        MANAGER, journey_id, PeopleFilter(subscriber_id=number, **wanted)
    )
    return text_of(visit.get(f"/{journey_id}/people/{found[0].enrollment_id}"))


def test_the_entry_says_what_brought_them_in(made_world, visit):
    page = history(made_world, visit, "welcome", 2)
    assert "Entered: subscribed 16 Nov 2026, 09:02:11 Subscribes to Welcome list." in page


def test_a_wait_says_from_when_to_when(made_world, visit):
    page = history(made_world, visit, "welcome", 2)
    assert "Wait: 2 days, then Mon–Fri 09:00–17:00 16 Nov 2026, 09:02:11" in page
    assert "16 Nov 2026, 09:02:11 to 18 Nov 2026, 09:02:11, 2 days." in page


def test_a_wait_that_a_window_made_longer_says_so(made_world, visit):
    page = history(made_world, visit, "welcome", 15)
    assert "25 Nov 2026, 17:02:11 to 30 Nov 2026, 09:00:00, 4 days 15 h." in page
    assert "The wait itself is over on 27 Nov 2026, 17:02, outside the window" in page
    assert "the window opens on 30 Nov 2026, 09:00, Europe/Berlin." in page
    page = history(made_world, visit, "welcome", 8)
    assert "The wait itself was over on 20 Nov 2026, 03:02, outside the window" in page
    assert "the window opened on 20 Nov 2026, 09:00, Europe/Berlin." in page


def test_a_decision_shows_every_rule_its_truth_and_the_value_seen(made_world, visit):
    page = history(made_world, visit, "welcome", 2)
    assert "All of these are so: true. Went down True" in page
    assert "First name is set Rui True" in page
    assert "Any: City is “Oslo” Oslo True" in page
    assert "Any: City is “Berlin” Oslo False" in page
    assert "Any: Not: E-mail address ends with “.org” person.00001@example.org True" in page


def test_a_value_that_is_not_set_is_called_so(made_world, visit):
    page = history(made_world, visit, "welcome", 3)
    assert "All of these are so: false. Went down False" in page
    assert "First name is set not set False" in page


def test_a_field_update_names_the_field_and_the_value(made_world, visit):
    page = history(made_world, visit, "welcome", 2)
    assert "Set “Welcome note” to “Welcome Rui”" in page


def test_a_step_that_was_off_says_so(made_world, visit):
    page = history(made_world, visit, "welcome", 3)
    assert "Update field: passed through" in page
    assert "The step was off." in page


def test_a_webhook_shows_its_tries_and_the_last_answer(made_world, visit):
    page = history(made_world, visit, "welcome", 3)
    assert "POST https://crm.example.com/v2/leads, one key for all tries:" in page
    assert "503 412 ms in 10 s" in page
    assert "429 88 ms in 1 min" in page
    assert "200 73 ms done" in page
    assert 'Answer of try 3 {"ok": true, "lead_score": 12}' in page


def test_a_refused_webhook_says_that_nothing_more_is_tried(made_world, visit):
    page = history(made_world, visit, "welcome", 3)
    assert "Not delivered" in page
    assert "401 95 ms no further try" in page
    assert '"error": "invalid_signature"' in page


def test_whoever_is_through_has_an_end_with_its_time(made_world, visit):
    page = history(made_world, visit, "welcome", 2)
    assert "Finished 24 Nov 2026," in page
    assert "State Ended" in page


def test_whoever_left_has_the_reason(made_world, visit):
    page = history(made_world, visit, "welcome", 6)
    assert "Left the journey: unsubscribed" in page


def test_whoever_waits_sees_what_is_still_to_come(made_world, visit):
    page = history(made_world, visit, "welcome", 8)
    assert "Still to come: Webhook: POST to example.org/" in page
    assert "Due 25 Nov 2026, 20:02" in page


def test_a_parked_person_has_the_reason_on_top_and_no_button_that_does_nothing(made_world, visit):
    page = history(made_world, visit, "parking", 2, state="parked")
    assert "Parked at Update field, step" in page
    assert "“some day in spring” is not a date such as 2026-05-31." in page
    assert "All tries are used up." in page
    assert "Update field: failed, try 1" in page
    assert "Update field: parked after try 6" in page
    assert "Retry" not in page
    assert "Skip this" not in page


def test_a_held_person_has_the_reason_and_the_next_try_and_the_looks_are_one_entry(
    made_world, visit
):
    journey_id = made_world.journeys["holding"]
    found = made_world.services.reading.people(MANAGER, journey_id, PeopleFilter(state="held"))
    page = text_of(visit.get(f"/{journey_id}/people/{found[0].enrollment_id}"))
    assert "Held at Wait, step" in page
    assert page.count("List 4 has no subscribers in the host any more") == 2
    assert "Nothing is lost: it is tried again by itself, next on 25 Nov 2026" in page


def test_each_visit_of_a_person_leads_to_the_others(made_world, visit):
    page = history(made_world, visit, "hostile", 2)
    assert "2nd visit of 2" in page
    assert "Other visits Entered 16 Nov 2026, 09:02 finished" in page


def test_the_step_leads_to_its_card(made_world, visit):
    journey_id = made_world.journeys["parking"]
    found = made_world.services.reading.people(MANAGER, journey_id, PeopleFilter(state="parked"))
    row = found[0]
    page = visit.get(f"/{journey_id}/people/{row.enrollment_id}").text
    assert f'href="/journeys/{journey_id}#step-{row.step_id}"' in page
    assert f'id="step-{row.step_id}"' in visit.get(f"/{journey_id}").text


@pytest.mark.parametrize("name", ["welcome", "long", "hostile", "parking", "holding"])
def test_every_history_can_be_shown(made_world, visit, name):
    journey_id = made_world.journeys[name]
    rows = made_world.services.reading.people(MANAGER, journey_id, PeopleFilter())
    assert rows
    for row in rows:
        assert visit.get(f"/{journey_id}/people/{row.enrollment_id}").status_code == 200
