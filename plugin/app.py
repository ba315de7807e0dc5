"""The composition root: the only module that knows every layer. Read this file first."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask

from plugin.domain.catalog import Catalog
from plugin.domain.event import Ages, Event
from plugin.engine import actions, triggers
from plugin.engine.archiving import Archivist
from plugin.engine.authoring import Author
from plugin.engine.bulk import Bulk
from plugin.engine.delivery import Deliverer, Means, Pace
from plugin.engine.documents import Checker
from plugin.engine.editing import Editor
from plugin.engine.enrolling import Enroller
from plugin.engine.entering import KEYS
from plugin.engine.executor import Executor, Limits
from plugin.engine.housekeeping import Housekeeper
from plugin.engine.housekeeping_port import Keeping
from plugin.engine.intake import Intake, Taking
from plugin.engine.kinds import Action, Registry, TriggerKind, find
from plugin.engine.listening import Listening
from plugin.engine.moves import Mover
from plugin.engine.planning import Planner
from plugin.engine.ports import Begin, Live, Transport, Version, Wakeup
from plugin.engine.publishing import Publisher
from plugin.engine.reading import Addresses
from plugin.engine.recipes import RecipeBook
from plugin.engine.redriving import Redriver
from plugin.engine.sealing import Sealer
from plugin.engine.services import Services
from plugin.engine.surroundings import PRODUCTION, Surroundings
from plugin.engine.tasks import Runner
from plugin.engine.trying import Trier
from plugin.errors import CannotEvaluate
from plugin.hooks.addresses import AddressPolicy
from plugin.hooks.signing import host_signature, new_secret, sign, verify
from plugin.hooks.transport import HttpTransport
from plugin.host.host import SqlHost
from plugin.host.schema import HostSchema
from plugin.routes import create_blueprint
from plugin.settings import BadSettings, Settings
from plugin.storage.behaviour import SqlBehaviour
from plugin.storage.beside import SqlBeside
from plugin.storage.changeovers import SqlChangeovers
from plugin.storage.database import Database, savepoint
from plugin.storage.entrance import SqlEntrance
from plugin.storage.exits import SqlExits
from plugin.storage.goals import SqlGoals
from plugin.storage.heartbeat import Heartbeat
from plugin.storage.housekeeping import SqlHousekeeping
from plugin.storage.inbox import SqlInbox
from plugin.storage.installation import Installation
from plugin.storage.library import SqlLibrary
from plugin.storage.markers import SqlMarkers, marker_database
from plugin.storage.messages import SqlMessages
from plugin.storage.outages import SqlOutages
from plugin.storage.outbox import SqlOutbox
from plugin.storage.plans import SqlPlans
from plugin.storage.reading import SqlReading
from plugin.storage.rounds import SqlRounds
from plugin.storage.secrets import SqlSecrets
from plugin.storage.sending import SqlSending
from plugin.storage.sessions import SqlSessions
from plugin.storage.store import SqlStore
from plugin.storage.tables import Tables
from plugin.storage.tasks import SqlTasks
from plugin.storage.versions import Versions
from plugin.storage.waiters import SqlWaiters
from plugin.wakeup import RedisWakeup, no_wakeup


@dataclass(frozen=True, slots=True)
class SqlWork:
    """One transaction over our tables and the host's. See engine.ports.Work."""

    store: SqlStore
    host: SqlHost
    inbox: SqlInbox
    outbox: SqlOutbox
    messages: SqlMessages
    sending: SqlSending
    library: SqlLibrary
    exits: SqlExits
    tasks: SqlTasks
    outages: SqlOutages
    changeovers: SqlChangeovers
    entrance: SqlEntrance
    rounds: SqlRounds
    housekeeping: SqlHousekeeping
    beside: SqlBeside
    behaviour: SqlBehaviour
    goals: SqlGoals
    plans: SqlPlans
    waiters: SqlWaiters
    savepoint: Callable[[], AbstractContextManager[object]]
    listening: Listening
    _live: dict[int, tuple[Sequence[Live], Sequence[Version]]] = field(default_factory=dict)

    def catalog(self, user_id: int) -> Catalog:
        """See engine.ports.Work: the one thing that needs the host's tables and ours."""
        return replace(
            self.host.catalog(user_id),
            journeys=self.library.names(user_id),
            secrets=self.library.secret_names(user_id),
        )

    def heard(self, user_id: int, event: Event) -> bool:
        """See engine.ports.Work."""
        if user_id not in self._live:
            exiting = self.store.exiting_by_events([user_id])
            self._live[user_id] = self.store.live([user_id]), exiting
        return self.listening.heard(*self._live[user_id], event)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a test may want to replace. None: the real thing, by the settings."""

    around: Surroundings = PRODUCTION
    transport: Transport | None = None
    wake: Wakeup | None = None
    more_actions: tuple[type[Action], ...] = ()
    wall_clock: Callable[[], datetime] | None = None
    #: a process has one of each; tests, which are many processes in one, keep theirs
    database: Callable[[str], Database] = Database
    tables: Callable[[str], Tables] = Tables


def register(app: Flask, settings: Settings, parts: Parts = Parts()) -> Services:
    """Mount the add-on's pages and hook under /journeys of the host's application."""
    services = build(settings, parts)
    app.register_blueprint(create_blueprint(services, settings), url_prefix="/journeys")
    return services


def build(settings: Settings, parts: Parts = Parts()) -> Services:
    """Wire everything. Opens no connection before it is needed."""
    database, tables = parts.database(settings.database_url), parts.tables(settings.table_prefix)
    host = partial(SqlHost, schema=HostSchema(settings.host_prefix), settings=settings)
    known = Registry((*action_kinds(settings.action_packages), *parts.more_actions))
    starting = Registry(find(TriggerKind, triggers))
    listening = Listening(starting, known)
    begin = make_begin(database, tables, host, listening)
    wake = parts.wake or (RedisWakeup(settings.redis_url) if settings.redis_url else no_wakeup)
    key_of = KEYS[settings.reentry_scope]
    kept = SqlSecrets(database, tables, settings.encryption_keys)
    around, name = parts.around, worker_name()
    markers = SqlMarkers(marker_database(database, tables, parts.database), tables)
    wall_clock = parts.wall_clock or _now
    intake = Intake(begin, listening, wake, key_of, _taking(settings), around)
    checker, mover = Checker(known, starting), Mover(around.dice)
    editor = Editor(begin, checker, around)
    publisher = Publisher(begin, checker, editor, lambda: kept.encrypt(new_secret()), wake, around)
    catalog = partial(_catalog, begin)
    author = Author(begin, checker, editor, publisher, wake, around)
    return Services(
        begin=begin,
        executor=Executor(begin, known, markers, name, _limits(settings), around),
        intake=intake,
        planner=Planner(begin, listening, around),
        heartbeat=Heartbeat(database, tables, name),
        housekeeper=Housekeeper(begin, Keeping(settings.kept_days), around),
        deliverer=_deliverer(begin, settings, parts, kept, wake),
        try_webhook=Trier(begin, known, starting, _sealer(settings, parts, kept), around),
        actions=known,
        triggers=starting,
        reading=SqlReading(tables, database.reading, partial(_addresses_of, host), wall_clock),
        authoring=author,
        editing=editor,
        publishing=publisher,
        enrolling=Enroller(begin, wake, key_of, around),
        bulk=Bulk(begin, wake, Runner(begin, mover, around), settings.reentry_scope, around),
        redriving=Redriver(begin, wake, mover, around),
        archiving=Archivist(begin, wake, mover, around),
        sessions=SqlSessions(tables, database.begin, database.reading),
        recipes=RecipeBook(catalog, author),
        catalog=catalog,
        verify_hook=partial(_verify, settings.hook_secrets),
        accept=intake.accept,
        ping=partial(_ping, database),
        wall_clock=wall_clock,
    )


def _taking(settings: Settings) -> Taking:
    ages = Ages(timedelta(days=settings.event_days), timedelta(hours=settings.event_hours))
    return Taking(settings.intake_rows, ages)


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.tick_rows,
        settings.tick_milliseconds / 1000,
        look_over_every=timedelta(minutes=settings.exit_rule_minutes),
    )


def action_kinds(packages: Iterable[str]) -> list[type[Action]]:
    """Our actions, and those of the admin's own packages. Raises BadSettings."""
    found = list(find(Action, actions))
    for name in packages:
        try:
            added = list(find(Action, import_module(name)))
        except (ImportError, SyntaxError, AttributeError) as error:
            text = f"JOURNEYS_ACTION_PACKAGES: {name} is no package that can be imported: {error}"
            raise BadSettings(text) from error
        if not added:
            raise BadSettings(f"JOURNEYS_ACTION_PACKAGES: no module of {name} declares an action.")
        found += added
    return found


