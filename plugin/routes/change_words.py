"""Versions, changes and changeovers in words."""

from __future__ import annotations

from plugin.domain.differences import Difference
from plugin.engine.publishing import Going
from plugin.engine.reading import ChangeoverRow
from plugin.routes import words
from plugin.routes.kind_words import Wording

#: Settings of a journey, as its page calls them.
SETTINGS = {
    "trigger": "trigger",
    "reentry": "who may enter again",
    "time_zone": "time zone",
    "unsubscribed": "what becomes of those who unsubscribe",
}


def change(found: Difference, wording: Wording) -> str:
    """“Step 4 Wait changed: amount, unit”."""
    if found.what == "settings":
        names = (SETTINGS.get(part) or words.plain(part).lower() for part in found.parts)
        return f"Settings changed: {', '.join(names)}"
    parts = f": {', '.join(found.parts)}" if found.parts else ""
    return f"{step(found.step_id, found.action, wording)} {found.what}{parts}"


def going(found: Going, wording: Wording) -> str:
    """“3 people at step 4 Wait: carry on, their wait is recomputed”."""
    where = step(found.step_id, found.action, wording)
    return f"{words.people(found.people)} at {where[:1].lower()}{where[1:]}: {_fate(found)}"


def _fate(found: Going) -> str:
    match found.word:
        case "carries_on" | "meets_changes":
            if found.anew:
                return "carry on, the wait is recomputed from its start"
            changed = found.word == "meets_changes"
            return "carry on, by the new settings" if changed else "carry on"
        case "goes_to":
            return f"the step is gone, on to step {found.to_step_id}"
        case "completes":
            return "the step and all below it are gone, the journey is finished"
        case "leaves":
            return "the step is gone, they leave"
        case "not_begun":
            return "still entering, they begin with the first step of the new version"


def step(step_id: int, action: str, wording: Wording) -> str:
    """“Step 4 Wait”."""
    return f"Step {step_id} {wording.action(action, {}).label}" if action else f"Step {step_id}"


def changeover(row: ChangeoverRow) -> str:
    """“Going over to version 8: 4,000 of 10,000 moved, 6,000 left”."""
    out = f", {words.number(row.exited)} left the journey" if row.exited else ""
    return (
        f"Going over to version {row.number}: {words.number(row.moved)} of"
        f" {words.people(row.total)} moved{out}, {words.number(row.left)} still to go"
    )
