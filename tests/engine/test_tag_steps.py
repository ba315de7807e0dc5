"""AddTag and RemoveTag: who is asked for, what holds, and what other journeys hear of it."""

from __future__ import annotations

import json

import pytest

from plugin.errors import InvalidDocument
from tests.documents import decide, journey, off, step, update, wait
from tests.engine.modes import API_URL, by_call
from tests.engine.unproved import turn_steps_on
from tests.world_host import LEVEL, LIST, OTHER_LIST, OWNER, STRANGER, STRANGERS_LIST
from tests.world_parts import answered, counted, no_answer

KEY = "key-of-the-owner"
VIP, PANEL, FOREIGN = 12, 21, 31
ADD, REMOVE = step("AddTag", tag_id=VIP), step("RemoveTag", tag_id=VIP)
DAY = wait(1, "days")
SUCCESS = answered(200, b'{"Success":true,"ErrorCode":0}')


def failed(code):
    return answered(200, json.dumps({"Success": False, "ErrorCode": code}).encode())


@pytest.fixture
def world(make_world):
    return prepared(by_call(make_world))


def prepared(made):
    made.host.set_user(OWNER, APIKey=KEY)
    made.host.tags({VIP: LIST, PANEL: OTHER_LIST})
    made.host.tags({FOREIGN: STRANGERS_LIST}, STRANGER)
    made.other_side.answer = lambda request: done_by_host(made, request)
    return made


def done_by_host(world, request):
    """Do what the call says, as the host does."""
    call = json.loads(request.body)
    which = (call["TagID"], [call["SubscriberID"]])
    if call["Command"] == "subscriber.tag":
        world.host.tag(*which, call["SubscriberListID"])
    else:
        world.host.untag(*which)
    return SUCCESS


def enter(world, *emails):
    return world.enter(world.host.subscribe([{"EmailAddress": email} for email in emails]))


def told(world, subscriber_id):
    return [row["detail"] for row in world.history(world.person(subscriber_id)["id"])]


@pytest.mark.parametrize(
    ("verb", "action", "done", "already"),
    [
        ("tag", "AddTag", "tagged", "already_tagged"),
        ("untag", "RemoveTag", "untagged", "already_untagged"),
    ],
)
def test_the_host_is_asked_for_whoever_needs_it_and_for_nobody_else(
    world, verb, action, done, already
):
    world.publish(journey(step(action, tag_id=VIP), update(LEVEL, "on")))
    has, has_not = world.host.subscribe(2)
    world.host.tag(VIP, [has])
    world.enter([has, has_not])
    world.run()
    asked, passed = (has_not, has) if verb == "tag" else (has, has_not)
    (request,) = world.other_side.requests
    assert (request.method, request.url) == ("POST", API_URL)
    assert world.other_side.calls() == [
        {
            "Command": f"subscriber.{verb}",
            "ResponseFormat": "JSON",
            "SubscriberListID": LIST,
            "SubscriberID": asked,
            "TagID": VIP,
            "APIKey": KEY,
        }
    ]
    assert told(world, asked)[:2] == [
        {"asked": verb, "tag_id": VIP},
        {"tag_id": VIP, "result": done},
    ]
    assert told(world, passed)[0] == {"tag_id": VIP, "result": already}
    assert world.host.values(LEVEL) == dict.fromkeys((has, has_not), "on")
    assert world.counted("result") == {done: 1, already: 1}


def test_of_another_list_the_row_of_the_same_address_is_meant(world):
    world.publish(journey(step("AddTag", tag_id=PANEL), DAY))
    (there,) = world.host.subscribe([{"EmailAddress": "ANN@example.com"}], OTHER_LIST)
    ann, bob = enter(world, "ann@example.com", "bob@example.com")
    world.run()
    (call,) = world.other_side.calls()
    assert (call["SubscriberListID"], call["SubscriberID"]) == (OTHER_LIST, there)
    assert told(world, ann)[1]["result"] == "tagged"
    assert told(world, bob)[0] == {"tag_id": PANEL, "result": "refused", "reason": "not_on_list"}
    assert world.counted("result") == {"tagged": 1, "refused:not_on_list": 1}


