"""The command `subscriber.create`: the owner's own way to put somebody on a list.

Behaviours, statistics, autoresponders and mails follow as for anybody who joins, whatever the
flags of the call say. Custom fields are not taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from demo import reading
from demo.api.answers import Failed, success
from demo.api.call import Call
from demo.field_values import is_address
from demo.frame import Host
from demo.joining import Joining, Refused
from demo.reading import HostList
from demo.rows import by_address
from demo.schema_parts import BOUNCES, SOURCES
from demo.writing import Membership

_STATUSES = ("Subscribed", "Opt-In Pending")
_LEFT = ("Unsubscribed", "Opt-Out Pending")
_REFUSALS = {"required": 26, "not unique": 27, "duplicate": 20, "status": 20}


def create(call: Call) -> Mapping[str, Any]:
    to, address = _checked(call)
    host = call.host
    with host.engine.connect() as connection:
        person = by_address(connection, to.shard, address)
    gone = person is not None and person["SubscriptionStatus"] in _LEFT
    if person is not None and not gone and not call.flag("updateifduplicate"):
        raise Failed(20)
    if gone and not call.flag("updateifunsubscribed"):
        raise Failed(21)
    verbs = Membership(host.engine, host.tables, host.now(), call.text("subscriptionip"))
    if person is not None and not gone:
        row = {"BounceType": call.text("bouncetype", BOUNCES[0])}
        events, subscriber_id = verbs.update(to, person, row, {}), int(person["SubscriberID"])
    else:
        subscriber_id, events = _join(call, verbs, to, address)
    host.bridge.report(events)
    return _answer(host, to, subscriber_id)


def _join(call: Call, verbs: Membership, to: HostList, address: str) -> tuple[int, list[Any]]:
    source = call.text("source", "API")
    joining = Joining(
        address,
        source=source if source in SOURCES else SOURCES[0],
        source_ref=call.text("sourceref")[:64],
        enforce=call.flag("enforcerequiredfields"),
        though_suppressed=True,
    )
    try:
        return verbs.subscribe(to, joining)
    except Refused as refusal:
        raise Failed(_REFUSALS.get(refusal.reason, 23), str(refusal)) from None


def _checked(call: Call) -> tuple[HostList, str]:
    call.require({"listid": 1, "emailaddress": 2})
    with call.host.engine.connect() as connection:
        to = reading.find_list(connection, call.host.tables, call.owner_id, call.number("listid"))
    if to is None:
        raise Failed(4)
    address = call.text("emailaddress").strip()
    if not is_address(address):
        raise Failed(3)
    if call.text("bouncetype", BOUNCES[0]) not in BOUNCES:
        raise Failed(5)
    if call.text("status", _STATUSES[0]) not in _STATUSES:
        raise Failed(6)
    call.require({"subscriptiondate": 8, "subscriptionip": 9})
    _parsed(datetime.fromisoformat, call.text("subscriptiondate"), 7)
    _parsed(ip_address, call.text("subscriptionip"), 10)
    return to, address


def _parsed(parse: Any, text: str, code: int) -> None:
    try:
        parse(text)
    except ValueError:
        raise Failed(code) from None


def _answer(host: Host, to: HostList, subscriber_id: int) -> Mapping[str, Any]:
    with host.engine.connect() as connection:
        person = reading.find_person(connection, to, subscriber_id) or {}
    names = ("SubscriberID", "EmailAddress", "SubscriptionStatus", "SubscriptionDate")
    return success(SubscriberInformation={name: person.get(name) for name in names})
