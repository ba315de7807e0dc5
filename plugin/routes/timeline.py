"""One person's history as a timeline: what each step did, and why.

What a step noted of its run (`detail`) is told by its form, not by its action: a new action whose
detail has one of these forms needs nothing here; of any other form the plain facts are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plugin.domain.criteria import AnyRule, rules
from plugin.domain.criteria_codec import decode_criteria, encode_criteria
from plugin.domain.journey import Document
from plugin.domain.program import Step
from plugin.domain.rules_for_people import rule_in_words
from plugin.domain.waits import find_zone
from plugin.engine.goals_port import OUTCOME
from plugin.engine.reading import DeliveryRow, Moment
from plugin.errors import BadValue, InvalidDocument
from plugin.routes import message_words, words
from plugin.routes.event_words import event_facts
from plugin.routes.goal_words import GOAL, by_goal, criteria_of
from plugin.routes.kind_words import KindWords, Wording


@dataclass(frozen=True, slots=True)
class RuleLine:
    text: str
    seen: str | None  #: None: not set
    truth: bool | None  #: None: could not be told


@dataclass(frozen=True, slots=True)
class Decided:
    """`group`: how the rules are joined, as the beginning of a sentence."""

    group: str
    truth: bool | None
    rules: Sequence[RuleLine]


@dataclass(frozen=True, slots=True)
class Waited:
    since: datetime
    until: datetime
    window: datetime | None  #: the end of the bare wait, when a window made it longer
    zone: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the timeline."""

    kind: KindWords
    step_id: int
    title: str
    at: datetime
    went: words.Badge | None = None  #: the branch that was taken
    passed: bool = False  #: the step was off
    stopped: str = ""  #: held, failed or parked, with the reason
    next_try: datetime | None = None
    looks: int = 1  #: how often a held step was looked at, up to `last_look`
    last_look: datetime | None = None
    decided: Decided | None = None
    waited: Waited | None = None
    delivery: DeliveryRow | None = None
    facts: Sequence[tuple[str, str]] = ()

    @property
    def family(self) -> str:
        """Its colour: what stopped somebody stands out."""
        return "end" if self.stopped else self.kind.family


def timeline(
    moments: Sequence[Moment],
    steps: Mapping[int, Step],
    wording: Wording,
    document: Document | None = None,
) -> Sequence[Item]:
    """`document`: the version that the person runs, for its rules."""
    items: list[Item] = []
    before: Moment | None = None
    for moment in moments:
        if before and _same_hold(before, moment):
            items[-1] = replace(items[-1], looks=items[-1].looks + 1, last_look=moment.at)
        else:
            items.append(_item(moment, steps.get(moment.step_id), wording, document))
        before = moment
    return items


def _same_hold(one: Moment, other: Moment) -> bool:
    """A held step looks again every few minutes; as long as the cause stays it is one story."""
    return (
        one.outcome == other.outcome == "hold"
        and one.step_id == other.step_id
        and (one.detail or {}).get("reason") == (other.detail or {}).get("reason")
    )


def _item(moment: Moment, step: Step | None, wording: Wording, document: Document | None) -> Item:
    kind = wording.step(step) if step else wording.action(moment.action or "Step", {})
    if moment.outcome == OUTCOME:
        kind = GOAL
    if moment.outcome == "entered" and document:
        kind = wording.trigger(document.trigger)
    detail = moment.detail or {}
    stopped = moment.outcome in ("hold", "failed", "parked")
    return Item(
        kind=kind,
        step_id=moment.step_id,
        title=by_goal(moment.outcome, detail)
        if "goal" in detail
        else _title(moment, kind, wording),
        at=moment.at,
        went=words.branch(moment.branch) if moment.branch else None,
        passed=moment.outcome == "skipped" and "by_hand" not in detail,
        stopped=str(detail.get("reason", "")) if stopped else "",
        next_try=words.instant(detail.get("next_at")) if stopped else None,
        decided=_decided(detail, _criteria(moment, step, document), wording),
        waited=_waited(moment, detail),
        delivery=moment.delivery,
        facts=_facts(moment, detail, wording),
    )


