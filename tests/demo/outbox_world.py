"""Ada on the sample welcome list, and how she is sent the sample e-mail about a basket."""

from __future__ import annotations

from typing import Any

import pytest

from demo.gateway.postman import Postman
from demo.host import POSTMAN
from demo.own_tables import outbox
from demo.rows import by_address
from demo.sample_gateway import gateway_key
from tests.demo.gateway_world import bearer
from tests.demo.test_user_area import one

LETTER = 12  #: the sample e-mail about a basket
FROM = {"name": "Example Mail Works", "email": "hello@example.com"}


@pytest.fixture
def person(engine, tables):
    """Ada, subscribed to the welcome list, in Oslo, with markup for a last name."""
    shard = tables.shard(1)
    row = {"EmailAddress": "ada@example.com", "CustomField1": "Ada", "CustomField2": "<b>L</b>"}
    row |= {"SubscriptionStatus": "Subscribed", "CustomField3": "Oslo"}
    with engine.begin() as connection:
        connection.execute(shard.insert().values(row))
        return by_address(connection, shard, "ada@example.com")


@pytest.fixture
def send(app, tables, engine, person):
    """Hands over an e-mail of the samples to Ada, with these changes; the MessageID."""

    def sending(**changes: Any) -> str:
        letter = one(engine, tables.emails, tables.emails.c.EmailID == LETTER)
        message = {
            "Subject": letter["Subject"],
            "ContentType": "html",
            "HTMLContent": letter["HTMLContent"],
            "PlainContent": letter["PlainContent"],
            "From": FROM,
            "To": [{"name": "Ada", "email": person["EmailAddress"]}],
            "ListID": 1,
            "SubscriberID": person["SubscriberID"],
            "Headers": {"X-Journeys-Message": "key-1", "X-Journeys-Email": str(LETTER)},
            "Tags": ["journeys-message:key-1"],
        }
        answer = app.test_client().post(
            "/api/v1/email", json=message | changes, headers=bearer(gateway_key(1))
        )
        assert answer.status_code == 200, answer.text
        message_id: str = answer.get_json()["MessageID"]
        return message_id

    return sending


@pytest.fixture
def postman(app) -> Postman:
    return app.extensions[POSTMAN]


def sent(engine, message_id):
    return one(engine, outbox, outbox.c.MessageID == message_id)


def play(manager, message_id, what, **more):
    return manager.send(f"/outbox/{message_id}", f"/outbox/{message_id}/play", what=what, **more)


def names(message_id):
    """What each event about the message says of it."""
    return {"message_id": message_id, "message": "key-1", "email_id": LETTER}
