"""The small lists behind the host's gateway: a sender domain of each kind, and one subscriber."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from demo.own_tables import outbox
from tests.demo.api_world import ApiWorld
from tests.demo.lists_world import OWNER, STRANGER

ADA, BAD, LIST_BAD = "ada@example.com", "bad@example.com", "listbad@example.com"
KEY, OTHERS_KEY = "eg_live_1", "eg_live_5"
#: Sender domain: id, owner, name, status; the key is `eg_live_<id>`.
DOMAINS = (
    (1, OWNER, "shop.example.com", "Enabled"),
    (2, OWNER, "new.example.com", "Approval Pending"),
    (3, OWNER, "old.example.com", "Disabled"),
    (4, OWNER, "gone.example.com", "Deleted"),
    (5, STRANGER, "other.example.com", "Enabled"),
)
TEMPLATE = 8
MESSAGE: dict[str, Any] = {
    "Subject": "Hello {{ Subscriber:FirstName }}",
    "ContentType": "html",
    "HTMLContent": "<body><p>Hello</p><a href='https://example.com/7/1'>Look</a></body>",
    "From": {"name": "The shop", "email": "hello@shop.example.com"},
    "To": [{"name": "Ada", "email": ADA}],
}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


class GatewayWorld(ApiWorld):
    """Ada is on list 1 and 2, as subscriber 1; `send` posts one message."""

    def fill(self) -> None:
        super().fill()
        rows = [
            {"DomainID": i, "UserID": user, "SenderDomain": name, "Status": status}
            | {"Options": '{"LinkTracking": 1, "OpenTracking": 1, "UnsubscribeLink": 0}'}
            for i, user, name, status in DOMAINS
        ]
        keys = [
            {"UserID": user, "DomainID": i, "APIKey": f"eg_live_{i}"} for i, user, *_ in DOMAINS
        ]
        template = {"EmailID": TEMPLATE, "RelUserID": OWNER, "IsEmailTemplate": "Yes"}
        with self.engine.begin() as connection:
            connection.execute(self.tables.sender_domains.insert(), rows)
            connection.execute(self.tables.eg_api_keys.insert(), keys)
            template |= {"HTMLContent": "<p>From a template</p>", "PlainContent": "Plain"}
            connection.execute(self.tables.emails.insert().values(template))
        self.join(1, ADA)
        self.join(2, ADA)
        self.suppress(0, OWNER, BAD)
        self.suppress(1, OWNER, LIST_BAD)

    def send(self, key: str = KEY, **changes: Any) -> TestResponse:
        """The message above with these changes; what is None is left out."""
        message = {n: v for n, v in (MESSAGE | changes).items() if v is not None}
        return self.app.test_client().post("/api/v1/email", json=message, headers=bearer(key))

    def codes(self, key: str = KEY, **changes: Any) -> tuple[int, list[int]]:
        """Status and codes of the answer; it has either a MessageID or Errors, never both."""
        answer = self.send(key, **changes)
        content = answer.get_json()
        assert set(content) == ({"Errors"} if "Errors" in content else {"MessageID"})
        return answer.status_code, [error["Code"] for error in content.get("Errors", [])]

    def change(self, name: str, **columns: Any) -> None:
        """Writes into all rows of a table of the host that are of user 1, or into all rows."""
        table = getattr(self.tables, name)
        change = table.update().values(**columns)
        if "UserID" in table.c:
            change = change.where(table.c.UserID == OWNER)
        with self.engine.begin() as connection:
            connection.execute(change)

    def option(self, name: str, value: str) -> None:
        row = {"OptionName": name, "OptionValue": value}
        with self.engine.begin() as connection:
            connection.execute(self.tables.options.insert().values(row))

    def outbox(self) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            query = outbox.select().order_by(outbox.c.OutboxID)
            return [dict(row) for row in connection.execute(query).mappings()]
