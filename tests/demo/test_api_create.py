"""The demo's `subscriber.create`, by itself and as journeys use it: both ends meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from plugin.app import Parts, build
from plugin.engine.ports import Request, Response
from plugin.engine.reading import PeopleFilter
from plugin.settings import Settings
from plugin.storage.tables import Tables
from tests.demo.api_world import POWERLESS_KEY, ApiWorld
from tests.demo.lists_world import IP, OWNER, told
from tests.documents import journey, step

ADA, BOB, GONE = "ada@example.com", "bob@example.com", "gone@example.com"
TAKEN = {
    "ListID": 2,
    "EmailAddress": "new@example.com",
    "SubscriptionDate": "2026-11-22 12:00:00",
    "SubscriptionIP": IP,
}


@pytest.fixture
def world(database_url) -> Iterator[ApiWorld]:
    made = ApiWorld(database_url)
    made.join(2, BOB)
    made.join(2, GONE)
    made.leave(2, GONE)
    made.bridge.events.clear()
    yield made
    made.engine.dispose()


def test_somebody_joins_with_all_that_follows(world):
    content = world.call("subscriber.create", **TAKEN, Source="Other", SourceRef="journey 7")
    person = world.person(2, "new@example.com")
    assert content["SubscriberInformation"]["SubscriberID"] == person["SubscriberID"]
    assert (person["SubscriptionStatus"], person["SubscriptionSource"]) == ("Subscribed", "Other")
    assert told(world.bridge.events) == [("subscription", 2)]


def test_every_code_that_the_demo_knows(world):
    def code(**changed):
        return world.code("subscriber.create", **{**TAKEN, **changed})

    assert code(ListID="") == 1
    assert code(EmailAddress="") == 2
    assert code(EmailAddress="nobody") == 3
    assert (code(ListID=9), code(ListID=99)) == (4, 4)
    assert code(BounceType="Odd") == 5
    assert code(Status="Odd") == 6
    assert code(SubscriptionDate="2026-02-31") == 7
    assert code(SubscriptionDate="") == 8
    assert code(SubscriptionIP="") == 9
    assert code(SubscriptionIP="300.1.1.1") == 10
    assert code(EmailAddress=BOB) == 20
    assert code(EmailAddress=GONE) == 21
    assert code(ListID=1, EnforceRequiredFields=True) == 26
    assert world.code("subscriber.create", key=POWERLESS_KEY, **TAKEN) == 99999


def test_who_has_left_is_brought_back_on_request(world):
    assert world.code("subscriber.create", **{**TAKEN, "EmailAddress": GONE}) == 21
    back = {**TAKEN, "EmailAddress": GONE, "UpdateIfUnsubscribed": True}
    assert world.code("subscriber.create", **back) == 0
    assert world.status(2, GONE) == "Subscribed"


@dataclass
class ThroughFlask:
    """Requests to the host's API go to the demo's application."""

    app: Flask

    def send(self, request: Request) -> Response:
        given = {"method": request.method, "headers": dict(request.headers)}
        answer = self.app.test_client().open("/api.php", data=request.body, **given)
        return Response(answer.status_code, None, answer.data, None, 1)


@pytest.fixture
def journeys(world):
    """The add-on beside the demo's host, with its API."""
    settings = Settings(
        world.engine.url.render_as_string(hide_password=False),
        host_writes="api",
        host_api_url="http://host.example/api.php",
        encryption_keys=("YSBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXRlcyBiaWc=",),
        delivery_threads=1,
    )
    Tables("jny_").metadata.create_all(world.engine)
    return build(settings, Parts(transport=ThroughFlask(world.app), wake=lambda: None))


def go(services, world, *steps):
    """Ada is on list 3 and takes these steps."""
    world.join(3, ADA)
    world.bridge.events.clear()
    text = journey(*steps, lists=None)
    journey_id = services.authoring.import_text(OWNER, text, "cli")
    services.authoring.enable(OWNER, journey_id, "cli")
    ada = world.person(3, ADA)["SubscriberID"]
    services.enrolling.enroll(OWNER, journey_id, 3, [ada])
    for _ in range(12):
        services.executor.tick()
        services.deliverer.deliver()
    (row,) = services.reading.people(OWNER, journey_id, PeopleFilter())
    return row, services.reading.person(OWNER, journey_id, row.enrollment_id)


def results(page):
    return [m.detail["result"] for m in page.moments if m.detail and "result" in m.detail]


def test_a_journey_subscribes_through_the_hosts_api(world, journeys):
    row, page = go(journeys, world, step("Subscribe", list_id=2))
    assert (row.end_reason, results(page)) == ("completed", ["subscribed"])
    assert world.status(2, ADA) == "Subscribed"
    assert told(world.bridge.events) == [("subscription", 2)]


def test_the_host_asks_for_a_confirmation_itself(world, journeys):
    world.rules(2, OptInMode="Double")
    _, page = go(journeys, world, step("Subscribe", list_id=2))
    assert results(page) == ["asked_to_confirm"]
    assert world.status(2, ADA) == "Opt-In Pending"


def test_a_journey_unsubscribes_and_the_person_leaves_it(world, journeys):
    row, _ = go(journeys, world, step("Unsubscribe"), step("Subscribe", list_id=2))
    assert row.end_reason == "unsubscribed"
    assert (world.status(3, ADA), world.status(2, ADA)) == ("Unsubscribed", None)


def test_a_journey_deletes_and_is_over(world, journeys):
    row, _ = go(journeys, world, step("DeleteSubscriber"))
    assert (row.end_reason, world.status(3, ADA)) == ("subscriber_deleted", None)
    assert told(world.bridge.events) == [("subscriber_deleted", 3)]


def test_a_key_without_the_right_holds_with_the_reason(world, journeys):
    groups = world.tables.user_groups
    with world.engine.begin() as connection:
        connection.execute(groups.update().values(Permissions="Lists.Get"))
    row, _ = go(journeys, world, step("Subscribe", list_id=2))
    assert (row.state, row.cause) == ("held", "api_rights")
    assert row.cause_text == "The account's API key may not do this in the host."
