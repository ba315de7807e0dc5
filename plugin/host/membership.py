"""Whether people of one list are on another list of the same account, and with which status."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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

    The index on the other list's addresses finds the candidates; the same person is whose address
    is the same by normalised bytes. If several rows are theirs, one that is subscribed counts.
    Raises CannotEvaluate(`list_missing`).
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
            theirs.c["EmailAddress"],
            theirs.c["SubscriptionStatus"],
        )
        .join_from(mine, theirs, theirs.c["EmailAddress"] == address)
        .where(among(mine.c["SubscriberID"], ids))
        .order_by(theirs.c["SubscriberID"])
    )
    found: dict[SubscriberId, str] = {}
    for subscriber_id, address_here, address_there, status in reader.connection.execute(query):
        same = normal_address(address_here) == normal_address(address_there)
        if same and found.get(subscriber_id) != _SUBSCRIBED:
            found[subscriber_id] = status or ""
    return found
