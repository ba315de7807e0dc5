"""Log lines: ids as fields, as text or as JSON, and no addresses, bodies or secrets in either.

The standard library's logging with two formatters: what our packages and the web server log goes
the same way, and needs no wrapper.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol

#: What a line may name, in this order.
IDS = ("request", "user", "journey", "version", "step", "enrollment", "delivery", "task", "list")

_LEFT_OUT = "…"
#: Addresses of people, signing secrets, credentials in a URL, and values of authorising headers.
_SECRET = re.compile(
    r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;]+|whsec_[\w+/=-]+|(?<=://)[^/\s@]+(?=@)"
    r"|(?i:(?<=bearer )|(?<=basic ))[\w.~+/=-]{6,}"
)
#: What an error quotes is somebody's value, unless it is a plain name.
_QUOTED = re.compile(r"(['\"])(?:(?!\1).)*\1", re.DOTALL)
_NAME = re.compile(r"(['\"])[A-Za-z_][A-Za-z0-9_.$-]{0,63}\1")


def labelled(**given: object) -> dict[str, object]:
    """For a log call's `extra`. Names of IDS."""
    return {"ids": {name: given[name] for name in IDS if given.get(name) is not None}}


class _Delivery(Protocol):
    @property
    def user_id(self) -> int: ...
    @property
    def journey_id(self) -> int: ...
    @property
    def step_id(self) -> int: ...
    @property
    def enrollment_id(self) -> int: ...
    @property
    def delivery_key(self) -> str: ...


def about(delivery: _Delivery) -> dict[str, object]:
    """For a log call about a delivery."""
    return labelled(
        user=delivery.user_id,
        journey=delivery.journey_id,
        step=delivery.step_id,
        enrollment=delivery.enrollment_id,
        delivery=delivery.delivery_key,
    )


class _Version(Protocol):
    @property
    def user_id(self) -> int: ...
    @property
    def journey_id(self) -> int: ...
    @property
    def version_id(self) -> int: ...


def at_version(version: _Version) -> dict[str, object]:
    """For a log call about a version."""
    return labelled(user=version.user_id, journey=version.journey_id, version=version.version_id)


def clean(text: str) -> str:
    """Without addresses and secrets."""
    return _SECRET.sub(_LEFT_OUT, text)


class TextFormatter(logging.Formatter):
    """One line for people, with its ids behind it, and a fault's way below."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        named = " ".join(f"{name}={value}" for name, value in _ids(record).items())
        return clean(super().formatMessage(record)) + (f" [{named}]" if named else "")

    def formatException(self, ei: Any) -> str:
        return "\n".join([*_way(ei[2]), _fault(ei[1])])


class JsonFormatter(logging.Formatter):
    """One JSON object a line. `worker` names the process."""

    def __init__(self, worker: str = "") -> None:
        super().__init__()
        self._worker = {"worker": worker} if worker else {}

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": clean(record.getMessage()),
            **self._worker,
            **_ids(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= {"fault": _fault(record.exc_info[1]), "way": _way(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(form: str, level: str, worker: str = "") -> None:
    """Log to standard error, unless whoever runs this process has seen to logging already."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(worker) if form == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler])


def _ids(record: logging.LogRecord) -> Mapping[str, object]:
    given: Mapping[str, object] = getattr(record, "ids", {})
    return given


def _fault(error: BaseException | None) -> str:
    """Its kind, and its text without the values that it quotes."""
    return f"{type(error).__name__}: {clean(_QUOTED.sub(_name_only, str(error)))}"


def _name_only(found: re.Match[str]) -> str:
    return found[0] if _NAME.fullmatch(found[0]) else _LEFT_OUT


def _way(trace: TracebackType | None) -> list[str]:
    """Where it came through: files, lines and functions."""
    return [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]
