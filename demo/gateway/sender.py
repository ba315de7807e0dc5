"""Who sends: the sender domain of a key, and its owner, who must be allowed to."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from demo.gateway.codes import STRICT_SINCE, Refusal, Version
from demo.schema import HostTables

#: Rows of the host's options; each needs the word "true" or "false".
PHONE_REQUIRED = "PHONE_VERIFICATION_REQUIRED_TO_SEND_EG_EMAILS"
TRUST_REQUIRED = "EMAILGATEWAY_REQUIRE_TRUSTED"


@dataclass(frozen=True)
class Sender:
    """A sender domain that may send; the switches are those of its options."""

    domain_id: int
    domain: str
    user_id: int
    group_id: int
    opens: bool
    links: bool
    unsubscribe_header: bool


def find_sender(connection: Connection, tables: HostTables, key: str, version: Version) -> Sender:
    """The sender whose key this is. Raises Refusal: 1, 13, 2, 12, 40, 34 or 32."""
    if not key:
        raise Refusal(1)
    keys, domains, users = tables.eg_api_keys, tables.sender_domains, tables.users
    known = select(keys).where(keys.c.APIKey == key, keys.c.Status == "Enabled")
    row = connection.execute(known).first()
    if row is None or not hmac.compare_digest(row.APIKey.encode(), key.encode()):
        raise Refusal(13)
    domain = connection.execute(
        select(domains).where(
            domains.c.DomainID == row.DomainID,
            domains.c.UserID == row.UserID,
            domains.c.Status != "Deleted",
        )
    ).first()
    user = connection.execute(select(users).where(users.c.UserID == row.UserID)).first()
    if domain is None or user is None:
        raise Refusal(2)
    _check_user(connection, tables, user, version)
    if domain.Status != "Enabled":
        raise Refusal(32)
    options = json.loads(domain.Options or "{}")
    return Sender(
        domain.DomainID,
        domain.SenderDomain,
        user.UserID,
        user.RelUserGroupID,
        bool(options.get("OpenTracking")),
        bool(options.get("LinkTracking")),
        bool(options.get("UnsubscribeLink")),
    )


def _check_user(
    connection: Connection, tables: HostTables, user: Row[Any], version: Version
) -> None:
    if user.AccountStatus != "Enabled":
        raise Refusal(12)
    trusted = user.ReputationLevel == "Trusted" or version < STRICT_SINCE
    if not trusted and _switch(connection, tables, TRUST_REQUIRED, True):
        raise Refusal(40)
    if user.PhoneVerified != "Yes" and _switch(connection, tables, PHONE_REQUIRED, False):
        raise Refusal(34)


def _switch(connection: Connection, tables: HostTables, name: str, default: bool) -> bool:
    options = tables.options.c
    text = connection.scalar(select(options.OptionValue).where(options.OptionName == name).limit(1))
    return default if text is None else str(text).strip().lower() == "true"
