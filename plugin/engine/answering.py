"""The answers to rules of all forms, for many people: the host's, and ours about what lies beside
their passages, about messages and about journeys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from plugin.domain.behaviour_codec import DID, is_negated
from plugin.domain.criteria import (
    Answer,
    AnyRule,
    Condition,
    JourneyRule,
    MessageRule,
    OwnRule,
    SentRule,
    ValueRule,
)
from plugin.domain.enrollment import Batch, EnrollmentId, SubscriberId
from plugin.domain.value_rules import answer
from plugin.engine.behaviour_port import Became, Passages
from plugin.engine.ports import Version, Work
from plugin.engine.tag_ports import EnrollmentData
from plugin.engine.tags import value_of

_NOTHING = EnrollmentData(None, {}, False)
_CANNOT_TELL = Answer(None, None)
_NEVER = Passages(0, 0, 0)
#: For so long events are kept in any case.
MEMORY = timedelta(days=30)

Key = TypeVar("Key", EnrollmentId, SubscriberId)


class Asked(NamedTuple):
    """Somebody whom rules are asked about. `enrollment_id` None: before there is a passage; then
    `person_key` says who it is."""

    subscriber_id: SubscriberId
    enrollment_id: EnrollmentId | None
    person_key: bytes | None = None


class Setting(NamedTuple):
    """In which journey, on which list and when rules are asked."""

    user_id: int
    journey_id: int
    list_id: int
    zone: str
    now: datetime

    @classmethod
    def of(cls, version: Version, list_id: int, now: datetime) -> Setting:
        return cls(version.user_id, version.journey_id, list_id, version.zone, now)

    @property
    def today(self) -> datetime:
        return self.now.astimezone(ZoneInfo(self.zone))


def answers(
    work: Work, setting: Setting, people: Mapping[Key, Asked], asked: Sequence[AnyRule]
) -> Mapping[Key, tuple[Answer, ...]]:
    """In the order of the rules. Who has no row on the list is left out. Raises CannotEvaluate.

    As many statements for a thousand people as for one.
    """
    own = [rule for rule in asked if isinstance(rule, OwnRule)]
    told = _of_host(work, setting, people, [r for r in asked if not isinstance(r, OwnRule)])
    if not own:
        return told
    ours = _Ours(work, setting, {who: people[who] for who in told}, own)
    found: dict[Key, tuple[Answer, ...]] = {}
    for who, about_host in told.items():
        rest = iter(about_host)
        one = people[who]
        found[who] = tuple(
            ours.answer(rule, one) if isinstance(rule, OwnRule) else next(rest) for rule in asked
        )
    return found


def in_batch(batch: Batch) -> tuple[Setting, Mapping[EnrollmentId, Asked]]:
    """Everybody who runs a step together."""
    people = {who: Asked(s.subscriber_id, who) for who, s in batch.subscribers.items()}
    setting = Setting(batch.user_id, batch.journey_id, batch.list_id, batch.zone, batch.now)
    return setting, people


def _of_host(
    work: Work, setting: Setting, people: Mapping[Key, Asked], asked: Sequence[AnyRule]
) -> Mapping[Key, tuple[Answer, ...]]:
    if not asked:
        return dict.fromkeys(people, ())
    ids = sorted({one.subscriber_id for one in people.values()})
    found = work.host.answers(setting.list_id, ids, asked, setting.today)
    return {
        who: found[one.subscriber_id] for who, one in people.items() if one.subscriber_id in found
    }


@dataclass(eq=False)
class _Ours:
    """What our own tables say. Each is read when the first rule needs it."""

    work: Work
    setting: Setting
    people: Mapping[int, Asked]
    rules: Sequence[OwnRule]

    def answer(self, rule: OwnRule, one: Asked) -> Answer:
        match rule:
            case ValueRule():
                return self._value(rule, one)
            case MessageRule():
                return self._message(rule, one)
            case SentRule():
                return self._sent(rule, one)
            case JourneyRule():
                return self._journey(rule, one)

    # What is read, a statement each

    @cached_property
    def _ids(self) -> list[EnrollmentId]:
        found = (one.enrollment_id for one in self.people.values())
        return [who for who in found if who is not None]

    @cached_property
    def _beside(self) -> Mapping[EnrollmentId, EnrollmentData]:
        return self.work.beside.read(self.setting.user_id, self._ids)

    @cached_property
    def _keys(self) -> Mapping[EnrollmentId, bytes]:
        return self.work.behaviour.person_keys(self.setting.user_id, self._ids)

    @cached_property
    def _passages(self) -> Mapping[tuple[bytes, int], Passages]:
        wanted = {rule.journey_id for rule in self.rules if isinstance(rule, JourneyRule)}
        return self.work.behaviour.passages(self.setting.user_id, self._everybody, wanted)

    @cached_property
    def _became(self) -> Mapping[tuple[EnrollmentId, int], Became]:
        steps = {rule.step_id for rule in self.rules if isinstance(rule, MessageRule)}
        return self.work.behaviour.messages(self.setting.user_id, self._ids, steps)

    @cached_property
    def _clicked(self) -> Mapping[int, Collection[str]]:
        people = {one.subscriber_id for one in self.people.values()}
        return self.work.behaviour.clicked_in(self.setting.list_id, people)

    @cached_property
    def _last_sent(self) -> Mapping[bytes, Mapping[int, datetime]]:
        found: dict[bytes, dict[int, datetime]] = {}
        last = self.work.behaviour.last_sent(self.setting.user_id, self._everybody)
        for (person, email), at in last.items():
            found.setdefault(person, {})[email] = at
        return found

    @property
    def _everybody(self) -> Collection[bytes]:
        return {key for one in self.people.values() if (key := self._key(one))}

    def _key(self, one: Asked) -> bytes | None:
        if one.person_key is not None or one.enrollment_id is None:
            return one.person_key
        return self._keys.get(one.enrollment_id)

    # What it means

    def _value(self, rule: ValueRule, one: Asked) -> Answer:
        if one.enrollment_id is None:
            return _CANNOT_TELL
        data = self._beside.get(one.enrollment_id, _NOTHING)
        if rule.scope == "event" and data.too_large:
            return _CANNOT_TELL
        scope = "Kept" if rule.scope == "kept" else "Event"
        return answer(rule, value_of(data, scope, rule.name), self.setting.today.date())

    def _message(self, rule: MessageRule, one: Asked) -> Answer:
        became = None
        if one.enrollment_id is not None:
            became = self._became.get((one.enrollment_id, rule.step_id))
        if became is None:
            return _either(rule.did, False, "not sent")
        truth = {"sent": became.sent, "opened": became.opened, "clicked": became.clicked}
        parts = [name for name, is_so in truth.items() if is_so]
        is_so, seen = truth[DID[rule.did]], ", ".join(parts) or "not sent"
        if rule.url is None or not is_so:
            return _either(rule.did, is_so, seen)
        if any(_fits(rule.url, address) for address in self._clicked.get(became.message_id, ())):
            return _either(rule.did, True, seen)
        # Somebody clicked something; which address is known as long as events are kept.
        known = became.asked_at > self.setting.now - MEMORY
        return _either(rule.did, False, f"{seen} elsewhere") if known else Answer(None, seen)

    def _sent(self, rule: SentRule, one: Asked) -> Answer:
        sent = self._last_sent.get(self._key(one) or b"", {})
        since = self.setting.now - timedelta(days=rule.days) if rule.days is not None else None
        of_rule = [at for email, at in sent.items() if not rule.emails or email in rule.emails]
        last = max(of_rule, default=None)
        was = last is not None and (since is None or last >= since)
        seen = f"last sent at {last:%Y-%m-%d %H:%M} UTC" if last is not None else "never sent"
        return _either(rule.operator, was, seen)

    def _journey(self, rule: JourneyRule, one: Asked) -> Answer:
        found = self._passages.get((self._key(one) or b"", rule.journey_id), _NEVER)
        if rule.journey_id == self.setting.journey_id and one.enrollment_id is not None:
            found = Passages(found.open - 1, found.completed, found.all - 1)
        return _either(rule.operator, _SO[rule.operator.removeprefix("not_")](found), _where(found))


_SO: Mapping[str, Callable[[Passages], bool]] = {
    "inside": lambda found: found.open > 0,
    "finished": lambda found: found.completed > 0,
    "entered": lambda found: found.all > 0,
}


def _fits(url: Condition, address: str) -> bool:
    """Letters count as they are."""
    match url.operator:
        case "is":
            return bool(address == url.value)
        case "begins_with":
            return address.startswith(url.value)
        case _:
            return url.value in address


def _where(found: Passages) -> str:
    if found.open > 0:
        return "inside"
    if found.completed > 0:
        return "finished"
    return "has left" if found.all > 0 else "never entered"


def _either(word: str, is_so: bool, seen: str) -> Answer:
    """The answer to a rule or, where its word is negated, the exact opposite."""
    return Answer(is_so is not is_negated(word), seen)
