"""Held and parked people on the pages: grouped by cause, and driven on by who may manage."""

from __future__ import annotations

import pytest

from devtools.page_world import MANAGER
from plugin.engine.reading import PeopleFilter
from tests.web.conftest import Visit, text_of


@pytest.fixture
def manager(world) -> Visit:
    return Visit(world.visitor(MANAGER, "manage"))


def parked(world):
    found = world.services.reading.people(
        MANAGER, world.journeys["parking"], PeopleFilter(state="parked")
    )
    return [row.enrollment_id for row in found]


def test_the_causes_stand_above_the_people_with_their_numbers(world, manager):
    address = f"/{world.journeys['parking']}/people"
    page = text_of(manager.get(address))
    assert "Held and parked, by cause" in page
    assert "Try all 16 again Skip the step End… 16 people leave, held and parked alike." in page
    assert "That cannot be undone. End 16 people" in page
    looker = text_of(Visit(world.visitor(MANAGER, "view")).get(address))
    assert "Held and parked, by cause" in looker
    assert "Skip the step" not in looker
    assert "by cause" not in text_of(manager.get(f"/{world.journeys['welcome']}/people"))


def test_all_of_a_cause_leave_by_one_button(world, manager):
    journey_id = world.journeys["parking"]
    (group, *_) = world.services.reading.stopped(MANAGER, journey_id)
    form = {"act": "end", "cause": group.cause, "step": str(group.step_id)}
    answer = manager.post(f"/{journey_id}/redrive", **form)
    assert (answer.status_code, answer.location) == (303, f"/journeys/{journey_id}/people")
    assert parked(world) == []
    assert "Ended by hand" in text_of(manager.get(f"/{journey_id}/people?state=ended"))


def test_one_person_is_sent_past_the_step_and_the_history_says_so(world, manager):
    journey_id, person = world.journeys["parking"], parked(world)[0]
    answer = manager.post(f"/{journey_id}/redrive", act="skip", enrollment=str(person))
    assert answer.location == f"/journeys/{journey_id}/people/{person}"
    assert person not in parked(world)
    assert "skipped by hand" in text_of(manager.get(f"/{journey_id}/people/{person}"))


def test_what_is_not_offered_changes_nothing(world, manager):
    address, before = f"/{world.journeys['parking']}/redrive", parked(world)
    for form in (
        {},
        {"act": "drop", "cause": "bad_value"},
        {"act": "end"},
        {"act": "end"} | {"enrollment": "x"},
    ):
        assert manager.post(address, **form).status_code == 409
    assert manager.post(address, act="end", enrollment=str(10**15)).status_code == 409
    assert parked(world) == before


def test_turning_on_asks_what_becomes_of_the_overdue_and_hands_it_to_the_workers(world, manager):
    address = f"/{world.journeys['welcome']}"
    manager.post(f"{address}/disable")
    world.pass_time(days=9)
    manager = Visit(world.visitor(MANAGER, "manage"))  # the first session has ended long ago
    page = manager.get(f"{address}/enable")
    assert "All of them are overdue. The 8 people overdue all go on at once" in text_of(page)
    assert 'value="now" checked' in page.text
    manager.post(f"{address}/enable", overdue="spread", hours="12")
    with world.services.begin() as work:
        chosen = work.library.thawable().choice
    assert (chosen["how"], chosen["hours"]) == ("spread", 12)


def test_archived_journeys_are_out_of_sight_until_asked_for(world, manager):
    world.services.archiving.archive(MANAGER, world.journeys["draft"], "user:1")
    name = world.services.reading.journey(MANAGER, world.journeys["draft"]).name
    assert name not in text_of(manager.get("/"))
    assert name in text_of(manager.get("/?status=archived"))
