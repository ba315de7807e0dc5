"""What is asked of the host after the commit: as calls of its API, or as intents to write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugin.domain.enrollment import EnrollmentId, Subscriber
from plugin.domain.host_codes import HELD, Verdict, no_answer, verdict
from plugin.engine.membership_port import Ask, Prospect, Verb
from plugin.engine.ports import Delivery, Parcel, Request, Response

HEADERS: Mapping[str, str] = {"Content-Type": "application/json"}
#: Nobody's address is known: it is a journey that asks.
NO_IP = "0.0.0.0"
CHANNEL = "Journey"


def call(verb: Verb, ask: Ask, who: EnrollmentId, prospect: Prospect) -> Mapping[str, Any]:
    """The command and its parameters, without the key."""
    subscriber = ask.people[who]
    match verb:
        case "subscribe":
            return _create(ask, subscriber, prospect)
        case "unsubscribe":
            return {
                "Command": "subscriber.unsubscribe",
                "ResponseFormat": "JSON",
                "ListID": ask.list_id,
                "SubscriberID": prospect.rows[who],
                "IPAddress": NO_IP,
                "Channel": CHANNEL,
            }
        case "delete":
            return {
                "Command": "subscribers.delete",
                "ResponseFormat": "JSON",
                "SubscriberListID": ask.list_id,
                "Subscribers": str(prospect.rows[who]),
            }


def _create(ask: Ask, subscriber: Subscriber, prospect: Prospect) -> Mapping[str, Any]:
    """`subscriber.subscribe` would bring back who has left; here that can be forbidden.

    Required fields have been looked at: the host itself would refuse all who do not send the
    account's fields, which are known by address.
    """
    confirmed = {} if prospect.double_opt_in else {"OptInDate": prospect.stamp}
    return {
        "Command": "subscriber.create",
        "ResponseFormat": "JSON",
        "ListID": ask.list_id,
        "EmailAddress": subscriber.email,
        "Status": "Opt-In Pending" if prospect.double_opt_in else "Subscribed",
        "BounceType": "Not Bounced",
        "SubscriptionDate": prospect.stamp,
        "SubscriptionIP": NO_IP,
        **confirmed,
        "UpdateIfDuplicate": ask.revive,
        "UpdateIfUnsubscribed": ask.revive,
        "ApplyBehaviors": True,
        "SendConfirmationEmail": prospect.double_opt_in,
        "UpdateStatistics": True,
        "TriggerWebServices": True,
        "TriggerAutoResponders": True,
        "Source": "Other",
        "SourceRef": ask.source,
    }


def intent(verb: Verb, ask: Ask, who: EnrollmentId) -> Mapping[str, Any]:
    """All that is needed to do it later, and again, with the same events and dates."""
    subscriber = ask.people[who]
    return {
        "verb": verb,
        "list_id": ask.list_id,
        "subscriber_id": subscriber.subscriber_id,
        "email": subscriber.email,
        "at": ask.now.isoformat(),
        "here": ask.here,
        "revive": ask.revive,
        "source": ask.source,
    }


def ask_of(delivery: Delivery) -> tuple[Verb, Ask]:
    """What an intent asks for."""
    given = json.loads(delivery.body)
    subscriber = Subscriber(given["subscriber_id"], given["email"], "", "")
    return given["verb"], Ask(
        user_id=delivery.user_id,
        list_id=given["list_id"],
        people={delivery.enrollment_id: subscriber},
        now=datetime.fromisoformat(given["at"]),
        here=given["here"],
        revive=given["revive"],
        repeated=delivery.attempt > 1,
        source=given["source"],
    )


def parcel(
    kind: Any, who: EnrollmentId, visit: int, subscriber: Subscriber, what: Mapping[str, Any]
) -> Parcel:
    """`kind`: host_call or host_write. The URL is for people to read: the real one is a setting."""
    return Parcel(
        enrollment_id=who,
        visit=visit,
        email=subscriber.email,
        url=f"api.php: {what['Command']}" if kind == "host_call" else f"the host: {what['verb']}",
        headers=HEADERS,
        body=json.dumps(what, ensure_ascii=False, separators=(",", ":")).encode(),
        secret_name=None,
        method="POST" if kind == "host_call" else "SQL",
        kind=kind,
        awaited=True,
    )


def request(delivery: Delivery, url: str, api_key: str) -> Request:
    """The call with the owner's key, which is nowhere but in here."""
    body = {**json.loads(delivery.body), "APIKey": api_key}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Request("POST", url, delivery.headers, text.encode())


def without_key(answer: Response, api_key: str) -> Response:
    """An answer is kept for people to read; a host that repeats what it was sent tells no key."""
    return replace(answer, body=answer.body.replace(api_key.encode(), b"***"))


def judged(delivery: Delivery, answer: Response) -> Verdict:
    if answer.status is None:
        return no_answer(answer.error or "")
    command = json.loads(delivery.body)["Command"]
    return verdict(command, answer.status, answer.body, repeated=delivery.attempt > 1)


def result_of(found: Verdict) -> Mapping[str, Any]:
    """What is kept for the step that waits."""
    match found.kind:
        case "done":
            return {"result": found.word}
        case "refused":
            return {"result": "refused", "reason": found.word}
        case _:
            return {"held": found.word or "host_away", "text": HELD[found.word or "host_away"]}
