"""What a caller may send to the event hook, and the status that it must get."""

from __future__ import annotations

import json
from typing import Any

GOOD: dict[str, Any] = {
    "id": "evt_1",
    "type": "subscription",
    "occurred_at": "2026-11-16T08:00:00Z",
    "list_id": 1,
    "subscriber_id": 1,
    "email": "person@example.com",
    "data": {},
}


def call(**changes: Any) -> bytes:
    """A call with one event; `changes` replace its values, `...` leaves one out."""
    event = {k: v for k, v in {**GOOD, **changes}.items() if v is not ...}
    return json.dumps({"events": [event]}).encode()


def raw(key: str, text: str) -> bytes:
    """A call whose event has this text, unquoted, as the value of one key."""
    return call(**{key: "@@"}).replace(b'"@@"', text.encode("utf-8", "surrogatepass"))


#: Not parseable, or to be read in two ways: 400.
UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b"   ",
    "words": b"hello",
    "cut short": call()[:-1],
    "two values": call() + call(),
    "a comma too many": b'{"events":[],}',
    "single quotes": b"{'events': []}",
    "a comment": b'{"events": [] /* none */}',
    "not UTF-8": b'{"events": "\xff\xfe"}',
    "UTF-16": json.dumps({"events": []}).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + call(),
    "NaN": raw("list_id", "NaN"),
    "Infinity": raw("list_id", "-Infinity"),
    "a float without end": raw("list_id", "1e999"),
    "an integer without end": raw("list_id", "9" * 5000),
    "a key twice": b'{"events": [], "events": []}',
    "a key twice, deep inside": raw("data", '{"a": {"b": 1, "b": 2}}'),
    "a key twice, once escaped": b'{"events": [], "\\u0065vents": []}',
    "half a character": raw("email", '"\\ud800@example.com"'),
    "half a character in a key": raw("data", '{"\\udfff": 1}'),
    "NUL in a text": raw("email", '"a\\u0000@example.com"'),
    "a bare control character": raw("email", '"a\nb@example.com"'),
    "65 levels": raw("data", '{"a":' * 63 + "1" + "}" * 63),
    "100,000 levels": b"[" * 100_000,
    "100,000 levels, closed": b"[" * 100_000 + b"]" * 100_000,
    "deep in two ways": b'{"a":[' * 40 + b"]}" * 40,
    "quotes without end": b'{"events": "' + b'\\"' * 200_000,
    "brackets in a text do not hide others": raw(
        "data", '{"a":"[[[]]]","b":' + "[" * 80 + "]" * 80 + "}"
    ),
}

#: Understood, and wrong: 422, with the place.
WRONG: dict[str, tuple[bytes, str]] = {
    "null": (b"null", ""),
    "a list": (b"[]", ""),
    "a text": (b'"events"', ""),
    "no events": (b"{}", "/events"),
    "events null": (b'{"events": null}', "/events"),
    "events a mapping": (b'{"events": {}}', "/events"),
    "an empty list": (b'{"events": []}', "/events"),
    "an event null": (b'{"events": [null]}', "/events/0"),
    "an event a text": (b'{"events": ["x"]}', "/events/0"),
    "a key too many on top": (b'{"events": [], "tenant": 2}', "/events"),
    "a key too many": (call(user_id=2), "/events/0/user_id"),
    "no id": (call(id=...), "/events/0/id"),
    "id a number": (call(id=1), "/events/0/id"),
    "id empty": (call(id=""), "/events/0/id"),
    "id too long": (call(id="x" * 65), "/events/0/id"),
    "id with a blank": (call(id="a b"), "/events/0/id"),
    "id beyond ASCII": (call(id="évt"), "/events/0/id"),
    "no type": (call(type=...), "/events/0/type"),
    "an unknown type": (call(type="rename"), "/events/0/type"),
    "type in capitals": (call(type="Subscription"), "/events/0/type"),
    "type a list": (call(type=["subscription"]), "/events/0/type"),
    "no time": (call(occurred_at=...), "/events/0/occurred_at"),
    "time without a zone": (call(occurred_at="2026-11-16T08:00:00"), "/events/0/occurred_at"),
    "time a number": (call(occurred_at=1794800000), "/events/0/occurred_at"),
    "a day that is none": (call(occurred_at="2026-02-30T08:00:00Z"), "/events/0/occurred_at"),
    "the zero date": (call(occurred_at="0000-00-00T00:00:00Z"), "/events/0/occurred_at"),
    "before all time": (call(occurred_at="0001-01-01T00:00:00+14:00"), "/events/0/occurred_at"),
    "after all time": (call(occurred_at="9999-12-31T23:59:59-14:00"), "/events/0/occurred_at"),
    "Arabic digits": (call(occurred_at="٢٠٢٦-11-16T08:00:00Z"), "/events/0/occurred_at"),
    "no list": (call(list_id=...), "/events/0/list_id"),
    "list as text": (call(list_id="1"), "/events/0/list_id"),
    "list true": (call(list_id=True), "/events/0/list_id"),
    "list a float": (call(list_id=1.0), "/events/0/list_id"),
    "list zero": (call(list_id=0), "/events/0/list_id"),
    "list negative": (call(list_id=-1), "/events/0/list_id"),
    "list beyond the column": (call(list_id=2**63), "/events/0/list_id"),
    "list null": (call(list_id=None), "/events/0/list_id"),
    "no subscriber": (call(subscriber_id=...), "/events/0/subscriber_id"),
    "subscriber zero": (call(subscriber_id=0), "/events/0/subscriber_id"),
    "email a number": (call(email=7), "/events/0/email"),
    "email empty": (call(email=""), "/events/0/email"),
    "email too long": (call(email="x" * 251), "/events/0/email"),
    "data null": (call(data=None), "/events/0/data"),
    "data a list": (call(data=[]), "/events/0/data"),
    "data too large": (call(data={"a": "x" * 20_000}), "/events/0/data"),
    "row id as text": (call(data={"row_id": "7"}), "/events/0/data/row_id"),
    "automated as text": (call(type="open", data={"automated": "no"}), "/events/0/data/automated"),
    "a name that is none": (call(type="custom", data={"name": 1}), "/events/0/data/name"),
    "properties a list": (
        call(type="custom", data={"name": "x", "properties": []}),
        "/events/0/data/properties",
    ),
    "the second one wrong": (
        json.dumps({"events": [GOOD, {**GOOD, "list_id": "x"}]}).encode(),
        "/events/1/list_id",
    ),
}

#: Unusual, and right.
FINE: dict[str, bytes] = {
    "no email": call(email=...),
    "email null": call(email=None),
    "no data": call(data=...),
    "unknown data": call(data={"source": "form", "deep": {"a": [1, None, "ü🌷"]}}),
    "time with an offset": call(occurred_at="2026-11-16T10:00:00.123456+02:00"),
    "a list gone": call(type="list_deleted", subscriber_id=0),
    "escaped surrogate pair": raw("email", '"\\ud83c\\udf37@example.com"'),
    "64 levels": raw("data", '{"a":' * 61 + "1" + "}" * 61),
}
