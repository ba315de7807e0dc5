"""Delete the person from the list on which they are in this journey."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import End, Next, Outcome
from plugin.engine.kinds import Cause
from plugin.engine.membership_port import Result
from plugin.engine.membership_step import MembershipStep


class DeleteSubscriber(MembershipStep):
    """The row is gone, with all values of the list's own fields; it cannot be brought back. The
    journey ends with the reason `subscriber_deleted`, as for anybody whose row is gone. Other
    lists, values of the account's fields and the history stay."""

    name = "DeleteSubscriber"
    label = "Delete subscriber"
    icon = "trash"
    family = "end"
    verb = "delete"
    example = {}

    def summary(self, catalog: Catalog) -> str:
        return "Delete from the list they are on"

    def outcome(self, result: Result, detail: Mapping[str, Any]) -> Outcome:
        return Next(detail) if result.word == "refused" else End("subscriber_deleted", detail)

    def causes(self) -> Iterator[Cause]:
        yield Cause("subscriber_deleted")
