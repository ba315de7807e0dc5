"""What became of messages, in the words of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.domain.send_rates import SendRate
from plugin.routes import words

ASKED: Mapping[str, str] = {
    "send": "Handed {email} to the host to send",
    "rate": "Waits for room to send {email}: the send rate is used up",
    "cap": "Waits to be sent {email}: had enough messages lately",
}
RESULTS: Mapping[str, str] = {
    "sent": "Sent {email}",
    "unknown": "{email} was sent, or was not: nobody knows, and it is not sent again",
    "skipped": "{email} not sent: {reason}",
    "failed": "{email} could not be sent: {reason}",
}
#: Why not, beside the reasons of lists.
REASONS: Mapping[str, str] = {
    "capped": "they had enough messages lately",
    "left": "they left the journey before",
    "no_address": "there is no address that anybody reads",
    "no_message_id": "the host did not say that it took it",
    "subscriber_missing": "the host does not have them on this list",
}
#: What cards count, in this order: figure → words after a number.
FIGURES: tuple[tuple[str, str], ...] = (
    ("sent", "sent"),
    ("unknown", "unknown whether sent"),
    ("skipped", "not sent"),
    ("failed", "failed"),
    ("opened", "opened"),
    ("clicked", "clicked"),
    ("converted", "converted"),
    ("bounced", "bounced"),
    ("complained", "complained"),
    ("unsubscribed", "unsubscribed by it"),
)


def is_message(detail: Mapping[str, Any]) -> bool:
    return "email_id" in detail and ("result" in detail or "asked" in detail)


def title(detail: Mapping[str, Any], email: str) -> str:
    """“Sent “Welcome””."""
    name = f"“{email}”"
    if "asked" in detail:
        asked = str(detail["asked"])
        return ASKED.get(asked, words.plain(asked) + " {email}").format(email=name)
    result, reason = str(detail["result"]), str(detail.get("reason", ""))
    known = REASONS.get(reason) or words.REASONS.get(reason) or words.plain(reason).lower()
    return RESULTS.get(result, words.plain(result) + " {email}").format(email=name, reason=known)


def rate(given: SendRate) -> str:
    """“Sends at most 100 messages a minute and 1,000 an hour”."""
    parts = [(given.per_minute, "a minute"), (given.per_hour, "an hour")]
    most = " and ".join(f"{n:,} {unit}" for n, unit in parts if n)
    return f"Sends at most {most}; the others wait for room"