def _title(moment: Moment, kind: KindWords, wording: Wording) -> str:
    detail = moment.detail or {}
    match moment.outcome:
        case "hold":
            return f"{kind.label}: held"
        case "failed":
            return f"{kind.label}: failed, try {detail.get('attempt', 1)}"
        case "parked":
            tries = detail.get("attempt")
            return f"{kind.label}: parked" + (f" after try {tries}" if tries else "")
        case "skipped":
            by_hand = "by_hand" in detail
            return f"{kind.label}: {'skipped by hand' if by_hand else 'passed through'}"
        case "retried":
            return f"{kind.label}: tried again by hand"
        case "entered":
            place = ", waits for a place" if "until" in detail else ""
            return ("Let in by the entry criteria" if "rules" in detail else "Let in") + place
        case "end" if "rule" in detail:
            name = f", “{detail['name']}”" if "name" in detail else ""
            return f"Left the journey: exit rule {detail['rule']}{name}"
        case "end":
            reason = words.end(str(detail.get("reason", "")))
            return f"Left the journey: {reason}{_by(detail, wording)}"
        case "moved" | "loop":
            return _circle(detail, wording) if "path" in detail else _moved(kind, detail)
        case _:
            return _done_title(kind, detail, wording)


def _circle(detail: Mapping[str, Any], wording: Wording) -> str:
    """Journeys that wait for what happened here are not started once more."""
    way = " → ".join(f"“{wording.catalog.journey_name(i)}”" for i in detail.get("path", ()))
    return f"Starts nothing more: journeys go round in a circle without a wait, … {way}"


def _moved(kind: KindWords, detail: Mapping[str, Any]) -> str:
    """To a newer version, at the same step or at another."""
    to = f"Moved to version {detail.get('version')}"
    if "step" in detail:
        return f"{to}: step {detail['step']} is gone, on to {kind.label}"
    return f"{to}: {kind.label}, wait recomputed" if "until" in detail else f"{to}: {kind.label}"


def _by(detail: Mapping[str, Any], wording: Wording) -> str:
    """Who sent them out, if a step of another journey did."""
    by = detail.get("by")
    if not isinstance(by, dict) or not isinstance(by.get("journey"), int):
        return ""
    return f" by “{wording.catalog.journey_name(by['journey'])}”"


def _done_title(kind: KindWords, detail: Mapping[str, Any], wording: Wording) -> str:
    if "journey" in detail and "result" in detail:
        return _started(detail, wording)
    if "field" in detail and "value" in detail:
        return _set_field(detail, wording)
    if "list_id" in detail and ("result" in detail or "asked" in detail):
        return _on_list(detail, wording)
    if "tag_id" in detail and ("result" in detail or "asked" in detail):
        return _tagged(detail, wording)
    if message_words.is_message(detail):
        return message_words.title(detail, wording.catalog.email_name(int(detail["email_id"])))
    if "answer" in detail:
        return f"{kind.label} answered: {words.plain(str(detail['answer']))}"
    return kind.in_full


def _on_list(detail: Mapping[str, Any], wording: Wording) -> str:
    name = wording.catalog.list_name(int(detail["list_id"]))
    if "asked" in detail:
        return words.asked(str(detail["asked"]), name)
    return words.membership(str(detail["result"]), str(detail.get("reason", "")), name)


def _tagged(detail: Mapping[str, Any], wording: Wording) -> str:
    name = wording.catalog.tag_name(int(detail["tag_id"]))
    if "asked" in detail:
        return words.asked_to_tag(str(detail["asked"]), name)
    return words.tagging(str(detail["result"]), str(detail.get("reason", "")), name)


def _started(detail: Mapping[str, Any], wording: Wording) -> str:
    name = wording.catalog.journey_name(int(detail["journey"]))
    if detail["result"] == "entered":
        return f"Started “{name}”"
    return f"Not let into “{name}”: {words.refusal(str(detail.get('reason', '')))}"


def _set_field(detail: Mapping[str, Any], wording: Wording) -> str:
    field = wording.catalog.label(f"CustomField{detail['field']}")
    value = detail["value"]
    return f"Emptied “{field}”" if value in (None, "") else f"Set “{field}” to “{value}”"


