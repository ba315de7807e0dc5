"""Ask about each person and send them down the branch that fits."""

from __future__ import annotations

from plugin.engine.deciding import Deciding


class Decision(Deciding):
    name = "Decision"
    label = "Decision"
    icon = "decision"
    example = {"criteria": {"all": [{"field": "EmailAddress", "operator": "is_set"}]}}
