"""A journey as its owner sees it: the document, its status, who may enter again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plugin.domain.criteria import Criteria
from plugin.domain.entry_rules import NO_CAPS, Caps, ExitRule, Goal
from plugin.domain.entry_rules import Trigger as Trigger
from plugin.domain.program import Step
from plugin.domain.send_rates import ANY_RATE, SendRate

FORMAT = 1

Status = Literal["disabled", "enabled", "archived"]
Right = Literal["view", "draft", "manage"]
ReentryRule = Literal["once_ever", "once_at_a_time", "every_time", "again_after"]
AfterUnsubscribe = Literal["end", "continue"]


@dataclass(frozen=True, slots=True)
class Reentry:
    """May a person enter again? `again_after` counts `days` of 24 h since entry or exit."""

    rule: ReentryRule = "once_at_a_time"
    days: int = 0
    since: Literal["entry", "exit"] = "entry"


@dataclass(frozen=True, slots=True)
class Document:
    """What is edited as a draft and frozen as a version. `name` and `notes` travel along."""

    trigger: Trigger
    steps: tuple[Step, ...]
    name: str = ""
    notes: str = ""
    reentry: Reentry = Reentry()
    time_zone: str | None = None  #: IANA name; None is the owner's zone in the host
    unsubscribed: AfterUnsubscribe = "end"  #: what becomes of people who leave the list
    entry_criteria: Criteria | None = None  #: only whom they fit may enter; None: everybody
    caps: Caps = NO_CAPS
    exit_rules: tuple[ExitRule, ...] = ()
    send_rate: SendRate = ANY_RATE  #: messages of all of its steps together
    goals: tuple[Goal, ...] = ()
