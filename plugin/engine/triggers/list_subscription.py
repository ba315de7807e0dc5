"""Someone becomes Subscribed on a list (with double opt-in: when they confirm)."""

from __future__ import annotations

from plugin.engine.list_changes import Joining


class ListSubscription(Joining):
    name = "ListSubscription"
    label = "Subscribes to a list"
    icon = "bolt"
    example = {"list_ids": [1]}
