"""One person's passage through a journey, told for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from plugin.cli.door import shown
from plugin.domain.catalog import Catalog
from plugin.domain.program import lay_flat
from plugin.engine.reading import HISTORY_ROWS, DeliveryRow, PersonPage
from plugin.routes import words
from plugin.routes.kind_words import Wording
from plugin.routes.timeline import Decided, Item, timeline

_TRUTHS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}


def tell(page: PersonPage, wording: Wording) -> Iterator[Text]:
    """Its lines, with the times of the owner's zone; the last one is empty."""
    teller = _Teller(ZoneInfo(wording.catalog.zone))
    steps = lay_flat(page.document.steps).steps
    yield from teller.head(page, wording.catalog)
    if len(page.moments) == HISTORY_ROWS:
        yield shown(f"  … the last {HISTORY_ROWS:,} steps:")
    for item in timeline(page.moments, steps, wording, page.document):
        yield from teller.item(item)
    yield Text()


class _Teller:
    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def head(self, page: PersonPage, catalog: Catalog) -> Iterator[Text]:
        row = page.row
        who = row.email or f"Subscriber {row.subscriber_id}, no longer on the list"
        by = page.started_by
        started_by = None if by is None else catalog.journey_name(by)
        on = f"  on {catalog.list_name(row.list_id)}"
        yield shown(who, "bold").append_text(shown(on, "dim"))
        parts = [
            f"“{page.journey_name}”, version {row.version_number}",
            f"enrollment {row.enrollment_id}",
            f"entered {self._time(row.entered_at)} ({words.entry(page.entered_by, started_by)})",
        ]
        yield shown(" · ".join(parts))
        yield shown(" · ".join(self._state(page)))

    def _state(self, page: PersonPage) -> Iterator[str]:
        row = page.row
        end = f", {words.end(row.end_reason)}" if row.end_reason else ""
        yield words.state(row.state).text + end
        if row.ended_at:
            yield self._time(row.ended_at)
        elif row.due_at:
            yield f"due {self._time(row.due_at)}"
        if row.cause_text:
            yield row.cause_text

    def item(self, item: Item) -> Iterator[Text]:
        went = f"  → {item.went.text}" if item.went else ""
        line = shown(f"  {self._time(item.at)}  ", "dim").append_text(shown(item.title))
        yield line.append_text(shown(went, "cyan"))
        for text in self._remarks(item):
            yield shown(f"      {text}")
        if item.decided:
            yield from _rules(item.decided)
        if item.delivery:
            yield from self._delivery(item.delivery)

    def _remarks(self, item: Item) -> Iterator[str]:
        if item.stopped:
            yield item.stopped
        if item.next_try:
            yield f"next try {self._time(item.next_try)}"
        if item.waited:
            window = ", for the next opening of the window" if item.waited.window else ""
            yield f"until {self._time(item.waited.until)}{window}"
        for name, value in item.facts:
            yield f"{name}: {value}"

    def _delivery(self, delivery: DeliveryRow) -> Iterator[Text]:
        what = f"{delivery.method} {delivery.url}: {delivery.state}, key {delivery.delivery_key}"
        yield shown(f"      {what}")
        for one in delivery.tries:
            answer = str(one.status) if one.status else f"no answer ({one.error})"
            again = f", again {self._time(one.next_at)}" if one.next_at else ""
            at = self._time(one.tried_at)
            yield shown(f"        try {one.attempt}  {at}  {answer} in {one.took_ms} ms{again}")

    def _time(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _rules(decided: Decided) -> Iterator[Text]:
    sign, colour = _TRUTHS[decided.truth]
    yield shown(f"      {decided.group}: ").append_text(shown(sign, colour))
    for rule in decided.rules:
        sign, colour = _TRUTHS[rule.truth]
        seen = "not set" if rule.seen is None else f"“{rule.seen}”"
        line = shown(f"        {sign} ", colour).append_text(shown(rule.text))
        yield line.append_text(shown(f"  (seen: {seen})", "dim"))
