"""A journey as cards in reading order, each with its words and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.domain.program import Step
from plugin.engine.reading import JourneyPage
from plugin.routes import message_words, words
from plugin.routes.kind_words import KindWords, Wording

Figures = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Arm:
    """A branch: its name in words, who went down it, and its cards."""

    badge: words.Badge
    people: int
    share: int | None  #: of 100; None before anybody came by
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Card:
    step: Step
    words: KindWords
    figures: Sequence[tuple[int, str]]  #: a number and what it counts
    held: int
    parked: int
    arms: Sequence[Arm]


def cards(page: JourneyPage, wording: Wording) -> Sequence[Card]:
    return [_card(step, page.counts, wording) for step in page.document.steps]


def _card(step: Step, counts: Mapping[int, Figures], wording: Wording) -> Card:
    figures = counts.get(step.id, {})
    kind = wording.step(step)
    return Card(
        step=step,
        words=kind,
        figures=_shown(
            figures, kind.family == "time", branching=bool(kind.branches or step.branches)
        ),
        held=figures.get("held", 0),
        parked=figures.get("parked", 0),
        arms=_arms(step, kind.branches, counts, wording),
    )


def _arms(
    step: Step, possible: Sequence[str], counts: Mapping[int, Figures], wording: Wording
) -> Sequence[Arm]:
    """All branches that people may go down: one that the document leaves out is empty."""
    figures = counts.get(step.id, {})
    bodies = dict.fromkeys(possible, ()) | dict(step.branches)
    people = {name: figures.get(f"branch:{name}", 0) for name in bodies}
    everybody = figures.get("passed", 0)
    return [
        Arm(
            badge=words.branch(name),
            people=people[name],
            share=round(100 * people[name] / everybody) if everybody else None,
            cards=[_card(inner, counts, wording) for inner in body],
        )
        for name, body in bodies.items()
    ]


def _shown(figures: Figures, is_wait: bool, *, branching: bool) -> Sequence[tuple[int, str]]:
    """What a card counts: who is here, who went on or down a branch, who left, what was sent."""
    shown = [(figures.get("here", 0), "here now")] if is_wait or figures.get("here") else []
    branches = [(n, words.branch(name[7:]).text.lower()) for name, n in _branches(figures)]
    shown += branches if branching and branches else [(figures.get("passed", 0), "passed")]
    optional = (
        ("refused", "refused"),
        ("ended", "left here"),
        ("delivered", "delivered"),
        ("undelivered", "undelivered"),
        *message_words.FIGURES,
    )
    return shown + [(figures[name], word) for name, word in optional if figures.get(name)]


def _branches(figures: Figures) -> Sequence[tuple[str, int]]:
    found = ((name, n) for name, n in figures.items() if name.startswith("branch:"))
    return sorted(found, key=lambda item: item[0] != "branch:true")
