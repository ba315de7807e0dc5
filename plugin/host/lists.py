"""What a list's own settings say about joining and leaving it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from plugin.errors import CannotEvaluate
from plugin.host.columns import HostTable

#: Where the host lacks one of these, the list behaves as if it were not set.
_OPTIONAL = (
    "OptInMode",
    "OptOutScope",
    "OptOutAddToSuppressionList",
    "OptOutAddToGlobalSuppressionList",
    "OptInSubscribeTo",
    "OptInUnsubscribeFrom",
    "OptOutSubscribeTo",
    "OptOutUnsubscribeFrom",
)


@dataclass(frozen=True, slots=True)
class Chain:
    """Lists that somebody joins and leaves in consequence; None: none, or not the owner's."""

    join: int | None = None
    leave: int | None = None


@dataclass(frozen=True, slots=True)
class ListRules:
    """One list. `suppress`: who leaves is suppressed on it; `suppress_account`: on every list of
    the owner."""

    list_id: int
    user_id: int
    double_opt_in: bool
    all_lists: bool
    suppress: bool
    suppress_account: bool
    joined: Chain
    left: Chain


@dataclass(frozen=True, slots=True)
class Lists:
    """All lists of one owner."""

    rules: Mapping[int, ListRules]

    def one(self, list_id: int) -> ListRules:
        """Raises CannotEvaluate(`list_missing`) for unknown and foreign lists alike."""
        found = self.rules.get(list_id)
        if found is None:
            text = f"There is no list {list_id} any more: it was deleted in the host."
            raise CannotEvaluate("list_missing", text)
        return found

    def others(self, list_id: int) -> list[int]:
        return sorted(self.rules.keys() - {list_id})


def lists_of(connection: sa.Connection, lists: HostTable, user_id: int) -> Lists:
    """One statement."""
    names = [name for name in _OPTIONAL if name in lists.columns]
    c = lists.clause.c
    query = sa.select(c["ListID"], *(c[name] for name in names))
    rows = connection.execute(query.where(c["RelOwnerUserID"] == user_id)).mappings().all()
    own = {row["ListID"] for row in rows}
    return Lists({row["ListID"]: _rules(dict(row), user_id, own) for row in rows})


def _rules(row: Mapping[str, Any], user_id: int, own: set[int]) -> ListRules:
    def linked(name: str) -> int | None:
        """A list that is the owner's, and another one."""
        other = int(row.get(name) or 0)
        return other if other in own and other != row["ListID"] else None

    return ListRules(
        list_id=row["ListID"],
        user_id=user_id,
        double_opt_in=row.get("OptInMode") == "Double",
        all_lists=row.get("OptOutScope") == "All lists",
        suppress=row.get("OptOutAddToSuppressionList") == "Yes",
        suppress_account=row.get("OptOutAddToGlobalSuppressionList") == "Yes",
        joined=Chain(linked("OptInSubscribeTo"), linked("OptInUnsubscribeFrom")),
        left=Chain(linked("OptOutSubscribeTo"), linked("OptOutUnsubscribeFrom")),
    )
