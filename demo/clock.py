"""What time it is in the demo's host: that of the machine, unless somebody turns it forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Aware UTC."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def turn(self, by: timedelta) -> None:
        """Forward. Whoever shares this clock goes along."""
        self._ahead += by
