"""Rules about messages, journeys, segments and suppression in words, for rules_for_people."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.domain.behaviour_codec import DID, SCOPES, is_negated
from plugin.domain.catalog import Catalog
from plugin.domain.criteria import (
    Condition,
    JourneyRule,
    MessageRule,
    SegmentRule,
    SentRule,
    SuppressionRule,
)

URLS: Mapping[str, str] = {
    "is": "the address {}",
    "begins_with": "addresses that begin with {}",
    "contains": "addresses that contain {}",
}
_BARE = {"sent": "be sent", "opened": "open", "clicked": "click"}
_JOURNEYS = {
    "inside": "inside {} now",
    "not_inside": "not inside {} now",
    "finished": "has finished {}",
    "not_finished": "has not finished {}",
    "entered": "has entered {}",
    "not_entered": "has never entered {}",
}
_SCOPES = {"list": "on the list", "account": "in the account", "everywhere": "everywhere"}


def behaviour_in_words(
    rule: MessageRule | SentRule | JourneyRule | SegmentRule | SuppressionRule, catalog: Catalog
) -> str:
    match rule:
        case MessageRule():
            return _message(rule)
        case SentRule():
            return _sent(rule, catalog)
        case JourneyRule(journey_id, operator):
            reads = _JOURNEYS.get(operator, operator + " {}")
            return reads.format(quoted(catalog.journey_name(journey_id)))
        case SegmentRule(segment_id, operator):
            negated = "not " if is_negated(operator) else ""
            return f"{negated}in the segment {quoted(catalog.segment_name(segment_id))}"
        case SuppressionRule(operator, scopes):
            return f"{operator.replace('_', ' ')}{_where(scopes)}"


def on_addresses(url: Condition) -> str:
    """“the address “https://…””, “addresses that contain “shop””."""
    return URLS[url.operator].format(quoted(url.value))


def quoted(text: str) -> str:
    return f"“{text}”"


def _message(rule: MessageRule) -> str:
    """“did not click on the address “…” in the message of step 7”."""
    what = DID.get(rule.did, rule.did)
    if what == "sent":
        verb = "was not sent" if is_negated(rule.did) else "was sent"
    else:
        verb = f"did not {_BARE[what]}" if is_negated(rule.did) else what
    url = f" on {on_addresses(rule.url)} in" if rule.url else " in" * (what == "clicked")
    return f"{verb}{url} the message of step {rule.step_id}"


def _sent(rule: SentRule, catalog: Catalog) -> str:
    verb = "was not sent" if is_negated(rule.operator) else "was sent"
    names = " or ".join(quoted(catalog.email_name(i)) for i in rule.emails)
    days = "day" if rule.days == 1 else f"{rule.days} days"
    within = "" if rule.days is None else f" in the last {days}"
    return f"{verb} {f'the e-mail {names}' if names else 'any e-mail'} by a journey{within}"


def _where(scopes: tuple[str, ...]) -> str:
    if not scopes or set(scopes) == set(SCOPES):
        return ""
    return " " + " or ".join(_SCOPES[scope] for scope in scopes)
