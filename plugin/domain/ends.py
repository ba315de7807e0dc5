"""Why a passage ends: the closed list, with the words that people read after a number."""

from __future__ import annotations

from collections.abc import Mapping

#: Reason → words, as in “12 finished”. The counters keep one figure per reason.
END_REASONS: Mapping[str, str] = {
    "completed": "finished",
    "exited": "sent out",
    "exit_rule": "ended by an exit rule",
    "goal_reached": "reached a goal",
    "unsubscribed": "unsubscribed",
    "subscriber_deleted": "deleted from the list",
    "list_deleted": "left with their list",
    "ended_by_hand": "ended by hand",
    "overdue": "ended as overdue",
    "webhook_failed": "a webhook failed",
    "message_cap": "had enough messages",
    "step_removed": "left with their step",
    "account_deleted": "left with their account",
    "archived": "left when it was archived",
}
