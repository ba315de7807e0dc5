"""What is said of somebody who joins or leaves a list, and why the host may refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Refused(Exception):
    """The host does not do it; the text says why, to the person at the page.

    `reason` is one of "suppressed", "duplicate", "required", "not unique", "status"; `field` is
    the CustomFieldID that is to blame, else 0.
    """

    def __init__(self, text: str, reason: str = "status", field_id: int = 0) -> None:
        super().__init__(text)
        self.reason = reason
        self.field_id = field_id


@dataclass(frozen=True)
class Joining:
    """Who joins: `values` by column of the list, `account` by id of an account-wide field.

    Required fields are looked at where they were sent; `enforce` looks at all of them. Whoever is
    suppressed is refused, unless the owner wants them `though_suppressed`.
    """

    address: str
    values: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[int, str] = field(default_factory=dict)
    source: str = "Manual"
    source_ref: str = ""
    enforce: bool = False
    though_suppressed: bool = False


@dataclass(frozen=True)
class Leaving:
    """How somebody leaves: because of which e-mail, through what, and who is told to remember.

    `everywhere` puts the address on the account's suppression list; `spare` leaves the
    suppression options of the list aside.
    """

    channel: str = "User area"
    campaign_id: int = 0
    email_id: int = 0
    everywhere: bool = False
    spare: bool = False
