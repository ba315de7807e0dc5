"""Rules about what people did and where they are ⇄ plain JSON data, and the words in them.

`{"message": 7, "did": "clicked", "url": {…}}` · `{"sent": [3], "operator": "sent", "days": 30}` ·
`{"journey": 4, "operator": "finished"}` · `{"segment": 2, "operator": "in"}` ·
`{"suppression": "suppressed", "scopes": ["list"]}`. `url`, `days` and `scopes` may be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plugin.domain.activity_codec import URLS, chosen, condition, url_fault
from plugin.domain.criteria import (
    AnyRule,
    JourneyRule,
    MessageRule,
    SegmentRule,
    SentRule,
    SuppressionRule,
)
from plugin.domain.operators import MAX_DAYS
from plugin.domain.problems import Problems

#: What can be asked of a message, and what must have become of it or, negated, must not.
DID: Mapping[str, str] = {
    "sent": "sent",
    "not_sent": "sent",
    "opened": "opened",
    "not_opened": "opened",
    "clicked": "clicked",
    "not_clicked": "clicked",
}
SENT = ("sent", "not_sent")
JOURNEYS = ("inside", "not_inside", "finished", "not_finished", "entered", "not_entered")
SEGMENTS = ("in", "not_in")
SUPPRESSIONS = ("suppressed", "not_suppressed")
#: On the list; in the account, whatever the list; in the whole installation of the host.
SCOPES = ("list", "account", "everywhere")

_NEGATION = "not_"

Place = tuple[str, str, Problems]  #: where the rule is, its place in the tree, and the faults


def is_negated(word: str) -> bool:
    """Whether the rule asks that something is not so: the exact opposite of the other word."""
    return word.startswith(_NEGATION)


def decode_behaviour(
    data: Mapping[Any, Any], path: str, base: int, problems: Problems
) -> AnyRule | None:
    """What `data` says; its faults go to `problems`. None: it is no rule of these forms."""
    for name, (keys, decode) in _FORMS.items():
        if name in data:
            if unknown := set(data) - keys:
                problems.add(path, f"Unknown key {min(map(str, unknown))} in a rule about {name}.")
            return decode(data, (path, path[base:], problems))
    return None


def encode_behaviour(
    rule: MessageRule | SentRule | JourneyRule | SegmentRule | SuppressionRule,
) -> dict[str, Any]:
    match rule:
        case MessageRule(step_id, did, url):
            test = {"url": {"operator": url.operator, "value": url.value}} if url else {}
            return {"message": step_id, "did": did, **test}
        case SentRule(emails, operator, days):
            within = {} if days is None else {"days": days}
            return {"sent": list(emails), "operator": operator, **within}
        case JourneyRule(journey_id, operator):
            return {"journey": journey_id, "operator": operator}
        case SegmentRule(segment_id, operator):
            return {"segment": segment_id, "operator": operator}
        case SuppressionRule(operator, scopes):
            return {"suppression": operator} | ({"scopes": list(scopes)} if scopes else {})


def _message(data: Mapping[Any, Any], at: Place) -> MessageRule:
    path, own, problems = at
    did = _word(data, "did", tuple(DID), at)
    if "url" in data and DID.get(did) != "clicked":
        problems.add(f"{path}/url", "Only clicks have an address. Ask for clicked, or remove url.")
    url = condition(data, "url", path, URLS, url_fault, problems)
    return MessageRule(_id(data, "message", "a step of this journey", at), did, url, own)


def _sent(data: Mapping[Any, Any], at: Place) -> SentRule:
    path, own, problems = at
    emails = () if data["sent"] == [] else chosen(data, "sent", path, problems)
    days = data.get("days")
    if "days" in data and (type(days) is not int or not 1 <= days <= MAX_DAYS):
        problems.add(f"{path}/days", f"Days are a whole number from 1 to {MAX_DAYS}.")
        days = None
    return SentRule(emails, _word(data, "operator", SENT, at), days, own)


def _journey(data: Mapping[Any, Any], at: Place) -> JourneyRule:
    journey_id = _id(data, "journey", "a journey", at)
    return JourneyRule(journey_id, _word(data, "operator", JOURNEYS, at), at[1])


def _segment(data: Mapping[Any, Any], at: Place) -> SegmentRule:
    segment_id = _id(data, "segment", "a segment", at)
    return SegmentRule(segment_id, _word(data, "operator", SEGMENTS, at), at[1])


def _suppression(data: Mapping[Any, Any], at: Place) -> SuppressionRule:
    path, own, problems = at
    scopes = data.get("scopes", list(SCOPES))
    known = isinstance(scopes, list) and all(isinstance(one, str) for one in scopes)
    if not known or not scopes or len(set(scopes)) < len(scopes) or set(scopes) - set(SCOPES):
        choices = ", ".join(SCOPES)
        problems.add(f"{path}/scopes", f"List some of {choices}, each once, or leave scopes out.")
        scopes = []
    given = tuple(scopes) if "scopes" in data else ()
    return SuppressionRule(_word(data, "suppression", SUPPRESSIONS, at), given, own)


def _id(data: Mapping[Any, Any], name: str, what: str, at: Place) -> int:
    number = data[name]
    if type(number) is not int or number < 1:
        at[2].add(f"{at[0]}/{name}", f"Give the id of {what}, a whole number from 1 on.")
        return 0
    return number


def _word(data: Mapping[Any, Any], name: str, known: tuple[str, ...], at: Place) -> str:
    word = data.get(name)
    if not isinstance(word, str) or word not in known:
        at[2].add(f"{at[0]}/{name}", f"Expected one of {', '.join(known)}.")
    return str(word)


_FORMS: Mapping[str, tuple[frozenset[str], Callable[[Mapping[Any, Any], Place], AnyRule]]] = {
    "message": (frozenset({"message", "did", "url"}), _message),
    "sent": (frozenset({"sent", "operator", "days"}), _sent),
    "journey": (frozenset({"journey", "operator"}), _journey),
    "segment": (frozenset({"segment", "operator"}), _segment),
    "suppression": (frozenset({"suppression", "scopes"}), _suppression),
}
