"""A shop, a web page or any other system reports an event of its own, by its name."""

from __future__ import annotations

from plugin.engine.custom_events import Custom


class CustomEvent(Custom):
    name = "CustomEvent"
    label = "Does something of your own"
    icon = "ear"
    example = {
        "event": "cart_left",
        "conditions": [{"property": "total", "operator": "at_least", "value": "50"}],
        "correlation": "order_id",
    }
