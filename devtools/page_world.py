"""A small world for looking at the pages: the demo's tables, the real add-on, a turned clock.

Everything on the pages was made by the engine itself: events came in, steps ran, webhooks were
answered by a scripted other side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from shutil import copyfile
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from demo.bridge import make_token
from demo.database import open_engine
from demo.sample_data import load
from demo.schema import build_schema
from devtools import page_journeys as texts
from plugin.app import Parts, build
from plugin.domain.event import Event
from plugin.engine.ports import Request, Response
from plugin.engine.services import Services
from plugin.engine.surroundings import Surroundings
from plugin.routes import create_blueprint
from plugin.settings import Settings
from plugin.storage.tables import Tables

START = datetime(2026, 11, 16, 8, 2, 11, tzinfo=UTC)
SUBSCRIBERS = 60
HOST_PREFIX = "oempro_"
HANDOVER_SECRET = "a secret that both sides of the hand-over know"
HOOK_SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBwYWdlIHdvcmxkIDEyMzQ1Ng=="
ENCRYPTION_KEY = "cGFnZS13b3JsZC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="
HOME = "http://localhost/home"

#: Users of the demo host: one with many journeys, one with another's, one with none.
MANAGER, EDITOR, ANALYST = 1, 2, 3


class OtherSide:
    """Answers webhooks by their number: busy, too fast, fine; one address refuses for good."""

    def __init__(self) -> None:
        self._sent: dict[bytes, int] = {}

    def send(self, request: Request) -> Response:
        n = self._sent[request.body] = self._sent.get(request.body, 0) + 1
        if "example.org" in request.url:
            return Response(401, None, b'{\n  "error": "invalid_signature"\n}', None, 95)
        if "crm." not in request.url:
            return Response(200, None, texts.CANARY.encode(), None, 41)
        answers = {1: (503, b"Service Unavailable", 412), 2: (429, b"", 88)}
        status, body, took = answers.get(n, (200, b'{"ok": true, "lead_score": 12}', 73))
        return Response(status, None, body, 60 if status == 429 else None, took)


@dataclass
class PageWorld:
    """`now` is the clock of everything; `journeys` are ids by the name of their text."""

    database: Path
    now: datetime
    journeys: dict[str, int]

    def __post_init__(self) -> None:
        self.settings = Settings(
            database_url=f"sqlite:///{self.database}",
            host_prefix=HOST_PREFIX,
            host_url="http://localhost/campaigns",
            handover_secret=HANDOVER_SECRET,
            hook_secrets=(HOOK_SECRET,),
            encryption_keys=(ENCRYPTION_KEY,),
            delivery_threads=1,
        )
        around = Surroundings(
            clock=lambda _: self.now, dice=lambda: 0.5, monotonic=lambda: 0.0, sleep=lambda _: None
        )
        parts = Parts(around=around, transport=OtherSide(), wall_clock=lambda: self.now)
        self.services: Services = build(self.settings, parts)
        self.tables = Tables(self.settings.table_prefix)
        self.engine = open_engine(self.settings.database_url)
        self._apps: dict[str, Flask] = {}

    def app(self, **changes: Any) -> Flask:
        """The pages alone, on an app that knows nothing else; `changes` go to the settings."""
        if str(changes) not in self._apps:
            app = self._apps[str(changes)] = Flask("pages")
            settings = replace(self.settings, **changes)
            app.register_blueprint(create_blueprint(self.services, settings))
        return self._apps[str(changes)]

    def token(self, user_id: int, *rights: str, **changes: Any) -> str:
        """What the host would post for this user; `changes` spoil it."""
        claims: Mapping[str, Any] = {
            "aud": "journeys",
            "user_id": user_id,
            "group_id": 1,
            "rights": list(rights),
            "time_zone": "Europe/Berlin",
            "language": "en",
            "nonce": token_urlsafe(24),
            "exp": int(self.now.timestamp()) + 60,
            "home": HOME,
        }
        return make_token(HANDOVER_SECRET, {**claims, **changes})

    def visitor(self, user_id: int, *rights: str) -> FlaskClient:
        """A browser with a session of this user."""
        client = self.app().test_client()
        answer = client.post("/journeys/session", data={"token": self.token(user_id, *rights)})
        assert answer.status_code == 303, answer.text
        return client

    def copy(self, folder: Path) -> PageWorld:
        """The same world once more, to be changed."""
        for engine in (self.engine, open_engine(f"sqlite:///{self.database}-markers")):
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
        for path in self.database.parent.glob(f"{self.database.name}*"):
            copyfile(path, folder / path.name)
        return PageWorld(folder / self.database.name, self.now, dict(self.journeys))

    # What happens in it

    def add(self, name: str, text: str, *, user_id: int = MANAGER, on: bool = True) -> None:
        journey_id = self.services.authoring.import_text(user_id, text, "cli")
        self.journeys[name] = journey_id
        if on:
            self.services.authoring.enable(user_id, journey_id, "cli")

    def subscribe(self, list_id: int, ids: Sequence[int], mark: str = "") -> None:
        """Report that these became subscribed, and let the journeys take them in."""
        at = f"{self.now:%d%H%M%S}"
        events = [
            Event(f"{mark}{list_id}-{i}-{at}", "subscription", self.now, list_id, i) for i in ids
        ]
        self.services.accept("hook", events)
        self.run()

    def run(self) -> None:
        """Until nobody is due any more."""
        s = self.services
        while s.intake.route() + s.executor.tick() + s.deliverer.deliver():
            pass

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)
        self.run()

    def subscribers(self, list_id: int, *, status: str = "Subscribed") -> list[int]:
        """Ids of the subscribers of a list, in order."""
        shard = build_schema(HOST_PREFIX).shard(list_id)
        wanted = sa.select(shard.c.SubscriberID).where(shard.c.SubscriptionStatus == status)
        with self.engine.begin() as connection:
            return list(connection.scalars(wanted.order_by(shard.c.SubscriberID)))

    def change(self, list_id: int, subscriber_id: int, **columns: object) -> None:
        shard = build_schema(HOST_PREFIX).shard(list_id)
        with self.engine.begin() as connection:
            connection.execute(
                sa.update(shard).where(shard.c.SubscriberID == subscriber_id).values(**columns)
            )


def empty_world(folder: Path) -> PageWorld:
    """The host's sample account and our empty tables, in a new file of this folder."""
    database = folder / "pages.sqlite"
    engine = open_engine(f"sqlite:///{database}")
    load(engine, HOST_PREFIX, subscribers=SUBSCRIBERS, now=START)
    Tables(Settings(database_url="sqlite://").table_prefix).metadata.create_all(engine)
    engine.dispose()
    return PageWorld(database, START, {})


