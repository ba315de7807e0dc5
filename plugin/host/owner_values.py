"""What merge tags may say of an account and of its lists: named columns, of the owner alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from plugin.domain.merge_tags.scopes import LIST_NAMES, USER_NAMES
from plugin.errors import CannotEvaluate
from plugin.host.columns import HostTable
from plugin.host.values import as_text


def list_values(
    connection: sa.Connection, lists: HostTable, user_id: int, list_id: int, names: Iterable[str]
) -> Mapping[str, object]:
    """See engine.tag_ports.OwnerValues. Raises KeyError for a name that no tag may have."""
    c = lists.clause.c
    found = _values(
        connection,
        lists,
        _allowed(names, LIST_NAMES),
        sa.and_(c["ListID"] == list_id, c["RelOwnerUserID"] == user_id),
    )
    if found is None:
        raise CannotEvaluate("list_missing", f"List {list_id} was deleted in the host.")
    return found


def user_values(
    connection: sa.Connection, users: HostTable, user_id: int, names: Iterable[str]
) -> Mapping[str, object]:
    """See engine.tag_ports.OwnerValues. Raises KeyError for a name that no tag may have."""
    allowed = _allowed(names, USER_NAMES)
    found = _values(connection, users, allowed, users.clause.c["UserID"] == user_id)
    if found is None:
        raise CannotEvaluate("user_missing", f"The host has no user {user_id} any more.")
    return found


def _allowed(names: Iterable[str], known: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    if strange := set(wanted) - set(known):
        raise KeyError(f"no merge tag is called {sorted(strange)}")
    return wanted


def _values(
    connection: sa.Connection,
    table: HostTable,
    names: Iterable[str],
    one_row: sa.ColumnElement[bool],
) -> Mapping[str, object] | None:
    """The row's values as text; None when there is no row."""
    unset: dict[str, Any] = dict.fromkeys(names)
    present = [name for name in unset if name in table.columns]
    columns = (table.clause.c[name] for name in present)
    row = connection.execute(sa.select(*columns, sa.literal(1)).where(one_row)).first()
    if row is None:
        return None
    return unset | {name: as_text(row[at], table.columns[name]) for at, name in enumerate(present)}
