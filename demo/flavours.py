"""The two flavours of the host: v5, and what Oempro 4.x has otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Index
from sqlalchemy.schema import SchemaItem

from demo.column_types import ZERO_DATE, ZERO_DATETIME, Moment
from demo.columns import moment

_ZERO_OF = {"date": ZERO_DATE, "datetime": ZERO_DATETIME}


@dataclass(frozen=True, eq=False)
class Flavour:
    """How one generation of the host keeps its data. Tables by name without the prefix.

    All shards go by the name `subscribers`. `lacks` are columns that came later, `days` are
    columns of days that later became columns of moments.
    """

    name: str
    version: str
    engine: str
    charset: str
    collation: str
    typed_fields: bool = True
    lacks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    days: Mapping[str, frozenset[str]] = field(default_factory=dict)
    zero_for_never: bool = False
    tables_later: frozenset[str] = frozenset()  #: what only later hosts have

    @property
    def has_gateway(self) -> bool:
        """Whether e-mails can be handed over one by one."""
        return "eg_queue" not in self.tables_later

    def fit(self, table: str, items: Iterable[SchemaItem]) -> list[SchemaItem]:
        """The columns and indexes of a table as this flavour has them."""
        gone = self.lacks.get(table, frozenset())
        kept: list[SchemaItem] = []
        for item in items:
            if isinstance(item, Column):
                if item.name not in gone:
                    kept.append(self._column(table, item))
            elif not (isinstance(item, Index) and str(item.name).endswith(tuple(gone))):
                kept.append(item)
        return kept

    def _column(self, table: str, column: Column[Any]) -> Column[Any]:
        if not isinstance(column.type, Moment):
            return column
        kind = "date" if column.name in self.days.get(table, ()) else column.type.kind
        never_null = not column.nullable or (self.zero_for_never and kind in _ZERO_OF)
        if kind == column.type.kind and never_null == (not column.nullable):
            return column
        return moment(column.name, kind, _ZERO_OF[kind] if never_null else None)


V5 = Flavour("v5", "5.9.4", "InnoDB", "utf8mb4", "utf8mb4_unicode_ci")

#: Names of indexes stand among the columns that they go with.
_LACKS_OF_V4 = {
    "subscribers": {
        *("OptInIP", "SubscriptionSource", "SubscriptionSourceRef"),
        "idx_subscription_date_id",
    },
    "users": {
        *("2FA_Enabled", "2FA_SecretKey", "2FA_RecoveryKey", "SSOID", "AuthToken"),
        *("PhoneVerified", "Street2", "OtherEmailAddresses", "RateLimits", "Options"),
    },
    "user_groups": {"LimitEmailSendPerDay", "Options", "DefaultRateLimits"},
    "subscriber_lists": {
        *("SenderName", "SenderEmailAddress", "SenderCompany", "SenderAddress", "Options"),
        *("ArchivedAt", "ActiveSubscriberCount", "SegmentCount", "LastActivityAt"),
        "InstantDDLRowVersions",
    },
    "custom_fields": {"Meta"},
    "segments": {"SegmentRulesJson", "Options"},
    "emails": {"PreHeaderText", "Options", "CreatedAt", "UpdatedAt", "DeletedAt"},
    "auto_responders": {"Repeat"},
    "stats_open": {"OpenDatew", "IsAutomated", "idx_list_owner_datew_covering"},
    "stats_link": {"ClickDatew", "IsAutomated", "idx_list_owner_datew_covering"},
}
_DAYS_OF_V4 = {
    "subscribers": {"SubscriptionDate", "UnsubscriptionDate", "OptInDate"},
    "subscriber_lists": {"CreatedOn"},
}

V4 = Flavour(
    "v4",
    "4.7.0",
    "MyISAM",
    "utf8",
    "utf8_unicode_ci",
    typed_fields=False,
    lacks={table: frozenset(names) for table, names in _LACKS_OF_V4.items()},
    days={table: frozenset(names) for table, names in _DAYS_OF_V4.items()},
    zero_for_never=True,
    tables_later=frozenset({"sender_domains", "eg_api_keys", "eg_queue"}),
)

FLAVOURS: Mapping[str, Flavour] = {flavour.name: flavour for flavour in (V5, V4)}