@pytest.mark.parametrize("settings", ["no address", "no key"])
def test_without_the_api_people_hold_and_lint_says_so(make_world, settings):
    """Whatever way lists are written to."""
    given = {"host_writes": "tables", "host_api_url": API_URL if settings == "no key" else ""}
    world = prepared(make_world(**given))
    cause = "no_api_address"
    if settings == "no key":
        cause = "no_api_key"
        world.host.set_user(OWNER, APIKey="")
    world.publish(journey(ADD, update(LEVEL, "on")))
    action = world.services.actions.load("AddTag", {"tag_id": VIP})
    (note,) = action.notes(world.services.catalog(OWNER))
    assert "host's API only" in note
    ann, bob = world.host.subscribe(2)
    world.host.tag(VIP, [bob])
    world.enter([ann, bob])
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", cause)
    assert (world.deliveries(), world.other_side.requests) == ([], [])
    # Whoever has the tag already needs no call.
    assert world.person(bob)["end_reason"] == "completed"
    if settings == "no key":
        world.host.set_user(OWNER, APIKey=KEY)
        world.turn(minutes=6)
        world.run()
        assert world.person(ann)["end_reason"] == "completed"
        assert list(action.notes(world.services.catalog(OWNER))) == []


def test_whoever_comes_to_a_tag_that_is_gone_holds_until_it_is_back(world):
    world.publish(journey(wait(1, "hours"), ADD))
    (ann,) = enter(world, "ann@example.com")
    world.run()
    world.host.forget_tag(VIP)
    world.turn(hours=1)
    world.run()
    row = world.person(ann)
    assert (row["state"], row["cause"]) == ("held", "tag_missing")
    assert world.other_side.requests == []
    world.host.tags({VIP: LIST})
    world.turn(minutes=6)
    world.run()
    assert world.person(ann)["end_reason"] == "completed"


def test_a_tag_that_goes_between_the_step_and_the_call_holds(world):
    world.publish(journey(ADD))
    world.other_side.answer = lambda request: failed(6)
    (ann,) = enter(world, "ann@example.com")
    world.run()
    assert (world.person(ann)["state"], world.person(ann)["cause"]) == ("held", "tag_missing")


@pytest.mark.parametrize("tag_id", [FOREIGN, 404])
def test_anothers_tag_cannot_be_published(world, tag_id):
    text = f"There is no tag {tag_id}. Choose another."
    for document, path in (
        (journey(step("AddTag", tag_id=tag_id)), "/steps/0/params/tag_id"),
        (journey(DAY, trigger={"type": "UnTag", "params": {"tag_ids": [VIP, tag_id]}}), "/1"),
        (journey(decide({"tags": [tag_id], "operator": "has_any"})), "/criteria/tags/0"),
    ):
        with pytest.raises(InvalidDocument) as refused:
            world.publish(document)
        (problem,) = refused.value.problems
        assert problem.path.endswith(path)
        assert problem.text.startswith(text.partition(".")[0])


def test_a_call_that_was_lost_is_made_again_and_does_no_harm(world):
    world.publish(journey(ADD))
    answers = [no_answer("timeout"), SUCCESS]
    world.other_side.answer = lambda request: answers[len(world.other_side.requests) - 1]
    (ann,) = enter(world, "ann@example.com")
    world.run()
    world.turn(minutes=2)
    world.run()
    assert len({request.body for request in world.other_side.requests}) == 1
    assert told(world, ann)[1]["result"] == "tagged"


