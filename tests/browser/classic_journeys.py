"""Journeys that use every trigger and every action, for the demo's first user.

Ids of the sample data: lists 1 (Welcome list) and 4 (Shop customers, which all lists are left
with), fields 2 (last name), 3 (city) and 29 (loyalty points, of the account), e-mails 1, 6 and 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

WELCOME, SHOP = 1, 4
LAST_NAME, CITY, POINTS = 2, "CustomField3", 29
CLICKED, FORGOTTEN, LEFT = 1, 6, 7  #: e-mails, by what is done with them
OPENS_IN = timedelta(hours=3)  #: the window for which people wait

Document = Mapping[str, Any]


def step(action: str, params: Mapping[str, Any] | None = None, **more: Any) -> Document:
    return {"action": action, "params": params or {}, **more}


def wait(amount: int, unit: str, **more: Any) -> Document:
    return step("Wait", {"amount": amount, "unit": unit, **more})


def document(name: str, trigger: Mapping[str, Any], *steps: Document, **more: Any) -> Document:
    return {"format": 1, "name": name, "trigger": trigger, "steps": list(steps), **more}


def on(kind: str, **params: Any) -> Document:
    return {"type": kind, "params": params}


def triggers() -> Iterator[tuple[Document, str]]:
    """One journey for each trigger, through in a moment, and how somebody is said to enter it."""
    through, again = step("ExitThisJourney"), {"reentry": {"rule": "every_time"}}
    page = {"match": "prefix", "value": f"https://example.com/{CLICKED}/"}
    for name, trigger, entered in (
        ("Any list", on("ListSubscription"), "subscribed"),
        ("Two lists", on("ListSubscription", list_ids=[3, WELCOME]), "subscribed"),
        ("Opens", on("EmailOpen", email_ids=[CLICKED]), "opened an e-mail"),
        ("Clicks", on("EmailLinkClick", url=page), "clicked a link"),
        ("Converts", on("EmailConversion", minimum=20), "converted"),
        ("Leaves", on("ListUnsubscription", list_ids=[WELCOME]), "unsubscribed"),
    ):
        yield document(name, trigger, through, **again), entered


def actions(second: int) -> Iterator[Document]:
    """Each action somewhere. `second` is the id of a journey that others start."""
    opens = datetime.now(UTC) + OPENS_IN
    closed = {"from": f"{opens:%H:%M}", "to": f"{opens + timedelta(hours=1):%H:%M}"}
    always = {"from": "00:00", "to": "00:00"}
    in_oslo = {"all": [{"field": CITY, "operator": "is", "value": "Oslo"}]}
    on_shop = {"all": [{"list": SHOP, "operator": "subscribed"}]}
    yield document(
        "Everything",
        {"type": "Manual"},
        step("UpdateCustomFieldValue", {"field": LAST_NAME, "value": NAMED}),
        step(
            "UpdateCustomFieldValue", {"field": POINTS, "value": "1{{ Subscriber:SubscriberID }}"}
        ),
        step("Decision", {"criteria": in_oslo}, branches={"true": _in_oslo(on_shop)}),
        wait(1, "seconds", window=always),
        step("StartJourney", {"journey_id": second}),
        wait(1, "seconds"),
        step("ExitJourney", {"journey_ids": [second]}),
        wait(1, "seconds", window=closed),
        time_zone="UTC",
        unsubscribed="continue",
    )
    yield document("Shop opens", on("ListSubscription", list_ids=[SHOP]), wait(9, "days"))
    yield document(
        "Away",
        on("EmailLinkClick", url={"match": "contains", "value": f"/{LEFT}/"}),
        step("Unsubscribe", {"list_id": SHOP}),
        unsubscribed="continue",
    )
    leaving = on("ListUnsubscription", list_ids=[SHOP])
    yield document("Goodbye", leaving, step("ExitAllJourneys"), unsubscribed="continue")
    yield document("Forget", on("EmailOpen", email_ids=[FORGOTTEN]), step("DeleteSubscriber"))


#: The value of the field of the list, and what it becomes of Ann.
NAMED = "of {{ uppercase Subscriber:City }} <{{ Subscriber:FirstName }}>"


def _in_oslo(on_shop: Mapping[str, Any]) -> list[Document]:
    message = {"who": "{{ Subscriber:EmailAddress }}", "name": "{{ Subscriber:LastName }}"}
    told = step("Webhook", {"url": "$inbox/shopper", "body": message, "secret": "default"})
    return [
        step("Subscribe", {"list_id": SHOP}),
        step("YesNo", {"criteria": on_shop}, branches={"true": [told]}),
    ]
