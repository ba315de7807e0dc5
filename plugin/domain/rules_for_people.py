"""Criteria in words, as the pages and `journeys journey show` print them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from plugin.domain.activity_codec import ACTIVITIES, is_negated
from plugin.domain.behaviour_words import behaviour_in_words, on_addresses, quoted
from plugin.domain.catalog import Catalog
from plugin.domain.criteria import (
    ActivityRule,
    All,
    Any_,
    AnyRule,
    Condition,
    Criteria,
    ListRule,
    Not,
    Rule,
    TagRule,
    ValueRule,
)
from plugin.domain.operators import LIST_OPERATORS, OPERATORS, TAG_OPERATORS

_COUNTS = {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}
_WHEN = {
    "in_last_days": "in the last {days}",
    "not_in_last_days": "before the last {days}",
    "between": "between {value[0]} and {value[1]}",
    "not_between": "not between {value[0]} and {value[1]}",
    "before": "before {value}",
    "after": "after {value}",
}


def in_words(criteria: Criteria, catalog: Catalog) -> str:
    """“City is “Oslo” and (Age is at least 18 or VIP is set)”. Brackets wherever they matter."""
    return _words(criteria, catalog, outermost=True)


def rule_in_words(rule: AnyRule, catalog: Catalog) -> str:
    match rule:
        case ListRule(list_id, operator):
            reads = LIST_OPERATORS.get(operator, operator + " {name}")
            return reads.format(name=quoted(catalog.list_name(list_id)))
        case ActivityRule():
            return _activity(rule, catalog)
        case TagRule(tags, operator):
            return _tagged(tags, operator, catalog)
        case ValueRule():
            kind = "the kept value" if rule.scope == "kept" else "the event's"
            return _reads(rule.operator, f"{kind} {rule.name}", rule.value)
        case Rule():
            return _reads(rule.operator, catalog.label(rule.field), rule.value)
        case _:
            return behaviour_in_words(rule, catalog)


def _reads(name: str, field: str, value: object) -> str:
    operator = OPERATORS.get(name)
    reads = operator.reads if operator else "{field} " + name + " {value}"
    return reads.format(field=field, value=value)


def _tagged(tags: Sequence[int], operator: str, catalog: Catalog) -> str:
    """“tagged with all of “vip” and “buyer””."""
    unknown = f"{operator} {{tags}}"
    one, several, any_tag = TAG_OPERATORS.get(operator, (unknown, unknown, operator))
    if not tags:
        return any_tag
    names = [quoted(catalog.tag_name(i)) for i in tags]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return (one if len(names) == 1 else several).format(tags=listed)


def _activity(rule: ActivityRule, catalog: Catalog) -> str:
    """“clicked on addresses that contain “shop” in campaign “Spring” at least 2 times”."""
    clicks = ACTIVITIES[rule.activity] == "clicked"
    verb = ("click" if clicks else "open") if is_negated(rule) else ACTIVITIES[rule.activity]
    parts = ["did not" if is_negated(rule) else "", verb]
    if rule.url is not None:
        parts += ["on", on_addresses(rule.url)]
    parts += ["in" if clicks else "", _mail(rule, catalog)]
    if rule.count is not None:
        parts.append(_times(rule.count))
    if rule.when is not None:
        parts.append(_when(rule.when))
    return " ".join(filter(None, parts))


def _mail(rule: ActivityRule, catalog: Catalog) -> str:
    campaigns = _either("campaign", rule.campaigns, catalog.campaign_name)
    emails = _either("e-mail", rule.emails, catalog.email_name)
    return " with ".join(filter(None, (campaigns, emails))) or "any e-mail"


def _either(kind: str, ids: Sequence[int], name: Callable[[int], str]) -> str:
    """“campaign “A” or “B””; '' for none."""
    return f"{kind} {' or '.join(quoted(name(i)) for i in ids)}" if ids else ""


def _times(count: Condition) -> str:
    times = "once" if count.value == 1 else f"{count.value} times"
    return f"{_COUNTS[count.operator]} {times}"


def _when(when: Condition) -> str:
    days = "day" if when.value == 1 else f"{when.value} days"
    return _WHEN[when.operator].format(value=when.value, days=days)


def _words(criteria: Criteria, catalog: Catalog, *, outermost: bool) -> str:
    match criteria:
        case Not(part):
            return f"not ({_words(part, catalog, outermost=True)})"
        case All(parts):
            return _joined(parts, " and ", catalog, outermost)
        case Any_(parts):
            return _joined(parts, " or ", catalog, outermost)
        case _:
            return rule_in_words(criteria, catalog)


def _joined(parts: tuple[Criteria, ...], word: str, catalog: Catalog, outermost: bool) -> str:
    text = word.join(_words(part, catalog, outermost=len(parts) == 1) for part in parts)
    return text if outermost or len(parts) == 1 else f"({text})"
