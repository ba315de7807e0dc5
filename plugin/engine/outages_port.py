"""What catching up needs: when a worker last looked, and what became of those who were due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from plugin.engine.tasks_port import Groups

OutageKind = Literal["outage", "clock_jump"]


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which no worker ran. Locked until the transaction ends."""

    outage_id: int
    due_before: datetime
    noticed_at: datetime
    until: datetime


class Outages(Protocol):
    def look(self, now: datetime) -> datetime | None:
        """A worker looks for work now; answers when one last did. Of several at once, one is
        answered the old time. None: this is the first look of all."""

    def add(self, began: datetime, outage: Outage, kind: OutageKind) -> None: ...

    def open(self) -> Outage | None:
        """The oldest that is not caught up with, locked; waits for whoever is at it."""

    def overdue(self, before: datetime, limit: int) -> Groups:
        """Some people of enabled journeys who were due before, of one account, locked."""

    def advance(self, outage: Outage, people: int, end: datetime | None) -> None:
        """`people` more are put off; `end`: there are no more."""
