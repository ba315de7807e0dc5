"""What a call of the gateway asks for, read from its parameters and checked by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from demo.api.call import as_text, as_texts
from demo.field_values import is_address
from demo.gateway.codes import Refusal

MAX_RECIPIENTS = 50
MAX_REPLY_TO = 10
_YES = ("true", "1", "yes", "on")


@dataclass(frozen=True)
class Address:
    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True)
class Order:
    """Ids are 0 where none was given, -1 where it was no number. Names of headers are in lower
    case, as all keys of a call; `send_at` is aware UTC."""

    subject: str
    html: str
    plain: str
    sender: Address
    to: Sequence[Address]
    cc: Sequence[Address]
    bcc: Sequence[Address]
    reply_to: Sequence[Address]
    tags: Sequence[str]
    headers: Mapping[str, str]
    attachments: Sequence[str]
    track_links: bool
    track_opens: bool
    send_at: datetime | None
    template_id: int
    target_list_id: int
    list_id: int
    subscriber_id: int
    journey_id: int
    action_id: int


def read_order(given: Mapping[str, Any]) -> Order:
    """Raises Refusal: all codes of what is missing together, else the first thing wrong."""
    kind = as_text(given.get("contenttype")).strip().lower()
    html, plain = as_text(given.get("htmlcontent")), as_text(given.get("plaincontent"))
    template_id, target_id = _id(given, "templateid"), _id(given, "targetlistid")
    subject, sender = as_text(given.get("subject")).strip(), _sender(given.get("from"))
    wrong = {
        3: sender is None,
        8: not subject or not (given.get("to") or target_id),
        9: kind not in ("html", "plain"),
        10: kind == "html" and not html.strip() and not template_id,
        11: kind == "plain" and not plain.strip() and not template_id,
    }
    if sender is None or any(wrong.values()):
        raise Refusal(*(code for code, holds in wrong.items() if holds))
    if not is_address(sender.email):
        raise Refusal(23)
    return Order(
        subject=subject,
        html=html if kind == "html" else "",
        plain=plain,
        sender=sender,
        to=[] if target_id else _people(given["to"], (20, 18, 19, 20)),
        cc=_people(given.get("cc") or [], (21, 21, 22, 20), needed=False),
        bcc=_people(given.get("bcc") or [], (24, 25, 26, 27), needed=False),
        reply_to=_people(
            given.get("replyto") or [], (28, 29, 30, 31), needed=False, most=MAX_REPLY_TO
        ),
        tags=[text for text in as_texts(given.get("tags") or []) if text],
        headers=_headers(given.get("headers")),
        attachments=_attachments(given.get("attachments")),
        track_links=_flag(given, "tracklinks"),
        track_opens=_flag(given, "trackopens"),
        send_at=_moment(as_text(given.get("sendat")).strip()),
        template_id=template_id,
        target_list_id=target_id,
        list_id=_id(given, "listid"),
        subscriber_id=_id(given, "subscriberid"),
        journey_id=_id(given, "journeyid"),
        action_id=_id(given, "actionid"),
    )


def _sender(value: Any) -> Address | None:
    found = _address(value)
    return found if found and found.name and found.email else None


def _people(
    value: Any,
    codes: tuple[int, int, int, int],
    *,
    needed: bool = True,
    most: int = MAX_RECIPIENTS,
) -> list[Address]:
    """`codes`: no array, something of one is missing, no address, too many."""
    no_array, incomplete, no_address, too_many = codes
    items = _array(value)
    if items is None or (needed and not items):
        raise Refusal(no_array)
    if len(items) > most:
        raise Refusal(too_many)
    found = [_address(item) for item in items]
    for one in found:
        if one is None or not one.name or not one.email:
            raise Refusal(incomplete)
        if not is_address(one.email):
            raise Refusal(no_address)
    return [one for one in found if one]


def _array(value: Any) -> list[Any] | None:
    """A list, or what a form makes of `To[0][email]`; None for anything else."""
    if isinstance(value, dict) and value and all(name.isdecimal() for name in value):
        return list(value.values())
    return value if isinstance(value, list) else None


def _address(value: Any) -> Address | None:
    if not isinstance(value, dict):
        return None
    return Address(_line(value.get("name")), _line(value.get("email")))


def _headers(value: Any) -> dict[str, str]:
    named = value.items() if isinstance(value, dict) else ()
    return {_line(name): _line(text) for name, text in named}


def _attachments(value: Any) -> list[str]:
    """Their names: the demo keeps no files."""
    return [_line(one.get("filename")) for one in _array(value) or [] if isinstance(one, dict)]


def _line(value: Any) -> str:
    """Text of one line: a line break in a header would begin another one."""
    return " ".join(as_text(value).split())


def _flag(given: Mapping[str, Any], name: str) -> bool:
    """What is not said follows the sender domain: yes."""
    text = as_text(given.get(name)).strip().lower()
    return text in _YES if text else True


def _id(given: Mapping[str, Any], name: str) -> int:
    text = as_text(given.get(name)).strip()
    if text in ("", "0"):
        return 0
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _moment(text: str) -> datetime | None:
    known = text.isascii() and text.isdecimal() and len(text) < 11
    return datetime.fromtimestamp(int(text), UTC) if known else None
