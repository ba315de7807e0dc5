"""People of a list, stretch by stretch by their ids: all, or those whose date has come.

The database leaves out what cannot be the day that is looked for; which day a date is, is decided
here, because it depends on the zone when there is a time of day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from plugin.domain.enrollment import SubscriberId
from plugin.engine.planning_port import Dated, Found, Stretch
from plugin.host.columns import DATES
from plugin.host.criteria_sql import Place
from plugin.host.dialect import Dialect
from plugin.host.reading import Reader
from plugin.host.rolls import SUBSCRIBED

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
#: Below this are only zero dates, as for rules.
_FIRST_YEAR = 1000


@dataclass(frozen=True, slots=True)
class Scanning:
    reader: Reader
    dialect: Dialect
    host_zone: ZoneInfo  #: in which the host writes its dates with a time of day

    def found(self, wanted: Stretch) -> Found:
        """One statement. Rows with the same id, several values for one address, stay together."""
        place = self.reader.place(wanted.dated.field) if wanted.dated else None
        columns = [self._candidate(place, wanted.dated)] if place and wanted.dated else []
        query = self.reader.stretch(wanted, columns)
        if not wanted.everybody:
            query = query.where(self.reader.column("SubscriptionStatus") == SUBSCRIBED)
        rows = self.reader.connection.execute(query).all()
        last = rows[-1][0] if len(rows) == wanted.limit else None
        if last is not None and place is not None and place.source is not None:
            rows, last = _whole(rows)
        if place is None or wanted.dated is None:
            return Found([row[0] for row in rows], last)
        return Found(list(self._met(rows, place, wanted.dated)), last)

    def size(self) -> int:
        """How many are Subscribed. One statement."""
        subscribed = self.reader.column("SubscriptionStatus") == SUBSCRIBED
        query = sa.select(sa.func.count()).where(subscribed)
        return self.reader.connection.execute(query).scalar_one()

    def _candidate(self, place: Place, dated: Dated) -> sa.ColumnElement[Any]:
        """The value as text where it may be met, else NULL."""
        text = self.dialect.text_of(place.expression, place.column)
        near = sa.func.substr(text, 6, 5).in_(dated.occurrence.month_days())
        return sa.case((near, text))

    def _met(self, rows: Sequence[Any], place: Place, dated: Dated) -> Iterator[SubscriberId]:
        for who, of in self.reader.by_person(rows).items():
            text = of[place.source][self.reader.first] if place.source in of else None
            day = self._day(text, place, dated.occurrence.zone) if text else None
            if day is not None and dated.occurrence.meets(day):
                yield who

    def _day(self, text: str, place: Place, zone: ZoneInfo) -> date | None:
        """The day that a value falls on; None for what is no date."""
        if place.column.family in DATES:
            text = text[:19]
        try:
            if _DAY.fullmatch(text):
                day = date.fromisoformat(text)
            elif _MOMENT.fullmatch(text):
                stored = UTC if self.dialect.stores_instants(place.column) else self.host_zone
                moment = datetime.fromisoformat(text).replace(tzinfo=stored)
                day = moment.astimezone(zone).date()
            else:
                return None
        except (ValueError, OverflowError):
            return None
        return day if day.year >= _FIRST_YEAR else None


def _whole(rows: Sequence[Any]) -> tuple[Sequence[Any], SubscriberId]:
    """Without the last person, some of whose rows may be missing, unless there is nobody else."""
    last = rows[-1][0]
    whole = [row for row in rows if row[0] != last]
    return (whole, whole[-1][0]) if whole else (rows, last)
