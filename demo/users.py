"""The host's users: who may log in, and what their group allows."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from werkzeug.security import check_password_hash

from demo.manifest import EVERYTHING
from demo.schema import HostTables


@dataclass(frozen=True)
class User:
    """A user with the permissions of their group, as the host's strings."""

    id: int
    group_id: int
    group: str
    username: str
    name: str
    time_zone: str
    language: str
    api_key: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions or EVERYTHING in self.permissions


def all_users(connection: Connection, tables: HostTables) -> list[User]:
    """Every enabled user, for the log-in page of the demo."""
    return [_user(row) for row in connection.execute(_users(tables))]


def find_user(connection: Connection, tables: HostTables, user_id: int) -> User | None:
    """The enabled user with this id."""
    row = connection.execute(_users(tables).where(tables.users.c.UserID == user_id)).first()
    return _user(row) if row else None


def find_user_by_key(connection: Connection, tables: HostTables, api_key: str) -> User | None:
    """The enabled user whose API key this is; nobody has an empty one."""
    if not api_key:
        return None
    row = connection.execute(_users(tables).where(tables.users.c.APIKey == api_key)).first()
    same = row is not None and hmac.compare_digest(row.APIKey.encode(), api_key.encode())
    return _user(row) if row is not None and same else None


def check_password(
    connection: Connection, tables: HostTables, username: str, password: str
) -> User | None:
    """The user, when the password is theirs."""
    row = connection.execute(_users(tables).where(tables.users.c.Username == username)).first()
    return _user(row) if row and check_password_hash(row.Password, password) else None


def _users(tables: HostTables) -> Select[Any]:
    users, groups = tables.users, tables.user_groups
    return (
        select(users, groups.c.GroupName, groups.c.Permissions)
        .join(groups, groups.c.UserGroupID == users.c.RelUserGroupID)
        .where(users.c.AccountStatus == "Enabled")
        .order_by(users.c.UserID)
    )


def _user(row: Row[Any]) -> User:
    return User(
        id=row.UserID,
        group_id=row.RelUserGroupID,
        group=row.GroupName,
        username=row.Username,
        name=f"{row.FirstName} {row.LastName}",
        time_zone=row.TimeZone,
        language=row.Language,
        api_key=row.APIKey,
        permissions=frozenset(filter(None, row.Permissions.split(","))),
    )
