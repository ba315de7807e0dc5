"""A journey as its owner sees it: the document, its status, who may enter again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from plugin.domain.program import Step

FORMAT = 1

Status = Literal["disabled", "enabled", "archived"]
Right = Literal["view", "draft", "manage"]
ReentryRule = Literal["once_ever", "once_at_a_time", "every_time", "again_after"]
AfterUnsubscribe = Literal["end", "continue"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What enrolls a subscriber: the kind's name and its settings."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict)


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
