"""What must have become of everybody, worked out from the inputs alone."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

CITIES = ("Oslo", "Rome", "Ankara", "Lima", "", None)
FIRST_CLASS = ("Oslo", "Rome")

# The steps of the journey, in reading order.
DECISION, GOLD, SILVER, WEBHOOK, WAIT, DONE = range(1, 7)


@dataclass(frozen=True)
class Person:
    id: int
    email: str
    city: str | None

    @property
    def first_level(self) -> str:
        return f"level {self.id}"

    @property
    def is_gold(self) -> bool:
        return self.city in FIRST_CLASS


@dataclass(frozen=True)
class Sent:
    """A delivery, as the outbox has it."""

    visit: int
    state: str
    body: bytes


@dataclass(frozen=True)
class Fate:
    """All that can be seen of one person afterwards, ids and times left out."""

    level: str | None
    marks: tuple[str, ...]  #: one for each row of the account's field
    enrollments: tuple[tuple[str, str | None, int], ...]  #: state, end reason, visits
    history: tuple[tuple[Any, ...], ...]  #: visit, step, action, outcome, branch
    sent: tuple[Sent, ...]


def fate_of(person: Person) -> Fate:
    """Once through the journey."""
    level = f"{person.first_level}+{'gold' if person.is_gold else 'silver'}"
    update = "UpdateCustomFieldValue"
    return Fate(
        level=level,
        marks=("+done",),
        enrollments=(("ended", "completed", 5),),
        history=(
            (1, DECISION, "Decision", "branch", "true" if person.is_gold else "false"),
            (2, GOLD if person.is_gold else SILVER, update, "next", None),
            (3, WEBHOOK, "Webhook", "next", None),
            (4, WAIT, "Wait", "until", None),
            (5, DONE, update, "next", None),
        ),
        sent=(Sent(3, "done", body_of(person.email, level)),),
    )


def body_of(email: str, level: str) -> bytes:
    return json.dumps({"email": email, "level": level}, separators=(",", ":")).encode()


def digest_of(person: Person) -> str:
    """SHA-256 of the body that the receiver gets."""
    return hashlib.sha256(fate_of(person).sent[0].body).hexdigest()


def counters_of(people: Sequence[Person]) -> dict[tuple[int, str, str], int]:
    """The figures of the pages, when everybody has come through once."""
    everybody = len(people)
    gold = sum(person.is_gold for person in people)
    silver = everybody - gold
    moves = {
        DECISION: everybody,
        GOLD: gold,
        SILVER: silver,
        WEBHOOK: everybody,
        WAIT: everybody,
        DONE: everybody,
    }
    figures = {(step, "arrived", ""): n for step, n in moves.items()}
    figures |= {(step, "left", ""): n for step, n in moves.items() if step != DECISION}
    figures |= {
        (DECISION, "left", "branch:true"): gold,
        (DECISION, "left", "branch:false"): silver,
        (0, "entered", ""): everybody,
        (0, "ended", "completed"): everybody,
        (WEBHOOK, "delivered", ""): everybody,
    }
    return {name: n for name, n in figures.items() if n}


@dataclass(frozen=True)
class Verdict:
    """How many people have less, and how many have more, than they must."""

    lost: int
    doubled: int

    @classmethod
    def of(cls, people: Iterable[Person], fates: dict[int, Fate]) -> Verdict:
        seen = Counter(_compared(fates.get(p.id), fate_of(p)) for p in people)
        return cls(seen["lost"], seen["doubled"])


def _compared(fate: Fate | None, right: Fate) -> str:
    if fate == right:
        return "right"
    if fate is None:
        return "lost"
    return (
        "doubled"
        if any(x > y for x, y in zip(_sizes(fate), _sizes(right), strict=True))
        else "lost"
    )


def _sizes(fate: Fate) -> tuple[int, ...]:
    written = (fate.level or "") + "".join(fate.marks)
    rows = (fate.marks, fate.enrollments, fate.history, fate.sent)
    return (written.count("+"), *map(len, rows))
