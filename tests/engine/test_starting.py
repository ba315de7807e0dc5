"""StartJourney: into another journey, by that journey's own rule, and never round in circles."""

import pytest

from plugin.engine.entering import MAX_HOPS
from plugin.errors import InvalidDocument
from tests.documents import journey, step, update, wait
from tests.world_host import LEVEL, LIST, OTHER_LIST, OWNER, STRANGER
from tests.world_parts import Died, counted


def manual(*steps, **more):
    return journey(*steps, lists=None, **more)


def start(published):
    return step("StartJourney", journey_id=published.id)


def results(world, published):
    """What the first step of each passage found."""
    return [world.history(row["id"])[0]["detail"] for row in world.people(published)]


def test_people_enter_the_other_journey_in_the_same_run_with_their_own_row(world):
    target = world.publish(manual(update(LEVEL, "x")))
    starter = world.publish(journey(start(target), wait(1, "hours")))
    ann, bob = world.enter(2)
    world.run()
    assert world.host.values(LEVEL) == {ann: "x", bob: "x"}
    entered = world.people(target)
    assert [row["subscriber_id"] for row in entered] == [ann, bob]
    assert [row["origin_enrollment_id"] for row in entered] == [
        row["id"] for row in world.people(starter)
    ]
    assert [row["hops"] for row in entered] == [1, 1]
    assert results(world, starter) == [{"journey": target.id, "result": "entered"}] * 2
    assert world.counted("entered", journey_id=target.id) == {"": 2}


def test_whom_the_other_journey_refuses_goes_on_with_the_reason(world):
    target = world.publish(manual(wait(9, "days")))
    starter = world.publish(journey(start(target), wait(1, "hours")))
    ann, bob = world.host.subscribe(2)
    world.services.enrolling.enroll(1, target.id, LIST, [ann])
    world.enter([ann, bob])
    world.run()
    detail = {"journey": target.id, "result": "refused", "reason": "once_at_a_time"}
    entered = {"journey": target.id, "result": "entered"}
    assert results(world, starter) == [detail, entered]
    assert len(world.people(target)) == 2
    assert world.counted("refused", journey_id=target.id) == {"once_at_a_time": 1}
    assert world.states(starter) == ["waiting", "waiting"]


def test_with_every_time_everybody_enters_again_but_once_for_each_visit(world):
    target = world.publish(manual(wait(9, "days"), reentry="every_time"))
    starter = world.publish(journey(start(target), start(target)))
    world.enter(1)
    world.fate.point = "step.before_commit"
    with pytest.raises(Died):
        world.tick()
    world.restart()
    world.run()
    assert len(world.people(target)) == 2
    assert world.states(starter) == ["ended"]


def test_a_journey_that_is_off_is_not_started(world):
    target = world.publish(manual(wait(9, "days")))
    starter = world.publish(journey(start(target)))
    world.disable(target)
    world.enter(1)
    world.run()
    detail = {"journey": target.id, "result": "refused", "reason": "journey_disabled"}
    assert results(world, starter) == [detail]
    assert world.people(target) == []


def test_nobody_can_start_what_does_not_exist_or_belongs_to_others(world):
    theirs = world.publish(manual(wait(9, "days")), user_id=STRANGER)
    for journey_id in (theirs.id, 999):
        with pytest.raises(InvalidDocument, match="There is no journey"):
            world.publish(journey(step("StartJourney", journey_id=journey_id)))


def test_journeys_that_start_one_another_without_a_wait_are_stopped_and_say_why(world):
    first = world.publish(journey(wait(1, "hours"), reentry="every_time", name="First"))
    steps = (start(first),)
    more = {"reentry": "every_time"}
    circle = world.publish(journey(*steps, lists=[OTHER_LIST], name="Circle", **more))
    closing = world.publish(manual(start(circle), name="Closing", **more))
    redirect(world, circle, first, closing)
    world.enter(1, OTHER_LIST)
    world.run()
    held = [row for row in world.people() if row["state"] == "parked"]
    assert [row["cause"] for row in held] == ["loop"]
    assert "Put a Wait into one of them" in held[0]["cause_text"]
    way = "… " + " → ".join(["“Closing”", "“Circle”"] * 4) + " → “Closing”"
    assert way in held[0]["cause_text"]
    detail = world.history(held[0]["id"])[0]["detail"]
    assert detail["path"] == [closing.id, circle.id] * 4 + [closing.id]
    assert held[0]["hops"] == MAX_HOPS
    assert len(world.people()) == MAX_HOPS + 1


def redirect(world, published, first, to):
    """The live version starts another journey: a circle that no check at publish has seen."""
    row = world.row(world.tables.versions, journey_id=published.id)
    text = row["document"].replace(f'"journey_id":{first.id}', f'"journey_id":{to.id}')
    assert text != row["document"]
    versions = world.tables.versions
    with world.host.engine.begin() as connection:
        connection.execute(
            versions.update().where(versions.c.id == row["id"]).values(document=text)
        )
    world.restart()


def test_a_wait_in_between_makes_it_no_circle(world):
    target = world.publish(manual(update(LEVEL, "x")))
    starter = world.publish(journey(wait(1, "hours"), start(target)))
    ids = world.host.subscribe(1)
    world.accept(world.event(ids[0], hops=40))
    world.run()
    assert world.people(starter)[0]["hops"] == 0
    world.turn(hours=1)
    world.run()
    assert world.people(target)[0]["hops"] == 1


def test_events_that_journeys_caused_fifty_times_in_a_row_start_nothing(world):
    published = world.publish(journey(wait(1, "hours")))
    ann, bob = world.host.subscribe(2)
    world.accept(world.event(ann, hops=MAX_HOPS), world.event(bob, hops=MAX_HOPS + 1))
    world.run()
    assert [row["subscriber_id"] for row in world.people(published)] == [ann]
    assert world.inbox() == [("routed", None), ("ignored", "loop")]


def test_a_thousand_start_in_as_many_statements_as_ten(make_world):
    world = make_world(tick_rows=2000)
    target = world.publish(manual(wait(9, "days")))
    world.publish(journey(start(target), wait(1, "hours")))
    found = {}
    for n in (3, 10, 300):
        world.enter(n)
        with counted() as statements:
            assert world.tick() == n
        world.run()
        found[n] = len(statements.of_work())
    assert found[10] == found[300]


def test_turning_on_what_would_close_a_circle_is_refused_with_the_way(world):
    first = world.publish(manual(wait(1, "hours"), name="First"))
    second = world.publish(manual(start(first), name="Second"))
    closing = manual(start(second), name="Closing")
    world.publish(closing)
    round_about = journey(step("Subscribe", list_id=LIST), lists=[OTHER_LIST], name="There")
    world.publish(round_about)
    back = journey(step("Subscribe", list_id=OTHER_LIST), lists=[LIST], name="Back")
    with pytest.raises(InvalidDocument, match=r"“Back” .* → “There”; “There” .* → “Back”"):
        world.publish(back)
    (problem,) = world.services.authoring.lint(OWNER, back)
    assert problem.path == "/steps/0" and "“Back”" in problem.text
    world.publish(journey(wait(), step("Subscribe", list_id=OTHER_LIST), lists=[LIST]))
