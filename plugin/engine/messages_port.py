"""What the engine needs of the messages that SendEmail steps ask for; part of engine.ports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId
from plugin.domain.event import Received


class MessageRef(NamedTuple):
    """Which message of ours something is about."""

    id: int
    enrollment_id: EnrollmentId
    journey_id: int
    step_id: int


class Messages(Protocol):
    """One message per visit of a SendEmail step."""

    def of_events(self, events: Sequence[Received]) -> Mapping[int, MessageRef]:
        """Which of our messages each event is about, by its number in the inbox; events about none
        are left out. Whatever machines did is resolved as well: who counts leaves it out.

        `data.message` is our delivery key, `data.message_id` the host's own name for it; without
        both, `data.email_id` means the last message with that e-mail that was sent to this
        subscriber before it happened, unless a campaign sent it (`data.campaign_id`). A message
        of another list or subscriber than the event's is none. At most three statements.
        """

    def latest(
        self, step_id: int, enrollment_ids: Collection[EnrollmentId]
    ) -> Mapping[EnrollmentId, MessageRef]:
        """The last message of this step to each of these passages, sent or on its way; whoever was
        sent none is left out. One statement."""
