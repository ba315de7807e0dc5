"""Puts the parts of the demo together and keeps them running."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import waitress
from flask import Flask
from sqlalchemy import Engine, func, select

from demo import addon
from demo.bridge import Bridge
from demo.database import open_engine, writing
from demo.home import Home
from demo.host import POSTMAN, create_host
from demo.journeys import install_sample_journeys, share_signing_secret
from demo.manifest import read_manifest
from demo.own_tables import create_own_tables
from demo.sample_account import DEMO_PASSWORD
from demo.sample_data import load
from demo.schema import HostTables
from plugin.engine.services import Services
from plugin.settings import Settings

#: How journeys may write to the host's lists, and what the greeting says of it.
WRITES = {"api": "calls of the host's API", "tables": "SQL, in the host's tables"}
_THREADS = 8
_USERS = (1, 2, 3)
_MARK = "DEMO_JOURNEYS_INSTALLED"


@dataclass(frozen=True)
class Options:
    """How to run: small (SQLite, one process) or `full`, with so many worker processes.

    `writes` is one of WRITES.
    """

    port: int
    full: bool
    workers: int
    writes: str = "api"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def run(home: Home, options: Options, stack: ExitStack) -> None:
    """Serves until interrupted; what was started is stopped, last first, when `stack` closes."""
    database_url, redis_url = _servers(home, options, stack)
    values = home.addon_settings(database_url, redis_url, options.port, options.writes)
    home.write_config(values)
    settings = addon.read_settings(values)
    engine = open_engine(database_url)
    stack.callback(engine.dispose)
    tables = load(engine, home.prefix, flavour=home.flavour)
    addon.migrate(settings)
    app, bridge = _host(home, options, engine)
    services = bridge.mount(app, settings)
    _first_time(home, engine, tables, services)
    _serve(home, options, stack, (app, bridge, services, settings))


def _servers(home: Home, options: Options, stack: ExitStack) -> tuple[str, str]:
    """Addresses of the database and of Redis, "" for none."""
    if not options.full:
        return home.sqlite_url, ""
    from devtools.servers import private_mariadb, private_redis

    database = stack.enter_context(private_mariadb(home.directory / "mariadb"))
    redis = stack.enter_context(private_redis(home.directory / "redis"))
    return database.url, redis.url


def _host(home: Home, options: Options, engine: Engine) -> tuple[Flask, Bridge]:
    create_own_tables(engine)
    bridge = Bridge(
        read_manifest(), engine, options.base_url, home.hook_secret, home.handover_secret
    )
    secrets = (home.session_secret, lambda: home.webhook_secret)
    app = create_host(engine, home.prefix, bridge, *secrets, flavour=home.flavour)
    return app, bridge


def _first_time(home: Home, engine: Engine, tables: HostTables, services: Services) -> None:
    """Sample journeys for a new database; a second start leaves them as people made them."""
    row = {"OptionName": _MARK, "OptionValue": "Yes"}
    mark = select(func.count()).where(tables.options.c.OptionName == _MARK)
    with engine.connect() as connection:
        if connection.scalar(mark):
            return
    share_signing_secret(services, _USERS, home.webhook_secret, home.encryption_key)
    install_sample_journeys(services, f"http://127.0.0.1:{home.port}/inbox")
    with writing(engine) as connection:
        connection.execute(tables.options.insert().values(row))


def _serve(
    home: Home,
    options: Options,
    stack: ExitStack,
    parts: tuple[Flask, Bridge, Services, Settings],
) -> None:
    app, bridge, services, settings = parts
    server = waitress.create_server(app, host="127.0.0.1", port=options.port, threads=_THREADS)
    stack.callback(server.close)
    if options.full:
        stack.enter_context(addon.worker_processes(home, options.workers))
    else:
        stack.enter_context(addon.embedded_worker(services, settings))
    bridge.spool.start()
    stack.callback(bridge.spool.stop)
    app.extensions[POSTMAN].start()
    stack.callback(app.extensions[POSTMAN].stop)
    _greet(home, options)
    server.run()


def _greet(home: Home, options: Options) -> None:
    what = "MariaDB, Redis and rq workers" if options.full else "SQLite and a built-in worker"
    print(
        f"\nThe demo ({home.flavour} of the host) runs on {what}:\n\n"
        f"    {options.base_url}\n\n"
        f"Journeys writes to lists by {WRITES[options.writes]}.\n"
        f"Log in as manager, editor or analyst; the password of all three is {DEMO_PASSWORD}.\n"
        f"Commands: JOURNEYS_CONFIG={home.config_file} journeys doctor\n"
        "Ctrl-C stops everything; the data stays for the next start.\n",
        flush=True,
    )
    if options.port != home.port:
        print(
            f"Webhooks of the sample journeys call port {home.port}, where this demo was made.\n"
            "To see them in the inbox, start it there or make it anew: make demo-reset\n",
            flush=True,
        )
