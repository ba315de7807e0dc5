"""Someone clicks a link in an e-mail. What machines click never counts: see routing."""

from __future__ import annotations

from plugin.engine.reactions import Clicking


class EmailLinkClick(Clicking):
    name = "EmailLinkClick"
    label = "Clicks a link"
    icon = "go"
    example = {"url": {"match": "contains", "value": "/pricing"}}
