"""Checks of the host's database, each with an id, a sentence and a hint. Nothing is changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import available_timezones

import sqlalchemy as sa

from plugin.host.schema import (
    FEATURES,
    REQUIRED,
    REQUIRED_OF_SHARDS,
    VALUES,
    HostSchema,
    shard_name,
)
from plugin.host.server import Server, Stored, columns_of, server, server_now, stored
from plugin.settings import Settings

Level = Literal["ok", "warning", "error"]

#: When somebody joined and left, in a list's table.
_WHEN = ("SubscriptionDate", "OptInDate", "UnsubscriptionDate")
#: Seconds by which the clocks of the database and of this process may differ.
CLOCK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `hint` says what to do, '' where nothing is to be done."""

    id: str
    level: Level
    sentence: str
    hint: str = ""


def checks(
    engine: sa.Engine,
    settings: Settings,
    own_tables: Mapping[str, Collection[str]] | None = None,
    wall_clock: Callable[[], float] = time.time,
) -> list[Finding]:
    """All checks, in the order of their ids; an id may come more than once.

    `own_tables` are our tables' full names with their columns, for the look for clashes.
    `wall_clock` answers unix seconds. Raises what the driver raises when the database is away.
    """
    schema = HostSchema(settings.host_prefix)
    with engine.connect() as connection:
        lists = _list_ids(connection, schema)
        seen = _Seen(connection, schema, settings, lists)
        kept = stored(connection, settings.host_prefix, [*REQUIRED, VALUES])
        about = server(connection)
        findings = [
            *_tables(seen),
            *_columns(seen),
            _skip_locked(about),
            _engines(about, kept),
            *_sessions(about, kept),
            _clashes(connection, settings, own_tables or {}),
            _clock(server_now(connection), wall_clock()),
            _zone(settings),
            _privileges(seen),
            _writes(seen.settings),
            _moments(seen),
        ]
        connection.rollback()
    return findings


@dataclass(frozen=True, slots=True)
class _Seen:
    connection: sa.Connection
    schema: HostSchema
    settings: Settings
    list_ids: Sequence[int]


def _list_ids(connection: sa.Connection, schema: HostSchema) -> Sequence[int]:
    if "subscriber_lists" in schema.misses(connection):
        return []
    column = schema.table(connection, "subscriber_lists").clause.c["ListID"]
    return connection.execute(sa.select(column).order_by(column)).scalars().all()


def _tables(seen: _Seen) -> Iterator[Finding]:
    prefix = seen.settings.host_prefix
    absent = [names[0] for names in _missing(seen) if "." not in names[0]]
    if absent:
        yield Finding(
            "J101",
            "error",
            f"The host's tables {', '.join(absent)} are not in this database.",
            f"Set JOURNEYS_HOST_PREFIX to the host's MYSQL_TABLE_PREFIX (now “{prefix}”), and"
            " JOURNEYS_DATABASE_URL to the host's database.",
        )
    else:
        yield Finding("J101", "ok", f"The host's tables were found under “{prefix}”.")


def _missing(seen: _Seen) -> Sequence[Sequence[str]]:
    return list(seen.schema.misses(seen.connection).values())


def _columns(seen: _Seen) -> Iterator[Finding]:
    if any("." not in name for names in _missing(seen) for name in names):
        return
    needed = [name for names in _missing(seen) for name in names]
    needed += _missing_in_shards(seen)
    if needed:
        yield Finding(
            "J102",
            "error",
            f"The host's columns {', '.join(needed)} are missing.",
            "This host is of a version that Journeys does not know. Nothing can run.",
        )
    else:
        yield Finding("J102", "ok", "The columns that nothing works without are there.")
    for feature, names in seen.schema.lacks(seen.connection).items():
        yield Finding("J102", "warning", f"{', '.join(names)} is missing.", feature.without)


def _missing_in_shards(seen: _Seen) -> list[str]:
    """One look at all shards; a list without a shard is left to the one who uses it."""
    prefix = seen.settings.host_prefix
    names = [prefix + shard_name(list_id) for list_id in seen.list_ids]
    found = columns_of(seen.connection, names)
    return [
        f"{table}.{column}"
        for table, columns in sorted(found.items())
        for column in REQUIRED_OF_SHARDS
        if column not in columns
    ]


