"""Commands that change who is on a list: subscribe, unsubscribe, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from demo import reading
from demo.api.answers import Failed, success
from demo.api.call import Call, ids_in
from demo.api.rules import BadRules, Unanswerable, people_by_rules
from demo.api.values import ValueFault, account_values, column_values, failed, sent_fields
from demo.database import changed
from demo.field_rules import account_fields
from demo.field_values import is_address
from demo.joining import Joining, Leaving, Refused
from demo.reading import HostList
from demo.rows import by_address
from demo.schema_parts import SOURCES
from demo.suppression import remove_suppressions
from demo.writing import Membership

_RULES_SENTENCE = "Invalid RulesJSON syntax. It must be a properly formatted JSON payload"
_MAX_SOURCE_REF = 64
#: Why a subscription is refused, as the host's code.
_REFUSALS = {"required": 6, "not unique": 7, "duplicate": 9, "suppressed": 10, "status": 10}
#: From this generation on, leaving needs a credential.
_CREDENTIAL_SINCE = 6


def subscribe(call: Call) -> Mapping[str, Any]:
    """`subscriber.subscribe`: the first list of several decides and takes the fields."""
    call.require({"listid": 1, "emailaddress": 2, "ipaddress": 3})
    ids, address = ids_in(call.text("listid")), call.text("emailaddress").strip()
    with call.host.engine.connect() as connection:
        lists = [reading.list_by_id(connection, call.host.tables, id_) for id_ in ids or ()]
        found = [one for one in lists if one is not None]
        if not found or lists[0] is None:
            raise Failed(4)
        if not is_address(address):
            raise Failed(5)
        joining = _joining(connection, call, found[0], address)
    same_owner = [one for one in found if one.owner_id == found[0].owner_id]
    try:
        subscriber_id, events = _membership(call).subscribe_to_all(same_owner, joining)
    except Refused as refusal:
        raise _refused(call, found[0], refusal) from None
    call.host.bridge.report(events)
    return _subscribed(call, found[0], subscriber_id)


def unsubscribe(call: Call) -> Mapping[str, Any]:
    """`subscriber.unsubscribe`: one person, or all that RulesJSON means."""
    call.require({"listid": 1, "ipaddress": 2})
    rules = call.has("rulesjson") and call.parameters["rulesjson"] != ""
    address = call.text("emailaddress").strip()
    if not (rules or address or call.text("subscriberid").strip()):
        raise Failed(3)
    with call.host.engine.connect() as connection:
        of = reading.list_by_id(connection, call.host.tables, call.number("listid"))
        if of is None:
            raise Failed(4)
        _check_credential(connection, call, of)
        if rules:
            people = _by_rules(connection, of, call, unanswerable=11)
        else:
            people = [_one(connection, of, call, address)]
        leaving = _leaving(connection, call, of)
    if not rules and people[0]["SubscriptionStatus"] == "Unsubscribed":
        raise Failed(9)
    if call.number("preview") != 1:
        events = _membership(call).unsubscribe_all(of, people, leaving)
        call.host.bridge.report(events)
    return success(RedirectURL=of.row.UnsubscriptionConfirmedPageURL or "")


def delete(call: Call) -> Mapping[str, Any]:
    """`subscribers.delete`: by ids or rules; with Suppressed, entries of the suppression list."""
    call.require({"subscriberlistid": 2}, "Missing subscriber list id")
    host, list_id = call.host, call.number("subscriberlistid")
    with host.engine.connect() as connection:
        of = reading.find_list(connection, host.tables, call.owner_id, list_id)
        if of is None:
            raise Failed(5, "Invalid list id")
        if call.text("subscribers").strip():
            ids = ids_in(call.text("subscribers"))
            if ids is None:
                raise Failed(8, "Invalid Subscribers value")
        elif call.has("rulesjson") and call.parameters["rulesjson"] != "":
            people = _by_rules(connection, of, call, unanswerable=6)
            ids = [int(person["SubscriberID"]) for person in people]
        else:
            raise Failed(8, "Missing Subscribers or RulesJSON")
    if call.flag("suppressed"):
        changed(
            host.engine,
            lambda connection: remove_suppressions(
                connection, host.tables, of.owner_id, of.id, ids
            ),
        )
    else:
        host.bridge.report(_membership(call).delete(of, ids))
    return success()


def _joining(connection: Connection, call: Call, to: HostList, address: str) -> Joining:
    sent = sent_fields(call.parameters)
    account = account_fields(connection, call.host.tables, to.owner_id)
    source = call.text("source", "API").strip()
    try:
        return Joining(
            address,
            column_values({field.id: field for field in to.fields}, sent),
            account_values(account, sent),
            source if source in SOURCES else SOURCES[0],
            call.text("sourceref").strip()[:_MAX_SOURCE_REF],
            call.flag("enforcerequiredfields"),
        )
    except ValueFault as fault:
        raise failed(8, fault.field, str(fault)) from None


def _refused(call: Call, to: HostList, refusal: Refused) -> Failed:
    code, field_id = _REFUSALS[refusal.reason], refusal.field_id
    with call.host.engine.connect() as connection:
        known = account_fields(connection, call.host.tables, to.owner_id)
    known |= {field.id: field for field in to.fields}
    return failed(code, known[field_id]) if field_id in known else Failed(code, str(refusal))


def _subscribed(call: Call, to: HostList, subscriber_id: int) -> dict[str, Any]:
    with call.host.engine.connect() as connection:
        person = reading.find_person(connection, to, subscriber_id) or {}
    pending = person.get("SubscriptionStatus") == "Opt-In Pending"
    page = "SubscriptionConfirmationPendingPageURL" if pending else "SubscriptionConfirmedPageURL"
    return success(
        SubscriberID=subscriber_id,
        RedirectURL=getattr(to.row, page) or "",
        Subscriber=dict(person),
    )


def _one(connection: Connection, of: HostList, call: Call, address: str) -> Mapping[str, Any]:
    """The person of an address or an id; the id decides where both were sent."""
    if call.text("subscriberid").strip():
        person = reading.find_person(connection, of, call.number("subscriberid"))
    else:
        if not is_address(address):
            raise Failed(6)
        person = by_address(connection, of.shard, address)
    if person is None:
        raise Failed(7)
    return person


def _by_rules(
    connection: Connection, of: HostList, call: Call, unanswerable: int
) -> list[Mapping[str, Any]]:
    try:
        return people_by_rules(connection, of, call)
    except BadRules:
        raise Failed(7, _RULES_SENTENCE) from None
    except Unanswerable:
        raise Failed(unanswerable, "Invalid query builder response") from None


def _leaving(connection: Connection, call: Call, of: HostList) -> Leaving:
    """Raises Failed for a campaign or e-mail that is not the list owner's."""
    tables = call.host.tables
    campaign, email = call.number("campaignid"), call.number("emailid")
    for name, number, known, code in (
        (
            "campaignid",
            campaign,
            _count(connection, tables.campaigns.c, "CampaignID", campaign, of),
            8,
        ),
        ("emailid", email, _count(connection, tables.emails.c, "EmailID", email, of), 10),
    ):
        if call.text(name).strip() not in ("", "0") and not (number and known):
            raise Failed(code)
    return Leaving(
        call.text("channel", "API").strip() or "API",
        campaign,
        email,
        call.flag("addtoglobalsuppression"),
        call.flag("bypasslistsuppressionsettings"),
    )


def _count(connection: Connection, columns: Any, key: str, number: int, of: HostList) -> int:
    owner = columns["RelOwnerUserID" if "RelOwnerUserID" in columns else "RelUserID"]
    query = select(func.count()).where(columns[key] == number, owner == of.owner_id)
    return connection.scalar(query) or 0


def _check_credential(connection: Connection, call: Call, of: HostList) -> None:
    """Newer hosts let only the owner of the list take people off it."""
    if reading.product_generation(connection, call.host.tables) < _CREDENTIAL_SINCE:
        return
    if call.user is None or call.user.id != of.owner_id:
        raise Failed(12, "A credential is required")


def _membership(call: Call) -> Membership:
    host = call.host
    ip = call.text("ipaddress").strip()[:250] or call.ip
    return Membership(host.engine, host.tables, host.now(), ip)
