"""The older name of Decision, for journeys that bring it along from the host."""

from __future__ import annotations

from plugin.engine.deciding import Deciding


class YesNo(Deciding):
    """It works exactly as Decision does, criteria and branches too. The host calls it deprecated:
    choose Decision for new journeys.
    """

    name = "YesNo"
    label = "Yes or no"
    icon = "decision"
    example = {"criteria": {"field": "EmailAddress", "operator": "contains", "value": "@example."}}
