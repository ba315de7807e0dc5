"""The tags there are, by scope; and those of the host that mean nothing here, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

LONGEST_NAME = 100

LIST_NAMES = (
    "ListID",
    "Name",
    "SenderName",
    "SenderEmailAddress",
    "SenderAddress",
    "SenderCompany",
)
#: What a tag may say of the account. Passwords, keys and tokens are not among it.
USER_NAMES = (
    *("FirstName", "LastName", "EmailAddress", "CompanyName", "Website", "Street", "City"),
    *("State", "Zip", "Country", "Phone", "Fax", "TimeZone"),
)
JOURNEY_NAMES = ("JourneyID", "ActionID", "Name")

Scopes = Mapping[str, Collection[str] | None]

#: For each scope its names, or None where names are the account's own.
SCOPES: Scopes = MappingProxyType(
    {
        "Subscriber": None,
        "List": LIST_NAMES,
        "User": USER_NAMES,
        "Journey": JOURNEY_NAMES,
        "Event": None,
        "Kept": None,
    }
)
#: The present moment stands without a scope; its value is an aware datetime in the journey's zone.
NOW = ("Now", "")

#: Scopes of the host that only its own mails, or its own journeys, can fill.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "Link": "Links such as {tag} are made by the host when it sends a mail; put them into the"
        " mail in the host.",
        "Campaign": "{tag} belongs to campaigns of the host; a journey is none.",
        "Entry": "There is no scope Entry here. Use Journey, Event or Subscriber.",
        "Action": "There is no scope Action here. Use Journey:ActionID.",
    }
)


class Wrong(Exception):
    """Not a tag, or none that exists. The sentence, with a suggestion, is made when asked for:
    of a thousand faults in a text the first few are told."""

    def __init__(self, text: str, word: str = "", known: Collection[str] = ()) -> None:
        super().__init__(text)
        self._text, self._word, self._known = text, word, known

    def sentence(self) -> str:
        if not self._known:
            return self._text
        near = nearest(self._word, self._known)
        hint = f"Did you mean {near}?" if near else f"Use {_choice(list(self._known))}."
        return f"{self._text} {hint}"


def checked(scope: str, name: str, scopes: Scopes) -> None:
    """Raises Wrong for a scope or a name that does not exist."""
    if scope in REFUSED and scope not in scopes:
        raise Wrong(REFUSED[scope].format(tag=short(f"{scope}:{name}")))
    if scope not in scopes:
        raise Wrong(f"There is no scope {short(scope)}.", scope, tuple(scopes))
    if len(name) > LONGEST_NAME:
        raise Wrong(f"The name {short(name)} is longer than {LONGEST_NAME} characters.")
    names = scopes[scope]
    if names is not None and name not in names:
        raise Wrong(f"{scope} has no {short(name)}.", name, names)


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known name that this one was perhaps meant to be; case alone is no difference."""
    by_small = {name.lower(): name for name in known}
    found = get_close_matches(word[:LONGEST_NAME].lower(), list(by_small), n=1)
    return by_small[found[0]] if found else None


def short(text: str) -> str:
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'


def _choice(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
