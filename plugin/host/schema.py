"""One map of the host's tables and columns that we use, held against the live database."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import sqlalchemy as sa

from plugin.domain.merge_tags.scopes import LIST_NAMES, USER_NAMES
from plugin.errors import CannotEvaluate, HostMismatch
from plugin.host.cache import Cache
from plugin.host.columns import HostTable, host_column
from plugin.host.fields import Definition, definitions

#: Without these nothing works.
REQUIRED: Mapping[str, Sequence[str]] = {
    "users": ("UserID",),
    "subscriber_lists": ("ListID", "Name", "RelOwnerUserID"),
    "custom_fields": ("CustomFieldID", "RelOwnerUserID", "RelListID", "FieldName", "FieldType"),
}
#: The values of global fields, by address.
VALUES = "custom_field_values"
_OF_VALUES = ("RelFieldID", "RelListID", "EmailAddress", "ValueText")
#: Opens and clicks, one row each: the table and the column with the time of each activity.
ACTIVITIES: Mapping[str, tuple[str, str]] = {
    "opened": ("stats_open", "OpenDate"),
    "clicked": ("stats_link", "ClickDate"),
}
#: Which mail an open or click was of, and whose it was.
OF_ACTIVITIES = ("RelCampaignID", "RelEmailID", "RelListID", "RelSubscriberID", "RelOwnerUserID")
#: The address of a click. The host's own documents give this column no name.
LINK = "LinkURL"
#: E-mails and campaigns by name: id, owner, name.
EMAILS = ("emails", ("EmailID", "RelUserID", "EmailName"))
CAMPAIGNS = ("campaigns", ("CampaignID", "RelOwnerUserID", "CampaignName"))
#: Subscribers' tags: id, list, owner, name; and who has which. The host's own documents name
#: neither the tables nor the columns of ids.
TAGS = ("subscriber_tags", ("TagID", "RelListID", "RelOwnerUserID", "TagName"))
TAGGED = ("subscriber_tag_relations", ("RelTagID", "RelListID", "RelSubscriberID"))
#: Who may be named in “from”, and the keys with which the gateway lets us send for them.
SENDER_DOMAINS = ("sender_domains", ("DomainID", "SenderDomain", "UserID", "Status"))
SENDER_KEYS = ("eg_api_keys", ("UserID", "DomainID", "APIKey"))
#: What every `subscribers_<ListID>` must have.
REQUIRED_OF_SHARDS = ("SubscriberID", "EmailAddress", "BounceType", "SubscriptionStatus")

_CUSTOM_FIELD = re.compile(r"CustomField[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that the host may lack. `without` says, as a sentence, what is then off."""

    name: str
    table: str
    columns: tuple[str, ...]
    without: str


FEATURES = (
    Feature("zones", "users", ("TimeZone",), "Every account is taken to live in UTC."),
    Feature("groups", "user_groups", ("UserGroupID",), "User groups are not looked at."),
    Feature(
        "aliases",
        "custom_fields",
        ("MergeTagAlias",),
        "Merge tags can name custom fields as CustomField<ID> only.",
    ),
    Feature(
        "account tags", "users", USER_NAMES, "Merge tags such as {{ User:CompanyName }} are empty."
    ),
    Feature(
        "list tags",
        "subscriber_lists",
        LIST_NAMES,
        "Merge tags such as {{ List:SenderName }} are empty.",
    ),
    Feature(
        "validation",
        "custom_fields",
        ("ValidationMethod", "FieldOptions"),
        "Values of custom fields are held against the column's type only.",
    ),
    Feature(
        "data types",
        "custom_fields",
        ("Meta",),
        "All values are kept as text: what belongs into a field is known by its type and its"
        " validation method alone, and rules compare it as text.",
    ),
    Feature(
        "global fields",
        "custom_fields",
        ("IsGlobal",),
        "Custom fields of the whole account cannot be read or set.",
    ),
    Feature(
        "global fields",
        VALUES,
        _OF_VALUES,
        "Custom fields of the whole account cannot be read or set.",
    ),
    Feature("e-mails", *EMAILS, "Rules and steps cannot name e-mails."),
    Feature("campaigns", *CAMPAIGNS, "Rules cannot name campaigns."),
    Feature(
        "opens",
        "stats_open",
        (*OF_ACTIVITIES, "OpenDate"),
        "People whom a rule asks about opens are held.",
    ),
    Feature(
        "clicks",
        "stats_link",
        (*OF_ACTIVITIES, "ClickDate", LINK),
        "People whom a rule asks about clicks are held.",
    ),
    Feature("tags", *TAGS, "Tags are called by their numbers, and rules about tags hold people."),
    Feature("tags", *TAGGED, "Who has which tag is not known: rules about tags hold people."),
    Feature(
        "sender domains",
        *SENDER_DOMAINS,
        "Senders of e-mails are not held against the account's domains; the key of each account is"
        " its secret “sender_key”.",
    ),
    Feature(
        "sender keys",
        *SENDER_KEYS,
        "The key with which an account sends is its secret “sender_key”.",
    ),
    Feature("robots", "stats_open", ("IsAutomated",), "Opens by robots count as if people opened."),
    Feature(
        "segments",
        "segments",
        ("SegmentID", "RelListID", "SegmentName", "SegmentOperator", "SegmentRulesJson"),
        "People whom a rule asks about a segment are held.",
    ),
    Feature(
        "robots", "stats_link", ("IsAutomated",), "Clicks by robots count as if people clicked."
    ),
)


