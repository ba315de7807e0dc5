"""SqlHost's verbs for sending mail: e-mails, who may send them, and to whom not.

See engine.mailing_port.Mailing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import sqlalchemy as sa

from plugin.engine.mailing_port import Letter, SenderDomain
from plugin.host.schema import EMAILS, SENDER_DOMAINS, SENDER_KEYS, HostSchema
from plugin.host.suppressing import COLUMNS, TABLE, Suppression
from plugin.sql.among import among

_TEXTS = (
    *("EmailName", "Subject", "HTMLContent", "PlainContent"),
    *("FromName", "FromEmail", "ReplyToName", "ReplyToEmail"),
)


class MailVerbs:
    """Lives as long as its transaction."""

    _connection: sa.Connection
    _schema: HostSchema
    _gateway: bool

    def can_send(self) -> bool:
        return self._gateway

    def letters(self, user_id: int, email_ids: Iterable[int]) -> Mapping[int, Letter]:
        table, columns = EMAILS
        found = self._schema.optional_table(self._connection, table, (*columns, "Subject"))
        if found is None:
            return {}
        c = found.clause.c
        texts = [c[n] if n in found.columns else sa.literal("") for n in _TEXTS]
        query = sa.select(c["EmailID"], *texts).where(
            among(c["EmailID"], email_ids), c["RelUserID"] == user_id
        )
        if "DeletedAt" in found.columns:
            deleted = c["DeletedAt"]
            query = query.where(sa.or_(deleted.is_(None), deleted < "1000-01-01"))
        rows = self._connection.execute(query)
        return {row[0]: Letter(*((text or "") for text in row[1:])) for row in rows}

    def sender_names(self, user_id: int) -> frozenset[str] | None:
        """The names of its sender domains, in lower case; None: the host does not tell. One
        statement."""
        rows = self._domains(user_id)
        return None if rows is None else frozenset(name.lower() for _, name, _ in rows)

    def sender_domains(self, user_id: int) -> Mapping[str, SenderDomain] | None:
        rows = self._domains(user_id)
        if rows is None:
            return None
        keys = self._sender_keys(user_id)
        domains: dict[str, SenderDomain] = {}
        for number, name, status in rows:
            domain = SenderDomain(name.lower(), status == "Enabled", keys.get(number))
            known = domains.get(domain.name)
            if known is None or not known.enabled:
                domains[domain.name] = domain
        return domains

    def _domains(self, user_id: int) -> Sequence[Any] | None:
        """Number, name and status of each."""
        table = self._schema.optional_table(self._connection, *SENDER_DOMAINS)
        if table is None:
            return None
        c = table.clause.c
        query = sa.select(c["DomainID"], c["SenderDomain"], c["Status"])
        query = query.where(c["UserID"] == user_id, c["Status"] != "Deleted")
        return self._connection.execute(query.order_by(c["DomainID"])).all()

    def _sender_keys(self, user_id: int) -> Mapping[int, str]:
        table = self._schema.optional_table(self._connection, *SENDER_KEYS)
        if table is None:
            return {}
        c = table.clause.c
        query = sa.select(c["DomainID"], c["APIKey"]).where(c["UserID"] == user_id)
        if "Status" in table.columns:
            query = query.where(c["Status"] == "Enabled")
        return {row[0]: row[1] for row in self._connection.execute(query) if row[1]}

    def may_send(self, user_id: int) -> str | None:
        users = self._schema.table(self._connection, "users")
        c = users.clause.c
        status, trust = (
            c[name] if name in users.columns else sa.literal(good)
            for name, good in (("AccountStatus", "Enabled"), ("ReputationLevel", "Trusted"))
        )
        query = sa.select(status, trust).where(c["UserID"] == user_id)
        row = self._connection.execute(query).first()
        if row is None or row[0] != "Enabled":
            return "account_disabled"
        return "account_untrusted" if row[1] == "Untrusted" else None

    def suppressed(self, user_id: int, list_id: int, addresses: Iterable[str]) -> Set[str]:
        table = self._schema.optional_table(self._connection, TABLE, COLUMNS)
        return Suppression(self._connection, table).known(list_id, user_id, addresses)
