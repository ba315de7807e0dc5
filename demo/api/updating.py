"""`subscriber.update`: changes one row as told, with the host's checks of custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from demo import reading
from demo.api.answers import Failed, success
from demo.api.call import Call
from demo.api.values import ValueFault, account_values, column_values, failed, sent_fields
from demo.field_rules import account_fields, taken
from demo.field_values import is_address, is_empty
from demo.fields import FieldSpec
from demo.joining import Refused
from demo.reading import HostList
from demo.schema_parts import BOUNCES, STATUSES
from demo.writing import Membership

Sent = Mapping[int, list[str]]


def update(call: Call) -> Mapping[str, Any]:
    """Reports a status that changed, unless TriggerEvents is false."""
    call.require({"subscriberid": 1, "subscriberlistid": 2})
    if call.has("emailaddress") and not call.text("emailaddress").strip():
        raise Failed(3)
    host = call.host
    with host.engine.connect() as connection:
        of = reading.find_list(
            connection, host.tables, call.owner_id, call.number("subscriberlistid")
        )
        if of is None:
            raise Failed(5)
        person = reading.find_person(connection, of, call.number("subscriberid"))
        if person is None:
            raise Failed(6)
        account = account_fields(connection, host.tables, of.owner_id)
        own = {field.id: field for field in of.fields}
        sent = _sent(call, own | account)
        _check_required(call, own | account, sent, person)
        row = _row(call) | _values(call, own, sent)
        if call.flag("enforcerequiredfields"):
            for field in of.fields:
                value = row.get(field.column)
                if (
                    field.unique
                    and value
                    and taken(connection, of, field.column, value, person["SubscriberID"])
                ):
                    raise failed(9, field)
        texts = _account(call, account, sent)
    _write(call, of, person, row, texts)
    return success()


def _write(
    call: Call,
    of: HostList,
    person: Mapping[str, Any],
    row: Mapping[str, Any],
    account: Mapping[int, str],
) -> None:
    host = call.host
    member = Membership(host.engine, host.tables, host.now(), call.ip)
    try:
        events = member.update(of, person, row, account)
    except Refused:
        raise Failed(7) from None
    if call.flag("triggerevents", default=True):
        host.bridge.report(events)


def _sent(call: Call, known: Mapping[int, FieldSpec]) -> Sent:
    fields = call.parameters.get("fields")
    sent = sent_fields(fields, short=True) if isinstance(fields, dict) else {}
    unknown = sorted(set(sent) - set(known))
    if unknown:
        raise Failed(11, "Unknown custom field", ErrorCustomFieldIDs=unknown)
    return sent


def _check_required(
    call: Call, known: Mapping[int, FieldSpec], sent: Sent, person: Mapping[str, Any]
) -> None:
    """Fields that were not sent count too, unless IgnoreAllOtherCustomFieldsExceptGivenOnes."""
    given_only = call.flag("ignoreallothercustomfieldsexceptgivenones")
    for id_, field in known.items():
        if not field.required or (given_only and id_ not in sent):
            continue
        if id_ not in sent or is_empty(sent[id_]):
            raise failed(8, field)


def _row(call: Call) -> dict[str, Any]:
    """The fixed columns that were sent; a status or bounce type that is none is left aside."""
    row: dict[str, Any] = {}
    if call.has("emailaddress"):
        address = call.text("emailaddress").strip()
        if not is_address(address):
            raise Failed(4)
        row["EmailAddress"] = address
    for name, allowed in (("SubscriptionStatus", STATUSES), ("BounceType", BOUNCES)):
        if (text := call.text(name.lower()).strip()) in allowed:
            row[name] = text
    if text := call.text("unsubscriptionip").strip():
        row["UnsubscriptionIP"] = text[:250]
    if text := call.text("unsubscriptiondate").strip():
        try:
            row["UnsubscriptionDate"] = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            row.pop("UnsubscriptionDate", None)
    return row


def _values(call: Call, fields: Mapping[int, FieldSpec], sent: Sent) -> dict[str, Any]:
    """Values by column. One that the column cannot hold is refused; one that merely breaks the
    field's rule is stored unless EnforceRequiredFields is true, as the host does."""
    values: dict[str, Any] = {}
    for id_, field in fields.items():
        try:
            values |= column_values({id_: field}, sent)
        except ValueFault as fault:
            if call.flag("enforcerequiredfields") or field.data_type != "text":
                raise failed(10, field, str(fault)) from None
            values[field.column] = ", ".join(sent[id_])
    return values


def _account(call: Call, fields: Mapping[int, FieldSpec], sent: Sent) -> dict[int, str]:
    values: dict[int, str] = {}
    for id_, field in fields.items():
        try:
            values |= account_values({id_: field}, sent)
        except ValueFault as fault:
            if call.flag("enforcerequiredfields"):
                raise failed(10, field, str(fault)) from None
            values[id_] = ", ".join(sent[id_])
    return values
