"""What is counted of messages: one figure, `message`, with what became of them as the remark.

All of it is unique: one message counts once as opened, however often it was opened. `revenue` is a
figure of its own, in hundredths.
"""

from __future__ import annotations

from collections.abc import Mapping

from plugin.domain.gateway_codes import HELD

MESSAGE, REVENUE = "message", "revenue"

#: Types of events → what they are counted as. A click is an opening as well: pictures that are not
#: shown tell of no opening.
HEARD: Mapping[str, tuple[str, ...]] = {
    "delivery": ("delivered",),
    "open": ("opened",),
    "click": ("clicked", "opened"),
    "conversion": ("converted",),
    "bounce": ("bounced",),
    "complaint": ("complained",),
    "unsubscription": ("unsubscribed",),
    "revenue": (REVENUE,),
}
#: The column of each first moment.
MOMENTS: Mapping[str, str] = {
    "delivered": "delivered_at",
    "opened": "opened_at",
    "clicked": "clicked_at",
    "converted": "converted_at",
    "bounced": "bounced_at",
    "complained": "complained_at",
    "unsubscribed": "unsubscribed_at",
}


def remark_of(state: str, reason: str | None) -> str | None:
    """As what a message of this state is counted; None: not, for nothing has become of it yet."""
    match state:
        case "sent" | "unknown":
            return state
        case "failed" if reason in HELD:
            return None  # people are held, and it is asked for again
        case "failed" | "skipped":
            return f"{state}:{reason}"
        case _:
            return None
