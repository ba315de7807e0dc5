"""Three small lists of one owner and one of another, for what lists do when people come and go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select

from demo.database import open_engine
from demo.events import Event
from demo.fields import FieldSpec
from demo.joining import Joining, Leaving
from demo.reading import HostList, list_by_id
from demo.rows import by_address
from demo.schema import HostTables, build_schema
from demo.writing import Membership

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
IP = "192.0.2.7"
OWNER, STRANGER = 1, 2
FIELDS = (
    FieldSpec(1, 1, "First name", "FirstName", required=True),
    FieldSpec(2, 1, "Code", "Code", unique=True),
    FieldSpec(3, 1, "Born", "Born", "Date field", "date"),
    FieldSpec(4, 1, "Size", "Size", "Drop down", options=("S", "M"), default="M"),
    FieldSpec(5, 0, "Points", "Points", validation="Numbers"),
)
LISTS = {1: OWNER, 2: OWNER, 3: OWNER, 9: STRANGER}
E_MAIL = 7


class ListsWorld:
    """The host's tables with these lists; `rules` changes what a list does.

    Tests may share one: `begin_anew` leaves it as it was made, numbers of new rows included.
    """

    def __init__(self, url: str, flavour: str = "v5") -> None:
        self.engine: Engine = open_engine(url)
        self.tables: HostTables = build_schema("oempro_", FIELDS, flavour)
        self.tables.metadata.create_all(self.engine)
        for list_id in LISTS:
            self.tables.shard(list_id).create(self.engine)
        self.fill()

    def begin_anew(self) -> None:
        shards = [self.tables.shard(list_id) for list_id in LISTS]
        with self.engine.begin() as connection:
            for table in self.tables.metadata.sorted_tables:
                if connection.scalar(select(table.select().exists())):
                    self._empty(connection, table)
            for shard in shards:
                shard.create(connection, checkfirst=True)  # its list may have been deleted
                self._empty(connection, shard)
        self.fill()

    def _empty(self, connection: Connection, table: Table) -> None:
        if self.engine.dialect.name == "sqlite":
            connection.execute(table.delete())
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        else:
            connection.exec_driver_sql(f"TRUNCATE {table.name}")

    def fill(self) -> None:
        lists = [{"ListID": i, "Name": f"List {i}", "RelOwnerUserID": u} for i, u in LISTS.items()]
        email = {"EmailID": E_MAIL, "RelUserID": OWNER, "EmailName": "Hello", "Subject": "Hello"}
        rows = [field.row() for field in FIELDS]
        table = self.tables.custom_fields
        with self.engine.begin() as connection:
            connection.execute(self.tables.subscriber_lists.insert(), lists)
            connection.execute(self.tables.emails.insert(), [email])
            kept = [{name: row[name] for name in row if name in table.c} for row in rows]
            connection.execute(table.insert(), kept)

    def rules(self, list_id: int, **columns: Any) -> None:
        table = self.tables.subscriber_lists
        with self.engine.begin() as connection:
            connection.execute(table.update().where(table.c.ListID == list_id).values(**columns))

    def suppress(self, list_id: int, owner_id: int, address: str) -> None:
        row = {
            "RelListID": list_id,
            "RelOwnerUserID": owner_id,
            "EmailAddress": address,
            "SuppressionSource": "User",
        }
        with self.engine.begin() as connection:
            connection.execute(self.tables.suppression_list.insert().values(row))

    def list(self, list_id: int) -> HostList:
        with self.engine.connect() as connection:
            found = list_by_id(connection, self.tables, list_id)
        assert found is not None
        return found

    def person(self, list_id: int, address: str) -> Mapping[str, Any] | None:
        with self.engine.connect() as connection:
            return by_address(connection, self.list(list_id).shard, address)

    def status(self, list_id: int, address: str) -> str | None:
        person = self.person(list_id, address)
        return person["SubscriptionStatus"] if person else None

    def rows(self, name: str, **columns: Any) -> list[Mapping[str, Any]]:
        """Rows of a table by its name without the prefix."""
        table = getattr(self.tables, name)
        query = select(table).where(*(table.c[key] == value for key, value in columns.items()))
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def count(self, list_id: int) -> int:
        with self.engine.connect() as connection:
            return (
                connection.scalar(select(func.count()).select_from(self.list(list_id).shard)) or 0
            )

    def active(self, list_id: int) -> int:
        """What the list's own column says, where the flavour has it."""
        return self.rows("subscriber_lists", ListID=list_id)[0]["ActiveSubscriberCount"]

    @property
    def member(self) -> Membership:
        return Membership(self.engine, self.tables, NOW, IP)

    def join(self, list_id: int, address: str, **values: Any) -> list[Event]:
        """Subscribes; values are of this list's columns."""
        given = {"CustomField1": "Ada", **values} if list_id == 1 else values
        return self.member.subscribe(self.list(list_id), Joining(address, given))[1]

    def leave(self, list_id: int, address: str, **how: Any) -> list[Event]:
        person = self.person(list_id, address)
        assert person is not None
        return self.member.unsubscribe(self.list(list_id), person, Leaving(**how))


def told(events: list[Event]) -> list[tuple[str, int]]:
    """What the events say, in order: type and list."""
    return [(event.type, event.list_id) for event in events]