def _skip_locked(about: Server) -> Finding:
    if about.skips_locked:
        return Finding("J103", "ok", f"{about.title} lets several workers share the work.")
    return Finding(
        "J103",
        "warning",
        f"{about.title} cannot pass over rows that other workers hold (SKIP LOCKED).",
        "Run one worker only, or upgrade to MySQL 8.0.1 or MariaDB 10.6.",
    )


def _engines(about: Server, kept: Sequence[Stored]) -> Finding:
    others = [f"{table.table} ({table.engine})" for table in kept if table.engine != "innodb"]
    if not others:
        return Finding("J104", "ok", f"{about.title} undoes all of a step that fails.")
    return Finding(
        "J104",
        "warning",
        f"{len(others)} of the host's tables are not InnoDB: {_some(others)}.",
        "Changes in them cannot be undone: a step that fails half-way is done again, so its"
        " changes are made at least once, not exactly once; a value that is made of the one before"
        " may be made twice, and a rule may see what the first try has written. Convert them to"
        " InnoDB.",
    )


def _sessions(about: Server, kept: Sequence[Stored]) -> Iterator[Finding]:
    narrow = [table.table for table in kept if table.charset not in ("utf8mb4", "")]
    if about.charset not in ("utf8mb4", "utf-8"):
        yield Finding(
            "J105",
            "error",
            f"Our sessions speak {about.charset}, not utf8mb4.",
            "Add charset=utf8mb4 to JOURNEYS_DATABASE_URL.",
        )
    if not about.strict:
        yield Finding(
            "J105",
            "error",
            "Our sessions are not strict: values that do not fit would be cut silently.",
            "Leave sql_mode to Journeys: remove it from JOURNEYS_DATABASE_URL.",
        )
    if narrow:
        yield Finding(
            "J105",
            "warning",
            f"{len(narrow)} of the host's tables do not keep utf8mb4: {_some(narrow)}.",
            "Emoji and rarer letters cannot be written there; such values are refused.",
        )
    if about.charset in ("utf8mb4", "utf-8") and about.strict and not narrow:
        yield Finding("J105", "ok", "Text of any script can be read and written.")


def _clashes(
    connection: sa.Connection, settings: Settings, own: Mapping[str, Collection[str]]
) -> Finding:
    """A table with one of our names is taken for the host's when it has no column of ours."""
    live = columns_of(connection, list(own))
    foreign = [name for name, columns in live.items() if not columns & (set(own[name]) - {"id"})]
    if foreign:
        return Finding(
            "J106",
            "error",
            f"The tables {', '.join(sorted(foreign))} exist already and are not ours.",
            "Choose another JOURNEYS_TABLE_PREFIX before you install.",
        )
    if settings.table_prefix.startswith(settings.host_prefix) and settings.host_prefix:
        return Finding(
            "J106",
            "warning",
            f"Our tables' prefix “{settings.table_prefix}” begins as the host's does.",
            "A later version of the host may want the same names. Choose another"
            " JOURNEYS_TABLE_PREFIX before you install.",
        )
    return Finding("J106", "ok", "Our tables' names are not those of the host's tables.")


def _clock(database: datetime, unix_seconds: float) -> Finding:
    behind = (datetime.fromtimestamp(unix_seconds, UTC) - database).total_seconds()
    if abs(behind) <= CLOCK_SECONDS:
        return Finding("J107", "ok", "The clocks of the database and of this machine agree.")
    return Finding(
        "J107",
        "warning",
        f"The database's clock and this machine's are {abs(behind):.0f} seconds apart.",
        "Waits follow the database's clock, signatures this machine's. Set both by NTP.",
    )


def _zone(settings: Settings) -> Finding:
    zone = settings.host_time_zone
    if zone in available_timezones():
        return Finding("J108", "ok", f"The host's dates are read as {zone}.")
    return Finding(
        "J108",
        "error",
        f"JOURNEYS_HOST_TIME_ZONE is “{zone}”, which is no time zone.",
        "Name the zone in which the host writes its dates, such as UTC or Europe/Berlin.",
    )


