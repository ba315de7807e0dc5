"""SqlHost: the engine's `Host` on the host's own tables, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa

from plugin.domain.catalog import Catalog, HostField, HostList
from plugin.domain.criteria import Answer, AnyRule
from plugin.domain.enrollment import Subscriber, SubscriberId, normal_address
from plugin.engine.planning_port import Found, Stretch
from plugin.engine.tagging_port import TagSight
from plugin.host.answering import Answering
from plugin.host.columns import HostColumn
from plugin.host.days import Calendar
from plugin.host.dialect import Dialect
from plugin.host.fields import Definition, definitions_of_owner
from plugin.host.mail import names_of_mail
from plugin.host.mailing import MailVerbs
from plugin.host.owner_values import list_values, user_values
from plugin.host.reading import Reader, Rows
from plugin.host.scanning import Scanning
from plugin.host.schema import HostSchema
from plugin.host.segments import Segments
from plugin.host.tags import Tagging, tags_of_owner
from plugin.host.values import as_text
from plugin.host.verbs import MembershipVerbs
from plugin.host.writing import Writer
from plugin.settings import BadSettings, Settings
from plugin.sql.among import among

Result = TypeVar("Result")

#: `AccountStatus` of the accounts for which anything may be done.
ENABLED = "Enabled"
#: Outside of what three-byte text can hold.
_BEYOND_THREE_BYTES = "😀"


class SqlHost(MembershipVerbs, MailVerbs):
    """One statement per call (`catalog` 8, `tag_sight` 3, `set_field` of a global field at most 3,
    `answers` about other lists, activities or tags one for the owners, one per list, one per
    activity, and for tags one and two per list).

    A look at the schema, every few seconds, comes on top. Errors of the driver pass through,
    except for tables and columns that went away: CannotEvaluate says which.
    """

    def __init__(self, connection: sa.Connection, schema: HostSchema, settings: Settings) -> None:
        self._connection, self._schema = connection, schema
        self._settings, self._zone = settings, _zone_of(settings)
        self._gateway = bool(settings.host_api_url)
        self._dialect = Dialect(connection)
        super().__init__(connection, schema, self._zone, self._dialect, settings.host_writes)

    def owners(self, list_ids: Iterable[int]) -> Mapping[int, int]:
        wanted = list(list_ids)
        if not wanted:
            return {}
        c = self._schema.table(self._connection, "subscriber_lists").clause.c
        query = sa.select(c["ListID"], c["RelOwnerUserID"]).where(c["ListID"].in_(wanted))
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def accounts(self, user_ids: Iterable[int]) -> Mapping[int, bool]:
        users = self._schema.table(self._connection, "users")
        c = users.clause.c
        knows = "AccountStatus" in users.columns
        status = c["AccountStatus"] if knows else sa.literal(ENABLED)
        query = sa.select(c["UserID"], status).where(among(c["UserID"], user_ids))
        return {row[0]: row[1] == ENABLED for row in self._connection.execute(query)}

    def zone(self, user_id: int) -> str:
        users = self._schema.table(self._connection, "users")
        if "TimeZone" not in users.columns:
            return "UTC"
        c = users.clause.c
        query = sa.select(c["TimeZone"]).where(c["UserID"] == user_id)
        found = self._connection.execute(query).scalar()
        return found if found in _zones() else "UTC"

    def catalog(self, user_id: int) -> Catalog:
        known = self._schema.table(self._connection, "subscriber_lists")
        c = known.clause.c
        names = [n for n in ("ListID", "Name", "OptInMode") if n in known.columns]
        query = sa.select(*(c[n] for n in names)).where(c["RelOwnerUserID"] == user_id)
        found = self._connection.execute(query.order_by(c["ListID"])).all()
        lists = {row[0]: HostList(row[0], row[1] or "", row[2:] == ("Double",)) for row in found}
        emails, campaigns = names_of_mail(self._connection, self._schema, user_id)
        fields = self._schema.table(self._connection, "custom_fields")
        defined = definitions_of_owner(self._connection, fields, user_id)
        tags = tags_of_owner(self._connection, self._schema, user_id)
        return Catalog(
            user_id=user_id,
            sender_domains=self.sender_names(user_id),
            sends=self.can_send(),
            zone=self.zone(user_id),
            lists=lists,
            fields={
                definition.field_id: _for_people(definition)
                for definition in defined
                if definition.list_id is None or definition.list_id in lists
            },
            emails=emails,
            campaigns=campaigns,
            tags=tags or {},
            tables_of_tags=tags is not None,
            segments=Segments(self._connection, self._schema, user_id).all(),
            undoes=known.transactional,
            whole_unicode=known.columns["Name"].can_hold(_BEYOND_THREE_BYTES),
            writes=self._writes,
            calls=self.can_call() and user_id in self.api_keys([user_id]),
        )

    def subscribers(
        self, list_id: int, ids: Sequence[SubscriberId]
    ) -> Mapping[SubscriberId, Subscriber]:
        if not ids:
            return {}

        def read() -> Mapping[SubscriberId, Subscriber]:
            people, query = self._people(list_id)
            rows = self._connection.execute(query.where(among(people.c["SubscriberID"], ids)))
            return {row[0]: _subscriber(row) for row in rows}

        return self._sure(read)

    def find(self, list_id: int, email: str) -> Subscriber | None:
        def read() -> Subscriber | None:
            shard = self._schema.shard(self._connection, list_id)
            normal = normal_address(email)
            if not shard.columns["EmailAddress"].can_hold(email):
                return None
            people, query = self._people(list_id)
            query = query.where(people.c["EmailAddress"].in_([email, normal]))
            rows = self._connection.execute(query.order_by(people.c["SubscriberID"]))
            same = (_subscriber(row) for row in rows if normal_address(row[1]) == normal)
            return next(same, None)

        return self._sure(read)

    def values(
        self, list_id: int, ids: Sequence[SubscriberId], names: Iterable[str]
    ) -> Mapping[SubscriberId, Mapping[str, object]]:
        wanted = list(dict.fromkeys(names))
        return self._sure(lambda: self._values(list_id, ids, wanted)) if ids else {}

    def list_values(self, user_id: int, list_id: int, names: Iterable[str]) -> Mapping[str, object]:
        lists = self._schema.table(self._connection, "subscriber_lists")
        return list_values(self._connection, lists, user_id, list_id, names)

    def user_values(self, user_id: int, names: Iterable[str]) -> Mapping[str, object]:
        users = self._schema.table(self._connection, "users")
        return user_values(self._connection, users, user_id, names)

    def answers(
        self, list_id: int, ids: Sequence[SubscriberId], rules: Sequence[AnyRule], today: datetime
    ) -> Mapping[SubscriberId, tuple[Answer, ...]]:
        calendar = Calendar.of(today, self._zone)

        def answer() -> Mapping[SubscriberId, tuple[Answer, ...]]:
            return Answering(self._reader(list_id), calendar, self.owners).answers(ids, rules)

        return self._sure(answer) if ids else {}

    def stretch(self, wanted: Stretch) -> Found:
        def scan() -> Found:
            return Scanning(self._reader(wanted.list_id), self._dialect, self._zone).found(wanted)

        return self._sure(scan)

    def size(self, list_id: int) -> int:
        def count() -> int:
            return Scanning(self._reader(list_id), self._dialect, self._zone).size()

        return self._sure(count)

    def tag_sight(
        self, user_id: int, list_id: int, ids: Sequence[SubscriberId], tag_id: int
    ) -> TagSight:
        return self._sure(lambda: Tagging(self._reader(list_id), user_id).sight(ids, tag_id))

    def tags_on(
        self, user_id: int, list_id: int, ids: Sequence[SubscriberId]
    ) -> Mapping[SubscriberId, Set[int]] | None:
        return self._sure(lambda: Tagging(self._reader(list_id), user_id).all_of(ids))

    def can_call(self) -> bool:
        return bool(self._settings.host_api_url)

    def tells_of_tags(self) -> bool:
        return self._settings.host_reports_tags == "yes"

    def set_field(
        self, list_id: int, field_id: int, values: Mapping[SubscriberId, str | None]
    ) -> Mapping[SubscriberId, str]:
        return self._sure(lambda: self._set_field(list_id, field_id, values)) if values else {}

    def _people(self, list_id: int) -> tuple[sa.TableClause, sa.Select[Any]]:
        people = self._schema.shard(self._connection, list_id).clause
        names = ("SubscriberID", "EmailAddress", "SubscriptionStatus", "BounceType")
        return people, sa.select(*(people.c[name] for name in names))

    def _reader(self, list_id: int) -> Reader:
        return Reader(self._connection, self._schema, list_id, self._dialect)

    def _values(
        self, list_id: int, ids: Sequence[SubscriberId], names: Sequence[str]
    ) -> Mapping[SubscriberId, Mapping[str, object]]:
        reader = self._reader(list_id)
        places = {name: place for name in names if (place := reader.named(name))}
        query = reader.select(ids, [place.expression for place in places.values()])
        slots = {
            name: (place.source, place.column, at)
            for at, (name, place) in enumerate(places.items(), reader.first)
        }
        unset: Mapping[str, object] = dict.fromkeys(names)

        def value(rows: Rows, source: int | None, column: HostColumn, at: int) -> str | None:
            return as_text(rows[source][at], column) if source in rows else None

        return {
            subscriber_id: {**unset, **{name: value(rows, *slot) for name, slot in slots.items()}}
            for subscriber_id, rows in reader.people(query).items()
        }

    def _set_field(
        self, list_id: int, field_id: int, values: Mapping[SubscriberId, str | None]
    ) -> Mapping[SubscriberId, str]:
        reader = self._reader(list_id)
        definition = reader.definition(f"CustomField{field_id}")
        place = reader.place_of(definition)
        writer = Writer(self._connection, self._dialect, self._zone)
        if place.source is None:
            return writer.set_column(reader.shard, definition, place.column, values)
        return writer.set_global(reader, definition, values)

    def _sure(self, work: Callable[[], Result]) -> Result:
        """Do it; when a table or column went away since it was looked up, look and do it again.

        The second time says what is missing, or does without.
        """
        try:
            return work()
        except sa.exc.DBAPIError as error:
            if not self._dialect.gone(error):
                raise
        self._schema.forget()
        return work()


def _zone_of(settings: Settings) -> ZoneInfo:
    if settings.host_time_zone not in _zones():
        raise BadSettings(
            f"JOURNEYS_HOST_TIME_ZONE is “{settings.host_time_zone}”, which is no time zone."
        )
    return ZoneInfo(settings.host_time_zone)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _subscriber(row: Sequence[Any]) -> Subscriber:
    return Subscriber(row[0], row[1], row[2] or "", row[3] or "")


def _for_people(definition: Definition) -> HostField:
    return HostField(
        definition.field_id,
        definition.name,
        definition.alias,
        definition.list_id,
        definition.kind,
    )
