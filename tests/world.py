"""A small world for engine tests: a host, our tables, the real add-on, a clock turned by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from plugin.app import Parts, build
from plugin.domain.event import Event
from plugin.engine.kinds import Action
from plugin.engine.services import Services
from plugin.engine.surroundings import Surroundings
from plugin.settings import Settings
from plugin.storage.database import Database
from plugin.storage.tables import Tables
from tests.world_host import LIST, OWNER, HostSide
from tests.world_parts import Fate, OtherSide

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  #: a Monday
ENCRYPTION_KEY = "YSBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXRlcyBiaWc="
#: Turns of the wheel after which "until idle" must have come to rest.
MANY = 200


#: Kept for all worlds of a process: queries are compiled for tables and an engine once.
our_tables = cache(Tables)
our_database = cache(Database)


def make_tables(host: HostSide, prefix: str = "jny_") -> None:
    """The host's and ours, all of them empty."""
    host.create()
    our_tables(prefix).metadata.create_all(host.engine)


@dataclass(frozen=True)
class Published:
    """A journey that was imported and turned on. `steps` are the ids in reading order."""

    id: int
    steps: tuple[int, ...]


class World:
    """A database without tables, or a host with empty ones, gets the add-on.

    `settings` differ from the usual ones. A host that was given outlives the world.
    """

    def __init__(
        self, at: str | HostSide, more_actions: Sequence[type[Action]] = (), **settings: Any
    ) -> None:
        self._now = START
        self.seconds = 0.0  #: of the monotonic clock: time that a tick takes
        self.patience = 60.0  #: seconds that a round of deliveries waits for answers
        self.fate = Fate()
        self.other_side = OtherSide()
        self.more_actions = tuple(more_actions)
        self._engines: set[sa.Engine] = set()
        sa.event.listen(sa.Engine, "engine_connect", self._remember)
        self.host = HostSide(at) if isinstance(at, str) else at
        self.settings = Settings(
            **{
                "database_url": self.host.url,
                "encryption_keys": (ENCRYPTION_KEY,),
                "delivery_threads": 1,
                **settings,
            }
        )
        self.tables = our_tables(self.settings.table_prefix)
        if self.host.is_new:
            make_tables(self.host, self.settings.table_prefix)
        self.host.fill()
        self._numbers = itertools.count(1)
        self.services: Services = self.build()

    @property
    def now(self) -> datetime:
        return self._now

    @now.setter
    def now(self, at: datetime) -> None:
        """Workers have looked for work all the while."""
        self._now = at
        with self.host.engine.begin() as connection:
            connection.execute(sa.update(self.tables.pulse).values(seen_at=at))

    @property
    def is_sqlite(self) -> bool:
        return self.host.engine.dialect.name == "sqlite"

    @property
    def around(self) -> Surroundings:
        return Surroundings(
            clock=lambda work: self.now,
            dice=lambda: 0.5,
            monotonic=lambda: self.seconds,
            sleep=lambda seconds: None,
            patience=self.patience,
            reach=lambda name: self.fate(name),
        )

    def build(self) -> Services:
        """Another process over the same database."""
        parts = Parts(
            around=self.around,
            transport=self.other_side,
            wake=lambda: None,
            more_actions=self.more_actions,
            wall_clock=lambda: self.now,
            database=our_database,
            tables=our_tables,
        )
        return build(self.settings, parts)

    def restart(self) -> None:
        """The process is gone with all that it remembered; a new one takes over."""
        self.fate.point = None
        self.services = self.build()

    def begin_anew(self) -> None:
        """Everything is as it was at first, on the same database; ids go on where they were."""
        self._now, self.seconds = START, 0.0
        self.fate, self.other_side = Fate(), OtherSide()
        self._hang_up()
        self.host.clear()
        self.host.fill()
        self.restart()

    def close(self) -> None:
        sa.event.remove(sa.Engine, "engine_connect", self._remember)
        self._hang_up()

    def _hang_up(self) -> None:
        """Every process has connections of its own; a server has only so many."""
        for engine in self._engines:
            engine.dispose()
        self._engines.clear()

    # Journeys

    def publish(self, text: str, user_id: int = OWNER) -> Published:
        """Import and turn on."""
        journey_id = self.services.authoring.import_text(user_id, text, "cli")
        self.services.authoring.enable(user_id, journey_id, "cli")
        row = self.row(self.tables.journeys, id=journey_id)
        with self.services.begin() as work:
            program = work.store.version(row["live_version_id"]).program
        return Published(journey_id, tuple(program.steps))

    def enable(self, journey: Published) -> None:
        self.services.authoring.enable(OWNER, journey.id, "cli")

    def disable(self, journey: Published) -> None:
        self.services.authoring.disable(OWNER, journey.id, "cli")

    # What happens

    def event(self, subscriber_id: int, list_id: int = LIST, **more: Any) -> Event:
        """A subscription that has just happened, under an id of its own."""
        values = {
            "event_id": f"event-{next(self._numbers)}",
            "type": "subscription",
            "occurred_at": self.now,
            "list_id": list_id,
            "subscriber_id": subscriber_id,
        }
        return Event(**(values | more))

    def report(self, ids: Iterable[int], list_id: int = LIST) -> tuple[int, int]:
        """The host reports that these have subscribed. Answers (new, duplicate)."""
        return self.accept(*(self.event(i, list_id) for i in ids))

    def accept(self, *events: Event) -> tuple[int, int]:
        return self.services.accept("test", events)

    def enter(self, people: int | Sequence[int], list_id: int = LIST) -> list[int]:
        """People (new ones, if a number) are reported and routed. Answers subscriber ids."""
        ids = self.host.subscribe(people, list_id) if isinstance(people, int) else list(people)
        self.report(ids, list_id)
        self.turn_wheel(self.services.intake.route)
        return ids

    def turn(self, **by: float) -> None:
        """Time goes by, and workers look for work all the while."""
        self.now += timedelta(**by)

    def nobody_works(self, **by: float) -> None:
        """Time goes by without a worker; then one starts."""
        self.leap(**by)
        self.restart()

    def leap(self, **by: float) -> None:
        """The clock is another from one moment to the next."""
        self._now += timedelta(**by)

    # Work

    def run(self) -> None:
        """Plan, route, tick and deliver until nothing is due at this moment."""
        services = self.services
        intake, executor = services.intake.route, services.executor.tick
        self.turn_wheel(services.planner.plan, intake, executor, services.deliverer.deliver)

    def tick(self) -> int:
        return self.services.executor.tick()

    def deliver(self) -> int:
        return self.services.deliverer.deliver()

    def turn_wheel(self, *verbs: Callable[[], int]) -> int:
        """Each verb in turn until none of them finds anything. Answers how much they did."""
        done = 0
        for _ in range(MANY):
            if not (now := sum([verb() for verb in verbs])):
                return done
            done += now
        raise AssertionError(f"there is still something to do after {MANY} turns")

    # What came of it

    def rows(self, table: sa.Table, **where: Any) -> list[dict[str, Any]]:
        """Rows of a table by its key."""
        query = sa.select(table).order_by(*table.primary_key)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        with self.host.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def row(self, table: sa.Table, **where: Any) -> dict[str, Any]:
        (row,) = self.rows(table, **where)
        return row

    def people(self, journey: Published | None = None, **where: Any) -> list[dict[str, Any]]:
        """Enrollments, oldest first."""
        of = {"journey_id": journey.id} if journey else {}
        return self.rows(self.tables.enrollments, **of, **where)

    def person(self, subscriber_id: int, **where: Any) -> dict[str, Any]:
        """The only enrollment of a subscriber."""
        return self.row(self.tables.enrollments, subscriber_id=subscriber_id, **where)

    def states(self, journey: Published | None = None) -> list[str]:
        return [row["state"] for row in self.people(journey)]

    def history(self, enrollment_id: int) -> list[dict[str, Any]]:
        return self.rows(self.tables.step_log, enrollment_id=enrollment_id)

    def path(self, enrollment_id: int) -> list[str]:
        """The history in words: `Wait until`, `Decision branch true` …"""
        return [
            " ".join(filter(None, (row["action"], row["outcome"], row["branch"])))
            for row in self.history(enrollment_id)
        ]

    def deliveries(self, **where: Any) -> list[dict[str, Any]]:
        return self.rows(self.tables.deliveries, **where)

    def inbox(self) -> list[tuple[str, str | None]]:
        """State and reason of every event."""
        return [(row["state"], row["reason"]) for row in self.rows(self.tables.inbox)]

    def counted(self, figure: str, **where: Any) -> dict[str, int]:
        """The sums of a figure per remark."""
        sums: dict[str, int] = {}
        for row in self.rows(self.tables.counters, figure=figure, **where):
            sums[row["remark"]] = sums.get(row["remark"], 0) + row["n"]
        return sums

    def _remember(self, connection: sa.Connection, *_: object) -> None:
        self._engines.add(connection.engine)
