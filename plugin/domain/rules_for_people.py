"""Criteria in words, as the pages and `journeys journey show` print them."""

from __future__ import annotations

from plugin.domain.catalog import Catalog
from plugin.domain.criteria import All, Any_, Criteria, Not, Rule
from plugin.domain.operators import OPERATORS


def in_words(criteria: Criteria, catalog: Catalog) -> str:
    """“City is “Oslo” and (Age is at least 18 or VIP is set)”. Brackets wherever they matter."""
    return _words(criteria, catalog, outermost=True)


def rule_in_words(rule: Rule, catalog: Catalog) -> str:
    operator = OPERATORS.get(rule.operator)
    reads = operator.reads if operator else "{field} " + rule.operator + " {value}"
    return reads.format(field=catalog.label(rule.field), value=rule.value)


def _words(criteria: Criteria, catalog: Catalog, *, outermost: bool) -> str:
    match criteria:
        case Rule():
            return rule_in_words(criteria, catalog)
        case Not(part):
            return f"not ({_words(part, catalog, outermost=True)})"
        case All(parts):
            return _joined(parts, " and ", catalog, outermost)
        case Any_(parts):
            return _joined(parts, " or ", catalog, outermost)


def _joined(parts: tuple[Criteria, ...], word: str, catalog: Catalog, outermost: bool) -> str:
    text = word.join(_words(part, catalog, outermost=len(parts) == 1) for part in parts)
    return text if outermost or len(parts) == 1 else f"({text})"
