"""On a schedule, some people of a list are let in, in turn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from plugin.domain import waits
from plugin.domain.catalog import Catalog
from plugin.domain.enrollment import SubscriberId
from plugin.domain.event import PULLED, Event
from plugin.engine.choices import missing
from plugin.engine.kinds import Lists
from plugin.engine.planning_port import Stretch
from plugin.engine.ports import Work
from plugin.engine.timed import Gathered, Scene, Slot, TimedTrigger, planned
from plugin.engine.windows import WindowParams, window_of
from plugin.errors import Problem

UNITS = ("minutes", "hours", "days")
MOST_PEOPLE = 100_000
MOST_AMOUNT = {"minutes": 10**6, "hours": 10_000, "days": 3650}


class SpanParams(Schema):
    amount = fields.Integer(strict=True, required=True, validate=validate.Range(min=1))
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))

    @validates_schema
    def _not_too_long(self, data: dict[str, Any], **_: object) -> None:
        if data["amount"] > MOST_AMOUNT[data["unit"]]:
            raise ValidationError(
                f"At most {MOST_AMOUNT[data['unit']]:,} {data['unit']}.", "amount"
            )


class CapParams(SpanParams):
    """Nobody is picked who has entered `times` times within the span."""

    times = fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=1000))


class ScheduledPull(TimedTrigger):
    """Picked are people who are subscribed and may enter by the re-entry rule, by id, from where
    the last pull has ended, round and round. Pulls that were missed are not made up for: one is
    made at once, and the next ones keep the beat."""

    name = "ScheduledPull"
    label = "Is picked on a schedule"
    icon = "retry"
    example = {
        "list_id": 1,
        "every": {"amount": 60, "unit": "minutes"},
        "count": 10,
        "count_max": 20,
        "window": {"days": ["mon", "fri"], "from": "09:00", "to": "17:00"},
        "cap": {"times": 1, "amount": 30, "unit": "days"},
    }
    listens_to = (PULLED,)

    class Params(Schema):
        """`every` is the host's IntervalValue and IntervalUnit. `count` people are picked each
        time, or with `count_max` a random number between the two. Outside of `window`, in the
        journey's time zone, the pull waits for its opening. `cap` is the host's frequency cap."""

        list_id = fields.Integer(
            strict=True,
            required=True,
            validate=validate.Range(min=1),
            metadata={"widget": "list", "label": "List"},
        )
        every = fields.Nested(SpanParams, required=True)
        count = fields.Integer(
            strict=True, load_default=10, validate=validate.Range(min=1, max=MOST_PEOPLE)
        )
        count_max = fields.Integer(
            strict=True,
            load_default=None,
            allow_none=True,
            validate=validate.Range(min=1, max=MOST_PEOPLE),
        )
        window = fields.Nested(WindowParams, load_default=None, allow_none=True)
        cap = fields.Nested(CapParams, load_default=None, allow_none=True)

        @validates_schema
        def _least_before_most(self, data: dict[str, Any], **_: object) -> None:
            if data["count_max"] is not None and data["count_max"] < data["count"]:
                raise ValidationError("The most is less than the least.", "count_max")

    def summary(self, catalog: Catalog) -> str:
        count, most = self.params["count"], self.params["count_max"]
        people = f"{count}–{most}" if most not in (None, count) else f"{count}"
        every = _words(self.params["every"])
        return f"{people} of {catalog.list_name(self.params['list_id'])} every {every}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        for problem in missing("", [self.params["list_id"]], catalog.lists, "list"):
            yield Problem("/list_id", problem.text)

    def lists(self) -> Lists:
        return frozenset({self.params["list_id"]})

    def matches(self, event: Event) -> bool:
        return bool(event.list_id == self.params["list_id"])

    # Moments: a slot is the moment of a pull.

    def slot(self, name: str, zone: ZoneInfo) -> Slot:
        return Slot(name, datetime.fromisoformat(name))

    def first(self, since: datetime, zone: ZoneInfo) -> Slot:
        return self._opened(since, zone)

    def after(self, slot: Slot, now: datetime, zone: ZoneInfo) -> Slot:
        amount, unit = self.params["every"]["amount"], self.params["every"]["unit"]
        span = timedelta(**{unit: amount})
        beats = max(1, (now - slot.due) // span)
        while (at := _beat(slot.due, beats * amount, unit, zone)) <= now:
            beats += 1
        return self._opened(at, zone)

    def _opened(self, at: datetime, zone: ZoneInfo) -> Slot:
        window = window_of(self.params["window"])
        at = waits.next_opening(at, window, zone) if window else at
        return Slot(at.isoformat(), at)

    # People: in a circle by id, `after` the last one who was picked.

    def resumed(self, place: Mapping[str, Any]) -> Mapping[str, Any]:
        return place if place.get("list") == self.params["list_id"] else {}

    def gather(self, scene: Scene, work: Work) -> Gathered:
        list_id, place = self.params["list_id"], self.resumed(scene.place)
        begun = bool(place.get("begun"))
        after, taken = place.get("after", 0), place.get("taken", 0) if begun else 0
        start, round_ = place.get("start", 0) if begun else after, begun and place.get("round")
        found = work.host.stretch(Stretch(list_id, after, scene.rows))
        ids = [i for i in found.ids if not round_ or i <= start]
        wanted = self._how_many(scene) - taken
        picked = self._free(scene, work, ids)[:wanted]
        full = len(picked) == wanted
        closed = bool(round_) and (found.last is None or found.last >= start)
        last = picked[-1] if full else start if closed else found.last or 0
        mark = {
            "list": list_id,
            "after": last,
            "taken": taken + len(picked),
            "start": start,
            "round": bool(round_) or (found.last is None and not full),
        }
        over = full or closed or (found.last is None and not start)
        return Gathered(planned(scene, PULLED, scene.slot.name, list_id, picked), mark, over)

    def _free(self, scene: Scene, work: Work, ids: Sequence[SubscriberId]) -> list[SubscriberId]:
        """Who of them may be picked, in the same order."""
        list_id, cap = self.params["list_id"], self.params["cap"]
        taken: frozenset[SubscriberId] = frozenset()
        if scene.version.document.reentry.rule != "every_time":
            taken = work.plans.holding(scene.journey_id, list_id, ids, scene.now)
        if cap is not None:
            since = scene.now - timedelta(**{cap["unit"]: cap["amount"]})
            taken |= work.plans.often(scene.journey_id, list_id, ids, since, cap["times"])
        return [i for i in ids if i not in taken]

    def _how_many(self, scene: Scene) -> int:
        """The same for one slot, however often it is looked at."""
        least: int = self.params["count"]
        most: int = self.params["count_max"] or least
        seed = hashlib.blake2b(f"{scene.journey_id} {scene.slot.name}".encode(), digest_size=8)
        return least + int.from_bytes(seed.digest()) % (most - least + 1)


def _beat(start: datetime, amount: int, unit: str, zone: ZoneInfo) -> datetime:
    return waits.after(start, waits.Delay(amount, waits.Unit(unit)), zone)


def _words(span: Mapping[str, Any]) -> str:
    amount, unit = span["amount"], span["unit"]
    return unit.removesuffix("s") if amount == 1 else f"{amount} {unit}"
