"""Accounts of the host that are disabled, enabled again, or gone."""

from tests.documents import journey, update, wait
from tests.engine.test_exit_rules import watched
from tests.engine.test_exits import later
from tests.world_host import LEVEL, LIST, OWNER, STRANGER, STRANGERS_LIST


def forget(world, user_id=OWNER):
    """The host has no such account any more."""
    world.host.execute(f"DELETE FROM {world.settings.host_prefix}users WHERE UserID = {user_id}")


def test_people_of_a_disabled_account_hold_and_go_on_by_themselves(world):
    world.publish(journey(wait(1, "hours"), update(LEVEL, "x")))
    ann, bob = world.enter(2)
    world.run()
    world.host.set_user(OWNER, AccountStatus="Disabled")
    world.turn(hours=1)
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", "account_disabled")
    assert "enabled again" in row["cause_text"]
    for _ in range(3):
        world.turn(minutes=10)
        world.run()
    assert world.host.values(LEVEL) == {ann: None, bob: None}
    world.host.set_user(OWNER, AccountStatus="Enabled")
    world.turn(minutes=10)
    world.run()
    assert world.states() == ["ended", "ended"]
    assert world.host.values(LEVEL) == {ann: "x", bob: "x"}
    assert world.path(row["id"]) == [
        "Wait until",
        "UpdateCustomFieldValue hold",
        "UpdateCustomFieldValue next",
    ]


def test_other_accounts_go_on_meanwhile(world):
    world.publish(journey(update(LEVEL, "x")))
    theirs = world.publish(journey(wait(1, "hours"), lists=()), STRANGER)
    world.host.set_user(OWNER, AccountStatus="Disabled")
    world.enter(1)
    world.enter(1, STRANGERS_LIST)
    world.run()
    assert world.states(theirs) == ["waiting"]
    assert [row["state"] for row in world.people(list_id=LIST)] == ["held"]


def test_nobody_of_an_account_that_is_gone_takes_another_step(world):
    published = world.publish(journey(wait(1, "hours"), update(LEVEL, "x")))
    (ann,) = world.enter(1)
    world.run()
    forget(world)
    world.turn(hours=1)
    world.run()
    assert [row["end_reason"] for row in world.people(published)] == ["account_deleted"]
    assert world.host.values(LEVEL) == {ann: None}


def test_the_journeys_of_an_account_that_is_gone_are_archived_and_their_people_end(world):
    on = world.publish(journey(wait(9, "days")))
    off = world.publish(journey(wait(9, "days")))
    theirs = world.publish(journey(wait(9, "days"), lists=()), STRANGER)
    world.enter(2)
    world.enter(1, STRANGERS_LIST)
    world.run()
    world.disable(off)
    forget(world)
    watched(world)
    later(world)
    status = {row["id"]: row["status"] for row in world.rows(world.tables.journeys)}
    assert status == {on.id: "archived", off.id: "archived", theirs.id: "enabled"}
    for published in (on, off):
        assert [row["end_reason"] for row in world.people(published)] == ["account_deleted"] * 2
    assert world.states(theirs) == ["waiting"]