def make_begin(
    database: Database,
    tables: Tables,
    host: Callable[[sa.Connection], SqlHost],
    listening: Listening,
) -> Begin:
    """The one way to a transaction."""
    versions, installation = Versions(tables), Installation(tables)

    @contextmanager
    def begin() -> Iterator[SqlWork]:
        with database.begin() as connection:
            of_host = host(connection)
            yield SqlWork(
                store=SqlStore(connection, tables, versions, installation),
                host=of_host,
                inbox=SqlInbox(connection, tables),
                outbox=SqlOutbox(connection, tables, installation),
                messages=SqlMessages(connection, tables, installation),
                sending=SqlSending(connection, tables),
                library=SqlLibrary(connection, tables),
                exits=SqlExits(connection, tables),
                tasks=SqlTasks(connection, tables),
                outages=SqlOutages(connection, tables),
                changeovers=SqlChangeovers(connection, tables),
                entrance=SqlEntrance(connection, tables),
                rounds=SqlRounds(connection, tables),
                housekeeping=SqlHousekeeping(connection, tables),
                savepoint=partial(_savepoint, connection, of_host),
                beside=SqlBeside(connection, tables),
                behaviour=SqlBehaviour(connection, tables),
                goals=SqlGoals(connection, tables),
                plans=SqlPlans(connection, tables),
                waiters=SqlWaiters(connection, tables),
                listening=listening,
            )
            of_host.finish()

    return begin


