"""What lists do when people join, leave and are deleted; on both databases and both flavours."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import inspect

from demo import autoresponders
from demo.autoresponders import due
from demo.joining import Joining, Refused
from tests.demo.conftest import addresses
from tests.demo.lists_world import E_MAIL, IP, NOW, OWNER, STRANGER, ListsWorld, told

ADA = "ada@example.com"


@pytest.fixture(
    scope="module",
    params=[
        ("sqlite", "v5"),
        ("sqlite", "v4"),
        pytest.param(("mariadb", "v5"), marks=pytest.mark.services),
        pytest.param(("mariadb", "v4"), marks=pytest.mark.services),
    ],
    ids=["sqlite-v5", "sqlite-v4", "mariadb-v5", "mariadb-v4"],
)
def shared_world(request) -> Iterator[ListsWorld]:
    database, flavour = request.param
    for url in addresses(database, request):
        made = ListsWorld(url, flavour)
        yield made
        made.engine.dispose()


@pytest.fixture
def world(shared_world) -> ListsWorld:
    shared_world.begin_anew()
    return shared_world


def is_v5(world: ListsWorld) -> bool:
    return world.tables.flavour.name == "v5"


def test_who_joins_is_subscribed_with_date_address_and_source(world):
    events = world.join(1, ADA, CustomField3=NOW.date())
    person = world.person(1, ADA.upper())
    assert person["SubscriptionStatus"] == "Subscribed"
    assert person["SubscriptionIP"] == IP
    assert person["SubscriptionDate"].startswith("2026-11-22")
    assert person["OptInDate"].startswith("2026-11-22")
    assert person["UnsubscriptionDate"].startswith("0000-00-00")
    assert (person["CustomField3"], person["CustomField4"]) == ("2026-11-22", "M")
    assert told(events) == [("subscription", 1)]
    assert events[0].subscriber_id == person["SubscriberID"]
    (day,) = world.rows("stats_activity", RelListID=1)
    assert (day["TotalSubscriptions"], day["StatisticsDate"]) == (1, "2026-11-22")
    if is_v5(world):
        assert person["SubscriptionDate"] == "2026-11-22 12:00:00"
        assert (person["SubscriptionSource"], person["OptInIP"]) == ("Manual", IP)
        assert world.active(1) == 1


def test_on_a_double_list_nothing_is_told_until_the_person_confirms(world):
    world.rules(2, OptInMode="Double", OptInSubscribeTo=3)
    assert world.join(2, ADA) == []
    assert world.status(2, ADA) == "Opt-In Pending"
    assert world.person(2, ADA)["OptInDate"].startswith("0000-00-00")
    assert world.status(3, ADA) is None
    events = world.member.confirm(world.list(2), world.person(2, ADA))
    assert told(events) == [("subscription", 2), ("subscription", 3)]
    assert world.status(2, ADA) == world.status(3, ADA) == "Subscribed"
    with pytest.raises(Refused, match="not waiting"):
        world.member.confirm(world.list(2), world.person(2, ADA))


def test_who_is_there_already_is_refused_and_who_left_comes_back_as_the_same_subscriber(world):
    world.join(2, ADA)
    before = world.person(2, ADA)
    with pytest.raises(Refused) as refused:
        world.join(2, ADA.swapcase())
    assert refused.value.reason == "duplicate"
    world.leave(2, ADA)
    assert told(world.join(2, ADA)) == [("subscription", 2)]
    after = world.person(2, ADA)
    assert after["SubscriberID"] == before["SubscriberID"]
    assert after["UnsubscriptionDate"].startswith("0000-00-00")
    assert world.count(2) == 1


@pytest.mark.parametrize(
    ("joining", "reason", "field"),
    [
        (Joining(ADA, {"CustomField1": None}), "required", 1),
        (Joining(ADA, {}, enforce=True), "required", 1),
        (Joining(ADA, {"CustomField1": "Ada", "CustomField2": "taken"}), "not unique", 2),
    ],
)
def test_a_required_field_is_filled_in_and_a_unique_one_not_repeated(world, joining, reason, field):
    world.join(1, "first@example.com", CustomField2="taken")
    with pytest.raises(Refused) as refused:
        world.member.subscribe(world.list(1), joining)
    assert (refused.value.reason, refused.value.field_id) == (reason, field)
    assert world.status(1, ADA) is None


def test_somebody_who_comes_back_may_keep_their_own_unique_value(world):
    world.join(1, ADA, CustomField2="mine")
    world.leave(1, ADA)
    assert told(world.join(1, ADA, CustomField2="mine")) == [("subscription", 1)]


def test_values_of_the_account_go_by_address(world):
    joining = Joining(ADA, account={5: "12"})
    world.member.subscribe(world.list(2), joining)
    world.member.subscribe(world.list(3), Joining(ADA, account={5: "13"}))
    assert [row["ValueText"] for row in world.rows("custom_field_values", RelFieldID=5)] == ["13"]


@pytest.mark.parametrize(
    ("list_id", "owner_id", "refused"),
    [
        (2, OWNER, True),
        (0, OWNER, True),
        (0, 0, True),
        (3, OWNER, False),
        (0, STRANGER, False),
        (2, STRANGER, False),
    ],
)
def test_who_is_suppressed_for_list_account_or_host_is_refused(world, list_id, owner_id, refused):
    world.suppress(list_id, owner_id, ADA.upper())
    if not refused:
        assert told(world.join(2, ADA)) == [("subscription", 2)]
        return
    with pytest.raises(Refused) as refusal:
        world.join(2, ADA)
    assert refusal.value.reason == "suppressed"
    assert world.status(2, ADA) is None


def test_chains_lead_on_and_come_to_an_end_where_lists_point_at_one_another(world):
    world.rules(1, OptInSubscribeTo=2)
    world.rules(2, OptInSubscribeTo=3)
    world.rules(3, OptInSubscribeTo=1)
    assert told(world.join(1, ADA)) == [
        ("subscription", 1),
        ("subscription", 2),
        ("subscription", 3),
    ]
    assert [world.count(list_id) for list_id in (1, 2, 3)] == [1, 1, 1]


def test_joining_one_list_can_end_another(world):
    world.rules(2, OptInUnsubscribeFrom=3)
    world.join(3, ADA)
    assert told(world.join(2, ADA)) == [("subscription", 2), ("unsubscription", 3)]
    assert world.status(3, ADA) == "Unsubscribed"


def test_a_chain_passes_over_lists_of_others_and_people_who_may_not_join(world):
    world.rules(1, OptInSubscribeTo=9)
    assert told(world.join(1, ADA)) == [("subscription", 1)]
    assert world.count(9) == 0
    world.rules(2, OptInSubscribeTo=3)
    world.suppress(3, OWNER, ADA)
    assert told(world.join(2, ADA)) == [("subscription", 2)]
    assert world.count(3) == 0


def test_leaving_is_written_counted_and_told(world):
    world.join(2, ADA)
    events = world.leave(2, ADA, channel="Preferences", campaign_id=4, email_id=E_MAIL)
    person = world.person(2, ADA)
    assert person["SubscriptionStatus"] == "Unsubscribed"
    assert person["UnsubscriptionDate"].startswith("2026-11-22")
    assert person["UnsubscriptionIP"] == IP
    assert told(events) == [("unsubscription", 2)]
    (gone,) = world.rows("stats_unsubscription")
    assert (gone["Channel"], gone["RelCampaignID"], gone["RelEmailID"]) == (
        "Preferences",
        4,
        E_MAIL,
    )
    assert (gone["RelListID"], gone["RelSubscriberID"]) == (2, person["SubscriberID"])
    (day,) = world.rows("stats_activity", RelListID=2)
    assert (day["TotalSubscriptions"], day["TotalUnsubscriptions"]) == (1, 1)
    assert world.rows("suppression_list") == []
    if is_v5(world):
        assert world.active(2) == 0
    with pytest.raises(Refused):
        world.leave(2, ADA)


def test_all_lists_are_left_where_the_list_says_so_and_those_of_others_are_not(world):
    world.rules(1, OptOutScope="All lists")
    for list_id in (1, 2, 3, 9):
        world.join(list_id, ADA)
    events = world.leave(1, ADA)
    assert told(events) == [("unsubscription", 1), ("unsubscription", 2), ("unsubscription", 3)]
    assert world.status(9, ADA) == "Subscribed"


def test_opt_out_chains_lead_out_of_one_list_and_into_another(world):
    world.rules(1, OptOutUnsubscribeFrom=2, OptOutSubscribeTo=3)
    world.join(1, ADA)
    world.join(2, ADA)
    assert told(world.leave(1, ADA)) == [
        ("unsubscription", 1),
        ("unsubscription", 2),
        ("subscription", 3),
    ]


@pytest.mark.parametrize(
    ("rules", "how", "scopes"),
    [
        ({"OptOutAddToSuppressionList": "Yes"}, {}, {(2, OWNER)}),
        ({"OptOutAddToGlobalSuppressionList": "Yes"}, {}, {(0, OWNER)}),
        (
            {"OptOutAddToSuppressionList": "Yes", "OptOutAddToGlobalSuppressionList": "Yes"},
            {},
            {(2, OWNER), (0, OWNER)},
        ),
        ({"OptOutAddToSuppressionList": "Yes"}, {"spare": True}, set()),
        ({"OptOutAddToSuppressionList": "Yes"}, {"spare": True, "everywhere": True}, {(0, OWNER)}),
        ({"OptOutScope": "This list"}, {"everywhere": True}, {(0, OWNER)}),
    ],
)
def test_who_leaves_is_remembered_as_the_list_says_and_cannot_come_back(world, rules, how, scopes):
    world.rules(2, **rules)
    world.join(2, ADA)
    world.leave(2, ADA, **how)
    rows = world.rows("suppression_list", EmailAddress=ADA)
    assert {(row["RelListID"], row["RelOwnerUserID"]) for row in rows} == scopes
    assert len(rows) == len(scopes)
    if scopes:
        with pytest.raises(Refused):
            world.join(2, ADA)


def test_an_autoresponder_starts_with_the_subscription_and_stops_with_its_end(world):
    values = {
        "AutoResponderName": "Hello",
        "RelEmailID": E_MAIL,
        "AutoResponderTriggerType": "OnSubscription",
        "TriggerTimeType": "Hours later",
        "TriggerTime": 2,
    }
    with world.engine.begin() as connection:
        autoresponders.add_responder(connection, world.tables, world.list(2), values)
        paused = values | {"Status": "Disabled"}
        autoresponders.add_responder(connection, world.tables, world.list(2), paused)
    world.join(2, ADA)
    world.join(3, ADA)
    with world.engine.connect() as connection:
        (row,) = autoresponders.queued(connection, world.tables, world.list(2))
    assert (row.EmailAddress, row.EmailName, row.AutoResponderName) == (ADA, "Hello", "Hello")
    assert (row.QueuedAt, row.TimeToSend) == ("2026-11-22 12:00:00", "2026-11-22 14:00:00")
    assert row.Status == "Pending"
    world.leave(2, ADA)
    assert [row["Status"] for row in world.rows("transactional_email_queue")] == ["Failed"]


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (0, "Immediately", NOW),
        (90, "Seconds later", NOW + timedelta(seconds=90)),
        (2, "Weeks later", NOW + timedelta(days=14)),
        (3, "Months later", NOW.replace(year=2027, month=2)),
        (2, "Months later", NOW.replace(year=2027, month=1)),
    ],
)
def test_an_autoresponder_is_due_after_its_time(amount, unit, expected):
    assert due(NOW, amount, unit) == expected


def test_a_month_without_that_day_ends_on_its_last(world):
    assert due(NOW.replace(day=30), 3, "Months later") == NOW.replace(year=2027, month=2, day=28)


def test_who_is_deleted_is_gone_and_told_with_the_address(world):
    world.join(2, ADA)
    world.join(2, "bob@example.com")
    ids = [world.person(2, ADA)["SubscriberID"], 12345]
    (event,) = world.member.delete(world.list(2), ids)
    assert (event.type, event.subscriber_id, event.email) == ("subscriber_deleted", ids[0], ADA)
    assert world.status(2, ADA) is None and world.count(2) == 1
    if is_v5(world):
        assert world.active(2) == 1


def test_a_deleted_list_takes_everything_of_its_own_along(world):
    world.join(1, ADA)
    world.rules(2, OptInSubscribeTo=1)
    world.suppress(1, OWNER, "x@example.com")
    world.suppress(0, OWNER, "y@example.com")
    (event,) = world.member.delete_list(world.list(1))
    assert event.payload() | {"id": ""} == {
        "id": "",
        "type": "list_deleted",
        "occurred_at": "2026-11-22T12:00:00Z",
        "list_id": 1,
        "subscriber_id": 0,
        "email": None,
        "data": {},
    }
    assert not inspect(world.engine).has_table("oempro_subscribers_1")
    assert world.rows("subscriber_lists", ListID=1) == []
    assert world.rows("custom_fields", RelListID=1) == []
    assert [row["EmailAddress"] for row in world.rows("suppression_list")] == ["y@example.com"]
    assert told(world.join(2, ADA)) == [("subscription", 2)]


def test_a_change_of_status_alone_is_counted_and_told_without_behaviours(world):
    world.rules(2, OptOutAddToSuppressionList="Yes")
    world.join(2, ADA)
    of, person = world.list(2), world.person(2, ADA)
    events = world.member.update(of, person, {"SubscriptionStatus": "Unsubscribed"}, {})
    assert told(events) == [("unsubscription", 2)]
    assert world.rows("suppression_list") == world.rows("stats_unsubscription") == []
    events = world.member.update(of, world.person(2, ADA), {"SubscriptionStatus": "Subscribed"}, {})
    assert told(events) == [("subscription", 2)]
    if is_v5(world):
        assert world.active(2) == 1


def test_two_who_subscribe_one_address_at_once_make_one_subscriber(mysql_url):
    world = ListsWorld(mysql_url)
    world.rules(2, OptInSubscribeTo=3)
    world.rules(3, OptInSubscribeTo=2)

    def attempt(number: int) -> str:
        try:
            world.join(2 + number % 2, ADA)
        except Refused as refusal:
            return refusal.reason
        return "joined"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(16)))
    assert sorted(outcomes) == ["duplicate"] * 15 + ["joined"]
    assert world.count(2) == world.count(3) == world.active(2) == world.active(3) == 1
    world.engine.dispose()
