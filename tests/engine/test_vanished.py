"""A subscriber's row that goes away between two steps of a tick: hold, send and write nothing."""

import pytest
import sqlalchemy as sa

from tests.documents import decide, journey, rule, step, update, wait, webhook
from tests.engine.kinds import acting, everybody_goes_on
from tests.world_host import CITY, LEVEL, LIST


def deleting(*gone):
    """An action after which these rows are gone, in the tick's own transaction."""

    def run(batch, work):
        shard = work.host._schema.shard(work.host._connection, LIST).name
        query = sa.text(f"DELETE FROM {shard} WHERE SubscriberID = :id")
        work.host._connection.execute(query, [{"id": id_} for id_ in gone])
        return everybody_goes_on(batch, work)

    return acting(run)


@pytest.mark.parametrize(
    "placed",
    [
        update(LEVEL, 'x{{ Subscriber:City|"nowhere" }}'),
        webhook({"to": '{{ Subscriber:EmailAddress|"nobody" }}'}),
        decide({"not": rule(CITY, "is", "Oslo")}),
    ],
    ids=["update", "webhook", "decision"],
)
def test_whose_row_is_gone_holds_and_the_others_go_on(make_world, placed):
    world = make_world(more_actions=[deleting(2)])
    published = world.publish(journey(step("Act"), placed, wait(1, "days")))
    ids = world.host.subscribe([{"CustomField3": "Rome"} for _ in range(3)])
    assert ids == [1, 2, 3]
    world.enter(ids)
    assert world.tick() == 3
    row = world.person(2)
    assert (row["state"], row["cause"]) == ("held", "subscriber_missing")
    assert (row["step_id"], row["attempts"]) == (published.steps[1], 0)
    assert row["due_at"] > world.now
    assert world.states() == ["waiting", "held", "waiting"]
    assert 2 not in {delivery["enrollment_id"] for delivery in world.deliveries()}
