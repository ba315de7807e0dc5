"""A small thread-safe cache whose entries grow old."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Keeps what was looked up for `seconds`; several threads may look the same thing up at once.

    `clock` is a count of seconds that only grows.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._kept: dict[Key, tuple[float, Value]] = {}

    def get(
        self,
        key: Key,
        look: Callable[[], Value],
        suits: Callable[[Value], bool] = lambda _: True,
    ) -> Value:
        """The kept value if it is young and suits, else a fresh look, whether it suits or not."""
        with self._lock:
            looked_at, kept = self._kept.get(key, (None, None))
        if looked_at is not None and self._clock() - looked_at < self._seconds:
            young: Value = kept  # type: ignore[assignment]  # it was kept together with its time
            if suits(young):
                return young
        looked_at, fresh = self._clock(), look()
        with self._lock:
            self._kept[key] = (looked_at, fresh)
        return fresh

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
