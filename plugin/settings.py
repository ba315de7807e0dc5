"""Configuration, read once at the edge and passed down. No other module reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import yaml

from plugin.errors import JourneysError

PREFIX = "JOURNEYS_"
#: What is let go of when it is old. `history`: lines, deliveries and data of ended passages.
Part = Literal["history", "tries", "events", "tasks", "audit", "sessions"]
#: Events are kept so long at least.
LEAST_EVENT_DAYS = 30

_NUMBERS: Mapping[str, type[int] | type[float]] = {"int": int, "float": float}
#: Numbers that may be 0: then there is none.
_OR_NONE = ("worker_metrics_port",)
#: Settings that are one of a few words.
_WORDS = {
    "reentry_scope": ("person", "subscriber"),
    "host_writes": ("tables", "api"),
    "host_reports_tags": ("no", "yes"),
    "log_format": ("text", "json"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
}


class BadSettings(JourneysError):
    """A setting is missing or cannot be read. The text names it and says what it should be."""


@dataclass(frozen=True)
class Settings:
    """All knobs. Units are in the names; defaults suit one worker on a small host."""

    database_url: str  #: SQLAlchemy URL of the database that holds the host's tables and ours
    redis_url: str = ""  #: empty: no Redis, the sweep alone finds the work
    host_prefix: str = "oempro_"  #: the host's MYSQL_TABLE_PREFIX
    table_prefix: str = "jny_"  #: of our own tables
    host_time_zone: str = "UTC"  #: the zone in which the host writes its dates
    host_writes: str = "tables"  #: lists are written to by SQL (`tables`) or by calls (`api`)
    host_api_url: str = ""  #: of the host's api.php, for `api` and tags; may be in your network
    host_reports_tags: str = "no"  #: `yes`: the host itself reports what its API does to tags
    host_url: str = ""  #: where "back to the host" leads
    public_url: str = ""  #: where people reach the add-on; https makes cookies Secure
    hook_secrets: tuple[str, ...] = ()  #: `whsec_…`, newest first; all of them are accepted
    handover_secret: str = ""  #: shared with the host plugin, signs the one-time token
    encryption_keys: tuple[str, ...] = ()  #: Fernet keys, newest first; the first one encrypts
    allowed_hosts: tuple[str, ...] = ()  #: `host:port` that webhooks may reach though not public
    action_packages: tuple[str, ...] = ()  #: importable packages whose actions are added to ours
    reentry_scope: str = "person"  #: `person` (owner + address) or `subscriber` (one list row)
    tick_rows: int = 1000  #: enrollments that one transaction may hold locked
    tick_milliseconds: int = 300  #: a tick starts no further step after this long
    intake_rows: int = 1000  #: events routed in one transaction
    event_days: int = 30  #: age up to which facts about a row of the host enroll somebody
    event_hours: int = 24  #: the same for all other events
    exit_rule_minutes: int = 10  #: how often waiting people are held against exit rules
    delivery_threads: int = 16  #: webhooks under way at once in one worker process
    deliveries_per_receiver: int = 4  #: of these, under way to one receiver of an account
    delivery_seconds: float = 15.0  #: wall-clock limit of one attempt
    sweep_busy_seconds: float = 0.1  #: pause of the sweep after it found work
    sweep_idle_seconds: float = 2.0  #: longest pause of the sweep when nothing is due
    keep_history_days: int = 365  #: history, deliveries and data of a passage, after its end
    keep_tries_days: int = 30  #: single tries of deliveries, with the answers; of ended passages
    keep_events_days: int = 60  #: events that are done with; 30 at least
    keep_tasks_days: int = 90  #: tasks that are finished
    keep_audit_days: int = 1095  #: who did what
    keep_sessions_days: int = 1  #: sessions of people that nobody uses any more
    metrics_token: str = ""  #: opens `/journeys/metrics`; empty: there are no metrics
    worker_metrics_port: int = 0  #: of a worker's own metrics, or the next free one; 0: none
    worker_metrics_host: str = "127.0.0.1"  #: address at which they are shown
    log_level: str = "INFO"  #: of the workers: DEBUG, INFO, WARNING or ERROR
    log_format: str = "text"  #: lines for people (`text`) or for machines (`json`)

    @property
    def kept_days(self) -> Mapping[Part, int]:
        """An event is kept for as long as its repeat would enroll, at least."""
        return {
            "history": self.keep_history_days,
            "tries": self.keep_tries_days,
            "events": max(self.keep_events_days, self.event_days + 1),
            "tasks": self.keep_tasks_days,
            "audit": self.keep_audit_days,
            "sessions": self.keep_sessions_days,
        }

    @classmethod
    def from_mapping(cls, env: Mapping[str, str]) -> Settings:
        """Read `JOURNEYS_*` keys. Raises BadSettings for an unknown, missing or wrong value."""
        known = {field.name: field for field in fields(cls)}
        given = {k[len(PREFIX) :].lower(): v for k, v in env.items() if k.startswith(PREFIX)}
        given.pop("config", None)
        if unknown := sorted(set(given) - set(known)):
            raise BadSettings(f"{PREFIX}{unknown[0].upper()} is not a setting of Journeys.")
        if not given.get("database_url"):
            raise BadSettings(f"Set {PREFIX}DATABASE_URL to the host's database.")
        read = {name: _read(name, str(known[name].type), v) for name, v in given.items()}
        _check_keeping(read.get("keep_events_days"))
        _check_api(read.get("host_writes"), read.get("host_api_url", ""))
        return cls(**read)

    @classmethod
    def from_environment(cls) -> Settings:
        """The file named by JOURNEYS_CONFIG (YAML, same names in lower case), then the process."""
        env = dict(os.environ)
        if path := env.get(f"{PREFIX}CONFIG"):
            env = {**_from_file(Path(path)), **env}
        return cls.from_mapping(env)


def _check_keeping(days: int | None) -> None:
    if days is not None and days < LEAST_EVENT_DAYS:
        text = f"{PREFIX}KEEP_EVENTS_DAYS must be {LEAST_EVENT_DAYS} or more: repeats are known by"
        raise BadSettings(f"{text} the events that are kept.")


def _check_api(writes: str | None, url: str) -> None:
    name = f"{PREFIX}HOST_API_URL"
    if url and not re.fullmatch(r"https?://[^/@\s]+/\S*", url):
        raise BadSettings(f"{name} must be an address such as https://mail.example.com/api.php.")
    if writes == "api" and not url:
        raise BadSettings(f"{PREFIX}HOST_WRITES is api: set {name} to the host's api.php.")


def _from_file(path: Path) -> dict[str, str]:
    try:
        content = yaml.safe_load(path.read_text()) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadSettings(f"{PREFIX}CONFIG names {path}, which cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise BadSettings(f"{path} must hold a mapping of setting names to values.")
    return {f"{PREFIX}{str(k).upper()}": _as_text(v) for k, v in content.items()}


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _read(name: str, kind: str, text: str) -> Any:
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind in _NUMBERS:
        return _number(name, _NUMBERS[kind], text)
    if name in _WORDS and text not in _WORDS[name]:
        raise BadSettings(f"{PREFIX}{name.upper()} must be {' or '.join(_WORDS[name])}.")
    return text


def _number(name: str, kind: type[int] | type[float], text: str) -> float:
    try:
        number = kind(text)
    except ValueError:
        raise BadSettings(f"{PREFIX}{name.upper()} must be a number, not {text!r}.") from None
    if name in _OR_NONE and number == 0:
        return number
    if not 0 < number < float("inf"):
        raise BadSettings(f"{PREFIX}{name.upper()} must be a number above 0.")
    return number
