"""What the commands of the host's API do and answer when all is well; on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.demo.api_world import OWNER_KEY, STRANGER_KEY, ApiWorld
from tests.demo.conftest import addresses
from tests.demo.lists_world import E_MAIL, IP, OWNER, told

ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("mariadb", marks=pytest.mark.services)]
)
def shared_world(request) -> Iterator[ApiWorld]:
    for url in addresses(request.param, request):
        made = ApiWorld(url)
        yield made
        made.engine.dispose()


@pytest.fixture
def world(shared_world) -> ApiWorld:
    shared_world.begin_anew()
    return shared_world


def rules(field, operator, value=""):
    one = {"type": "fields", "field_id": field, "operator": operator, "value": value}
    return json.dumps([[one]])


def test_subscribing_writes_the_row_with_its_source_and_tells(world):
    content = world.subscribe(1, ADA, CustomField1="Ada", CustomField5="12", SourceRef="x" * 99)
    person = world.person(1, ADA)
    assert content["Success"] is True and content["ErrorCode"] == 0
    assert content["SubscriberID"] == person["SubscriberID"]
    assert content["Subscriber"]["SubscriptionStatus"] == "Subscribed"
    assert (person["CustomField1"], person["CustomField4"]) == ("Ada", "M")
    assert (person["SubscriptionSource"], person["SubscriptionSourceRef"]) == ("API", "x" * 64)
    assert person["SubscriptionIP"] == IP
    assert [row["ValueText"] for row in world.rows("custom_field_values")] == ["12"]
    assert told(world.bridge.events) == [("subscription", 1)]


def test_an_unknown_source_is_kept_as_unknown(world):
    world.subscribe(2, ADA, Source="Fax")
    assert world.person(2, ADA)["SubscriptionSource"] == "Unknown"


def test_several_lists_are_joined_at_once_and_the_first_decides(world):
    world.join(3, ADA)
    content = world.subscribe("1,2,3,99,9", ADA, CustomField1="Ada")
    assert content["SubscriberID"] == world.person(1, ADA)["SubscriberID"]
    assert told(world.bridge.events) == [("subscription", 1), ("subscription", 2)]
    assert world.count(9) == 0


def test_on_a_double_list_the_person_is_pending_and_nothing_is_told(world):
    world.rules(2, OptInMode="Double", SubscriptionConfirmationPendingPageURL="https://p.example/")
    content = world.subscribe(2, ADA)
    assert content["Subscriber"]["SubscriptionStatus"] == "Opt-In Pending"
    assert content["RedirectURL"] == "https://p.example/"
    assert world.bridge.events == []


def test_a_required_field_that_is_not_sent_is_checked_only_on_request(world):
    assert world.subscribe(1, ADA)["ErrorCode"] == 0
    enforced = world.subscribe(1, BOB, EnforceRequiredFields="yes")
    assert enforced["ErrorCode"] == 6


@pytest.mark.parametrize("by", ["EmailAddress", "SubscriberID"])
def test_one_person_leaves_by_address_or_id(world, by):
    world.join(2, ADA)
    who = ADA.upper() if by == "EmailAddress" else world.person(2, ADA)["SubscriberID"]
    values = {"ListID": 2, "IPAddress": "192.0.2.9", by: who, "Channel": "CRM", "EmailID": E_MAIL}
    assert world.code("subscriber.unsubscribe", key="", **values) == 0
    assert world.person(2, ADA)["UnsubscriptionIP"] == "192.0.2.9"
    (row,) = world.rows("stats_unsubscription")
    assert (row["Channel"], row["RelEmailID"]) == ("CRM", E_MAIL)
    assert told(world.bridge.events) == [("unsubscription", 2)]


def test_a_preview_changes_nothing(world):
    world.join(2, ADA)
    values = {"ListID": 2, "IPAddress": IP, "EmailAddress": ADA, "Preview": 1}
    assert world.code("subscriber.unsubscribe", **values) == 0
    assert world.status(2, ADA) == "Subscribed" and world.bridge.events == []


def test_rules_let_many_leave_and_an_empty_rule_only_the_one_named(world):
    for address in (ADA, BOB, "cid@example.com"):
        world.join(2, address)
    values = {"ListID": 2, "IPAddress": IP, "RulesOperator": "and"}
    assert world.code("subscriber.unsubscribe", **values, RulesJSON="", EmailAddress=ADA) == 0
    assert [world.status(2, one) for one in (ADA, BOB)] == ["Unsubscribed", "Subscribed"]
    some = rules("EmailAddress", "contains", "BOB")
    assert world.code("subscriber.unsubscribe", **values, RulesJSON=some) == 0
    assert world.status(2, BOB) == "Unsubscribed"
    assert world.status(2, "cid@example.com") == "Subscribed"


@pytest.mark.parametrize(
    ("parameters", "scopes"),
    [
        ({}, {(2, OWNER)}),
        ({"BypassListSuppressionSettings": "true"}, set()),
        ({"AddToGlobalSuppression": "true"}, {(2, OWNER), (0, OWNER)}),
        ({"AddToGlobalSuppression": 1, "BypassListSuppressionSettings": 1}, {(0, OWNER)}),
    ],
)
def test_leaving_follows_the_suppression_options(world, parameters, scopes):
    world.rules(2, OptOutAddToSuppressionList="Yes")
    world.join(2, ADA)
    values = {"ListID": 2, "IPAddress": IP, "EmailAddress": ADA, **parameters}
    assert world.code("subscriber.unsubscribe", **values) == 0
    rows = world.rows("suppression_list")
    assert {(row["RelListID"], row["RelOwnerUserID"]) for row in rows} == scopes


@pytest.mark.parametrize(
    ("version", "key", "code"),
    [
        ("5.9.4", "", 0),
        ("6.0.1", "", 12),
        ("6.0.1", STRANGER_KEY, 12),
        ("6.0.1", OWNER_KEY, 0),
    ],
)
def test_from_version_six_on_leaving_needs_the_key_of_the_owner(world, version, key, code):
    world.version(version)
    world.join(2, ADA)
    values = {"ListID": 2, "IPAddress": IP, "EmailAddress": ADA}
    assert world.code("subscriber.unsubscribe", key=key, **values) == code
    assert world.status(2, ADA) == ("Unsubscribed" if code == 0 else "Subscribed")


def test_fields_are_updated_whatever_the_case_of_their_names(world):
    world.join(1, ADA)
    who = {"SubscriberID": 1, "SubscriberListID": 1}
    fields = {"customFIELD1": "Zoë", "5": "9", "CustomField3": "2000-02-29"}
    assert world.code("subscriber.update", **who, Fields=fields, EmailAddress=BOB) == 0
    person = world.person(1, BOB)
    assert (person["CustomField1"], person["CustomField3"]) == ("Zoë", "2000-02-29")
    assert [row["EmailAddress"] for row in world.rows("custom_field_values")] == [BOB]
    assert world.bridge.events == []


def test_only_given_fields_are_checked_on_request(world):
    world.join(1, ADA)
    values = {"SubscriberID": 1, "SubscriberListID": 1, "Fields": {"CustomField4": "S"}}
    assert world.code("subscriber.update", **values) == 8
    values |= {"IgnoreAllOtherCustomFieldsExceptGivenOnes": "true"}
    assert world.code("subscriber.update", **values) == 0
    assert world.person(1, ADA)["CustomField4"] == "S"


def test_a_value_that_breaks_the_fields_rule_is_stored_unless_checks_are_enforced(world):
    world.join(1, ADA)
    values = {"SubscriberID": 1, "SubscriberListID": 1}
    fields = {"CustomField1": "A", "CustomField5": "many"}
    assert world.code("subscriber.update", **values, Fields=fields, EnforceRequiredFields=1) == 10
    assert world.code("subscriber.update", **values, Fields=fields) == 0
    assert [row["ValueText"] for row in world.rows("custom_field_values")] == ["many"]


@pytest.mark.parametrize(("trigger", "events"), [({}, 1), ({"TriggerEvents": "false"}, 0)])
def test_a_new_status_is_told_unless_events_are_off(world, trigger, events):
    world.join(2, ADA)
    values = {"SubscriberID": 1, "SubscriberListID": 2, "SubscriptionStatus": "Unsubscribed"}
    assert world.code("subscriber.update", **values, **trigger) == 0
    assert world.status(2, ADA) == "Unsubscribed" and world.active(2) == 0
    assert len(world.bridge.events) == events


def test_a_subscriber_is_told_with_fields_of_list_and_account(world):
    world.join(1, ADA)
    world.suppress(0, OWNER, ADA)
    world.call("subscriber.update", SubscriberID=1, SubscriberListID=1, Fields={"1": "A", "5": "7"})
    for who in ({"SubscriberID": 1}, {"EmailAddress": ADA.upper()}):
        content = world.call("subscriber.get", ListID=1, **who)
        information = content["SubscriberInformation"]
        assert information["SubscriberID"] == 1
        assert (information["CustomField1"], information["CustomField5"]) == ("A", "7")
        assert content["Suppressed"] is True
        assert content["SubscriberTags"] == []


def test_subscribers_are_deleted_by_ids_or_rules(world):
    for address in (ADA, BOB, "cid@example.com"):
        world.join(2, address)
    assert world.code("subscribers.delete", SubscriberListID=2, Subscribers="1, 77") == 0
    some = rules("EmailAddress", "is", BOB)
    values = {"SubscriberListID": 2, "RulesJSON": some, "RulesOperator": "and"}
    assert world.code("subscribers.delete", **values) == 0
    assert world.count(2) == world.active(2) == 1
    told_of = [(event.type, event.subscriber_id) for event in world.bridge.events]
    assert told_of == [("subscriber_deleted", 1), ("subscriber_deleted", 2)]


def test_entries_of_the_suppression_list_are_deleted_on_request(world):
    world.suppress(2, OWNER, ADA)
    world.suppress(0, 0, ADA)
    values = {"SubscriberListID": 2, "Subscribers": "1,2", "Suppressed": "true"}
    assert world.code("subscribers.delete", **values) == 0
    assert [row["RelOwnerUserID"] for row in world.rows("suppression_list")] == [0]


def test_lists_come_in_pages_sorted_and_searched(world):
    world.rules(3, Description="About soup", Options='{"a": true}')
    world.rules(2, ArchivedAt="2026-01-01 00:00:00")
    content = world.call("lists.get", RecordsPerRequest=1, OrderField="Name", OrderType="DESC")
    assert content["TotalListCount"] == 2
    (row,) = content["Lists"]
    assert (row["ListID"], row["Options"], row["SubscriberCount"]) == (3, {"a": True}, 0)
    assert len(row["EncryptedSaltedListID"]) == 32
    for parameters, ids in (
        ({"Archived": "true"}, [2]),
        ({"Archived": "all"}, [1, 2, 3]),
        ({"Search": "SOUP"}, [3]),
        ({"RecordsFrom": 1}, [3]),
    ):
        found = world.call("lists.get", **parameters)["Lists"]
        assert [row["ListID"] for row in found] == ids


def test_custom_fields_come_as_text_with_their_options(world):
    content = world.call("customfields.get", SubscriberListID=1, OrderField="CustomFieldID")
    assert [row["CustomFieldID"] for row in content["CustomFields"]] == ["1", "2", "3", "4"]
    size = content["CustomFields"][3]
    assert size["Options"][1] == {"label": "M", "value": "M", "is_selected": "true"}
    values = {"SubscriberListID": 1, "ReturnGlobalCustomFields": "true"}
    assert world.call("customfields.get", **values)["TotalFieldCount"] == 5


def test_emails_come_raw_or_by_id_in_a_tidier_shape(world):
    (raw,) = world.call("emails.get")["Emails"]
    assert (raw["EmailID"], raw["RelUserID"]) == (str(E_MAIL), str(OWNER))
    assert "Attachments" not in raw
    (tidy,) = world.call("emails.get", EmailIDs=f"{E_MAIL},99,x")["Emails"]
    assert (tidy["EmailID"], tidy["Attachments"]) == (E_MAIL, [])
    (short,) = world.call("emails.get", EmailIDs=str(E_MAIL), Fields="Subject,Nonsense")["Emails"]
    assert short == {"EmailID": E_MAIL, "Subject": "Hello"}


def test_the_user_is_told_without_secrets_and_with_permissions_as_text(world):
    content = world.call("user.current")
    info = content["UserInfo"]
    assert info["UserID"] == 1 and info["GroupInfo"]["UserGroupID"] == "1"
    assert "Subscriber.Update" in info["GroupInfo"]["Permissions"].split(",")
    assert "Password" not in info and OWNER_KEY not in json.dumps(content)
