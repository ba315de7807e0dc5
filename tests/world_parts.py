"""What surrounds the add-on in tests: a clock turned by hand, another side, a sudden death."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from plugin.engine.ports import Request, Response


def answered(status: int, body: bytes = b"", retry_after: int | None = None) -> Response:
    return Response(status, None, body, retry_after, 1)


def no_answer(word: str) -> Response:
    return Response(None, word, b"", None, 1)


DONE = answered(200, b"ok")


class Died(BaseException):
    """A worker is gone from one moment to the next; no code of ours may catch this."""


@dataclass
class OtherSide:
    """Whoever receives webhooks and calls: keeps what came, and answers as it is told."""

    answer: Callable[[Request], Response] = lambda request: DONE
    requests: list[Request] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
        return self.answer(request)

    def webhooks(self) -> list[Request]:
        """All but the calls of the host's API."""
        return [request for request in self.requests if "webhook-id" in request.headers]

    def calls(self) -> list[dict[str, Any]]:
        """What the host's API was asked, in order of arrival."""
        return [json.loads(r.body) for r in self.requests if "webhook-id" not in r.headers]

    def ids(self) -> list[str]:
        """The webhook-id of every webhook, in order of arrival."""
        return [request.headers["webhook-id"] for request in self.webhooks()]


@dataclass
class Fate:
    """The crash points that were reached; dies at the n-th passing of the one that is set."""

    names: list[str] = field(default_factory=list)
    point: str | None = None
    passing: int = 1
    act: Callable[[str], None] | None = None  #: called at every point instead of dying

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if self.act is not None:
            self.act(name)
        if name == self.point:
            self.passing -= 1
            if self.passing == 0:
                raise Died(name)


_LOOK = re.compile(
    r"^\s*(PRAGMA|SHOW|DESCRIBE|BEGIN)|information_schema|sqlite_master|custom_fields"
    r"|jny_pulse|jny_outages"
)


class Statements:
    """The statements that all engines of this process send while the block runs."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __len__(self) -> int:
        return len(self.texts)

    def of_work(self) -> list[str]:
        """Without looks at the host's schema and beats of the pulse, which come every few seconds,
        and without the beginnings of transactions."""
        return [text for text in self.texts if not _LOOK.search(text)]

    def note(self, *heard: Any) -> None:
        self.texts.append(heard[2])


@contextmanager
def counted() -> Iterator[Statements]:
    """Counts what goes to any database."""
    statements = Statements()
    sa.event.listen(sa.Engine, "before_cursor_execute", statements.note)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", statements.note)
