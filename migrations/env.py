"""Alembic's entrance. The connection and the prefix are given by plugin/storage/migrating.py."""

from __future__ import annotations

from alembic import context

from plugin.errors import JourneysError
from plugin.storage.migrating import Ddl, version_table


def run() -> None:
    """One transaction where the database can roll DDL back; see `Ddl` for where it cannot."""
    given = context.config.attributes
    if "connection" not in given:
        raise JourneysError("Run `journeys migrate`; Alembic's own command knows no prefix.")
    context.configure(
        connection=given["connection"],
        version_table=version_table(given["prefix"]),
        transactional_ddl=given["connection"].dialect.name == "sqlite",
        on_version_apply=lambda step, **_: given["done"].append(step.up_revision_id),
    )
    with context.begin_transaction():
        context.run_migrations(ddl=Ddl(context.get_context(), given["prefix"]))


run()
