"""Someone becomes Unsubscribed on a list. People in such a journey need not be subscribed."""

from __future__ import annotations

from plugin.engine.list_changes import Leaving


class ListUnsubscription(Leaving):
    name = "ListUnsubscription"
    label = "Unsubscribes from a list"
    icon = "exit"
    example = {"list_ids": [1]}
