"""Numbers, states, reasons and branches in the words of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from plugin.domain.ends import END_REASONS
from plugin.domain.entry_rules import Caps
from plugin.domain.journey import AfterUnsubscribe, Reentry


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with its tone: '', good, warn, bad or accent. `icon`: a symbol of the sprite."""

    text: str
    tone: str = ""
    icon: str = ""


STATUSES: Mapping[str, Badge] = {
    "enabled": Badge("Enabled", "good"),
    "disabled": Badge("Disabled"),
    "archived": Badge("Archived"),
}

STATES: Mapping[str, Badge] = {
    "entering": Badge("Entering", "accent"),
    "active": Badge("Active", "accent"),
    "waiting": Badge("Waiting", "good"),
    "held": Badge("Held", "warn", "pause"),
    "parked": Badge("Parked", "bad", "warn"),
    "ended": Badge("Ended"),
}

#: Reasons of an end, as they follow a number of people.
ENDS = END_REASONS

#: Reasons for not letting somebody in, as they follow a number: the re-entry rules first.
REFUSALS: Mapping[str, str] = {
    "once_ever": "had been inside before",
    "once_at_a_time": "inside already",
    "every_time": "for the same event",
    "again_after": "too soon after the last time",
    "unsubscribed": "unsubscribed from the list",
    "journey_disabled": "the journey is off",
    "entry_criteria": "did not fit the entry criteria",
    "too_old": "told too late",
    "unknown_subscriber": "not on the list any more",
    "subscribed_again": "had subscribed again",
    "loop": "by journeys that started one another in a circle",
}

#: What brought somebody in.
ENTRIES: Mapping[str, str] = {
    "subscription": "subscribed",
    "unsubscription": "unsubscribed",
    "open": "opened an e-mail",
    "click": "clicked a link",
    "conversion": "converted",
    "tag": "was tagged",
    "untag": "lost a tag",
    "field_changed": "had a field changed",
    "custom": "an event came in",
    "revenue": "brought in revenue",
    "date_reached": "a date has come",
    "pulled": "was picked on schedule",
    "journey_completed": "completed a journey",
    "forgotten": "by an event that is not kept any more",
}

BRANCHES: Mapping[str, Badge] = {
    "true": Badge("True", "yes", "check"),
    "false": Badge("False", "no", "x"),
    "happened": Badge("Happened", "", "check"),
    "timed_out": Badge("Timed out", "", "clock"),
    "failed": Badge("Failed", "", "bad"),
}

#: What came of a step that changes who is on a list.
MEMBERSHIP: Mapping[str, str] = {
    "subscribed": "Subscribed to {list}",
    "already_subscribed": "Was on {list} already",
    "asked_to_confirm": "Asked by the host to confirm for {list}",
    "unsubscribed": "Unsubscribed from {list}",
    "already_unsubscribed": "Had left {list} already",
    "deleted": "Deleted from {list}",
    "refused": "Nothing done on {list}: {reason}",
}

#: What came of a step that tags people.
TAGGING: Mapping[str, str] = {
    "tagged": "Tagged with {tag}",
    "already_tagged": "Had the tag {tag} already",
    "untagged": "Took off the tag {tag}",
    "already_untagged": "Had no tag {tag}",
    "refused": "Tag {tag} left alone: {reason}",
}

#: Why nothing was done, after a colon.
REASONS: Mapping[str, str] = {
    "bounced": "mail to this address bounces",
    "double_opt_in": "the list asks people to confirm",
    "invalid_address": "the list cannot hold this address",
    "invalid_field": "a field of the list does not take its value",
    "not_on_list": "not on this list",
    "not_unique": "a value is somebody else's already",
    "opt_in_pending": "has yet to confirm",
    "required_field": "a field that the list requires has no value",
    "suppressed": "the address is suppressed",
    "unsubscribed": "has left the list",
    "vetoed": "a plug-in of the host forbids it",
}

