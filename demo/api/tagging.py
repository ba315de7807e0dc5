"""Commands about tags of subscribers: which a list has, and who has which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo import reading, tags
from demo.api.answers import Failed, success
from demo.api.call import Call, as_texts, ids_in
from demo.api.rules import BadRules, Unanswerable, people_by_rules
from demo.reading import HostList
from demo.tags import BadName, Tagging, Verb

_RULES_SENTENCE = "Invalid RulesJSON syntax. It must be a properly formatted JSON payload"
_BAD_NAMES = {"empty": 4, "form": 3, "taken": 5}


def tag(call: Call) -> Mapping[str, Any]:
    """`subscriber.tag`: one person, several, or all that RulesJSON means; ids that the list does
    not have are passed over."""
    return _change(call, "tag")


def untag(call: Call) -> Mapping[str, Any]:
    """`subscriber.untag`, with the same parameters."""
    return _change(call, "untag")


def create(call: Call) -> Mapping[str, Any]:
    """`subscriber.tags.create`."""
    call.require({"listid": 1, "tagname": 2})
    of = _list(call, "listid", 4)
    try:
        tag_id = _tagging(call).create(of, call.text("tagname"), call.text("tagdescription"))
    except BadName as bad:
        raise Failed(2 if bad.reason == "empty" else _BAD_NAMES[bad.reason]) from None
    return success(TagID=tag_id)


def update(call: Call) -> Mapping[str, Any]:
    """`subscriber.tags.update`: changes what is sent."""
    call.require({"listid": 1, "tagid": 2})
    of = _list(call, "listid", 4)
    name = call.text("tagname") if call.has("tagname") else None
    description = call.text("tagdescription") if call.has("tagdescription") else None
    try:
        found = _tagging(call).update(of, call.number("tagid"), name, description)
    except BadName as bad:
        raise Failed(_BAD_NAMES[bad.reason]) from None
    if not found:
        raise Failed(4)
    return success()


def get(call: Call) -> Mapping[str, Any]:
    """`subscriber.tags.get`."""
    call.require({"listid": 1})
    of = _list(call, "listid", 2)
    with call.host.engine.connect() as connection:
        rows = tags.of_list(connection, call.host.tables, of.id)
    return success(
        Tags=[
            {
                "TagID": row.TagID,
                "TagName": row.TagName,
                "TagDescription": row.TagDescription or "",
                "SubscriberCount": row.People,
            }
            for row in rows
        ]
    )


def delete(call: Call) -> Mapping[str, Any]:
    """`subscriber.tags.delete`: never all tags because none was named."""
    call.require({"subscriberlistid": 2})
    of = _list(call, "subscriberlistid", 4)
    ids = ids_in(call.text("tagids")) if call.text("tagids").strip() else None
    if not ids:
        raise Failed(5, "Tag ids are missing", as_list=True)
    _tagging(call).delete(of, ids)
    return success()


def _change(call: Call, verb: Verb) -> Mapping[str, Any]:
    sent = ",".join(as_texts(call.parameters.get("tagid", ""))).strip()
    missing = {"subscriberlistid": 2} if sent else {"tagid": 1, "subscriberlistid": 2}
    lacking = [code for name, code in missing.items() if name == "tagid" or not call.text(name)]
    if lacking:
        raise Failed(lacking)
    of = _list(call, "subscriberlistid", 4)
    people = _people(call, of)
    wanted = ids_in(sent)
    with call.host.engine.connect() as connection:
        known = {row.TagID for row in tags.of_list(connection, call.host.tables, of.id)}
    if not wanted or not set(wanted) <= known:
        raise Failed(6)
    call.host.bridge.report(_tagging(call).change(of, verb, wanted, people))
    return success()


def _people(call: Call, of: HostList) -> list[int]:
    """Who is meant, by id; the ids go before rules."""
    if call.text("subscriberid").strip():
        return ids_in(call.text("subscriberid")) or []
    rules = {"rulesjson": 6, "rulesoperator": 7}
    lacking = [code for name, code in rules.items() if call.parameters.get(name, "") == ""]
    if lacking:
        raise Failed(lacking)
    try:
        with call.host.engine.connect() as connection:
            rows = people_by_rules(connection, of, call)
    except BadRules:
        raise Failed(7, _RULES_SENTENCE) from None
    except Unanswerable:
        raise Failed(8, "Invalid query builder response") from None
    return [int(row["SubscriberID"]) for row in rows]


def _list(call: Call, name: str, code: int) -> HostList:
    with call.host.engine.connect() as connection:
        of = reading.find_list(connection, call.host.tables, call.owner_id, call.number(name))
    if of is None:
        raise Failed(code)
    return of


def _tagging(call: Call) -> Tagging:
    return Tagging(call.host.engine, call.host.tables, call.host.now())
