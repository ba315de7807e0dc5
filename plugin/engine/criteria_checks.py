"""Do rules name what the account has? What must be mended, and what is good to know."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from plugin.domain.catalog import SUBSCRIBER_COLUMNS, Catalog
from plugin.domain.criteria import (
    ActivityRule,
    AnyRule,
    JourneyRule,
    ListRule,
    MessageRule,
    Rule,
    SegmentRule,
    SentRule,
    SuppressionRule,
    TagRule,
    ValueRule,
)
from plugin.engine.kinds import Lists
from plugin.errors import Problem

#: Rules that nobody can be asked before they have entered.
OF_PASSAGES = (ValueRule, MessageRule)
BEFORE_ENTERING = (
    "Nobody has kept values, an event or a message before they enter. Ask about something else."
)


def criteria_problems(
    asked: Iterable[AnyRule], path: str, catalog: Catalog, lists: Lists
) -> Iterator[Problem]:
    """Names in rules that the account does not have, or that people of `lists` cannot have.

    `path` is that of the criteria. What is another account's does not exist.
    """
    for rule in asked:
        for name, text in _problems(rule, catalog, lists):
            yield Problem(f"{path}{rule.path}/{name}", text)


def _problems(rule: AnyRule, catalog: Catalog, lists: Lists) -> Iterator[tuple[str, str]]:
    """What the rule names and nobody has: the key, or the way to it, and a sentence."""
    match rule:
        case SentRule() | ActivityRule() | TagRule():
            yield from _named_things(rule, catalog)
        case SuppressionRule():
            pass
        case _:
            name, text = _name_problem(rule, catalog, lists)
            if text:
                yield name, text


def _name_problem(
    rule: Rule | ListRule | ValueRule | MessageRule | JourneyRule | SegmentRule,
    catalog: Catalog,
    lists: Lists,
) -> tuple[str, str | None]:
    """Of a rule that names one thing."""
    match rule:
        case Rule():
            return "field", _field_problem(rule.field, catalog, lists)
        case ListRule():
            known = rule.list_id in catalog.lists
            text = f"There is no list {rule.list_id}. Choose one of your lists."
            return "list", None if known else text
        case ValueRule():
            known = rule.scope != "kept" or rule.name in catalog.kept
            return "kept", None if known else f"No step keeps a value called {rule.name}."
        case MessageRule():
            return "message", _message_problem(rule.step_id, catalog)
        case JourneyRule():
            known = rule.journey_id in catalog.journeys
            return "journey", None if known else (
                f"There is no journey {rule.journey_id}. Choose another."
            )
        case SegmentRule():
            return "segment", _segment_problem(rule.segment_id, catalog, lists)


def _named_things(
    rule: SentRule | ActivityRule | TagRule, catalog: Catalog
) -> Iterator[tuple[str, str]]:
    """E-mails, campaigns and tags that the account does not have."""
    match rule:
        case TagRule():
            if catalog.tables_of_tags:
                yield from _not_there("tags", rule.tags, catalog.tags, "tag")
        case SentRule():
            yield from _not_there("sent", rule.emails, catalog.emails, "e-mail")
        case ActivityRule():
            yield from _not_there("campaigns", rule.campaigns, catalog.campaigns, "campaign")
            yield from _not_there("emails", rule.emails, catalog.emails, "e-mail")


def _not_there(
    name: str, ids: Sequence[int], known: Container[int], kind: str
) -> Iterator[tuple[str, str]]:
    for place, number in enumerate(ids):
        if number not in known:
            yield f"{name}/{place}", f"There is no {kind} {number}. Choose from your {kind}s."


def criteria_notes(asked: Iterable[AnyRule], catalog: Catalog) -> Iterator[str]:
    """What is good to know of rules that can be published."""
    for rule in asked:
        found = catalog.segments.get(rule.segment_id) if isinstance(rule, SegmentRule) else None
        if found is not None and not found.readable:
            yield (
                f"The rules of the host's segment “{found.name}” cannot be asked here exactly:"
                " whoever is asked about it is held."
            )


def _message_problem(step_id: int, catalog: Catalog) -> str | None:
    if step_id in catalog.senders:
        return None
    if kind := catalog.steps.get(step_id):
        return f"Step {step_id} is a {kind}, which sends no e-mail. Name one that does."
    return f"This journey has no step {step_id}. Name one that sends an e-mail."


def _segment_problem(segment_id: int, catalog: Catalog, lists: Lists) -> str | None:
    found = catalog.segments.get(segment_id)
    if found is None:
        return f"There is no segment {segment_id}. Choose one of your segments."
    if lists is None or lists == {found.list_id}:
        return None
    home = catalog.list_name(found.list_id)
    return f"“{found.name}” is a segment of {home}, but people may come from other lists."


def _field_problem(field: str, catalog: Catalog, lists: Lists) -> str | None:
    """Why a rule cannot ask about this field, with the cure."""
    if field in SUBSCRIBER_COLUMNS:
        return None
    found = catalog.by_column(field)
    if found is None:
        return f"There is no field {field}. Choose one of your fields."
    if found.list_id is None or lists is None or lists == {found.list_id}:
        return None
    home = catalog.list_name(found.list_id)
    return f"“{found.name}” belongs to {home}, but people may come from other lists."