def _privileges(seen: _Seen) -> Finding:
    """Try what steps do, on no row at all, and roll back."""
    if not seen.list_ids:
        return Finding("J109", "warning", "The host has no list yet: rights were not tried.")
    try:
        for attempt in _attempts(seen):
            seen.connection.execute(attempt)
    except sa.exc.DBAPIError as error:
        return Finding(
            "J109",
            "error",
            f"The database user may not do what steps do: {error.orig}",
            "Grant SELECT, INSERT, UPDATE and DELETE on the host's subscribers_* tables, and"
            " SELECT, INSERT and UPDATE on custom_field_values, suppression_list,"
            " stats_unsubscription, stats_activity and subscriber_lists; and SELECT on emails,"
            " campaigns, stats_open, stats_link, subscriber_tags and subscriber_tag_relations.",
        )
    return Finding("J109", "ok", "The database user may do what steps do.")


def _writes(settings: Settings) -> Finding:
    if settings.host_writes == "api":
        return Finding(
            "J110",
            "ok",
            f"People join and leave lists through the host's API at {settings.host_api_url}."
            " Each owner of journeys needs an API key there.",
        )
    return Finding(
        "J110",
        "ok",
        "People join and leave lists by SQL: autoresponders and web services of a list do not"
        " start. With JOURNEYS_HOST_WRITES=api and JOURNEYS_HOST_API_URL they do.",
    )


def _moments(seen: _Seen) -> Finding:
    """For the oldest and the newest list's table."""
    cut: list[str] = []
    for list_id in _ends(seen.list_ids):
        shard = seen.schema.optional_table(seen.connection, shard_name(list_id), ())
        columns = () if shard is None else shard.columns.values()
        cut += [
            f"{shard_name(list_id)}.{c.name}"
            for c in columns
            if c.name in _WHEN and c.family == "date"
        ]
    if not cut:
        return Finding("J111", "ok", "The host keeps the moments at which people join and leave.")
    return Finding(
        "J111",
        "warning",
        f"The host keeps days, not moments: {_some(cut)}.",
        "Rules and merge tags know the day on which somebody joined or left, not the time of day;"
        " it is the day in JOURNEYS_HOST_TIME_ZONE.",
    )


def _ends(list_ids: Sequence[int]) -> list[int]:
    """The oldest and the newest list."""
    return sorted({*list_ids[:1], *list_ids[-1:]})


def _attempts(seen: _Seen) -> Iterator[sa.Executable]:
    """For the oldest and the newest list's table, the global values, and what is only read."""
    nobody = sa.literal(1) == sa.literal(0)
    for feature in FEATURES:
        read = seen.schema.optional_table(seen.connection, feature.table, feature.columns)
        if read is not None:
            columns = [read.clause.c[name] for name in feature.columns]
            yield sa.select(*columns).where(nobody)
    for list_id in _ends(seen.list_ids):
        name = seen.settings.host_prefix + shard_name(list_id)
        shard = sa.table(name, sa.column("EmailAddress"))
        yield sa.select(shard.c["EmailAddress"]).where(nobody)
        yield sa.update(shard).values(EmailAddress=shard.c["EmailAddress"]).where(nobody)
        whole = seen.schema.optional_table(seen.connection, shard_name(list_id), ())
        if whole is not None and seen.settings.host_writes == "tables":
            every = whole.clause.c
            none = sa.select(*every).where(nobody)
            yield sa.insert(whole.clause).from_select(every.keys(), none)
            yield sa.delete(whole.clause).where(nobody)
    values = seen.schema.values_table(seen.connection)
    if values is not None:
        names = ("RelFieldID", "RelListID", "EmailAddress", "ValueText")
        none = sa.select(*(values.clause.c[name] for name in names)).where(nobody)
        yield sa.update(values.clause).values(ValueText=values.clause.c["ValueText"]).where(nobody)
        yield sa.insert(values.clause).from_select(names, none)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