#: What the host was asked for.
ASKED: Mapping[str, str] = {
    "subscribe": "Asked the host to subscribe them to {list}",
    "unsubscribe": "Asked the host to unsubscribe them from {list}",
    "delete": "Asked the host to delete them from {list}",
    "tag": "Asked the host to tag them with {tag}",
    "untag": "Asked the host to take off the tag {tag}",
}

UNSUBSCRIBED: Mapping[AfterUnsubscribe, str] = {
    "end": "Whoever unsubscribes leaves",
    "continue": "Whoever unsubscribes goes on without mail",
}


def number(n: int) -> str:
    """“4,812”."""
    return f"{n:,}"


def people(n: int) -> str:
    """“1 person”, “4,812 people”."""
    return "1 person" if n == 1 else f"{n:,} people"


def lasting(seconds: float) -> str:
    """“2 days 3 h”, “4 min”, “12 s”: the two largest units."""
    sizes = ((86400, "days"), (3600, "h"), (60, "min"), (1, "s"))
    parts = []
    rest = int(seconds)
    for size, unit in sizes:
        n, rest = divmod(rest, size)
        if n:
            parts.append(f"{n:,} {'day' if n == 1 and unit == 'days' else unit}")
    return " ".join(parts[:2]) or "0 s"


def state(name: str) -> Badge:
    return STATES.get(name) or Badge(plain(name))


def status(name: str) -> Badge:
    return STATUSES.get(name) or Badge(plain(name))


def branch(name: str) -> Badge:
    return BRANCHES.get(name) or Badge(plain(name))


def end(reason: str) -> str:
    return ENDS.get(reason) or plain(reason).lower()


def refusal(reason: str) -> str:
    return REFUSALS.get(reason) or plain(reason).lower()


def entry(event_type: str | None, journey: str | None = None) -> str:
    """How somebody came in: by an event, by a step of that journey, else by hand or the API."""
    if journey is not None:
        return f"started by “{journey}”"
    return ENTRIES.get(event_type, plain(event_type).lower()) if event_type else "by hand or API"


def membership(result: str, reason: str, list_name: str) -> str:
    """“Subscribed to “Newsletter””."""
    known = MEMBERSHIP.get(result, plain(result) + ", {list}")
    why = REASONS.get(reason) or plain(reason).lower()
    return known.format(list=f"“{list_name}”", reason=why)


def asked(verb: str, list_name: str) -> str:
    return ASKED.get(verb, "Asked the host about {list}").format(list=f"“{list_name}”")


def tagging(result: str, reason: str, tag_name: str) -> str:
    """“Tagged with “VIP””."""
    known = TAGGING.get(result, plain(result) + ", {tag}")
    why = REASONS.get(reason) or plain(reason).lower()
    return known.format(tag=f"“{tag_name}”", reason=why)


def asked_to_tag(verb: str, tag_name: str) -> str:
    return ASKED.get(verb, "Asked the host about {tag}").format(tag=f"“{tag_name}”")


def reentry(rule: Reentry) -> str:
    match rule.rule:
        case "once_ever":
            return "Once ever"
        case "once_at_a_time":
            return "Once at a time"
        case "every_time":
            return "Every time"
        case "again_after":
            days = "1 day" if rule.days == 1 else f"{rule.days:,} days"
            return f"{days} after {'entering' if rule.since == 'entry' else 'leaving'}"


def caps(given: Caps) -> str:
    """“At most 5 an hour and 20 a day; the others wait for their place”; '' for none."""
    parts = [(given.per_hour, "an hour"), (given.per_day, "a day")]
    most = " and ".join(f"{n:,} {unit}" for n, unit in parts if n)
    return f"At most {most}; the others wait for their place" if most else ""


def plain(name: str) -> str:
    """A technical name that we have no better word for: “wait_over” becomes “Wait over”."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def ordinal(n: int) -> str:
    """“1st”, “2nd”, “13th”."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def instant(text: object) -> datetime | None:
    """What the history has kept of a moment; None for anything else."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None
