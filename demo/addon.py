"""The only module of the demo that knows the add-on's names, beside its manifest."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demo.manifest import ROOT
from plugin.settings import Settings

if TYPE_CHECKING:
    from demo.home import Home
    from plugin.engine.services import Services

_STOP_SECONDS = 15

_log = logging.getLogger(__name__)


def read_settings(values: Mapping[str, str]) -> Settings:
    return Settings.from_mapping(values)


def migrate(settings: Settings) -> None:
    """Brings the add-on's tables to the newest version."""
    from plugin.storage.database import Database
    from plugin.storage.migrating import migrate as bring_up_to_date

    bring_up_to_date(Database(settings.database_url).engine, settings.table_prefix)


@contextmanager
def embedded_worker(services: Services, settings: Settings) -> Iterator[None]:
    """A worker in threads of this process, until the block ends."""
    from plugin.worker import Worker

    worker = Worker(services, settings)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


@contextmanager
def worker_processes(home: Home, count: int) -> Iterator[None]:
    """`count` processes of `journeys worker`, until the block ends.

    They are not in the terminal's process group: Ctrl-C must not stop them before the host.
    They look out for this process and stop when it is gone.
    """
    command = [sys.executable, "-m", "plugin.cli", "worker", "--child-of", str(os.getpid())]
    environment = os.environ | {"JOURNEYS_CONFIG": str(home.config_file.resolve())}
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            _wait(process)


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _log.warning("worker %s does not stop and is killed", process.pid)
        process.kill()
        process.wait()
