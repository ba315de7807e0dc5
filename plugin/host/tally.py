"""The host's daily counts of a transaction: summed in memory, written last.

Every list has one row a day that all workers change: the shorter it is locked, the better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from plugin.host.columns import HostTable
from plugin.host.rows import Stamp, fitting, unknown_to_us
from plugin.host.schema import HostSchema

JOINED, LEFT = "TotalSubscriptions", "TotalUnsubscriptions"
_ACTIVITY = ("RelListID", "RelOwnerUserID", "StatisticsDate", JOINED, LEFT)
#: Every count that a row of the day may have to be given.
_COUNTS = (JOINED, LEFT, "TotalImport", "TotalSentEmail", "TotalHardBounce", "TotalSoftBounce")
_ACTIVE = "ActiveSubscriberCount"

Columns = sa.ColumnCollection[str, Any]
#: list, owner, day, column
Key = tuple[int, int, str, str]


@dataclass
class Tally:
    """`add` while steps run, `write` at the end; a part that is undone is not counted."""

    sums: Counter[Key] = field(default_factory=Counter)
    active: Counter[int] = field(default_factory=Counter)

    def add(self, list_id: int, user_id: int, stamp: Stamp, what: str, people: int) -> None:
        if people:
            self.sums[list_id, user_id, stamp.day, what] += people

    def move(self, list_id: int, people: int) -> None:
        """So many more (or fewer) are subscribed."""
        if people:
            self.active[list_id] += people

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """Forgets what is added in a block that raises."""
        sums, active = self.sums.copy(), self.active.copy()
        try:
            yield
        except BaseException:
            self.sums, self.active = sums, active
            raise

    def write(self, connection: sa.Connection, schema: HostSchema, stamp: Stamp) -> None:
        """Four statements at most for each day of which something is counted."""
        if not self.sums and not self.active:
            return
        lists = schema.table(connection, "subscriber_lists")
        touched = sorted({key[0] for key in self.sums} | set(self.active))
        _lock(connection, lists, touched)
        activity = schema.optional_table(connection, "stats_activity", _ACTIVITY)
        if activity is not None:
            for day in sorted({key[2] for key in self.sums}):
                _write_day(connection, activity, day, self.sums, stamp)
        if _ACTIVE in lists.columns:
            _move(connection, lists, self.active)
        self.sums, self.active = Counter(), Counter()


def _lock(connection: sa.Connection, lists: HostTable, touched: list[int]) -> None:
    """Two transactions that both find no row of the day yet must not both add one."""
    c = lists.clause.c
    query = sa.select(c["ListID"]).where(c["ListID"].in_(touched)).order_by(c["ListID"])
    if connection.dialect.name != "sqlite":
        query = query.with_for_update()
    connection.execute(query).all()


def _write_day(
    connection: sa.Connection, table: HostTable, day: str, sums: Mapping[Key, int], stamp: Stamp
) -> None:
    per_list: dict[tuple[int, int], dict[str, int]] = {}
    for (list_id, user_id, its_day, what), n in sorted(sums.items()):
        if its_day == day:
            per_list.setdefault((list_id, user_id), {})[what] = n
    c = table.clause.c
    of_day = sa.and_(
        c["StatisticsDate"] == day,
        c["RelListID"].in_([list_id for list_id, _ in per_list]),
    )
    query = sa.select(c["RelListID"], c["RelOwnerUserID"]).where(of_day)
    met = {(row[0], row[1]) for row in connection.execute(query)} & per_list.keys()
    if met:
        more = {
            what: _plus(c, what, {k: per_list[k].get(what, 0) for k in met})
            for what in (JOINED, LEFT)
        }
        connection.execute(sa.update(table.clause).where(of_day).values(more))
    missing = [_new_day(table, k, day, per_list[k], stamp) for k in per_list if k not in met]
    if missing and not unknown_to_us(table, missing[0]):
        connection.execute(sa.insert(table.clause), missing)


def _new_day(
    table: HostTable, of: tuple[int, int], day: str, sums: Mapping[str, int], stamp: Stamp
) -> dict[str, Any]:
    whose = {"RelListID": of[0], "RelOwnerUserID": of[1], "StatisticsDate": day}
    return fitting(table, dict.fromkeys(_COUNTS, 0) | whose | dict(sums), stamp, {})


def _plus(c: Columns, what: str, sums: Mapping[tuple[int, int], int]) -> sa.ColumnElement[Any]:
    added = sa.case(
        *(
            (sa.and_(c["RelListID"] == list_id, c["RelOwnerUserID"] == user_id), n)
            for (list_id, user_id), n in sorted(sums.items())
        ),
        else_=0,
    )
    total: sa.ColumnElement[Any] = c[what] + added
    return total


def _move(connection: sa.Connection, lists: HostTable, active: Mapping[int, int]) -> None:
    moved = {list_id: n for list_id, n in sorted(active.items()) if n}
    if not moved:
        return
    c = lists.clause.c
    added = sa.case(*((c["ListID"] == list_id, n) for list_id, n in moved.items()), else_=0)
    connection.execute(
        sa.update(lists.clause)
        .where(c["ListID"].in_(list(moved)))
        .values({_ACTIVE: c[_ACTIVE] + added})
    )