@pytest.mark.parametrize("reports", ["no", "yes"])
@pytest.mark.parametrize(("placed", "trigger"), [(ADD, "Tag"), (REMOVE, "UnTag")])
def test_other_journeys_hear_of_it_once_whoever_reports_it(make_world, reports, placed, trigger):
    world = prepared(by_call(make_world, host_reports_tags=reports))
    world.publish(journey(placed, DAY, name="First"))
    follows = {"type": trigger, "params": {"tag_ids": [VIP]}}
    second = world.publish(journey(DAY, trigger=follows, reentry="every_time", name="Second"))
    has, has_not = world.host.subscribe(2)
    world.host.tag(VIP, [has])
    world.enter([has, has_not])
    world.run()
    changed = has_not if trigger == "Tag" else has
    if reports == "yes":
        assert world.states(second) == []
        world.accept(world.event(changed, type=trigger.lower(), data={"tag_id": VIP}))
        world.run()
    assert [row["subscriber_id"] for row in world.people(second)] == [changed]
    (event,) = world.rows(world.tables.inbox, type=trigger.lower())
    if reports == "no":
        assert (event["source"], event["hops"]) == (b"journeys", 1)
        assert event["data"] == {"tag_id": VIP, "tag_ids": [VIP] if trigger == "Tag" else []}


def test_nothing_is_told_when_nobody_listens(world):
    world.publish(journey(ADD, DAY))
    world.publish(journey(DAY, trigger={"type": "Tag", "params": {"tag_ids": [PANEL]}}))
    enter(world, "ann@example.com")
    world.run()
    assert world.rows(world.tables.inbox, type="tag") == []


def test_a_circle_of_tags_is_refused_and_the_fuse_stops_one_that_was_not_seen(world):
    tagged = {"type": "Tag", "params": {"tag_ids": [VIP]}}
    again = {"trigger": tagged, "reentry": "every_time"}
    with pytest.raises(InvalidDocument) as refused:
        world.publish(journey(REMOVE, ADD, **again))
    assert "circle" in refused.value.problems[0].text
    published = world.publish(journey(REMOVE, off(ADD), **again))
    turn_steps_on(world)

    def slowly(request):
        """What happens to one tag in one second is one fact."""
        world.turn(seconds=1)
        return done_by_host(world, request)

    world.other_side.answer = slowly
    (ann,) = world.host.subscribe(1)
    world.accept(world.event(ann, type="tag", data={"tag_id": VIP}))
    world.run()
    assert len(world.people(published)) == 51
    # Another tag's journey is no circle.
    other = {"trigger": {"type": "Tag", "params": {"tag_ids": [PANEL]}}}
    world.publish(journey(REMOVE, ADD, **other))


def test_a_thousand_people_take_as_many_statements_as_ten(world):
    world.publish(journey(ADD))
    found = []
    for how_many in (10, 10, 10, 1000):  # the first ones look at the host's tables, too
        people = world.host.subscribe(how_many)
        world.host.tag(VIP, people[::2])
        world.enter(people)
        with counted() as statements:
            world.tick()
        found.append(len(statements.of_work()))
    assert found[3] <= found[2]


def test_rules_about_tags_decide_as_of_the_moment_of_the_step(world):
    has = {"tags": [VIP], "operator": "has_any"}
    world.publish(
        journey(wait(1, "hours"), decide(has, [update(LEVEL, "vip")], [update(LEVEL, "not")]), DAY)
    )
    ann, bob = enter(world, "ann@example.com", "bob@example.com")
    world.run()
    world.host.tag(VIP, [bob])
    world.turn(hours=1)
    world.run()
    assert world.host.values(LEVEL) == {ann: "not", bob: "vip"}
    line = next(row for row in world.history(world.person(bob)["id"]) if row["branch"])
    assert line["detail"]["rules"] == [{"path": "", "truth": True, "seen": f"tag {VIP}"}]


def test_whoever_is_asked_about_a_tag_that_is_gone_holds_and_goes_down_no_branch(world):
    lacks = {"tags": [VIP], "operator": "has_none"}
    branches = ([update(LEVEL, "true")], [update(LEVEL, "false")])
    world.publish(journey(wait(1, "hours"), decide(lacks, *branches), DAY))
    (ann,) = enter(world, "ann@example.com")
    world.run()
    world.host.forget_tag(VIP)
    world.turn(hours=1)
    world.run()
    assert (world.person(ann)["state"], world.person(ann)["cause"]) == ("held", "tag_missing")
    assert world.host.values(LEVEL) == {ann: None}
