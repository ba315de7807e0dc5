"""The mail of a test's host: e-mails, sender domains with their keys, and who is suppressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from demo.schema import HostTables

OWNER = 1

Values = Mapping[str, Any]


class MailSide:
    """Part of HostSide."""

    tables: HostTables

    def _add(self, table: sa.Table, rows: Sequence[Values]) -> None:
        raise NotImplementedError

    def _set(self, table: sa.Table, key: str, number: int, values: Values) -> None:
        raise NotImplementedError

    @property
    def has_gateway(self) -> bool:
        """Whether it has sender domains and their keys."""
        return self.tables.sender_domains.metadata is self.tables.metadata

    def letter(self, email_id: int, owner: int = OWNER, **more: Any) -> None:
        """An e-mail that can be sent."""
        row = {
            "EmailID": email_id,
            "RelUserID": owner,
            "EmailName": f"E-mail {email_id}",
            "FromName": "The shop",
            "FromEmail": "news@example.com",
            "Subject": "Hello {{ Subscriber:FirstName }}",
            "HTMLContent": "<p>Hello %Subscriber:FirstName%</p>",
            "PlainContent": "Hello",
        }
        self._add(self.tables.emails, [row | more])

    def change_letter(self, email_id: int, **values: Any) -> None:
        self._set(self.tables.emails, "EmailID", email_id, values)

    def sender_domain(
        self, domain_id: int, name: str, owner: int = OWNER, status: str = "Enabled"
    ) -> None:
        """With a key of its own: `key-<id>`."""
        row = {"DomainID": domain_id, "SenderDomain": name, "UserID": owner, "Status": status}
        self._add(self.tables.sender_domains, [row | {"CreatedAt": "2026-01-01 00:00:00"}])
        key = {"APIKeyID": domain_id, "UserID": owner, "DomainID": domain_id}
        key |= {"APIKey": f"key-{domain_id}", "CreatedAt": "2026-01-01 00:00:00"}
        self._add(self.tables.eg_api_keys, [key])

    def change_domain(self, domain_id: int, **values: Any) -> None:
        self._set(self.tables.sender_domains, "DomainID", domain_id, values)

    def suppress(self, email: str, list_id: int, owner: int) -> None:
        row = {"RelListID": list_id, "RelOwnerUserID": owner, "EmailAddress": email}
        row |= {"SuppressionSource": "User", "Reason": ""}
        self._add(self.tables.suppression_list, [row])