class HostSchema:
    """What the host's database has, looked at again every few seconds. Threads may share it.

    It opens no connection of its own: a look happens on the connection, and in the transaction,
    of the one who asks. Names become identifiers only when they are on the map, are a custom
    field's column, or are made from a list's number.
    """

    def __init__(
        self, prefix: str, *, seconds: float = 5.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self.prefix = prefix
        self._tables: Cache[str, HostTable | None] = Cache(seconds, clock)
        self._definitions: Cache[int, Mapping[int, Definition]] = Cache(seconds, clock)

    def table(self, connection: sa.Connection, name: str) -> HostTable:
        """A table of the map, `name` without the prefix.

        Raises HostMismatch when it, or a column that nothing works without, is missing.
        """
        needed = REQUIRED.get(name, ())
        found = self._find(connection, name, needed)
        if found is None:
            raise HostMismatch(
                f"The host's table {self.prefix}{name} is missing. Is the host's prefix really"
                f" “{self.prefix}”? Run `journeys doctor`."
            )
        return _complete(found, needed)

    def optional_table(
        self, connection: sa.Connection, name: str, columns: Sequence[str]
    ) -> HostTable | None:
        """A table that the host may lack; None when it or one of `columns` is missing."""
        found = self._find(connection, name, columns)
        return found if found and not set(columns) - set(found.columns) else None

    def shard(
        self, connection: sa.Connection, list_id: int, columns: Sequence[str] = ()
    ) -> HostTable:
        """The table of a list's subscribers, looked at afresh when one of `columns` is missing.

        Raises CannotEvaluate(`list_missing`) when the list is gone.
        """
        found = self._find(connection, shard_name(list_id), (*REQUIRED_OF_SHARDS, *columns))
        if found is None:
            raise CannotEvaluate(
                "list_missing",
                f"List {list_id} has no subscribers in the host any more: it was deleted there.",
            )
        return _complete(found, REQUIRED_OF_SHARDS)

    def definition(
        self, connection: sa.Connection, list_id: int, field_id: int
    ) -> Definition | None:
        """A field of that list, or a global one of the list's owner; None for all others."""
        return self.definitions(connection, list_id, lambda known: field_id in known).get(field_id)

    def definitions(
        self,
        connection: sa.Connection,
        list_id: int,
        suits: Callable[[Mapping[int, Definition]], bool] = lambda _: True,
    ) -> Mapping[int, Definition]:
        """All fields of a list and the global ones of its owner, by field id.

        `suits` says whether what was seen a moment ago is enough; if not, it is read afresh.
        """

        def look() -> Mapping[int, Definition]:
            lists = self.table(connection, "subscriber_lists")
            return definitions(connection, self.table(connection, "custom_fields"), lists, list_id)

        return self._definitions.get(list_id, look, suits)

    def values_table(self, connection: sa.Connection) -> HostTable | None:
        """Where values of global fields are kept; None when the host keeps none."""
        return self.optional_table(connection, VALUES, _OF_VALUES)

    def lacks(self, connection: sa.Connection) -> Mapping[Feature, Sequence[str]]:
        """The features that are off, each with the names of what is missing."""
        missing = {
            feature: self._missing(connection, feature.table, feature.columns)
            for feature in FEATURES
        }
        return {feature: names for feature, names in missing.items() if names}

    def misses(self, connection: sa.Connection) -> Mapping[str, Sequence[str]]:
        """Tables that nothing works without, each with the names of what is missing."""
        missing = {name: self._missing(connection, name, REQUIRED[name]) for name in REQUIRED}
        return {name: names for name, names in missing.items() if names}

    def forget(self) -> None:
        """Look at everything afresh from now on."""
        self._tables.clear()
        self._definitions.clear()

    def _missing(
        self, connection: sa.Connection, name: str, columns: Sequence[str]
    ) -> Sequence[str]:
        found = self._find(connection, name, columns)
        table = f"{self.prefix}{name}"
        if found is None:
            return [table]
        return [f"{table}.{column}" for column in columns if column not in found.columns]

    def _find(
        self, connection: sa.Connection, name: str, columns: Sequence[str]
    ) -> HostTable | None:
        def complete(seen: HostTable | None) -> bool:
            return seen is not None and seen.columns.keys() >= set(columns)

        return self._tables.get(name, lambda: _look(connection, self.prefix + name), complete)


def _complete(table: HostTable, needed: Sequence[str]) -> HostTable:
    if missing := [name for name in needed if name not in table.columns]:
        raise HostMismatch(
            f"The host's table {table.name} has no column {missing[0]}. Run `journeys doctor`."
        )
    return table


def shard_name(list_id: int) -> str:
    """`subscribers_<ListID>`. Raises TypeError for anything that is not a whole number."""
    if type(list_id) is not int or list_id < 0:
        raise TypeError("A list id is a whole number.")
    return f"subscribers_{list_id}"


def field_id_of(column: str) -> int | None:
    """3 for `CustomField3`; None for any other name."""
    if not _CUSTOM_FIELD.fullmatch(column):
        return None
    number = int(column.removeprefix("CustomField"))
    return number if column == f"CustomField{number}" else None


def _look(connection: sa.Connection, table: str) -> HostTable | None:
    inspector = sa.inspect(connection)
    try:
        reflected = inspector.get_columns(table)
    except sa.exc.NoSuchTableError:
        return None
    options = inspector.get_table_options(table)
    dialect = connection.dialect.name
    charset = options.get(f"{dialect}_default charset", "")
    collation = options.get(f"{dialect}_collate", "")
    engine = options.get(f"{dialect}_engine")
    columns = [host_column(column, charset, collation) for column in reflected]
    by_name = {column.name: column for column in columns}
    keys = inspector.get_pk_constraint(table)["constrained_columns"]
    numbers = [key for key in keys if by_name[key].family == "integer"]
    return HostTable(
        name=table,
        columns=by_name,
        engine=engine.lower() if engine else None,
        key=numbers[0] if numbers == keys and len(keys) == 1 else None,
    )
