"""${message}."""

from __future__ import annotations

import sqlalchemy as sa

from plugin.storage.migrating import Ddl

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade(ddl: Ddl) -> None:
    """Each step may run again after a crash behind it. Add first; remove a release later."""
    ${upgrades if upgrades else "raise NotImplementedError"}


def downgrade(ddl: Ddl) -> None:
    ${downgrades if downgrades else "raise NotImplementedError"}
