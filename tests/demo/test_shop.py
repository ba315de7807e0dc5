"""The demo's shop: what it tells, and which message a purchase is due to."""

from __future__ import annotations

from plugin.routes.event_schema import events_of
from tests.demo.outbox_world import person, play, send

#: Fixtures of outbox_world.
__all__ = ["person", "send"]


def test_the_shop_tells_of_a_basket_and_of_its_purchase(manager, person, bridge):
    visit = {"list_id": 1, "email": "ADA@example.com", "order_id": "A-7", "total": "60"}
    for what in ("fill", "buy"):
        answer = manager.send("/shop", "/shop", what=what, **visit)
        assert "order A-7" in manager.get(answer.location).text
    cart, purchase, conversion, revenue = bridge.events
    properties = {"order_id": "A-7", "total": 60.0}
    assert cart.data == {"name": "cart_left", "properties": properties}
    assert purchase.data == {"name": "purchase", "properties": properties}
    assert (conversion.data["reference"], revenue.data["amount"]) == ("A-7", 60.0)
    assert {event.subscriber_id for event in bridge.events} == {person["SubscriberID"]}
    assert len(events_of({"events": [event.payload() for event in bridge.events]})) == 4
    manager.send("/shop", "/shop", what="buy", **visit | {"email": "nobody@example.com"})
    assert manager.send("/shop", "/shop", what="buy", **visit | {"total": -1}).status_code == 400
    assert manager.send("/shop", "/shop", what="steal", **visit).status_code == 400
    assert len(bridge.events) == 4


def test_who_buys_after_a_click_does_so_because_of_that_message(manager, send, person, bridge):
    message_id = send()
    visit = {"what": "buy", "list_id": 1, "order_id": "A-8", "total": "60"}
    manager.send("/shop", "/shop", email=person["EmailAddress"], **visit)
    play(manager, message_id, "click:1", robot="1")
    manager.send("/shop", "/shop", email=person["EmailAddress"], **visit)
    play(manager, message_id, "click:1")
    manager.send("/shop", "/shop", email="person.00001@example.org", **visit)
    manager.send("/shop", "/shop", email=person["EmailAddress"], **visit)
    bought = [event for event in bridge.events if event.type in ("conversion", "revenue")]
    assert [event.data.get("message_id") for event in bought] == [None] * 6 + [message_id] * 2
    parsed = events_of({"events": [event.payload() for event in bought]})
    assert parsed[-1].data["message"] == "key-1"
