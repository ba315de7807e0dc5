"""The small lists behind the host's API, with users who may and users who may not."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from demo.api.controls import Controls
from demo.host import API_CONTROLS, create_host
from tests.demo.conftest import KeepingBridge
from tests.demo.lists_world import IP, ListsWorld

ALL = "Lists.Get,Subscribers.Get,Subscriber.Update,Subscribers.Delete,CustomFields.Get"
ALL += ",Subscribers.Import,List.Update"
OWNER_KEY, STRANGER_KEY, DISABLED_KEY, POWERLESS_KEY = "key-one", "key-two", "key-three", "key-four"


class ApiWorld(ListsWorld):
    """`call` posts one command; `bridge` keeps what the add-on was told."""

    def fill(self) -> None:
        super().fill()
        groups = [(1, ALL), (2, "Nothing.AtAll")]
        users = [
            (1, 1, OWNER_KEY, "Enabled"),
            (2, 1, STRANGER_KEY, "Enabled"),
            (3, 1, DISABLED_KEY, "Disabled"),
            (4, 2, POWERLESS_KEY, "Enabled"),
        ]
        with self.engine.begin() as connection:
            connection.execute(
                self.tables.user_groups.insert(),
                [{"UserGroupID": i, "GroupName": f"G{i}", "Permissions": p} for i, p in groups],
            )
            connection.execute(
                self.tables.users.insert(),
                [
                    {
                        "UserID": i,
                        "RelUserGroupID": group,
                        "EmailAddress": f"user{i}@example.com",
                        "Username": f"user{i}",
                        "APIKey": key,
                        "AccountStatus": status,
                    }
                    for i, group, key, status in users
                ],
            )
        self.bridge = KeepingBridge()
        self.app: Flask = create_host(
            self.engine,
            "oempro_",
            self.bridge,
            "session secret",
            flavour=self.tables.flavour.name,
        )

    @property
    def controls(self) -> Controls:
        controls: Controls = self.app.extensions[API_CONTROLS]
        return controls

    def post(self, *, key: str = "", **parameters: Any) -> TestResponse:
        """One call as JSON; `command` and the rest as they are."""
        body = {"ResponseFormat": "JSON", **parameters} | ({"APIKey": key} if key else {})
        return self.app.test_client().post("/api.php", json=body)

    def call(self, command: str, *, key: str = OWNER_KEY, **parameters: Any) -> dict[str, Any]:
        """The answer's content; it came with status 200."""
        answer = self.post(key=key, Command=command, **parameters)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.get_json()
        return content

    def code(self, command: str, *, key: str = OWNER_KEY, **parameters: Any) -> Any:
        """Only the ErrorCode: 0, a number or a list."""
        content = self.call(command, key=key, **parameters)
        assert content["Success"] is (content["ErrorCode"] == 0)
        return content["ErrorCode"]

    def version(self, text: str) -> None:
        row = {"OptionName": "PRODUCT_VERSION", "OptionValue": text}
        with self.engine.begin() as connection:
            connection.execute(self.tables.options.insert().values(row))

    def subscribe(self, list_id: int, address: str, **parameters: Any) -> dict[str, Any]:
        return self.call(
            "subscriber.subscribe",
            key="",
            ListID=list_id,
            EmailAddress=address,
            IPAddress=IP,
            **parameters,
        )