@contextmanager
def _savepoint(connection: sa.Connection, host: SqlHost) -> Iterator[None]:
    """A part that may fail alone; what it owed the host's daily counts is then not owed."""
    with host.undoing(), savepoint(connection):
        yield


def worker_name() -> str:
    """Unlike any other worker's, past or present."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


def _sealer(settings: Settings, parts: Parts, kept: SqlSecrets) -> Sealer:
    transport = parts.transport or HttpTransport(
        AddressPolicy(frozenset(settings.allowed_hosts)),
        _now,
        seconds=settings.delivery_seconds,
        reach=parts.around.reach,
    )
    return Sealer(transport, sign, host_signature, kept)


def _deliverer(
    begin: Begin, settings: Settings, parts: Parts, kept: SqlSecrets, wake: Wakeup
) -> Deliverer:
    threads = settings.delivery_threads
    pool = ThreadPoolExecutor(threads, thread_name_prefix="journeys-send")
    to_host = parts.transport or host_transport(settings, parts)
    url = settings.host_api_url
    means = Means(_sealer(settings, parts, kept), pool, to_host, url, wake)
    pace = Pace(threads, settings.deliveries_per_receiver, settings.delivery_seconds)
    return Deliverer(begin, means, parts.around, pace)


def host_transport(settings: Settings, parts: Parts) -> Transport | None:
    """To the host's API alone, which the admin may have inside the network; webhooks, whose
    addresses users choose, may not go there for that."""
    if not settings.host_api_url:
        return None
    place = urlsplit(settings.host_api_url)
    port = place.port or (443 if place.scheme == "https" else 80)
    return HttpTransport(
        AddressPolicy(frozenset({f"{place.hostname}:{port}"})),
        _now,
        seconds=settings.delivery_seconds,
        reach=parts.around.reach,
    )


def _verify(keys: tuple[str, ...], headers: Mapping[str, str], body: bytes) -> str:
    return verify(keys, headers, body, _now())


def _catalog(begin: Begin, user_id: int) -> Catalog:
    with begin() as work:
        return work.catalog(user_id)


def _addresses_of(host: Callable[[sa.Connection], SqlHost], connection: sa.Connection) -> Addresses:
    """Who the people on a page are, one statement per list that stands on it."""

    def addresses(wanted: Mapping[int, Collection[int]]) -> Mapping[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = {}
        for list_id, ids in wanted.items():
            try:
                people = host(connection).subscribers(list_id, sorted(ids))
            except CannotEvaluate:
                continue  # the list is gone, and so are its people's addresses
            found |= {(list_id, i): s.email for i, s in people.items()}
        return found

    return addresses


def _ping(database: Database) -> None:
    with database.reading() as connection:
        connection.execute(sa.select(1))


def _now() -> datetime:
    return datetime.now(UTC)
