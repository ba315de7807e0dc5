"""The names of an account's e-mails and campaigns. A host without such tables has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from plugin.host.schema import CAMPAIGNS, EMAILS, HostSchema

Names = Mapping[int, str]


def names_of_mail(
    connection: sa.Connection, schema: HostSchema, user_id: int
) -> tuple[Names, Names]:
    """E-mails and campaigns, each by id. One statement each."""
    return (
        _names(connection, schema, EMAILS, user_id),
        _names(connection, schema, CAMPAIGNS, user_id),
    )


def _names(
    connection: sa.Connection,
    schema: HostSchema,
    of: tuple[str, Sequence[str]],
    user_id: int,
) -> Names:
    """Of one table, whose columns are id, owner and name. What was deleted is left out."""
    table, columns = of
    found = schema.optional_table(connection, table, columns)
    if found is None:
        return {}
    number, owner, name = (found.clause.c[column] for column in columns)
    query = sa.select(number, name).where(owner == user_id).order_by(number)
    if "DeletedAt" in found.columns:
        # The host deletes softly; where it has no date it may have the zero date.
        deleted = found.clause.c["DeletedAt"]
        query = query.where(sa.or_(deleted.is_(None), deleted < "1000-01-01"))
    return {row[0]: row[1] or "" for row in connection.execute(query)}
