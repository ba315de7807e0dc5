"""Whether people of one list are on another list of the same account, and with which status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from plugin.domain.criteria import Answer, ListRule
from plugin.domain.enrollment import SubscriberId, normal_address
from plugin.host.reading import Reader
from plugin.sql.among import among

#: Somebody's status on the other list; None: not on it.
Status = str | None

ABSENT = "not on the list"
_SUBSCRIBED = "Subscribed"

_TRUTHS: Mapping[str, Callable[[Status], bool]] = {
    "subscribed": lambda status: status == _SUBSCRIBED,
    "not_subscribed": lambda status: status != _SUBSCRIBED,
    "present": lambda status: status is not None,
    "absent": lambda status: status is None,
}


def membership(rule: ListRule, status: Status) -> Answer:
    """The answer for somebody who has this status there."""
    return Answer(_TRUTHS[rule.operator](status), ABSENT if status is None else status)


def statuses(
    reader: Reader, ids: Sequence[SubscriberId], other_list: int
) -> Mapping[SubscriberId, str]:
    """The status on the other list of those who are on it. One statement.

    If several rows are theirs, one that is subscribed counts. Raises
    CannotEvaluate(`list_missing`).
    """
    found: dict[SubscriberId, str] = {}
    for subscriber_id, _, status in _elsewhere(reader, ids, other_list):
        if found.get(subscriber_id) != _SUBSCRIBED:
            found[subscriber_id] = status
    return found


def rows_elsewhere(
    reader: Reader, ids: Iterable[SubscriberId], other_list: int
) -> Mapping[SubscriberId, Sequence[SubscriberId]]:
    """The rows on the other list of those who are on it, one that is subscribed first if there is
    one. One statement. Raises CannotEvaluate(`list_missing`).
    """
    found: dict[SubscriberId, list[SubscriberId]] = {}
    first: set[SubscriberId] = set()
    for subscriber_id, row, status in _elsewhere(reader, ids, other_list):
        rows = found.setdefault(subscriber_id, [])
        if status == _SUBSCRIBED and subscriber_id not in first:
            first.add(subscriber_id)
            rows.insert(0, row)
        else:
            rows.append(row)
    return found


def _elsewhere(
    reader: Reader, ids: Iterable[SubscriberId], other_list: int
) -> Iterator[tuple[SubscriberId, SubscriberId, str]]:
    """Id here, id there and the status there, the lower ids there first.

    The index on the other list's addresses finds the candidates; the same person is whose address
    is the same by normalised bytes.
    """
    own, other = reader.shard, reader.schema.shard(reader.connection, other_list)
    mine, theirs = own.clause.alias("mine"), other.clause.alias("theirs")
    address = reader.dialect.like_column(
        mine.c["EmailAddress"], own.columns["EmailAddress"], other.columns["EmailAddress"]
    )
    query = (
        sa.select(
            mine.c["SubscriberID"],
            mine.c["EmailAddress"],
            theirs.c["SubscriberID"],
            theirs.c["EmailAddress"],
            theirs.c["SubscriptionStatus"],
        )
        .join_from(mine, theirs, theirs.c["EmailAddress"] == address)
        .where(among(mine.c["SubscriberID"], ids))
        .order_by(theirs.c["SubscriberID"])
    )
    for here, address_here, there, address_there, status in reader.connection.execute(query):
        if normal_address(address_here) == normal_address(address_there):
            yield here, there, status or ""
