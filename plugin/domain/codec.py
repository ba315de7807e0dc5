"""A journey document ⇄ plain JSON data, strictly: what is not understood is refused with its path.

Parameters of steps and triggers stay raw here; their kinds check them (engine/documents.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, cast, get_args

from plugin.domain.entry_codec import (
    encode_entry,
    encode_trigger,
    read_caps,
    read_entry_criteria,
    read_exit_rules,
    read_send_rate,
    read_trigger,
)
from plugin.domain.goal_codec import encode_goals, read_goals
from plugin.domain.journey import FORMAT, AfterUnsubscribe, Document, Reentry, ReentryRule
from plugin.domain.problems import Problems
from plugin.domain.problems import escaped as escaped
from plugin.domain.program import Step, walk
from plugin.domain.waits import find_zone
from plugin.errors import BadValue, InvalidDocument

MAX_STEPS = 500
MAX_LEVELS = 12
MAX_NAME = 250
MAX_NOTES = 5000
MAX_ID = 2**53

_DOCUMENT_KEYS = {
    "format",
    "name",
    "notes",
    "trigger",
    "entry_criteria",
    "caps",
    "reentry",
    "exit_rules",
    "send_rate",
    "goals",
    "time_zone",
    "unsubscribed",
    "steps",
}
_STEP_KEYS = {"id", "action", "params", "branches", "published", "notes"}


def decode(data: object) -> Document:
    """Plain data to a document. Steps without an id get 0; see `with_ids`.

    Raises InvalidDocument with the problems found, a hundred at most, each with the JSON pointer
    of its place.
    """
    problems = Problems()
    reader = _Reader(problems)
    document = reader.document(data)
    if problems or document is None:
        raise InvalidDocument(problems.found)
    return document


def encode(document: Document) -> dict[str, Any]:
    """The document as plain data, defaults left out where a reader would not miss them."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "name": document.name,
        "trigger": encode_trigger(document.trigger),
        "reentry": _encode_reentry(document.reentry),
        "time_zone": document.time_zone,
        "unsubscribed": document.unsubscribed,
        "steps": [_encode_step(step) for step in document.steps],
    }
    data |= encode_entry(document)
    if document.goals:
        data["goals"] = encode_goals(document.goals)
    return data | ({"notes": document.notes} if document.notes else {})


def with_ids(steps: Sequence[Step], fresh: Iterator[int]) -> tuple[Step, ...]:
    """The same tree with ids from `fresh`, in reading order: imports and copies renew them."""
    return tuple(
        Step(
            id=next(fresh),
            action=step.action,
            params=step.params,
            branches={name: with_ids(body, fresh) for name, body in step.branches.items()},
            published=step.published,
            notes=step.notes,
        )
        for step in steps
    )


def count_steps(document: Document) -> int:
    return sum(1 for _ in walk(document.steps))


def _encode_reentry(reentry: Reentry) -> dict[str, Any]:
    if reentry.rule != "again_after":
        return {"rule": reentry.rule}
    return {"rule": reentry.rule, "days": reentry.days, "since": reentry.since}


