"""The fixed part of the sample data: groups, users, lists, e-mails and campaigns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from werkzeug.security import generate_password_hash

#: The same for all three users; it is shown on the log-in page.
DEMO_PASSWORD = "journeys-demo"

_VIEW = ("Lists.Get", "List.Get", "Subscribers.Get", "Campaigns.Get", "Campaign.Get")
_VIEW_MORE = ("CustomFields.Get", "Segments.Get", "Plugin.octjourneys")
_VIEW_MAILS = ("AutoResponders.Get",)
_EDIT = ("Campaign.Update", "Subscriber.Update", "Subscribers.Import")
_ALL = ("Campaign.Create", "Campaign.Delete", "List.Create", "List.Update", "CustomField.Create")
_AND_DELETE = ("List.Delete", "Subscribers.Delete", "AutoResponder.Create", "AutoResponder.Update")

_GROUPS = (
    (1, "Marketing managers", _VIEW + _VIEW_MORE + _VIEW_MAILS + _EDIT + _ALL + _AND_DELETE),
    (2, "Editors", _VIEW + _VIEW_MORE + _VIEW_MAILS + _EDIT),
    (3, "Analysts", _VIEW + _VIEW_MORE + _VIEW_MAILS),
)
_USERS = (
    (1, "manager", "Mara", "Manager", "Europe/Berlin"),
    (2, "editor", "Eddy", "Editor", "America/New_York"),
    (3, "analyst", "Ana", "Analyst", "Asia/Kolkata"),
)

#: List: id, name, owner, opt-in, opt-out scope, share of all subscribers.
LISTS = (
    (1, "Welcome list", 1, "Single", "This list", 0.24),
    (2, "Monthly news", 1, "Double", "This list", 0.30),
    (3, "Product trials", 1, "Single", "This list", 0.12),
    (4, "Shop customers", 1, "Single", "All lists", 0.20),
    (5, "Recipes of the week", 2, "Single", "This list", 0.10),
    (6, "Reader panel", 3, "Single", "This list", 0.04),
)
#: Chains: who joins a list joins that other one too, and leaves both together.
CHAINS = {3: {"OptInSubscribeTo": 1, "OptOutUnsubscribeFrom": 1}}
#: Campaign: id, owner, name, e-mail, list, days before now that it was sent.
CAMPAIGNS = (
    (1, 1, "Monthly news, early", 3, 2, 90),
    (2, 1, "Spring offer", 5, 4, 12),
    (3, 2, "Soup of the week", 8, 5, 45),
)
#: Tag: id, list, name.
TAGS = (
    (1, 1, "new here"),
    (2, 1, "engaged"),
    (3, 4, "customer"),
    (4, 4, "vip"),
    (5, 4, "cart left"),
    (6, 3, "trial"),
    (7, 5, "vegetarian"),
)
_CHAIN_COLUMNS = ("OptInSubscribeTo", "OptOutUnsubscribeFrom")


def user_groups() -> list[dict[str, Any]]:
    return [
        {"UserGroupID": id_, "GroupName": name, "Permissions": ",".join(permissions)}
        for id_, name, permissions in _GROUPS
    ]


def users(now: datetime) -> list[dict[str, Any]]:
    """One user per group, each in another time zone."""
    password = generate_password_hash(DEMO_PASSWORD, method="scrypt:1024:8:1")
    return [
        {
            "UserID": id_,
            "RelUserGroupID": id_,
            "EmailAddress": f"{name}@example.com",
            "Username": name,
            "Password": password,
            "FirstName": first,
            "LastName": last,
            "CompanyName": "Example Mail Works",
            "Country": "Nowhere",
            "TimeZone": zone,
            "Language": "en",
            "UserSince": now - timedelta(days=700),
            "LastActivityDateTime": now,
            "APIKey": f"demo-api-key-{id_}",
        }
        for id_, name, first, last, zone in _USERS
    ]


def lists(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "ListID": id_,
            "Name": name,
            "RelOwnerUserID": owner,
            "OptInMode": mode,
            "OptOutScope": scope,
            "OptOutAddToSuppressionList": "Yes" if scope == "All lists" else "No",
            "CreatedOn": now - timedelta(days=600),
            "SenderName": "Example Mail Works",
            "SenderEmailAddress": "hello@example.com",
            "Options": "{}",
            "LastActivityAt": now,
            **dict.fromkeys(_CHAIN_COLUMNS, 0),
            **CHAINS.get(id_, {}),
        }
        for id_, name, owner, mode, scope, _share in LISTS
    ]


def campaigns(now: datetime) -> list[dict[str, Any]]:
    """The campaigns as sent, still without their totals."""
    return [
        {
            "CampaignID": id_,
            "RelOwnerUserID": owner,
            "CampaignStatus": "Sent",
            "CampaignName": name,
            "RelEmailID": email,
            "ScheduleType": "Immediate",
            "SendDate": sent,
            "SendTime": sent,
            "SendTimeZone": "UTC",
            "SendProcessStartedOn": sent,
            "SendProcessFinishedOn": sent + timedelta(minutes=9),
            "CreateDateTime": sent - timedelta(days=2),
        }
        for id_, owner, name, email, _list, days in CAMPAIGNS
        for sent in [now - timedelta(days=days)]
    ]


def segments() -> list[dict[str, Any]]:
    """Two small segments with rules in the host's alternating form."""
    rules = (
        (1, 1, "In Oslo", [[{"type": "fields", "field_id": 3, "operator": "is", "value": "Oslo"}]]),
        (2, 4, "Gold", [[{"type": "fields", "field_id": 25, "operator": "is", "value": "gold"}]]),
    )
    return [
        {
            "SegmentID": id_,
            "RelListID": list_id,
            "RelOwnerUserID": 1,
            "SegmentName": name,
            "SegmentOperator": "and",
            "SegmentRulesJson": json.dumps(rule),
            "Options": "{}",
        }
        for id_, list_id, name, rule in rules
    ]


def auto_responders(now: datetime) -> list[dict[str, Any]]:
    """Two for shop customers: one at once, one two days later."""
    plans = (
        (1, "Thank you", 7, "Immediately", 0),
        (2, "Spring offer for new customers", 5, "Days later", 2),
    )
    return [
        {
            "AutoResponderID": id_,
            "AutoResponderName": name,
            "RelOwnerUserID": 1,
            "RelListID": 4,
            "RelEmailID": email,
            "AutoResponderTriggerType": "OnSubscription",
            "TriggerTimeType": unit,
            "TriggerTime": amount,
            "CreatedOn": now - timedelta(days=300),
        }
        for id_, name, email, unit, amount in plans
    ]


def subscriber_tags() -> list[dict[str, Any]]:
    owners = {row[0]: row[2] for row in LISTS}
    return [
        {"TagID": id_, "RelListID": of, "RelOwnerUserID": owners[of], "TagName": name}
        for id_, of, name in TAGS
    ]


def tag_relations(people: Mapping[int, int]) -> list[dict[str, Any]]:
    """Every few people of each list have each of its tags; `people`: how many a list has."""
    return [
        {"RelTagID": id_, "RelListID": of, "RelSubscriberID": subscriber_id}
        for id_, of, _ in TAGS
        for subscriber_id in range(id_, people.get(of, 0) + 1, 5 + id_)
    ]