def filled_world(folder: Path, *, hostile: bool = True) -> PageWorld:
    """Ten days in the life of some journeys: people in every state, held and parked ones too.

    `hostile`: markup in names and values wherever strangers can write.
    """
    world = empty_world(folder)
    world.add("welcome", texts.WELCOME)
    world.add("long", texts.long_name())
    if hostile:
        world.add("hostile", texts.hostile())
    world.add("parking", texts.PARKING)
    world.add("holding", texts.HOLDING)
    world.add("draft", texts.DRAFT, on=False)
    world.add("others", texts.OTHERS, user_id=EDITOR)
    welcome, shop = world.subscribers(1), world.subscribers(4)
    if hostile:
        address = f'"{texts.CANARY}"@example.com'
        world.change(1, welcome[0], EmailAddress=address, CustomField1=texts.CANARY)
    else:
        world.change(1, welcome[0], CustomField1="Noor", CustomField3="Berlin")
    world.change(1, welcome[1], CustomField1="Rui", CustomField3="Oslo")
    world.change(1, welcome[2], CustomField1=None, CustomField3="Lima")
    world.subscribe(1, welcome[:6])
    world.subscribe(4, shop[:3])
    world.subscribe(5, world.subscribers(5))
    _let_time_pass(world, welcome)
    world.services.authoring.disable(MANAGER, world.journeys["long"], "cli")
    return world


def _let_time_pass(world: PageWorld, welcome: Sequence[int]) -> None:
    for _ in range(6):
        world.pass_time(hours=7)
    world.subscribe(1, [*welcome[:2], *welcome[6:9]], "again-")
    world.change(1, welcome[4], SubscriptionStatus="Unsubscribed")
    with world.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {HOST_PREFIX}subscribers_4")
    for _ in range(14):
        world.pass_time(hours=13)
    world.subscribe(1, welcome[9:])
    world.pass_time(minutes=2)
