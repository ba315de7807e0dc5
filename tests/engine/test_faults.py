"""When an action fails: as few people as possible are hit, and nothing is half done."""

from datetime import timedelta

import pytest

from plugin.domain.enrollment import Branch, End, Failed, Hold, Next, Stay
from plugin.engine.ports import Parcel
from plugin.errors import CannotEvaluate, Interrupted, JourneysError, Unavailable
from tests.documents import journey, step, update, wait
from tests.engine.kinds import acting, everybody_goes_on, strict, subscribers
from tests.world_host import LEVEL


def world_of(make_world, run, *after):
    """A world with a journey whose first step does `run`."""
    world = make_world(more_actions=[acting(run)])
    world.publish(journey(step("Act"), *(after or [wait(1, "days")])))
    return world


def test_an_action_that_raises_for_one_of_a_hundred_fails_that_one(make_world):
    culprit = []

    def run(batch, work):
        work.host.set_field(batch.list_id, LEVEL, dict.fromkeys(subscribers(batch), "touched"))
        if subscribers(batch) & set(culprit):
            raise RuntimeError("a bug, with a password in its text")
        return everybody_goes_on(batch, work)

    world = world_of(make_world, run)
    people = world.host.subscribe(100)
    culprit.append(people[63])
    world.enter(people)
    world.run()
    of_culprit = {culprit[0]: world.host.undone("touched")}
    assert world.host.values(LEVEL) == dict.fromkeys(people, "touched") | of_culprit
    row = world.person(culprit[0])
    assert (row["state"], row["cause"], row["attempts"]) == ("held", "runtime_error", 1)
    assert "password" not in row["cause_text"]
    assert "worker's log" in row["cause_text"]
    assert row["due_at"] == world.now + timedelta(minutes=15)
    assert world.states().count("waiting") == 99


def test_an_error_of_ours_is_told_in_its_own_words(make_world):
    def run(batch, work):
        raise JourneysError("The moon is not right. Try again at half moon.")

    world = world_of(make_world, run)
    (ann,) = world.enter(1)
    world.run()
    row = world.person(ann)
    assert row["cause_text"] == "The moon is not right. Try again at half moon."
    assert row["cause"] == "journeys_error"


def test_an_action_that_fails_for_everybody_gives_up_after_sixty_four_parts(make_world):
    calls = []

    def run(batch, work):
        calls.append(len(batch.subscribers))
        raise ValueError("never")

    world = world_of(make_world, run)
    world.enter(1000)
    assert world.tick() == 1000
    assert set(world.states()) == {"held"}
    assert {row["cause"] for row in world.people()} == {"value_error"}
    assert 64 <= len(calls) <= 130


def test_an_action_that_forgets_somebody_fails_for_whom_it_forgot(make_world):
    def run(batch, work):
        return {i: Next() for i, s in batch.subscribers.items() if s.subscriber_id != 3}

    world = world_of(make_world, run)
    world.enter(5)
    world.run()
    assert world.states() == ["waiting", "waiting", "held", "waiting", "waiting"]
    assert world.person(3)["cause"] == "runtime_error"


@pytest.mark.parametrize("answer", [None, "next", Next({"a": {1, 2}}), Next({"a": float("nan")})])
def test_an_action_that_does_not_keep_to_the_rules_fails(make_world, answer):
    """Answers that are none, and reasons that cannot be written down."""

    def run(batch, work):
        return dict.fromkeys(batch.subscribers, answer)

    world = world_of(make_world, run)
    world.enter(2)
    world.run()
    assert world.states() == ["held", "held"]


def test_an_action_that_answers_for_somebody_else_fails(make_world):
    def run(batch, work):
        return {**everybody_goes_on(batch, work), 10**9: End("exited")}

    world = world_of(make_world, run)
    world.enter(2)
    world.run()
    assert world.states() == ["held", "held"]


def test_an_action_that_cannot_tell_holds_everybody_it_was_asked_about(make_world):
    def run(batch, work):
        raise CannotEvaluate("moon_missing", "There is no moon.")

    world = world_of(make_world, run)
    world.enter(3)
    world.run()
    assert {(row["state"], row["cause"], row["attempts"]) for row in world.people()} == {
        ("held", "moon_missing", 0)
    }


def test_each_answer_leads_where_it_says(make_world):
    answers = [
        Next({"why": "next"}),
        Branch("left", {"why": "left"}),
        Hold("cloudy", "It is cloudy."),
        End("exited", {"why": "end"}),
        Failed("bad", "Bad.", {"why": "failed"}),
    ]

    def run(batch, work):
        return {i: answers[s.subscriber_id - 1] for i, s in batch.subscribers.items()}

    world = make_world(more_actions=[acting(run)])
    world.publish(
        journey(step("Act", {"left": [update(LEVEL, "left")], "right": []}), wait(1, "days"))
    )
    world.enter(5)
    world.run()
    assert world.states() == ["waiting", "waiting", "held", "ended", "held"]
    assert world.host.values(LEVEL) == {1: None, 2: "left", 3: None, 4: None, 5: None}
    first = [world.history(row["id"])[0] for row in world.people()]
    assert [line["outcome"] for line in first] == ["next", "branch", "hold", "end", "failed"]
    assert [line["detail"].get("why") for line in first] == ["next", "left", None, "end", "failed"]


