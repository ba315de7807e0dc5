"""Accounts of the host: those that are disabled, and those that are gone."""

from __future__ import annotations

from plugin.engine.ports import Work
from plugin.errors import CannotEvaluate

#: The end reason of people whose account the host has no more.
GONE = "account_deleted"
DISABLED = "The account is disabled in the host. People go on when it is enabled again."


class Accounts:
    """What the host says of accounts by now. Asked once per account; a tick is of one."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[int, bool | None] = {}

    def ending(self, user_id: int) -> str | None:
        """Why everybody of this account ends; None: they may go on.

        Raises CannotEvaluate while the account is disabled or nothing can be told about it.
        """
        if user_id not in self._known:
            self._known[user_id] = self._work.host.accounts([user_id]).get(user_id)
        enabled = self._known[user_id]
        if enabled is None:
            return GONE
        if not enabled:
            raise CannotEvaluate("account_disabled", DISABLED)
        return None
