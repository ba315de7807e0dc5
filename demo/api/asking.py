"""Commands that only look: a subscriber, the lists, fields and e-mails of a user, the user."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from demo import reading, tags
from demo.api.answers import Failed, success
from demo.api.call import Call
from demo.fields import unpack_options
from demo.rows import by_address
from demo.suppression import find_suppression

_MAX_EMAILS = 100
_LIST_ORDERS = (
    *("ListID", "Name", "CreatedOn", "ArchivedAt"),
    *("ActiveSubscriberCount", "SegmentCount", "LastActivityAt"),
)
_FIELD_ORDERS = (
    *("FieldName", "CustomFieldID", "FieldType", "IsRequired"),
    *("IsUnique", "Visibility", "IsGlobal"),
)
#: What the host never tells of a user.
_SECRET = ("Password", "APIKey", "AuthToken", "2FA_SecretKey", "PreviewMyEmailAPIKey")
_GROUP_SWITCHES = (
    *("ForceUnsubscriptionLink", "ForceRejectOptLink", "ForceOptInList"),
    *("SenderDomainManagement", "EnableSenderInfo", "ForcedSenderInfo"),
    "DefaultSenderDomainActivate",
)


def subscriber(call: Call) -> Mapping[str, Any]:
    """`subscriber.get`: by address or id, with the account's fields beside the list's own."""
    who = call.text("subscriberid").strip() or call.text("emailaddress").strip()
    missing = [code for code, text in ((1, who), (2, call.text("listid").strip())) if not text]
    if missing:
        raise Failed(missing, as_list=True)
    host = call.host
    with host.engine.connect() as connection:
        of = reading.find_list(connection, host.tables, call.owner_id, call.number("listid"))
        if of is None:
            raise Failed(4, as_list=True)
        if call.text("subscriberid").strip():
            person = reading.find_person(connection, of, call.number("subscriberid"))
        else:
            person = by_address(connection, of.shard, call.text("emailaddress").strip())
        if person is None:
            raise Failed(3, as_list=True)
        address = person["EmailAddress"]
        values = reading.account_values(connection, host.tables, of.owner_id, address)
        tagged = tags.of_person(connection, host.tables, of.id, int(person["SubscriberID"]))
        entry = find_suppression(connection, host.tables, of.owner_id, of.id, address)
    return success(
        SubscriberInformation=dict(person) | {field.column: value for field, value in values},
        Suppressed=entry is not None,
        SubscriberTags=[{"TagID": row.TagID, "TagName": row.TagName} for row in tagged],
        SubscriberSegments=[],
        SubscriberJourneys=[],
        SubscriberWebsiteEvents=[],
        SubscriberActivity=[],
        TotalRevenue=0,
    )


def lists(call: Call) -> Mapping[str, Any]:
    """`lists.get`: pages, search, order; archived ones only when asked for."""
    host, table = call.host, call.host.tables.subscriber_lists
    query = select(table).where(table.c.RelOwnerUserID == call.owner_id)
    archived = call.text("archived", "false").strip().lower()
    if "ArchivedAt" in table.c and archived != "all":
        gone = table.c.ArchivedAt.is_not(None)
        query = query.where(gone if archived == "true" else ~gone)
    if search := call.text("search").strip():
        name, text = table.c.Name, table.c.Description
        query = query.where(
            name.icontains(search, autoescape=True) | text.icontains(search, autoescape=True)
        )
    order = table.c[_order(call, "ListID", [n for n in _LIST_ORDERS if n in table.c])]
    query = query.order_by(order.desc() if _descends(call) else order, table.c.ListID)
    with host.engine.connect() as connection:
        rows = connection.execute(query).all()
        start, count = call.number("recordsfrom"), call.number("recordsperrequest")
        page = rows[start : start + count] if count else rows[start:]
        shown = [_list(row, reading.active_count(connection, host.tables, row)) for row in page]
    return success(TotalListCount=len(rows), Lists=shown)


def custom_fields(call: Call) -> Mapping[str, Any]:
    """`customfields.get`: the rows as text, as PHP hands them on; the options are unpacked."""
    call.require({"subscriberlistid": 1}, "Missing subscriber list id", as_list=True)
    host, table = call.host, call.host.tables.custom_fields
    list_id = call.number("subscriberlistid")
    with host.engine.connect() as connection:
        if reading.find_list(connection, host.tables, call.owner_id, list_id) is None:
            raise Failed(2, "Invalid subscriber list id", as_list=True)
        wanted = (table.c.RelListID == list_id) & (table.c.IsGlobal == "No")
        if call.flag("returnglobalcustomfields"):
            wanted |= (table.c.IsGlobal == "Yes") & (table.c.RelOwnerUserID == call.owner_id)
        order = table.c[_order(call, "FieldName", _FIELD_ORDERS)]
        query = select(table).where(wanted)
        query = query.order_by(order.desc() if _descends(call) else order, table.c.CustomFieldID)
        rows = [dict(row) for row in connection.execute(query).mappings()]
    shown = [_as_texts(row) | {"Options": _options(row)} for row in rows]
    return success(TotalFieldCount=len(shown), CustomFields=shown)


def emails(call: Call) -> Mapping[str, Any]:
    """`emails.get`: all rows as they are, ids as text; or up to 100 by id, in a tidier shape."""
    host, table = call.host, call.host.tables.emails
    query = select(table).where(table.c.RelUserID == call.owner_id, *reading.is_live(table))
    wanted = _email_ids(call)
    if wanted is not None:
        query = query.where(table.c.EmailID.in_(wanted))
    with host.engine.connect() as connection:
        found = [
            dict(row) for row in connection.execute(query.order_by(table.c.EmailName)).mappings()
        ]
    rows = [_as_texts(row) if wanted is None else _decoded(row) for row in found]
    names = {name.strip() for name in call.text("fields").split(",") if name.strip()}
    if names:
        names.add("EmailID")
        rows = [{name: row[name] for name in row if name in names} for row in rows]
    return success(TotalEmailCount=len(rows), Emails=rows)


def current_user(call: Call) -> Mapping[str, Any]:
    """`user.current`: the user as a number, the group as text."""
    host, tables = call.host, call.host.tables
    users, groups = tables.users, tables.user_groups
    query = (
        select(users, groups.c.GroupName, groups.c.Permissions)
        .join(groups, groups.c.UserGroupID == users.c.RelUserGroupID)
        .where(users.c.UserID == call.owner_id)
    )
    with host.engine.connect() as connection:
        row = dict(connection.execute(query).mappings().one())
    group = {
        "UserGroupID": str(row["RelUserGroupID"]),
        "GroupName": row.pop("GroupName"),
        "GroupPlanName": "",
        "DefaultSenderDomain": None,
        "Permissions": row.pop("Permissions"),
    }
    limits = ("LimitSubscribers", "LimitLists", "LimitCampaignSendPerPeriod")
    group |= dict.fromkeys(limits, "0") | dict.fromkeys(_GROUP_SWITCHES, "Disabled")
    info = {name: value for name, value in row.items() if name not in _SECRET}
    return success(UserInfo=info | {"GroupInfo": group}, Usage={}, SendRateLimits={})


def _email_ids(call: Call) -> list[int] | None:
    """None when no ids were sent; parts that are no numbers are passed over."""
    if not call.has("emailids"):
        return None
    parts = (part.strip() for part in call.text("emailids").split(","))
    ids = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 10]
    if not ids:
        raise Failed(1, "EmailIDs holds no id", as_list=True)
    if len(ids) > _MAX_EMAILS:
        raise Failed(3, f"Too many ids; max {_MAX_EMAILS}", as_list=True)
    return ids


def _order(call: Call, default: str, known: Any) -> str:
    text = call.text("orderfield").strip()
    return text if text in known else default


def _descends(call: Call) -> bool:
    return call.text("ordertype").strip().upper() == "DESC"


def _list(row: Any, active: int) -> dict[str, Any]:
    values = dict(row._mapping)
    if "Options" in values:
        values["Options"] = json.loads(values["Options"] or "null")
    salted = hashlib.md5(f"demo{row.ListID}".encode(), usedforsecurity=False).hexdigest()
    return values | {"SubscriberCount": active, "EncryptedSaltedListID": salted}


def _as_texts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if value is None else str(value) for name, value in row.items()}


def _decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(row) | {"Attachments": []}
    if "Options" in values:
        values["Options"] = json.loads(values["Options"] or "null")
    return values


def _options(row: Mapping[str, Any]) -> list[dict[str, str]]:
    packed, chosen = row["FieldOptions"] or "", row["FieldDefaultValue"]
    return [
        {"label": one, "value": one, "is_selected": "true" if one == chosen else "false"}
        for one in unpack_options(packed)
    ]