def test_who_stays_runs_the_same_step_again(make_world):
    calls = []

    def run(batch, work):
        calls.append(batch.now)
        if len(calls) < 3:
            return dict.fromkeys(batch.subscribers, Stay(batch.now + timedelta(hours=1)))
        return everybody_goes_on(batch, work)

    world = world_of(make_world, run, update(LEVEL, "x"))
    (ann,) = world.enter(1)
    for _ in range(3):
        world.run()
        world.turn(hours=1)
    assert len(calls) == 3
    assert world.path(world.person(ann)["id"]) == [
        "Act stay",
        "Act stay",
        "Act next",
        "UpdateCustomFieldValue next",
    ]


def test_a_transaction_that_the_database_undid_is_run_again_whole(make_world):
    calls = []

    def run(batch, work):
        calls.append(len(batch.subscribers))
        work.host.set_field(batch.list_id, LEVEL, dict.fromkeys(subscribers(batch), "once"))
        if len(calls) <= 2:
            raise Interrupted("deadlock")
        return everybody_goes_on(batch, work)

    world = world_of(make_world, run)
    ids = world.enter(10)
    assert world.tick() == 10
    assert calls == [10, 10, 10]
    assert world.states() == ["waiting"] * 10
    assert world.host.values(LEVEL) == dict.fromkeys(ids, "once")
    assert len(world.history(world.people()[0]["id"])) == 2


@pytest.mark.parametrize(("fault", "calls"), [(Interrupted, 6), (Unavailable, 1)])
def test_what_does_not_pass_is_told_to_the_worker_and_changes_nothing(make_world, fault, calls):
    called = []

    def run(batch, work):
        called.append(1)
        work.host.set_field(batch.list_id, LEVEL, dict.fromkeys(subscribers(batch), "half"))
        raise fault("away")

    world = world_of(make_world, run)
    (ann,) = world.enter(1)
    before = world.people()
    with pytest.raises(fault):
        world.tick()
    assert len(called) == calls
    assert world.people() == before
    assert world.host.values(LEVEL) == {ann: world.host.undone("half")}


def test_an_error_of_the_database_hits_one_person_and_the_others_go_on(make_world):
    """A key that exists already: the savepoint is undone, the transaction lives on."""

    def run(batch, work):
        work.host.set_field(batch.list_id, LEVEL, dict.fromkeys(subscribers(batch), "touched"))
        if 4 in subscribers(batch):
            parcel = Parcel(next(iter(batch.visits)), 1, "ann@example.com", "u", {}, b"", None)
            of_batch = {"user_id": 1, "journey_id": batch.journey_id, "step_id": batch.step.id}
            work.outbox.post(of_batch, [parcel, parcel], batch.now)
        return everybody_goes_on(batch, work)

    world = world_of(make_world, run)
    world.enter(5)
    world.run()
    assert world.states() == ["waiting"] * 3 + ["held", "waiting"]
    assert world.person(4)["cause"] == "integrity_error"
    assert world.host.values(LEVEL)[4] == world.host.undone("touched")
    assert world.deliveries() == []


def test_an_action_that_is_not_installed_holds_and_goes_on_when_it_is(make_world):
    world = make_world(more_actions=[acting(everybody_goes_on)])
    world.publish(journey(step("Act"), wait(1, "days")))
    (ann,) = world.host.subscribe(1)
    world.more_actions = ()
    world.restart()
    world.enter([ann])
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", "action_missing")
    assert "Act" in row["cause_text"]
    world.more_actions = (acting(everybody_goes_on),)
    world.restart()
    world.turn(hours=1)
    world.run()
    assert world.person(ann)["state"] == "waiting"


def test_a_step_that_a_newer_action_does_not_understand_holds_and_stops_nobody_else(make_world):
    world = make_world(more_actions=[acting(everybody_goes_on)])
    world.publish(journey(step("Act"), wait(1, "days"), name="old"))
    world.publish(journey(update(LEVEL, "x"), wait(1, "days"), name="other"))
    world.more_actions = (strict(),)
    world.restart()
    (ann,) = world.enter(1)
    world.run()
    assert world.states() == ["held", "waiting"]
    assert world.people()[0]["cause"] == "action_changed"
    assert world.host.values(LEVEL) == {ann: "x"}
