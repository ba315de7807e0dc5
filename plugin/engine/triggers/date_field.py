"""A date of a subscriber comes: a birthday, an anniversary, or some days before or after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from plugin.domain import waits
from plugin.domain.catalog import SUBSCRIBER_COLUMNS, Catalog
from plugin.domain.enrollment import SubscriberId
from plugin.domain.event import DATE_REACHED, Event
from plugin.domain.occurrences import Occurrence
from plugin.engine.choices import either, missing, some_of
from plugin.engine.kinds import Cause, Lists
from plugin.engine.leaving import walks_on
from plugin.engine.messages import number
from plugin.engine.planning_port import Dated, Stretch
from plugin.engine.ports import Work
from plugin.engine.timed import Gathered, Scene, Slot, TimedTrigger, planned
from plugin.errors import CannotEvaluate, Problem

#: Days that are made up for after an outage, counted back from now.
CATCH_UP = timedelta(days=3)
MOST_DAYS = 3650


class DateField(TimedTrigger):
    """The lists are looked through every day at the given time, in the journey's time zone. Whose
    date becomes today's after that enters when the host reports the change. A day that was missed
    is made up for within three days. Nobody enters twice for the same date."""

    name = "DateField"
    label = "Has a date"
    icon = "cake"
    example = {"list_ids": [1], "field": "CustomField6", "days": -7, "yearly": True, "at": "09:00"}
    listens_to = (DATE_REACHED, "field_changed")

    class Params(Schema):
        """`list_ids` empty: every list of the owner; a field of one list needs that list. `field`
        is a column of the subscriber or `CustomField<ID>`. `days` below 0 are before the date,
        above 0 after it. `yearly`: every year, whatever year the date has; 29 February is the
        28th in years without it. Zero dates, and text that is no date, are no dates."""

        list_ids = some_of("Lists", "lists")
        field = fields.String(
            required=True,
            validate=validate.Regexp(r"[A-Za-z0-9]{1,60}\Z"),
            metadata={"widget": "field", "label": "Date"},
        )
        days = fields.Integer(
            strict=True, load_default=0, validate=validate.Range(min=-MOST_DAYS, max=MOST_DAYS)
        )
        yearly = fields.Boolean(load_default=False, truthy={True}, falsy={False})
        at = fields.Time(format="%H:%M", load_default=time(9))

    def summary(self, catalog: Catalog) -> str:
        days, at = self.params["days"], self.params["at"]
        what = catalog.label(self.params["field"])
        away = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
        when = f"{away} {'before' if days < 0 else 'after'} {what}" if days else f"On {what}"
        names = [catalog.list_name(i) for i in self.params["list_ids"]]
        where = f", on {either(names, '')}" if names else ""
        return f"{when}{', every year' if self.params['yearly'] else ''} at {at:%H:%M}{where}"

    def check(self, catalog: Catalog, lists: Lists) -> Iterator[Problem]:
        chosen, name = self.params["list_ids"], self.params["field"]
        yield from missing("/list_ids", chosen, catalog.lists, "list")
        field = catalog.by_column(name)
        if field is None and name not in SUBSCRIBER_COLUMNS:
            yield Problem("/field", f"There is no field {name}. Choose another.")
        elif field is not None and field.list_id is not None and set(chosen) != {field.list_id}:
            home = catalog.list_name(field.list_id)
            yield Problem("/list_ids", f"“{field.name}” belongs to {home}: choose that list alone.")

    def lists(self) -> Lists:
        return frozenset(self.params["list_ids"])

    def may_hear(self, cause: Cause) -> bool:
        return False  # a day lets a person in once: there is no way round but with the days

    def hears(self, event: Event) -> bool:
        return event.type != "field_changed" or self.looks_at(event)

    def matches(self, event: Event) -> bool:
        return event.type == DATE_REACHED

    # Days: a slot is the day on which people enter.

    def slot(self, name: str, zone: ZoneInfo) -> Slot:
        return self._slot(date.fromisoformat(name), zone)

    def first(self, since: datetime, zone: ZoneInfo) -> Slot:
        day = since.astimezone(zone).date() - waits.DAY
        return self._from(day, since, zone)

    def after(self, slot: Slot, now: datetime, zone: ZoneInfo) -> Slot:
        return self._slot(date.fromisoformat(slot.name) + waits.DAY, zone)

    def caught_up(self, slot: Slot, now: datetime, zone: ZoneInfo) -> Slot:
        earliest = now - CATCH_UP
        if slot.due > earliest:
            return slot
        return self._from(earliest.astimezone(zone).date() - waits.DAY, earliest, zone)

    def _from(self, day: date, since: datetime, zone: ZoneInfo) -> Slot:
        """The first day from `day` on that begins after `since`."""
        while (slot := self._slot(day, zone)).due <= since:
            day += waits.DAY
        return slot

    def _slot(self, day: date, zone: ZoneInfo) -> Slot:
        return Slot(day.isoformat(), waits.until(day, self.params["at"], zone))

    # People: list after list, by id.

    def gather(self, scene: Scene, work: Work) -> Gathered:
        rest: Sequence[int] = scene.place.get("lists") or self._lists(scene, work)
        if not rest:
            return Gathered((), {}, over=True)
        after = scene.place.get("after", 0)
        dated = self._dated(date.fromisoformat(scene.slot.name), scene.zone)
        everybody = walks_on(scene.version)
        try:
            found = work.host.stretch(
                Stretch(rest[0], after, scene.rows, everybody=everybody, dated=dated)
            )
        except CannotEvaluate:
            if len(rest) == 1:
                raise
            return Gathered((), {"lists": rest[1:]}, over=False)
        events = self._events(scene, dated, rest[0], found.ids)
        if found.last is not None:
            return Gathered(events, {"lists": rest, "after": found.last}, over=False)
        return Gathered(events, {"lists": rest[1:]}, over=len(rest) == 1)

    def _lists(self, scene: Scene, work: Work) -> list[int]:
        """The owner's, of those that were chosen."""
        chosen = self.params["list_ids"]
        owned = work.catalog(scene.version.user_id).lists
        return [i for i in sorted(owned) if not chosen or i in chosen]

    def looks_at(self, event: Event) -> bool:
        lists, name = self.params["list_ids"], self.params["field"]
        return (
            event.type == "field_changed"
            and f"CustomField{number(event, 'field_id')}" == name
            and (not lists or event.list_id in lists)
        )

    def look(self, scene: Scene, work: Work, list_id: int, ids: Sequence[SubscriberId]) -> Gathered:
        today = self._slot(scene.now.astimezone(scene.zone).date(), scene.zone)
        if today.due > scene.now:
            return Gathered((), {}, over=True)
        dated = self._dated(date.fromisoformat(today.name), scene.zone)
        found = work.host.stretch(
            Stretch(list_id, 0, len(ids) + 1, walks_on(scene.version), ids, dated)
        )
        return Gathered(self._events(scene, dated, list_id, found.ids), {}, over=True)

    def _dated(self, day: date, zone: ZoneInfo) -> Dated:
        on = day - timedelta(days=self.params["days"])
        return Dated(self.params["field"], Occurrence(on, self.params["yearly"], zone))

    def _events(
        self, scene: Scene, dated: Dated, list_id: int, ids: Sequence[SubscriberId]
    ) -> list[Event]:
        on = dated.occurrence.day.isoformat()
        return planned(scene, DATE_REACHED, f"{dated.field} {on}", list_id, ids, date=on)
