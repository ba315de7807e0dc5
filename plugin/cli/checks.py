"""Our own checks: settings, database, migrations, Redis, workers. The host's are in host/doctor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import redis
import sqlalchemy as sa
from cryptography.fernet import Fernet

from plugin.cli.wrong import in_words
from plugin.errors import JourneysError
from plugin.hooks.signing import secret_key
from plugin.host.doctor import Finding
from plugin.settings import Settings
from plugin.storage.database import Database
from plugin.storage.dialect import database_now
from plugin.storage.migrating import pending
from plugin.storage.outcomes import SqlOutcomes
from plugin.storage.tables import Tables
from plugin.wakeup import connect

#: A worker that was not seen for so long is taken for dead.
SEEN_WITHIN = timedelta(seconds=60)
#: Hand-over secrets shorter than this can be guessed too easily.
SECRET_CHARACTERS = 32


def check_settings(settings: Settings) -> list[Finding]:
    return [
        Finding("J001", "ok", "The settings can be read."),
        _encryption_keys(settings),
        _hook_secrets(settings),
        _handover_secret(settings),
        _public_url(settings),
    ]


def check_database(opened: Callable[[], Database]) -> Finding:
    """`opened` may raise for a URL that cannot be used."""
    try:
        database = opened()
        with database.engine.connect() as connection:
            connection.execute(sa.select(1))
    except Exception as error:
        text = in_words(error)
        if text is None:
            raise
        return Finding(
            "J002",
            "error",
            text,
            "Check JOURNEYS_DATABASE_URL, and that the server runs and lets this machine in.",
        )
    return Finding("J002", "ok", f"The database answers: {database.engine.url!r}")


def check_migrations(engine: sa.Engine, prefix: str) -> Finding:
    try:
        waiting = pending(engine, prefix)
    except JourneysError as error:
        return Finding("J003", "error", str(error))
    if waiting:
        text = ", ".join(waiting)
        return Finding("J003", "error", f"Migrations wait: {text}.", "Run `journeys install`.")
    return Finding("J003", "ok", f"Our tables, prefix “{prefix}”, are up to date.")


def check_redis(url: str) -> Finding:
    if not url:
        return Finding("J008", "ok", "No Redis is set: the workers' sweep finds all work.")
    try:
        connect(url).ping()
    except (redis.RedisError, ValueError) as error:
        return Finding(
            "J008",
            "warning",
            f"Redis does not answer: {error}",
            "Nothing is lost: the workers' sweep finds all work, up to two seconds later.",
        )
    return Finding("J008", "ok", "Redis answers.")


def check_workers(database: Database, tables: Tables) -> Finding:
    rows = tables.workers.c
    with database.reading() as connection:
        since = database_now(connection) - SEEN_WITHIN
        alive = connection.scalar(sa.select(sa.func.count()).where(rows.seen_at > since))
    if not alive:
        return Finding(
            "J009",
            "warning",
            "No worker was seen for a minute: nobody moves on.",
            "Start `journeys worker`, and have your init system keep it running.",
        )
    return Finding("J009", "ok", f"Workers seen within the last minute: {alive}.")


def check_outage(database: Database, tables: Tables) -> Finding:
    with database.reading() as connection:
        found = SqlOutcomes(connection, tables).outage(database_now(connection))
    if found is None:
        return Finding("J010", "ok", "Workers ran without a long break.")
    began, noticed, until = (
        f"{at:%Y-%m-%d %H:%M} UTC" for at in (found.began_at, found.noticed_at, found.until)
    )
    why = "The clock leapt" if found.kind == "clock_jump" else "No worker ran"
    return Finding(
        "J010",
        "warning",
        f"{why} from {began} to {noticed}: {found.people} people who were late by more than an"
        f" hour are spread until {until}.",
        "Nothing is lost. Have your init system keep `journeys worker` running.",
    )


def _encryption_keys(settings: Settings) -> Finding:
    try:
        [Fernet(key) for key in settings.encryption_keys]
    except ValueError:
        return Finding(
            "J004",
            "error",
            "An encryption key is not a Fernet key.",
            "Mend JOURNEYS_ENCRYPTION_KEYS. `journeys keys` prints a fresh one.",
        )
    if not settings.encryption_keys:
        return Finding(
            "J004",
            "error",
            "There is no encryption key: no journey can be turned on.",
            "Set JOURNEYS_ENCRYPTION_KEYS. `journeys keys` prints a fresh one.",
        )
    return Finding("J004", "ok", "The encryption keys are well-formed.")


def _hook_secrets(settings: Settings) -> Finding:
    try:
        [secret_key(secret) for secret in settings.hook_secrets]
    except JourneysError as error:
        return Finding(
            "J005",
            "error",
            f"A hook secret cannot be used. {error}",
            "Mend JOURNEYS_HOOK_SECRETS. `journeys keys` prints a fresh one.",
        )
    if not settings.hook_secrets:
        return Finding(
            "J005",
            "warning",
            "There is no hook secret: every event that the host reports is refused.",
            "Set JOURNEYS_HOOK_SECRETS, and the same in the host's plugin. `journeys keys` prints"
            " a fresh one.",
        )
    return Finding("J005", "ok", "The hook secrets are well-formed.")


def _handover_secret(settings: Settings) -> Finding:
    if not settings.handover_secret:
        return Finding(
            "J006",
            "warning",
            "There is no hand-over secret: nobody can open the pages.",
            "Set JOURNEYS_HANDOVER_SECRET, and the same in the host's plugin. `journeys keys`"
            " prints a fresh one.",
        )
    if len(settings.handover_secret) < SECRET_CHARACTERS:
        return Finding(
            "J006",
            "error",
            "The hand-over secret is short enough to be guessed.",
            "Use 32 random characters or more; `journeys keys` prints such a secret.",
        )
    return Finding("J006", "ok", "The hand-over secret is long enough.")


def _public_url(settings: Settings) -> Finding:
    parts = urlsplit(settings.public_url)
    if parts.scheme == "https" and parts.hostname:
        return Finding("J007", "ok", f"The pages are at {settings.public_url}.")
    if parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return Finding("J007", "ok", "The pages are on this machine only, without https.")
    return Finding(
        "J007",
        "warning",
        "The cookies of our pages are not kept to https.",
        "Set JOURNEYS_PUBLIC_URL to the https:// address of the pages.",
    )
