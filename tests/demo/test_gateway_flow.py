"""From the call to the bounce, on both databases: nothing is delivered, counted or told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo.frame import Host
from demo.gateway.happening import Happenings
from demo.gateway.outbox import Message, find_message
from demo.gateway.postman import Postman
from tests.demo.gateway_world import ADA, GatewayWorld

MESSAGES = 30


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.services)])
def world(request, sqlite_url) -> Iterator[GatewayWorld]:
    mariadb = request.param == "mariadb"
    made = GatewayWorld(request.getfixturevalue("mysql_url") if mariadb else sqlite_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def host(world) -> Host:
    return Host(world.engine, world.tables, world.bridge, "", "session secret")


def message(host, message_id) -> Message:
    with host.engine.connect() as connection:
        found = find_message(connection, host.tables, message_id)
    assert found is not None
    return found


def test_two_postmen_deliver_each_message_once(world, host):
    sent = {world.send(ListID=1, SubscriberID=1).get_json()["MessageID"] for _ in range(MESSAGES)}
    with ThreadPoolExecutor(2) as pool:
        done = [one.result() for one in [pool.submit(Postman(host).deliver) for _ in range(2)]]
    assert sum(done) == MESSAGES
    told = Counter(event.data["message_id"] for event in world.bridge.events)
    assert told == Counter(sent)
    assert {row["Status"] for row in world.rows("eg_queue")} == {"Delivered"}
    assert sum(row["TotalSentEmail"] for row in world.rows("stats_activity", RelListID=1)) == 30


def test_what_follows_a_message_is_written_as_the_host_writes_it(world, host):
    headers = {"X-Journeys-Message": "k", "X-Journeys-Email": "7"}
    message_id = world.send(ListID=1, SubscriberID=1, Headers=headers).get_json()["MessageID"]
    happenings = Happenings(host, "192.0.2.9")
    happenings.open(message(host, message_id))
    assert happenings.click(message(host, message_id), 1) == "https://example.com/7/1"
    happenings.bounce(message(host, message_id), "hard")
    happenings.convert(message(host, message_id), 12.5, "A-1")
    happenings.complain(message(host, message_id))
    assert [event.type for event in world.bridge.events] == [
        *("open", "click", "bounce", "conversion", "revenue", "complaint", "unsubscription"),
    ]
    assert {event.data["message"] for event in world.bridge.events} == {"k"}
    assert len(world.rows("stats_open", RelEmailID=7, RelSubscriberID=1)) == 1
    assert world.rows("stats_link")[0]["LinkURL"] == "https://example.com/7/1"
    person = world.person(1, ADA)
    assert (person["BounceType"], person["SubscriptionStatus"]) == ("Hard", "Unsubscribed")
    stopped = {(r["RelListID"], r["SuppressionSource"]) for r in world.rows("suppression_list")}
    assert {(1, "Hard Bounced"), (0, "SPAM complaint")} <= stopped
    assert world.codes(ListID=1, SubscriberID=1) == (200, [14])
