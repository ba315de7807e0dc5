"""Steps that tag, on the demo as it runs: the host's own API, and its own report of what it did."""

from __future__ import annotations

from tests.demo.fast_world import MANAGER, started
from tests.documents import journey, step, wait

WELCOME, NEW_HERE, ENGAGED = 1, 1, 2


def test_a_tag_is_put_on_by_the_hosts_api_and_another_journey_hears_it_from_the_host(
    tmp_path, filled_file
):
    with started(tmp_path, filled_file) as demo:
        authoring = demo.services.authoring
        first = journey(
            step("AddTag", tag_id=ENGAGED), wait(3, "days"), step("RemoveTag", tag_id=ENGAGED)
        )
        follows = {"type": "Tag", "params": {"tag_ids": [ENGAGED]}}
        second = journey(wait(1, "days"), trigger=follows, name="Follows")
        for text in (first, second):
            authoring.enable(MANAGER, authoring.import_text(MANAGER, text, "cli"), "cli")
        page = f"/lists/{WELCOME}/subscribe"
        demo.post(page, page, EmailAddress="ann@example.com")
        demo.work()
        one, other = demo.rows(demo.ours.enrollments)
        assert demo.path(one["id"]) == ["AddTag stay", "AddTag next", "Wait until"]
        assert other["subscriber_id"] == one["subscriber_id"]
        has = demo.rows(demo.tables.subscriber_tag_relations, RelSubscriberID=one["subscriber_id"])
        assert [row["RelTagID"] for row in has if row["RelListID"] == WELCOME] == [ENGAGED]
        demo.turn(days=3)
        states = {row["state"] for row in demo.rows(demo.ours.enrollments)}
        assert states == {"ended"}
        told = [(row["type"], row["source"]) for row in demo.rows(demo.ours.inbox)]
        assert told == [("subscription", b"hook"), ("tag", b"hook"), ("untag", b"hook")]