def _encode_step(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {"id": step.id, "action": step.action, "params": dict(step.params)}
    if step.branches:
        data["branches"] = {
            name: [_encode_step(inner) for inner in body] for name, body in step.branches.items()
        }
    if not step.published:
        data["published"] = False
    return data | ({"notes": step.notes} if step.notes else {})


class _Reader:
    """Reads one document and collects what is wrong with it."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._ids: set[int] = set()
        self._count = count(1)

    def document(self, data: object) -> Document | None:
        if not isinstance(data, Mapping):
            self._wrong("", "A journey document is a mapping of keys such as trigger and steps.")
            return None
        self._known_keys("", data, _DOCUMENT_KEYS)
        if type(data.get("format")) is not int or data["format"] != FORMAT:
            self._wrong("/format", f"The format must be {FORMAT}.")
        return Document(
            trigger=read_trigger("/trigger", data.get("trigger"), self._problems),
            steps=self._steps("/steps", data.get("steps"), 1),
            name=self._text("/name", data.get("name", ""), MAX_NAME),
            notes=self._text("/notes", data.get("notes", ""), MAX_NOTES),
            reentry=self._reentry(data.get("reentry", {"rule": "once_at_a_time"})),
            time_zone=self._zone(data.get("time_zone")),
            unsubscribed=self._unsubscribed(data.get("unsubscribed", "end")),
            entry_criteria=read_entry_criteria(data.get("entry_criteria"), self._problems),
            caps=read_caps(data.get("caps", {}), self._problems),
            exit_rules=read_exit_rules(data.get("exit_rules", []), self._problems),
            send_rate=read_send_rate(data.get("send_rate", {}), self._problems),
            goals=read_goals(data.get("goals", []), self._problems),
        )

    def _steps(self, path: str, data: object, level: int) -> tuple[Step, ...]:
        if not isinstance(data, list):
            self._wrong(path, "Steps are a list.")
            return ()
        if level > MAX_LEVELS:
            self._wrong(path, f"Branches may be nested {MAX_LEVELS} levels deep, not deeper.")
            return ()
        read = (self._step(f"{path}/{i}", item, level) for i, item in enumerate(data))
        return tuple(step for step in read if step is not None)

    def _step(self, path: str, data: object, level: int) -> Step | None:
        if not isinstance(data, Mapping) or not isinstance(data.get("action"), str):
            self._wrong(path, "A step needs an action, such as Wait.")
            return None
        if next(self._count) == MAX_STEPS + 1:
            self._wrong(path, f"A journey has at most {MAX_STEPS} steps.")
        self._known_keys(path, data, _STEP_KEYS)
        published = data.get("published", True)
        if not isinstance(published, bool):
            self._wrong(f"{path}/published", "Published is true or false.")
        return Step(
            id=self._id(f"{path}/id", data.get("id", 0)),
            action=data["action"],
            params=self._params(path, data),
            branches=self._branches(f"{path}/branches", data.get("branches", {}), level),
            published=published is True,
            notes=self._text(f"{path}/notes", data.get("notes", ""), MAX_NOTES),
        )

    def _id(self, path: str, value: object) -> int:
        if type(value) is not int or not 0 <= value <= MAX_ID:
            self._wrong(path, "A step id is a whole number; leave it out for a new step.")
            return 0
        if value and value in self._ids:
            self._wrong(path, f"Two steps have the id {value}.")
        self._ids.add(value)
        return value

    def _branches(self, path: str, data: object, level: int) -> dict[str, tuple[Step, ...]]:
        if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
            self._wrong(path, "Branches are a mapping from a branch's name to its steps.")
            return {}
        return {
            name: self._steps(f"{path}/{escaped(name)}", body, level + 1)
            for name, body in data.items()
        }

    def _params(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        params = data.get("params", {})
        if isinstance(params, Mapping) and all(isinstance(name, str) for name in params):
            return dict(params)
        self._wrong(f"{path}/params", "Parameters are a mapping of names to values.")
        return {}

    def _reentry(self, data: object) -> Reentry:
        if not isinstance(data, Mapping) or data.get("rule") not in get_args(ReentryRule):
            choices = ", ".join(get_args(ReentryRule))
            self._wrong("/reentry/rule", f"The re-entry rule is one of {choices}.")
            return Reentry()
        rule = cast(ReentryRule, data["rule"])
        if rule != "again_after":
            self._known_keys("/reentry", data, {"rule"})
            return Reentry(rule)
        self._known_keys("/reentry", data, {"rule", "days", "since"})
        days, since = data.get("days"), data.get("since", "entry")
        if type(days) is not int or not 1 <= days <= 3650:
            self._wrong("/reentry/days", "Days are a whole number from 1 to 3650.")
            days = 1
        if since not in ("entry", "exit"):
            self._wrong("/reentry/since", "Days are counted since entry or since exit.")
            since = "entry"
        return Reentry(rule, days, since)

    def _zone(self, value: object) -> str | None:
        if value is None:
            return None
        try:
            return find_zone(value if isinstance(value, str) else "").key
        except BadValue:
            text = "The time zone is an IANA name such as Europe/Istanbul, or null."
            self._wrong("/time_zone", text)
            return None

    def _unsubscribed(self, value: object) -> AfterUnsubscribe:
        if value in get_args(AfterUnsubscribe):
            return cast(AfterUnsubscribe, value)
        self._wrong("/unsubscribed", "What becomes of people who leave the list: end or continue.")
        return "end"

    def _text(self, path: str, value: object, limit: int) -> str:
        if not isinstance(value, str) or "\0" in value:
            self._wrong(path, "This must be text.")
            return ""
        if len(value) > limit:
            self._wrong(path, f"At most {limit} characters.")
        return value

    def _known_keys(self, path: str, data: Mapping[Any, Any], known: set[str]) -> None:
        for key in data:
            if key not in known:
                choices = ", ".join(sorted(known))
                self._wrong(f"{path}/{escaped(key)}", f"Unknown key. Known here: {choices}.")

    def _wrong(self, path: str, text: str) -> None:
        self._problems.add(path, text)
