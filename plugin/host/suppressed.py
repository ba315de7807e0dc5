"""Rules about suppression: whether an address is on the host's list of those not to be mailed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from plugin.domain.behaviour_codec import SCOPES
from plugin.domain.criteria import Answer, SuppressionRule
from plugin.domain.enrollment import SubscriberId, normal_address
from plugin.host.reading import Reader
from plugin.host.suppressing import COLUMNS, TABLE, Suppression
from plugin.sql.among import among

_READS = {"list": "on the list", "account": "in the account", "everywhere": "everywhere"}


def suppression(rule: SuppressionRule, scopes: Collection[str]) -> Answer:
    """The answer for somebody who is suppressed in these scopes."""
    wanted = rule.scopes or SCOPES
    suppressed = any(scope in scopes for scope in wanted)
    told = ", ".join(_READS[scope] for scope in SCOPES if scope in scopes)
    seen = f"suppressed {told}" if told else "not suppressed"
    return Answer(suppressed is (rule.operator == "suppressed"), seen)


def scopes_of(
    reader: Reader, owner: int, ids: Sequence[SubscriberId]
) -> Mapping[SubscriberId, Collection[str]]:
    """In which scopes each is suppressed; who is in none is left out. Two statements.

    A host without such a table suppresses nobody.
    """
    table = reader.schema.optional_table(reader.connection, TABLE, COLUMNS)
    c = reader.shard.clause.c
    query = sa.select(c["SubscriberID"], c["EmailAddress"]).where(among(c["SubscriberID"], ids))
    addresses = {row[0]: row[1] or "" for row in reader.connection.execute(query)}
    places = {(reader.list_id, owner): "list", (0, owner): "account", (0, 0): "everywhere"}
    found: dict[str, set[str]] = {}
    asked = Suppression(reader.connection, table)
    for scope, address in asked.found(list(places), addresses.values()):
        found.setdefault(address, set()).add(places[scope])
    return {
        who: scopes
        for who, address in addresses.items()
        if (scopes := found.get(normal_address(address)))
    }
