"""`journeys worker`: the processes that make people move."""

from __future__ import annotations

import logging
import os
import socket
from urllib.parse import urlsplit

import click

from plugin.cli.door import Door, door
from plugin.cli.listening import Listening
from plugin.cli.processes import Processes
from plugin.cli.stopping import Stopping
from plugin.errors import JourneysError
from plugin.jobs import worker as process_worker
from plugin.logs import configure
from plugin.settings import BadSettings, Settings
from plugin.worker import Worker

log = logging.getLogger(__name__)

#: What is under way may take so long to finish after a stop was asked for, in seconds.
FINISH_SECONDS = 10.0


@click.command()
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Run so many worker processes; one that dies is started again.",
)
@click.option("--burst", is_flag=True, help="Do what is due now, then stop.")
@click.option("--child-of", type=int, hidden=True, help="Stop when this process is gone.")
@door
def worker(given: Door, processes: int, burst: bool, child_of: int | None) -> None:
    """Run a worker: route events, advance people, send webhooks, until stopped.

    Any number may run at once, on any number of machines. SIGTERM and Ctrl-C let it finish what
    is under way, ten seconds at most; a second one stops it at once. Nothing is lost either way.
    """
    settings = given.settings
    _log_to_stderr(settings)
    if burst:
        _run_dry(given)
    elif processes > 1:
        # What is wrong with the settings shall be said once, here, and not by every child.
        assert given.services
        _announce(settings, f"{processes} processes")
        Processes(processes, Stopping()).run()
    else:
        _run(settings, Stopping(child_of))


def _run(settings: Settings, stopping: Stopping) -> None:
    """Sweep and deliver in threads, and listen for wake-ups where there is a Redis."""
    at_work = process_worker()
    stopping.on_signals()
    _announce(settings, f"process {os.getpid()}")
    at_work.start()
    if settings.redis_url:
        Listening(settings.redis_url, stopping).run()
    else:
        stopping.wait()
    _finish(at_work)


def _finish(at_work: Worker) -> None:
    try:
        finished = at_work.stop(FINISH_SECONDS)
    except JourneysError as error:
        log.info("stopped while the database is away: %s", error)
        return
    if not finished:
        log.warning("stopped in the middle of something; the database undoes it")
        # Python would wait for threads that are still at it.
        os._exit(0)


def _run_dry(given: Door) -> None:
    """Work in this thread until nothing is due."""
    at_work = Worker(given.services, given.settings)
    while at_work.look() + given.services.deliverer.deliver():
        pass


def _announce(settings: Settings, what: str) -> None:
    redis = urlsplit(settings.redis_url).hostname
    wakes = f"wake-ups from Redis at {redis}" if redis else "no Redis, the sweep finds the work"
    click.echo(f"journeys worker: {what}, {wakes}. Ctrl-C stops it.", err=True)


def _log_to_stderr(settings: Settings) -> None:
    level = settings.log_level.upper()
    if level not in logging.getLevelNamesMapping():
        raise BadSettings(f"JOURNEYS_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR: {level}")
    configure(settings.log_format, level, f"{socket.gethostname()[:32]}:{os.getpid()}")
    if level != "DEBUG":
        # rq reports every wake-up, several a second.
        logging.getLogger("rq").setLevel(logging.WARNING)
        logging.getLogger("rq.worker").setLevel(logging.WARNING)
