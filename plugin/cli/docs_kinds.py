"""Reference pages of the kinds: actions, triggers, and the operators of rules."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import time

import yaml
from marshmallow import Schema, fields, missing, validate

from plugin.cli.docs_text import code, mark, page, table
from plugin.domain.activity_codec import ACTIVITIES, COUNTS, MAX_CHOSEN, URLS, WHEN
from plugin.domain.behaviour_codec import (
    DID,
    JOURNEYS,
    SCOPES,
    SEGMENTS,
    SENT,
    SUPPRESSIONS,
)
from plugin.domain.catalog import SUBSCRIBER_COLUMNS, Catalog, HostField, HostList, HostTag
from plugin.domain.operators import LIST_OPERATORS, OPERATORS, TAG_OPERATORS, Operator
from plugin.engine.kinds import Action, Kind, TriggerKind

#: What the examples' summaries speak of.
SAMPLE = Catalog(
    user_id=1,
    zone="UTC",
    lists={1: HostList(1, "Newsletter")},
    fields={3: HostField(3, "City", "City", 1, "Single line")},
    tags={12: HostTag(12, "VIP", 1)},
)

_TYPES: Mapping[type, str] = {
    fields.Boolean: "true or false",
    fields.Float: "number",
    fields.Integer: "whole number",
    fields.Nested: "mapping",
    fields.String: "text",
    fields.Time: "time, such as 09:30",
}
_WANTS = {
    "nothing": "none",
    "text": "text",
    "number": "a number",
    "date": "a date such as 2026-05-31",
    "dates": "a list of two dates, the earlier one first",
    "days": "a whole number of days",
}


def actions_page(kinds: Iterable[type[Action]]) -> str:
    intro = "What a step can do. In a journey file: `action: <name>`, its settings in `params`."
    return page("Actions", intro, *(_action(kind) for kind in _sorted(kinds)))


def triggers_page(kinds: Iterable[type[TriggerKind]]) -> str:
    intro = "What lets people in. In a journey file: `trigger: {type: <name>, params: …}`."
    return page("Triggers", intro, *(_trigger(kind) for kind in _sorted(kinds)))


def operators_page() -> str:
    intro = (
        "A rule about a field of a subscriber has one of these operators. NULL and the empty text"
        " are both “not set”, and every negation covers them. Text is compared as the"
        " host's database does: case and accents usually do not matter. Text that is no number is"
        " false in a comparison of size."
    )
    operators = [(mark(one.name), _WANTS[one.wants], _reads(one)) for one in OPERATORS.values()]
    columns = [(mark(name), label) for name, label in SUBSCRIBER_COLUMNS.items()]
    lists = [(mark(name), reads.format(name="“News”")) for name, reads in LIST_OPERATORS.items()]
    named = {"tags": "“VIP” and “Buyer”"}
    tags = [
        (mark(name), one.format(tags="“VIP”"), several.format(**named), untold or "not possible")
        for name, (one, several, untold) in TAG_OPERATORS.items()
    ]
    return page(
        "Operators of rules",
        intro,
        table(("Operator", "Value", "Reads as"), operators),
        "## Fields",
        "Custom fields are `CustomField<ID>`, of the list or of the whole account; and these:",
        table(("Field", "Is"), columns),
        "## Lists",
        "A rule about another list of the account has one of these, and no value:",
        table(("Operator", "Reads as"), lists),
        "## Tags",
        "A rule about tags: `tags`, the ids of up to 50 tags of the account, and one of these. A"
        " tag belongs to a list, and the person is looked for on that list by their address. With"
        " no ids, any tag of the list on which they are in the journey is meant.",
        table(("Operator", "Of one tag", "Of several", "Of no ids"), tags),
        "## Opens and clicks",
        "A rule about an activity: `activity`, and what narrows it, each with these operators."
        " The [how-to](../howto/write-a-journey.md#rules) explains them.",
        table(("Key", "Operators or ids"), list(_activity_rows())),
        "## Messages, journeys, segments and suppression",
        "Rules about what happened in journeys, and about what the host knows of an address. The"
        " [how-to](../howto/write-a-journey.md#rules) explains them.",
        table(("Keys", "Is"), list(_behaviour_rows())),
    )


def _behaviour_rows() -> Iterator[tuple[str, str]]:
    yield f"{mark('message')}, {mark('did')}", f"a step's id; {_any(DID)}; {mark('url')} for clicks"
    yield f"{mark('sent')}, {mark('operator')}", f"ids of e-mails; {_any(SENT)}; {mark('days')}"
    yield f"{mark('journey')}, {mark('operator')}", f"a journey's id; {_any(JOURNEYS)}"
    yield f"{mark('segment')}, {mark('operator')}", f"a segment's id; {_any(SEGMENTS)}"
    yield mark("suppression"), f"{_any(SUPPRESSIONS)}; {mark('scopes')}: some of {_any(SCOPES)}"


def _any(words: Iterable[str]) -> str:
    return ", ".join(map(mark, words))


def _activity_rows() -> Iterator[tuple[str, str]]:
    yield mark("activity"), ", ".join(map(mark, ACTIVITIES))
    for name in ("campaigns", "emails"):
        yield mark(name), f"1 to {MAX_CHOSEN} ids"
    for name, operators in (("url", URLS), ("when", WHEN), ("count", COUNTS)):
        yield mark(name), ", ".join(map(mark, operators))


def _reads(operator: Operator) -> str:
    value = ["2026-05-01", "2026-05-31"] if operator.wants == "dates" else "…"
    return operator.reads.format(field="City", value=value)


def _sorted(kinds: Iterable[type[Kind]]) -> Iterator[type[Kind]]:
    return iter(sorted(kinds, key=lambda kind: kind.name))


def _action(kind: type[Kind]) -> str:
    action = kind(kind.Params().load(dict(kind.example)))
    names = action.branch_names() if isinstance(action, Action) else ()
    branches = f"Branches: {', '.join(map(mark, names))}." if names else ""
    return _described(kind, branches)


def _trigger(kind: type[Kind]) -> str:
    listens = getattr(kind, "listens_to", ())
    heard = f"Listens to the events {', '.join(map(mark, listens))}." if listens else ""
    return _described(kind, heard or "Listens to no event: people enter by hand only.")


def _described(kind: type[Kind], remark: str) -> str:
    summary = kind(kind.Params().load(dict(kind.example))).summary(SAMPLE)
    example = yaml.safe_dump(dict(kind.example), sort_keys=False, allow_unicode=True)
    params = kind.Params()
    rows = list(_rows(params, ""))
    return "\n\n".join(
        part
        for part in (
            f"## {kind.name}",
            f"“{kind.label}” on the pages. {_purpose(kind)}",
            _own_doc(kind),
            remark,
            table(("Setting", "Is", "Default", "Limits"), rows),
            _own_doc(type(params)) if kind.Params is not Kind.Params else "",
            f"Example, shown as “{summary}”:" if summary else "Example:",
            code(example, "yaml") if kind.example else "No settings.",
        )
        if part
    )


def _purpose(kind: type[Kind]) -> str:
    """The first line of the module that declares it."""
    return (inspect.getdoc(sys.modules[kind.__module__]) or "").partition("\n")[0]


def _own_doc(cls: type[object]) -> str:
    """What the class itself says; inherited texts speak of the base class."""
    return inspect.cleandoc(vars(cls).get("__doc__") or "")


def _rows(schema: Schema, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in schema.fields.items():
        full = f"{prefix}{field.data_key or name}"
        yield mark(full), _type(field), _default(field), _limits(field)
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from _rows(inner.schema, f"{full}.")


def _type(field: fields.Field[object]) -> str:
    if isinstance(field, fields.List):
        return f"list of {_type(field.inner)}"
    own = inspect.getdoc(type(field)) or "value"
    return _TYPES.get(type(field)) or own.partition("\n")[0].rstrip(".")


def _default(field: fields.Field[object]) -> str:
    if field.required:
        return "required"
    value = field.load_default() if callable(field.load_default) else field.load_default
    if value is missing:
        return "none"
    if isinstance(value, time):
        return mark(value.strftime("%H:%M"))
    return mark(yaml.safe_dump(value, default_flow_style=True).removesuffix("...\n").strip())


def _limits(field: fields.Field[object]) -> str:
    inner = _limits(field.inner) if isinstance(field, fields.List) else ""
    texts = [text for one in field.validators if (text := _limit(one))]
    return "; ".join([*texts, *([f"each: {inner}"] if inner else [])])


def _limit(validator: object) -> str:
    match validator:
        case validate.OneOf(choices=choices):
            return "one of " + ", ".join(map(mark, choices))
        case validate.Range(min=low, max=high):
            return _span(low, high)
        case validate.Length(min=low, max=high):
            return f"length {_span(low, high)}"
        case validate.Regexp(regex=regex):
            return f"matches {mark(regex.pattern)}"
        case _:
            return ""


def _span(low: object, high: object) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"{low} or more" if low is not None else f"at most {high}"
