"""A conversion is recorded for someone, such as an order in a shop."""

from __future__ import annotations

from plugin.engine.reactions import Converting


class EmailConversion(Converting):
    name = "EmailConversion"
    label = "Converts"
    icon = "target"
    example = {"minimum": 50}
