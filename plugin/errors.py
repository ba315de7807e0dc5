"""Every error this add-on raises on purpose.

JourneysError           text is shown to people as it is: what is wrong, and what to do
+ InvalidDocument       a journey document that cannot be read or run; carries its problems
+ UnknownAction         a published version names an action or trigger that is not installed
+ BadTemplate           a merge tag that cannot be understood, or a text that grew too long
+ BadValue              one value that the target field cannot hold
+ CannotEvaluate        no answer now (field, table or list gone): people hold
  + HostMismatch        the host's tables are not what we expect (see `journeys doctor`)
+ Interrupted           the database undid the transaction; run the whole unit again
+ Unavailable           the database is away or full: answer 503, try later
+ NotFound              no such thing, or not yours: the two answer alike
+ Conflict              the thing is not in the state that the request needs
+ NotAuthentic          a signature, token or session that does not hold
+ NotAllowed            the user lacks the right
+ BlockedAddress        an outbound address that is not public and not allowed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class JourneysError(Exception):
    """Base class."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a document: `path` is a JSON pointer, `text` a sentence with the cure."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path or '/'}: {self.text}"


class InvalidDocument(JourneysError):
    """The document cannot be read or published. `problems` says where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


class UnknownAction(JourneysError):
    """A step or trigger names a kind that no installed module declares."""


class BadTemplate(JourneysError):
    """A merge tag that cannot be understood, or an output over the limit."""


class BadValue(JourneysError):
    """A value that the target field cannot hold (charset, length, type)."""


class CannotEvaluate(JourneysError):
    """A question without an answer. `code` is stable: `field_missing`, `list_missing` …"""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class HostMismatch(CannotEvaluate):
    """A host table or column that nothing works without is missing."""

    def __init__(self, text: str) -> None:
        super().__init__("host_mismatch", text)


class Interrupted(JourneysError):
    """The database ended our transaction (deadlock, lost connection). Nothing was written."""


class Unavailable(JourneysError):
    """The database cannot be reached or cannot write now."""


class NotFound(JourneysError):
    """Unknown and foreign ids answer alike."""


class Conflict(JourneysError):
    """The request does not fit the present state. `code` is stable."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class NotAuthentic(JourneysError):
    """A signature, token or session that does not hold."""


class NotAllowed(JourneysError):
    """The user lacks the right."""


class BlockedAddress(JourneysError):
    """An address that is not public and that the admin has not allowed."""
