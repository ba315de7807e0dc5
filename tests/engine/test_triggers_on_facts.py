"""Tags, changed fields, revenue and events of one's own: who enters, and who does not."""

import pytest

from plugin.errors import InvalidDocument
from tests.documents import journey, off, update, wait
from tests.engine.unproved import rewrite, turn_steps_on
from tests.world_host import CITY, LANGUAGE, LEVEL, LIST, ORDERS, OTHER_LIST, OWNER
from tests.world_parts import counted

DAY = wait(1, "days")


def triggered(kind, *steps, reentry="once_at_a_time", name="Test journey", **params):
    trigger = {"type": kind, "params": params}
    return journey(*(steps or (DAY,)), trigger=trigger, reentry=reentry, name=name)


FACTS = {
    "tag": ("Tag", {"tag_ids": [7]}, {"tag_id": 7}),
    "untag": ("UnTag", {"tag_ids": [7]}, {"tag_id": 7}),
    "field_changed": ("CustomFieldValueChanged", {"to_value": "b"}, {"field_id": 3, "to": "b"}),
    "revenue": ("RevenueHit", {"amount": 50}, {"amount": "50.00"}),
    "custom": ("CustomEvent", {"event": "cart"}, {"name": "cart", "properties": {"n": 1}}),
}


def test_each_fact_starts_the_journey_that_waits_for_it_and_no_other(world):
    world.host.tags({7: LIST})
    journeys = {
        fact: world.publish(triggered(kind, name=kind, **params))
        for fact, (kind, params, _) in FACTS.items()
    }
    people = dict(zip(FACTS, world.host.subscribe(len(FACTS)), strict=True))
    for fact, (_, _, data) in FACTS.items():
        world.accept(world.event(people[fact], type=fact, data=data))
    world.run()
    for fact, published in journeys.items():
        assert [row["subscriber_id"] for row in world.people(published)] == [people[fact]]
    kept = {row["enrollment_id"]: row["event"] for row in world.rows(world.tables.enrollment_data)}
    assert sorted(map(str, kept.values())) == sorted(str(data) for _, _, data in FACTS.values())


@pytest.mark.parametrize("reentry", ["once_at_a_time", "once_ever", "every_time"])
def test_two_carts_of_one_person_are_two_passages(world, reentry):
    published = world.publish(
        triggered("CustomEvent", reentry=reentry, event="cart", correlation="id")
    )
    (ann,) = world.host.subscribe(1)

    def cart(number):
        data = {"name": "cart", "properties": {"id": number}}
        world.accept(world.event(ann, type="custom", data=data))
        world.run()
        return world.states(published)

    assert cart("A") == ["waiting"]
    assert cart("B") == ["waiting"] * 2
    again = 3 if reentry == "every_time" else 2
    assert cart("A") == ["waiting"] * again
    world.turn(days=1)
    world.run()
    assert set(world.states(published)) == {"ended"}
    assert len(cart("A")) == again + (reentry != "once_ever")


def test_again_after_counts_for_each_cart(world):
    rule = {"rule": "again_after", "days": 7, "since": "entry"}
    published = world.publish(
        triggered("CustomEvent", reentry=rule, event="cart", correlation="id")
    )
    (ann,) = world.host.subscribe(1)
    for number, days, inside in [("A", 0, 1), ("B", 3, 2), ("A", 3, 2), ("A", 1, 3), ("B", 0, 3)]:
        world.turn(days=days)
        data = {"name": "cart", "properties": {"id": number}}
        world.accept(world.event(ann, type="custom", data=data))
        world.run()
        assert len(world.people(published)) == inside


def test_a_written_field_is_an_event_with_both_values_for_those_who_listen(world):
    writer = world.publish(journey(update(LEVEL, "gold"), DAY))
    listener = world.publish(
        triggered("CustomFieldValueChanged", field=LEVEL, from_value="silver", to_value="gold")
    )
    people = world.host.subscribe(
        [{"CustomField4": "silver"}, {"CustomField4": None}, {"CustomField4": "gold"}]
    )
    world.enter(people)
    world.run()
    assert world.states(writer) == ["waiting"] * 3
    (row,) = world.people(listener)
    assert row["subscriber_id"] == people[0]
    events = world.rows(world.tables.inbox, type="field_changed")
    assert {event["hops"] for event in events} == {1}
    values = {e["subscriber_id"]: (e["data"]["from"], e["data"]["to"]) for e in events}
    assert values == {people[0]: ("silver", "gold"), people[1]: (None, "gold")}
    of_writer = {row["subscriber_id"]: row["id"] for row in world.people(writer)}
    assert {e["origin_enrollment_id"] for e in events} == {of_writer[i] for i in people[:2]}


def test_a_typed_and_an_account_field_are_told_as_the_host_shows_them(world):
    world.publish(journey(update(ORDERS, "7"), update(LANGUAGE, "nb")))
    world.publish(triggered("CustomFieldValueChanged"))
    world.enter(1)
    world.run()
    events = world.rows(world.tables.inbox, type="field_changed")
    assert [e["data"] for e in events] == [
        {"field_id": ORDERS, "from": None, "to": "7"},
        {"field_id": LANGUAGE, "from": None, "to": "nb"},
    ]


LISTENERS = [
    ({}, True),
    ({"field": LEVEL, "from_value": "never"}, True),
    ({"field": CITY}, False),
    ({"list_ids": [OTHER_LIST]}, False),
]


