"""One tick takes people as far as they get, with as many statements for a thousand as for ten."""

import json

from tests.documents import decide, journey, rule, update, wait, webhook
from tests.world_host import CITY, LEVEL, ORDERS
from tests.world_parts import counted

MAIN_JOB = (
    decide(
        {"any": [rule(CITY, "is", "Oslo"), rule(ORDERS, "at_least", 5)]},
        [update(LEVEL, "gold {{ Subscriber:City }}")],
        [update(LEVEL, "plain")],
    ),
    webhook({"email": "{{ Subscriber:EmailAddress }}", "level": "{{ Subscriber:Level }}"}),
    wait(1, "days"),
)


def people(world, how_many):
    cities = ("Oslo", "Rome", None, "")
    rows = [{"CustomField3": cities[n % 4], "CustomField5": n % 7} for n in range(how_many)]
    return world.enter(world.host.subscribe(rows))


def test_one_tick_takes_a_thousand_people_from_decision_to_wait(world):
    published = world.publish(journey(*MAIN_JOB))
    people(world, 1000)
    assert world.tick() == 1000
    assert {(row["state"], row["step_id"]) for row in world.people()} == {
        ("waiting", published.steps[-1])
    }
    assert len(world.deliveries()) == 1000
    levels = list(world.host.values(LEVEL).values())
    assert levels[:4] == ["gold Oslo", "plain", "plain", "plain"]
    assert json.loads(world.deliveries()[0]["body"])["level"] == "gold Oslo"
    assert world.tick() == 0


def statements_of_a_tick(world, how_many):
    people(world, how_many)
    with counted() as statements:
        assert world.tick() == how_many
    return statements.of_work()


def test_a_tick_has_as_many_statements_for_a_thousand_people_as_for_ten(make_world):
    world = make_world(tick_rows=2000)
    world.publish(journey(*MAIN_JOB))
    for _ in range(2):  # versions and the installation's number are read once
        statements_of_a_tick(world, 4)
    found = {n: statements_of_a_tick(world, n) for n in (10, 100, 1000)}
    counts = {n: len(texts) for n, texts in found.items()}
    print(f"statements of a tick: {counts}")
    assert len(set(counts.values())) == 1
    assert counts[1000] <= 38


def test_a_worker_that_finds_nothing_asks_little_and_once_a_second(world):
    world.publish(journey(*MAIN_JOB))
    people(world, 3)
    world.run()
    services, counts = world.services, []
    for seconds in (60, 2, 0):
        world.seconds += seconds
        with counted() as statements:
            assert not services.planner.plan() + services.intake.route() + services.executor.tick()
        counts.append(len(statements.of_work()))
    print(f"statements of an idle look: {counts[1]} once a second, else {counts[2]}")
    assert counts[1] <= 12
    assert counts[2] <= 2


def test_what_is_too_long_for_one_statement_goes_in_several(world):
    """Bodies of 60 kB each: a hundred of them are more than servers take at once."""
    world.publish(
        journey(webhook({"long": "x" * 60_000, "email": "{{ Subscriber:EmailAddress }}"}))
    )
    world.enter(100)
    assert world.tick() == 100
    bodies = {bytes(row["body"]) for row in world.deliveries()}
    assert len(bodies) == 100
    assert {len(body) for body in bodies} >= {60_000 + len('{"long":"","email":""}') + 25}


def test_routing_takes_as_many_statements_for_a_thousand_events_as_for_ten(world):
    for name in ("one", "two"):
        world.publish(journey(wait(), name=name, lists=()))
    counts = []
    for how_many in (4, 10, 100, 1000):
        world.report(world.host.subscribe(how_many))
        with counted() as statements:
            assert world.services.intake.route() == how_many
        counts.append(len(statements.of_work()))
    print(f"statements of routing into two journeys: {counts}")
    assert len(set(counts[1:])) == 1
    assert counts[-1] <= 12


def test_a_long_chain_is_walked_in_one_tick(world):
    """450 people and 49 steps: more values than SQLite takes in one statement."""
    chain = [update(LEVEL, str(n)) for n in range(49)]
    world.publish(journey(*chain))
    ids = world.enter(450)
    assert world.tick() == 450
    assert set(world.states()) == {"ended"}
    assert set(world.host.values(LEVEL).values()) == {"48"}
    assert len(world.path(world.person(ids[0])["id"])) == 49


def test_a_tick_whose_time_is_up_leaves_people_where_they_stand_and_the_next_goes_on(world):
    published = world.publish(journey(*(update(LEVEL, str(n)) for n in range(4))))
    (ann,) = world.enter(1)
    world.fate.act = lambda name: spend(world, name)
    stood = []
    while world.tick():
        stood.append(world.person(ann)["step_id"])
    assert stood == [*published.steps[1:], published.steps[-1]]
    assert world.path(world.person(ann)["id"]) == ["UpdateCustomFieldValue next"] * 4
    assert world.host.values(LEVEL) == {ann: "3"}


def spend(world, name):
    """Each step takes half a second."""
    if name == "step.after_run":
        world.seconds += 0.5


def test_people_who_meet_below_a_decision_run_the_next_step_together(world):
    world.publish(journey(*MAIN_JOB))
    people(world, 40)
    world.tick()
    with world.host.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT COUNT(DISTINCT created_at) FROM jny_deliveries")
        assert rows.scalar() == 1
    assert world.fate.names.count("step.after_run") == 5


def test_groups_of_several_journeys_share_a_tick_up_to_eight(world):
    for n in range(10):
        world.publish(journey(wait(1, "hours"), name=str(n)))
    people(world, 3)
    assert [world.tick() for _ in range(3)] == [24, 6, 0]


def test_a_tick_takes_no_more_rows_than_it_may(make_world):
    world = make_world(tick_rows=60)
    world.publish(journey(wait(1, "hours")))
    people(world, 150)
    assert [world.tick() for _ in range(4)] == [60, 60, 30, 0]


def test_two_lists_in_one_journey_run_side_by_side(world):
    world.publish(journey(wait(1, "hours"), lists=()))
    world.enter(2, 1)
    world.enter(2, 2)
    assert world.tick() == 4
