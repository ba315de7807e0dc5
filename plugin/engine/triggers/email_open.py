"""Someone opens an e-mail. Automated opens never count: the routing leaves them out."""

from __future__ import annotations

from plugin.engine.reactions import Opening


class EmailOpen(Opening):
    name = "EmailOpen"
    label = "Opens an e-mail"
    icon = "mail"
    example = {"email_ids": [1]}