@pytest.mark.parametrize(("params", "told"), LISTENERS)
def test_nothing_is_told_where_nobody_listens(world, params, told):
    world.publish(journey(update(LEVEL, "gold"), DAY))
    listener = world.publish(triggered("CustomFieldValueChanged", **params))
    world.enter(1)
    world.run()
    assert bool(world.rows(world.tables.inbox, type="field_changed")) is told
    world.disable(listener)
    world.host.set_rules(LIST, Name="same")
    before = len(world.rows(world.tables.inbox))
    (bob,) = world.enter(1)
    world.run()
    assert world.host.values(LEVEL)[bob] == "gold"
    assert len(world.rows(world.tables.inbox)) == before + 1


def test_what_the_host_reports_of_our_own_change_is_a_repeat(world):
    world.publish(journey(update(LEVEL, "gold"), DAY))
    listener = world.publish(triggered("CustomFieldValueChanged", reentry="every_time"))
    (ann,) = world.enter(1)
    world.run()
    report = {"type": "field_changed", "data": {"field_id": LEVEL, "to": "gold"}}
    assert world.accept(world.event(ann, **report)) == (0, 1)
    other = {"type": "field_changed", "data": {"field_id": CITY, "to": "gold"}}
    assert world.accept(world.event(ann, **other)) == (1, 0)
    world.run()
    assert len(world.people(listener)) == 2


def test_journeys_that_change_a_field_to_and_fro_come_to_an_end(world):
    """The same change is one fact a second: the circle ends where it closes."""
    for name, end in (("To", "a"), ("Fro", "b")):
        world.publish(
            triggered(
                "CustomFieldValueChanged",
                off(update(LEVEL, end)),
                reentry="every_time",
                name=name,
                list_ids=[LIST],
                to_value="ab".replace(end, ""),
            )
        )
    turn_steps_on(world)
    (ann,) = world.host.subscribe(1)
    data = {"field_id": LEVEL, "to": "a"}
    world.host.change([ann], CustomField4="a")
    world.accept(world.event(ann, type="field_changed", data=data))
    world.run()
    assert len(world.people()) == 2
    assert world.host.values(LEVEL) == {ann: "a"}


def test_journeys_that_count_a_field_up_are_stopped_by_the_fuse(world):
    value = "{{ Subscriber:City }}x"
    params = {"list_ids": [LIST], "field": CITY}
    world.publish(
        triggered(
            "CustomFieldValueChanged", off(update(CITY, value)), reentry="every_time", **params
        )
    )
    turn_steps_on(world)
    (ann,) = world.host.subscribe(1)
    world.accept(world.event(ann, type="field_changed", data={"field_id": CITY}))
    world.run()
    assert ("ignored", "loop") in world.inbox()
    assert len(world.people()) == 51
    line = world.history(world.people()[-1]["id"])[-1]
    assert (line["outcome"], line["detail"]["path"]) == ("loop", [line["journey_id"]] * 8)
    loops = [row for row in world.rows(world.tables.step_log) if row["outcome"] == "loop"]
    assert len(loops) == 1


def test_thousands_are_told_in_as_many_statements_as_ten(world):
    world.publish(journey(update(LEVEL, "{{ Subscriber:SubscriberID }}"), DAY))
    world.publish(triggered("CustomFieldValueChanged"))
    lengths = []
    for how_many in (10, 900):
        world.enter(how_many)
        with counted() as statements:
            world.turn_wheel(world.services.executor.tick)
        lengths.append(len(statements.of_work()))
        world.run()
    assert lengths[1] <= lengths[0]


def test_who_completes_a_journey_enters_the_next_one(world):
    first = world.publish(journey(DAY, name="First"))
    then = world.publish(triggered("JourneyCompleted", name="Then", journey_id=first.id))
    ann, bob = world.enter(2)
    world.run()
    world.host.delete([bob])
    world.turn(days=1)
    world.run()
    assert world.states(first) == ["ended"] * 2
    (row,) = world.people(then)
    assert row["subscriber_id"] == ann
    (event,) = world.rows(world.tables.inbox, type="journey_completed")
    assert event["hops"] == 1
    assert event["data"] == {"journey_id": first.id}
    assert event["origin_enrollment_id"] == world.people(first)[0]["id"]


def test_completing_is_told_to_listeners_only_and_never_of_oneself(world):
    first = world.publish(journey(DAY, name="First"))
    world.publish(journey(DAY, name="Second"))
    world.enter(1)
    world.run()
    world.publish(triggered("JourneyCompleted", name="Then", journey_id=first.id))
    world.turn(days=1)
    world.run()
    assert len(world.rows(world.tables.inbox, type="journey_completed")) == 1


def test_a_journey_that_follows_upon_itself_is_not_published(world):
    first = world.publish(journey(DAY, name="First"))
    text = triggered("JourneyCompleted", journey_id=first.id + 1)
    with pytest.raises(InvalidDocument, match="completed itself"):
        world.publish(text)


def test_journeys_that_complete_in_a_circle_come_to_an_end(world):
    end = world.publish(journey(update(LANGUAGE, "x"), name="End", lists=None))
    one, two = (
        world.publish(
            triggered(
                "JourneyCompleted",
                update(LANGUAGE, "x"),
                reentry="every_time",
                name=name,
                journey_id=end.id,
            )
        )
        for name in ("One", "Two")
    )
    after = {one.id: two.id, two.id: one.id, end.id: 0}
    rewrite(
        world,
        lambda i, text: text.replace(f'"journey_id":{end.id}', f'"journey_id":{after[i]}') + " ",
    )
    (ann,) = world.host.subscribe(1)
    world.services.enrolling.enroll(OWNER, one.id, LIST, [ann])
    world.run()
    assert ("ignored", "loop") in world.inbox()
    assert len(world.people()) == 51
    line = world.history(world.people()[-1]["id"])[-1]
    assert (line["outcome"], line["detail"]["path"]) == ("loop", [two.id, one.id] * 4)
