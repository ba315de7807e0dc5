"""What the engine needs of the messages that SendEmail steps ask for; part of engine.ports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from plugin.domain.enrollment import EnrollmentId
from plugin.domain.event import Received

#: queued: asked for, and its turn may be yet to come · sent: the host has it · unknown: it may have
#: been sent · failed: it was not, though it was tried · skipped: it was not to be.
MessageState = Literal["queued", "sent", "unknown", "failed", "skipped"]


class MessageRef(NamedTuple):
    """Which message of ours something is about."""

    id: int
    enrollment_id: EnrollmentId
    journey_id: int
    step_id: int


class MessageOf(NamedTuple):
    """What the messages of one batch have in common."""

    user_id: int
    journey_id: int
    version_id: int
    step_id: int
    list_id: int
    email_id: int


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One person's message. `handed_over`: its delivery is posted in this transaction."""

    enrollment_id: EnrollmentId
    visit: int
    subscriber_id: int
    email: str
    state: MessageState
    reason: str | None
    place_at: datetime
    handed_over: bool


class Queued(NamedTuple):
    """A message that is not handed over yet: since which visit, and when it looks again."""

    id: int
    visit: int
    place_at: datetime


class Change(NamedTuple):
    """What has become of a message, by its delivery's key."""

    delivery_key: str
    state: MessageState
    reason: str | None = None
    host_message_id: str | None = None


class Changed(NamedTuple):
    """A message whose state is another now."""

    of: MessageOf
    before: tuple[str, str | None]  #: state and reason
    now: tuple[str, str | None]


class Heard(NamedTuple):
    """Something that was reported about a message, at its own time. `figure`: see
    domain.message_figures; `amount` in hundredths, of revenue."""

    message_id: int
    figure: str
    at: datetime
    bounce: str = ""
    amount: int = 0


class Told(NamedTuple):
    """A figure of a message that was not there before; `n` is 1, or an amount."""

    of: MessageOf
    figure: str
    n: int


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

    def add(self, of: MessageOf, new: Sequence[NewMessage], now: datetime) -> None:
        """One statement."""

    def queued(
        self, step_id: int, enrollment_ids: Collection[EnrollmentId]
    ) -> Mapping[EnrollmentId, Queued]:
        """Those who stand in a line at this step. One statement."""

    def move(self, of: MessageOf, moved: Mapping[int, NewMessage], now: datetime) -> None:
        """Messages that stood in a line, by their number, as they are now. Two statements."""

    def note(self, changes: Sequence[Change], now: datetime) -> Sequence[Changed]:
        """Write what has become of them; answers those for whom that is new. Two statements."""

    def heard(self, delivery_keys: Collection[str]) -> Set[str]:
        """Those of which something was reported: they were sent. One statement."""

    def settle(self, ids: Collection[int], now: datetime) -> Sequence[Changed]:
        """These were sent: whoever did not know is told, and who stays for it is due now. One
        statement when all of it was known."""

    def stamp(self, heard: Sequence[Heard]) -> Sequence[Told]:
        """Note first moments, and amounts; answers what is new. Two statements."""
