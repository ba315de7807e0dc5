"""The demo as it runs, host and add-on in one process with a server, and one clock that is turned.

Nothing is played: the host's API, its gateway and the door for events are called over HTTP.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import sqlalchemy as sa
import waitress
from flask import Flask

from demo import addon
from demo.bridge import Bridge
from demo.database import open_engine
from demo.home import Home, open_home
from demo.host import CLOCK, POSTMAN, create_host
from demo.journeys import share_signing_secret
from demo.manifest import read_manifest
from demo.schema import HostTables, build_schema
from devtools.process import free_port
from plugin.app import Parts, register
from plugin.engine.services import Services
from plugin.engine.surroundings import Surroundings
from plugin.settings import Settings
from plugin.storage.tables import Tables
from tests.demo.conftest import Browser

MOST_ROUNDS = 500
MANAGER = 1


class FastDemo:
    """`browser` is logged in as the manager. Begin with `started`."""

    def __init__(self, home: Home, port: int) -> None:
        values = home.addon_settings(home.sqlite_url, "", port)
        self.settings: Settings = addon.read_settings(values)
        self.engine = open_engine(home.sqlite_url)
        self.tables: HostTables = build_schema(home.prefix)
        addon.migrate(self.settings)
        base_url = f"http://127.0.0.1:{port}"
        self.bridge = Bridge(
            read_manifest(), self.engine, base_url, home.hook_secret, home.handover_secret
        )
        self.app: Flask = create_host(
            self.engine, home.prefix, self.bridge, home.session_secret, lambda: home.webhook_secret
        )
        self.clock = self.app.extensions[CLOCK]
        self._ahead = 0.0  #: of the monotonic clock, in seconds
        around = Surroundings(
            clock=lambda work: self.clock(), monotonic=lambda: time.monotonic() + self._ahead
        )
        self.services: Services = register(self.app, self.settings, Parts(around=around))
        share_signing_secret(self.services, (MANAGER,), home.webhook_secret, home.encryption_key)
        self.ours = Tables(self.settings.table_prefix)
        self.browser = Browser(self.app.test_client())
        self.browser.log_in("manager")

    @property
    def now(self) -> datetime:
        found: datetime = self.clock()
        return found

    def work(self) -> None:
        """Until nobody has anything to do at this moment. What is looked for now and then only is
        looked for at once."""
        self._ahead += 60
        services = self.services
        verbs: tuple[Callable[[], int], ...] = (
            self.bridge.spool.flush,
            services.planner.plan,
            services.intake.route,
            services.executor.tick,
            services.deliverer.deliver,
            self.app.extensions[POSTMAN].deliver,
        )
        for _ in range(MOST_ROUNDS):
            if not sum(verb() for verb in verbs):
                return
        raise AssertionError(f"there is still something to do after {MOST_ROUNDS} rounds")

    def turn(self, **by: float) -> None:
        """Time goes by, and workers look all the while; then what is due is done."""
        self.work()
        self.clock.turn(timedelta(**by))
        self._ahead += timedelta(**by).total_seconds()
        with self.engine.begin() as connection:
            connection.execute(sa.update(self.ours.pulse).values(seen_at=self.now))
        self.work()

    def rows(self, table: sa.Table, **where: Any) -> list[dict[str, Any]]:
        query = sa.select(table).order_by(*table.primary_key)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def path(self, enrollment_id: int) -> list[str]:
        """The history in words: `WaitForEvent branch happened` …"""
        return [
            " ".join(filter(None, (row["action"], row["outcome"], row["branch"])))
            for row in self.rows(self.ours.step_log, enrollment_id=enrollment_id)
        ]

    def post(self, path: str, page: str, **form: object) -> None:
        """A form of the host's pages, sent as a person does."""
        answer = self.browser.send(page, path, **form)
        assert answer.status_code == 302, answer.text


@contextmanager
def started(folder: Path, filled: Path) -> Iterator[FastDemo]:
    """`filled`: a database with the host's sample data."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    port = free_port()
    home = open_home(folder, port)
    copyfile(filled, folder / "demo.sqlite3")
    made = FastDemo(home, port)
    server = waitress.create_server(made.app, host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.close()
        thread.join(timeout=5)
        made.engine.dispose()
