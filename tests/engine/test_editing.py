"""Drafts: replaced under an optimistic lock, thrown away, brought back from an old version."""

from __future__ import annotations

import pytest

from plugin.errors import Conflict, InvalidDocument, NotFound
from tests.documents import decide, journey, rule, update, wait, webhook
from tests.engine.versions import draft, edit, placed, publish, revision
from tests.world_host import CITY, LEVEL, OWNER, STRANGER


@pytest.fixture
def editing(world):
    return world.services.editing


@pytest.fixture
def published(world):
    return world.publish(journey(update(LEVEL, "x"), wait(1, "days")))


def test_steps_keep_their_ids_and_new_ones_get_some_from_the_accounts_sequence(world, published):
    set_level, waits = published.steps
    is_oslo = {"all": [rule(CITY, "is", "Oslo")]}
    edit(
        world,
        published,
        placed(waits, wait(2, "days")),
        decide(is_oslo, [placed(set_level, update(LEVEL, "x"))], [webhook()]),
    )
    first, second = draft(world, published)["steps"]
    assert (first["id"], second["branches"]["true"][0]["id"]) == (waits, set_level)
    assert [second["id"], second["branches"]["false"][0]["id"]] == [waits + 1, waits + 2]
    other = world.publish(journey(wait()))
    assert other.steps == (waits + 3,)


def test_an_id_that_the_journey_never_had_is_refused_with_its_path(world, published):
    other = world.publish(journey(wait()))
    is_oslo = {"all": [rule(CITY, "is", "Oslo")]}
    with pytest.raises(InvalidDocument) as refused:
        edit(
            world, published, placed(999, wait()), decide(is_oslo, [placed(other.steps[0], wait())])
        )
    paths = [problem.path for problem in refused.value.problems]
    assert paths == ["/steps/0/id", "/steps/1/branches/true/0/id"]
    assert revision(world, published) == 1


def test_an_id_of_an_old_version_is_known_for_good(world, published):
    set_level, waits = published.steps
    publish(world, published, placed(waits, wait()))
    edit(world, published, placed(waits, wait()), placed(set_level, update(LEVEL, "back")))
    assert [step["id"] for step in draft(world, published)["steps"]] == [waits, set_level]


def test_of_two_who_edit_at_once_the_second_is_told_who_was_quicker_and_what_is_lost(
    world, editing, published
):
    waits = published.steps[1]
    mine = journey(placed(waits, wait(3, "days")), webhook(), name="Mine")
    editing.update_text(OWNER, published.id, journey(wait(9, "days")), "user:7", 1)
    with pytest.raises(Conflict) as lost:
        editing.update_text(OWNER, published.id, mine, "user:8", 1)
    assert lost.value.code == "draft_changed"
    assert str(lost.value) == (
        "“Test journey” was changed by user:7 at 2026-03-02 08:00:00 UTC: its draft is at revision"
        " 2, and yours began at 1. Not saved: name; step 2 (Wait) added; a new Webhook; step 3"
        " (Wait) removed.".replace("step 2", f"step {waits}").replace("step 3", f"step {waits + 1}")
    )
    assert draft(world, published)["steps"][0]["params"]["amount"] == 9


def test_an_edit_renames_at_once_and_changes_nothing_for_people(world, published):
    (ann,) = world.enter(1)
    edit(world, published, wait(9, "days"), name="A better name", notes="Why.")
    row = world.row(world.tables.journeys, id=published.id)
    assert (row["name"], row["notes"], row["draft_revision"]) == ("A better name", "Why.", 2)
    world.run()
    assert world.path(world.person(ann)["id"]) == ["UpdateCustomFieldValue next", "Wait until"]


def test_a_draft_is_thrown_away_but_for_its_name(world, editing, published):
    before = draft(world, published)
    edit(world, published, wait(9, "days"), name="Renamed")
    assert editing.discard(OWNER, published.id, "cli") == 3
    assert draft(world, published) == before | {"name": "Renamed"}
    page = world.services.reading.journey(OWNER, published.id)
    assert (page.draft_differs, page.draft_revision) == (False, 3)


def test_what_was_never_published_has_nothing_to_go_back_to(world, editing):
    fresh = world.services.authoring.import_text(OWNER, journey(wait()), "cli")
    with pytest.raises(Conflict, match="never published"):
        editing.discard(OWNER, fresh, "cli")


def test_an_old_version_is_brought_back_as_a_draft_with_its_ids(world, editing, published):
    first = draft(world, published)
    publish(world, published, wait(9, "days"))
    assert editing.revert(OWNER, published.id, 1, "cli") == 3
    assert draft(world, published) == first
    world.services.publishing.publish(OWNER, published.id, "cli")
    assert world.services.reading.versions(OWNER, published.id)[0].number == 3
    with pytest.raises(NotFound, match="no version 4"):
        editing.revert(OWNER, published.id, 4, "cli")


def test_drafts_of_others_do_not_exist(world, editing, published):
    acts = (
        lambda: editing.update_text(STRANGER, published.id, journey(wait()), "cli", 1),
        lambda: editing.discard(STRANGER, published.id, "cli"),
        lambda: editing.revert(STRANGER, published.id, 1, "cli"),
        lambda: world.services.publishing.publish(STRANGER, published.id, "cli"),
        lambda: world.services.publishing.preview(STRANGER, published.id),
        lambda: world.services.publishing.update_published(
            STRANGER, published.id, journey(wait()), "api"
        ),
        lambda: world.services.reading.versions(STRANGER, published.id),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()