def _decided(detail: Mapping[str, Any], criteria: object, wording: Wording) -> Decided | None:
    answers = detail.get("rules")
    if not isinstance(answers, list) or not answers:
        return None
    asked = _asked(criteria)
    groups = _groups(str(answers[0].get("path", "")))
    alone = len(answers) == 1 and groups[:1] in (["all"], ["any"])
    return Decided(
        group="This is so" if alone or not groups else _GROUP_SENTENCES[groups[0]],
        truth=detail.get("truth"),
        rules=[_rule_line(answer, asked, wording) for answer in answers],
    )


def _criteria(moment: Moment, step: Step | None, document: Document | None) -> object:
    """As plain data: of the entry, of an exit rule, or of the step."""
    found = None
    place, goal = ((moment.detail or {}).get(name) for name in ("rule", "goal"))
    if isinstance(goal, str):
        found = criteria_of(goal, document)
    elif moment.outcome == "entered":
        found = document.entry_criteria if document else None
    elif isinstance(place, int) and document and 0 < place <= len(document.exit_rules):
        found = document.exit_rules[place - 1].criteria
    elif step:
        return step.params.get("criteria")
    return encode_criteria(found) if found else None


def _asked(criteria: object) -> Mapping[str, AnyRule]:
    """The rules by their place, as the version has them that the person runs."""
    try:
        return {rule.path: rule for rule in rules(decode_criteria(criteria))} if criteria else {}
    except InvalidDocument:
        return {}


_GROUP_SENTENCES = {
    "all": "All of these are so",
    "any": "Any of these is so",
    "not": "This is not so",
}


def _rule_line(
    answer: Mapping[str, Any], asked: Mapping[str, AnyRule], wording: Wording
) -> RuleLine:
    path = str(answer.get("path", ""))
    groups = [_INNER_WORDS[name] for name in _groups(path)[1:]]
    rule, seen = asked.get(path), answer.get("seen")
    return RuleLine(
        text="".join(groups) + (rule_in_words(rule, wording.catalog) if rule else path),
        seen=None if seen is None else str(seen),
        truth=answer.get("truth"),
    )


_INNER_WORDS = {"all": "All: ", "any": "Any: ", "not": "Not: "}


def _groups(path: str) -> list[str]:
    """The groups around a rule, outermost first: “/all/1/any/0” is in all, then in any."""
    return [part for part in path.split("/") if part in _INNER_WORDS]


def _waited(moment: Moment, detail: Mapping[str, Any]) -> Waited | None:
    until = words.instant(detail.get("until"))
    if until is None:
        return None
    base = words.instant(detail.get("base"))
    return Waited(
        since=words.instant(detail.get("from")) or moment.at,
        until=until,
        window=base if base and base != until else None,
        zone=_zone(detail.get("zone")),
    )


def _zone(name: object) -> str:
    try:
        return find_zone(str(name)).key
    except BadValue:
        return "UTC"


_TOLD = {"rules", "criteria", "truth", "from", "base", "until", "zone", "reason", "next_at"}
_TOLD |= {"attempt", "url", "code", "result", "asked", "answer"}


def _facts(
    moment: Moment, detail: Mapping[str, Any], wording: Wording
) -> Sequence[tuple[str, str]]:
    told = _TOLD | ({"field", "value"} if "field" in detail and "value" in detail else set())
    told |= {"version", "from_version", "step"} if moment.outcome == "moved" else set()
    told = told | ({"list_id", "tag_id"} if {"result", "asked"} & detail.keys() else set())
    told |= {"rule", "name"} if "rule" in detail else set()
    told |= {"email_id"} if message_words.is_message(detail) else set()
    told |= {"goal", "to"} if "goal" in detail else set()
    told |= {"journey", "result"} if "journey" in detail and "result" in detail else set()
    if moment.delivery is None:
        told = told - {"url"}
    facts = [
        (words.plain(name), str(value))
        for name, value in detail.items()
        if name not in told and not isinstance(value, (dict, list))
    ]
    if isinstance(event := detail.get("event"), dict):
        facts += event_facts(event, wording.catalog)
    return facts + [("In consequence", _on_list(also, wording)) for also in _consequences(detail)]


def _consequences(detail: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What the rules of a list did on others."""
    also = detail.get("also")
    found = also if isinstance(also, list) else []
    return [one for one in found if isinstance(one, dict) and {"list_id", "result"} <= one.keys()]
