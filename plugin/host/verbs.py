"""SqlHost's verbs for joining and leaving lists, and what their transaction owes the host at last.

See engine.membership_port.Membership.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from plugin.engine.membership_port import Ask, Done, Prospect, Verb, Way
from plugin.errors import Interrupted
from plugin.host.dialect import Dialect
from plugin.host.lists import Lists, lists_of
from plugin.host.place import Place
from plugin.host.roster import Roster
from plugin.host.rows import Stamp
from plugin.host.schema import HostSchema
from plugin.host.tally import Tally

Result = TypeVar("Result")


class MembershipVerbs:
    """Lives as long as its transaction. `writes` is `tables` or `api`."""

    def __init__(
        self,
        connection: sa.Connection,
        schema: HostSchema,
        zone: ZoneInfo,
        dialect: Dialect,
        writes: str,
    ) -> None:
        self._connection, self._schema = connection, schema
        self._zone, self._dialect, self._writes = zone, dialect, writes
        self._tally = Tally()
        self._lists: dict[int, Lists] = {}

    def way(self, user_id: int, list_id: int) -> Way:
        if self._writes == "api":
            return "by_call"
        known = self._roster(user_id, datetime.now(UTC))
        return "at_once" if self._once(lambda: known.undone(list_id)) else "later"

    def prospect(self, verb: Verb, ask: Ask) -> Prospect:
        return self._once(lambda: self._of(ask).prospect(verb, ask))

    def subscribe(self, ask: Ask) -> Done:
        return self._once(lambda: self._of(ask).subscribe(ask))

    def unsubscribe(self, ask: Ask) -> Done:
        return self._once(lambda: self._of(ask).unsubscribe(ask))

    def delete(self, ask: Ask) -> Done:
        return self._once(lambda: self._of(ask).delete(ask))

    def api_keys(self, user_ids: Iterable[int]) -> Mapping[int, str]:
        users = self._schema.table(self._connection, "users")
        if "APIKey" not in users.columns:
            return {}
        c = users.clause.c
        query = sa.select(c["UserID"], c["APIKey"]).where(c["UserID"].in_(sorted(set(user_ids))))
        if "AccountStatus" in users.columns:
            query = query.where(c["AccountStatus"] == "Enabled")
        return {row[0]: row[1] for row in self._connection.execute(query) if row[1]}

    def finish(self) -> None:
        """The last statements before the commit: daily counts."""
        stamp = Stamp(datetime.now(UTC), self._zone, self._dialect)
        self._tally.write(self._connection, self._schema, stamp)

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """Around a part that may be undone alone: what it counted is then forgotten."""
        with self._tally.undoing():
            yield

    def _of(self, ask: Ask) -> Roster:
        return self._roster(ask.user_id, ask.now)

    def _roster(self, user_id: int, now: datetime) -> Roster:
        stamp = Stamp(now, self._zone, self._dialect)
        place = Place(self._connection, self._schema, stamp, self._tally)
        if user_id not in self._lists:
            lists = self._schema.table(self._connection, "subscriber_lists")
            self._lists[user_id] = lists_of(self._connection, lists, user_id)
        return Roster(place, self._lists[user_id])

    def _once(self, work: Callable[[], Result]) -> Result:
        """Half of it may be done when a table turns out to be gone: then all of the transaction
        is done again, by what the host has now."""
        try:
            return work()
        except sa.exc.DBAPIError as error:
            if not self._dialect.gone(error):
                raise
            self._schema.forget()
            raise Interrupted("The host's tables have changed.") from error
