"""Somebody whose step brings the worker down: found by halves, parked, and the others finish."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.engine.executor import MAX_CRASHES, Executor, Limits
from plugin.storage.database import Database
from plugin.storage.markers import SqlMarkers
from tests.documents import journey, step, update, wait
from tests.engine.kinds import acting, everybody_goes_on, subscribers
from tests.world_host import LEVEL
from tests.world_parts import Died


class Workers:
    """One worker after the other: each is gone when it dies, and its markers are old at once."""

    def __init__(self, world):
        self.world, self.deaths = world, 0
        url = sa.make_url(world.settings.database_url)
        if world.is_sqlite:
            url = url.set(database=f"{url.database}-markers")
        self.database = Database(url.render_as_string(hide_password=False))
        world.tables.markers.create(self.database.engine, checkfirst=True)
        self.start()

    def start(self):
        world = self.world
        self.executor = Executor(
            begin=world.services.begin,
            actions=world.services.actions,
            markers=SqlMarkers(self.database, world.tables, stale_seconds=0),
            worker=f"worker-{self.deaths}",
            limits=Limits(suspects_every=0),
            around=world.around,
        )

    def run(self, most_deaths=100):
        """Until nothing is due, by as many workers as it takes."""
        idle = 0
        while idle < 2:
            try:
                idle = 0 if self.executor.tick() else idle + 1
            except Died:
                self.deaths += 1
                assert self.deaths <= most_deaths
                self.start()

    def markers(self):
        with self.database.begin() as connection:
            return connection.execute(sa.select(self.world.tables.markers)).all()


def deadly_world(make_world, *culprits, people=40):
    """A world whose step kills the worker when one of these is among those it runs for."""

    def run(batch, work):
        work.host.set_field(batch.list_id, LEVEL, dict.fromkeys(subscribers(batch), "ran"))
        if subscribers(batch) & set(culprits):
            raise Died
        return everybody_goes_on(batch, work)

    world = make_world(more_actions=[acting(run, "Deadly")])
    world.publish(journey(step("Deadly"), wait(1, "days")))
    world.enter(people)
    return world


def test_the_one_who_kills_workers_is_parked_and_the_others_go_on(make_world):
    world = deadly_world(make_world, 23)
    workers = Workers(world)
    workers.run()
    states = {row["subscriber_id"]: row["state"] for row in world.people()}
    assert states.pop(23) == "parked"
    assert set(states.values()) == {"waiting"}
    assert world.host.values(LEVEL) == dict.fromkeys(states, "ran") | {23: world.host.undone("ran")}
    row = world.person(23)
    assert (row["cause"], row["due_at"]) == ("poison", None)
    assert "alone" in row["cause_text"]
    assert world.path(row["id"]) == ["Deadly parked"]
    assert workers.markers() == []
    # halved five or six times, then alone
    assert workers.deaths <= 6 + MAX_CRASHES + 1


def test_somebody_alone_is_parked_after_three_deaths(make_world):
    world = deadly_world(make_world, 1, people=1)
    workers = Workers(world)
    workers.run()
    assert world.states() == ["parked"]
    assert workers.deaths == MAX_CRASHES


def test_several_of_them_are_found_one_by_one(make_world):
    world = deadly_world(make_world, 3, 4, 31)
    workers = Workers(world)
    workers.run()
    parked = [row["subscriber_id"] for row in world.people() if row["state"] == "parked"]
    assert parked == [3, 4, 31]
    assert world.states().count("waiting") == 37


def test_a_worker_killed_by_something_else_leaves_nobody_behind(world):
    world.publish(journey(update(LEVEL, "x"), wait(1, "days")))
    world.enter(10)
    workers = Workers(world)
    world.fate.point = "step.after_run"
    workers.run()
    assert workers.deaths == 1
    assert world.states() == ["waiting"] * 10
    assert workers.markers() == []
    assert {len(world.history(row["id"])) for row in world.people()} == {2}


def test_people_of_other_steps_do_not_wait_for_the_search(make_world):
    world = deadly_world(make_world, 5, people=8)
    other = world.publish(journey(update(LEVEL, "y"), wait(1, "days"), name="other"))
    world.services.enrolling.enroll(1, other.id, 1, world.host.subscribe(5))
    workers = Workers(world)
    workers.run()
    assert world.states(other) == ["waiting"] * 5


def test_what_another_worker_has_adopted_is_not_claimed_by_the_way(make_world):
    world = deadly_world(make_world, 2, people=4)
    workers = Workers(world)
    while workers.deaths < 2:
        try:
            workers.executor.tick()
        except Died:
            workers.deaths += 1
            if workers.deaths < 2:
                workers.start()
    adopted = [row for row in workers.markers() if row.state == "running"]
    assert [len(row.enrollment_ids) for row in adopted] == [2]
    careful = SqlMarkers(workers.database, world.tables)
    known = {i for _, _, ids in careful.suspects("another") for i in ids}
    assert known >= set(adopted[0].enrollment_ids)
    assert not careful.adopt("another", adopted[0].id)
