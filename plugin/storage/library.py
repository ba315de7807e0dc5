"""Journeys as their owners keep them: drafts, versions, status, audit, secrets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from plugin.domain.codec import decode, encode
from plugin.domain.journey import Document, Status
from plugin.engine.library_port import Frozen, Stored
from plugin.errors import NotFound
from plugin.sql.among import among
from plugin.storage.dialect import insert_ignore, is_sqlite
from plugin.storage.figures import SqlFigures
from plugin.storage.tables import Tables
from plugin.storage.versions import exit_bits

STEP_IDS = "step"
#: Acts of the audit that write a draft.
EDITS = ("journey.import", "journey.edit", "journey.discard", "journey.revert")


class SqlLibrary:
    """See engine.ports.Library."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection, self._tables = connection, tables

    def add(self, user_id: int, document: Document, now: datetime) -> int:
        values = {
            "user_id": user_id,
            "name": document.name,
            "notes": document.notes,
            "status": "disabled",
            "draft": encode(document),
            "draft_revision": 1,
            "frozen_mark": 0,
            "created_at": now,
            "modified_at": now,
        }
        added = self._connection.execute(sa.insert(self._tables.journeys).values(**values))
        key = added.inserted_primary_key
        assert key is not None
        return cast(int, key[0])

    def get(self, user_id: int, journey_id: int) -> Stored:
        rows = self._tables.journeys.c
        query = sa.select(self._tables.journeys).where(
            rows.id == journey_id, rows.user_id == user_id
        )
        if not is_sqlite(self._connection):
            query = query.with_for_update()
        row = self._connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no journey {journey_id}.")
        return Stored(
            journey_id=row.id,
            user_id=row.user_id,
            name=row.name,
            status=row.status,
            draft=decode(row.draft),
            live_version_id=row.live_version_id,
            draft_revision=row.draft_revision,
        )

    def set_draft(self, stored: Stored, draft: Document, now: datetime) -> int:
        journeys, revision = self._tables.journeys, stored.draft_revision + 1
        values = {
            "name": draft.name,
            "notes": draft.notes,
            "draft": encode(draft),
            "draft_revision": revision,
            "modified_at": now,
        }
        self._connection.execute(
            sa.update(journeys)
            .where(journeys.c.id == stored.journey_id, journeys.c.user_id == stored.user_id)
            .values(**values)
        )
        return revision

    def last_edit(self, user_id: int, journey_id: int) -> tuple[str, datetime] | None:
        rows = self._tables.audit.c
        query = sa.select(rows.actor, rows.at).where(
            rows.user_id == user_id, rows.journey_id == journey_id, rows.act.in_(EDITS)
        )
        found = self._connection.execute(query.order_by(rows.id.desc()).limit(1)).first()
        return (found[0], found[1]) if found else None

    def documents(self, user_id: int, journey_id: int) -> Mapping[int, Document]:
        rows = self._tables.versions.c
        query = sa.select(rows.number, rows.document).where(
            rows.user_id == user_id, rows.journey_id == journey_id
        )
        found = self._connection.execute(query.order_by(rows.number))
        return {number: decode(json.loads(text)) for number, text in found}

    def names(self, user_id: int) -> Mapping[int, str]:
        rows = self._tables.journeys.c
        query = sa.select(rows.id, rows.name).where(rows.user_id == user_id)
        return {row[0]: row[1] for row in self._connection.execute(query.order_by(rows.id))}

    def live_version(self, user_id: int, journey_id: int) -> tuple[Status, int | None]:
        rows = self._tables.journeys.c
        query = sa.select(rows.status, rows.live_version_id)
        mine = (rows.id == journey_id, rows.user_id == user_id)
        found = self._connection.execute(query.where(*mine)).first()
        if found is None:
            raise NotFound(f"There is no journey {journey_id}.")
        return cast(Status, found[0]), found[1]

    def step_ids(self, user_id: int, how_many: int) -> range:
        table = self._tables.sequences
        first = {"user_id": user_id, "name": STEP_IDS, "next_value": 1}
        insert_ignore(self._connection, table, [first])
        mine = (table.c.user_id == user_id, table.c.name == STEP_IDS)
        self._connection.execute(
            sa.update(table).where(*mine).values(next_value=table.c.next_value + how_many)
        )
        after: int = self._connection.execute(
            sa.select(table.c.next_value).where(*mine)
        ).scalar_one()
        return range(after - how_many, after)

    def publish(self, stored: Stored, zone: str, by: str, now: datetime) -> int:
        versions, journeys = self._tables.versions, self._tables.journeys
        number = self._connection.execute(
            sa.select(sa.func.coalesce(sa.func.max(versions.c.number), 0) + 1).where(
                versions.c.journey_id == stored.journey_id
            )
        ).scalar_one()
        text = json.dumps(encode(stored.draft), ensure_ascii=False, separators=(",", ":"))
        values = {
            "user_id": stored.user_id,
            "journey_id": stored.journey_id,
            "number": number,
            "document": text,
            "sha256": hashlib.sha256(text.encode()).digest(),
            "zone": zone,
            "exit_rules": exit_bits(stored.draft),
            "published_at": now,
            "published_by": by,
        }
        added = self._connection.execute(sa.insert(versions).values(**values))
        key = added.inserted_primary_key
        assert key is not None
        self._connection.execute(
            sa.update(journeys)
            .where(journeys.c.id == stored.journey_id, journeys.c.user_id == stored.user_id)
            .values(live_version_id=key[0])
        )
        return cast(int, key[0])

    def set_status(self, stored: Stored, status: Status, now: datetime) -> None:
        journeys = self._tables.journeys
        self._connection.execute(
            sa.update(journeys)
            .where(journeys.c.id == stored.journey_id, journeys.c.user_id == stored.user_id)
            .values(status=status, modified_at=now)
        )

    def overdue(self, stored: Stored, now: datetime) -> int:
        return SqlFigures(self._connection, self._tables, stored.user_id).overdue(
            stored.journey_id, now
        )

    def choose(self, stored: Stored, choice: Mapping[str, Any] | None) -> None:
        journeys = self._tables.journeys
        more = 0 if choice is None else 1
        self._connection.execute(
            sa.update(journeys)
            .where(journeys.c.id == stored.journey_id, journeys.c.user_id == stored.user_id)
            .values(
                thaw=sa.null() if choice is None else dict(choice),
                frozen_mark=journeys.c.frozen_mark + more,
            )
        )

    def archive_account(self, user_id: int, now: datetime) -> None:
        journeys = self._tables.journeys
        self._connection.execute(
            sa.update(journeys)
            .where(journeys.c.user_id == user_id, journeys.c.status != "archived")
            .values(status="archived", modified_at=now)
        )

    def thawable(self) -> Frozen | None:
        rows = self._tables.journeys.c
        query = sa.select(rows.user_id, rows.id, rows.frozen_mark, rows.thaw).where(
            rows.status == "enabled", rows.frozen_mark > 0
        )
        found = self._connection.execute(query.order_by(rows.id).limit(1)).first()
        return Frozen(*found) if found else None

    def thaw(self, frozen: Frozen, state: str, after_id: int, limit: int) -> list[int]:
        rows = self._tables.enrollments.c
        user_id = frozen.user_id
        whom: sa.ColumnElement[bool] = rows.frozen_due_at.is_not(None)
        if frozen.choice:
            whom |= rows.due_at < frozen.before
        query = sa.select(rows.id).where(
            rows.user_id == user_id,
            rows.journey_id == frozen.journey_id,
            rows.state == state,
            rows.id > after_id,
            whom,
        )
        ids = list(self._connection.execute(query.order_by(rows.id).limit(limit)).scalars())
        self._connection.execute(
            sa.update(self._tables.enrollments)
            .where(rows.user_id == user_id, among(rows.id, ids), rows.frozen_due_at.is_not(None))
            .ordered_values(  # MySQL sets one after the other: what is read must come first
                (rows.due_at, rows.frozen_due_at),
                (rows.frozen_due_at, sa.null()),
                (rows.epoch, rows.epoch + 1),
            )
        )
        return ids

    def thawed(self, user_id: int, journey_id: int, mark: int) -> None:
        journeys = self._tables.journeys
        self._connection.execute(
            sa.update(journeys)
            .where(
                journeys.c.id == journey_id,
                journeys.c.user_id == user_id,
                journeys.c.frozen_mark == mark,
            )
            .values(frozen_mark=0, thaw=sa.null())
        )

    def note(
        self, user_id: int, actor: str, act: str, journey_id: int | None, now: datetime
    ) -> None:
        values = {
            "at": now,
            "user_id": user_id,
            "actor": actor,
            "act": act,
            "journey_id": journey_id,
            "detail": {},
        }
        self._connection.execute(sa.insert(self._tables.audit).values(**values))

    def acts_since(self, user_id: int, act: str, since: datetime) -> int:
        rows = self._tables.audit.c
        query = sa.select(sa.func.count()).where(
            rows.user_id == user_id, rows.act == act, rows.at > since
        )
        return self._connection.execute(query).scalar_one()

    def secret_names(self, user_id: int) -> frozenset[str]:
        rows = self._tables.secrets.c
        query = sa.select(rows.name).where(rows.user_id == user_id)
        return frozenset(self._connection.execute(query).scalars())

    def has_secret(self, user_id: int, name: str) -> bool:
        rows = self._tables.secrets.c
        query = sa.select(rows.id).where(rows.user_id == user_id, rows.name == name)
        return self._connection.execute(query).first() is not None

    def add_secret(self, user_id: int, name: str, ciphertext: str, now: datetime) -> None:
        row = {"user_id": user_id, "name": name, "ciphertext": ciphertext, "created_at": now}
        insert_ignore(self._connection, self._tables.secrets, [row])
