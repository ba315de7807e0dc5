"""A journey as a tree for the terminal: what each step does in words, and who is there."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from rich.tree import Tree

from plugin.cli.door import shown
from plugin.engine.reading import JourneyPage
from plugin.routes import change_words, words
from plugin.routes.goal_words import goal_lines
from plugin.routes.kind_words import KindWords, Wording, rule_lines
from plugin.routes.outline import Arm, Card, cards


def outline(page: JourneyPage, wording: Wording) -> Tree:
    tree = Tree(_head(page, wording))
    trigger = wording.trigger(page.document.trigger)
    figures = [f"{words.number(page.entered)} entered"]
    if page.entering:
        figures.append(f"{words.number(page.entering)} of them entering, for want of a place")
    for reason, n in sorted(page.refusals.items(), key=lambda item: -item[1]):
        figures.append(f"{words.number(n)} not let in, {words.refusal(reason)}")
    tree.add(_line(trigger, " · ".join(figures)))
    for line in goal_lines(page.document, page.goals, wording):
        tree.add(shown(line))
    _add(tree, cards(page, wording))
    ended = [f"{words.number(n)} {words.end(reason)}" for reason, n in page.ends.items()]
    tree.add(shown(" · ".join(["End", *ended]), "dim"))
    return tree


def _head(page: JourneyPage, wording: Wording) -> Text:
    version = f"version {page.live_number}" if page.live_number else "never turned on"
    draft = ", the draft differs" if page.draft_differs else ""
    parts = [f"journey {page.journey_id}", words.status(page.status).text.lower(), version + draft]
    rules = [line[:1].lower() + line[1:] for line in rule_lines(page.document, wording)]
    head = shown(page.name, "bold").append_text(shown(f"  {' · '.join(parts)}", "dim"))
    head.append("\n").append_text(shown(" · ".join(rules), "dim"))
    if page.changeover is not None and page.changeover.state == "running":
        head.append("\n").append_text(shown(change_words.changeover(page.changeover), "yellow"))
    return head


def _add(tree: Tree, steps: Sequence[Card]) -> None:
    for card in steps:
        twig = tree.add(_card(card))
        for arm in card.arms:
            _add(twig.add(_arm(arm)), arm.cards)


def _card(card: Card) -> Text:
    figures = [f"{words.number(n)} {what}" for n, what in card.figures]
    stopped = [(card.held, "held"), (card.parked, "parked")]
    figures += [f"{words.number(n)} {what}" for n, what in stopped if n]
    if not card.step.published:
        figures.append("off: people pass through")
    return _line(card.words, " · ".join(figures), f"{card.step.id} ")


def _line(kind: KindWords, figures: str, before: str = "") -> Text:
    line = shown(before, "dim").append_text(shown(kind.label, "bold"))
    if kind.summary:
        line.append_text(shown(f"  {kind.summary}"))
    if kind.fault:
        line.append_text(shown(f"  {kind.fault}", "red"))
    line.append_text(shown(f"  ({figures})", "dim"))
    for note in kind.notes:
        line.append_text(shown(f"\n{note}", "yellow"))
    return line


def _arm(arm: Arm) -> Text:
    share = f", {arm.share} %" if arm.share is not None else ""
    empty = "" if arm.cards else "  nothing: people go on below"
    people = f"  ({words.people(arm.people)}{share})"
    return shown(f"{arm.badge.text}:", "cyan").append_text(shown(people + empty, "dim"))
