"""The publish: its preview, what it refuses, and the history of versions that it makes."""

from __future__ import annotations

import pytest

from plugin.errors import Conflict, InvalidDocument
from tests.documents import decide, journey, rule, update, wait, webhook
from tests.engine.versions import (
    draft,
    edit,
    go_over,
    later,
    numbers,
    placed,
    revision,
    waiting,
)
from tests.world_host import CITY, LEVEL, OWNER
from tests.world_parts import counted

OSLO = {"all": [rule(CITY, "is", "Oslo")]}
OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}


@pytest.fixture
def publishing(world):
    return world.services.publishing


def test_the_preview_says_how_many_stand_where_and_what_becomes_of_them(world, publishing):
    asked = decide(OSLO, [wait(2, "days")], [wait(3, "days")])
    made = world.publish(journey(asked, update(LEVEL, "x" * 300)))
    decision, oslo, other, sets = made.steps
    rows = [{"CustomField3": city} for city in ("Oslo", "Oslo", "Oslo", "Rome", "Rome")]
    world.enter(world.host.subscribe(rows))
    world.run()
    edit(
        world,
        made,
        placed(decision, decide(OSLO, [placed(oslo, wait(9, "days"))])),
        placed(sets, update(LEVEL, "fits")),
    )
    before = world.people(made)
    with counted() as statements:
        found = publishing.preview(OWNER, made.id)
    about_people = [text for text in statements.texts if "jny_enrollments" in text]
    assert len(about_people) == 1
    assert (found.number, found.draft_revision, found.people) == (2, 2, 5)
    told = [(g.step_id, g.people, g.word, g.to_step_id, g.anew) for g in found.goings]
    assert told == [
        (oslo, 3, "meets_changes", oslo, True),
        (other, 2, "goes_to", sets, False),
    ]
    assert [(c.what, c.step_id) for c in found.changes] == [
        ("changed", oslo),
        ("changed", sets),
        ("removed", other),
    ]
    out = publishing.preview(OWNER, made.id, "exit").goings[1]
    assert (out.word, out.to_step_id) == ("leaves", None)
    assert (world.people(made), revision(world, made)) == (before, 2)
    publishing.publish(OWNER, made.id, "cli", "next", 2)
    go_over(world)
    assert [row["step_id"] for row in world.people(made)] == [oslo] * 3 + [sets] * 2


def test_a_draft_that_changed_after_the_preview_is_not_published(world, publishing):
    made = waiting(world, wait())
    edit(world, made, wait(2, "days"))
    with pytest.raises(Conflict, match="Look again"):
        publishing.publish(OWNER, made.id, "cli", "next", 1)
    publishing.publish(OWNER, made.id, "cli", "next", 2)
    with pytest.raises(Conflict, match="published already"):
        publishing.publish(OWNER, made.id, "cli")


def test_a_draft_with_faults_is_not_published_and_the_preview_says_why(world, publishing):
    made = waiting(world, wait())
    edit(world, made, update(4711, "x"))
    (problem,) = publishing.preview(OWNER, made.id).problems
    with pytest.raises(InvalidDocument) as refused:
        publishing.publish(OWNER, made.id, "cli")
    assert refused.value.problems == (problem,)
    assert numbers(world, made) == [1]


def test_what_is_archived_is_not_published(world, publishing):
    made = waiting(world, wait())
    edit(world, made, wait(2, "days"))
    with world.host.engine.begin() as connection:
        connection.execute(world.tables.journeys.update().values(status="archived"))
    with pytest.raises(Conflict, match="Restore it first"):
        publishing.publish(OWNER, made.id, "cli")


def test_a_journey_that_was_never_on_can_be_published_and_stays_off(world, publishing):
    fresh = world.services.authoring.import_text(OWNER, journey(wait()), "cli")
    assert publishing.publish(OWNER, fresh, "user:1").number == 1
    assert world.row(world.tables.journeys)["status"] == "disabled"
    assert world.rows(world.tables.changeovers) == []
    world.services.authoring.enable(OWNER, fresh, "cli")
    assert [row.number for row in world.services.reading.versions(OWNER, fresh)] == [1]


def test_versions_are_listed_with_who_when_and_what(world):
    made = waiting(world, wait(1, "hours"))
    world.turn(days=1)
    edit(world, made, placed(made.steps[0], wait(2, "hours")), webhook(), reentry="once_ever")
    world.services.publishing.publish(OWNER, made.id, "user:7")
    second, first = world.services.reading.versions(OWNER, made.id)
    assert (first.number, first.published_by, first.live, first.changes) == (1, "cli", False, ())
    assert (second.published_by, second.published_at, second.live) == ("user:7", world.now, True)
    told = [(c.what, c.action, c.parts) for c in second.changes]
    assert told == [
        ("settings", "", ("reentry",)),
        ("changed", "Wait", ("amount",)),
        ("added", "Webhook", ()),
    ]


def test_an_update_by_a_caller_that_knows_no_versions_is_published_at_once(world, publishing):
    made = waiting(world, wait(2, "days"), update(LEVEL, "x"))
    text = journey(placed(made.steps[1], update(LEVEL, "y")))
    done = publishing.update_published(OWNER, made.id, text, "api")
    assert (done.number, done.people) == (2, 1)
    later(world)
    world.run()
    assert list(world.host.values(LEVEL).values()) == ["y"]
    assert publishing.update_published(OWNER, made.id, text, "api") is None


def test_an_update_as_a_draft_and_one_of_what_was_never_published_stay_drafts(world, publishing):
    made = waiting(world, wait(2, "days"))
    text = journey(placed(made.steps[0], wait(3, "days")))
    assert publishing.update_published(OWNER, made.id, text, "api", draft=True) is None
    assert draft(world, made)["steps"][0]["params"]["amount"] == 3
    assert len(world.services.reading.versions(OWNER, made.id)) == 1
    fresh = world.services.authoring.import_text(OWNER, journey(wait()), "api")
    assert publishing.update_published(OWNER, fresh, journey(), "api") is None
