"""Turning journeys on and off: the question has the numbers, the act does what it said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from devtools.page_journeys import WELCOME
from devtools.page_world import MANAGER
from tests.web.conftest import Visit, text_of


@pytest.fixture
def manager(world) -> Visit:
    return Visit(world.visitor(MANAGER, "manage"))


def status(world, name: str) -> str:
    return world.services.reading.journey(MANAGER, world.journeys[name]).status


def test_the_question_before_turning_off_says_who_will_freeze(world, manager):
    page = text_of(manager.get(f"/{world.journeys['parking']}/disable"))
    assert "Turn “Note the birthday” off?" in page
    assert "16 people are inside. They freeze where they stand" in page
    assert "Among them 5 held and 11 parked." in page
    assert "Keep it on Turn off" in page
    assert status(world, "parking") == "enabled"


def test_turning_off_freezes_people_and_turning_on_lets_them_go_on(world, manager):
    address = f"/{world.journeys['welcome']}"
    answer = manager.post(f"{address}/disable")
    assert (answer.status_code, answer.location) == (303, f"/journeys{address}?done=off")
    assert status(world, "welcome") == "disabled"
    world.now += timedelta(minutes=25)
    world.run()
    inside = world.services.reading.inside(MANAGER, world.journeys["welcome"])
    assert (inside.people, inside.waiting) == (8, 8)
    assert "frozen where they stood. Nobody is overdue" in text_of(manager.get(f"{address}/enable"))
    assert manager.post(f"{address}/enable").status_code == 303
    assert status(world, "welcome") == "enabled"


def test_the_question_before_turning_on_says_who_is_overdue(world, manager):
    address = f"/{world.journeys['welcome']}"
    manager.post(f"{address}/disable")
    table, past = world.tables.enrollments, datetime(2020, 1, 1, tzinfo=UTC)
    ids = sa.select(table.c.id).where(table.c.due_at.is_not(None)).limit(3)
    with world.engine.begin() as connection:
        three = connection.scalars(ids.where(table.c.journey_id == world.journeys["welcome"])).all()
        connection.execute(sa.update(table).where(table.c.id.in_(three)).values(due_at=past))
    page = text_of(manager.get(f"{address}/enable"))
    assert "8 people are inside, frozen where they stood. 3 of them are overdue" in page
    assert "Version 1 goes live again." in page


def test_the_first_time_on_publishes_version_1(world, manager):
    address = f"/{world.journeys['draft']}"
    page = text_of(manager.get(f"{address}/enable"))
    assert "Version 1 is published." in page
    assert "Nobody is inside." in page
    assert manager.post(f"{address}/enable").status_code == 303
    assert "Version 1 is live." in text_of(manager.get(address))


def test_what_must_be_mended_before_publishing_is_listed(world, manager):
    text = WELCOME.replace("list_ids: [1]", "list_ids: [1, 5]")
    world.add("foreign list", text, on=False)
    address = f"/{world.journeys['foreign list']}"
    answer = manager.post(f"{address}/enable")
    assert answer.status_code == 422
    assert "It stays off: mend this first" in text_of(answer)
    assert "/trigger/params/list_ids/1 There is no list 5." in text_of(answer)
    assert status(world, "foreign list") == "disabled"


def test_what_is_on_already_leads_back_to_its_page(world, manager):
    address = f"/{world.journeys['welcome']}"
    answer = manager.get(f"{address}/enable")
    assert (answer.status_code, answer.location) == (302, f"/journeys{address}")


def test_whoever_comes_second_learns_that_it_is_done(world, manager):
    address = f"/{world.journeys['welcome']}"
    manager.post(f"{address}/disable")
    answer = manager.post(f"{address}/disable")
    assert answer.status_code == 409
    assert "“Welcome series” is disabled already." in text_of(answer)
