"""What the pages read, on both databases: right figures, one owner, few statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plugin.engine.reading import HISTORY_ROWS, PAGE_ROWS, PeopleFilter
from plugin.errors import NotFound
from tests.storage.rows import DOCUMENT, MINE, NOW, THEIRS, Rows


@pytest.fixture
def rows(database, tables) -> Rows:
    return Rows(database, tables)


def test_the_list_has_the_last_modified_first_with_its_figures(rows):
    rows.journey(1)
    rows.journey(2, name="Second")
    rows.enroll(1, 2, state="held")
    rows.enroll(3, state="parked", due_at=None)
    rows.enroll(4, 5)
    rows.count(0, "entered", "", 9)
    rows.count(0, "entered", "", 1)
    rows.count(0, "ended", "completed", 3)
    rows.count(0, "ended", "unsubscribed", 2)
    rows.count(12, "delivered", "", 4)
    rows.count(12, "undelivered", "", 1)
    rows.delivery(1, 1, 1)
    rows.delivery(2, 2, 1, state="done", next_at=None)
    second, first = rows.reading.journeys(MINE)
    assert (second.name, second.entered, second.active) == ("Second", 0, 0)
    assert (first.entered, first.active, first.held, first.parked) == (10, 5, 2, 1)
    assert first.sends == 6
    assert (first.live_number, first.draft_differs) == (3, False)
    assert (first.trigger.type, first.trigger.params) == ("ListSubscription", {"list_ids": [1]})
    assert first.modified_at == NOW + timedelta(minutes=1)


def test_a_draft_that_is_not_what_is_live_is_called_different(rows):
    rows.journey(1, draft={**DOCUMENT, "unsubscribed": "continue"})
    assert rows.reading.journeys(MINE)[0].draft_differs
    page = rows.reading.journey(MINE, 1)
    assert page.draft_differs
    assert page.document.unsubscribed == "end"


def test_a_journey_never_published_shows_its_draft(rows):
    rows.journey(1, live_version_id=None, draft={**DOCUMENT, "trigger": {"type": "Manual"}})
    (row,) = rows.reading.journeys(MINE)
    assert (row.live_number, row.draft_differs, row.trigger.type) == (None, False, "Manual")
    assert rows.reading.journey(MINE, 1).document.trigger.type == "Manual"


def test_the_figures_of_a_step_come_from_the_deltas_of_all_versions(rows):
    rows.journey(1)
    rows.enroll(1, state="held")
    rows.count(11, "arrived", "", 10)
    rows.count(11, "left", "", 3)
    rows.count(11, "left", "branch:true", 2)
    rows.count(11, "left", "branch:false", 1)
    rows.count(11, "left", "end:unsubscribed", 1)
    rows.count(11, "arrived", "", 5, version_id=99)
    rows.count(12, "delivered", "", 4, version_id=0)
    rows.count(0, "entered", "", 15)
    rows.count(0, "refused", "once_at_a_time", 2)
    rows.count(0, "ended", "unsubscribed", 1)
    page = rows.reading.journey(MINE, 1)
    assert page.counts[11] == {
        "here": 8,
        "passed": 6,
        "branch:true": 2,
        "branch:false": 1,
        "ended": 1,
        "held": 1,
    }
    assert page.counts[12] == {"delivered": 4}
    assert (page.entered, page.refused, page.ended) == (15, 2, 1)
    assert page.refusals == {"once_at_a_time": 2}
    assert page.ends == {"unsubscribed": 1}


def test_who_is_inside_is_counted_by_state_with_the_overdue_ones(rows):
    rows.journey(1, status="disabled")
    rows.enroll(1, 2, due_at=None, frozen_due_at=NOW - timedelta(microseconds=1))
    rows.enroll(3, due_at=None, frozen_due_at=NOW)
    rows.enroll(4, state="parked", due_at=None)
    rows.enroll(5, state="held", due_at=None, frozen_due_at=NOW - timedelta(days=1))
    rows.enroll(6, state="ended", due_at=None)
    inside = rows.reading.inside(MINE, 1)
    assert (inside.people, inside.waiting, inside.held, inside.parked) == (5, 3, 1, 1)
    assert inside.overdue == 3


def test_people_come_newest_first_and_one_more_than_a_page(rows):
    rows.journey(1)
    rows.enroll(*range(1, PAGE_ROWS + 10))
    found = rows.reading.people(MINE, 1, PeopleFilter())
    assert len(found) == PAGE_ROWS + 1
    assert [row.enrollment_id for row in found[:2]] == [PAGE_ROWS + 9, PAGE_ROWS + 8]
    rest = rows.reading.people(MINE, 1, PeopleFilter(before_id=found[-1].enrollment_id))
    assert [row.enrollment_id for row in rest] == list(range(8, 0, -1))


@pytest.mark.parametrize(
    "wanted",
    [
        PeopleFilter(),
        PeopleFilter(state="inside"),
        PeopleFilter(step_id=11),
        PeopleFilter(step_id=11, state="inside"),
    ],
)
def test_the_newest_come_first_whatever_their_state_and_version(rows, wanted):
    rows.journey(1)
    rows.insert(rows.tables.versions, version(5), version(99))
    everybody = range(1, 3 * PAGE_ROWS)
    for rest, (version_id, state) in enumerate([(99, "waiting"), (10, "active"), (5, "held")]):
        ids = [i for i in everybody if i % 3 == rest]
        rows.enroll(*ids, version_id=version_id, state=state)
    newest = list(everybody)[::-1]
    found = rows.reading.people(MINE, 1, wanted)
    assert [row.enrollment_id for row in found] == newest[: PAGE_ROWS + 1]
    wanted = replace(wanted, before_id=found[-2].enrollment_id)
    rest = rows.reading.people(MINE, 1, wanted)
    assert [row.enrollment_id for row in rest] == newest[PAGE_ROWS : 2 * PAGE_ROWS + 1]


def version(version_id: int) -> Mapping[str, Any]:
    """Another one of the first journey."""
    return {
        "id": version_id,
        "user_id": MINE,
        "journey_id": 1,
        "number": version_id,
        "document": "{}",
        "sha256": b"\0" * 32,
        "zone": "UTC",
        "published_at": NOW,
        "published_by": "cli",
        "exit_rules": 0,
    }


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (PeopleFilter(state="waiting"), [1]),
        (PeopleFilter(state="inside"), [4, 2, 1]),
        (PeopleFilter(state="ended"), [3]),
        (PeopleFilter(step_id=12), [4, 3]),
        (PeopleFilter(step_id=12, state="inside"), [4]),
        (PeopleFilter(email="P2@Example.com"), [2]),
        (PeopleFilter(email="p2"), []),
        (PeopleFilter(subscriber_id=4), [4]),
        (PeopleFilter(before_id=2), [1]),
    ],
)
def test_filters_find_whom_they_name(rows, wanted, ids):
    rows.journey(1)
    rows.journey(2)
    rows.enroll(1)
    rows.enroll(2, state="held", cause="bad_value", cause_text="No.")
    rows.enroll(3, state="ended", step_id=12, end_reason="completed", ended_at=NOW, due_at=None)
    rows.enroll(4, state="active", step_id=12)
    rows.enroll(5, journey_id=2)
    assert [row.enrollment_id for row in rows.reading.people(MINE, 1, wanted)] == ids


def test_who_is_gone_from_the_host_has_no_address(rows):
    rows.journey(1)
    rows.enroll(1, 901)
    gone, here = rows.reading.people(MINE, 1, PeopleFilter())
    assert (gone.email, here.email) == (None, "p1@example.com")


def test_frozen_people_keep_the_time_they_were_due(rows):
    rows.journey(1)
    rows.enroll(1, due_at=None, frozen_due_at=NOW + timedelta(days=2))
    (row,) = rows.reading.people(MINE, 1, PeopleFilter())
    assert row.due_at == NOW + timedelta(days=2)


def test_a_persons_page_has_the_history_in_order_with_deliveries_and_tries(rows, tables):
    rows.journey(1)
    rows.insert(
        tables.inbox,
        {
            "id": 5,
            "source": b"hook",
            "event_id": b"evt",
            "body_hash": b"\0" * 16,
            "type": "subscription",
            "list_id": 7,
            "subscriber_id": 1,
            "occurred_at": NOW,
            "received_at": NOW,
            "data": {},
            "state": "routed",
            "hops": 0,
        },
    )
    rows.enroll(1, entry_event_id=5)
    rows.log(1, 2)
    rows.log(1, 1, "until", step_id=11, action="Wait", detail={"until": "x", "ü": [1, None]})
    rows.delivery(9, 1, 2, state="done", next_at=None)
    rows.attempt(9, 2, status=200, answer="ok", next_at=None)
    rows.attempt(9, 1)
    page = rows.reading.person(MINE, 1, 1)
    assert (page.journey_name, page.entered_by) == ("Journey 1", "subscription")
    assert [step.id for step in page.document.steps] == [11, 12]
    wait, hook = page.moments
    assert (wait.outcome, wait.detail) == ("until", {"until": "x", "ü": [1, None]})
    assert wait.delivery is None
    assert hook.delivery.delivery_key == "key-9"
    assert [(t.attempt, t.status, t.answer) for t in hook.delivery.tries] == [
        (1, 503, "busy"),
        (2, 200, "ok"),
    ]


def test_a_persons_page_lists_all_visits_of_the_same_person(rows):
    rows.journey(1)
    rows.enroll(1, state="ended")
    rows.enroll(2, person_key=b"x" * 16)
    rows.enroll(3)
    with rows.database.begin() as connection:
        table = rows.tables.enrollments
        key = connection.scalar(
            table.select().with_only_columns(table.c.person_key).where(table.c.id == 1)
        )
        connection.execute(table.update().where(table.c.id == 3).values(person_key=key))
    page = rows.reading.person(MINE, 1, 3)
    assert [visit.enrollment_id for visit in page.visits_of_person] == [3, 1]


def test_a_very_long_history_shows_its_end(rows):
    rows.journey(1)
    rows.enroll(1)
    line = {
        "enrollment_id": 1,
        "logged_on": NOW.date(),
        "user_id": MINE,
        "journey_id": 1,
        "version_id": 10,
        "step_id": 11,
        "action": "Wait",
        "outcome": "hold",
        "logged_at": NOW,
    }
    visits = range(1, HISTORY_ROWS + 6)
    rows.insert(rows.tables.step_log, *[line | {"visit": visit} for visit in visits])
    moments = rows.reading.person(MINE, 1, 1).moments
    assert (len(moments), moments[0].visit, moments[-1].visit) == (
        HISTORY_ROWS,
        6,
        HISTORY_ROWS + 5,
    )


def test_everything_of_another_user_is_not_found_as_if_it_were_not_there(rows):
    rows.journey(1)
    rows.journey(2, THEIRS)
    rows.enroll(1)
    rows.enroll(2, journey_id=2, user_id=THEIRS)
    assert [row.journey_id for row in rows.reading.journeys(MINE)] == [1]
    for journey_id, enrollment_id in ((2, 2), (2, 1), (1, 2), (3, 3)):
        texts = set()
        if journey_id != 1:
            for ask in (rows.reading.journey, rows.reading.inside):
                with pytest.raises(NotFound) as refused:
                    ask(MINE, journey_id)
                texts.add(str(refused.value))
            with pytest.raises(NotFound):
                rows.reading.people(MINE, journey_id, PeopleFilter())
        with pytest.raises(NotFound):
            rows.reading.person(MINE, journey_id, enrollment_id)
        assert len(texts) <= 1


def test_figures_of_another_user_are_never_added(rows):
    rows.journey(1)
    rows.count(0, "entered", "", 5)
    rows.count(0, "entered", "", 100, user_id=THEIRS)
    rows.count(11, "arrived", "", 100, user_id=THEIRS)
    rows.enroll(1, state="held", user_id=THEIRS)
    (row,) = rows.reading.journeys(MINE)
    assert (row.entered, row.held) == (5, 0)
    assert rows.reading.journey(MINE, 1).counts == {}


def test_health_says_what_waits_and_who_works(rows, tables):
    rows.journey(1)
    rows.enroll(1, due_at=NOW - timedelta(minutes=2))
    rows.enroll(2, due_at=NOW + timedelta(minutes=2))
    rows.enroll(3, state="parked", due_at=None)
    rows.delivery(1, 1, 1)
    place = {"id": 1, "user_id": MINE, "host": "example.com", "faults": 0}
    rows.insert(tables.receivers, place | {"served_at": NOW})
    beat = {"worker": "a", "started_at": NOW, "seen_at": NOW, "ticks": 1}
    rows.insert(tables.workers, beat)
    health = rows.reading.health()
    assert (health.due_now, health.oldest_due_seconds) == (1, 120.0)
    assert (health.held, health.parked, health.deliveries_waiting) == (0, 1, 1)
    assert list(health.workers) == [("a", NOW)]
